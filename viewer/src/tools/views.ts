/** Turns camera wishes of the panels into camera moves. */

import { bearingAlong, distanceMetres, lineLength, linePositions, pointAlong } from "../domain/geo";
import type { Street } from "../domain/types";
import { lookAt, orbit, zoom } from "../engine/camera";
import type { Engine } from "../engine/createEngine";
import { sampleGround } from "../engine/ground";
import type { Dispose } from "../engine/lifetime";
import type { Catalog } from "../state/appState";
import type { CameraWish, Session } from "../state/session";
import type { StreetFlight } from "./streetFlight";

const OBLIQUE_RAD = (-34 * Math.PI) / 180;
const OPENING_RAD = (-25 * Math.PI) / 180;
const TOP_RAD = -Math.PI / 2 + 0.001;
const SIDE_RAD = (28 * Math.PI) / 180;

export interface ViewOptions {
  flight: StreetFlight;
  reducedMotion: () => boolean;
}

export function mountViews(engine: Engine, session: Session, catalog: Catalog, options: ViewOptions): Dispose {
  const duration = (seconds: number) => (options.reducedMotion() ? 0 : seconds);
  const street = (id: string | null | undefined) => catalog.streets.find((candidate) => candidate.id === id);
  const handle = (wish: CameraWish): void => {
    if (wish.kind !== "flight" && wish.kind !== "seek") options.flight.stop();
    switch (wish.kind) {
      case "street": {
        const found = street(wish.streetId);
        if (found) void overlookStreet(engine, found, duration(1.2));
        return;
      }
      case "flight": {
        const found = street(wish.streetId);
        if (wish.action === "start" && found) void options.flight.start(found);
        else if (wish.action === "toggle") options.flight.toggle();
        else if (wish.action === "stop") options.flight.stop();
        return;
      }
      case "seek":
        options.flight.seek(wish.chainage_m);
        return;
      case "place": {
        const heading_rad = engine.scene.camera.heading;
        lookAt(
          engine,
          { position_deg: wish.position_deg, heading_rad, pitch_rad: OBLIQUE_RAD, range_m: wish.range_m },
          duration(1),
        );
        return;
      }
      case "extent": {
        const [w, s, e, n] = wish.extent_deg;
        const size_m = Math.max(distanceMetres([w, s], [e, s]), distanceMetres([w, s], [w, n]), 120);
        void onGround(engine, [(w + e) / 2, (s + n) / 2]).then((position_deg) =>
          lookAt(
            engine,
            { position_deg, heading_rad: 0, pitch_rad: (-48 * Math.PI) / 180, range_m: size_m * 1.35 },
            duration(1),
          ),
        );
        return;
      }
      case "zoom":
        zoom(engine, wish.factor);
        return;
      case "preset":
        preset(wish.view);
        return;
    }
  };
  const preset = (view: "home" | "top" | "oblique" | "north") => {
    if (view === "home") {
      const home = street(catalog.town.home?.street_id) ?? catalog.streets[0];
      if (home) void overlookStreet(engine, home, duration(1));
    } else if (view === "north") orbit(engine, () => ({ heading_rad: 0 }), duration(0.4));
    else orbit(engine, () => ({ pitch_rad: view === "top" ? TOP_RAD : OBLIQUE_RAD }), duration(0.4));
  };
  return session.onWish(handle);
}

async function onGround(engine: Engine, place: [number, number]): Promise<[number, number, number]> {
  const [height = 0] = await sampleGround(engine, [place]);
  return [place[0], place[1], height];
}

/** The opening view: obliquely along the street, its middle in the middle of the picture. */
export async function overlookStreet(engine: Engine, street: Street, duration_s: number): Promise<void> {
  const line = linePositions(street.centerline);
  const length_m = lineLength(line);
  const middle_m = length_m * 0.5;
  const position_deg = await onGround(engine, pointAlong(line, middle_m));
  const along = bearingAlong(line, middle_m, Math.min(length_m, 300));
  const northward = Math.cos(along) >= 0 ? along : along + Math.PI;
  const range_m = Math.min(Math.max(length_m * 0.5, 300), 720);
  lookAt(engine, { position_deg, heading_rad: northward + SIDE_RAD, pitch_rad: OPENING_RAD, range_m }, duration_s);
}
