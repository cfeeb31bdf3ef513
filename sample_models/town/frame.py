"""The local frame of the town (metres east and north of the seat point) and the smooth curves drawn in it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

#: The county seat (113.4054 E, 38.0848 N) in EPSG:4547. Every local coordinate is an offset from it.
ORIGIN_E = 447834.79
ORIGIN_N = 4217077.55
EPSG = 4547
UNDULATION_M = -15.6

XY = tuple[float, float]
Floats = NDArray[np.float64]


def to_grid(geometry: BaseGeometry) -> BaseGeometry:
    """A local geometry moved to EPSG:4547."""
    return affinity.translate(geometry, ORIGIN_E, ORIGIN_N)


def smooth_line(points: Sequence[XY], step_m: float = 12.0) -> LineString:
    """A Catmull-Rom curve through ``points``, sampled about every ``step_m`` metres, 2 decimals."""
    p = np.asarray(points, dtype=float)
    if len(p) == 2:
        return LineString(p.round(2))
    padded = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    out: list[XY] = []
    for i in range(len(p) - 1):
        a, b, c, d = padded[i : i + 4]
        count = max(2, math.ceil(float(np.hypot(*(c - b))) / step_m))
        t = (np.arange(count) / count)[:, None]
        curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        out += [(float(x), float(y)) for x, y in curve]
    out.append((float(p[-1, 0]), float(p[-1, 1])))
    return LineString(np.asarray(out).round(2))


def rectangle(sw: XY, width_m: float, depth_m: float, angle_deg: float) -> Polygon:
    """A rectangle whose south-west corner stands at ``sw`` and whose x axis is turned ``angle_deg`` from grid east."""
    return affinity.translate(affinity.rotate(box(0, 0, width_m, depth_m), angle_deg, origin=(0, 0)), sw[0], sw[1])


def heading_at(line: LineString, distance_m: float) -> tuple[XY, float]:
    """The point at a chainage and the direction of the line there, in degrees counter-clockwise from east."""
    a = line.interpolate(max(0.0, distance_m - 4.0))
    b = line.interpolate(min(line.length, distance_m + 4.0))
    p = line.interpolate(distance_m)
    return (p.x, p.y), math.degrees(math.atan2(b.y - a.y, b.x - a.x))
