"""Placing a model that has no position by laying its outline over a footprint of the town."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cim_core.crs.heights import HeightPolicy
from cim_core.crs.placement import MapPlacement, Placement, bearing_of_y
from cim_core.errors import GeoreferenceError
from cim_core.geometry.matching import OutlineFit, fit_outline, mirrored
from cim_core.issues import IssueLog
from converters.targets import FootprintTarget

#: Outlines that share less than this of their joint area are not of the same building.
MIN_IOU = 0.7
#: Two turns this close in their IoU cannot be told apart by the outline.
AMBIGUOUS_IOU = 0.03
_MIRROR_GAIN = 0.05
_HINT_AT = "give --at lon,lat[,height[,bearing]] instead"


def place_on_footprint(
    outline: shapely.Geometry | None,
    ground_z: float,
    target: FootprintTarget,
    true_north: list[float] | None,
    heights: HeightPolicy,
    log: IssueLog,
    *,
    where: str,
) -> tuple[Placement, str]:
    """The placement that lays the model's outline (frame of the model, metres) on the footprint, and why.

    The model's ground comes to the footprint's base. Where several turns fit alike, the bearing of ``target`` decides,
    else a true north that is not the default one.

    Raises:
        GeoreferenceError: no outline, a poor fit ("match-poor"), a better fit in the mirror ("match-mirrored"), or
            several turns that fit alike ("match-ambiguous").
    """
    if outline is None:
        raise GeoreferenceError(
            "has nothing that covers ground, so no outline to match", where=where, hint=_HINT_AT, code="match-poor"
        )
    # Fitted near the origin, where doubles are exact to far below a millimetre.
    centre = shapely.centroid(target.polygon)
    away = np.array([centre.x, centre.y])
    goal = shapely.transform(target.polygon, lambda xy: xy - away)
    fits = fit_outline(outline, goal)
    best = fits[0]
    mirror = fit_outline(mirrored(outline), goal)[0]
    if mirror.iou > best.iou + _MIRROR_GAIN and mirror.iou >= MIN_IOU:
        raise GeoreferenceError(
            f"fits the footprint {target.id} only mirrored (IoU {mirror.iou:.2f} against {best.iou:.2f})",
            where=where,
            hint="the model or the footprint is mirrored; check which building it is",
            code="match-mirrored",
        )
    if best.iou < MIN_IOU:
        raise GeoreferenceError(
            f"does not fit the footprint {target.id}: IoU {best.iou:.2f}, RMSE {best.rmse_m:.2f} m "
            f"(at least {MIN_IOU} is needed)",
            where=where,
            hint=f"check the id, or {_HINT_AT}",
            code="match-poor",
        )
    alike = [fit for fit in fits if fit.iou > best.iou - AMBIGUOUS_IOU]
    chosen, evidence = best, "the only turn that fits"
    if len(alike) > 1:
        chosen, evidence = _choose(alike, target, away, true_north, heights, where=where)
    reason = (
        f"laid on the footprint {target.id}: IoU {chosen.iou:.3f}, RMSE {chosen.rmse_m:.2f} m, "
        f"turned {math.degrees(chosen.turn_rad):.2f}° counter-clockwise, {evidence}"
    )
    log.note("match-footprint", reason, where=where)
    return _placement(chosen, target, away, ground_z), reason


def _placement(fit: OutlineFit, target: FootprintTarget, away: NDArray[np.float64], ground_z: float) -> MapPlacement:
    return MapPlacement(
        target.crs,
        float(fit.shift_m[0] + away[0]),
        float(fit.shift_m[1] + away[1]),
        target.base_m - ground_z,
        math.cos(fit.turn_rad),
        math.sin(fit.turn_rad),
    )


def _choose(
    alike: list[OutlineFit],
    target: FootprintTarget,
    away: NDArray[np.float64],
    true_north: list[float] | None,
    heights: HeightPolicy,
    *,
    where: str,
) -> tuple[OutlineFit, str]:
    """The fit whose y axis points as the user or the model's true north says."""
    bearings = [math.degrees(bearing_of_y(_placement(fit, target, away, 0.0), heights)) % 360.0 for fit in alike]
    wanted, evidence = target.bearing_deg, "chosen by the given bearing"
    if wanted is None and true_north is not None and not _is_default(true_north):
        wanted = math.degrees(-math.atan2(true_north[0], true_north[1]))
        evidence = "chosen by the model's true north"
    if wanted is None:
        turns = ", ".join(f"{b:.0f}° (IoU {f.iou:.2f})" for b, f in zip(bearings, alike, strict=True))
        raise GeoreferenceError(
            f"fits the footprint {target.id} in {len(alike)} ways: its y axis may point to {turns}",
            where=where,
            hint=f"say which with --bearing, e.g. --bearing {bearings[0]:.0f}",
            code="match-ambiguous",
        )
    off = [abs((b - wanted + 180.0) % 360.0 - 180.0) for b in bearings]
    return alike[int(np.argmin(off))], evidence


def _is_default(true_north: list[Any]) -> bool:
    """Whether true north is the y axis: what tools write when nobody turned it."""
    return abs(float(true_north[0])) < 1e-6 or len(true_north) < 2
