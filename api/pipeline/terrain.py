"""``cim terrain``: an elevation model becomes quantized-mesh terrain."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from api.pipeline.sources import read_ground
from cim_core.crs.heights import HeightPolicy
from cim_core.progress import Progress
from tiles.terrain import build_terrain


@dataclass(frozen=True, slots=True)
class TerrainReport:
    """What ``cim terrain --json`` prints."""

    output: str
    tiles: int
    bytes: int
    max_level: int
    bounds_deg: tuple[float, float, float, float]
    heights: str
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def convert_terrain(
    path: Path,
    out: Path,
    heights: HeightPolicy | None,
    progress: Progress,
    *,
    crs: str | None = None,
    max_level: int | None = None,
    overwrite: bool = False,
) -> TerrainReport:
    """Build terrain tiles of one elevation model. Raises SourceError, GeoreferenceError, UsageError."""
    started = time.perf_counter()
    grid = read_ground(path, heights, crs)
    summary = build_terrain(grid, out, max_level=max_level, overwrite=overwrite, progress=progress)
    return TerrainReport(
        output=str(out),
        tiles=summary.tiles,
        bytes=summary.bytes,
        max_level=summary.max_level,
        bounds_deg=summary.bounds_deg,
        heights=grid.heights.describe(),
        seconds=round(time.perf_counter() - started, 3),
    )
