"""What a model states about its position, level by level (LoGeoRef 10 to 50), with what speaks against each.

Levels after Clemen and Görne, "Level of Georeferencing (LoGeoRef) using IFC for BIM" (Journal of Geodesy 2019): 10 an
address, 20 latitude and longitude of the site, 30 map coordinates in the site's placement, 40 in the context's world
coordinate system with true north, 50 a map conversion into a named CRS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cim_core.issues import IssueLog
from converters.ifc.angles import compound_angle
from converters.ifc.contradictions import ABSOLUTE_FROM_M
from converters.ifc.default_locations import find_default_location
from converters.ifc.map_crs import stated_crs


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement about position: ``values`` in words, ``against`` what speaks against using it."""

    level: int
    source: str
    values: str
    against: list[str] = field(default_factory=list)


def read_statements(facts: dict[str, Any]) -> list[Statement]:
    """All statements of a model, the best level first. ``facts`` are those of ``audit.position``."""
    geo = facts["georeference"]
    found = [
        *_conversion(geo),
        *_context(geo),
        *(s for site in geo["sites"] for s in _placement(site)),
        *(s for site in geo["sites"] for s in _geographic(site)),
        *(Statement(10, "address", text, ["an address is no position"]) for text in facts["addresses"]),
    ]
    return _with_doubles(found, facts)


def _conversion(geo: dict[str, Any]) -> list[Statement]:
    conversion = geo["conversion"]
    if conversion is None:
        return []
    crs_facts = geo["crs"] or {}
    crs = stated_crs(geo["crs"])
    against = []
    if crs is None:
        name = crs_facts.get("Name")
        against.append(f"its CRS {name!r} is not known" if name else "it names no CRS")
    is_angle = "First" in conversion
    if not is_angle and not (conversion.get("Eastings") or conversion.get("Northings")):
        against.append("easting and northing are zero")
    factors = {conversion.get(axis) for axis in ("FactorX", "FactorY")} - {None}
    if len(factors) > 1:
        against.append("it stretches east and north by different factors")
    stated = [f"{name} {conversion[name]:.12g}" for name in _SHOWN if conversion.get(name) is not None]
    where = crs.name if crs is not None else str(crs_facts.get("Name") or "no CRS")
    return [Statement(50, f"{conversion['source']} #{conversion['step']}", f"{', '.join(stated)}; {where}", against)]


_SHOWN = (
    "First", "Second", "Eastings", "Northings", "OrthogonalHeight", "XAxisAbscissa", "XAxisOrdinate", "Scale",
    "FactorX", "FactorY", "FactorZ",
)  # fmt: skip


def _context(geo: dict[str, Any]) -> list[Statement]:
    world = np.array(geo["world_origin"], float)
    north = geo["true_north"]
    east_m, north_m = world[0, 3], world[1, 3]
    parts, against = [], []
    if math.hypot(east_m, north_m) > 0:
        parts.append(f"world coordinate system at {east_m:.2f}, {north_m:.2f}, {world[2, 3]:.2f} m")
        if math.hypot(east_m, north_m) > ABSOLUTE_FROM_M:
            against.append("the CRS of these coordinates is not named: give --crs")
    if north is not None:
        length = math.hypot(*north[:2]) if len(north) > 1 else 0.0
        if len(north) != 2:
            against.append(f"true north has {len(north)} components instead of 2")
        if length == 0:
            against.append("true north has no direction")
        else:
            parts.append(f"true north {math.degrees(math.atan2(north[0], north[1])):.3f}° clockwise of the y axis")
    return [Statement(40, "IfcGeometricRepresentationContext", "; ".join(parts), against)] if parts or against else []


def _placement(site: dict[str, Any]) -> list[Statement]:
    east_m, north_m, up_m = site["origin"]
    if math.hypot(east_m, north_m) <= ABSOLUTE_FROM_M:
        return []
    values = f"placed at {east_m:.2f}, {north_m:.2f}, {up_m:.2f} m"
    return [
        Statement(30, f"IfcSite #{site['step']}", values, ["the CRS of these coordinates is not named: give --crs"])
    ]


def _geographic(site: dict[str, Any]) -> list[Statement]:
    if not (site["latitude"] and site["longitude"]):
        return []
    log = IssueLog()
    lat_deg, lon_deg = (compound_angle(site[key], key, log) for key in ("latitude", "longitude"))
    against = [issue.message for issue in log]
    preset = find_default_location(lat_deg, lon_deg)
    if preset is not None:
        against.append(f"{preset.place} is the default location of {preset.tool} ({preset.evidence}): nobody set it")
    elif abs(lat_deg) > 90 or abs(lon_deg) > 180:
        against.append("this is not on Earth")
    else:
        against.append("often only as exact as a click on a map")
    height = "" if site["elevation_m"] is None else f", elevation {site['elevation_m']:.2f} m"
    return [
        Statement(20, f"IfcSite #{site['step']}", f"latitude {lat_deg:.6f}, longitude {lon_deg:.6f}{height}", against)
    ]


def _with_doubles(found: list[Statement], facts: dict[str, Any]) -> list[Statement]:
    """Say of a map conversion that the coordinates are on the map already: both together count twice."""
    centre = np.array(facts["bounds"], float).mean(axis=0)
    far_m = float(np.hypot(*centre[:2]))
    for statement in found:
        if statement.level == 50 and far_m > ABSOLUTE_FROM_M:
            statement.against.append(f"the coordinates lie {far_m / 1000:,.0f} km from the origin: they are on the map")
    return found
