/** The selected building in outline, everything else untouched. */

import { prismOf } from "../domain/building";
import { ACCENT } from "../domain/colors";
import type { Engine } from "../engine/createEngine";
import type { Dispose } from "../engine/lifetime";
import { addWire } from "../engine/volumes";
import type { Catalog } from "../state/appState";
import type { Session } from "../state/session";

export function mountSelection(engine: Engine, session: Session, catalog: Catalog): Dispose {
  const { store } = session;
  let shown: Dispose = () => undefined;
  const draw = () => {
    shown();
    const subject = store.get().subject.value;
    const building = subject?.building ?? null;
    const prism =
      building &&
      prismOf(
        building,
        (store.get().catalog.value ?? catalog).datasets.find(({ id }) => id === building.dataset),
      );
    shown =
      prism && building?.footprint
        ? addWire(engine, building.footprint, prism.bottom_m, prism.top_m, ACCENT)
        : () => undefined;
  };
  const unwatch = store.watch((state) => state.subject.value, draw);
  draw(); // what a link chose may be there already
  return () => {
    unwatch();
    shown();
  };
}
