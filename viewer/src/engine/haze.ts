/** One full-screen pass: a pale sky above the horizon, and distance that fades toward it. */
import { Color, PostProcessStage } from "@cesium/engine";
import { type Engine, HORIZON_COLOR } from "./createEngine";
import type { Dispose } from "./lifetime";

const ZENITH_COLOR = "#c3d5e2";

const FRAGMENT = `
uniform sampler2D colorTexture;
uniform sampler2D depthTexture;
uniform vec3 u_horizon;
uniform vec3 u_zenith;
in vec2 v_textureCoordinates;
void main() {
  vec4 color = texture(colorTexture, v_textureCoordinates);
  float depth = texture(depthTexture, v_textureCoordinates).r;
  vec4 positionEC = czm_windowToEyeCoordinates(gl_FragCoord.xy, depth);
  vec3 eye = positionEC.xyz / positionEC.w;
  vec3 direction = czm_inverseViewRotation * normalize(eye);
  float elevation = dot(direction, normalize(czm_viewerPositionWC));
  vec3 sky = mix(u_horizon, u_zenith, smoothstep(-0.02, 0.45, elevation));
  if (depth >= 1.0) {
    out_FragColor = vec4(sky, 1.0);
    return;
  }
  float haze = 1.0 - exp(-pow(length(eye) / 9000.0, 1.6));
  out_FragColor = vec4(mix(color.rgb, u_horizon, min(haze, 0.94)), 1.0);
}`;

export function addHaze(engine: Engine): Dispose {
  const rgb = (css: string) => {
    const { red, green, blue } = Color.fromCssColorString(css);
    return { x: red, y: green, z: blue };
  };
  const stages = engine.scene.postProcessStages;
  const stage = new PostProcessStage({
    name: "haze",
    fragmentShader: FRAGMENT,
    uniforms: { u_horizon: rgb(HORIZON_COLOR), u_zenith: rgb(ZENITH_COLOR) },
  });
  stages.add(stage);
  engine.requestFrame();
  return () => {
    stages.remove(stage);
    engine.requestFrame();
  };
}
