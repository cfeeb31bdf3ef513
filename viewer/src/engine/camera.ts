/** Camera moves, in the terms people use: look at a place from a side, pan, zoom, tilt. Degrees, radians, metres. */
import {
  BoundingSphere,
  Cartesian2,
  Cartesian3,
  Cartographic,
  Math as CesiumMath,
  HeadingPitchRange,
  Matrix4,
  Transforms,
} from "@cesium/engine";
import type { Engine } from "./createEngine";

export interface View {
  position_deg: readonly [number, number, number];
  heading_rad: number;
  pitch_rad: number;
  range_m: number;
}

/** Looks at a place; `duration_s` 0 jumps. */
export function lookAt(engine: Engine, view: View, duration_s: number): void {
  const [lon, lat, height] = view.position_deg;
  const sphere = new BoundingSphere(Cartesian3.fromDegrees(lon, lat, height), 0);
  const offset = new HeadingPitchRange(view.heading_rad, view.pitch_rad, view.range_m);
  const { camera } = engine.scene;
  camera.cancelFlight();
  if (duration_s > 0) camera.flyToBoundingSphere(sphere, { offset, duration: duration_s });
  else camera.viewBoundingSphere(sphere, offset);
  camera.lookAtTransform(Matrix4.IDENTITY);
  engine.requestFrame();
}

/** Stands at a position and looks in a direction. */
export function standAt(
  engine: Engine,
  position_deg: readonly [number, number, number],
  heading_rad: number,
  pitch_rad: number,
): void {
  const destination = Cartesian3.fromDegrees(...position_deg);
  engine.scene.camera.setView({ destination, orientation: { heading: heading_rad, pitch: pitch_rad, roll: 0 } });
  engine.requestFrame();
}

/** The ground point in the middle of the picture, with its distance; null when looking at the sky. */
export function lookedAt(engine: Engine): { position_deg: [number, number, number]; range_m: number } | null {
  const { scene, canvas } = engine;
  const ray = scene.camera.getPickRay(new Cartesian2(canvas.clientWidth / 2, canvas.clientHeight / 2));
  const point = ray ? scene.globe.pick(ray, scene) : undefined;
  if (!point) return null;
  const { longitude, latitude, height } = Cartographic.fromCartesian(point);
  return {
    position_deg: [CesiumMath.toDegrees(longitude), CesiumMath.toDegrees(latitude), height],
    range_m: Cartesian3.distance(scene.camera.positionWC, point),
  };
}

/** Turns or tilts around the place in the middle of the picture. */
export function orbit(engine: Engine, change: (view: View) => Partial<View>, duration_s: number): void {
  const target = lookedAt(engine);
  if (!target) return;
  const { heading, pitch } = engine.scene.camera;
  const view: View = { ...target, heading_rad: heading, pitch_rad: pitch };
  lookAt(engine, { ...view, ...change(view) }, duration_s);
}

/** Moves level with the ground by a share of the distance looked over: +x right, +y ahead. */
export function pan(engine: Engine, x: number, y: number): void {
  const { camera } = engine.scene;
  const step = (lookedAt(engine)?.range_m ?? Cartographic.fromCartesian(camera.positionWC).height) * 0.12;
  const frame = Transforms.eastNorthUpToFixedFrame(camera.positionWC);
  const [sin, cos] = [Math.sin(camera.heading), Math.cos(camera.heading)];
  const direction = Matrix4.multiplyByPointAsVector(
    frame,
    new Cartesian3(x * cos + y * sin, y * cos - x * sin, 0),
    new Cartesian3(),
  );
  camera.move(direction, step);
  engine.requestFrame();
}

export function zoom(engine: Engine, factor: number): void {
  const range = lookedAt(engine)?.range_m ?? 500;
  engine.scene.camera.moveForward(range * (1 - 1 / factor));
  engine.requestFrame();
}

/** Metres a screen pixel in the middle of the picture: for the scale bar. */
export function metresPerPixel(engine: Engine): number {
  const { frustum } = engine.scene.camera;
  const range = lookedAt(engine)?.range_m ?? 1000;
  const fovy = "fovy" in frustum && typeof frustum.fovy === "number" ? frustum.fovy : Math.PI / 3;
  return (2 * range * Math.tan(fovy / 2)) / engine.canvas.clientHeight;
}
