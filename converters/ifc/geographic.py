"""A model whose origin is given as an angle north and east: IfcRigidOperation into an IfcGeographicCRS (IFC4X3)."""

from __future__ import annotations

import math
from typing import Any

import pyproj

from cim_core.crs.placement import PointPlacement
from cim_core.crs.transform import WGS84_GEOGRAPHIC, transform_xy
from cim_core.errors import GeoreferenceError
from cim_core.issues import IssueLog
from converters.base import ReadOptions
from converters.georeference import parse_given_crs
from converters.ifc.map_crs import number_or, stated_crs

#: More than so many degrees are meant although the unit says radians.
_MAX_RAD = 2 * math.pi


def place_by_angles(
    geo: dict[str, Any], options: ReadOptions, log: IssueLog, where: str
) -> tuple[PointPlacement, pyproj.CRS, str]:
    """The placement, the CRS it was stated in, and why.

    The first coordinate is along the first axis of the CRS, which is latitude in most; y of the model is north, as a
    rigid operation does not turn. Raises GeoreferenceError: the CRS is unknown or not geographic, or the place is not
    on Earth.
    """
    operation = geo["conversion"]
    crs = parse_given_crs(options.crs)[0] if options.crs is not None else stated_crs(geo["crs"])
    if crs is None or not crs.is_geographic:
        name = (geo["crs"] or {}).get("Name")
        raise GeoreferenceError(
            f"gives its origin as two angles, but its CRS {name!r} is "
            + ("not known" if crs is None else "not a geographic one"),
            where=where,
            hint="give --crs with a geographic CRS, e.g. --crs EPSG:4490, or --at lon,lat[,height[,bearing]]",
            code="unknown-crs" if crs is None else "not-geographic",
        )
    first, second = (_degrees(operation[key], operation["angle_unit_rad"], log) for key in ("First", "Second"))
    is_east_first = crs.axis_info[0].direction.lower() == "east"
    lon_deg, lat_deg = (first, second) if is_east_first else (second, first)
    if not (abs(lat_deg) <= 90 and abs(lon_deg) <= 180):
        raise GeoreferenceError(
            f"has its origin at latitude {lat_deg:g}, longitude {lon_deg:g}, which is not on Earth",
            where=where,
            hint=f"{crs.name} counts {'longitude' if is_east_first else 'latitude'} first; or give --at",
            code="not-on-earth",
        )
    lon, lat = (float(value) for value in transform_xy(lon_deg, lat_deg, crs, WGS84_GEOGRAPHIC))
    placement = PointPlacement(lon, lat, number_or(operation.get("OrthogonalHeight"), 0.0), 0.0)
    reason = (
        f"{operation['source']} (#{operation['step']}): latitude {lat_deg:.8f}, longitude {lon_deg:.8f} in {crs.name}; "
        "y of the model is north"
    )
    return placement, crs, reason


def _degrees(angle: float, unit_rad: float, log: IssueLog) -> float:
    if math.isclose(unit_rad, 1.0) and abs(angle) > _MAX_RAD:
        log.warn("angle-unit-implied", f"{angle:g} is read in degrees, although the unit of angles is the radian")
        return angle
    return math.degrees(angle * unit_rad)
