"""Where a model stands: from the user's word down to the file's best statement, and refusals where it only guesses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat, invert_rigid
from cim_core.crs.heights import HeightPolicy, datum_named
from cim_core.crs.local import is_local_system, valid_area_of
from cim_core.crs.placement import MapPlacement, Placement, PointPlacement
from cim_core.crs.transform import WGS84_GEOGRAPHIC, to_lonlat
from cim_core.errors import GeoreferenceError
from cim_core.issues import IssueLog
from converters.base import ReadOptions
from converters.georeference import parse_given_crs
from converters.ifc.default_locations import find_default_location
from converters.ifc.match import place_on_footprint

Floats = NDArray[np.float64]

#: A model farther than this from its own origin is taken to carry map coordinates.
ABSOLUTE_FROM_M = 50_000.0
_CONTRADICTION_M = 1_000.0
_REFUSE_OUTSIDE_DEG = 3.0
_WARN_OUTSIDE_DEG = 0.5
_HINT_AT = "give --at lon,lat[,height[,bearing]] with the position of its origin, or --match-footprint ID"


@dataclass(frozen=True, slots=True)
class Georeference:
    """The decision: ``to_frame`` (4×4, metres) takes model coordinates into the frame of ``placement``."""

    placement: Placement
    to_frame: Floats
    crs: pyproj.CRS
    heights: HeightPolicy
    reason: str


def decide_georeference(
    facts: dict[str, Any],
    bounds: Floats,
    options: ReadOptions,
    log: IssueLog,
    *,
    where: str,
    outline: Callable[[], shapely.Geometry | None] = lambda: None,
) -> Georeference:
    """Decide where the model stands.

    Ladder: ``--at``; the footprint of ``options.match``; map conversion (entity, or property sets in IFC2X3); map
    coordinates with ``--crs``; latitude and longitude of the site unless they are a tool's preset. ``bounds`` is
    (2, 3): the corners of the model's box; ``outline`` gives what it covers in plan.

    Raises:
        GeoreferenceError: nothing is stated ("no-georeference"), a preset ("default-location"), coordinates that are
            already on the map ("absolute-coordinates", "double-georeference"), or a CRS that is missing or unusable.
    """
    geo = facts["georeference"]
    unit_m = float(facts["length_unit_m"])
    world = np.array(geo["world_origin"], float)
    to_world = invert_rigid(world) if not np.allclose(world, np.eye(4)) else np.eye(4)
    if options.at is not None:
        return _at_point(bounds, options, log)
    if options.match is not None:
        return _on_footprint(facts, options, outline(), log, where)
    if geo["conversion"] is not None:
        return _by_conversion(geo, unit_m, to_world, bounds, options, log, where)
    if options.crs is not None and _distance_from_origin(bounds) > ABSOLUTE_FROM_M:
        crs, _ = _metric(parse_given_crs(options.crs)[0])
        east, north, _ = bounds.mean(axis=0)
        _check_area(crs, float(east), float(north), log, where)
        reason = f"the model's coordinates are taken as {crs.name} as given by --crs"
        return Georeference(MapPlacement(crs, 0.0, 0.0, 0.0), np.eye(4), crs, _heights(options, None, log), reason)
    site = next((s for s in geo["sites"] if s["latitude"] and s["longitude"]), None)
    if site is None:
        raise GeoreferenceError(
            "says nothing about its position: no map conversion, no latitude and longitude on its site",
            where=where,
            hint=_HINT_AT,
            code="no-georeference",
        )
    return _by_site(geo, site, bounds, options, log, where)


def _at_point(bounds: Floats, options: ReadOptions, log: IssueLog) -> Georeference:
    at = options.at
    assert at is not None  # noqa: S101 - the caller checked
    to_frame = np.eye(4)
    anchor = "the model's origin"
    if _distance_from_origin(bounds) > _CONTRADICTION_M:
        to_frame[:2, 3] = -bounds.mean(axis=0)[:2]
        to_frame[2, 3] = -bounds[0, 2]
        anchor = "the middle of the model's lower face, as the model lies more than 1 km from its origin"
        log.warn("far-from-origin", f"--at places {anchor}")
    placement = PointPlacement(at.lon_deg, at.lat_deg, at.elevation_m, math.radians(at.bearing_deg))
    reason = f"--at {at.lon_deg}, {at.lat_deg}: {anchor}"
    return Georeference(placement, to_frame, WGS84_GEOGRAPHIC, options.heights or HeightPolicy(), reason)


def _on_footprint(
    facts: dict[str, Any], options: ReadOptions, outline: shapely.Geometry | None, log: IssueLog, where: str
) -> Georeference:
    match = options.match
    assert match is not None  # noqa: S101 - the caller checked
    heights = options.heights or HeightPolicy()
    ground_z = min((float(b["ground_z"]) for b in facts["buildings"]), default=0.0)
    north = facts["georeference"]["true_north"]
    placement, reason = place_on_footprint(outline, ground_z, match, north, heights, log, where=where)
    return Georeference(placement, np.eye(4), match.crs, heights, reason)


def _by_conversion(
    geo: dict[str, Any],
    unit_m: float,
    to_world: Floats,
    bounds: Floats,
    options: ReadOptions,
    log: IssueLog,
    where: str,
) -> Georeference:
    conversion, source = geo["conversion"], geo["conversion"]["source"]
    stated, crs_reason = _conversion_crs(geo["crs"], options, log, where)
    crs, crs_unit_m = _metric(stated)
    easting, northing = conversion.get("Eastings"), conversion.get("Northings")
    if easting is None or northing is None:
        raise GeoreferenceError(f"{source} lacks Eastings or Northings", where=where, hint=_HINT_AT)
    stated_unit_m = (geo["crs"] or {}).get("map_unit_m")
    map_unit_m, scale = _map_unit(conversion, stated_unit_m, crs_unit_m, unit_m, crs, log)
    x_axis = np.array([_or(conversion.get("XAxisAbscissa"), 1.0), _or(conversion.get("XAxisOrdinate"), 0.0)])
    length = float(np.hypot(*x_axis))
    if not length > 0:
        log.warn("x-axis-zero", f"{source} has an x axis of length zero; east is used")
        x_axis, length = np.array([1.0, 0.0]), 1.0
    placement = MapPlacement(
        crs,
        easting * map_unit_m,
        northing * map_unit_m,
        _or(conversion.get("OrthogonalHeight"), 0.0) * map_unit_m,
        float(x_axis[0]) / length,
        float(x_axis[1]) / length,
        scale,
    )
    offset_m = math.hypot(placement.easting_m, placement.northing_m)
    if _distance_from_origin(bounds) > ABSOLUTE_FROM_M and offset_m > ABSOLUTE_FROM_M:
        raise GeoreferenceError(
            f"has a map conversion of {offset_m / 1000:.0f} km and coordinates "
            f"{_distance_from_origin(bounds) / 1000:.0f} km from the origin: one of the two would be applied twice",
            where=where,
            hint="export with local coordinates, or remove the map conversion and give --crs",
            code="double-georeference",
        )
    _check_area(crs, placement.easting_m, placement.northing_m, log, where)
    if not np.allclose(to_world, np.eye(4)):
        log.note(
            "world-origin", "the project's world coordinate system is not at zero; the map conversion starts from it"
        )
    _check_against_sites(placement, geo["sites"], log)
    vertical = (geo["crs"] or {}).get("VerticalDatum") or _vertical_name(stated)
    reason = f"{source} (#{conversion['step']}) into {crs.name}, {crs_reason}"
    return Georeference(placement, to_world, crs, _heights(options, vertical, log), reason)


def _by_site(
    geo: dict[str, Any], site: dict[str, Any], bounds: Floats, options: ReadOptions, log: IssueLog, where: str
) -> Georeference:
    lat_deg, lon_deg = (_compound_angle(site[key], key, log) for key in ("latitude", "longitude"))
    if abs(lat_deg) > 90 or abs(lon_deg) > 180:
        raise GeoreferenceError(
            f"has a site at latitude {lat_deg}, longitude {lon_deg}, which is not on Earth", where=where, hint=_HINT_AT
        )
    preset = find_default_location(lat_deg, lon_deg)
    if preset is not None:
        raise GeoreferenceError(
            f"stands at {preset.place} ({lat_deg:.4f}, {lon_deg:.4f}), the default location of {preset.tool}: "
            "nobody set a position",
            where=where,
            hint=_HINT_AT,
            code="default-location",
        )
    to_frame = np.eye(4)
    to_frame[:3, 3] = -np.array(site["origin"], float)
    if _distance_from_origin(bounds + to_frame[:3, 3]) > ABSOLUTE_FROM_M:
        raise GeoreferenceError(
            f"has coordinates {_distance_from_origin(bounds) / 1000:.0f} km from its origin; they look like map "
            "coordinates of an unnamed CRS",
            where=where,
            hint="give --crs with the CRS of the coordinates, or --at",
            code="absolute-coordinates",
        )
    bearing_rad = _bearing_of_y(geo["true_north"], log)
    placement = PointPlacement(lon_deg, lat_deg, site["elevation_m"] or 0.0, bearing_rad)
    if options.crs is not None:
        log.warn("crs-unused", "--crs is not used: the model has no map conversion and its coordinates are local")
    log.warn(
        "position-of-site",
        f"placed by latitude and longitude of the site ({lat_deg:.6f}, {lon_deg:.6f}); such values are often only as "
        "exact as a click on a map",
        where=f"#{site['step']}",
        hint="check the position against the map, or give --at",
    )
    reason = f"latitude and longitude of IfcSite #{site['step']}, turned by true north"
    return Georeference(placement, to_frame, WGS84_GEOGRAPHIC, _heights(options, None, log), reason)


def _conversion_crs(
    facts: dict[str, Any] | None, options: ReadOptions, log: IssueLog, where: str
) -> tuple[pyproj.CRS, str]:
    stated = _stated_crs(facts)
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


def _stated_crs(facts: dict[str, Any] | None) -> pyproj.CRS | None:
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


def _metric(crs: pyproj.CRS) -> tuple[pyproj.CRS, float]:
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


def _map_unit(
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
    scale = _or(conversion.get("Scale"), 1.0) * _or(conversion.get("FactorX"), 1.0)
    candidates = [stated_unit_m] if stated_unit_m else [unit_m, crs_unit_m]
    for candidate in candidates:
        effective = scale * candidate / unit_m
        if 0.99 < effective < 1.01 and _is_in_area(crs, conversion, candidate):
            return candidate, effective
    unit = stated_unit_m or crs_unit_m
    if 0.99 < scale < 1.01:  # Scale left at 1 although the units differ
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


def _check_area(crs: pyproj.CRS, easting_m: float, northing_m: float, log: IssueLog, where: str) -> None:
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


def _check_against_sites(placement: MapPlacement, sites: list[dict[str, Any]], log: IssueLog) -> None:
    """Warn where the site's latitude and longitude lie far from where the map conversion puts the site."""
    quiet = IssueLog()
    for site in sites:
        if not (site["latitude"] and site["longitude"]):
            continue
        lat_deg, lon_deg = (_compound_angle(site[key], key, quiet) for key in ("latitude", "longitude"))
        ecef = placement.to_ecef(np.array([site["origin"]] * 2, float), HeightPolicy())
        lon, lat, _ = ecef_to_lonlat(ecef)[0]
        distance_m = abs(pyproj.Geod(ellps="WGS84").inv(lon, lat, lon_deg, lat_deg)[2])
        if distance_m > _CONTRADICTION_M:
            log.warn(
                "positions-contradict",
                f"the site's latitude and longitude ({lat_deg:.5f}, {lon_deg:.5f}) lie {distance_m / 1000:,.1f} km "
                f"from where the map conversion puts it ({lat:.5f}, {lon:.5f}); the map conversion is used",
                where=f"#{site['step']}",
            )


def _compound_angle(parts: list[int], name: str, log: IssueLog) -> float:
    """Degrees from degrees, minutes, seconds, millionths of a second, which must all have one sign."""
    signs = {int(np.sign(p)) for p in parts} - {0}
    sign = next((int(np.sign(p)) for p in parts if p), 1)
    if len(signs) > 1:
        log.warn("angle-signs", f"the parts of the {name} {tuple(parts)} differ in sign; the first one counts for all")
    weights = (1.0, 1 / 60, 1 / 3600, 1 / 3.6e9)
    return sign * math.fsum(abs(p) * w for p, w in zip(parts, weights, strict=False))


def _bearing_of_y(true_north: list[float] | None, log: IssueLog) -> float:
    """True bearing of the model's y axis in radians; true north is a direction in the model's xy plane."""
    if true_north is None:
        return 0.0
    if len(true_north) != 2:
        log.warn(
            "true-north-malformed", f"true north has {len(true_north)} components instead of 2; the first two are used"
        )
    x, y = (*true_north[:2], 0.0)[:2]
    if math.hypot(x, y) == 0:
        log.warn("true-north-malformed", "true north has no direction; the y axis is taken as north")
        return 0.0
    return -math.atan2(x, y)


def _heights(options: ReadOptions, vertical_datum: str | None, log: IssueLog) -> HeightPolicy:
    if options.heights is not None:
        return options.heights
    datum = datum_named(vertical_datum or "")
    if datum is not None:
        policy = HeightPolicy.by_model(datum)
        log.note("height-datum", f"{policy.describe()}, because the model names {vertical_datum!r}")
        return policy
    stated = (
        f"the model names the vertical datum {vertical_datum!r}" if vertical_datum else "no vertical datum is stated"
    )
    log.warn(
        "height-datum-unknown",
        f"{stated} and no height policy was given: elevations are used as heights above the ellipsoid",
        hint="give --height-datum, e.g. china-1985, which uses the bundled geoid model, or --geoid-undulation",
    )
    return HeightPolicy()


def _vertical_name(crs: pyproj.CRS) -> str | None:
    return next((sub.name for sub in crs.sub_crs_list if sub.is_vertical), None)


def _distance_from_origin(bounds: Floats) -> float:
    return float(np.hypot(*bounds.mean(axis=0)[:2]))


def _or(value: float | None, default: float) -> float:
    return default if value is None else float(value)
