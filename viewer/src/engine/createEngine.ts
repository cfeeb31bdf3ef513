/** The 3D scene: one CesiumWidget, set up as a calm drawing board, rendering only when asked. */
import {
  Cartesian3,
  CesiumWidget,
  Color,
  DirectionalLight,
  EllipsoidTerrainProvider,
  Ion,
  Matrix3,
  Matrix4,
  type Scene,
  Transforms,
} from "@cesium/engine";
import type { QualitySettings } from "../domain/quality";
import type { Dispose } from "./lifetime";

export interface Engine {
  widget: CesiumWidget;
  scene: Scene;
  canvas: HTMLCanvasElement;
  /** the one way to ask for a frame */
  requestFrame(): void;
  /** anything that must be ready before the picture counts as settled; returns its removal */
  expect(what: string, isReady: () => boolean): Dispose;
  /** what the picture still waits for; empty when settled */
  pending(): string[];
  setLight(azimuth_rad: number, altitude_rad: number): void;
  applyQuality(settings: QualitySettings): void;
  dispose: Dispose;
}

export const GROUND_COLOR = "#efece6";
export const HORIZON_COLOR = "#e9eef0";

/** Where shadows and shades are computed for: the middle of the town. */
export interface EngineOptions {
  center_deg: [number, number];
  quality: QualitySettings;
  onProblem(key: "state.rendererror"): void;
}

export function createEngine(container: HTMLElement, options: EngineOptions): Engine {
  Ion.defaultAccessToken = "";
  const credits = document.createElement("div");
  const widget = new CesiumWidget(container, {
    baseLayer: false,
    terrainProvider: new EllipsoidTerrainProvider(),
    skyBox: false,
    skyAtmosphere: false,
    scene3DOnly: true,
    requestRenderMode: true,
    maximumRenderTimeChange: Number.POSITIVE_INFINITY,
    showRenderLoopErrors: false,
    creditContainer: credits,
    msaaSamples: options.quality.msaaSamples,
    contextOptions: { webgl: { alpha: false, powerPreference: "high-performance" } },
  });
  const { scene } = widget;
  prepareScene(scene);
  const expected = new Set<{ what: string; isReady: () => boolean }>();
  scene.renderError.addEventListener(() => options.onProblem("state.rendererror"));
  scene.canvas.addEventListener("webglcontextlost", () => options.onProblem("state.rendererror"));

  const engine: Engine = {
    widget,
    scene,
    canvas: scene.canvas,
    requestFrame: () => scene.requestRender(),
    expect(what, isReady) {
      const entry = { what, isReady };
      expected.add(entry);
      return () => expected.delete(entry);
    },
    pending: () => [
      ...(scene.globe.tilesLoaded ? [] : ["ground"]),
      ...[...expected].filter(({ isReady }) => !isReady()).map(({ what }) => what),
    ],
    setLight(azimuth_rad, altitude_rad) {
      scene.light = new DirectionalLight({
        direction: lightDirection(options.center_deg, azimuth_rad, altitude_rad),
        intensity: 2,
      });
      scene.requestRender();
    },
    applyQuality: (settings) => applyQuality(widget, settings),
    dispose: () => widget.destroy(),
  };
  engine.setLight((225 * Math.PI) / 180, (48 * Math.PI) / 180);
  engine.applyQuality(options.quality);
  return engine;
}

function prepareScene(scene: Scene): void {
  scene.backgroundColor = Color.fromCssColorString(HORIZON_COLOR);
  scene.highDynamicRange = false;
  scene.fog.enabled = false;
  if (scene.sun) scene.sun.show = false;
  if (scene.moon) scene.moon.show = false;
  const { globe } = scene;
  globe.baseColor = Color.fromCssColorString(GROUND_COLOR);
  globe.showGroundAtmosphere = false;
  globe.depthTestAgainstTerrain = true;
  globe.enableLighting = true;
  globe.dynamicAtmosphereLighting = false;
  globe.lambertDiffuseMultiplier = 0.62;
  globe.vertexShadowDarkness = 0.56;
  const controls = scene.screenSpaceCameraController;
  controls.minimumZoomDistance = 3;
  controls.maximumZoomDistance = 60_000;
  controls.enableCollisionDetection = true;
}

/** Direction light travels, ECEF, for a sun at this azimuth (clockwise from north) and altitude. */
function lightDirection(center_deg: [number, number], azimuth_rad: number, altitude_rad: number): Cartesian3 {
  const toward = new Cartesian3(
    -Math.sin(azimuth_rad) * Math.cos(altitude_rad),
    -Math.cos(azimuth_rad) * Math.cos(altitude_rad),
    -Math.sin(altitude_rad),
  );
  const frame = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(center_deg[0], center_deg[1]));
  const rotation = Matrix4.getMatrix3(frame, new Matrix3());
  return Cartesian3.normalize(Matrix3.multiplyByVector(rotation, toward, new Cartesian3()), new Cartesian3());
}

function applyQuality(widget: CesiumWidget, settings: QualitySettings): void {
  const { scene } = widget;
  scene.msaaSamples = settings.msaaSamples;
  widget.resolutionScale = settings.resolutionScale;
  scene.postProcessStages.fxaa.enabled = settings.fxaa;
  scene.globe.maximumScreenSpaceError = settings.groundError;
  const shadows = scene.shadowMap;
  shadows.enabled = settings.shadows;
  shadows.softShadows = false;
  shadows.size = 4096;
  shadows.maximumDistance = 1200;
  shadows.darkness = 0.72;
  scene.requestRender();
}
