"""Positions that authoring tools write when nobody set one: data, to be recognised and refused."""

from __future__ import annotations

from typing import NamedTuple


class DefaultLocation(NamedTuple):
    """A tool's preset position; ``tolerance_deg`` covers the roundings seen in files.

    ``evidence`` says how sure we are: seen in files of that tool, or own knowledge.
    """

    tool: str
    place: str
    lat_deg: float
    lon_deg: float
    tolerance_deg: float
    evidence: str = "own knowledge"


DEFAULT_LOCATIONS = (
    DefaultLocation("Revit", "Boston", 42.3584, -71.0598, 0.02, "seen in files"),
    DefaultLocation("Revit", "Boston", 42.2130, -71.0330, 0.005, "seen in files"),
    DefaultLocation("Revit (UK)", "London", 51.500152, -0.126236, 0.0005),
    DefaultLocation("ArchiCAD", "Berlin", 52.5167, 13.4, 0.005, "seen in files"),
    DefaultLocation("ArchiCAD", "Berlin", 52.31, 13.24, 0.001, "seen in files"),
    DefaultLocation("ArchiCAD", "Budapest", 47.5, 19.05, 0.005),
    DefaultLocation("BricsCAD or AutoCAD", "San Francisco", 37.795, -122.394, 0.001),
    DefaultLocation("SketchUp", "Boulder", 40.0183, -105.2421, 0.001),
    DefaultLocation("any tool", "latitude and longitude zero", 0.0, 0.0, 0.001, "seen in files"),
)


def find_default_location(lat_deg: float, lon_deg: float) -> DefaultLocation | None:
    """The preset that a position equals, or None."""
    return next(
        (
            d
            for d in DEFAULT_LOCATIONS
            if abs(lat_deg - d.lat_deg) <= d.tolerance_deg and abs(lon_deg - d.lon_deg) <= d.tolerance_deg
        ),
        None,
    )
