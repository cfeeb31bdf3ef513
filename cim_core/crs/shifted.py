"""GCJ-02 and BD-09, the shifted longitudes and latitudes of Chinese web maps, turned back into WGS 84.

PROJ knows neither. The forward formulas are the ones in public circulation; the way back has no closed form and is
found by iteration, to 1e-10 degrees (hundredths of a millimetre). At the seat of Yu County GCJ-02 is 615 m off.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_KRASOVSKY_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_LON_DEG, _BD_LAT_DEG = 0.0065, 0.006
_BD_WAVE = np.pi * 3000.0 / 180.0
#: West, south, east, north of the area in which web maps shift positions.
_SHIFTED_AREA_DEG = (72.004, 0.8293, 137.8347, 55.8271)
_MAX_STEPS = 30
_TOLERANCE_DEG = 1e-10


def wgs84_to_gcj02(lonlat_deg: Floats) -> Floats:
    """GCJ-02 positions (n, 2) in degrees; outside China a position stays as it is."""
    lon, lat = lonlat_deg.T
    x, y = lon - 105.0, lat - 35.0
    common = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += 2 / 3 * (common + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3))
    north += 2 / 3 * (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30))
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += 2 / 3 * (common + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3))
    east += 2 / 3 * (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30))
    lat_rad = np.radians(lat)
    w2 = 1 - _ECCENTRICITY_SQUARED * np.sin(lat_rad) ** 2
    meridian_m = _KRASOVSKY_M * (1 - _ECCENTRICITY_SQUARED) / w2**1.5
    parallel_m = _KRASOVSKY_M / np.sqrt(w2) * np.cos(lat_rad)
    shifted = np.stack([lon + np.degrees(east / parallel_m), lat + np.degrees(north / meridian_m)], axis=-1)
    west, south, east_end, north_end = _SHIFTED_AREA_DEG
    is_shifted = (lon >= west) & (lon <= east_end) & (lat >= south) & (lat <= north_end)
    return np.where(is_shifted[:, None], shifted, lonlat_deg)


def wgs84_to_bd09(lonlat_deg: Floats) -> Floats:
    """BD-09 positions (n, 2) in degrees."""
    x, y = wgs84_to_gcj02(lonlat_deg).T
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_WAVE)
    angle_rad = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_WAVE)
    return np.stack([radius * np.cos(angle_rad) + _BD_LON_DEG, radius * np.sin(angle_rad) + _BD_LAT_DEG], axis=-1)


def gcj02_to_wgs84(lonlat_deg: Floats) -> Floats:
    """WGS 84 positions (n, 2) in degrees of GCJ-02 ones."""
    return _invert(wgs84_to_gcj02, lonlat_deg)


def bd09_to_wgs84(lonlat_deg: Floats) -> Floats:
    """WGS 84 positions (n, 2) in degrees of BD-09 ones."""
    return _invert(wgs84_to_bd09, lonlat_deg)


#: The names under which a user may state one of these systems.
TO_WGS84_BY_NAME: dict[str, Callable[[Floats], Floats]] = {"GCJ-02": gcj02_to_wgs84, "BD-09": bd09_to_wgs84}


def shifted_name(text: str) -> str | None:
    """Which of these systems a text means, however it is punctuated (``gcj02``, ``BD-09``, ``bd09ll``); else None.

    >>> shifted_name("gcj02")
    'GCJ-02'
    """
    letters = re.sub(r"[\s_-]", "", text).upper().removesuffix("LL")
    return {name.replace("-", ""): name for name in TO_WGS84_BY_NAME}.get(letters)


def _invert(forward: Callable[[Floats], Floats], target_deg: Floats) -> Floats:
    """Fixed-point iteration; the shift changes by under 1 ‰ from place to place, so that it converges fast."""
    found = target_deg.copy()
    for _ in range(_MAX_STEPS):
        error = forward(found) - target_deg
        found = found - error
        if np.abs(error).max(initial=0.0) < _TOLERANCE_DEG:
            break
    return found
