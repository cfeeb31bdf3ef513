"""Changes to a few buildings, and as much of the changed town as a rule needs to be judged on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.errors import NotFoundError, UsageError
from cim_core.features.edited import with_forgotten
from cim_core.features.schema import ATTRIBUTE_BY_NAME
from cim_core.townscape.judging import Town

if TYPE_CHECKING:
    from cim_core.townscape.rejudge import Checker

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_NONE = np.empty(0, np.int64)
EDITABLE = frozenset(ATTRIBUTE_BY_NAME) | {"height_source"}


@dataclass(frozen=True, slots=True)
class BuildingEdit:
    """A change to one building: new attribute values, a new footprint (WKB in the work CRS), or its removal.

    A building that is not there is added if a footprint is given.
    """

    dataset: str
    building_id: str
    values: Mapping[str, object] = field(default_factory=dict)
    footprint: bytes | None = None
    is_removed: bool = False

    @property
    def moves_walls(self) -> bool:
        """Whether frontages change by it."""
        return self.is_removed or self.footprint is not None


class Edited:
    """The town after some edits, as much of it as is asked for. New buildings have the rows after the last."""

    def __init__(self, checker: Checker, edits: Sequence[BuildingEdit], rows: Ints, buildings: pa.Table) -> None:
        self._checker = checker
        self._edits = edits
        self.rows = rows
        self.attributes = frozenset(name for edit in edits for name in edit.values)
        self.moves_walls = any(edit.moves_walls for edit in edits)
        self.row_count = max(checker.town.buildings.num_rows, int(rows.max(initial=-1)) + 1)
        self._buildings = buildings
        self._removed = np.array([edit.is_removed for edit in edits], bool)
        self.fronts = checker.fronts
        if self.moves_walls:
            self.fronts = self.fronts.after(checker.town.buildings, self.rows, buildings, self._removed)
        self._cache: dict[str, tuple[Town, Ints]] = {}

    @classmethod
    def of(cls, checker: Checker, edits: Sequence[BuildingEdit]) -> Edited:
        """Look up the buildings and change their values, as scenarios do. Raises NotFoundError, UsageError."""
        edits = [replace(edit, values=with_forgotten(edit.values)) for edit in edits]
        rows: list[int] = []
        records: list[dict[str, object]] = []
        count = checker.town.buildings.num_rows
        for edit in edits:
            key = (edit.dataset, edit.building_id)
            row = checker.row_of.get(key)
            if row is None and (edit.footprint is None or edit.is_removed):
                raise NotFoundError(f"no building has the id {edit.dataset}/{edit.building_id}", code="no-building")
            unknown = sorted(set(edit.values) - EDITABLE)
            if unknown:
                raise UsageError(
                    f"a building has no attribute {unknown[0]!r}", hint=f"one of {', '.join(sorted(EDITABLE))}"
                )
            record = {} if row is None else checker.town.buildings.slice(row, 1).to_pylist()[0]
            record |= {"dataset": edit.dataset, "id": edit.building_id, "kind": "building"} | dict(edit.values)
            if edit.footprint is not None:
                record["geometry"] = edit.footprint
            records.append(record)
            rows.append(count + sum(r >= count for r in rows) if row is None else row)
        if len(set(rows)) < len(rows):
            raise UsageError("a building is edited twice", hint="merge its changes into one edit")
        try:
            buildings = pa.Table.from_pylist(records, schema=checker.town.buildings.schema)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise UsageError(f"a value has the wrong type: {error}") from error
        return cls(checker, edits, np.array(rows, np.int64), buildings)

    def local_town(self) -> tuple[Town, Ints]:
        """The edited buildings (where walls moved, all on their streets too) with every frontage they have."""
        return self._part("local", self._street_rows if self.moves_walls else lambda: _NONE, on_streets=False)

    def street_town(self) -> tuple[Town, Ints]:
        """All buildings on the streets the edits touch, with their frontages on these streets."""
        return self._part("street", self._street_rows, on_streets=True)

    def whole_town(self) -> tuple[Town, Ints]:
        """Everything; without new walls only changed columns are made anew, and all buildings keep their rows."""
        if "whole" not in self._cache:
            if self.moves_walls:
                rows = np.concatenate([self._unedited(np.arange(self._count)), self.rows[~self._removed]])
                self._cache["whole"] = (self._build(rows, self.all_frontages()), rows)
            else:
                town = self._checker.town.with_buildings(self.rows, self._buildings)
                self._cache["whole"] = (town, np.arange(self._count))
        return self._cache["whole"]

    def all_frontages(self) -> pa.Table:
        """Every frontage of the town after the edits."""
        return self.fronts.table

    def street_marker(self) -> Bools:
        """Whether each street (by number, the last entry for none) is touched."""
        return self.fronts.marker(self._touched())

    @property
    def _count(self) -> int:
        return int(self._checker.town.buildings.num_rows)

    def _touched(self) -> Ints:
        """Numbers of the streets on which an edited building stands, or stood."""
        before, after = self._checker.fronts, self.fronts
        names = self._buildings.select(["dataset", "id"])
        streets = [before.streets_of(names)]
        if after is not before:
            streets += [after.streets_of(names), after.rederived]
        return np.unique(np.concatenate(streets))

    def _street_rows(self) -> Ints:
        """Rows of all unedited buildings with a frontage on a touched street, before or after."""
        keys = self._checker.fronts.keys_on(self._touched())
        if self.fronts is not self._checker.fronts:
            keys = keys | self.fronts.keys_on(self._touched())
        row_of = self._checker.row_of
        rows = np.array(sorted(row_of[key] for key in keys if key in row_of), np.int64)
        return self._unedited(rows)

    def _unedited(self, rows: Ints) -> Ints:
        return rows[~np.isin(rows, self.rows)]

    def _part(self, name: str, others: Callable[[], Ints], *, on_streets: bool) -> tuple[Town, Ints]:
        if name not in self._cache:
            rows = np.concatenate([others(), self.rows[~self._removed]])
            buildings = self._take(rows)
            frontages = self.fronts.on(self._touched()) if on_streets else self.fronts.of(buildings)
            self._cache[name] = (self._build(rows, frontages, buildings), rows)
        return self._cache[name]

    def _take(self, rows: Ints) -> pa.Table:
        is_old = ~np.isin(rows, self.rows)
        old = self._checker.town.buildings.take(pa.array(rows[is_old]))
        return pa.concat_tables([old, self._buildings.filter(pa.array(~self._removed))])

    def _build(self, rows: Ints, frontages: pa.Table, buildings: pa.Table | None = None) -> Town:
        buildings = self._take(rows) if buildings is None else buildings
        return self._checker.town.part(buildings, frontages, None if self.moves_walls else rows)
