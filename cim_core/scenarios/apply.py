"""Apply an ordered list of changes to a town in memory: a new table of buildings, and what became of each place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.errors import ScenarioConflictError
from cim_core.features.edited import with_forgotten
from cim_core.scenarios.changes import NEW_DATASET, SHAPE_ATTRIBUTES, Change, ChangeKind, PlaceState, Ref
from cim_core.scenarios.ground import Ground
from cim_core.townscape.texts import as_array

#: What became of each place a scenario touches. ``changes`` are positions in the list, from 0, as JSON; ``attributes``
#: what was set, as JSON; ``geometry`` is the footprint afterwards (before, where it is removed).
PLACES_SCHEMA = pa.schema(
    [
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("building_id", pa.string(), nullable=False),
        pa.field("gid", pa.uint32()),
        pa.field("state", pa.string(), nullable=False),
        pa.field("changes", pa.string(), nullable=False),
        pa.field("attributes", pa.string(), nullable=False),
        pa.field("geometry", pa.binary()),
        pa.field("height_m", pa.float64()),
        pa.field("base_m", pa.float64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Applied:
    """The buildings afterwards, with the columns of the base, and ``PLACES_SCHEMA`` of what was touched."""

    buildings: pa.Table
    places: pa.Table


def apply_changes(base: pa.Table, changes: Sequence[Change], designs: pa.Table | None = None) -> Applied:
    """Apply changes in their order; the base stays as it is.

    A building that a scenario adds can be changed by what follows, as ``new/<id>``. A new height without an eave or
    ridge forgets those of the old one (``with_forgotten``).

    Args:
        base: the standing buildings: ``dataset``, ``id``, ``gid``, ``geometry`` (WKB, work CRS) and attributes.
        changes: what to do.
        designs: buildings of imported designs, with the columns of the base; ``replace`` takes them from here.

    Raises:
        ScenarioConflictError: a building that is not there, one demolished twice or changed after it is gone, an id
            used twice, a design that is not imported or placed twice; a drawn building on one that stands, far outside
            the town, or smaller than any building.
    """
    run = _Run(base, designs if designs is not None else base.slice(0, 0))
    for position, change in enumerate(changes):
        run.apply(position, change)
    return run.finish()


@dataclass
class _Touched:
    """One place while changes are applied: its row in the base or in the designs, or a drawn building."""

    row: int = -1
    is_design: bool = False
    state: PlaceState = PlaceState.EXISTING
    footprint: bytes | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    changes: list[int] = field(default_factory=list)


class _Run:
    def __init__(self, base: pa.Table, designs: pa.Table) -> None:
        self._base, self._designs = base, designs.select(base.column_names)
        self._base_keys, self._design_keys = _keys(base), _keys(self._designs)
        self._ground = Ground(base)
        self._touched: dict[Ref, _Touched] = {}
        self._removed: dict[Ref, int] = {}

    def apply(self, position: int, change: Change) -> None:
        if change.kind is ChangeKind.SET:
            for ref in change.buildings:
                self._set(self._find(ref, change), change, position)
            return
        for ref in change.buildings:
            place = self._find(ref, change)
            place.changes.append(position)
            place.state = PlaceState.REMOVED
            self._removed[ref] = position
        if change.design is not None:
            self._place_design(change.design, change, position)
        elif change.kind is not ChangeKind.DEMOLISH:
            self._draw(change, position)

    def finish(self) -> Applied:
        """The town afterwards: what stays of the base, then designs, then drawn buildings, all with their sets."""
        refs = list(self._touched)
        kept = np.ones(self._base.num_rows, bool)
        kept[[p.row for p in self._touched.values() if p.state is PlaceState.REMOVED and _is_base(p)]] = False
        pieces = [_with_sets(self._base, [p for p in self._touched.values() if _is_base(p)]).filter(pa.array(kept))]
        placed = [p for p in self._touched.values() if p.is_design and p.state is not PlaceState.REMOVED]
        designs = _with_sets(self._designs, placed)
        pieces.append(designs.take(pa.array([p.row for p in placed], pa.int64())))
        drawn = [(ref, p) for ref, p in self._touched.items() if p.row < 0 and p.state is not PlaceState.REMOVED]
        pieces.append(_drawn_table(drawn, self._base.schema))
        return Applied(pa.concat_tables(pieces), self._places(refs))

    def _find(self, ref: Ref, change: Change) -> _Touched:
        if ref in self._removed:
            raise ScenarioConflictError(
                f"{ref} is gone already by change {self._removed[ref] + 1}",
                where=change.where,
                hint="put the change before that one, or leave it out",
                code="already-removed",
            )
        if ref in self._touched:
            return self._touched[ref]
        row = int(pc.index(self._base_keys, _key(ref)).as_py())
        if row < 0:
            hint = "a building that is added must be added before it is changed" if ref.dataset == NEW_DATASET else ""
            raise ScenarioConflictError(
                f"no building {ref} stands in the town",
                where=change.where,
                hint=hint or "look it up at /api/v1/buildings; a design must replace something first",
                code="no-building",
            )
        place = self._touched[ref] = _Touched(row)
        return place

    def _set(self, place: _Touched, change: Change, position: int) -> None:
        values = with_forgotten(change.attributes)
        place.attributes |= values
        place.changes.append(position)
        if place.state in (PlaceState.EXISTING, PlaceState.CHANGED):
            is_reshaped = bool(SHAPE_ATTRIBUTES & values.keys())
            place.state = PlaceState.RESHAPED if is_reshaped else PlaceState.CHANGED

    def _draw(self, change: Change, position: int) -> None:
        ref = Ref(NEW_DATASET, change.new_id)
        if ref in self._touched or pc.index(self._base_keys, _key(ref)).as_py() >= 0:
            raise ScenarioConflictError(
                f"the id {ref} is taken", where=change.where, hint="give the new building another id", code="id-taken"
            )
        drawn = [p.footprint for p in self._touched.values() if p.footprint and p.state is not PlaceState.REMOVED]
        self._ground.require_room(change, drawn, {p.row for p in self._touched.values() if _is_gone(p)})
        self._touched[ref] = _Touched(
            state=PlaceState.PROPOSED,
            footprint=change.footprint,
            attributes=dict(change.attributes),
            changes=[position],
        )

    def _place_design(self, design: Ref, change: Change, position: int) -> None:
        is_meant = pc.equal(as_array(self._designs["dataset"]), design.dataset)
        if design.building_id:
            is_meant = pc.and_(is_meant, pc.equal(as_array(self._designs["id"]), design.building_id))
        rows = np.flatnonzero(np.asarray(pc.fill_null(is_meant, False), bool))
        if len(rows) == 0:
            raise ScenarioConflictError(
                f"the design {'/'.join(part for part in design if part)} has no building in the workspace",
                where=change.where,
                hint="import it: cim import FILE.ifc --workspace … --dataset NAME --design",
                code="no-design",
            )
        for row in rows.tolist():
            ref = Ref(self._designs["dataset"][row].as_py(), self._designs["id"][row].as_py())
            if ref in self._touched:
                raise ScenarioConflictError(
                    f"the design {ref} is placed already", where=change.where, code="design-placed-twice"
                )
            self._touched[ref] = _Touched(row, is_design=True, state=PlaceState.PROPOSED, changes=[position])

    def _places(self, refs: list[Ref]) -> pa.Table:
        rows = []
        for ref in refs:
            place = self._touched[ref]
            table = self._designs if place.is_design else self._base
            own = {} if place.row < 0 else _row(table, place.row)
            values = own | place.attributes
            rows.append(
                {
                    "dataset": ref.dataset,
                    "building_id": ref.building_id,
                    "gid": own.get("gid"),
                    "state": place.state.value,
                    "changes": json.dumps(place.changes),
                    "attributes": json.dumps(place.attributes, ensure_ascii=False),
                    "geometry": place.footprint or own.get("geometry"),
                    "height_m": values.get("height_m"),
                    "base_m": values.get("base_m"),
                }
            )
        return pa.Table.from_pylist(rows, schema=PLACES_SCHEMA)


def _is_base(place: _Touched) -> bool:
    return place.row >= 0 and not place.is_design


def _is_gone(place: _Touched) -> bool:
    return _is_base(place) and place.state is PlaceState.REMOVED


def _row(table: pa.Table, row: int) -> dict[str, Any]:
    names = [name for name in ("gid", "geometry", "height_m", "base_m") if name in table.column_names]
    return {name: table[name][row].as_py() for name in names}


def _with_sets(table: pa.Table, places: Sequence[_Touched]) -> pa.Table:
    """The table with the attributes that were set, a column at a time."""
    for name in sorted({name for place in places for name in place.attributes}):
        if name not in table.column_names:
            continue
        field_ = table.schema.field(name)
        changed = [place for place in places if name in place.attributes]
        is_set = np.zeros(table.num_rows, bool)
        is_set[[place.row for place in changed]] = True
        order = np.argsort([place.row for place in changed])
        values = pa.array([changed[i].attributes[name] for i in order.tolist()], field_.type)
        column = pc.replace_with_mask(as_array(table[name]), pa.array(is_set), values)
        table = table.set_column(table.schema.get_field_index(name), field_, column)
    return table


def _drawn_table(drawn: Sequence[tuple[Ref, _Touched]], schema: pa.Schema) -> pa.Table:
    fixed = {"kind": "building", "height_source": "field", "color_source": "design"}
    rows = [
        fixed | place.attributes | {"dataset": ref.dataset, "id": ref.building_id, "geometry": place.footprint}
        for ref, place in drawn
    ]
    columns = {f.name: pa.array([row.get(f.name) for row in rows], f.type) for f in schema}
    return pa.table(columns, schema=pa.schema([f.with_nullable(True) for f in schema])).cast(schema)


def _keys(table: pa.Table) -> pa.Array:
    return pc.binary_join_element_wise(as_array(table["dataset"]), as_array(table["id"]), "\x1f")


def _key(ref: Ref) -> str:
    return f"{ref.dataset}\x1f{ref.building_id}"
