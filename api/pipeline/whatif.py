"""A town kept ready, so that a change of a few buildings is judged at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock

from api.pipeline.derive import judged_buildings, stored_places, stored_rules
from cim_core.store import Store
from cim_core.townscape.edits import BuildingEdit
from cim_core.townscape.rejudge import Checker, Rejudged

#: Tables whose change makes another town of it.
READ_TABLES = (
    "buildings", "frontages", "control_zones", "streets", "rule_packs", "exemptions", "plan_units", "view_corridors",
    "place_states", "frontage_surveys",
)  # fmt: skip


@dataclass(slots=True)
class _Kept:
    store: str
    change: int
    day: date
    checker: Checker


class WarmTown:
    """The checker of one store; made anew when the store was written to or the day is another. For several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: _Kept | None = None

    def rejudge(self, store: Store, edits: Sequence[BuildingEdit]) -> tuple[Rejudged, float, bool]:
        """What the edits would change, the milliseconds of judging alone, and whether the town was ready.

        Raises NotFoundError, UsageError, RulePackError.
        """
        with self._lock:
            was_ready = self._make_ready(store)
            assert self._kept is not None  # noqa: S101 - made ready above
            started = time.perf_counter()
            done = self._kept.checker.rejudge(edits)
            return done, 1000.0 * (time.perf_counter() - started), was_ready

    def _make_ready(self, store: Store) -> bool:
        now = (str(store.location), store.last_change(READ_TABLES), date.today())
        kept = self._kept
        if kept is not None and (kept.store, kept.change, kept.day) == now:
            return True
        self._kept = _Kept(*now, build_checker(store, now[2]))
        return False


def build_checker(store: Store, on: date) -> Checker:
    """A checker of everything that stands, judged once, ready for edits."""
    checker = Checker(
        judged_buildings(store),
        store.zones(),
        store.frontages(),
        stored_rules(store, on),
        store.streets(),
        stored_places(store),
    )
    return checker.prepare()
