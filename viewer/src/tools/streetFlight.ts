/** Flying along a street: idle → flying ⇄ paused → idle. The camera rides above the carriageway and looks ahead. */

import { bearingAlong, lineLength, linePositions, pointAlong } from "../domain/geo";
import type { LonLat, Street } from "../domain/types";
import { standAt } from "../engine/camera";
import type { Engine } from "../engine/createEngine";
import { sampleGround } from "../engine/ground";
import type { Dispose } from "../engine/lifetime";
import type { Session } from "../state/session";

const SPEED_MS = 42;
/** a machine that stalls longer than this loses time, not street */
const LONGEST_STEP_S = 1;
const SAMPLE_M = 25;
const ABOVE_GROUND_M = 46;
const BEHIND_M = 70;
const PITCH_RAD = (-19 * Math.PI) / 180;

interface Path {
  street: Street;
  line: LonLat[];
  length_m: number;
  /** smoothed ground height every SAMPLE_M */
  ground_m: number[];
}

export interface StreetFlight {
  start(street: Street): Promise<void>;
  toggle(): void;
  seek(chainage_m: number): void;
  stop: Dispose;
  dispose: Dispose;
}

export function createStreetFlight(engine: Engine, session: Session, reducedMotion: () => boolean): StreetFlight {
  const { store } = session;
  let path: Path | null = null;
  let turn = 0;
  let before_ms = 0;

  const show = (chainage_m: number, playing: boolean) => {
    if (!path) return;
    const at = Math.min(Math.max(chainage_m, 0), path.length_m);
    rideAt(engine, path, at);
    store.set({
      flight: {
        streetId: path.street.id,
        chainage_m: at,
        length_m: path.length_m,
        playing: playing && at < path.length_m,
      },
    });
  };
  const stop = () => {
    turn++;
    path = null;
    if (store.get().flight) store.set({ flight: null });
  };
  const tick = () => {
    const flight = store.get().flight;
    const now_ms = performance.now();
    const step_s = Math.min((now_ms - before_ms) / 1000, LONGEST_STEP_S);
    before_ms = now_ms;
    if (path && flight?.playing) show(flight.chainage_m + SPEED_MS * step_s, true);
  };
  const removeTick = engine.scene.preUpdate.addEventListener(tick);
  const grab = () => {
    const { flight } = store.get();
    if (flight?.playing) store.set({ flight: { ...flight, playing: false } });
  };
  engine.canvas.addEventListener("pointerdown", grab);
  engine.canvas.addEventListener("wheel", grab, { passive: true });

  return {
    async start(street) {
      stop();
      const mine = ++turn;
      const prepared = await preparePath(engine, street);
      if (mine !== turn || prepared.length_m < 1) return;
      path = prepared;
      before_ms = performance.now();
      engine.scene.camera.cancelFlight();
      show(0, !reducedMotion());
    },
    toggle() {
      const { flight } = store.get();
      if (!flight || !path) return;
      before_ms = performance.now();
      const again = !flight.playing && flight.chainage_m >= flight.length_m;
      if (again) show(0, true);
      else store.set({ flight: { ...flight, playing: !flight.playing } });
      engine.requestFrame();
    },
    seek: (chainage_m) => show(chainage_m, false),
    stop,
    dispose() {
      stop();
      removeTick();
      engine.canvas.removeEventListener("pointerdown", grab);
      engine.canvas.removeEventListener("wheel", grab);
    },
  };
}

async function preparePath(engine: Engine, street: Street): Promise<Path> {
  const line = linePositions(street.centerline);
  const length_m = lineLength(line);
  const count = Math.max(2, Math.ceil(length_m / SAMPLE_M) + 1);
  const raw = await sampleGround(
    engine,
    Array.from({ length: count }, (_, i) => pointAlong(line, i * SAMPLE_M)),
  );
  const ground_m = raw.map((_, i) => {
    const near = raw.slice(Math.max(0, i - 4), i + 5);
    return near.reduce((sum, height) => sum + height, 0) / near.length;
  });
  return { street, line, length_m, ground_m };
}

/** Places the camera behind a chainage; before the first metre it hangs back along the first bearing. */
function rideAt(engine: Engine, path: Path, chainage_m: number): void {
  const bearing = bearingAlong(path.line, chainage_m, 140);
  const [lon, lat] = pointAlong(path.line, chainage_m);
  const i = Math.min(chainage_m / SAMPLE_M, path.ground_m.length - 1);
  const low = path.ground_m[Math.floor(i)] ?? 0;
  const ground = low + ((path.ground_m[Math.ceil(i)] ?? low) - low) * (i - Math.floor(i));
  const perDegree_m = 111_195;
  const back = [
    lon - (Math.sin(bearing) * BEHIND_M) / (perDegree_m * Math.cos((lat * Math.PI) / 180)),
    lat - (Math.cos(bearing) * BEHIND_M) / perDegree_m,
  ];
  standAt(engine, [back[0] ?? lon, back[1] ?? lat, ground + ABOVE_GROUND_M], bearing, PITCH_RAD);
}
