"""Geographic to earth-centred coordinates and back, and local east-north-up frames (WGS 84 ellipsoid).

CGCS2000 and WGS 84 differ by 0.1 mm in the semi-minor axis, so one ellipsoid serves both (EPSG 7030, 1024).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray

from cim_core.crs.apply import apply_transformer

Floats = NDArray[np.float64]


@cache
def _geodetic_to_ecef() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(4979, 4978, always_xy=True)


def lonlat_to_ecef(lon_deg: ArrayLike, lat_deg: ArrayLike, ellipsoidal_height_m: ArrayLike) -> Floats:
    """Earth-centred positions (n, 3) in metres from degrees and metres above the ellipsoid."""
    return np.stack(apply_transformer(_geodetic_to_ecef(), lon_deg, lat_deg, ellipsoidal_height_m), axis=-1)


def ecef_to_lonlat(positions_ecef: ArrayLike) -> Floats:
    """Longitude and latitude in degrees and ellipsoidal height in metres, (n, 3), from earth-centred positions."""
    p = np.asarray(positions_ecef, float)
    return np.stack(apply_transformer(_geodetic_to_ecef(), p[..., 0], p[..., 1], p[..., 2], is_inverse=True), axis=-1)


def enu_to_ecef_matrix(lon_deg: float, lat_deg: float, ellipsoidal_height_m: float) -> Floats:
    """The 4×4 matrix (row-major, column vectors) that takes east-north-up metres at a point to ECEF metres."""
    lon, lat = np.radians([lon_deg, lat_deg])
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(lon), np.cos(lon), np.sin(lat), np.cos(lat)
    matrix = np.eye(4)
    matrix[:3, 0] = -sin_lon, cos_lon, 0.0
    matrix[:3, 1] = -sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat
    matrix[:3, 2] = cos_lat * cos_lon, cos_lat * sin_lon, sin_lat
    matrix[:3, 3] = lonlat_to_ecef(lon_deg, lat_deg, ellipsoidal_height_m)
    return matrix


def transform_points(matrix: Floats, positions: Floats) -> Floats:
    """Apply a 4×4 affine matrix to (n, 3) positions."""
    return positions @ matrix[:3, :3].T + matrix[:3, 3]


def invert_rigid(matrix: Floats) -> Floats:
    """Inverse of a rotation-and-translation matrix, without the rounding of a general inverse."""
    inverse = np.eye(4)
    inverse[:3, :3] = matrix[:3, :3].T
    inverse[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return inverse
