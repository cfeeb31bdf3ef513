"""The ground: a river basin between two ranges of hills, as a function and as the grid that is written out.

Only additions, products and table look-ups are used for the relief, so that every machine makes the same bytes.
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from sample_models.town.frame import ORIGIN_E, ORIGIN_N, Floats
from sample_models.town.open_space import RIVERS

CELL_M = 20.0
#: Local extent of the grid: 6.8 km by 5.6 km around the seat, snapped to whole cells.
WEST, SOUTH, EAST, NORTH = -3400.0, -2800.0, 3400.0, 2800.0
SEAT_HEIGHT_M = 946.0


def _hash(ix: np.ndarray, iy: np.ndarray, seed: int) -> Floats:
    """A value in [0, 1) for each lattice point, by integer mixing."""
    h = (ix.astype(np.int64) * 374761393 + iy.astype(np.int64) * 668265263 + seed * 974634777) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFF).astype(np.float64) / 65536.0


def _noise(x: Floats, y: Floats, wave_m: float, seed: int) -> Floats:
    """Smooth value noise in [-1, 1] with the given wave length."""
    u, v = x / wave_m, y / wave_m
    ix, iy = np.floor(u), np.floor(v)
    fx, fy = u - ix, v - iy
    sx, sy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    a, b = _hash(ix, iy, seed), _hash(ix + 1, iy, seed)
    c, d = _hash(ix, iy + 1, seed), _hash(ix + 1, iy + 1, seed)
    return np.asarray(2 * ((a + (b - a) * sx) * (1 - sy) + (c + (d - c) * sx) * sy) - 1, dtype=np.float64)


def _ridges(x: Floats, y: Floats, seed: int) -> Floats:
    """Crests and gullies up to some 190 m: folded noise in three waves over a bent plane."""
    u, v = x + 260 * _noise(x, y, 1100, seed + 20), y + 260 * _noise(x, y, 1000, seed + 21)
    crest = (1 - np.abs(_noise(u, v, 1250, seed))) * 110 + (1 - np.abs(_noise(u, v, 520, seed + 30))) * 58
    return np.asarray(crest + 22 * (1 - np.abs(_noise(u, v, 230, seed + 40))), dtype=np.float64)


def _ramp(x: Floats) -> Floats:
    t = np.clip(x, 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float64)


def ground_m(x: Floats, y: Floats) -> Floats:
    """Ground height (1985 normal height, metres) at local points, before it is rounded to the grid."""
    points = shapely.points(x, y)
    to_river = shapely.distance(points, RIVERS[0].line)
    to_brook = np.minimum(shapely.distance(points, RIVERS[1].line), shapely.distance(points, RIVERS[2].line))
    floor = 938.6 - 0.0042 * x + 9.0 * _ramp((to_river - 30) / 620) + 0.004 * np.clip(to_river - 300, 0, 700)
    basin = floor + 0.7 * _noise(x, y, 310, 1)
    rim = 190 * _noise(x, y, 900, 2) + 60 * _noise(x, y, 330, 8)
    north = _ramp((y - 900 + rim) / 1800) * (90 + _ridges(x, y, 3))
    south = _ramp((-y - 1120 + rim) / 1700) * (70 + 0.85 * _ridges(x, y, 5))
    away = shapely.distance(points, shapely.LineString([(1750, 260), (2050, 480)])) + 150 * _noise(x, y, 420, 7)
    knoll = 34 * _ramp(1 - away / 560)
    valley = 0.30 + 0.70 * _ramp((to_brook - 25) / 420)
    bed = 3.4 * _ramp((33 - to_river) / 12) + 2.2 * _ramp((15 - to_brook) / 8)
    return np.asarray(basin + (north + south + knoll) * valley - bed, dtype=np.float64)


class Ground:
    """The written grid, sampled bilinearly, so that everything stands on exactly the ground that is shipped."""

    def __init__(self) -> None:
        xs = np.arange(WEST + CELL_M / 2, EAST, CELL_M)
        ys = np.arange(NORTH - CELL_M / 2, SOUTH, -CELL_M)
        gx, gy = np.meshgrid(xs, ys)
        raw = ground_m(gx.ravel(), gy.ravel()).reshape(gx.shape)
        seat = float(ground_m(np.array([0.0]), np.array([0.0]))[0])
        self.heights = (np.round((raw + (SEAT_HEIGHT_M - seat)) * 10) / 10).astype(np.float32)

    @property
    def origin(self) -> tuple[float, float]:
        """Grid coordinates (EPSG:4547) of the outer north-west corner."""
        return ORIGIN_E + WEST, ORIGIN_N + NORTH

    def at(self, x: Floats, y: Floats) -> Floats:
        """Heights at local points."""
        col = np.clip((np.asarray(x) - WEST) / CELL_M - 0.5, 0, self.heights.shape[1] - 1.001)
        row = np.clip((NORTH - np.asarray(y)) / CELL_M - 0.5, 0, self.heights.shape[0] - 1.001)
        c, r = np.floor(col).astype(int), np.floor(row).astype(int)
        fc, fr = col - c, row - r
        h = self.heights.astype(np.float64)
        top = h[r, c] * (1 - fc) + h[r, c + 1] * fc
        low = h[r + 1, c] * (1 - fc) + h[r + 1, c + 1] * fc
        return np.asarray(top * (1 - fr) + low * fr)

    def lowest_under(self, shape: BaseGeometry) -> float:
        """The lowest ground at the corners of a footprint, rounded to 0.1 m."""
        xy = shapely.get_coordinates(shape)
        return round(float(self.at(xy[:, 0], xy[:, 1]).min()), 1)
