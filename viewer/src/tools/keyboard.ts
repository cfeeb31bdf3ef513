/** The scene without a mouse: arrows pan, +/− zoom, PageUp/PageDown tilt, Shift+arrows turn, Home returns. */
import { orbit, pan, zoom } from "../engine/camera";
import type { Engine } from "../engine/createEngine";
import type { Dispose } from "../engine/lifetime";
import { translate } from "../i18n";
import type { Session } from "../state/session";

const TURN_RAD = Math.PI / 18;
const STEEPEST_RAD = -Math.PI / 2 + 0.02;
const FLATTEST_RAD = -0.06;

export function mountKeyboard(engine: Engine, session: Session): Dispose {
  const { canvas } = engine;
  const turn = (by: number) => orbit(engine, (view) => ({ heading_rad: view.heading_rad + by }), 0);
  const tilt = (by: number) =>
    orbit(engine, (view) => ({ pitch_rad: Math.max(STEEPEST_RAD, Math.min(FLATTEST_RAD, view.pitch_rad + by)) }), 0);
  const actions: Record<string, () => void> = {
    ArrowUp: () => pan(engine, 0, 1),
    ArrowDown: () => pan(engine, 0, -1),
    ArrowLeft: () => pan(engine, -1, 0),
    ArrowRight: () => pan(engine, 1, 0),
    "Shift+ArrowLeft": () => turn(-TURN_RAD),
    "Shift+ArrowRight": () => turn(TURN_RAD),
    "Shift+ArrowUp": () => tilt(TURN_RAD / 2),
    "Shift+ArrowDown": () => tilt(-TURN_RAD / 2),
    PageUp: () => tilt(TURN_RAD / 2),
    PageDown: () => tilt(-TURN_RAD / 2),
    "+": () => zoom(engine, 1.35),
    "=": () => zoom(engine, 1.35),
    "-": () => zoom(engine, 1 / 1.35),
    Home: () => session.wish({ kind: "preset", view: "home" }),
    Escape: () => void session.select(null),
    n: () => session.wish({ kind: "preset", view: "north" }),
    " ": () => session.wish({ kind: "flight", action: "toggle" }),
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const prefix = event.shiftKey && event.key.startsWith("Arrow") ? "Shift+" : "";
    const action = actions[prefix + event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  const name = () => canvas.setAttribute("aria-label", translate(session.store.get().lang, "map.label"));
  name();
  const unwatch = session.store.watch((state) => state.lang, name);
  canvas.addEventListener("keydown", press);
  return () => {
    unwatch();
    canvas.removeEventListener("keydown", press);
  };
}
