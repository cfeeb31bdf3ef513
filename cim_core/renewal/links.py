"""Which buildings belong to which project: derived from geometry, corrected by hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.renewal.vocabulary import BuildingAction

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: How far around a project without area a building still belongs to it, metres: a line (street, river, pipe) takes the
#: first row of buildings on each side, a point (car park, station) its neighbours.
DEFAULT_BUFFER_M: Mapping[str, float] = {"point": 25.0, "line": 30.0}

#: A footprint that lies in a project by less than this share only touches it.
MIN_AREA_SHARE = 0.01
_INSIDE_SHARE = 0.999

LINKS_SCHEMA = pa.schema(
    [
        pa.field("project_id", pa.string(), nullable=False),
        pa.field("dataset", pa.string()),
        pa.field("building_id", pa.string(), nullable=False),
        pa.field("area_share", pa.float64()),
        pa.field("relation", pa.string(), nullable=False),
        pa.field("buffer_m", pa.float64(), metadata={"unit": "m"}),
    ]
)

#: ``origin`` is geometry or manual; ``relation`` of a link added by hand is manual.
MERGED_LINKS_SCHEMA = (
    LINKS_SCHEMA.append(pa.field("origin", pa.string(), nullable=False))
    .append(pa.field("action", pa.string()))
    .append(pa.field("reason", pa.string()))
    .append(pa.field("by", pa.string()))
)

_RELATIONS = pa.array(["inside", "crosses", "near"])
_INSIDE, _CROSSES, _NEAR = range(3)


def link_buildings(
    buildings: pa.Table, projects: pa.Table, buffer_m_by_kind: Mapping[str, float] = DEFAULT_BUFFER_M
) -> pa.Table:
    """Every building that lies in a project's area, or near its line or points.

    Args:
        buildings: ``id``, ``geometry`` (WKB footprints in a projected CRS, metres), optionally ``dataset``.
        projects: ``id``, ``geometry`` (WKB, same CRS; null links nothing), optionally ``buffer_m`` per row.
        buffer_m_by_kind: metres for ``point`` and ``line`` where the row has no ``buffer_m``.

    Returns:
        ``LINKS_SCHEMA``, ordered by project and building. ``area_share`` is the part of the footprint inside the
        area, or inside the buffered line or points. ``relation``: inside (the whole footprint) or crosses for an
        area; crosses (the line touches the footprint) or near for the others. ``buffer_m`` is null for an area.
    """
    footprints = _shapes(buildings["geometry"])
    shapes = _shapes(projects["geometry"])
    dimension = shapely.get_dimensions(shapes)
    buffer_m = _buffers(projects, dimension, buffer_m_by_kind)
    areas = np.where(dimension == 2, shapes, shapely.buffer(shapes, np.nan_to_num(buffer_m)))
    project, building, share = _overlaps(areas, footprints)
    is_area = dimension[project] == 2
    touches = shapely.intersects(shapes[project], footprints[building])
    relation = np.where(
        is_area, np.where(share >= _INSIDE_SHARE, _INSIDE, _CROSSES), np.where(touches, _CROSSES, _NEAR)
    )
    buildings_taken, projects_taken = pa.array(building), pa.array(project)
    return pa.table(
        {
            "project_id": projects["id"].take(projects_taken),
            "dataset": _column(buildings, "dataset", pa.string()).take(buildings_taken),
            "building_id": buildings["id"].take(buildings_taken),
            "area_share": share,
            "relation": _RELATIONS.take(pa.array(relation)),
            "buffer_m": pa.array(buffer_m[project], mask=is_area),
        },
        schema=LINKS_SCHEMA,
    )


def merge_links(derived: pa.Table, manual: pa.Table) -> pa.Table:
    """Derived links with the corrections of people on top, so that deriving again never undoes a decision.

    Args:
        derived: ``LINKS_SCHEMA``.
        manual: ``project_id``, ``dataset``, ``building_id``, ``included`` (bool), and optionally ``action`` (a
            ``BuildingAction``), ``reason``, ``by``; where a building is corrected twice the last row counts.

    Returns:
        ``MERGED_LINKS_SCHEMA``: what was excluded by hand is gone; what was included by hand is there with origin
        manual, with its geometry figures if it was derived too. Raises ValueError for an unknown action.
    """
    _refuse_unknown_actions(manual)
    manual = _last_of_each(manual)
    at = pc.index_in(_keys(derived), _keys(manual))
    is_manual = np.asarray(pc.is_valid(at))
    row = at.fill_null(0).to_numpy(zero_copy_only=False)
    included = np.asarray(pc.cast(manual["included"], pa.bool_()).combine_chunks(), bool)
    kept = ~is_manual | (included[row] if len(included) else True)
    touched = pa.array(row, mask=~is_manual)
    origin = pc.if_else(pa.array(is_manual), "manual", "geometry")
    corrected = _with_decision(derived, manual, touched, origin).filter(pa.array(kept))
    is_new = included & ~np.asarray(pc.is_in(_keys(manual), _keys(derived)), bool)
    added = manual.filter(pa.array(is_new))
    return pa.concat_tables([corrected, _added_by_hand(added)])


def _overlaps(areas: Shapes, footprints: Shapes) -> tuple[Ints, Ints, Floats]:
    """Project row, building row and overlapping share of every footprint that lies in an area by more than a touch."""
    tree = shapely.STRtree(footprints)
    project, building = tree.query(areas, predicate="intersects")
    within = np.isin(_pair_keys(project, building, len(footprints)), _inside_keys(tree, areas, len(footprints)))
    share = np.ones(len(project))
    rest = np.flatnonzero(~within)
    size_m2 = shapely.area(footprints[building[rest]])
    overlap_m2 = shapely.area(shapely.intersection(areas[project[rest]], footprints[building[rest]]))
    share[rest] = np.divide(overlap_m2, size_m2, out=np.zeros(len(rest)), where=size_m2 > 0)
    order = np.lexsort((building, project))
    order = order[share[order] >= MIN_AREA_SHARE]
    return project[order], building[order], np.round(share[order], 6)


def _inside_keys(tree: shapely.STRtree, areas: Shapes, count: int) -> Ints:
    project, building = tree.query(areas, predicate="covers")
    return _pair_keys(project, building, count)


def _pair_keys(project: Ints, building: Ints, count: int) -> Ints:
    return np.asarray(project.astype(np.int64) * max(count, 1) + building)


def _buffers(projects: pa.Table, dimension: NDArray[np.int32], by_kind: Mapping[str, float]) -> Floats:
    own = _column(projects, "buffer_m", pa.float64())
    own_m = np.asarray(pc.cast(own, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    usual_m = np.select([dimension == 0, dimension == 1], [by_kind["point"], by_kind["line"]], np.nan)
    return np.where(np.isnan(own_m), usual_m, own_m)


def _with_decision(links: pa.Table, manual: pa.Table, rows: pa.Array, origin: pa.Array) -> pa.Table:
    decided = {name: _column(manual, name, pa.string()).take(rows) for name in ("action", "reason", "by")}
    columns = {name: links[name] for name in LINKS_SCHEMA.names} | {"origin": origin} | decided
    return pa.table(columns, schema=MERGED_LINKS_SCHEMA)


def _added_by_hand(manual: pa.Table) -> pa.Table:
    count = manual.num_rows
    columns = {name: _column(manual, name, pa.string()) for name in ("project_id", "dataset", "building_id")}
    word = pa.repeat(pa.scalar("manual"), count)
    columns |= {
        "area_share": pa.nulls(count, pa.float64()),
        "relation": word,
        "buffer_m": pa.nulls(count, pa.float64()),
    }
    columns |= {"origin": word} | {name: _column(manual, name, pa.string()) for name in ("action", "reason", "by")}
    return pa.table(columns, schema=MERGED_LINKS_SCHEMA)


def _last_of_each(manual: pa.Table) -> pa.Table:
    keys = _keys(manual).to_numpy(zero_copy_only=False).astype(str)
    _, from_the_end = np.unique(keys[::-1], return_index=True)
    return manual.take(pa.array(np.sort(len(keys) - 1 - from_the_end)))


def _refuse_unknown_actions(manual: pa.Table) -> None:
    known = pa.array([action.value for action in BuildingAction])
    actions = _column(manual, "action", pa.string()).drop_null()
    unknown = actions.filter(pc.invert(pc.is_in(actions, known)))
    if len(unknown):
        raise ValueError(f"unknown building action {unknown[0].as_py()!r}; one of {', '.join(known.to_pylist())}")


def _keys(table: pa.Table) -> pa.Array:
    parts = [_column(table, name, pa.string()) for name in ("project_id", "dataset", "building_id")]
    return pc.binary_join_element_wise(*parts, "\x1f", null_handling="replace")


def _column(table: pa.Table, name: str, type_: pa.DataType) -> pa.Array:
    if name not in table.column_names:
        return pa.nulls(table.num_rows, type_)
    return pc.cast(table[name].combine_chunks(), type_)


def _shapes(column: pa.ChunkedArray) -> Shapes:
    return np.asarray(shapely.from_wkb(column.combine_chunks().to_numpy(zero_copy_only=False)))
