"""Where the three models stand: plots that the sample town keeps free (EPSG:4547, heights above the 1985 datum)."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot whose south-west corner is the model's origin; the model's x axis is turned from grid east.

    ``lon_deg`` and ``lat_deg`` are the same corner on the ellipsoid, for the site's latitude and longitude.
    """

    easting_m: float
    northing_m: float
    ground_elevation_m: float
    x_axis_turn_deg: float
    size_x_m: float
    size_y_m: float
    lon_deg: float
    lat_deg: float

    @property
    def x_axis(self) -> tuple[float, float]:
        """Direction of the model's x axis on the grid: east and north components."""
        turn = math.radians(self.x_axis_turn_deg)
        return math.cos(turn), math.sin(turn)

    @property
    def true_north(self) -> tuple[float, float]:
        """Direction of true north in the model's plan: grid north is GRID_CONVERGENCE_DEG clockwise of true north."""
        angle = math.radians(self.x_axis_turn_deg - GRID_CONVERGENCE_DEG)
        return math.sin(angle), math.cos(angle)


GRID_CONVERGENCE_DEG = -0.367
CRS = "EPSG:4547"
SHOPHOUSE = Plot(447502.72, 4217003.31, 946.7, 0.22, 9.0, 12.0, 113.4016206, 38.08411196)
WALKUP = Plot(447394.79, 4216532.55, 946.1, 1.5, 44.0, 12.5, 113.40042508, 38.07986476)
OFFICE = Plot(448254.89, 4216506.55, 942.4, -0.2, 36.0, 24.0, 113.41022958, 38.07968014)
