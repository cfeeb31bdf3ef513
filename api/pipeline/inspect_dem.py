"""``cim inspect`` of an elevation model: its grid, its heights, and how much of it is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cim_core.crs.transform import to_lonlat
from cim_core.issues import IssueLog
from cim_core.terrain import HeightGrid
from converters.base import ReadOptions
from converters.dem import read_height_grid

_STEPS = 9


@dataclass(frozen=True, slots=True)
class ElevationReport:
    """A grid of ``rows`` × ``columns`` cells; ``cell`` is their width and height in metres or degrees (``cell_unit``).

    Elevations in metres above the datum of the grid; ``known`` is the share of cells that have one.
    """

    rows: int
    columns: int
    cell: tuple[float, float]
    cell_unit: str
    lowest_m: float
    median_m: float
    highest_m: float
    known: float


@dataclass(frozen=True, slots=True)
class InspectedDem:
    """An elevation model, its summary, and west, south, east, north in degrees."""

    grid: HeightGrid
    report: ElevationReport
    bounds_deg: tuple[float, float, float, float]


def inspect_dem(path: Path, options: ReadOptions, log: IssueLog) -> InspectedDem:
    """Read an elevation model as ``cim terrain`` would. Raises SourceError, GeoreferenceError."""
    grid = read_height_grid(path, options.heights, options.crs, log)
    rows, columns = grid.elevation_m.shape
    known = np.isfinite(grid.elevation_m)
    lowest, median, highest = (float(value) for value in np.percentile(grid.elevation_m[known], (0, 50, 100)))
    report = ElevationReport(
        rows=rows,
        columns=columns,
        cell=(grid.x_step, grid.y_step),
        cell_unit="deg" if grid.crs.is_geographic else "m",
        lowest_m=round(lowest, 2),
        median_m=round(median, 2),
        highest_m=round(highest, 2),
        known=round(float(known.mean()), 4),
    )
    x = grid.x_origin + grid.x_step * columns * np.linspace(0, 1, _STEPS)
    y = grid.y_origin - grid.y_step * rows * np.linspace(0, 1, _STEPS)
    every_x, every_y = np.meshgrid(x, y)
    lon_deg, lat_deg = to_lonlat(every_x, every_y, grid.crs)
    bounds_deg = (float(lon_deg.min()), float(lat_deg.min()), float(lon_deg.max()), float(lat_deg.max()))
    return InspectedDem(grid, report, bounds_deg)
