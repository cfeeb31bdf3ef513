"""Footprint rows of a stream become one set of flat arrays: ring vertices, roof triangles, heights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely
from numpy.typing import NDArray

from cim_core.crs.heights import HeightPolicy
from cim_core.crs.transform import to_lonlat
from cim_core.features import FeatureBatch
from cim_core.issues import IssueLog
from tiles.metadata import property_records
from tiles.options import TileOptions
from tiles.ragged import Indices, concat_ranges, starts_of
from tiles.roofs import FLAT, shape_for_roofs
from tiles.triangulate import signed_areas, triangulate_polygons

Floats = NDArray[np.float64]

POLYGON, MULTIPOLYGON = 3, 6
CLOSE_M = 1e-3
METRES_PER_DEGREE = 111_000.0


@dataclass(frozen=True, slots=True)
class Footprints:
    """Buildings to extrude, as columns. Vertices and triangles lie in row order; a row's are contiguous.

    ``records``: property columns, one row a building. ``lonlat_deg``: (V, 2) ring vertices, exteriors
    counter-clockwise, holes clockwise. ``following``: (V,) the next vertex of the same ring.
    ``vertex_count``, ``triangle_count``: per row. ``triangles``: (T, 3) into the vertices, roof seen from above.
    Heights per row in metres above the ellipsoid: ``bottom_m`` (foot of the skirt), ``base_m`` (ground),
    ``eave_m``, ``top_m``. ``roof``: a code of ``tiles.roofs``.
    ``without_ground``: rows that stand on the ellipsoid for want of anything better.
    """

    records: pa.Table
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
    without_ground: int = 0

    def __len__(self) -> int:
        return len(self.vertex_count)


def gather_footprints(batch: FeatureBatch, options: TileOptions, log: IssueLog) -> Footprints | None:
    """Decode, check, orient, project and triangulate the footprints of one batch; None if nothing is left.

    Rows that cannot be extruded are rejected into ``log`` with a code. Raises GeoreferenceError.
    """
    geometry, keep = _usable_rows(batch, log)
    if not keep.any():
        return None
    rows = np.flatnonzero(keep)
    geometry = geometry[rows]
    crs = batch.meta.crs
    height_m = _numbers(batch, "height_m")[rows]
    form = batch.column("roof_form")
    forms = None if form is None else np.asarray(form.to_pylist(), object)[rows]
    planar_scale = _planar_scale(geometry, crs)
    geometry, roof, default_rise_m = shape_for_roofs(geometry, forms, planar_scale)
    xy, ring_count, rings_of_part, part_row = _flatten(geometry, planar_scale)
    local = xy * planar_scale
    triangles, triangle_part = triangulate_polygons(local, ring_count, rings_of_part)
    triangle_row = part_row[triangle_part]
    areas = signed_areas(local, triangles)
    covered = np.bincount(triangle_row, areas, len(rows)).astype(np.float64)
    lon_deg, lat_deg = to_lonlat(xy[:, 0], xy[:, 1], crs)
    ring_row = np.repeat(part_row, rings_of_part)
    vertex_row = np.repeat(ring_row, ring_count)
    off_globe = np.bincount(vertex_row, ~(np.isfinite(lon_deg) & (np.abs(lat_deg) <= 90)), len(rows)) > 0
    ids = _ids(batch, rows)
    for bad, code, text in (
        (off_globe, "outside-crs", "coordinates cannot be placed on the globe in the CRS of the source"),
        (~off_globe & (covered <= 0), "no-area", "footprint encloses no area"),
    ):
        for row in np.flatnonzero(bad):
            log.reject(code, text, feature_id=ids[row], where=f"row {rows[row]}")
    good = ~off_globe & (covered > 0)
    _warn_uncovered(geometry, planar_scale, covered, good, ids, log)
    if not good.any():
        return None
    base_m, lowest_m = _ground(batch, rows, geometry, crs, options)
    unknown = np.isnan(base_m)
    base_m = np.where(unknown, 0.0, base_m)
    eave_m = np.where(roof == FLAT, height_m, _eaves(_numbers(batch, "eave_height_m")[rows], height_m, default_rise_m))
    following = np.arange(1, len(xy) + 1)
    ring_start = starts_of(ring_count)
    following[ring_start + ring_count - 1] = ring_start
    everything = Footprints(
        records=property_records(batch, rows),
        lonlat_deg=np.stack([lon_deg, lat_deg], axis=1),
        following=following,
        vertex_count=np.bincount(vertex_row, minlength=len(rows)),
        triangles=triangles,
        triangle_count=np.bincount(triangle_row, minlength=len(rows)),
        bottom_m=np.fmin(base_m, lowest_m) - options.skirt_m,
        base_m=base_m,
        eave_m=base_m + eave_m,
        top_m=base_m + height_m,
        roof=roof,
        without_ground=int((unknown & good).sum()),
    )
    return everything if good.all() else take_footprints(everything, np.flatnonzero(good))


def concat_footprints(parts: list[Footprints]) -> Footprints:
    """Several batches as one."""
    if len(parts) == 1:
        return parts[0]
    vertex_offset = starts_of(np.array([len(part.lonlat_deg) for part in parts]))
    return Footprints(
        records=pa.concat_tables([part.records for part in parts]).combine_chunks(),
        lonlat_deg=np.concatenate([part.lonlat_deg for part in parts]),
        following=np.concatenate([part.following + shift for part, shift in zip(parts, vertex_offset, strict=True)]),
        vertex_count=np.concatenate([part.vertex_count for part in parts]),
        triangles=np.concatenate([part.triangles + shift for part, shift in zip(parts, vertex_offset, strict=True)]),
        triangle_count=np.concatenate([part.triangle_count for part in parts]),
        bottom_m=np.concatenate([part.bottom_m for part in parts]),
        base_m=np.concatenate([part.base_m for part in parts]),
        eave_m=np.concatenate([part.eave_m for part in parts]),
        top_m=np.concatenate([part.top_m for part in parts]),
        roof=np.concatenate([part.roof for part in parts]),
        without_ground=sum(part.without_ground for part in parts),
    )


def take_footprints(all_rows: Footprints, rows: Indices) -> Footprints:
    """The chosen rows, renumbered."""
    vertex_count, triangle_count = all_rows.vertex_count[rows], all_rows.triangle_count[rows]
    old_start = starts_of(all_rows.vertex_count)[rows]
    shift = starts_of(vertex_count) - old_start
    vertices = concat_ranges(old_start, vertex_count)
    triangles = concat_ranges(starts_of(all_rows.triangle_count)[rows], triangle_count)
    return Footprints(
        records=all_rows.records.take(pa.array(rows)),
        lonlat_deg=all_rows.lonlat_deg[vertices],
        following=all_rows.following[vertices] + np.repeat(shift, vertex_count),
        vertex_count=vertex_count,
        triangles=all_rows.triangles[triangles] + np.repeat(shift, triangle_count)[:, None],
        triangle_count=triangle_count,
        bottom_m=all_rows.bottom_m[rows],
        base_m=all_rows.base_m[rows],
        eave_m=all_rows.eave_m[rows],
        top_m=all_rows.top_m[rows],
        roof=all_rows.roof[rows],
        without_ground=all_rows.without_ground,
    )


def _usable_rows(batch: FeatureBatch, log: IssueLog) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Decoded two-dimensional, oriented geometries, and which rows have finite coordinates, an area and a height."""
    column = batch.column("geometry")
    count = len(batch)
    wkb = np.full(count, None, object) if column is None else column.to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    coordinates, owner = shapely.get_coordinates(geometry, return_index=True)
    is_finite = np.bincount(owner, ~np.isfinite(coordinates).all(axis=1), count) == 0
    kind = shapely.get_type_id(geometry)
    is_area = ((kind == POLYGON) | (kind == MULTIPOLYGON)) & ~shapely.is_empty(geometry)
    height_m = _numbers(batch, "height_m")
    has_height = np.isfinite(height_m) & (height_m > 0)
    ids = None
    for bad, code, text in (
        (~is_area, "no-footprint", "has no polygon to extrude"),
        (is_area & ~is_finite, "bad-coordinates", "has coordinates that are no numbers"),
        (is_area & is_finite & ~has_height, "no-height", "has no height above zero"),
    ):
        for row in np.flatnonzero(bad):
            ids = ids or _ids(batch, np.arange(count))
            log.reject(code, text, feature_id=ids[row], where=f"row {row}")
    keep = is_area & is_finite & has_height
    geometry[keep] = shapely.orient_polygons(shapely.force_2d(geometry[keep]))
    return geometry, keep


def _flatten(geometry: NDArray[np.object_], planar_scale: Floats) -> tuple[Floats, Indices, Indices, Indices]:
    """Unclosed rings without repeated points: vertices, vertices per ring, rings per part, row of each part."""
    parts, part_row = shapely.get_parts(geometry, return_index=True)
    _, coordinates, (ring_offset, part_offset) = shapely.to_ragged_array(parts)
    ring_offset, part_offset = np.asarray(ring_offset, np.int64), np.asarray(part_offset, np.int64)
    keep = np.ones(len(coordinates), bool)
    step = np.abs(np.diff(coordinates, axis=0) * planar_scale).max(axis=1)
    keep[:-1] = step > CLOSE_M
    keep[ring_offset[1:] - 1] = False
    ring_count = np.add.reduceat(keep, ring_offset[:-1]).astype(np.int64)
    usable = ring_count >= 3
    part_of_ring = np.repeat(np.arange(len(parts)), np.diff(part_offset))
    usable &= usable[part_offset[:-1]][part_of_ring]  # without its exterior a part has no holes either
    keep &= np.repeat(usable, np.diff(ring_offset))
    rings_of_part = np.bincount(part_of_ring[usable], minlength=len(parts))
    alive = rings_of_part > 0
    return coordinates[keep], ring_count[usable], rings_of_part[alive], np.asarray(part_row, np.int64)[alive]


def _planar_scale(geometry: NDArray[np.object_], crs: pyproj.CRS) -> Floats:
    """Metres per coordinate unit east and north, near enough for shapes (not for positions)."""
    if not crs.is_geographic:
        return np.ones(2)
    bounds = shapely.total_bounds(geometry)
    latitude = np.radians(np.clip((bounds[1] + bounds[3]) / 2, -89, 89))
    return np.array([np.cos(latitude), 1.0]) * METRES_PER_DEGREE


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


def _warn_uncovered(
    geometry: NDArray[np.object_],
    planar_scale: Floats,
    covered: Floats,
    good: NDArray[np.bool_],
    ids: list[str],
    log: IssueLog,
) -> None:
    area = shapely.area(geometry) * planar_scale.prod()
    off = good & (np.abs(covered - area) > 0.01 * area + 0.01)
    for row in np.flatnonzero(off):
        message = f"outline crosses itself: the roof covers {covered[row]:.2f} of {area[row]:.2f} m²"
        log.warn("roof-incomplete", message, feature_id=ids[row])


def _numbers(batch: FeatureBatch, name: str) -> Floats:
    column = batch.column(name)
    if column is None:
        return np.full(len(batch), np.nan)
    return np.asarray(pc.fill_null(pc.cast(column, pa.float64()), np.nan).to_numpy(zero_copy_only=False), np.float64)


def _ids(batch: FeatureBatch, rows: Indices) -> list[str]:
    column = batch.column("id")
    return [str(rows[i]) for i in range(len(rows))] if column is None else column.take(pa.array(rows)).to_pylist()
