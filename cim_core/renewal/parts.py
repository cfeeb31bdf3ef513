"""What becomes of each building of a project: its link, its action and its floor before and after."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.renewal.vocabulary import BuildingAction
from cim_core.townscape.texts import as_array, as_floats

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: One row a project and building. ``floor_m2``: footprint × storeys of the whole building, 0 before it is built and
#: after it is gone, null where the storeys are not known; ``verdict``: the worst of its verdicts.
PARTS_SCHEMA = pa.schema(
    [
        pa.field("project_id", pa.string(), nullable=False),
        pa.field("dataset", pa.string()),
        pa.field("building_id", pa.string(), nullable=False),
        pa.field("area_share", pa.float64()),
        pa.field("action", pa.string()),
        pa.field("floor_m2", pa.float64(), metadata={"unit": "m²"}),
        pa.field("floor_after_m2", pa.float64(), metadata={"unit": "m²"}),
        pa.field("verdict", pa.string()),
        pa.field("verdict_after", pa.string()),
    ]
)
_NO_VERDICT = pa.scalar(None, pa.string())


def measure_floors(buildings: pa.Table) -> Floats:
    """Floor area of each building in m²: footprint times storeys; NaN where either is missing."""
    footprints = shapely.from_wkb(as_array(buildings["geometry"]).to_numpy(zero_copy_only=False))
    area_m2 = np.where(shapely.is_missing(footprints), np.nan, shapely.area(footprints))
    return np.asarray(area_m2 * as_floats(buildings["storeys"]), np.float64)


def build_parts(links: pa.Table, buildings: pa.Table) -> pa.Table:
    """``PARTS_SCHEMA`` by the actions of the links: what is demolished goes, what is new comes, the rest stays.

    Args:
        links: ``project_id``, ``dataset``, ``building_id``, ``area_share``, ``action``.
        buildings: ``dataset``, ``id``, ``geometry``, ``storeys`` and optionally ``verdict``; a link to a building that
            is not there has no part.
    """
    at = pc.index_in(_keys(links, "building_id"), _keys(buildings, "id"))
    links, rows = links.filter(pc.is_valid(at)), as_array(at).drop_null()
    verdict = buildings["verdict"] if "verdict" in buildings.column_names else pa.nulls(buildings.num_rows, pa.string())
    floor_m2, verdict = measure_floors(buildings)[np.asarray(rows, np.int64)], as_array(verdict).take(rows)
    is_new, is_gone = (is_action(links["action"], word) for word in (BuildingAction.NEW, BuildingAction.DEMOLISH))
    columns = {name: links[name] for name in ("project_id", "dataset", "building_id", "area_share", "action")}
    columns |= {
        "floor_m2": nullable(np.where(is_new, 0.0, floor_m2)),
        "floor_after_m2": nullable(np.where(is_gone, 0.0, floor_m2)),
        "verdict": pc.if_else(pa.array(is_new), _NO_VERDICT, verdict),
        "verdict_after": pc.if_else(pa.array(is_gone), _NO_VERDICT, verdict),
    }
    return pa.table(columns, schema=PARTS_SCHEMA)


def merge_scenario_parts(parts: pa.Table, scenario: pa.Table) -> pa.Table:
    """The parts with what a project's scenario does to them on top.

    Args:
        parts: ``PARTS_SCHEMA``.
        scenario: ``PARTS_SCHEMA`` of the buildings the scenario touches, ``area_share`` and ``action`` null where it
            says nothing of them: then those of the link stay.

    Returns:
        ``PARTS_SCHEMA``: what the scenario touches as it says, its new buildings beside them, the rest as it was.
    """
    at = pc.index_in(_part_keys(parts), _part_keys(scenario))
    is_touched = pc.is_valid(at)
    rows = as_array(at).fill_null(0)
    merged: dict[str, pa.Array | pa.ChunkedArray] = {}
    for name in PARTS_SCHEMA.names:
        if scenario.num_rows == 0:
            merged[name] = parts[name]
        elif name in ("area_share", "action"):
            merged[name] = pc.coalesce(pc.if_else(is_touched, scenario[name].take(rows), None), parts[name])
        else:
            merged[name] = pc.if_else(is_touched, scenario[name].take(rows), parts[name])
    is_new = pc.invert(pc.is_in(_part_keys(scenario), _part_keys(parts)))
    return pa.concat_tables([pa.table(merged, schema=PARTS_SCHEMA), scenario.filter(is_new)])


def is_action(column: pa.Array | pa.ChunkedArray, action: BuildingAction) -> Bools:
    """Where a column of actions says this one."""
    return np.asarray(pc.fill_null(pc.equal(as_array(column), action.value), False), bool)


def nullable(values: Floats) -> pa.Array:
    """Numbers with null for NaN."""
    return pa.array(values, mask=~np.isfinite(values))


def _keys(table: pa.Table, name: str) -> pa.Array:
    return pc.binary_join_element_wise(
        as_array(table["dataset"]), as_array(table[name]), "\x1f", null_handling="replace"
    )


def _part_keys(parts: pa.Table) -> pa.Array:
    return pc.binary_join_element_wise(as_array(parts["project_id"]), _keys(parts, "building_id"), "\x1f")
