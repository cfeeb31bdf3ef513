"""Geometry on the wire: WKB of the work CRS as GeoJSON in degrees, and points with ellipsoidal heights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import orjson
import pyarrow as pa
import pyproj
import shapely

from cim_core.crs.heights import HeightPolicy
from cim_core.crs.transform import to_lonlat, transform_xy
from cim_core.errors import ModelError

_DEGREES = pyproj.CRS(4490)
DECIMALS_DEG = 8  # about 1 mm


def encode_geometries(wkb: pa.ChunkedArray, crs: pyproj.CRS) -> list[orjson.Fragment | None]:
    """GeoJSON of each geometry, ready to be put into an answer; null stays null."""
    return encode_wkb(wkb.to_numpy(), crs)


def encode_wkb(wkb: Sequence[bytes | None] | np.ndarray, crs: pyproj.CRS) -> list[orjson.Fragment | None]:
    """``encode_geometries`` of plain values."""
    geometries = np.asarray(shapely.from_wkb(np.asarray(wkb, dtype=object)), dtype=object)

    def to_degrees(xy: np.ndarray) -> np.ndarray:
        return np.round(np.stack(to_lonlat(xy[:, 0], xy[:, 1], crs), axis=-1), DECIMALS_DEG)

    texts = shapely.to_geojson(shapely.transform(geometries, to_degrees))
    return [None if text is None else orjson.Fragment(text) for text in texts]


def encode_evidence(
    wkt: Sequence[str | None], datasets: Sequence[str], heights: Mapping[str, HeightPolicy], crs: pyproj.CRS
) -> list[orjson.Fragment | None]:
    """GeoJSON of what to show of each finding: degrees and, where the text has elevations, ellipsoidal metres.

    ``wkt`` is in the work CRS with elevations of the dataset's datum; a finding about a street or plan unit takes the
    datum of the first dataset.
    """
    shapes = shapely.from_wkt(np.asarray(wkt, dtype=object))
    fallback = next(iter(heights), "")
    given = [dataset if dataset in heights else fallback for dataset in datasets]
    return [
        None if shape is None else _evidence(shape, dataset, heights, crs)
        for shape, dataset in zip(shapes, given, strict=True)
    ]


def _evidence(
    shape: shapely.Geometry, dataset: str, heights: Mapping[str, HeightPolicy], crs: pyproj.CRS
) -> orjson.Fragment:
    has_heights = bool(shapely.has_z(shape))

    def to_degrees(xyz: np.ndarray) -> np.ndarray:
        lon, lat = to_lonlat(xyz[:, 0], xyz[:, 1], crs)
        degrees = [np.round(lon, DECIMALS_DEG), np.round(lat, DECIMALS_DEG)]
        if not has_heights:
            return np.stack(degrees, axis=-1)
        undulation = undulations([dataset] * len(lon), heights, lon, lat)
        return np.stack([*degrees, np.round(xyz[:, 2] + undulation, 2)], axis=-1)

    return orjson.Fragment(shapely.to_geojson(shapely.transform(shape, to_degrees, include_z=has_heights)))


def parse_geometry(geometry: object, crs: pyproj.CRS, where: str) -> bytes:
    """WKB in the work CRS of a GeoJSON geometry in degrees. Raises ModelError for anything else."""
    try:
        shape = shapely.from_geojson(orjson.dumps(geometry))
    except (shapely.errors.GEOSException, TypeError):
        shape = None
    if shape is None or shape.is_empty or not shape.is_valid:
        raise ModelError("the geometry is no valid GeoJSON", where=where, code="bad-geometry")
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ModelError("the geometry is not in degrees", where=where, code="bad-geometry")

    def to_work(xy: np.ndarray) -> np.ndarray:
        return np.stack(transform_xy(xy[:, 0], xy[:, 1], _DEGREES, crs), axis=-1)

    return bytes(shapely.to_wkb(shapely.transform(shapely.force_2d(shape), to_work)))


def measure_positions(
    wkb: pa.ChunkedArray,
    base_m: pa.ChunkedArray,
    datasets: Sequence[str],
    heights: Mapping[str, HeightPolicy],
    crs: pyproj.CRS,
) -> list[list[float] | None]:
    """Longitude, latitude (degrees) and ellipsoidal height (m) of where each building stands, at a point inside it.

    A missing base counts as 0 of the dataset's datum; a missing geometry gives None.
    """
    points = shapely.point_on_surface(np.asarray(shapely.from_wkb(wkb.to_numpy()), dtype=object))
    lon, lat = to_lonlat(shapely.get_x(points), shapely.get_y(points), crs)
    foot = np.nan_to_num(_floats(base_m))
    undulation = undulations(datasets, heights, lon, lat)
    stacked = np.stack([np.round(lon, DECIMALS_DEG), np.round(lat, DECIMALS_DEG), np.round(foot + undulation, 3)], -1)
    is_known = ~shapely.is_missing(points)
    return [row if known else None for row, known in zip(stacked.tolist(), is_known.tolist(), strict=True)]


def _floats(values: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(values.to_numpy(), dtype=np.float64)


def undulations(
    datasets: Sequence[str], heights: Mapping[str, HeightPolicy], lon_deg: np.ndarray, lat_deg: np.ndarray
) -> np.ndarray:
    """What must be added to an elevation of each row to stand above the ellipsoid, metres; 0 for an unknown dataset."""
    names = np.asarray(datasets, dtype=object)
    result = np.zeros(len(names))
    for name in set(datasets) & heights.keys():
        rows = names == name
        result[rows] = heights[name].undulation_at(lon_deg[rows], lat_deg[rows])
    return result
