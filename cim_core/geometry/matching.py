"""Lay one outline over another without changing its size: the turn and shift that fit best, and how well they fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEP_M = 0.25
_MAX_POINTS = 2_000
_ROUNDS = 40
_TRIM = 0.9
#: A distance up to so many medians is no outlier: eaves all around are no reason to leave a side out.
_OUTLIER = 2.0
_STILL = 1e-5


@dataclass(frozen=True, slots=True)
class OutlineFit:
    """``target ≈ turn(source) + shift``: the turn is counter-clockwise in radians, the shift in metres.

    ``rmse_m``: root mean square distance of the boundaries from each other, both ways; ``iou``: area both cover over
    area either covers, 0 to 1.
    """

    turn_rad: float
    shift_m: tuple[float, float]
    rmse_m: float
    iou: float

    def apply(self, points: Floats) -> Floats:
        """Points (n, 2) of the source where they come to lie."""
        return np.asarray(points @ _turn(self.turn_rad).T + np.array(self.shift_m))


def fit_outline(source: shapely.Geometry, target: shapely.Geometry) -> list[OutlineFit]:
    """Rigid fits of ``source`` on ``target``, the best first: one for each of the four turns of their rectangles.

    Each starts with the smallest enclosing rectangles laid over each other and is refined by iterated closest points
    (Besl and McKay 1992), outliers among the worst tenth of the pairs left out. Fits that end in the same place are
    one.
    """
    shape = shapely.transform(source, lambda xy: xy - _middle(source))
    goal = shapely.transform(target, lambda xy: xy - _middle(target))
    points = _boundary_points(shape)
    edge = shapely.boundary(goal)
    start = _axis(goal) - _axis(shape)
    fits = [_refine(points, shape, goal, edge, start + k * math.pi / 2) for k in range(4)]
    distinct: list[OutlineFit] = []
    for fit in sorted(fits, key=lambda f: -f.iou):
        if all(_differ(fit, other) for other in distinct):
            distinct.append(fit)
    home, away = _middle(source), _middle(target)
    return [_moved(fit, home, away) for fit in distinct]


def mirrored(outline: shapely.Geometry) -> shapely.Geometry:
    """The outline as in a mirror."""
    return shapely.transform(outline, lambda xy: xy * [-1.0, 1.0])


def _moved(fit: OutlineFit, home: Floats, away: Floats) -> OutlineFit:
    shift = np.array(fit.shift_m) + away - _turn(fit.turn_rad) @ home
    return OutlineFit(fit.turn_rad, (float(shift[0]), float(shift[1])), fit.rmse_m, fit.iou)


def _differ(one: OutlineFit, other: OutlineFit) -> bool:
    turn = abs((one.turn_rad - other.turn_rad + math.pi) % (2 * math.pi) - math.pi)
    return turn > math.radians(5.0)


def _middle(shape: shapely.Geometry) -> Floats:
    centre = shapely.centroid(shapely.oriented_envelope(shape))
    return np.array([centre.x, centre.y])


def _axis(shape: shapely.Geometry) -> float:
    """Direction of the long side of the smallest rectangle around a shape."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(shape))[:4]
    sides = np.roll(corners, -1, axis=0) - corners
    longest = sides[np.argmax(np.hypot(*sides.T))]
    return math.atan2(longest[1], longest[0])


def _boundary_points(shape: shapely.Geometry) -> Floats:
    edge = shapely.boundary(shape)
    step = max(_STEP_M, shapely.length(edge) / _MAX_POINTS)
    points: Floats = shapely.get_coordinates(shapely.segmentize(edge, step))
    return points


def _turn(angle_rad: float) -> Floats:
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[cos, -sin], [sin, cos]])


def _refine(
    points: Floats, shape: shapely.Geometry, goal: shapely.Geometry, edge: shapely.Geometry, start_rad: float
) -> OutlineFit:
    angle, shift = start_rad, np.zeros(2)
    for _ in range(_ROUNDS):
        placed = points @ _turn(angle).T + shift
        nearest = _nearest(edge, placed)
        distance = np.hypot(*(nearest - placed).T)
        kept = distance <= max(float(np.quantile(distance, _TRIM)), _OUTLIER * float(np.median(distance)))
        turn_by, shift_by = _procrustes(placed[kept], nearest[kept])
        angle += turn_by
        shift = _turn(turn_by) @ shift + shift_by
        if abs(turn_by) + float(np.hypot(*shift_by)) < _STILL:
            break
    placed_shape = shapely.transform(shape, lambda xy: xy @ _turn(angle).T + shift)
    common = shapely.area(shapely.intersection(placed_shape, goal))
    either = shapely.area(shape) + shapely.area(goal) - common
    there = shapely.distance(shapely.points(_boundary_points(placed_shape)), edge)
    back = shapely.distance(shapely.points(_boundary_points(goal)), shapely.boundary(placed_shape))
    rmse = float(np.sqrt((np.square(there).mean() + np.square(back).mean()) / 2))
    wrapped = math.remainder(angle, 2 * math.pi)
    return OutlineFit(wrapped, (float(shift[0]), float(shift[1])), rmse, float(common / either))


def _nearest(edge: shapely.Geometry, points: Floats) -> Floats:
    """The nearest point of a boundary to each point."""
    lines = shapely.shortest_line(edge, shapely.points(points))
    ends: Floats = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    return ends[:, 0]


def _procrustes(source: Floats, target: Floats) -> tuple[float, Floats]:
    """The turn and shift that bring points onto their partners with the least squares."""
    middle_s, middle_t = source.mean(axis=0), target.mean(axis=0)
    a, b = source - middle_s, target - middle_t
    angle = math.atan2(float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()), float((a * b).sum()))
    return angle, middle_t - _turn(angle) @ middle_s
