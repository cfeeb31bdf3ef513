"""Building heights from a surface model: how far roofs rise above the ground under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cim_core.crs.transform import to_lonlat
from cim_core.terrain import HeightGrid

Floats = NDArray[np.float64]

#: Points of a lattice over the box of each footprint, along each side; those inside the footprint are sampled.
LATTICE = 9
#: Share of the samples below the height that is taken: chimneys and trees that lean over stand above it.
PERCENTILE = 90.0
#: Fewer samples, or lower than this, is no building but noise.
MIN_SAMPLES = 5
MIN_HEIGHT_M, MAX_HEIGHT_M = 2.0, 1000.0
_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class SurfaceHeights:
    """One row a footprint: ``height_m`` above the lowest adjacent ground (NaN if unknown), ``samples`` it rests on."""

    height_m: Floats
    samples: NDArray[np.int64]


def measure_surface_heights(
    footprints: NDArray[np.object_], crs: pyproj.CRS, surface: HeightGrid, ground: HeightGrid
) -> SurfaceHeights:
    """Heights of footprints (n,): the 90th percentile of the surface inside minus the lowest adjacent ground.

    The two models may differ in CRS, cell size and height datum; both are brought above the ellipsoid. A footprint
    that leaves either model, holds under five samples, or rises less than 2 m or more than 1,000 m has none.
    """
    heights, counts = [np.zeros(0)], [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(footprints), _CHUNK):
        chunk = footprints[start : start + _CHUNK]
        top_m, count = _tops(chunk, crs, surface)
        base_m = _ellipsoidal(ground, ground.lowest_under(chunk, crs), chunk, crs)
        rise_m = top_m - base_m
        with np.errstate(invalid="ignore"):
            is_known = (count >= MIN_SAMPLES) & (rise_m >= MIN_HEIGHT_M) & (rise_m <= MAX_HEIGHT_M)
        heights.append(np.where(is_known, rise_m, np.nan))
        counts.append(count)
    return SurfaceHeights(np.concatenate(heights), np.concatenate(counts))


def _tops(footprints: NDArray[np.object_], crs: pyproj.CRS, surface: HeightGrid) -> tuple[Floats, NDArray[np.int64]]:
    """Ellipsoidal height of each roof and the number of samples it rests on."""
    west, south, east, north = shapely.bounds(footprints).T[:, :, None]
    along = (np.arange(LATTICE) + 0.5) / LATTICE
    across, up = (axis.ravel() for axis in np.meshgrid(along, along))
    x, y = west + (east - west) * across, south + (north - south) * up
    inside = shapely.contains_xy(footprints[:, None], x, y)
    elevation_m = np.full(x.shape, np.nan)
    elevation_m[inside] = surface.sample(x[inside], y[inside], crs)
    count = np.isfinite(elevation_m).sum(axis=1)
    top_m = np.full(len(footprints), np.nan)
    has_any = count > 0
    top_m[has_any] = np.nanpercentile(elevation_m[has_any], PERCENTILE, axis=1)
    return _ellipsoidal(surface, top_m, footprints, crs), count


def _ellipsoidal(grid: HeightGrid, elevation_m: Floats, footprints: NDArray[np.object_], crs: pyproj.CRS) -> Floats:
    if not grid.heights.needs_positions:
        return grid.heights.to_ellipsoidal(elevation_m)
    west, south, east, north = shapely.bounds(footprints).T
    return grid.heights.to_ellipsoidal(elevation_m, *to_lonlat((west + east) / 2, (south + north) / 2, crs))
