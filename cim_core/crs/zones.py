"""The Gauss-Krüger zones of CGCS2000 (GB/T 22021): codes with and without zone prefix, and which one numbers show."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyproj

from cim_core.crs.transform import is_cgcs2000_or_wgs84

FALSE_EASTING_M = 500_000.0
PREFIX_M = 1_000_000.0
#: Eastings within a zone, before the prefix: 3-degree zones reach 170 km from 500 km, 6-degree ones 335 km.
_EASTINGS_M = (100_000.0, 900_000.0)
#: Northings of China (Hainan's reefs to Heilongjiang).
_NORTHINGS_M = (300_000.0, 6_000_000.0)


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone: width in degrees, number, central meridian, EPSG codes with the prefix and without."""

    width_deg: int
    number: int
    meridian_deg: int
    epsg_with_prefix: int
    epsg_without_prefix: int

    @property
    def false_easting_m(self) -> float:
        """False easting of the code with the prefix, e.g. 38 500 000."""
        return self.number * PREFIX_M + FALSE_EASTING_M


ZONES: tuple[Zone, ...] = tuple(
    [Zone(6, number, 6 * number - 3, 4491 + number - 13, 4502 + number - 13) for number in range(13, 24)]
    + [Zone(3, number, 3 * number, 4513 + number - 25, 4534 + number - 25) for number in range(25, 46)]
)
_METHODS = ("Transverse Mercator", "Gauss-Kruger", "Gauss_Kruger")
_BY_NUMBER = {zone.number: zone for zone in ZONES}
_BY_CODE = {zone.epsg_with_prefix: zone for zone in ZONES} | {zone.epsg_without_prefix: zone for zone in ZONES}


def recognise_zone_code(crs: pyproj.CRS) -> int | None:
    """The EPSG code of the CGCS2000 zone a definition without a code describes; None if it is not exactly one.

    WKT of ESRI and GDAL lists easting first, which keeps PROJ from seeing the entry. Every second 6-degree zone
    without prefix is the same map as a 3-degree one; the name decides.
    """
    operation, geodetic = crs.coordinate_operation, crs.geodetic_crs
    if not crs.is_projected or crs.is_bound or operation is None or geodetic is None or geodetic.datum is None:
        return None
    if not re.search(r"china|cgcs", geodetic.datum.name, re.IGNORECASE) or not is_cgcs2000_or_wgs84(crs):
        return None
    if any(float(axis.unit_conversion_factor) != 1 for axis in crs.axis_info) or operation.method_name not in _METHODS:
        return None
    values = _parameters(crs)
    fixed = (("Latitude of natural origin", 0.0), ("Scale factor at natural origin", 1.0), ("False northing", 0.0))
    if any(values.get(name, default) != default for name, default in fixed):
        return None
    meridian_deg, false_easting_m = values.get("Longitude of natural origin"), values.get("False easting")
    is_three_degree = re.search(r"3[ _-]?deg", crs.name, re.IGNORECASE) is not None
    found = [
        (zone.width_deg == 3, zone.epsg_with_prefix if easting_m != FALSE_EASTING_M else zone.epsg_without_prefix)
        for zone in ZONES
        for easting_m in (zone.false_easting_m, FALSE_EASTING_M)
        if zone.meridian_deg == meridian_deg and easting_m == false_easting_m
    ]
    is_named = re.search(r"gauss|gk", crs.name, re.IGNORECASE) is not None
    wanted = is_three_degree or not is_named
    return next((code for is_three, code in sorted(found, key=lambda one: one[0] is not wanted)), None)


def _parameters(crs: pyproj.CRS) -> dict[str, float]:
    """Numbers of a map projection by their EPSG names."""
    operation = crs.coordinate_operation
    return {} if operation is None else {parameter.name: float(parameter.value) for parameter in operation.params}


def zone_of(crs: pyproj.CRS) -> tuple[Zone, bool] | None:
    """The CGCS2000 zone a CRS is, and whether with the zone prefix; None for any other CRS."""
    code = crs.to_epsg()
    zone = _BY_CODE.get(code) if code else None
    return None if zone is None else (zone, code == zone.epsg_with_prefix)


def zone_of_easting(easting_m: float) -> Zone | None:
    """The zone a prefixed easting names (38 447 834 m: zone 38); the two families share no number."""
    number = int(easting_m // PREFIX_M)
    is_inside = _EASTINGS_M[0] <= easting_m - number * PREFIX_M <= _EASTINGS_M[1]
    return _BY_NUMBER.get(number) if is_inside else None


def suggest_code(easting_m: float, northing_m: float, crs: pyproj.CRS | None = None) -> int | None:
    """The EPSG code of the CGCS2000 zone the numbers look like, if it is not ``crs``; None where they show none.

    Numbers with a prefix name their zone; numbers without one can only be those of the zone ``crs`` is meant to be.

    >>> suggest_code(38_447_834.79, 4_217_077.55)
    4526
    >>> suggest_code(447_834.79, 4_217_077.55, pyproj.CRS(4526))
    4547
    """
    if not _NORTHINGS_M[0] <= northing_m <= _NORTHINGS_M[1]:
        return None
    prefixed = zone_of_easting(easting_m)
    meant = None if crs is None else zone_of(crs)
    if prefixed is not None:
        return None if meant == (prefixed, True) else prefixed.epsg_with_prefix
    if meant is not None and meant[1] and _EASTINGS_M[0] <= easting_m <= _EASTINGS_M[1]:
        return meant[0].epsg_without_prefix
    return None
