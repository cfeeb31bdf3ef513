"""Control zones and plan units as they come from a file: their levels, their hierarchy, and what overlaps.

Nothing is chosen for the planner: what contradicts itself is kept as far as it makes sense and told of.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.features.places import PLAN_LEVELS, ZONE_LEVELS
from cim_core.geometry.layer_shapes import SLIVER_WIDTH_M, width_m
from cim_core.issues import IssueLog
from cim_core.townscape.conflicts import KEY_LEVELS
from cim_core.townscape.texts import as_array

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Levels whose areas share the ground out: two of one level may not overlap. Zones of other levels may lie over each
#: other; the precedence of the rules says which speaks.
EXCLUSIVE_LEVELS = {"zones": KEY_LEVELS, "units": frozenset(code.value for code in PLAN_LEVELS)}
_LEVELS = {"zones": ZONE_LEVELS, "units": PLAN_LEVELS}
#: A child may stick out of its parent by so much of its area: outlines drawn on other maps.
_OUTSIDE_SHARE = 0.01


def check_plan_areas(rows: pa.Table, shapes: Shapes, layer: str, log: IssueLog) -> tuple[pa.Table, Shapes]:
    """The rows and shapes (valid polygons, metres) of ``zones`` or ``units`` after their checks; issues in the log.

    An unknown level, a parent that is unknown, not above its child, or in a ring is left empty. Overlaps narrower than
    ``SLIVER_WIDTH_M`` are cut from the later area, wider ones of levels that share the ground out are warned of.
    """
    ids = [str(value) for value in rows["id"].to_pylist()]
    rows = _with_known_levels(rows, ids, layer, log)
    if layer == "units":
        rows = _with_sound_parents(rows, ids, log)
        _tell_outside(rows, ids, shapes, log)
    return rows, _without_slivers(_texts(rows, "level"), ids, shapes, layer, log)


def reject_slivers(shapes: Shapes, ids: list[str], log: IssueLog) -> Shapes:
    """The areas without those narrower than ``SLIVER_WIDTH_M``, which are rejected."""
    kept = shapes.copy()
    for row in np.flatnonzero(~shapely.is_missing(shapes) & (width_m(shapes) < SLIVER_WIDTH_M)).tolist():
        message = f"is {width_m(shapes[row : row + 1])[0] * 100:.1f} cm wide"
        log.reject("sliver", message, feature_id=ids[row], hint="leave it out: two outlines that were meant to meet")
        kept[row] = None
    return kept


def _with_known_levels(rows: pa.Table, ids: list[str], layer: str, log: IssueLog) -> pa.Table:
    known = [code.value for code in _LEVELS[layer]]
    levels = _texts(rows, "level")
    for row, level in enumerate(levels):
        if level is not None and level not in known:
            hint = "one of " + ", ".join(known)
            log.warn("unknown-level", f"has the level {level!r}, left empty", feature_id=ids[row], hint=hint)
            levels[row] = None
        elif level is None and layer == "units":
            log.warn("unknown-level", "has no level", feature_id=ids[row], hint="one of " + ", ".join(known))
    return _set(rows, "level", levels)


def _with_sound_parents(rows: pa.Table, ids: list[str], log: IssueLog) -> pa.Table:
    order = {code.value: rank for rank, code in enumerate(PLAN_LEVELS)}
    parents, levels = _texts(rows, "parent_id"), _texts(rows, "level")
    row_of = {id_: row for row, id_ in enumerate(ids)}
    above_of = [row_of.get(parent or "", -1) for parent in parents]
    for row, parent in enumerate(parents):
        if not parent:
            continue
        above = above_of[row]
        problem = None
        if above < 0:
            problem = ("unknown-parent", f"names the parent {parent!r}, which is not in the file")
        elif _meets_itself(row, above_of):
            problem = ("parent-cycle", f"is above itself by way of its parent {parent!r}")
        elif None not in (levels[row], levels[above]) and order[levels[above] or ""] >= order[levels[row] or ""]:
            problem = ("parent-level", f"is a {levels[row]} under {parent!r}, a {levels[above]}")
        if problem is not None:
            hint = "a unit lies in a district, a parcel in a unit; correct parent_id and import again"
            log.warn(problem[0], problem[1] + "; left without a parent", feature_id=ids[row], hint=hint)
            parents[row] = None
    return _set(rows, "parent_id", parents)


def _meets_itself(start: int, parent: list[int]) -> bool:
    """Whether a row is above itself."""
    seen: set[int] = set()
    row = parent[start]
    while row >= 0 and row not in seen:
        if row == start:
            return True
        seen.add(row)
        row = parent[row]
    return False


def _tell_outside(rows: pa.Table, ids: list[str], shapes: Shapes, log: IssueLog) -> None:
    row_of = {id_: row for row, id_ in enumerate(ids)}
    pairs = [(row, row_of[p]) for row, p in enumerate(_texts(rows, "parent_id")) if p]
    if not pairs:
        return
    child, above = np.array(pairs, np.int64).T
    outside_m2 = shapely.area(shapely.difference(shapes[child], shapes[above]))
    for at in np.flatnonzero(outside_m2 > _OUTSIDE_SHARE * shapely.area(shapes[child])).tolist():
        message = f"lies outside its parent {ids[above[at]]!r} by {outside_m2[at]:,.0f} m²"
        log.warn("outside-parent", message, feature_id=ids[child[at]])


def _without_slivers(levels: list[str | None], ids: list[str], shapes: Shapes, layer: str, log: IssueLog) -> Shapes:
    """Cut what is narrower than a sliver from the later of two areas of one level; tell of what is wider."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    code = np.asarray(pc.fill_null(pa.array(levels, pa.string()).dictionary_encode().indices, -1), np.int64)
    is_pair = (first < second) & (code[first] == code[second])
    first, second = first[is_pair], second[is_pair]
    shared = shapely.intersection(shapes[first], shapes[second])
    area_m2, is_sliver = shapely.area(shared), width_m(shared) < SLIVER_WIDTH_M
    result = shapes.copy()
    for at in np.flatnonzero(area_m2 > 1e-6).tolist():
        a, b = int(first[at]), int(second[at])
        if is_sliver[at]:
            result[b] = shapely.difference(result[b], shapes[a])
            message = f"overlapped {ids[a]!r} by a strip of {area_m2[at]:,.2f} m², which has been cut off"
            log.warn("sliver-cut", message, feature_id=ids[b])
        elif levels[b] in EXCLUSIVE_LEVELS[layer]:
            message = f"overlaps {ids[a]!r} by {area_m2[at]:,.1f} m²"
            hint = f"areas of the level {levels[b]} do not overlap; both are kept: correct the outlines"
            log.warn("areas-overlap", message, feature_id=ids[b], hint=hint)
        else:
            message = f"{ids[b]} overlaps {ids[a]} by {area_m2[at]:,.1f} m²; precedence says which rule speaks there"
            log.note("areas-overlap", message)
    return result


def _texts(rows: pa.Table, name: str) -> list[str | None]:
    if name not in rows.column_names:
        return [None] * rows.num_rows
    return [None if value in (None, "") else str(value) for value in as_array(rows[name]).to_pylist()]


def _set(rows: pa.Table, name: str, values: list[str | None]) -> pa.Table:
    column = pa.array(values, pa.string())
    if name not in rows.column_names:
        return rows.append_column(name, column) if any(values) else rows
    return rows.set_column(rows.column_names.index(name), name, column)
