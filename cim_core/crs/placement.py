"""Where a model stands: in a map CRS (easting, northing, height, grid bearing), or at a point with a true bearing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat, enu_to_ecef_matrix, lonlat_to_ecef, transform_points
from cim_core.crs.heights import HeightPolicy
from cim_core.crs.transform import to_lonlat

Floats = NDArray[np.float64]
_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class MapPlacement:
    """Model axes in a projected CRS, as IfcMapConversion says it (ISO 16739-1, 8.18.3.21).

    ``x_axis_east`` and ``x_axis_north`` are the unit direction of the model's x axis on the grid; ``scale`` is
    grid metres per model metre (horizontal).
    """

    crs: pyproj.CRS
    easting_m: float
    northing_m: float
    elevation_m: float
    x_axis_east: float = 1.0
    x_axis_north: float = 0.0
    scale: float = 1.0

    def to_ecef(self, positions: Floats, heights: HeightPolicy) -> Floats:
        """Earth-centred positions, every vertex projected on its own. Raises GeoreferenceError."""
        east, north, elevation = self.to_map(positions).T
        lon_deg, lat_deg = to_lonlat(east, north, self.crs)
        return lonlat_to_ecef(lon_deg, lat_deg, heights.to_ellipsoidal(elevation, lon_deg, lat_deg))

    def to_map(self, positions: Floats) -> Floats:
        """Easting, northing, elevation (n, 3) in metres of model positions."""
        x, y = positions[:, 0] * self.scale, positions[:, 1] * self.scale
        east = self.easting_m + x * self.x_axis_east - y * self.x_axis_north
        north = self.northing_m + x * self.x_axis_north + y * self.x_axis_east
        return np.stack([east, north, self.elevation_m + positions[:, 2]], axis=-1)


@dataclass(frozen=True, slots=True)
class PointPlacement:
    """Model origin at a geographic point; ``bearing_rad`` is the true bearing of model y, clockwise from north."""

    lon_deg: float
    lat_deg: float
    elevation_m: float = 0.0
    bearing_rad: float = 0.0

    def to_ecef(self, positions: Floats, heights: HeightPolicy) -> Floats:
        """Earth-centred positions; the model stays rigid in the tangent plane of its origin."""
        sin, cos = np.sin(self.bearing_rad), np.cos(self.bearing_rad)
        x, y, z = positions.T
        enu = np.stack([x * cos + y * sin, -x * sin + y * cos, z], axis=-1)
        height_m = float(heights.to_ellipsoidal(self.elevation_m, self.lon_deg, self.lat_deg))
        return transform_points(enu_to_ecef_matrix(self.lon_deg, self.lat_deg, height_m), enu)


Placement = MapPlacement | PointPlacement


def bearing_of_y(placement: Placement, heights: HeightPolicy) -> float:
    """True bearing of the model's y axis in radians, clockwise from north; on a grid, convergence is added."""
    if isinstance(placement, PointPlacement):
        return placement.bearing_rad
    along_y = np.array([[0.0, 0.0, 0.0], [0.0, 100.0, 0.0]])
    (lon, lat, _), (lon_y, lat_y, _) = ecef_to_lonlat(placement.to_ecef(along_y, heights))
    return float(np.radians(_GEOD.inv(lon, lat, lon_y, lat_y)[0]))
