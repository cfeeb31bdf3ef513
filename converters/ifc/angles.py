"""Angles as IFC writes them: latitude and longitude in parts, true north as a direction."""

from __future__ import annotations

import math

import numpy as np

from cim_core.issues import IssueLog


def compound_angle(parts: list[int], name: str, log: IssueLog) -> float:
    """Degrees from degrees, minutes, seconds, millionths of a second, which must all have one sign."""
    signs = {int(np.sign(p)) for p in parts} - {0}
    sign = next((int(np.sign(p)) for p in parts if p), 1)
    if len(signs) > 1:
        log.warn("angle-signs", f"the parts of the {name} {tuple(parts)} differ in sign; the first one counts for all")
    weights = (1.0, 1 / 60, 1 / 3600, 1 / 3.6e9)
    return sign * math.fsum(abs(p) * w for p, w in zip(parts, weights, strict=False))


def bearing_of_north(true_north: list[float] | None, log: IssueLog) -> float:
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
