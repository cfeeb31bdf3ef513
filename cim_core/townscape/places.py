"""What the kinds about places read: a row a street, a plan unit, or a building in a view corridor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.analysis.corridors import Corridors, Crossing, read_corridors
from cim_core.features.places import PLAN_UNIT_ATTRIBUTES, STREET_ATTRIBUTES, VIEW_CORRIDOR_ATTRIBUTES
from cim_core.features.schema import Attribute
from cim_core.geometry.layer_shapes import make_areas_valid
from cim_core.townscape.texts import as_array, as_floats

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]


def _fields(attributes: tuple[Attribute, ...]) -> list[pa.Field]:
    return [pa.field(a.name, a.type, metadata={"unit": a.unit}) for a in attributes]


def _metres(*names: str) -> list[pa.Field]:
    units = {"m2": "m²", "m": "m"}
    return [pa.field(name, pa.float64(), metadata={"unit": units[name.rsplit("_", 1)[1]]}) for name in names]


_PLACE = [pa.field("id", pa.string()), pa.field("geometry", pa.binary())]
#: ``length_m``: of the centreline.
STREET_COLUMNS = pa.schema([*_PLACE, *_fields(STREET_ATTRIBUTES), *_metres("length_m")])
#: ``area_m2``: of the outline. ``footprint_m2``, ``floor_m2``: sums over its buildings; a building whose floor area and
#: storeys are not recorded is not in ``floor_m2`` but in ``unknown_footprint_m2``.
PLAN_UNIT_COLUMNS = pa.schema(
    [
        *_PLACE,
        *_fields(PLAN_UNIT_ATTRIBUTES),
        *_metres("area_m2", "footprint_m2", "floor_m2", "unknown_footprint_m2"),
    ]
)
#: One building in one corridor: the part inside, where it begins and ends along and across, the corridor.
CORRIDOR_COLUMNS = pa.schema(
    [
        pa.field("corridor_id", pa.string()),
        pa.field("corridor_line", pa.binary()),
        pa.field("inside", pa.binary()),
        *_fields(VIEW_CORRIDOR_ATTRIBUTES),
        *_metres("length_m", "near_m", "far_m"),
        pa.field("left", pa.float64()),
        pa.field("right", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Places:
    """The places of a town beside its zones; tables may be empty or lack columns.

    ``plan_units``: ``id``, ``geometry`` (WKB polygons, work CRS, metres) and ``places.PLAN_UNIT_ATTRIBUTES``.
    ``view_corridors``: ``id``, ``geometry`` (WKB lines) and ``places.VIEW_CORRIDOR_ATTRIBUTES``.
    ``streets``: ``id``, ``geometry`` (WKB lines) and ``places.STREET_ATTRIBUTES``.
    """

    streets: pa.Table | None = None
    plan_units: pa.Table | None = None
    view_corridors: pa.Table | None = None

    @cached_property
    def street_columns(self) -> pa.Table:
        """``STREET_COLUMNS``."""
        table = conform(self.streets, STREET_COLUMNS)
        length_m = shapely.length(shapes(table["geometry"]))
        return _set(table, length_m=np.where(length_m > 0, length_m, np.nan))

    @cached_property
    def units(self) -> pa.Table:
        """``PLAN_UNIT_COLUMNS`` without the sums over buildings."""
        table = conform(self.plan_units, PLAN_UNIT_COLUMNS)
        return _set(table, area_m2=shapely.area(shapes(table["geometry"])))

    @cached_property
    def corridors(self) -> Corridors:
        """The view corridors."""
        schema = pa.schema([*_PLACE, *_fields(VIEW_CORRIDOR_ATTRIBUTES)])
        return read_corridors(conform(self.view_corridors, schema))

    @cached_property
    def ancestry(self) -> Ints:
        """(u, 3) the row of every plan unit itself, its parent and grandparent; -1 where there is none."""
        units = self.units
        parent = pc.index_in(as_array(units["parent_id"]), as_array(units["id"]))
        row = parent.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        above = np.append(row, -1)
        return np.stack([np.arange(units.num_rows), row, above[row]], axis=1)


def conform(table: pa.Table | None, schema: pa.Schema) -> pa.Table:
    """The columns of a schema from a table that may lack some, or be absent."""
    if table is None:
        return schema.empty_table()
    columns = [
        pc.cast(as_array(table[field.name]), field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def shapes(column: pa.Array | pa.ChunkedArray) -> Shapes:
    """Geometries of a column of WKB; None for null."""
    return np.asarray(shapely.from_wkb(as_array(column).to_numpy(zero_copy_only=False)), object)


def area_shapes(column: pa.Array | pa.ChunkedArray) -> Shapes:
    """Areas of a column of WKB; one that crosses itself, as older imports let in, is rebuilt from its rings."""
    return make_areas_valid(shapes(column))


def locate_in_units(footprints: Shapes, units: pa.Table) -> tuple[Ints, Ints]:
    """Building row and plan unit row of every building in a unit of any level, by the centroid of the footprint."""
    if units.num_rows == 0 or len(footprints) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    unit, building = shapely.STRtree(shapely.centroid(footprints)).query(area_shapes(units["geometry"]), "intersects")
    return building.astype(np.int64), unit.astype(np.int64)


def with_sums(units: pa.Table, buildings: pa.Table, footprint_m2: Floats, pairs: tuple[Ints, Ints]) -> pa.Table:
    """``PLAN_UNIT_COLUMNS`` with footprints and floor area of the buildings in each unit.

    Floor area is ``floor_area_m2`` where recorded, else footprint × storeys.
    """
    building, unit = pairs
    footprint_m2 = np.nan_to_num(footprint_m2)
    floor_m2 = as_floats(buildings["floor_area_m2"])
    floor_m2 = np.where(np.isnan(floor_m2), footprint_m2 * as_floats(buildings["storeys"]), floor_m2)
    is_unknown = np.isnan(floor_m2)

    def total(values: Floats) -> Floats:
        return np.bincount(unit, values[building], units.num_rows).astype(np.float64)

    return _set(
        units,
        footprint_m2=total(footprint_m2),
        floor_m2=total(np.nan_to_num(floor_m2)),
        unknown_footprint_m2=total(np.where(is_unknown, footprint_m2, 0.0)),
    )


def corridor_columns(crossing: Crossing, places: Places) -> pa.Table:
    """``CORRIDOR_COLUMNS`` of every building in every corridor."""
    table = conform(places.view_corridors, pa.schema([*_PLACE, *_fields(VIEW_CORRIDOR_ATTRIBUTES)]))
    rows = table.take(pa.array(crossing.corridor))
    columns = {name: rows[name] for name in rows.column_names if name not in ("id", "geometry")}
    columns |= {
        "corridor_id": rows["id"],
        "corridor_line": rows["geometry"],
        "inside": pa.array(shapely.to_wkb(crossing.inside), pa.binary()),
        "length_m": places.corridors.length_m[crossing.corridor],
    }
    columns |= {name: getattr(crossing, name) for name in ("near_m", "far_m", "left", "right")}
    return pa.table(columns).select(CORRIDOR_COLUMNS.names).cast(CORRIDOR_COLUMNS)


def _set(table: pa.Table, **columns: Floats) -> pa.Table:
    for name, values in columns.items():
        column = pa.array(values, mask=~np.isfinite(values))
        table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
    return table
