"""A height grid becomes a folder of quantized-mesh terrain tiles that an offline globe can load."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import orjson

from cim_core.errors import UsageError
from cim_core.files import staged_folder
from cim_core.progress import Progress
from cim_core.terrain import HeightGrid
from tiles.manifest import FolderWriter
from tiles.terrain.scheme import METRES_PER_DEGREE, level_for_cell, tiles_over
from tiles.terrain.surface import build_surface
from tiles.terrain.tile import build_terrain_tile

#: Posts of level 20 are 30 cm apart; deeper ones would number millions a square kilometre.
MOST_LEVELS = 20


@dataclass(frozen=True, slots=True)
class TerrainSummary:
    """What was written: tiles, bytes on disk, deepest level, extent of the data, range of ellipsoidal heights."""

    tiles: int
    bytes: int
    max_level: int
    bounds_deg: tuple[float, float, float, float]
    height_range_m: tuple[float, float]


def build_terrain(
    grid: HeightGrid, out: Path, *, progress: Progress, max_level: int | None = None, overwrite: bool = False
) -> TerrainSummary:
    """Write layer.json and {z}/{x}/{y}.terrain (gzip) for a grid; heights are ellipsoidal by the grid's own policy.

    Level 0 covers the globe; deeper levels only the grid and a band around it in which heights ease out to the mean
    height of the grid's edge. ``max_level`` is found from the cell size unless given. Deterministic.

    Raises UsageError when ``out`` is in the way or ``max_level`` is none, TilingError for a grid without heights,
    GeoreferenceError, CancelledError; ``out`` is replaced as a whole or left as it was.
    """
    if max_level is not None and not 0 <= max_level <= MOST_LEVELS:
        raise UsageError(f"{max_level} is no terrain level", where="max_level", hint=f"0 to {MOST_LEVELS}")
    surface = build_surface(grid)
    unit_m = METRES_PER_DEGREE if grid.crs.is_geographic else 1.0
    deepest = level_for_cell(min(grid.x_step, grid.y_step) * unit_m) if max_level is None else max_level
    ranges = [tiles_over(level, surface.bounds_deg) for level in range(deepest + 1)]
    lows, highs = [], []
    with staged_folder(out, overwrite=overwrite) as staging, FolderWriter(staging) as writer:
        progress.start("terrain", sum(map(len, ranges)))
        for tiles in ranges:
            for x in range(tiles.start_x, tiles.end_x + 1):
                for y in range(tiles.start_y, tiles.end_y + 1):
                    data, low, high = build_terrain_tile(surface, tiles.level, x, y, deepest)
                    writer.write(f"{tiles.level}/{x}/{y}.terrain", gzip.compress(data, 6, mtime=0))
                    lows.append(low)
                    highs.append(high)
                    progress.advance()
        layer = {
            "tilejson": "2.1.0",
            "name": "terrain",
            "version": "1.0.0",
            "format": "quantized-mesh-1.0",
            "scheme": "tms",
            "projection": "EPSG:4326",
            "extensions": ["octvertexnormals"],
            "tiles": ["{z}/{x}/{y}.terrain"],
            "bounds": [-180, -90, 180, 90],
            "minzoom": 0,
            "maxzoom": deepest,
            "available": [[tiles.to_json()] for tiles in ranges],
        }
        writer.write("layer.json", orjson.dumps(layer))
        height_range_m = (min(lows), max(highs))
        total = writer.write_manifest(
            kind="terrain",
            options={"max_level": deepest},
            counts={"tiles": len(lows)},
            bounds_deg=surface.bounds_deg,
            height_range_m=height_range_m,
        )
    return TerrainSummary(len(lows), total, deepest, surface.bounds_deg, height_range_m)
