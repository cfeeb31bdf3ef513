"""The EPSG:4326 TMS pyramid of quantized-mesh terrain: pure functions of level, x and y (y counts from the south)."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Grid cells along a tile's side; posts are one more.
CELLS = 64
#: Geometric error in metres that the engine assumes at level 0 for a 65-post tile (a quarter equator / 65 / 2).
LEVEL_ZERO_ERROR_M = 6378137.0 * 2 * math.pi * 0.25 / (65 * 2)
METRES_PER_DEGREE = 111_320.0
DEEPEST_LEVEL = 16
MOST_TOLERANCE_M = 500.0


@dataclass(frozen=True, slots=True)
class TileRange:
    """Tiles of one level, both ends included."""

    level: int
    start_x: int
    start_y: int
    end_x: int
    end_y: int

    def __len__(self) -> int:
        return (self.end_x - self.start_x + 1) * (self.end_y - self.start_y + 1)

    def to_json(self) -> dict[str, int]:
        """As ``available`` in layer.json wants it."""
        return {"startX": self.start_x, "startY": self.start_y, "endX": self.end_x, "endY": self.end_y}


def tile_side_deg(level: int) -> float:
    """Side of a tile in degrees; level 0 has two tiles side by side."""
    return float(180.0 / 2**level)


def tile_bounds_deg(level: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees.

    >>> tile_bounds_deg(0, 1, 0)
    (0.0, -90.0, 180.0, 90.0)
    """
    side = tile_side_deg(level)
    return (-180 + x * side, -90 + y * side, -180 + (x + 1) * side, -90 + (y + 1) * side)


def level_for_cell(cell_m: float) -> int:
    """The level whose posts are about as far apart (north to south) as the cells of a grid.

    >>> level_for_cell(10.0), level_for_cell(20.0)
    (15, 14)
    """
    exact = math.log2(180.0 * METRES_PER_DEGREE / (CELLS * cell_m))
    return max(0, min(DEEPEST_LEVEL, round(exact)))


def tiles_over(level: int, bounds_deg: tuple[float, float, float, float]) -> TileRange:
    """The tiles of a level that touch an extent; both tiles at level 0, so that the globe is whole."""
    if level == 0:
        return TileRange(0, 0, 0, 1, 0)
    side, columns, rows = tile_side_deg(level), 2 ** (level + 1), 2**level
    west, south, east, north = bounds_deg

    def index(degrees: float, count: int) -> int:
        return max(0, min(count - 1, math.floor(degrees / side)))

    return TileRange(
        level,
        index(west + 180, columns),
        index(south + 90, rows),
        index(east + 180, columns),
        index(north + 90, rows),
    )


def mesh_tolerance_m(level: int, deepest: int) -> float:
    """How far a tile's mesh may leave the surface: a quarter of what the engine assumes, half a metre at the end.

    Never more than ``MOST_TOLERANCE_M``: the engine assumes 77 km at level 0, which would cut through the Earth.
    Levels 0 and 1 are too much curved for a parabola and keep every post (a negative tolerance).
    """
    if level <= 1:
        return -1.0
    allowed = float(min(LEVEL_ZERO_ERROR_M / 2**level / 4, MOST_TOLERANCE_M))
    return min(allowed, 0.5) if level == deepest else allowed
