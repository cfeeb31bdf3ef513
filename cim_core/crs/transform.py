"""Horizontal coordinates between CRSs, with one rule for datums: CGCS2000 is WGS 84, other null steps are refused.

PROJ links CGCS2000 to WGS 84 only by a "ballpark" step and passes Xian 1980 and Beijing 1954 through unchanged
and without a warning; here the first is declared, the others are refused.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Protocol

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import ProjError
from pyproj.transformer import TransformerGroup

from cim_core.crs.apply import apply_transformer
from cim_core.errors import GeoreferenceError

Floats = NDArray[np.float64]


class Area(Protocol):
    """A box of degrees, as PROJ states where a CRS or an operation is meant to be used."""

    west: float
    south: float
    east: float
    north: float


CGCS2000_GEOGRAPHIC = pyproj.CRS(4490)
WGS84_GEOGRAPHIC = pyproj.CRS(4326)
#: Datum names without case, spaces and punctuation, as EPSG, ESRI and Chinese survey software write them.
_SAME_DATUM = re.compile(
    r"(?:gcs|d)?"
    r"(?:cgcs2000|china2000|chinageodeticcoordinatesystem2000|wgs84|wgs1984|worldgeodeticsystem1984)"
    r"(?:ensemble|g\d+|transit)?"
)
_SEMI_MAJOR_M = 6_378_137.0
_INVERSE_FLATTENING = 298.2572


def horizontal_part(crs: pyproj.CRS) -> pyproj.CRS:
    """The CRS without its vertical part, and without a tie to WGS 84 that says nothing for this datum.

    Raises GeoreferenceError for a tie of seven zeros on another datum, which is a ballpark step in disguise.
    """
    flat = crs.sub_crs_list[0] if crs.is_compound else crs
    if not flat.is_bound or flat.source_crs is None:
        return flat if len(flat.axis_info) == 2 else flat.to_2d()  # to_2d loses the axes of a derived CRS's base
    if is_cgcs2000_or_wgs84(flat.source_crs):
        return flat.source_crs.to_2d()
    parameters = flat.coordinate_operation.towgs84 if flat.coordinate_operation else []
    if parameters and not any(parameters):
        raise _refusal(flat, WGS84_GEOGRAPHIC)
    return flat


def is_cgcs2000_or_wgs84(crs: pyproj.CRS) -> bool:
    """Whether the CRS is based on CGCS2000 or WGS 84, which this platform declares equal (cm to dm).

    The datum must say so by name and have the ellipsoid; "unknown, based on the WGS 84 ellipsoid" does not.
    """
    geodetic = crs.geodetic_crs
    if geodetic is None or geodetic.datum is None or geodetic.ellipsoid is None or geodetic.prime_meridian is None:
        return False
    name = re.sub(r"[^a-z0-9]", "", geodetic.datum.name.lower())
    return (
        _SAME_DATUM.fullmatch(name) is not None
        and abs(geodetic.ellipsoid.semi_major_metre - _SEMI_MAJOR_M) < 0.001
        and abs(geodetic.ellipsoid.inverse_flattening - _INVERSE_FLATTENING) < 0.0001
        and geodetic.prime_meridian.longitude == 0
    )


def _refusal(source: pyproj.CRS, target: pyproj.CRS) -> GeoreferenceError:
    return GeoreferenceError(
        f"no trustworthy transformation from {source.name} to {target.name}",
        hint="describe the system with its 4 or 7 parameters in a file (--crs system.yaml), fit it to control points "
        "(cim crs fit), or deliver the data in CGCS2000",
        code="ballpark-refused",
    )


@lru_cache(maxsize=64)
def _declared_equal(source_wkt: str, target_wkt: str) -> pyproj.Transformer | None:
    """The transformer between two CRSs of the declared-equal datums; None for any other pair."""
    source, target = pyproj.CRS(source_wkt), pyproj.CRS(target_wkt)
    if not (is_cgcs2000_or_wgs84(source) and is_cgcs2000_or_wgs84(target)) and source != target:
        return None
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=64)
def _same_everywhere(source_text: str, target_text: str) -> pyproj.Transformer | None:
    """The transformer between two CRSs as they were given, where it does not depend on the place; else None.

    Writing a CRS as WKT to look it up costs ten times what a few points cost to transform.
    """
    source, target = horizontal_part(pyproj.CRS(source_text)), horizontal_part(pyproj.CRS(target_text))
    if source != target and (source.is_bound or target.is_bound):
        return None
    return _declared_equal(source.to_wkt(), target.to_wkt())


@lru_cache(maxsize=64)
def _published(source_wkt: str, target_wkt: str) -> tuple[pyproj.Transformer, tuple[pyproj.Transformer, ...]]:
    """From the source to its own longitude and latitude, and the published operations to the target, best first."""
    source, target = pyproj.CRS(source_wkt), pyproj.CRS(target_wkt)
    geodetic = source.geodetic_crs or source
    with warnings.catch_warnings():
        # A better operation may need a grid that is not installed; the next one is used and has its accuracy.
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(source, target, always_xy=True, allow_ballpark=False)
    by_accuracy = sorted(group.transformers, key=lambda one: one.accuracy if one.accuracy >= 0 else np.inf)
    return pyproj.Transformer.from_crs(source, geodetic, always_xy=True), tuple(by_accuracy)


def _operation_for(x: Floats, y: Floats, source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    """The most accurate operation made for the area the positions lie in. Raises GeoreferenceError.

    Left alone, PROJ applies to Beijing 1954 data in Shanxi the parameters of the Ordos basin, 70 m off.
    """
    to_own_lonlat, operations = _published(source.to_wkt(), target.to_wkt())
    lon, lat = apply_transformer(to_own_lonlat, x, y)
    is_finite = np.isfinite(lon) & np.isfinite(lat)
    if not operations or not np.any(is_finite):
        raise _refusal(source, target)
    lon_deg, lat_deg = float(np.median(lon[is_finite])), float(np.median(lat[is_finite]))
    for operation in operations:
        if is_in_area(lon_deg, lat_deg, operation.area_of_use):
            return operation
    raise _refusal(source, target)


def is_in_area(lon_deg: float, lat_deg: float, area: Area | None, margin_deg: float = 0.0) -> bool:
    """Whether a position lies in an area of use (which may span the antimeridian); no area means everywhere."""
    if area is None:
        return True
    west, east = area.west - margin_deg, area.east + margin_deg
    is_between = west <= lon_deg <= east if area.west <= area.east else (lon_deg >= west or lon_deg <= east)
    return bool(is_between and area.south - margin_deg <= lat_deg <= area.north + margin_deg)


def transform_xy(x: ArrayLike, y: ArrayLike, source: pyproj.CRS, target: pyproj.CRS) -> tuple[Floats, Floats]:
    """Coordinates in ``target``, always x east then y north (degrees or metres); infinite where there are none.

    Raises GeoreferenceError when the datums cannot be joined without guessing.
    """
    in_x, in_y = np.asarray(x, float), np.asarray(y, float)
    transformer = _same_everywhere(source.srs, target.srs)
    if transformer is not None:
        out_x, out_y = apply_transformer(transformer, in_x, in_y)
        return out_x, out_y
    source, target = horizontal_part(source), horizontal_part(target)
    for bound, is_inverse in ((source, False), (target, True)):
        if bound.is_bound and bound.target_crs is not None and source != target:
            return _through_hub(in_x, in_y, source, target, bound.target_crs, is_inverse=is_inverse)
    if in_x.size == 0:
        return in_x, in_y
    transformer = _operation_for(in_x, in_y, source, target)
    out_x, out_y = apply_transformer(transformer, in_x, in_y)
    return out_x, out_y


def _through_hub(
    x: Floats, y: Floats, source: pyproj.CRS, target: pyproj.CRS, hub: pyproj.CRS, *, is_inverse: bool
) -> tuple[Floats, Floats]:
    """By the parameters that tie a CRS to a hub, and from there; PROJ knows the first step only to the hub itself."""
    if hub.to_2d() == (source if is_inverse else target):
        out_x, out_y = apply_transformer(_by_parameters(source.to_wkt(), target.to_wkt()), x, y)
        return out_x, out_y
    hub = hub.to_2d()
    return transform_xy(*transform_xy(x, y, source, hub), hub, target)


@lru_cache(maxsize=64)
def _by_parameters(source_wkt: str, target_wkt: str) -> pyproj.Transformer:
    """The transformer that the parameters of a bound CRS make. Raises GeoreferenceError."""
    source, target = pyproj.CRS(source_wkt), pyproj.CRS(target_wkt)
    try:
        return pyproj.Transformer.from_crs(source, target, always_xy=True, allow_ballpark=False)
    except ProjError as error:
        raise _refusal(source, target) from error


def to_lonlat(x: ArrayLike, y: ArrayLike, source: pyproj.CRS) -> tuple[Floats, Floats]:
    """Longitude and latitude in degrees (WGS 84 = CGCS2000). Raises GeoreferenceError."""
    return transform_xy(x, y, source, WGS84_GEOGRAPHIC)
