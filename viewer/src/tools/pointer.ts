/** Mouse and touch on the scene: a click selects, a resting pointer shows name and height. */
import { ScreenSpaceEventHandler, ScreenSpaceEventType } from "@cesium/engine";
import type { Engine } from "../engine/createEngine";
import { createLifetime, type Dispose } from "../engine/lifetime";
import { type Picked, pickFeature } from "../engine/tilesets";
import type { Catalog } from "../state/appState";
import type { Session } from "../state/session";

const REST_MS = 90;

export function mountPointer(engine: Engine, session: Session, catalog: Catalog): Dispose {
  const lifetime = createLifetime();
  const handler = new ScreenSpaceEventHandler(engine.canvas);
  lifetime.add(() => handler.destroy());
  handler.setInputAction((event: ScreenSpaceEventHandler.PositionedEvent) => {
    selectPicked(session, catalog, pickFeature(engine, event.position.x, event.position.y));
  }, ScreenSpaceEventType.LEFT_CLICK);

  let timer: ReturnType<typeof setTimeout> | undefined;
  const hide = () => {
    clearTimeout(timer);
    if (session.store.get().hover) session.store.set({ hover: null });
  };
  const rest = (event: PointerEvent) => {
    hide();
    if (event.buttons !== 0 || event.pointerType === "touch" || session.store.get().flight?.playing) return;
    const { offsetX: x, offsetY: y } = event;
    timer = setTimeout(() => {
      const picked = pickFeature(engine, x, y);
      if (picked) session.store.set({ hover: { x, y, name: picked.name || picked.id, height_m: picked.height_m } });
    }, REST_MS);
  };
  const { canvas } = engine;
  canvas.addEventListener("pointermove", rest);
  canvas.addEventListener("pointerleave", hide);
  canvas.addEventListener("pointerdown", hide);
  lifetime.add(() => {
    clearTimeout(timer);
    canvas.removeEventListener("pointermove", rest);
    canvas.removeEventListener("pointerleave", hide);
    canvas.removeEventListener("pointerdown", hide);
  });
  return lifetime.end;
}

export function selectPicked(session: Session, catalog: Catalog, picked: Picked | null): void {
  if (!picked) {
    void session.select(null);
    return;
  }
  const { dataset, id, gid, kind } = picked;
  const isModel = catalog.datasets.find((candidate) => candidate.id === dataset)?.kind === "elements";
  // from afar a model is one shell, which is its building
  const isElement = isModel && kind !== "building";
  void session.select(isElement ? { kind: "element", dataset, id, gid } : { kind: "building", dataset, id });
}
