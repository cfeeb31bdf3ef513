"""A stream of feature batches into the store: buildings with footprints in the work CRS, elements beside them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely
import sqlalchemy as sa

from cim_core.crs.transform import transform_xy
from cim_core.features import BUILDING_ATTRIBUTES, FeatureBatch
from cim_core.progress import Progress
from cim_core.store.geom import Geometries, geometries_from_wkb
from cim_core.store.records import Box, ImportCounts
from cim_core.store.rows import Columns, column_values, extra_json
from cim_core.store.schema import Tables
from cim_core.store.writing import Replacement

_BUILDING_COLUMNS = ("id", "gid", "parent_id", "kind", "height_source", *(a.name for a in BUILDING_ATTRIBUTES))
_ELEMENT_COLUMNS = ("id", "gid", "parent_id", "kind", "name", "storey", "material", "properties", "base_m", "height_m")
_KNOWN = frozenset({*_BUILDING_COLUMNS, "geometry"})


def replace_features(
    connection: sa.Connection,
    tables: Tables,
    dataset: str,
    batches: Iterable[FeatureBatch],
    work_crs: pyproj.CRS,
    progress: Progress,
) -> tuple[ImportCounts, Box | None]:
    """Replace all rows of a dataset; returns the counts and the footprints' box in the work CRS.

    Rows of kind ``building`` go to ``buildings``, all others to ``elements``. A batch without ``gid`` is numbered in
    reading order. Raises GeoreferenceError when a footprint cannot be brought into the work CRS.
    """
    into_buildings = Replacement(connection, tables.buildings, {"dataset": dataset})
    into_elements = Replacement(connection, tables.elements, {"dataset": dataset})
    buildings = elements = 0
    boxes: list[Box] = []
    for batch in batches:
        numbered = _with_gid(batch, start=buildings + elements)
        is_building = pc.equal(numbered.column("kind"), "building")
        building_rows = numbered.filter(is_building)
        element_rows = numbered.filter(pc.invert(is_building))
        if building_rows.num_rows:
            box = _add_buildings(into_buildings, tables.buildings, building_rows, batch.meta.crs, work_crs)
            boxes.extend([box] if box else [])
        if element_rows.num_rows:
            _add_elements(into_elements, tables.elements, element_rows)
        buildings += building_rows.num_rows
        elements += element_rows.num_rows
        progress.advance(len(batch))
    into_buildings.finish()
    into_elements.finish()
    return ImportCounts(buildings, elements), _union(boxes)


def to_crs(geometries: Geometries, source: pyproj.CRS, target: pyproj.CRS) -> Geometries:
    """The geometries in another CRS, x east then y north, without z; missing ones stay missing."""
    flat = shapely.force_2d(geometries)
    if source.to_2d() == target.to_2d():
        return np.asarray(flat, dtype=object)
    moved = shapely.transform(flat, lambda xy: np.stack(transform_xy(xy[:, 0], xy[:, 1], source, target), axis=-1))
    return np.asarray(moved, dtype=object)


def _with_gid(batch: FeatureBatch, start: int) -> pa.RecordBatch:
    gid = batch.column("gid")
    if gid is not None and gid.null_count == 0:
        return batch.records
    return batch.with_column("gid", pa.array(np.arange(start, start + len(batch), dtype=np.uint32))).records


def _add_buildings(
    into: Replacement,
    table: sa.Table,
    records: pa.RecordBatch,
    source_crs: pyproj.CRS,
    work_crs: pyproj.CRS,
) -> Box | None:
    index = records.schema.get_field_index("geometry")
    wkb = records.column(index) if index >= 0 else None
    footprints = to_crs(geometries_from_wkb(wkb, records.num_rows), source_crs, work_crs)
    columns: Columns = {name: column_values(records, name, table.c[name]) for name in _BUILDING_COLUMNS}
    columns["extra"] = extra_json(records, _KNOWN)
    into.add(columns, footprints)
    box = shapely.total_bounds(footprints)
    return tuple(box.tolist()) if np.isfinite(box).all() else None


def _add_elements(into: Replacement, table: sa.Table, records: pa.RecordBatch) -> None:
    columns: Columns = {name: column_values(records, name, table.c[name]) for name in _ELEMENT_COLUMNS}
    into.add(columns)


def _union(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    corners = np.array(boxes)
    low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
