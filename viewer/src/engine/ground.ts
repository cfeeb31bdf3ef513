/** The ground: terrain provider and its heights. */
import {
  Cartographic,
  CesiumTerrainProvider,
  CustomHeightmapTerrainProvider,
  sampleTerrainMostDetailed,
} from "@cesium/engine";
import type { LonLat } from "../domain/types";
import type { Engine } from "./createEngine";

/** Posts a side of a level tile: enough to follow the curve of the Earth. */
const POSTS = 33;
const flatHeights = new WeakMap<object, number>();

/** Loads terrain tiles with normals, so that hills are shaded. */
export async function setTerrain(engine: Engine, url: string): Promise<void> {
  engine.scene.globe.terrainProvider = await CesiumTerrainProvider.fromUrl(url, { requestVertexNormals: true });
  engine.requestFrame();
}

/** A level ground at an ellipsoidal height: for a town without terrain, and for one whose terrain is switched off. */
export function setFlatGround(engine: Engine, height_m: number): void {
  const provider = new CustomHeightmapTerrainProvider({
    width: POSTS,
    height: POSTS,
    callback: () => new Float32Array(POSTS * POSTS).fill(height_m),
  });
  flatHeights.set(provider, height_m);
  engine.scene.globe.terrainProvider = provider;
  engine.requestFrame();
}

/** Ellipsoidal ground height under each position, metres. */
export async function sampleGround(engine: Engine, positions: readonly LonLat[]): Promise<number[]> {
  const provider = engine.scene.globe.terrainProvider;
  if (!(provider instanceof CesiumTerrainProvider)) return positions.map(() => flatHeights.get(provider) ?? 0);
  const cartographics = positions.map(([lon, lat]) => Cartographic.fromDegrees(lon, lat));
  const sampled = await sampleTerrainMostDetailed(provider, cartographics);
  return sampled.map(({ height }) => (Number.isFinite(height) ? height : 0));
}
