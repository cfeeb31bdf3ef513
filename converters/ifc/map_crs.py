"""The CRS of a map conversion: which one a model names, in which unit it counts, and whether a point can be in it."""

from __future__ import annotations

import math
import re
from typing import Any

import pyproj

from cim_core.crs.local import is_local_system, valid_area_of
from cim_core.crs.transform import to_lonlat
from cim_core.errors import GeoreferenceError
from cim_core.issues import IssueLog
from converters.base import ReadOptions
from converters.georeference import parse_given_crs

_REFUSE_OUTSIDE_DEG = 3.0
_WARN_OUTSIDE_DEG = 0.5


def conversion_crs(
    facts: dict[str, Any] | None, options: ReadOptions, log: IssueLog, where: str
) -> tuple[pyproj.CRS, str]:
    """The CRS a map conversion leads into, the user's before the file's, and why. Raises GeoreferenceError."""
    stated = stated_crs(facts)
    if options.crs is not None:
        given = parse_given_crs(options.crs)[0]
        if stated is not None and not stated.equals(given, ignore_axis_order=True):
            log.warn("crs-overridden", f"--crs {given.name} is used instead of the stated {stated.name}")
        return given, "as given by --crs"
    if stated is None:
        name = (facts or {}).get("Name")
        raise GeoreferenceError(
            f"has a map conversion whose CRS {'is not named' if not name else f'{name!r} is not known'}",
            where=where,
            hint="give --crs, e.g. --crs EPSG:4547",
            code="unknown-crs",
        )
    if not stated.is_projected and not (stated.is_compound and stated.sub_crs_list[0].is_projected):
        raise GeoreferenceError(
            f"has a map conversion into {stated.name}, which is not a projected CRS",
            where=where,
            hint="give --crs with a projected CRS, or --at",
            code="not-projected",
        )
    return stated, "as IfcProjectedCRS names it"


def stated_crs(facts: dict[str, Any] | None) -> pyproj.CRS | None:
    """The CRS a model names: by EPSG code anywhere in name or description, by WKT, or by its official name."""
    if not facts:
        return None
    candidates = [str(facts[k]).strip() for k in ("Name", "wkt", "Description") if facts.get(k)]
    for text in candidates:
        code = re.search(r"EPSG\D{0,40}?(\d{4,6})", text, re.IGNORECASE) or re.fullmatch(r"(\d{4,6})", text)
        for attempt in (f"EPSG:{code[1]}" if code else None, text):
            try:
                if attempt:
                    return pyproj.CRS.from_user_input(attempt)
            except pyproj.exceptions.CRSError:
                continue
    return None


def metric(crs: pyproj.CRS) -> tuple[pyproj.CRS, float]:
    """The horizontal CRS with axes in metres, and the metres of one unit of the original axes."""
    flat = crs.sub_crs_list[0] if crs.is_compound else crs.to_2d()
    unit_m = float(flat.axis_info[0].unit_conversion_factor)
    if not flat.is_projected or math.isclose(unit_m, 1.0):
        return flat, 1.0
    definition = flat.to_json_dict()
    definition.pop("id", None)
    for axis in definition["coordinate_system"]["axis"]:
        axis["unit"] = "metre"
    return pyproj.CRS.from_json_dict(definition), unit_m


def map_unit(
    conversion: dict[str, Any],
    stated_unit_m: float | None,
    crs_unit_m: float,
    unit_m: float,
    crs: pyproj.CRS,
    log: IssueLog,
) -> tuple[float, float]:
    """Metres of one unit of Eastings, and the horizontal scale in grid metres per model metre.

    ISO 16739-1: without MapUnit the project's length unit holds; Scale takes project units to map units. Files often
    give metres without saying so, in projects in millimetres; the scale, or the area of the CRS, tells.
    """
    scale = number_or(conversion.get("Scale"), 1.0) * number_or(conversion.get("FactorX"), 1.0)
    candidates = [stated_unit_m] if stated_unit_m else [unit_m, crs_unit_m]
    for candidate in candidates:
        effective = scale * candidate / unit_m
        if 0.99 < effective < 1.01 and _is_in_area(crs, conversion, candidate):
            return candidate, effective
    unit = stated_unit_m or crs_unit_m
    if 0.99 < scale < 1.01:  # Scale left at 1 although the units differ
        if unit == unit_m:
            return unit, scale
        log.warn(
            "map-unit-implied",
            f"Eastings are read in units of {unit:g} m and the model in units of {unit_m:g} m, "
            f"although Scale is {scale:g}",
        )
        return unit, scale
    log.warn(
        "map-scale-unusual", f"the map conversion has the unusual scale {scale:g}; it is taken as a change of unit"
    )
    return unit, 1.0


def _is_in_area(crs: pyproj.CRS, conversion: dict[str, Any], unit_m: float) -> bool:
    outside = _outside_deg(crs, conversion["Eastings"] * unit_m, conversion["Northings"] * unit_m)
    return outside is None or outside < _REFUSE_OUTSIDE_DEG


def _outside_deg(crs: pyproj.CRS, easting_m: float, northing_m: float) -> float | None:
    """Degrees by which a point lies outside the CRS's area of use; None where that area is not known."""
    area = valid_area_of(crs)
    if area is None or area.east < area.west:
        return None
    if is_local_system(crs):
        lon, lat = (float(value) for value in to_lonlat(easting_m, northing_m, crs))
    else:
        lon, lat = pyproj.Proj(crs)(easting_m, northing_m, inverse=True)
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return math.inf
    return float(max(area.west - lon, lon - area.east, area.south - lat, lat - area.north, 0.0))


def check_area(crs: pyproj.CRS, easting_m: float, northing_m: float, log: IssueLog, where: str) -> None:
    """Refuse a point far outside the area a CRS is made for, warn near it. Raises GeoreferenceError."""
    outside = _outside_deg(crs, easting_m, northing_m)
    if outside is not None and outside > (0.0 if is_local_system(crs) else _REFUSE_OUTSIDE_DEG):
        raise GeoreferenceError(
            f"would stand at easting {easting_m:.0f}, northing {northing_m:.0f}, far outside the area of {crs.name}",
            where=where,
            hint="check the CRS, the zone prefix of the easting and the order of easting and northing, or give --crs",
            code="outside-crs",
        )
    if outside is not None and outside > _WARN_OUTSIDE_DEG:
        log.warn("outside-crs", f"stands {outside:.1f}° outside the area of use of {crs.name}")


def number_or(value: float | None, default: float) -> float:
    """The value as a number, or the default where there is none."""
    return default if value is None else float(value)
