"""The elevation of a model that is given a place: as stated, else on the terrain, else at zero, which is said."""

from __future__ import annotations

import numpy as np

from cim_core.crs.heights import HeightPolicy
from cim_core.crs.transform import WGS84_GEOGRAPHIC
from cim_core.issues import IssueLog
from converters.base import ReadOptions


def settle_elevation(
    lon_deg: float, lat_deg: float, stated_m: float | None, heights: HeightPolicy, options: ReadOptions, log: IssueLog
) -> float:
    """Elevation in metres in the datum of ``heights`` of a model's origin at a place (WGS 84)."""
    if stated_m is not None:
        return stated_m
    if options.ground is not None:
        found = options.ground.sample(np.array([lon_deg]), np.array([lat_deg]), WGS84_GEOGRAPHIC)
        if np.isfinite(found[0]):
            ellipsoidal = options.ground.heights.to_ellipsoidal(found, lon_deg, lat_deg)
            elevation_m = float(np.ravel(heights.from_ellipsoidal(ellipsoidal, lon_deg, lat_deg))[0])
            log.note("elevation-of-terrain", f"no elevation is given; it stands on the terrain at {elevation_m:.2f} m")
            return elevation_m
    log.warn(
        "elevation-assumed",
        "no elevation is given and no terrain is known there: it stands at elevation 0",
        hint="give it as the third number of --at, or a terrain",
    )
    return 0.0
