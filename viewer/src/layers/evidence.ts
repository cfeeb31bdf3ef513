/** Where the selected building breaks a rule or is to be looked at: the geometry its findings were measured on. */
import { prismOf } from "../domain/building";
import { VERDICT_COLORS } from "../domain/colors";
import { extentOf } from "../domain/geo";
import type { Finding } from "../domain/types";
import type { Engine } from "../engine/createEngine";
import { addEvidence, type Evidence } from "../engine/evidence";
import { sampleGround } from "../engine/ground";
import type { Dispose } from "../engine/lifetime";
import type { Catalog, Subject } from "../state/appState";
import type { Session } from "../state/session";

/** Height of the frame around things that are no building, metres. */
const FRAME_M = 6;

export function mountEvidence(engine: Engine, session: Session, catalog: Catalog): Dispose {
  const { store } = session;
  let shown: Dispose = () => undefined;
  let turn = 0;
  const draw = async () => {
    const mine = ++turn;
    const { subject, place, focus } = store.get();
    const evidence = place
      ? await evidenceOfPlace(engine, place)
      : evidenceOfBuilding(subject.value, store.get().catalog.value ?? catalog, focus);
    if (mine !== turn) return;
    shown();
    shown = addEvidence(engine, evidence);
  };
  const unwatch = [
    store.watch(
      (state) => state.subject.value,
      () => void draw(),
    ),
    store.watch(
      (state) => state.place,
      () => void draw(),
    ),
    store.watch(
      (state) => state.focus,
      () => void draw(),
    ),
  ];
  void draw();
  return () => {
    turn++;
    for (const end of unwatch) end();
    shown();
  };
}

function evidenceOfBuilding(subject: Subject | null, catalog: Catalog, focus: Finding["id"] | null): Evidence[] {
  const building = subject?.building;
  if (!building) return [];
  const prism = prismOf(
    building,
    catalog.datasets.find(({ id }) => id === building.dataset),
  );
  const bottom_m = prism?.bottom_m ?? building.position_deg?.[2] ?? 0;
  const top_m = prism?.top_m ?? bottom_m + FRAME_M;
  return building.findings.flatMap(({ id, evidence, verdict }): Evidence[] =>
    evidence && (focus === null || focus === id)
      ? [{ geometry: evidence, bottom_m, top_m, color: VERDICT_COLORS[verdict] }]
      : [],
  );
}

/** A street or plan unit has no height of its own: it stands on the ground. */
async function evidenceOfPlace(engine: Engine, { evidence, verdict }: Finding): Promise<Evidence[]> {
  if (!evidence) return [];
  const [west, south, east, north] = extentOf(evidence);
  const [ground_m = 0] = await sampleGround(engine, [[(west + east) / 2, (south + north) / 2]]);
  return [{ geometry: evidence, bottom_m: ground_m, top_m: ground_m + FRAME_M, color: VERDICT_COLORS[verdict] }];
}
