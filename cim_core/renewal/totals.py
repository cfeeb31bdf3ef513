"""Projects in numbers: floor area, households, money, verdicts by project, unit, area, stage, batch, type or year."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.errors import UsageError
from cim_core.townscape.texts import as_array, as_floats
from cim_core.townscape.verdicts import VERDICT_ORDER

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: What projects can be grouped by → the field it comes from. A year is that of completion; money has its own year. The
#: area 片区 is the district above the project's plan unit.
TOTAL_GROUPS = {
    "project": "id",
    "unit": "unit_id",
    "area": "unit_id",
    "stage": "stage",
    "batch": "batch",
    "type": "type",
    "year": "ends_on",
}
_AREA_LEVEL = "district"
_COUNTED = ("households", "households_to_resettle", "households_resettled_near")
VERDICT_COLUMNS = tuple(f"{when}_{verdict.value}" for when in ("before", "after") for verdict in VERDICT_ORDER)
_INT_COLUMNS = ("projects", "buildings", "buildings_without_floor", *_COUNTED, *VERDICT_COLUMNS)
_FLOAT_COLUMNS = ("existing_floor_m2", "demolished_floor_m2", "new_floor_m2", "floor_after_m2", "investment_cny")

TOTALS_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string()),
        *(pa.field(name, pa.int64(), nullable=False) for name in _INT_COLUMNS),
        *(pa.field(name, pa.float64(), nullable=False) for name in _FLOAT_COLUMNS),
    ]
)


def total_projects(
    projects: pa.Table, parts: pa.Table, by: str | None = None, units: pa.Table | None = None
) -> pa.Table:
    """One row a group: how many, how much floor before and after, whom, for how much, and how it is judged.

    Args:
        projects: ``PROJECTS_SCHEMA``.
        parts: ``PARTS_SCHEMA``.
        by: a key of ``TOTAL_GROUPS``; None for all together.
        units: plan units (``id``, ``parent_id``, ``level``), asked for areas only: a project whose unit is not there,
            or under no district, has none.

    Returns:
        ``TOTALS_SCHEMA`` by key, projects without one last under null. A building in two projects of a group counts
        once, with the larger share. ``demolished`` and ``new`` are what each building loses and gains; ``before_*`` and
        ``after_*`` count buildings by their worst verdict. A building without storeys adds no floor, but is counted.

    Raises:
        UsageError: for another grouping.
    """
    if by is not None and by not in TOTAL_GROUPS:
        raise UsageError(
            f"projects cannot be counted by {by!r}", hint="one of " + ", ".join(TOTAL_GROUPS), code="bad-grouping"
        )
    keys = _project_keys(projects, by, units)
    money_project, money_year, money_cny = _investment(projects)
    money_keys = money_year if by == "year" else keys.take(pa.array(money_project))
    part_rows = pc.index_in(as_array(parts["project_id"]), as_array(projects["id"]))
    parts = parts.filter(pc.is_valid(part_rows))
    part_keys = keys.take(as_array(part_rows).drop_null())
    groups = pa.concat_arrays([keys, money_keys]).unique()
    groups = groups.take(pc.sort_indices(groups))
    group, money_group, part_group = (_codes(k, groups) for k in (keys, money_keys, part_keys))
    count = len(groups)
    columns: dict[str, Ints | Floats] = {"projects": np.bincount(group, minlength=count)}
    for name in _COUNTED:
        columns[name] = np.bincount(group, np.nan_to_num(as_floats(projects[name])), count)
    columns["investment_cny"] = np.bincount(money_group, money_cny, count)
    columns |= _building_totals(parts, part_group, count)
    table = pa.table({"key": groups, **{name: columns[name] for name in TOTALS_SCHEMA.names if name != "key"}})
    return table.cast(TOTALS_SCHEMA)


def _project_keys(projects: pa.Table, by: str | None, units: pa.Table | None) -> pa.Array:
    if by is None:
        return pa.repeat("all", projects.num_rows)
    keys = as_array(projects[TOTAL_GROUPS[by]])
    if by == "area":
        return _areas_above(keys, units)
    return pc.utf8_slice_codeunits(keys, 0, 4) if by == "year" else keys


def _areas_above(unit_ids: pa.Array, units: pa.Table | None) -> pa.Array:
    """The district each plan unit is or lies in, by the parents; null where there is none, or parents go in a ring."""
    if units is None or units.num_rows == 0:
        return pa.nulls(len(unit_ids), pa.string())
    ids = pc.cast(as_array(units["id"]), pa.string())
    parent = pc.index_in(as_array(units["parent_id"]), ids, skip_nulls=True)
    above = np.append(_rows(parent), -1)
    is_area = np.append(np.asarray(pc.fill_null(pc.equal(as_array(units["level"]), _AREA_LEVEL), False), bool), True)
    row = _rows(pc.index_in(unit_ids, ids, skip_nulls=True))
    for _ in range(units.num_rows):
        if is_area[row].all():
            break
        row = np.where(is_area[row], row, above[row])
    is_known = is_area[row] & (row >= 0)
    return ids.take(pa.array(np.maximum(row, 0), mask=~is_known))


def _rows(found: pa.Array) -> Ints:
    return np.asarray(found.fill_null(-1), np.int64)


def _investment(projects: pa.Table) -> tuple[Ints, pa.Array, Floats]:
    """Project row, year as text and amount of every entry of every investment plan."""
    entries = [
        (row, str(entry["year"]), float(entry["amount_cny"]))
        for row, text in enumerate(as_array(projects["investment"]).to_pylist())
        for entry in json.loads(text or "[]")
    ]
    rows, years, amounts = zip(*entries, strict=True) if entries else ((), (), ())
    return np.array(rows, np.int64), pa.array(years, pa.string()), np.array(amounts, np.float64)


def _building_totals(parts: pa.Table, group: Ints, count: int) -> dict[str, Ints | Floats]:
    rows, share = _once_a_group(parts, group)
    parts, group = parts.take(pa.array(rows)), group[rows]
    before_m2, after_m2 = (as_floats(parts[name]) * share for name in ("floor_m2", "floor_after_m2"))
    is_unknown = np.isnan(before_m2) | np.isnan(after_m2)
    before_m2, after_m2 = np.where(is_unknown, 0.0, before_m2), np.where(is_unknown, 0.0, after_m2)

    def total(values: Floats | Bools) -> Floats:
        return np.asarray(np.bincount(group, values.astype(np.float64), count), np.float64)

    totals: dict[str, Ints | Floats] = {
        "buildings": np.bincount(group, minlength=count),
        "buildings_without_floor": total(is_unknown),
        "existing_floor_m2": total(before_m2),
        "demolished_floor_m2": total(np.maximum(before_m2 - after_m2, 0.0)),
        "new_floor_m2": total(np.maximum(after_m2 - before_m2, 0.0)),
        "floor_after_m2": total(after_m2),
    }
    for when, name in (("before", "verdict"), ("after", "verdict_after")):
        for verdict in VERDICT_ORDER:
            is_so = pc.fill_null(pc.equal(as_array(parts[name]), verdict.value), False)
            totals[f"{when}_{verdict.value}"] = total(np.asarray(is_so, bool))
    return totals


def _once_a_group(parts: pa.Table, group: Ints) -> tuple[Ints, Floats]:
    """One row for every building of a group, the one with the largest share, and the shares."""
    share = np.nan_to_num(as_floats(parts["area_share"]), nan=1.0)
    key = pc.binary_join_element_wise(
        as_array(parts["dataset"]), as_array(parts["building_id"]), "\x1f", null_handling="replace"
    )
    building = np.asarray(key.dictionary_encode().indices, np.int64)
    order = np.lexsort((-share, building, group))
    is_first = np.ones(len(order), bool)
    is_first[1:] = (np.diff(building[order]) != 0) | (np.diff(group[order]) != 0)
    rows = order[is_first]
    return np.asarray(rows, np.int64), share[rows]


def _codes(keys: pa.Array, groups: pa.Array) -> Ints:
    return np.asarray(pc.index_in(keys, groups), np.int64)
