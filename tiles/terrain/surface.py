"""Ellipsoidal heights anywhere on Earth from one height grid: holes filled, edges eased out to a constant."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cim_core.crs.transform import WGS84_GEOGRAPHIC, to_lonlat, transform_xy
from cim_core.errors import TilingError
from cim_core.terrain import HeightGrid

Floats = NDArray[np.float64]

#: Width of the band outside the grid in which heights ease out, as a share of the grid's shorter side.
FEATHER_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Surface:
    """A height grid that has an answer everywhere.

    ``bounds_deg``: west, south, east, north of the grid with its feather. ``far_m``: the ellipsoidal height outside.
    ``feather``: width of the easing band in units of the grid's CRS.
    """

    grid: HeightGrid
    bounds_deg: tuple[float, float, float, float]
    far_m: float
    feather: float

    def heights_m(self, lon_deg: Floats, lat_deg: Floats) -> Floats:
        """Metres above the ellipsoid at each position (any shape)."""
        west, south, east, north = self.bounds_deg
        near = (lon_deg >= west) & (lon_deg <= east) & (lat_deg >= south) & (lat_deg <= north)
        out = np.full(np.shape(lon_deg), self.far_m)
        if near.any():
            out[near] = self._near(lon_deg[near], lat_deg[near])
        return out

    def _near(self, lon_deg: Floats, lat_deg: Floats) -> Floats:
        grid = self.grid
        x, y = transform_xy(lon_deg, lat_deg, WGS84_GEOGRAPHIC, grid.crs)
        x0, y0, x1, y1 = _extent(grid)
        cx, cy = np.clip(x, x0, x1), np.clip(y, y0, y1)
        inside = _ellipsoidal(grid, cx, cy, grid.sample(cx, cy, grid.crs))
        away = np.clip(np.hypot(x - cx, y - cy) / self.feather, 0, 1)
        weight = 1 - away * away * (3 - 2 * away)
        return np.asarray(self.far_m + (inside - self.far_m) * weight)


def build_surface(grid: HeightGrid) -> Surface:
    """Fill the holes of a grid and find its extent. Raises TilingError for a grid without any height."""
    elevation_m = fill_holes(grid.elevation_m)
    filled = replace(grid, elevation_m=elevation_m)
    x0, y0, x1, y1 = _extent(filled)
    feather = FEATHER_SHARE * min(x1 - x0, y1 - y0)
    border = np.concatenate([elevation_m[0], elevation_m[-1], elevation_m[:, 0], elevation_m[:, -1]])
    middle = np.array([(x0 + x1) / 2]), np.array([(y0 + y1) / 2])
    far_m = float(_ellipsoidal(filled, *middle, border.mean(dtype=np.float64, keepdims=True))[0])
    along = np.linspace(0, 1, 33)
    left, right = x0 - feather + 0 * along, x1 + feather + 0 * along
    wide, tall = x0 - feather + along * (x1 - x0 + 2 * feather), y0 - feather + along * (y1 - y0 + 2 * feather)
    xs = np.concatenate([left, right, wide, wide])
    ys = np.concatenate([tall, tall, 0 * along + y0 - feather, 0 * along + y1 + feather])
    lon_deg, lat_deg = to_lonlat(xs, ys, grid.crs)
    if not (np.isfinite(lon_deg).all() and np.isfinite(lat_deg).all()):
        raise TilingError(
            "the elevation model does not lie on the globe in its CRS", hint="check the CRS of the raster"
        )
    bounds = (float(lon_deg.min()), float(lat_deg.min()), float(lon_deg.max()), float(lat_deg.max()))
    return Surface(filled, bounds, far_m, feather)


def _ellipsoidal(grid: HeightGrid, x: Floats, y: Floats, elevation_m: Floats) -> Floats:
    """Metres above the ellipsoid of elevations at map positions of the grid."""
    if not grid.heights.needs_positions:
        return grid.heights.to_ellipsoidal(elevation_m)
    return grid.heights.to_ellipsoidal(elevation_m, *to_lonlat(x, y, grid.crs))


def fill_holes(elevation_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """Heights with every NaN replaced by a smooth continuation (pull-push over halved grids).

    Raises TilingError when nothing but NaN is there.
    """
    holes = ~np.isfinite(elevation_m)
    if not holes.any():
        return elevation_m
    if holes.all():
        raise TilingError("the elevation model has no heights", hint="check the no-data value of the raster")
    rows, columns = elevation_m.shape
    padded = np.full((rows + rows % 2, columns + columns % 2), np.nan)
    padded[:rows, :columns] = elevation_m
    blocks = padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2)
    known = np.isfinite(blocks).sum(axis=(1, 3))
    total = np.where(np.isfinite(blocks), blocks, 0.0).sum(axis=(1, 3))
    coarse = np.where(known > 0, total / np.maximum(known, 1), np.nan).astype(np.float32)
    guess = np.repeat(np.repeat(fill_holes(coarse), 2, axis=0), 2, axis=1)[:rows, :columns]
    return np.where(holes, guess, elevation_m).astype(np.float32)


def _extent(grid: HeightGrid) -> tuple[float, float, float, float]:
    rows, columns = grid.elevation_m.shape
    return (
        grid.x_origin,
        grid.y_origin - rows * grid.y_step,
        grid.x_origin + columns * grid.x_step,
        grid.y_origin,
    )
