/** Tells the panels where north is and how large a pixel is. */
import { metresPerPixel } from "../engine/camera";
import type { Engine } from "../engine/createEngine";
import type { Dispose } from "../engine/lifetime";
import type { Session } from "../state/session";

const EVERY_MS = 120;

export function mountCompass(engine: Engine, session: Session): Dispose {
  let last_ms = 0;
  return engine.scene.postRender.addEventListener(() => {
    const now_ms = performance.now();
    if (now_ms - last_ms < EVERY_MS) return;
    last_ms = now_ms;
    const camera = { heading_rad: engine.scene.camera.heading, metresPerPixel: metresPerPixel(engine) };
    const before = session.store.get().camera;
    const moved =
      Math.abs(camera.heading_rad - before.heading_rad) > 0.003 ||
      Math.abs(camera.metresPerPixel / before.metresPerPixel - 1) > 0.01;
    if (moved) session.store.set({ camera });
  });
}
