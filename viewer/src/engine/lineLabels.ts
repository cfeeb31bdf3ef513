/** Names that run along lines: turned on screen to the line's direction, upright, with a halo, never overlapping. */
import {
  type Billboard,
  BillboardCollection,
  Cartesian2,
  Cartesian3,
  HorizontalOrigin,
  SceneTransforms,
  VerticalOrigin,
} from "@cesium/engine";
import type { Engine } from "./createEngine";
import { createLifetime, type Dispose } from "./lifetime";

export interface LineLabel {
  text: string;
  position: Cartesian3;
  /** a point a little further along the line */
  ahead: Cartesian3;
  /** farther than this it is not drawn, metres */
  range_m: number;
  /** larger wins a place */
  weight: number;
}

const FONT = '500 14px "Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif';
const SCALE = 2;

export function addLineLabels(engine: Engine, labels: readonly LineLabel[]): Dispose {
  const lifetime = createLifetime();
  const billboards = new BillboardCollection({ scene: engine.scene });
  const images = new Map<string, HTMLCanvasElement>();
  const entries = [...labels]
    .sort((a, b) => b.weight - a.weight)
    .map((label) => {
      const image = images.get(label.text) ?? drawText(label.text);
      images.set(label.text, image);
      const billboard = billboards.add({
        position: label.position,
        image: image as unknown as string,
        scale: 1 / SCALE,
        show: false,
        horizontalOrigin: HorizontalOrigin.CENTER,
        verticalOrigin: VerticalOrigin.CENTER,
        disableDepthTestDistance: Number.POSITIVE_INFINITY,
      });
      return { label, billboard, width: image.width / SCALE };
    });
  engine.scene.primitives.add(billboards);
  lifetime.add(() => engine.scene.primitives.remove(billboards));
  lifetime.add(engine.scene.preRender.addEventListener(() => place(engine, entries)));
  engine.requestFrame();
  lifetime.add(engine.requestFrame);
  return lifetime.end;
}

interface Entry {
  label: LineLabel;
  billboard: Billboard;
  width: number;
}

/** Greedy by weight: a label is shown if it is near, its line is long enough on screen and its box is free. */
function place(engine: Engine, entries: readonly Entry[]): void {
  const { scene } = engine;
  const taken: { x: number; y: number; r: number }[] = [];
  const [a, b] = [new Cartesian2(), new Cartesian2()];
  for (const { label, billboard, width } of entries) {
    billboard.show = false;
    const distance = Cartesian3.distance(scene.camera.positionWC, label.position);
    if (distance > label.range_m) continue;
    const from = SceneTransforms.worldToWindowCoordinates(scene, label.position, a);
    const to = SceneTransforms.worldToWindowCoordinates(scene, label.ahead, b);
    if (
      !from ||
      !to ||
      from.x < -50 ||
      from.y < -50 ||
      from.x > scene.canvas.clientWidth + 50 ||
      from.y > scene.canvas.clientHeight + 50
    )
      continue;
    const onScreen = Math.hypot(to.x - from.x, to.y - from.y);
    const run_m = Cartesian3.distance(label.position, label.ahead);
    if (onScreen < 1 || (onScreen / run_m) * 120 < width * 0.8) continue;
    let angle = Math.atan2(from.y - to.y, to.x - from.x);
    if (angle > Math.PI / 2) angle -= Math.PI;
    if (angle < -Math.PI / 2) angle += Math.PI;
    const boxes = [-0.42, 0, 0.42].map((t) => ({
      x: from.x + Math.cos(angle) * width * t,
      y: from.y - Math.sin(angle) * width * t,
      r: width * 0.25 + 6,
    }));
    if (boxes.some((box) => taken.some((other) => Math.hypot(box.x - other.x, box.y - other.y) < box.r + other.r)))
      continue;
    taken.push(...boxes);
    billboard.rotation = angle;
    billboard.show = true;
  }
}

function drawText(text: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const measure = canvas.getContext("2d");
  if (!measure) return canvas;
  measure.font = FONT;
  canvas.width = Math.ceil((measure.measureText(text).width * 1.12 + 12) * SCALE);
  canvas.height = 26 * SCALE;
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  context.scale(SCALE, SCALE);
  context.font = FONT;
  context.letterSpacing = "1px";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = "rgba(255,255,255,0.92)";
  context.fillStyle = "#4a4a48";
  context.strokeText(text, 6, 13);
  context.fillText(text, 6, 13);
  return canvas;
}
