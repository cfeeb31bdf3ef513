/** 3D Tiles in the scene, and what was picked in them. */
import { Cartesian2, Cesium3DTileFeature, Cesium3DTileset, Color, type CustomShader, ShadowMode } from "@cesium/engine";
import type { Engine } from "./createEngine";
import type { Dispose } from "./lifetime";

const OUTLINE_COLOR = "#a9a296";
const datasetByTileset = new WeakMap<object, string>();

export interface TilesetOptions {
  dataset: string;
  url: string;
  shader?: CustomShader;
  error: number;
  /** thin lines along the edges; they take two fifths of a tile's memory */
  outlined: boolean;
}

export interface TilesetLayer {
  tileset: Cesium3DTileset;
  setShow(show: boolean): void;
  setError(pixels: number): void;
  dispose: Dispose;
}

export async function addTileset(engine: Engine, options: TilesetOptions): Promise<TilesetLayer> {
  const tileset = await Cesium3DTileset.fromUrl(options.url, {
    ...(options.shader && { customShader: options.shader }),
    maximumScreenSpaceError: options.error,
    cacheBytes: 384 * 1024 * 1024,
    dynamicScreenSpaceError: true,
    environmentMapOptions: { enabled: false },
    shadows: ShadowMode.ENABLED,
    showOutline: options.outlined,
    enableShowOutline: options.outlined, // else every vertex still gets room for them
    outlineColor: Color.fromCssColorString(OUTLINE_COLOR).withAlpha(0.85),
  });
  datasetByTileset.set(tileset, options.dataset);
  engine.scene.primitives.add(tileset);
  const forget = engine.expect(options.dataset, () => !tileset.show || tileset.tilesLoaded);
  engine.requestFrame();
  return {
    tileset,
    setShow(show) {
      tileset.show = show;
      engine.requestFrame();
    },
    setError(pixels) {
      tileset.maximumScreenSpaceError = pixels;
      engine.requestFrame();
    },
    dispose() {
      forget();
      engine.scene.primitives.remove(tileset);
      engine.requestFrame();
    },
  };
}

export interface Picked {
  dataset: string;
  id: string;
  gid: number;
  kind: string;
  name: string;
  height_m: number | null;
}

/** The building or element under a window position (CSS pixels from the canvas corner), or null. */
export function pickFeature(engine: Engine, x: number, y: number): Picked | null {
  const picked: unknown = engine.scene.pick(new Cartesian2(x, y));
  if (!(picked instanceof Cesium3DTileFeature)) return null;
  const dataset = datasetByTileset.get(picked.tileset);
  const id: unknown = picked.getProperty("id");
  if (dataset === undefined || typeof id !== "string") return null;
  const text = (name: string) => {
    const value: unknown = picked.getProperty(name);
    return typeof value === "string" ? value : "";
  };
  const height: unknown = picked.getProperty("height");
  return {
    dataset,
    id,
    gid: Number(picked.getProperty("gid")),
    kind: text("class"),
    name: text("name"),
    height_m: typeof height === "number" && Number.isFinite(height) ? height : null,
  };
}
