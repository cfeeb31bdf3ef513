/** Tells the panels where north is and how large a pixel is. */
import { metresPerPixel } from "../engine/camera";
import type { Engine } from "../engine/createEngine";
import type { Dispose } from "../engine/lifetime";
import type { Session } from "../state/session";

const EVERY_MS = 120;

export function mountCompass(engine: Engine, session: Session): Dispose {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const measure = () => {
    timer = undefined;
    const camera = { heading_rad: engine.scene.camera.heading, metresPerPixel: metresPerPixel(engine) };
    const before = session.store.get().camera;
    const turned = Math.abs(camera.heading_rad - before.heading_rad) > 0.003;
    if (turned || Math.abs(camera.metresPerPixel / before.metresPerPixel - 1) > 0.01) session.store.set({ camera });
  };
  const remove = engine.scene.postRender.addEventListener(() => {
    timer ??= setTimeout(measure, EVERY_MS);
  });
  return () => {
    clearTimeout(timer);
    remove();
  };
}
