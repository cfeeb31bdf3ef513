/** Waiting for the picture to be complete, without guessing a time. */
import type { Engine } from "./createEngine";

const FRAMES = 3;

/** Resolves when everything asked for is drawn for three frames in a row; rejects after `deadline_ms`. */
export function whenSettled(engine: Engine, deadline_ms = 60_000): Promise<void> {
  return new Promise((resolve, reject) => {
    let calm = 0;
    const stop = (finish: () => void) => {
      clearInterval(nudge);
      clearTimeout(timeout);
      remove();
      finish();
    };
    const remove = engine.scene.postRender.addEventListener(() => {
      calm = engine.pending().length === 0 ? calm + 1 : 0;
      if (calm >= FRAMES) stop(resolve);
    });
    const nudge = setInterval(() => engine.requestFrame(), 50);
    const timeout = setTimeout(
      () =>
        stop(() =>
          reject(
            new Error(
              `the scene did not settle in ${deadline_ms} ms: ${engine.pending().join(", ") || "still drawing"}`,
            ),
          ),
        ),
      deadline_ms,
    );
    engine.requestFrame();
  });
}
