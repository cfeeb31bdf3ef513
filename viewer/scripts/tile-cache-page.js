/** The page of tile-cache.mjs: nothing but a tileset, framed as a whole. */
import { Cesium3DTileset, CesiumWidget, HeadingPitchRange } from "@cesium/engine";

const CACHE_BYTES = 512 * 1024 * 1024;
const PITCH_RAD = -Math.PI / 4;
const PATIENCE_MS = 200_000;
const CALM_FRAMES = 50;
const FRAME_MS = 5;

const widget = new CesiumWidget("map", { baseLayer: false, scene3DOnly: true, msaaSamples: 1 });
widget.scene.globe.show = false;
widget.useDefaultRenderLoop = false; // frames are asked for below, nothing is drawn in them

/** The view is as high as a window of 800 pixels; the canvas is smaller, and the error is set right for it. */
const WINDOW_HEIGHT = 800;

/** `outlined` as the viewer draws small datasets; large ones it draws without. */
window.measure = async (pixels, outlined) => {
  const started = performance.now();
  const tileset = await Cesium3DTileset.fromUrl("/tiles-under-test/tileset.json", {
    maximumScreenSpaceError: (pixels * widget.canvas.height) / WINDOW_HEIGHT,
    showOutline: outlined,
    enableShowOutline: outlined,
    preloadWhenHidden: true, // tiles are chosen and loaded as for drawing; without a graphics card drawing takes minutes
    cacheBytes: CACHE_BYTES,
    dynamicScreenSpaceError: false,
    environmentMapOptions: { enabled: false },
  });
  tileset.show = false;
  widget.scene.primitives.add(tileset);
  let features = 0;
  let tiles = 0;
  tileset.tileLoad.addEventListener((tile) => {
    features += tile.content.featuresLength;
    tiles += 1;
  });
  widget.camera.viewBoundingSphere(tileset.boundingSphere, new HeadingPitchRange(0, PITCH_RAD, 0));
  // Between a tileset file and the tiles it names nothing is waited for either, so the calm has to last.
  let calm = 0;
  while (calm < CALM_FRAMES && performance.now() - started < PATIENCE_MS) {
    widget.resize();
    widget.render();
    calm = tileset.tilesLoaded ? calm + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
  }
  const found = {
    maximum_screen_space_error: pixels,
    outlined,
    memory_mb: tileset.totalMemoryUsageInBytes / 1e6,
    cache_mb: CACHE_BYTES / 1e6,
    tiles,
    features,
    is_whole: calm >= CALM_FRAMES,
    is_coarsened: tileset.memoryAdjustedScreenSpaceError > tileset.maximumScreenSpaceError,
    seconds: (performance.now() - started) / 1000,
  };
  widget.scene.primitives.remove(tileset);
  return found;
};
