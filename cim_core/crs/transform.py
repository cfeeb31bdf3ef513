"""Horizontal coordinates between CRSs, with one rule for datums: CGCS2000 equals WGS 84, every other null step is refused.

PROJ links CGCS2000 to WGS 84 only by a "ballpark" step and passes Xian 1980 and Beijing 1954 through unchanged
and without a warning; here the first is declared, the others are refused.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.transformer import TransformerGroup

from cim_core.errors import GeoreferenceError

Floats = NDArray[np.float64]

CGCS2000_GEOGRAPHIC = pyproj.CRS(4490)
WGS84_GEOGRAPHIC = pyproj.CRS(4326)
_SAME_DATUM_GEOGRAPHIC = (
    "CGCS2000",
    "WGS 84",
    "China 2000",
    "China Geodetic Coordinate System 2000",
    "World Geodetic System 1984",
)


def is_cgcs2000_or_wgs84(crs: pyproj.CRS) -> bool:
    """Whether the CRS is based on CGCS2000 or WGS 84, which this platform declares equal (cm to dm)."""
    geodetic = crs.geodetic_crs
    if geodetic is None or geodetic.datum is None:
        return False
    names = (geodetic.name, geodetic.datum.name)
    return any(key.lower() in name.lower().replace("_", " ") for key in _SAME_DATUM_GEOGRAPHIC for name in names)


@lru_cache(maxsize=64)
def _transformer(source_wkt: str, target_wkt: str) -> pyproj.Transformer:
    source, target = pyproj.CRS(source_wkt), pyproj.CRS(target_wkt)
    if is_cgcs2000_or_wgs84(source) and is_cgcs2000_or_wgs84(target):
        return pyproj.Transformer.from_crs(source, target, always_xy=True)
    group = TransformerGroup(source, target, always_xy=True, allow_ballpark=False)
    if not group.transformers:
        raise GeoreferenceError(
            f"no trustworthy transformation from {source.name} to {target.name}",
            hint="give 4 or 7 transformation parameters or control points, or deliver the data in CGCS2000",
            code="ballpark-refused",
        )
    return group.transformers[0]


def transform_xy(x: ArrayLike, y: ArrayLike, source: pyproj.CRS, target: pyproj.CRS) -> tuple[Floats, Floats]:
    """Coordinates in ``target``, always x east then y north (degrees or metres). Raises GeoreferenceError."""
    out_x, out_y = _transformer(source.to_2d().to_wkt(), target.to_2d().to_wkt()).transform(
        np.asarray(x, float), np.asarray(y, float)
    )
    return np.asarray(out_x), np.asarray(out_y)


def to_lonlat(x: ArrayLike, y: ArrayLike, source: pyproj.CRS) -> tuple[Floats, Floats]:
    """Longitude and latitude in degrees (WGS 84 = CGCS2000). Raises GeoreferenceError."""
    return transform_xy(x, y, source, WGS84_GEOGRAPHIC)
