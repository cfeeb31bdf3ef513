/** Models and point clouds in the colors they carry, under the same gentle light as buildings. */
import { CustomShader, LightingModel } from "@cesium/engine";

/** Light on a face: never black in the shade, never glaring in the sun. `rise` is 1 for a roof, 0 for a wall. */
export const LIGHT_GLSL = `
float gentleLight(vec3 normalEC, float rise) {
  return 0.68 + 0.27 * max(dot(normalEC, czm_lightDirectionEC), 0.0) + 0.06 * (0.5 + 0.5 * rise);
}`;

export function createSurfaceShader(): CustomShader {
  return new CustomShader({
    lightingModel: LightingModel.UNLIT,
    fragmentShaderText: `${LIGHT_GLSL}
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  vec3 normal = normalize(fsInput.attributes.normalEC);
  vec3 up = czm_viewRotation * normalize(fsInput.attributes.positionWC);
  vec3 color = czm_linearToSrgb(material.diffuse) * gentleLight(normal, dot(normal, up));
  material.diffuse = czm_srgbToLinear(color);
}`,
  });
}

/** Points have no normals: their color is drawn as it is. */
export function createPointShader(size_px: number): CustomShader {
  return new CustomShader({
    lightingModel: LightingModel.UNLIT,
    vertexShaderText: `
void vertexMain(VertexInput vsInput, inout czm_modelVertexOutput vsOutput) {
  vsOutput.pointSize = ${size_px.toFixed(1)};
}`,
    fragmentShaderText: `
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  material.diffuse = fsInput.attributes.color_0.rgb;
}`,
  });
}
