"""Frontages: which buildings face which street, with which edge, how far along it and how far back.

Every outline edge near a street is thrown onto the street's chainage. Edges that turn towards the street compete for
each half metre of it; the nearest one is seen, what stands behind it is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.features.schema import ATTRIBUTE_BY_NAME

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Shapes = NDArray[np.object_]

#: What a front shows of its building: column of the frontage and the building attribute it is.
_OF_BUILDING = {
    "height_m": "height_m",
    "eave_height_m": "eave_height_m",
    "color": "facade_main_color",
    "color_source": "color_source",
    "material": "facade_material",
    "style": "style",
    "sign_count": "sign_count",
    "photo": "facade_photo",
}
FRONTAGE_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("building_id", pa.string(), nullable=False),
        pa.field("dataset", pa.string()),
        pa.field("gid", pa.uint32()),
        pa.field("street_id", pa.string(), nullable=False),
        pa.field("side", pa.string(), nullable=False),
        pa.field("line_side", pa.string(), nullable=False),
        pa.field("chainage_from_m", pa.float64(), nullable=False, metadata={"unit": "m"}),
        pa.field("chainage_to_m", pa.float64(), nullable=False, metadata={"unit": "m"}),
        pa.field("length_m", pa.float64(), nullable=False, metadata={"unit": "m"}),
        pa.field("setback_m", pa.float64(), metadata={"unit": "m"}),
        *[pa.field(name, ATTRIBUTE_BY_NAME[source].type) for name, source in _OF_BUILDING.items()],
        pa.field("facade", pa.binary(), nullable=False),
    ]
)

_SIDES = pa.array(["east", "north", "west", "south"])
_LINE_SIDES = pa.array(["left", "right"])


@dataclass(frozen=True, slots=True)
class FrontageOptions:
    """What counts as facing a street.

    ``reach_m``: how far behind the edge of the right of way a facade may stand. ``facing_deg``: largest angle
    between its outward normal and the way to the street. ``depth_m``: how far an edge may stand behind the building's
    nearest front edge and still belong to the facade. ``min_length_m`` and ``min_visible_share``: how much of a
    building's front must be seen past its neighbours. ``step_m``: chainage resolution of seeing.
    """

    reach_m: float = 15.0
    facing_deg: float = 45.0
    depth_m: float = 6.0
    min_length_m: float = 2.0
    min_visible_share: float = 0.3
    step_m: float = 0.5


@dataclass(frozen=True, slots=True)
class _Edges:
    """Outline edges paired with a street part: ends (n, 2), owner rows and what was measured at both ends."""

    start: Floats
    end: Floats
    building: Ints
    street: Ints
    chainage: Floats
    distance_m: Floats
    normal_cos: Floats
    is_left: Bools
    outwards: Floats

    def take(self, rows: Ints | Bools) -> _Edges:
        return _Edges(*(getattr(self, name)[rows] for name in self.__slots__))


def derive_frontages(buildings: pa.Table, streets: pa.Table, options: FrontageOptions | None = None) -> pa.Table:
    """One row for every building, street and side of the street on which the building is seen.

    Args:
        buildings: ``id``, ``geometry`` (WKB footprints in a projected CRS, metres), optionally ``dataset``, ``gid``.
        streets: ``id``, ``geometry`` (WKB centrelines, same CRS), ``width_m`` (right of way; null gives no setback).
        options: what counts as facing.

    Returns:
        ``FRONTAGE_SCHEMA``, ordered by street and chainage. ``key`` (``town/b1@main:north``) is the same whenever the
        frontage is derived: dataset and building, street, side; of several fronts of a building on one side of a
        street the first from the west (or south) has it, the others end in ``-2``, ``-3``. ``side`` is where the
        building stands seen from the street by the compass of the grid, ``line_side`` seen along the line's direction.
        ``chainage_*`` is the seen stretch. ``length_m`` sums the facing edges. ``setback_m`` is the least distance of
        the facade to the edge of the right of way, negative where it stands inside. ``facade`` (WKB LineString) runs
        through the facing edges in the direction of the street. Height, color and its origin, material, style, signs
        and photo are the building's.
    """
    options = options or FrontageOptions()
    footprints = _shapes(buildings["geometry"])
    parts = _StreetParts.of(streets)
    edges = _measure_edges(footprints, parts, options)
    edges = edges.take(edges.normal_cos > 0.05)
    seen_m, seen_from, seen_to = _see(edges, parts, options.step_m)
    is_front = (edges.normal_cos >= np.cos(np.radians(options.facing_deg))) & (
        edges.distance_m.mean(axis=1) <= parts.half_width_m[edges.street] + options.reach_m
    )
    key = (edges.building * len(parts.row) + edges.street) * 2 + edges.is_left
    share_key, share_row = np.unique(key, return_inverse=True)
    nearest_m = np.full(len(share_key), np.inf)
    np.minimum.at(nearest_m, share_row[is_front], edges.distance_m[is_front].min(axis=1))
    is_front &= edges.distance_m.min(axis=1) <= nearest_m[share_row] + options.depth_m
    extent = np.abs(edges.chainage[:, 1] - edges.chainage[:, 0])
    chosen = is_front & (seen_m > 0)
    seen_of_key = np.bincount(share_row[chosen], seen_m[chosen], len(share_key))
    extent_of_key = np.bincount(share_row[is_front], extent[is_front], len(share_key))
    enough = (seen_of_key >= options.min_length_m) & (seen_of_key >= options.min_visible_share * extent_of_key)
    rows = np.flatnonzero(chosen & enough[share_row])
    rows = rows[np.lexsort((edges.chainage[rows].mean(axis=1), share_row[rows]))]
    return _frontage_table(edges.take(rows), key[rows], seen_from[rows], seen_to[rows], buildings, streets, parts)


@dataclass(frozen=True, slots=True)
class _StreetParts:
    """Street centrelines as single lines; a street of several lines counts its chainage through them in order."""

    lines: Shapes
    row: Ints
    offset_m: Floats
    half_width_m: Floats
    width_m: Floats

    @classmethod
    def of(cls, streets: pa.Table) -> _StreetParts:
        lines, row = shapely.get_parts(shapely.line_merge(_shapes(streets["geometry"])), return_index=True)
        is_line = (shapely.get_type_id(lines) == 1) & (shapely.length(lines) > 0)
        lines, row = lines[is_line], row[is_line].astype(np.int64)
        length_m = shapely.length(lines)
        before = np.cumsum(length_m) - length_m
        first = np.searchsorted(row, row, side="left")
        width_m = np.asarray(pc.cast(streets["width_m"], pa.float64()).to_numpy(), np.float64)[row]
        return cls(lines, row, before - before[first], np.nan_to_num(width_m) / 2.0, width_m)


def _measure_edges(footprints: Shapes, parts: _StreetParts, options: FrontageOptions) -> _Edges:
    """All outline edges of the buildings within reach of a street part, measured against it."""
    tree = shapely.STRtree(footprints)
    street, building = tree.query(parts.lines, predicate="dwithin", distance=parts.half_width_m + options.reach_m)
    start, end, owner = _outline_edges(footprints[building])
    street, building = street[owner].astype(np.int64), building[owner].astype(np.int64)
    line = parts.lines[street]
    ends = shapely.points(np.stack([start, end], axis=1))
    chainage = shapely.line_locate_point(line[:, None], ends)
    distance_m = shapely.distance(line[:, None], ends)
    middle = (start + end) / 2.0
    at = shapely.line_locate_point(line, shapely.points(middle))
    foot = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, at + 0.1))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(at - 0.1, 0.0)))
    along = ahead - behind
    outwards = middle - foot
    edge = end - start
    normal = np.stack([edge[:, 1], -edge[:, 0]], axis=1)
    size = np.hypot(*normal.T) * np.hypot(*outwards.T)
    normal_cos = np.divide(-(normal * outwards).sum(axis=1), size, out=np.zeros(len(size)), where=size > 0)
    is_left = along[:, 0] * outwards[:, 1] - along[:, 1] * outwards[:, 0] > 0
    return _Edges(start, end, building, street, chainage, distance_m, normal_cos, is_left, outwards)


def _outline_edges(footprints: Shapes) -> tuple[Floats, Floats, Ints]:
    """Ends of every exterior edge, counter-clockwise, and the footprint each belongs to."""
    polygons, footprint = shapely.get_parts(footprints, return_index=True)
    is_polygon = shapely.get_type_id(polygons) == 3
    polygons, footprint = shapely.orient_polygons(polygons[is_polygon]), footprint[is_polygon]
    xy, ring = shapely.get_coordinates(shapely.get_exterior_ring(polygons), return_index=True)
    is_edge = ring[:-1] == ring[1:]
    return xy[:-1][is_edge], xy[1:][is_edge], footprint[ring[:-1][is_edge]].astype(np.int64)


def _see(edges: _Edges, parts: _StreetParts, step_m: float) -> tuple[Floats, Floats, Floats]:
    """Seen length of each edge along the street, and the first and last chainage at which it is seen (NaN: never).

    Samples every ``step_m`` of the chainage; on each side of the street the nearest edge takes the sample.
    """
    low, high = edges.chainage.min(axis=1), edges.chainage.max(axis=1)
    first = np.ceil(low / step_m - 0.5).astype(np.int64)
    count = np.maximum(np.floor(high / step_m - 0.5).astype(np.int64) - first + 1, 0)
    edge = np.repeat(np.arange(len(low)), count)
    sample = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    chainage = (sample + 0.5) * step_m
    span = edges.chainage[edge, 1] - edges.chainage[edge, 0]
    part = (chainage - edges.chainage[edge, 0]) / np.where(span == 0, 1.0, span)
    distance_m = edges.distance_m[edge, 0] * (1.0 - part) + edges.distance_m[edge, 1] * part
    order = np.lexsort((edge, distance_m, sample, edges.is_left[edge], edges.street[edge]))
    cell = np.stack([edges.street[edge], edges.is_left[edge], sample])[:, order]
    is_nearest = np.ones(len(order), bool)
    is_nearest[1:] = (cell[:, 1:] != cell[:, :-1]).any(axis=0)
    winner, at = edge[order][is_nearest], chainage[order][is_nearest]
    seen_from, seen_to = np.full(len(low), np.inf), np.full(len(low), -np.inf)
    np.minimum.at(seen_from, winner, at - step_m / 2)
    np.maximum.at(seen_to, winner, at + step_m / 2)
    seen_m = np.bincount(winner, minlength=len(low)).astype(np.float64) * step_m
    return seen_m, np.maximum(seen_from, low), np.minimum(seen_to, high)


def _frontage_table(
    edges: _Edges,
    key: Ints,
    seen_from: Floats,
    seen_to: Floats,
    buildings: pa.Table,
    streets: pa.Table,
    parts: _StreetParts,
) -> pa.Table:
    """Fold the chosen edges, sorted by key and chainage, into one row a key."""
    if len(key) == 0:
        return FRONTAGE_SCHEMA.empty_table()
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    group = np.cumsum(np.concatenate([[False], key[1:] != key[:-1]]))
    building, street = edges.building[first], edges.street[first]
    facade = _facades(edges, group)
    length_m = np.add.reduceat(np.hypot(*(edges.end - edges.start).T), first)
    weight = np.hypot(*(edges.end - edges.start).T)[:, None]
    mean_outwards = np.add.reduceat(edges.outwards * weight, first)
    compass = np.round(np.arctan2(mean_outwards[:, 1], mean_outwards[:, 0]) / (np.pi / 2)).astype(np.int64) % 4
    setback_m = shapely.distance(facade, parts.lines[street]) - parts.width_m[street] / 2.0
    building_rows = pa.array(building)
    side = _SIDES.take(pa.array(compass))
    along_m = shapely.get_coordinates(shapely.centroid(facade))[np.arange(len(facade)), (compass + 1) % 2]
    number = _count_within((building * len(streets) + parts.row[street]) * 4 + compass, along_m)
    table = pa.table(
        {
            "key": _keys(buildings, building_rows, streets, parts.row[street], side, number),
            "building_id": _column(buildings, "id", pa.string()).take(building_rows),
            "dataset": _column(buildings, "dataset", pa.string()).take(building_rows),
            "gid": _column(buildings, "gid", pa.uint32()).take(building_rows),
            "street_id": _column(streets, "id", pa.string()).take(pa.array(parts.row[street])),
            "side": side,
            "line_side": _LINE_SIDES.take(pa.array(np.where(edges.is_left[first], 0, 1))),
            "chainage_from_m": np.round(np.minimum.reduceat(seen_from, first) + parts.offset_m[street], 3),
            "chainage_to_m": np.round(np.maximum.reduceat(seen_to, first) + parts.offset_m[street], 3),
            "length_m": np.round(length_m, 3),
            "setback_m": pa.array(np.round(setback_m, 3), mask=np.isnan(setback_m)),
            **{
                name: _column(buildings, source, FRONTAGE_SCHEMA.field(name).type).take(building_rows)
                for name, source in _OF_BUILDING.items()
            },
            "facade": pa.array(shapely.to_wkb(facade), pa.binary()),
        },
        schema=FRONTAGE_SCHEMA,
    )
    order = np.lexsort((building, np.asarray(table["chainage_from_m"]), edges.is_left[first], parts.row[street]))
    return table.take(pa.array(order))


def _keys(
    buildings: pa.Table, building: pa.Array, streets: pa.Table, street: Ints, side: pa.Array, number: Ints
) -> pa.Array:
    datasets = pc.binary_join_element_wise(_column(buildings, "dataset", pa.string()), "", "/")
    owner = pc.binary_join_element_wise(
        datasets.take(building), _column(buildings, "id", pa.string()).take(building), "",
        null_handling="replace", null_replacement="",
    )  # fmt: skip
    place = pc.binary_join_element_wise(_column(streets, "id", pa.string()).take(pa.array(street)), side, ":")
    tail = pa.array(np.where(number > 1, np.char.add("-", number.astype(str)), ""), pa.string())
    return pc.binary_join_element_wise(pc.binary_join_element_wise(owner, place, "@"), tail, "")


def _count_within(owner: Ints, position_m: Floats) -> Ints:
    """The number of every row among those of its owner, from 1, by position."""
    order = np.lexsort((position_m, owner))
    start = np.flatnonzero(np.diff(owner[order], prepend=-1))
    number = np.empty(len(owner), np.int64)
    number[order] = np.arange(len(owner)) - np.repeat(start, np.diff(start, append=len(owner))) + 1
    return number


def _facades(edges: _Edges, group: Ints) -> Shapes:
    """One line a group through its edges, each turned to run with the chainage."""
    is_backward = (edges.chainage[:, 0] > edges.chainage[:, 1])[:, None]
    near, far = np.where(is_backward, edges.end, edges.start), np.where(is_backward, edges.start, edges.end)
    xy = np.stack([near, far], axis=1).reshape(-1, 2)
    return np.asarray(shapely.remove_repeated_points(shapely.linestrings(xy, indices=np.repeat(group, 2))))


def _shapes(column: pa.ChunkedArray | pa.Array) -> Shapes:
    return np.asarray(
        shapely.from_wkb(column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy())
    )


def _column(table: pa.Table, name: str, type_: pa.DataType) -> Any:  # noqa: ANN401
    if name not in table.column_names:
        return pa.nulls(table.num_rows, type_)
    return pc.cast(table[name].combine_chunks(), type_)
