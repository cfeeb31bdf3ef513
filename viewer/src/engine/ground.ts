/** The ground: terrain provider and its heights. */
import {
  Cartographic,
  CesiumTerrainProvider,
  EllipsoidTerrainProvider,
  sampleTerrainMostDetailed,
} from "@cesium/engine";
import type { LonLat } from "../domain/types";
import type { Engine } from "./createEngine";

/** Loads terrain tiles with normals, so that hills are shaded. */
export async function setTerrain(engine: Engine, url: string | null): Promise<void> {
  engine.scene.globe.terrainProvider = url
    ? await CesiumTerrainProvider.fromUrl(url, { requestVertexNormals: true })
    : new EllipsoidTerrainProvider();
  engine.requestFrame();
}

/** Ellipsoidal ground height under each position, metres; 0 where there is no terrain. */
export async function sampleGround(engine: Engine, positions: readonly LonLat[]): Promise<number[]> {
  const provider = engine.scene.globe.terrainProvider;
  if (provider instanceof EllipsoidTerrainProvider) return positions.map(() => 0);
  const cartographics = positions.map(([lon, lat]) => Cartographic.fromDegrees(lon, lat));
  const sampled = await sampleTerrainMostDetailed(provider, cartographics);
  return sampled.map(({ height }) => (Number.isFinite(height) ? height : 0));
}
