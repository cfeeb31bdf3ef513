/** Puts the scene together: engine, layers, tools. Loaded after the panels, so that lists paint first. */

import { QUALITY } from "../domain/quality";
import type { Extent } from "../domain/types";
import { createEngine, type Engine } from "../engine/createEngine";
import { createLifetime, type Dispose } from "../engine/lifetime";
import { whenSettled } from "../engine/settle";
import { pickFeature } from "../engine/tilesets";
import { mountAtmosphere } from "../layers/atmosphere";
import { mountBuildings } from "../layers/buildings";
import { mountEnvelopes } from "../layers/envelopes";
import { mountEvidence } from "../layers/evidence";
import { mountGroundMap } from "../layers/groundMap";
import { mountProposals } from "../layers/proposals";
import { mountSelection } from "../layers/selection";
import { mountStreetNames } from "../layers/streetNames";
import { mountTerrain } from "../layers/terrain";
import type { Catalog } from "../state/appState";
import type { Session } from "../state/session";
import { mountCompass } from "../tools/compass";
import { mountKeyboard } from "../tools/keyboard";
import { mountPointer } from "../tools/pointer";
import { createStreetFlight } from "../tools/streetFlight";
import { mountViews, overlookStreet } from "../tools/views";

export interface SceneHandle {
  engine: Engine;
  dispose: Dispose;
}

export async function mountScene(container: HTMLElement, session: Session, catalog: Catalog): Promise<SceneHandle> {
  const { store } = session;
  const lifetime = createLifetime();
  const center_deg = centerOf(catalog.town.extent_deg);
  const engine = createEngine(container, {
    center_deg,
    quality: QUALITY[store.get().quality],
    onProblem: (sceneProblem) => store.set({ sceneProblem }),
  });
  lifetime.add(engine.dispose);
  const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  lifetime.add(mountAtmosphere(engine, session, center_deg));
  lifetime.add(mountBuildings(engine, session, catalog));
  lifetime.add(mountGroundMap(engine, session, catalog));
  lifetime.add(await mountTerrain(engine, session, catalog));
  const flight = createStreetFlight(engine, session, reducedMotion);
  lifetime.add(flight.dispose);
  lifetime.add(mountViews(engine, session, catalog, { flight, reducedMotion }));
  const street = catalog.streets.find((candidate) => candidate.id === store.get().street) ?? catalog.streets[0];
  if (street) await overlookStreet(engine, street, 0);
  else if (catalog.town.extent_deg) session.wish({ kind: "extent", extent_deg: catalog.town.extent_deg });

  lifetime.add(mountProposals(engine, session));
  lifetime.add(mountEnvelopes(engine, session, catalog));
  lifetime.add(mountSelection(engine, session, catalog));
  lifetime.add(mountEvidence(engine, session, catalog));
  lifetime.add(await mountStreetNames(engine, session, catalog).catch(() => () => undefined));
  lifetime.add(mountPointer(engine, session, catalog));
  lifetime.add(mountKeyboard(engine, session));
  lifetime.add(mountCompass(engine, session));
  store.set({ sceneReady: true });
  return { engine, dispose: lifetime.end };
}

function centerOf(extent: Extent | null): [number, number] {
  return extent ? [(extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2] : [113.41, 38.09];
}

/** What browser tests ask of the page. Reads state; drives nothing that a person could not. */
export function testHandle(session: Session, handle: SceneHandle) {
  const { engine } = handle;
  return {
    state: () => session.store.get(),
    whenSettled: (deadline_ms?: number) => whenSettled(engine, deadline_ms),
    pickAt: (x: number, y: number) => pickFeature(engine, x, y),
    pending: () => engine.pending(),
    camera() {
      const { positionCartographic: p, heading, pitch } = engine.scene.camera;
      return {
        lon_deg: (p.longitude * 180) / Math.PI,
        lat_deg: (p.latitude * 180) / Math.PI,
        height_m: p.height,
        heading_rad: heading,
        pitch_rad: pitch,
      };
    },
    /** RGBA bytes of one frame, row by row from the top, in drawing-buffer pixels. */
    pixels() {
      engine.requestFrame();
      engine.scene.render();
      const copy = document.createElement("canvas");
      copy.width = engine.canvas.width;
      copy.height = engine.canvas.height;
      const context = copy.getContext("2d");
      context?.drawImage(engine.canvas, 0, 0);
      const data = context?.getImageData(0, 0, copy.width, copy.height).data ?? new Uint8ClampedArray();
      return { width: copy.width, height: copy.height, data };
    },
  };
}
