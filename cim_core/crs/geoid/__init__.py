"""Geoid models: how far the zero of levelled heights lies above the ellipsoid, point by point."""

from cim_core.crs.geoid.bundled import BUNDLED, WORKSPACE_GEOID, bundled_geoid, find_geoid
from cim_core.crs.geoid.gtx import encode_gtx, parse_gtx, read_gtx
from cim_core.crs.geoid.model import GeoidModel

__all__ = [
    "BUNDLED",
    "WORKSPACE_GEOID",
    "GeoidModel",
    "bundled_geoid",
    "encode_gtx",
    "find_geoid",
    "parse_gtx",
    "read_gtx",
]
