/** Where the selected building breaks a rule or is to be looked at: the geometry its findings were measured on. */
import { prismOf } from "../domain/building";
import { VERDICT_COLORS } from "../domain/colors";
import type { Finding } from "../domain/types";
import type { Engine } from "../engine/createEngine";
import { addEvidence, type Evidence } from "../engine/evidence";
import type { Dispose } from "../engine/lifetime";
import type { Catalog, Subject } from "../state/appState";
import type { Session } from "../state/session";

/** Height of the frame around things that are no building, metres. */
const FRAME_M = 6;

export function mountEvidence(engine: Engine, session: Session, catalog: Catalog): Dispose {
  const { store } = session;
  let shown: Dispose = () => undefined;
  const draw = () => {
    shown();
    shown = addEvidence(engine, evidenceOf(store.get().subject.value, catalog));
  };
  const unwatch = store.watch((state) => state.subject.value, draw);
  return () => {
    unwatch();
    shown();
  };
}

function evidenceOf(subject: Subject | null, catalog: Catalog): Evidence[] {
  const building = subject?.building;
  if (!building) return [];
  const prism = prismOf(
    building,
    catalog.datasets.find(({ id }) => id === building.dataset),
  );
  const bottom_m = prism?.bottom_m ?? building.position_deg?.[2] ?? 0;
  const top_m = prism?.top_m ?? bottom_m + FRAME_M;
  return building.findings.flatMap((finding: Finding): Evidence[] =>
    finding.evidence ? [{ geometry: finding.evidence, bottom_m, top_m, color: VERDICT_COLORS[finding.verdict] }] : [],
  );
}
