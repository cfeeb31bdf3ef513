"""How far points lie outside a bounding volume of 3D Tiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat, transform_points

Floats = NDArray[np.float64]


def distance_outside_m(positions: Floats, volume: dict[str, Any], matrix: Floats) -> float:
    """How far in metres the farthest position is outside a volume; 0 inside. ``matrix``: tile frame to ECEF."""
    if "box" in volume and len(volume["box"]) == 12:
        middle, axes = np.array(volume["box"][:3]), np.array(volume["box"][3:]).reshape(3, 3)
        half = np.linalg.norm(axes, axis=1)
        along = (positions - middle) @ (axes / np.where(half > 0, half, 1)[:, None]).T
        return float(np.maximum(np.abs(along) - half, 0).max(initial=0.0))
    if "region" in volume and len(volume["region"]) == 6:
        west, south, east, north, low, high = volume["region"]
        lonlat = ecef_to_lonlat(transform_points(matrix, positions))
        radians = np.radians(lonlat[:, :2])
        beyond = np.maximum(np.array([west, south]) - radians, radians - np.array([east, north])) * 6.37e6
        above = np.maximum(low - lonlat[:, 2], lonlat[:, 2] - high)
        return float(max(beyond.max(initial=0.0), above.max(initial=0.0), 0.0))
    if "sphere" in volume and len(volume["sphere"]) == 4:
        distance = np.linalg.norm(positions - np.array(volume["sphere"][:3]), axis=1)
        return float(np.maximum(distance - volume["sphere"][3], 0).max(initial=0.0))
    return 0.0
