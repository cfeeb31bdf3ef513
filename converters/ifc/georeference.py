"""Where a model stands: from the user's word down to the file's best statement, and refusals where it only guesses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cim_core.crs.ecef import invert_rigid
from cim_core.crs.heights import HeightPolicy, datum_named
from cim_core.crs.placement import MapPlacement, Placement, PointPlacement
from cim_core.crs.transform import WGS84_GEOGRAPHIC
from cim_core.errors import GeoreferenceError
from cim_core.issues import IssueLog
from converters.base import ReadOptions
from converters.georeference import parse_given_crs
from converters.ifc.angles import bearing_of_north, compound_angle
from converters.ifc.contradictions import (
    ABSOLUTE_FROM_M,
    CONTRADICTION_M,
    check_against_sites,
    check_conversion,
)
from converters.ifc.default_locations import find_default_location
from converters.ifc.geographic import place_by_angles
from converters.ifc.map_crs import check_area, conversion_crs, map_unit, metric, number_or
from converters.ifc.match import place_on_footprint
from converters.standing import settle_elevation

Floats = NDArray[np.float64]

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
    if geo["conversion"] is not None and "First" in geo["conversion"]:
        return _by_angles(geo, to_world, bounds, options, log, where)
    if geo["conversion"] is not None:
        return _by_conversion(geo, unit_m, to_world, bounds, options, log, where)
    if options.crs is not None and _distance_from_origin(bounds) > ABSOLUTE_FROM_M:
        crs, _ = metric(parse_given_crs(options.crs)[0])
        east, north, _ = bounds.mean(axis=0)
        check_area(crs, float(east), float(north), log, where)
        reason = f"the model's coordinates are taken as {crs.name} as given by --crs"
        placement = MapPlacement(crs, 0.0, 0.0, 0.0)
        check_against_sites(placement, geo["sites"], log, "the coordinates put it")
        return Georeference(placement, np.eye(4), crs, _heights(options, None, log), reason)
    is_far = float(np.hypot(*world[:2, 3])) > ABSOLUTE_FROM_M
    if is_far and options.crs is not None:
        return _by_context(geo, world, options, log, where)
    site = next((s for s in geo["sites"] if s["latitude"] and s["longitude"]), None)
    if site is None and not is_far and _distance_from_origin(bounds) > ABSOLUTE_FROM_M:
        east, north, _ = bounds.mean(axis=0)
        raise GeoreferenceError(
            f"has coordinates around {east:,.0f}, {north:,.0f} m: they look like map coordinates of an unnamed CRS",
            where=where,
            hint="give --crs with the CRS of the coordinates, or --at",
            code="absolute-coordinates",
        )
    if site is None and is_far:
        raise GeoreferenceError(
            f"has its world coordinate system at {world[0, 3]:.0f}, {world[1, 3]:.0f} m in a CRS it does not name",
            where=where,
            hint="give --crs with the CRS of these coordinates, or --at",
            code="absolute-coordinates",
        )
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
    if _distance_from_origin(bounds) > CONTRADICTION_M:
        to_frame[:2, 3] = -bounds.mean(axis=0)[:2]
        to_frame[2, 3] = -bounds[0, 2]
        anchor = "the middle of the model's lower face, as the model lies more than 1 km from its origin"
        log.warn("far-from-origin", f"--at places {anchor}")
    heights = options.heights or HeightPolicy()
    elevation_m = settle_elevation(at.lon_deg, at.lat_deg, at.elevation_m, heights, options, log)
    placement = PointPlacement(at.lon_deg, at.lat_deg, elevation_m, math.radians(at.bearing_deg))
    reason = f"--at {at.lon_deg}, {at.lat_deg}: {anchor}"
    return Georeference(placement, to_frame, WGS84_GEOGRAPHIC, heights, reason)


def _by_context(geo: dict[str, Any], world: Floats, options: ReadOptions, log: IssueLog, where: str) -> Georeference:
    """Map coordinates in the context: its world coordinate system is the origin, true north the turn."""
    assert options.crs is not None  # noqa: S101 - the caller checked
    crs, _ = metric(parse_given_crs(options.crs)[0])
    east, north, elevation = (float(v) for v in world[:3, 3])
    check_area(crs, east, north, log, where)
    turn = -bearing_of_north(geo["true_north"], log)
    placement = MapPlacement(crs, east, north, elevation, math.cos(turn), math.sin(turn))
    reason = f"the context's world coordinate system as coordinates of {crs.name}, given by --crs, turned by true north"
    return Georeference(placement, np.eye(4), crs, _heights(options, None, log), reason)


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
    stated, crs_reason = conversion_crs(geo["crs"], options, log, where)
    crs, crs_unit_m = metric(stated)
    easting, northing = conversion.get("Eastings"), conversion.get("Northings")
    if easting is None or northing is None:
        raise GeoreferenceError(f"{source} lacks Eastings or Northings", where=where, hint=_HINT_AT)
    stated_unit_m = (geo["crs"] or {}).get("map_unit_m")
    map_unit_m, scale = map_unit(conversion, stated_unit_m, crs_unit_m, unit_m, crs, log)
    x_axis = np.array(
        [number_or(conversion.get("XAxisAbscissa"), 1.0), number_or(conversion.get("XAxisOrdinate"), 0.0)]
    )
    length = float(np.hypot(*x_axis))
    if not length > 0:
        log.warn("x-axis-zero", f"{source} has an x axis of length zero; east is used")
        x_axis, length = np.array([1.0, 0.0]), 1.0
    placement = MapPlacement(
        crs,
        easting * map_unit_m,
        northing * map_unit_m,
        number_or(conversion.get("OrthogonalHeight"), 0.0) * map_unit_m,
        float(x_axis[0]) / length,
        float(x_axis[1]) / length,
        scale,
    )
    local = (np.append(bounds.mean(axis=0), 1.0) @ to_world.T)[:3]
    offset_m, away_m = math.hypot(placement.easting_m, placement.northing_m), float(np.hypot(*local[:2]))
    if away_m > ABSOLUTE_FROM_M and offset_m > ABSOLUTE_FROM_M:
        raise GeoreferenceError(
            f"has a map conversion of {offset_m / 1000:.0f} km and coordinates "
            f"{away_m / 1000:.0f} km from its origin: one of the two would be applied twice",
            where=where,
            hint="export with local coordinates, or remove the map conversion and give --crs",
            code="double-georeference",
        )
    east, north, _ = placement.to_map(local[None])[0]
    check_area(crs, float(east), float(north), log, where)
    check_conversion(conversion, placement, away_m, geo, log)
    if not np.allclose(to_world, np.eye(4)):
        log.note(
            "world-origin", "the project's world coordinate system is not at zero; the map conversion starts from it"
        )
    check_against_sites(placement, geo["sites"], log)
    vertical = (geo["crs"] or {}).get("VerticalDatum") or _vertical_name(stated)
    reason = f"{source} (#{conversion['step']}) into {crs.name}, {crs_reason}"
    to_world = _stretch(conversion, log) @ to_world
    return Georeference(placement, to_world, crs, _heights(options, vertical, log), reason)


def _stretch(conversion: dict[str, Any], log: IssueLog) -> Floats:
    """What the factors of IfcMapConversionScaled do beyond the scale, y and z against x; from 1 % on they are units."""
    x, y, z = (number_or(conversion.get(axis), 1.0) for axis in ("FactorX", "FactorY", "FactorZ"))
    stretch = np.diag([1.0, *(ratio if 0.99 < ratio < 1.01 else 1.0 for ratio in (y / x if x else 1.0, z)), 1.0])
    if not np.allclose(stretch, np.eye(4), atol=1e-12):
        log.note("axes-scaled", f"the map conversion scales x, y, z by {x:.9g}, {y:.9g}, {z:.9g}")
    return stretch


def _by_angles(
    geo: dict[str, Any], to_world: Floats, bounds: Floats, options: ReadOptions, log: IssueLog, where: str
) -> Georeference:
    """Latitude and longitude of the origin in a geographic CRS."""
    point, crs, reason = place_by_angles(geo, options, log, where)
    if _distance_from_origin(bounds) > ABSOLUTE_FROM_M:
        raise GeoreferenceError(
            f"gives latitude and longitude for an origin {_distance_from_origin(bounds) / 1000:.0f} km away",
            where=where,
            hint="export with local coordinates, or give --at",
            code="double-georeference",
        )
    vertical = (geo["crs"] or {}).get("VerticalDatum") or _vertical_name(crs)
    return Georeference(point, to_world, WGS84_GEOGRAPHIC, _heights(options, vertical, log), reason)


def _by_site(
    geo: dict[str, Any], site: dict[str, Any], bounds: Floats, options: ReadOptions, log: IssueLog, where: str
) -> Georeference:
    lat_deg, lon_deg = (compound_angle(site[key], key, log) for key in ("latitude", "longitude"))
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
    bearing_rad = bearing_of_north(geo["true_north"], log)
    heights = _heights(options, None, log)
    elevation_m = settle_elevation(lon_deg, lat_deg, site["elevation_m"], heights, options, log)
    placement = PointPlacement(lon_deg, lat_deg, elevation_m, bearing_rad)
    if math.hypot(*site["origin"][:2]) > ABSOLUTE_FROM_M:
        log.warn(
            "site-placement-unused",
            f"the site is placed at {site['origin'][0]:,.0f}, {site['origin'][1]:,.0f} m, which look like map "
            "coordinates; latitude and longitude are used instead",
            where=f"#{site['step']}",
            hint="give --crs with the CRS of these coordinates to use them",
        )
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
    return Georeference(placement, to_frame, WGS84_GEOGRAPHIC, heights, reason)


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
