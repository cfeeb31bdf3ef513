/** Quality, haze and light: how the scene looks rather than what is in it. */

import { QUALITY } from "../domain/quality";
import { sunPosition } from "../domain/sun";
import type { Engine } from "../engine/createEngine";
import { addHaze } from "../engine/haze";
import { createLifetime, type Dispose } from "../engine/lifetime";
import type { Session } from "../state/session";

const DRAWING_LIGHT = { azimuth_rad: (225 * Math.PI) / 180, altitude_rad: (48 * Math.PI) / 180 };

export function mountAtmosphere(engine: Engine, session: Session, center_deg: [number, number]): Dispose {
  const { store } = session;
  const lifetime = createLifetime();
  let haze: Dispose = () => undefined;
  const applyQuality = () => {
    const settings = QUALITY[store.get().quality];
    haze();
    haze = settings.haze ? addHaze(engine) : () => undefined;
    engine.applyQuality(settings);
  };
  const applyLight = () => {
    const { hour } = store.get();
    const { azimuth_rad, altitude_rad } = hour === null ? DRAWING_LIGHT : sunPosition(center_deg, hour);
    engine.setLight(azimuth_rad, Math.max(altitude_rad, 0.05));
  };
  applyQuality();
  applyLight();
  lifetime.add(store.watch((state) => state.quality, applyQuality));
  lifetime.add(store.watch((state) => state.hour, applyLight));
  lifetime.add(() => haze());
  return lifetime.end;
}
