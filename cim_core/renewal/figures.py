"""The figures the checks judge: as the record states them, else measured from buildings, places and control lines."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.renewal.checks import FIGURES_SCHEMA, ProjectExemption
from cim_core.renewal.parts import is_action, nullable
from cim_core.renewal.vocabulary import BuildingAction
from cim_core.townscape.texts import as_array, as_floats

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

#: Overlaps below this share of a project's area come from drawing, not from planning.
MIN_OVERLAP_SHARE = 1e-6


def measure_figures(projects: pa.Table, parts: pa.Table, control_lines: pa.Table | None = None) -> pa.Table:
    """``FIGURES_SCHEMA`` of every project, in its order.

    Stated floor areas and households count; a floor area nobody stated is measured from the parts, weighted by
    ``area_share``: demolished and new by their action, and unknown where no building has an action yet or a building
    has no storeys. What is measured stands beside what is stated (``linked_*``), so that the checks see where the two
    contradict each other; ``is_decided``: every building has an action and storeys.

    Args:
        projects: ``PROJECTS_SCHEMA``.
        parts: ``PARTS_SCHEMA``.
        control_lines: ``geometry`` (WKB, same CRS); None or empty means nobody knows the lines.
    """
    measured = _measured_floors(projects, parts)
    is_decided = measured.pop("is_decided") > 0
    columns: dict[str, pa.Array] = {"id": as_array(projects["id"])}
    for name in ("existing_floor_m2", "demolished_floor_m2", "new_floor_m2"):
        stated = as_floats(projects[name])
        columns[name] = nullable(np.where(np.isnan(stated), measured[name], stated))
        columns[f"linked_{name}"] = nullable(measured[name])
    columns["is_decided"] = pa.array(is_decided)
    for name in ("households_to_resettle", "households_resettled_near"):
        columns[name] = nullable(as_floats(projects[name]))
    shapes = shapely.from_wkb(as_array(projects["geometry"]).to_numpy(zero_copy_only=False))
    is_placeless = np.asarray(pc.fill_null(as_array(projects["placeless"]), False), bool)
    columns["control_line_share"] = nullable(_share_inside(shapes, control_lines, is_placeless))
    overlap, others = _overlaps(shapes, columns["id"].to_pylist(), is_placeless)
    columns |= {"overlap_share": nullable(overlap), "overlaps_with": pa.array(others, pa.string())}
    return pa.table(columns, schema=FIGURES_SCHEMA)


def project_exemptions(projects: pa.Table) -> list[ProjectExemption]:
    """The decisions written into the records."""
    return [
        ProjectExemption(
            row["id"],
            entry["check"],
            entry["reason"],
            entry["decided_by"],
            dt.date.fromisoformat(entry["decided_on"]),
            dt.date.fromisoformat(entry["expires_on"]) if entry.get("expires_on") else None,
        )
        for row in projects.select(["id", "exemptions"]).to_pylist()
        for entry in json.loads(row["exemptions"] or "[]")
    ]


def _measured_floors(projects: pa.Table, parts: pa.Table) -> dict[str, Floats]:
    count = projects.num_rows
    at = pc.index_in(as_array(parts["project_id"]), as_array(projects["id"]))
    project, parts = np.asarray(as_array(at).drop_null(), np.int64), parts.filter(pc.is_valid(at))
    share = np.nan_to_num(as_floats(parts["area_share"]), nan=1.0)
    before_m2, after_m2 = (as_floats(parts[name]) * share for name in ("floor_m2", "floor_after_m2"))
    is_new, is_decided = is_action(parts["action"], BuildingAction.NEW), np.asarray(parts["action"].is_valid(), bool)

    def total(values: Floats, is_known: NDArray[np.bool_]) -> Floats:
        has_any = np.bincount(project[is_known], minlength=count) > 0
        return np.where(has_any, np.bincount(project, values, count), np.nan)

    is_open = ~is_decided | np.isnan(before_m2) | np.isnan(after_m2)
    has_open = np.bincount(project, is_open, count) > 0
    return {
        "is_decided": ((np.bincount(project, minlength=count) > 0) & ~has_open).astype(np.float64),
        "existing_floor_m2": total(before_m2, ~is_new),
        "demolished_floor_m2": total(np.maximum(before_m2 - after_m2, 0.0), is_decided),
        "new_floor_m2": total(np.maximum(after_m2 - before_m2, 0.0), is_decided),
    }


def _share_inside(shapes: Shapes, lines: pa.Table | None, is_placeless: NDArray[np.bool_]) -> Floats:
    """Share of each place (area, length or number of points) inside the control lines; NaN without place or lines."""
    share = np.full(len(shapes), np.nan)
    if lines is not None and lines.num_rows:
        union = shapely.union_all(shapely.from_wkb(as_array(lines["geometry"]).to_numpy(zero_copy_only=False)))
        whole, inside = _sizes(shapes, shapes), _sizes(shapely.intersection(shapes, union), shapes)
        np.divide(inside, whole, out=share, where=whole > 0)
    share[is_placeless] = 0.0
    return np.round(share, 9)


def _sizes(parts: Shapes, of: Shapes) -> Floats:
    """How big shapes are in the measure of others: area, length, or number of points."""
    dimension = shapely.get_dimensions(of)
    points = shapely.get_num_coordinates(parts)
    return np.select([dimension == 2, dimension == 1], [shapely.area(parts), shapely.length(parts)], points)


def _overlaps(shapes: Shapes, ids: list[str], is_placeless: NDArray[np.bool_]) -> tuple[Floats, list[str | None]]:
    """Share of each area that other areas take too, and whose; a line or points take no area from anybody."""
    is_area = shapely.get_dimensions(shapes) == 2
    share = np.where(shapely.is_missing(shapes) & ~is_placeless, np.nan, 0.0)
    others: list[str | None] = [None] * len(shapes)
    areas = np.flatnonzero(is_area)
    first, second = shapely.STRtree(shapes[areas]).query(shapes[areas], predicate="intersects")
    first, second = areas[first], areas[second]
    pieces = shapely.intersection(shapes[first], shapes[second])
    area_m2 = shapely.area(shapes)
    is_real = (first != second) & (shapely.area(pieces) > MIN_OVERLAP_SHARE * area_m2[first])
    for row in np.unique(first[is_real]):
        mine = is_real & (first == row)
        share[row] = shapely.area(shapely.union_all(pieces[mine])) / area_m2[row]
        others[row] = ", ".join(sorted(ids[i] for i in second[mine]))
    return np.round(share, 9), others
