/** The page of tile-cache.mjs: nothing but a tileset, framed as a whole. */
import { Cesium3DTileset, CesiumWidget, HeadingPitchRange } from "@cesium/engine";

const CACHE_BYTES = 512 * 1024 * 1024;
const PITCH_RAD = -Math.PI / 4;
const PATIENCE_MS = 100_000;

const widget = new CesiumWidget("map", { baseLayer: false, scene3DOnly: true, msaaSamples: 1 });
widget.scene.globe.show = false;
widget.resolutionScale = 0.25; // quicker to draw without a graphics card; the error is set right for it below

window.measure = async (pixels) => {
  const started = performance.now();
  const tileset = await Cesium3DTileset.fromUrl("/tiles-under-test/tileset.json", {
    // The screen-space error counts drawn pixels, of which there are four times fewer each way.
    maximumScreenSpaceError: pixels * widget.resolutionScale,
    cacheBytes: CACHE_BYTES,
    dynamicScreenSpaceError: false,
    environmentMapOptions: { enabled: false },
  });
  widget.scene.primitives.add(tileset);
  let features = 0;
  let tiles = 0;
  tileset.tileLoad.addEventListener((tile) => {
    features += tile.content.featuresLength;
    tiles += 1;
  });
  widget.camera.viewBoundingSphere(tileset.boundingSphere, new HeadingPitchRange(0, PITCH_RAD, 0));
  const isWhole = await new Promise((resolve) => {
    tileset.initialTilesLoaded.addEventListener(() => resolve(true));
    setTimeout(() => resolve(false), PATIENCE_MS);
  });
  const found = {
    maximum_screen_space_error: pixels,
    memory_mb: tileset.totalMemoryUsageInBytes / 1e6,
    cache_mb: CACHE_BYTES / 1e6,
    tiles,
    features,
    is_whole: isWhole,
    is_coarsened: tileset.memoryAdjustedScreenSpaceError > tileset.maximumScreenSpaceError,
    seconds: (performance.now() - started) / 1000,
  };
  widget.scene.primitives.remove(tileset);
  return found;
};
