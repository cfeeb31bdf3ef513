"""What in a model speaks against the position that is used: said, never settled silently."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyproj

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.crs.heights import HeightPolicy
from cim_core.crs.placement import MapPlacement, bearing_of_y
from cim_core.issues import IssueLog
from converters.ifc.angles import bearing_of_north, compound_angle

#: A model farther than this from its own origin is taken to carry map coordinates.
ABSOLUTE_FROM_M = 50_000.0
CONTRADICTION_M = 1_000.0
#: A project does not reach farther from its base point.
_FAR_FROM_CONVERSION_M = 5_000.0
#: True north and grid north differ by the convergence, which is reckoned with; exports round.
_NORTH_TOLERANCE_DEG = 2.0


def check_conversion(
    conversion: dict[str, Any], placement: MapPlacement, away_m: float, geo: dict[str, Any], log: IssueLog
) -> None:
    """Say what else in the file speaks against a map conversion that is used."""
    if conversion.get("others"):
        others = ", ".join(f"#{step}" for step in conversion["others"])
        log.warn("several-conversions", f"the file has further map conversions ({others}); the first one is used")
    if _FAR_FROM_CONVERSION_M < away_m <= ABSOLUTE_FROM_M:
        log.warn(
            "far-from-origin",
            f"the model lies {away_m / 1000:.1f} km from the origin of its map conversion",
            hint="look at the map whether it stands right; its placement may hold map coordinates as well",
        )
    if geo["true_north"] is not None:
        quiet = IssueLog()
        stated = math.degrees(bearing_of_north(geo["true_north"], quiet))
        used = math.degrees(bearing_of_y(placement, HeightPolicy()))
        apart_deg = abs((stated - used + 180.0) % 360.0 - 180.0)
        if apart_deg > _NORTH_TOLERANCE_DEG and stated != 0.0:
            log.warn(
                "north-contradicts",
                f"true north turns the model by {stated:.1f}° and the map conversion by {used:.1f}° "
                f"({apart_deg:.1f}° apart); the map conversion is used",
            )


def check_against_sites(
    placement: MapPlacement, sites: list[dict[str, Any]], log: IssueLog, used: str = "the map conversion puts it"
) -> None:
    """Warn where the site's latitude and longitude lie far from where what is used puts the site."""
    quiet = IssueLog()
    for site in sites:
        if not (site["latitude"] and site["longitude"]):
            continue
        lat_deg, lon_deg = (compound_angle(site[key], key, quiet) for key in ("latitude", "longitude"))
        ecef = placement.to_ecef(np.array([site["origin"]] * 2, float), HeightPolicy())
        lon, lat, _ = ecef_to_lonlat(ecef)[0]
        distance_m = abs(pyproj.Geod(ellps="WGS84").inv(lon, lat, lon_deg, lat_deg)[2])
        if distance_m > CONTRADICTION_M:
            log.warn(
                "positions-contradict",
                f"the site's latitude and longitude ({lat_deg:.5f}, {lon_deg:.5f}) lie {distance_m / 1000:,.1f} km "
                f"from where {used} ({lat:.5f}, {lon:.5f}), which counts",
                where=f"#{site['step']}",
            )
