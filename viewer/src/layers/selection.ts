/** The selected building in outline, everything else untouched. */
import type { Engine } from "../engine/createEngine";
import type { Dispose } from "../engine/lifetime";
import { addWire } from "../engine/volumes";
import { ACCENT } from "../domain/colors";
import type { Session } from "../state/session";

export function mountSelection(engine: Engine, session: Session): Dispose {
  const { store } = session;
  let shown: Dispose = () => undefined;
  const draw = () => {
    shown();
    const subject = store.get().subject.value;
    const building = subject?.building ?? null;
    const height_m = Number(building?.attributes.height_m ?? 0);
    const base_m = building?.position_deg?.[2];
    shown =
      building?.footprint && base_m !== undefined && height_m > 0
        ? addWire(engine, building.footprint, base_m, base_m + height_m, ACCENT)
        : () => undefined;
  };
  const unwatch = store.watch((state) => state.subject.value, draw);
  return () => {
    unwatch();
    shown();
  };
}
