"""Footprint rows of a stream become one set of flat arrays: ring vertices, roof triangles, heights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely
from numpy.typing import NDArray

from cim_core.crs.heights import HeightPolicy
from cim_core.crs.transform import to_lonlat
from cim_core.features import FeatureBatch
from cim_core.geometry.triangulate import signed_areas, triangulate_polygons
from cim_core.geometry.wkb import are_simple
from cim_core.issues import IssueLog
from tiles.metadata import property_columns
from tiles.options import TileOptions
from tiles.ragged import Indices, starts_of
from tiles.rings import (
    Rings,
    clean_rings,
    following_of,
    from_ring_start,
    merge_rings,
    ring_areas,
    shapely_rings,
    simple_rings,
)
from tiles.roofs import FLAT, PITCHED_FORMS, shape_for_roofs

Floats = NDArray[np.float64]

POLYGON, MULTIPOLYGON = 3, 6
METRES_PER_DEGREE = 111_000.0


@dataclass(frozen=True, slots=True)
class Footprints:
    """Buildings to extrude, as columns. Vertices and triangles lie in row order; a row's are contiguous.

    ``records``: property columns, one row a building. ``lonlat_deg``: (V, 2) ring vertices, exteriors
    counter-clockwise, holes clockwise. ``following``: (V,) the next vertex of the same ring.
    ``vertex_count``, ``triangle_count``: per row. ``triangles``: (T, 3) into the vertices, roof seen from above.
    Heights per row in metres above the ellipsoid: ``bottom_m`` (foot of the skirt), ``base_m`` (ground),
    ``eave_m``, ``top_m``. ``roof``: a code of ``tiles.roofs``.
    """

    records: pa.RecordBatch
    lonlat_deg: Floats
    following: Indices
    vertex_count: Indices
    triangles: Indices
    triangle_count: Indices
    bottom_m: Floats
    base_m: Floats
    eave_m: Floats
    top_m: Floats
    roof: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.vertex_count)


def gather_footprints(batch: FeatureBatch, options: TileOptions, log: IssueLog) -> pa.RecordBatch | None:
    """Decode, check, orient, project and triangulate the footprints of one batch; None if nothing is left.

    The result holds the property columns and, under names with a dot, lists of vertices, rings and triangles (into
    the row's own vertices), heights and extent: rows that can be stored, taken and joined by Arrow alone. A row
    depends on nothing outside itself. Rows that cannot be extruded are rejected into ``log`` with a code.
    Raises GeoreferenceError.
    """
    crs = batch.meta.crs
    shapes = _usable_rows(batch, options, log)
    if shapes is None:
        return None
    rows, rings = shapes.rows, clean_rings(shapes.rings, shapes.planar_scale)
    ring_row, vertex_row = rings.ring_row, rings.vertex_row
    local = from_ring_start(rings.xy, rings.ring_count) * shapes.planar_scale[vertex_row]
    area = np.bincount(ring_row, ring_areas(local, rings.ring_count), len(rows))
    local = rings.xy * shapes.planar_scale[vertex_row]
    triangles, triangle_part = triangulate_polygons(local, rings.ring_count, rings.rings_of_part)
    triangle_row = rings.part_row[triangle_part]
    covered = np.bincount(triangle_row, signed_areas(local, triangles), len(rows)).astype(np.float64)
    lon_deg, lat_deg = to_lonlat(rings.xy[:, 0], rings.xy[:, 1], crs)
    off_globe = np.bincount(vertex_row, ~(np.isfinite(lon_deg) & (np.abs(lat_deg) <= 90)), len(rows)) > 0
    for bad, code, text in (
        (off_globe, "outside-crs", "coordinates cannot be placed on the globe in the CRS of the source"),
        (~off_globe & (covered <= 0), "no-area", "footprint encloses no area"),
    ):
        for row in np.flatnonzero(bad):
            log.reject(code, text, feature_id=_id(batch, rows[row]), where=batch.where(rows[row]))
    good = ~off_globe & (covered > 0)
    for row in np.flatnonzero(good & (np.abs(covered - area) > 0.01 * area + 0.01)):
        message = f"outline crosses itself: the roof covers {covered[row]:.2f} of {area[row]:.2f} m²"
        log.warn("roof-incomplete", message, feature_id=_id(batch, rows[row]), where=batch.where(rows[row]))
    if not good.any():
        return None
    base_m, lowest_m = _ground(batch, rows, shapes.geometry, crs, options)
    unknown = np.isnan(base_m)
    base_m = np.where(unknown, 0.0, base_m)
    height_m = _numbers(batch, "height_m")[rows]
    eave_m = np.where(
        shapes.roof == FLAT, height_m, _eaves(_numbers(batch, "eave_height_m")[rows], height_m, shapes.default_rise_m)
    )
    vertex_count = np.bincount(vertex_row, minlength=len(rows))
    triangles -= starts_of(vertex_count)[triangle_row][:, None]
    lonlat_deg = np.stack([lon_deg, lat_deg], axis=1)
    some = np.flatnonzero(vertex_count > 0)
    extent = np.zeros((len(rows), 4))
    start = starts_of(vertex_count)[some]
    extent[some, :2], extent[some, 2:] = np.minimum.reduceat(lonlat_deg, start), np.maximum.reduceat(lonlat_deg, start)
    columns = property_columns(batch, rows) | {
        ".lonlat": _lists(lonlat_deg.reshape(-1), 2 * vertex_count, pa.float64()),
        ".rings": _lists(rings.ring_count, np.bincount(ring_row, minlength=len(rows)), pa.uint32()),
        ".triangles": _lists(triangles.reshape(-1), 3 * np.bincount(triangle_row, minlength=len(rows)), pa.uint32()),
        ".bottom_m": pa.array(np.fmin(base_m, lowest_m) - options.skirt_m),
        ".base_m": pa.array(base_m),
        ".eave_m": pa.array(base_m + eave_m),
        ".top_m": pa.array(base_m + height_m),
        ".roof": pa.array(shapes.roof),
        ".west": pa.array(extent[:, 0]),
        ".south": pa.array(extent[:, 1]),
        ".east": pa.array(extent[:, 2]),
        ".north": pa.array(extent[:, 3]),
        ".no_ground": pa.array(unknown),
    }
    everything = pa.RecordBatch.from_pydict(columns)
    return everything if good.all() else everything.filter(pa.array(good))


def footprints_of(rows: pa.RecordBatch) -> Footprints:
    """Rows of ``gather_footprints`` as flat arrays, vertices and triangles numbered through."""
    ring_count = _flat(rows, ".rings").astype(np.int64)
    vertex_count = _counts(rows, ".lonlat") // 2
    triangle_count = _counts(rows, ".triangles") // 3
    triangles = _flat(rows, ".triangles").astype(np.int64).reshape(-1, 3)
    triangles += np.repeat(starts_of(vertex_count), triangle_count)[:, None]
    numbers = {name: rows.column(f".{name}").to_numpy() for name in ("bottom_m", "base_m", "eave_m", "top_m", "roof")}
    return Footprints(
        records=rows.select([name for name in rows.schema.names if not name.startswith(".")]),
        lonlat_deg=_flat(rows, ".lonlat").reshape(-1, 2),
        following=following_of(ring_count),
        vertex_count=vertex_count,
        triangles=triangles,
        triangle_count=triangle_count,
        **numbers,
    )


def _lists(values: NDArray[np.generic], count: Indices, kind: pa.DataType) -> pa.Array:
    offsets = np.zeros(len(count) + 1, np.int32)
    np.cumsum(count, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.astype(kind.to_pandas_dtype(), copy=False)))


def _flat(rows: pa.RecordBatch, name: str) -> NDArray[Any]:
    return np.asarray(rows.column(name).flatten().to_numpy(zero_copy_only=False))


def _counts(rows: pa.RecordBatch, name: str) -> Indices:
    return np.diff(rows.column(name).offsets.to_numpy()).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Shapes:
    """Usable rows of a batch and their closed rings; ``part_row`` counts among ``rows``.

    ``geometry`` is there only where heights must be looked up under it.
    """

    rows: Indices
    rings: Rings
    planar_scale: Floats
    roof: NDArray[np.uint8]
    default_rise_m: Floats
    geometry: NDArray[np.object_]


def _usable_rows(batch: FeatureBatch, options: TileOptions, log: IssueLog) -> _Shapes | None:
    """Rows with finite coordinates, an area and a height; the others are rejected. None if there are none."""
    column, count = batch.column("geometry"), len(batch)
    wkb = pa.nulls(count, pa.binary()) if column is None else column
    simple = are_simple(wkb)
    pitched = _is_pitched(batch)
    through_shapely = ~simple | pitched
    with_ground = options.ground is not None or batch.meta.heights.needs_positions
    geometry = np.full(count, None, object)
    decoded = np.ones(count, bool) if with_ground else through_shapely
    with np.errstate(invalid="ignore"):
        bytes_ = wkb.filter(pa.array(decoded)).to_numpy(zero_copy_only=False)
        geometry[decoded] = shapely.from_wkb(bytes_, on_invalid="ignore")
    kind = shapely.get_type_id(geometry)
    is_area = simple | (((kind == POLYGON) | (kind == MULTIPOLYGON)) & ~shapely.is_empty(geometry))
    plain = np.flatnonzero(simple & ~pitched)
    rings = simple_rings(wkb, plain)
    others = np.flatnonzero(is_area & through_shapely)
    coordinates, owner = shapely.get_coordinates(geometry[others], return_index=True)
    is_finite = np.ones(count, bool)
    is_finite[others] = np.bincount(owner, ~np.isfinite(coordinates).all(axis=1), len(others)) == 0
    is_finite[rings.part_row[_bad_rings(rings)]] = False
    height_m = _numbers(batch, "height_m")
    has_height = np.isfinite(height_m) & (height_m > 0)
    for bad, code, text in (
        (~is_area, "no-footprint", "has no polygon to extrude"),
        (is_area & ~is_finite, "bad-coordinates", "has coordinates that are no numbers"),
        (is_area & is_finite & ~has_height, "no-height", "has no height above zero"),
    ):
        for row in np.flatnonzero(bad):
            log.reject(code, text, feature_id=_id(batch, row), where=batch.where(row))
    keep = is_area & is_finite & has_height
    if not keep.any():
        return None
    if not keep[plain].all():
        rings = simple_rings(wkb, plain[keep[plain]])
    others = others[keep[others]]
    scale = np.ones((count, 2))
    if batch.meta.crs.is_geographic:
        first = np.zeros(count)
        first[rings.part_row] = rings.xy[starts_of(rings.ring_count), 1]
        first[others] = shapely.bounds(geometry[others])[:, 1]
        scale = np.stack([np.cos(np.radians(np.clip(first, -89, 89))), np.ones(count)], axis=1) * METRES_PER_DEGREE
    roof, default_rise_m = np.zeros(count, np.uint8), np.zeros(count)
    form = batch.column("roof_form")
    shaped = geometry[others]
    if form is not None and len(others):
        forms = np.asarray(form.take(pa.array(others)).to_pylist(), object)
        shaped, roof[others], default_rise_m[others] = shape_for_roofs(shaped, forms, scale[others])
    rows = np.flatnonzero(keep)
    number = np.cumsum(keep) - 1
    rings = merge_rings(rings, shapely_rings(shaped, others))
    rings = replace(rings, part_row=number[rings.part_row])
    return _Shapes(rows, rings, scale[rows], roof[rows], default_rise_m[rows], geometry[rows])


def _bad_rings(rings: Rings) -> NDArray[np.bool_]:
    bad = ~np.isfinite(rings.xy).all(axis=1)
    if not bad.any():
        return np.zeros(len(rings.ring_count), bool)
    return np.asarray(np.logical_or.reduceat(bad, starts_of(rings.ring_count)))


def _is_pitched(batch: FeatureBatch) -> NDArray[np.bool_]:
    form = batch.column("roof_form")
    if form is None or form.null_count == len(form):
        return np.zeros(len(batch), bool)
    is_pitched = pc.is_in(pc.cast(form, pa.string()), value_set=pa.array(list(PITCHED_FORMS)))
    return np.asarray(is_pitched.to_numpy(zero_copy_only=False), bool)


def _ground(
    batch: FeatureBatch,
    rows: Indices,
    geometry: NDArray[np.object_],
    crs: pyproj.CRS,
    options: TileOptions,
) -> tuple[Floats, Floats]:
    """Ellipsoidal height of each building's base and of the lowest ground under it (NaN where unknown)."""
    given_m = _numbers(batch, "base_m")[rows]
    lon_deg, lat_deg = _middles(geometry, crs, batch.meta.heights, options)
    base_m = batch.meta.heights.to_ellipsoidal(np.where(np.isfinite(given_m), given_m, np.nan), lon_deg, lat_deg)
    lowest_m = np.full(len(rows), np.nan)
    if options.ground is not None:
        elevation_m = options.ground.lowest_under(geometry, crs)
        lowest_m = options.ground.heights.to_ellipsoidal(elevation_m, lon_deg, lat_deg)
    base_m = np.where(np.isnan(base_m), lowest_m, base_m)
    return base_m, lowest_m


def _middles(
    geometry: NDArray[np.object_], crs: pyproj.CRS, heights: HeightPolicy, options: TileOptions
) -> tuple[Floats | None, Floats | None]:
    """Longitude and latitude of the middle of each footprint's box, if a geoid undulation must be taken there."""
    if not heights.needs_positions and (options.ground is None or not options.ground.heights.needs_positions):
        return None, None
    west, south, east, north = shapely.bounds(geometry).T
    return to_lonlat((west + east) / 2, (south + north) / 2, crs)


def _eaves(given_m: Floats, height_m: Floats, default_rise_m: Floats) -> Floats:
    """Eave above ground: as given if below the ridge, else a default pitch, at most 40 % of the height."""
    fallback = height_m - np.minimum(default_rise_m, 0.4 * height_m)
    return np.where((given_m > 0) & (given_m < height_m), given_m, fallback)


def _numbers(batch: FeatureBatch, name: str) -> Floats:
    column = batch.column(name)
    if column is None:
        return np.full(len(batch), np.nan)
    return np.asarray(pc.fill_null(pc.cast(column, pa.float64()), np.nan).to_numpy(zero_copy_only=False), np.float64)


def _id(batch: FeatureBatch, row: int) -> str:
    column = batch.column("id")
    return str(row) if column is None else str(column[int(row)].as_py())
