/**
 * Paints buildings from small textures indexed by gid. Recoloring the town is one upload; tiles never change.
 * The shader does its own gentle light: the engine's physically based light would shift every color that has a meaning.
 */
import {
  Cartesian3,
  CustomShader,
  LightingModel,
  Matrix4,
  PixelFormat,
  TextureMagnificationFilter,
  TextureMinificationFilter,
  TextureUniform,
  UniformType,
} from "@cesium/engine";
import { ACCENT, PLAIN_WALL, parseHex } from "../domain/colors";
import { PAINT, type Paint } from "../domain/styles";
import { type Drape, drapeMatrix } from "./drape";
import { LIGHT_GLSL } from "./plainShaders";

const WIDTH = 1024;
const NOTHING = -1;

export interface BuildingShader {
  shader: CustomShader;
  setPaint(paint: Paint, exact: boolean): void;
  /** storey height in metres a gid; 0 draws no lines */
  setStoreyHeights(heights_m: Float32Array): void;
  setSelected(gid: number | null): void;
  /** a picture over roofs and walls, or null */
  setDrape(drape: Drape | null): void;
  /** to be called before each frame: the drape is placed in eye coordinates, where floats are exact enough */
  update(inverseView: Matrix4): void;
}

/** Reads the height above ground, which instances of building elements do not have. */
const STOREY_LINES = `
  if (known && !roof) {
    vec2 packed = texelFetch(u_storeys, texel, 0).rg * 255.0;
    float storey = (packed.r * 256.0 + packed.g) / 100.0;
    if (storey > 0.5) {
      float level = fsInput.attributes.hag / storey;
      float pixel = max(fwidth(level), 1e-5);
      float line = 1.0 - smoothstep(0.35, 1.25, abs(fract(level + 0.5) - 0.5) / pixel);
      float near = 1.0 - smoothstep(0.10, 0.28, pixel);
      color *= 1.0 - 0.20 * line * near * step(0.5, level);
    }
  }`;

const fragment = (storeyLines: boolean) => `${LIGHT_GLSL}
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  int gid = int(fsInput.metadata.gid);
  ivec2 texel = ivec2(gid % ${WIDTH}, gid / ${WIDTH});
  bool known = gid < u_count;
  vec3 normal = normalize(fsInput.attributes.normalEC);
  vec3 up = czm_viewRotation * normalize(fsInput.attributes.positionWC);
  float rise = dot(normal, up);
  bool roof = abs(rise) > 0.3;

  vec4 paint = known ? (roof ? texelFetch(u_roofs, texel, 0) : texelFetch(u_walls, texel, 0)) : vec4(u_plain, 0.0);
  float kind = known ? paint.a * 255.0 : 0.0;
  vec3 own = u_ownColor ? czm_linearToSrgb(material.diffuse) : paint.rgb;
  vec3 color = own;
  float exact = 0.0;
  if (kind > ${PAINT.full - 20}.0) {
    color = u_ownColor && !u_exact ? mix(own, paint.rgb, 0.72) : paint.rgb;
    exact = u_exact ? 1.0 : 0.0;
  } else if (kind > ${PAINT.faded - 20}.0) {
    color = mix(u_ownColor ? own : u_plain, vec3(0.953, 0.945, 0.925), 0.65);
  } else if (kind > ${PAINT.hatched - 20}.0) {
    float stripe = smoothstep(0.35, 0.5, abs(fract((gl_FragCoord.x + gl_FragCoord.y) / 9.0) - 0.5) * 2.0 - 0.15);
    color = mix(paint.rgb * 0.9, mix(paint.rgb, vec3(1.0), 0.35), stripe);
  } else if (kind > ${PAINT.absent - 20}.0) {
    discard;
  }

  float light = gentleLight(normal, rise);
  color *= mix(light, 1.0, exact);

${storeyLines ? STOREY_LINES : ""}
  if (u_draped) {
    vec2 place = (u_toDrape * vec4(fsInput.attributes.positionEC, 1.0)).xy;
    vec4 over = all(lessThan(abs(place - 0.5), vec2(0.5))) ? texture(u_drape, place) : vec4(0.0);
    color = color * (1.0 - over.a) + over.rgb * mix(light, 1.0, 0.5);
  }
  if (gid == u_selected) color = mix(color, u_accent, u_ownColor ? 0.55 : 0.22 * (1.0 - exact));
  material.diffuse = czm_srgbToLinear(color);
}`;

export function createBuildingShader(options: { ownColor: boolean; storeyLines: boolean }): BuildingShader {
  const unit = (hex: string) => {
    const [r, g, b] = parseHex(hex);
    return new Cartesian3(r / 255, g / 255, b / 255);
  };
  const shader = new CustomShader({
    lightingModel: LightingModel.UNLIT,
    uniforms: {
      u_walls: { type: UniformType.SAMPLER_2D, value: texture(new Uint8Array(4)) },
      u_roofs: { type: UniformType.SAMPLER_2D, value: texture(new Uint8Array(4)) },
      u_storeys: { type: UniformType.SAMPLER_2D, value: texture(new Uint8Array(4)) },
      u_drape: {
        type: UniformType.SAMPLER_2D,
        value: textureOf(new Uint8Array(4), 1, 1, TextureMinificationFilter.LINEAR),
      },
      u_draped: { type: UniformType.BOOL, value: false },
      u_toDrape: { type: UniformType.MAT4, value: Matrix4.clone(Matrix4.IDENTITY) },
      u_count: { type: UniformType.INT, value: 0 },
      u_selected: { type: UniformType.INT, value: NOTHING },
      u_exact: { type: UniformType.BOOL, value: false },
      u_ownColor: { type: UniformType.BOOL, value: options.ownColor },
      u_plain: { type: UniformType.VEC3, value: unit(PLAIN_WALL) },
      u_accent: { type: UniformType.VEC3, value: unit(ACCENT) },
    },
    fragmentShaderText: fragment(options.storeyLines),
  });
  let toDrape: Matrix4 | null = null;
  const eyeToDrape = new Matrix4();
  return {
    shader,
    setPaint(paint, exact) {
      shader.setUniform("u_walls", texture(paint.walls));
      shader.setUniform("u_roofs", texture(paint.roofs));
      shader.setUniform("u_count", paint.walls.length / 4);
      shader.setUniform("u_exact", exact);
    },
    setStoreyHeights(heights_m) {
      const bytes = new Uint8Array(heights_m.length * 4);
      heights_m.forEach((height_m, gid) => {
        const centimetres = height_m > 0 ? Math.min(Math.round(height_m * 100), 65_535) : 0;
        bytes[gid * 4] = centimetres >> 8;
        bytes[gid * 4 + 1] = centimetres & 255;
      });
      shader.setUniform("u_storeys", texture(bytes));
    },
    setSelected: (gid) => shader.setUniform("u_selected", gid ?? NOTHING),
    setDrape(drape) {
      toDrape = drape && drapeMatrix(drape);
      if (drape)
        shader.setUniform(
          "u_drape",
          textureOf(drape.rgba, drape.width, drape.height, TextureMinificationFilter.LINEAR),
        );
      shader.setUniform("u_draped", drape !== null);
    },
    update(inverseView) {
      if (toDrape) shader.setUniform("u_toDrape", Matrix4.multiply(toDrape, inverseView, eyeToDrape));
    },
  };
}

/** RGBA bytes, one texel a gid, padded to whole rows. */
function texture(rgba: Uint8Array): TextureUniform {
  const height = Math.max(1, Math.ceil(rgba.length / 4 / WIDTH));
  const typedArray = new Uint8Array(WIDTH * height * 4);
  typedArray.set(rgba);
  return textureOf(typedArray, WIDTH, height, TextureMinificationFilter.NEAREST);
}

function textureOf(
  typedArray: Uint8Array,
  width: number,
  height: number,
  filter: TextureMinificationFilter,
): TextureUniform {
  const isSmooth = filter === TextureMinificationFilter.LINEAR;
  return new TextureUniform({
    typedArray,
    width,
    height,
    repeat: false,
    pixelFormat: PixelFormat.RGBA,
    minificationFilter: filter,
    magnificationFilter: isSmooth ? TextureMagnificationFilter.LINEAR : TextureMagnificationFilter.NEAREST,
  });
}
