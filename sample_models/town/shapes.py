"""Footprint outlines of the town's building types, drawn at the origin (x along the front, y to the north)."""

from __future__ import annotations

from numpy.random import Generator
from shapely import affinity
from shapely.geometry import Polygon, box
from shapely.ops import unary_union


def slab(width_m: float, depth_m: float, unit_m: float, stair_m: float, balcony_m: float) -> Polygon:
    """A walk-up slab: stair bays step out to the north, balconies to the south, once a unit."""
    units = max(1, round(width_m / unit_m))
    step = width_m / units
    parts = [box(0, balcony_m, width_m, depth_m - stair_m)]
    for i in range(units):
        mid = (i + 0.5) * step
        if stair_m:
            parts.append(box(mid - 1.5, depth_m - stair_m - 0.5, mid + 1.5, depth_m))
        if balcony_m:
            parts += [
                box(mid - step * 0.36, 0, mid - step * 0.12, balcony_m + 0.5),
                box(mid + step * 0.12, 0, mid + step * 0.36, balcony_m + 0.5),
            ]
    return _one(unary_union(parts))


def point_tower(width_m: float, depth_m: float) -> Polygon:
    """A point block: four flats around a core, notched on all sides."""
    w, d = width_m, depth_m
    body = box(0, 0, w, d)
    cuts = [
        box(w * 0.42, -1, w * 0.58, d * 0.2),
        box(w * 0.44, d * 0.84, w * 0.56, d + 1),
        box(-1, d * 0.44, w * 0.09, d * 0.6),
        box(w * 0.91, d * 0.44, w + 1, d * 0.6),
    ]
    return _one(body.difference(unary_union(cuts)))


def tall_slab(width_m: float, depth_m: float) -> Polygon:
    """A high slab of two or three units, stepped between them."""
    units = max(2, round(width_m / 20))
    step = width_m / units
    parts = [box(i * step, 0 if i % 2 else 1.4, (i + 1) * step, depth_m - (1.2 if i % 2 else 0)) for i in range(units)]
    parts += [box((i + 0.5) * step - 2, depth_m - 2, (i + 0.5) * step + 2, depth_m + 1.2) for i in range(units)]
    return _one(unary_union(parts))


def ell(width_m: float, depth_m: float, arm_m: float, *, east: bool) -> Polygon:
    """A main wing along the north side with one side wing."""
    side = box(width_m - arm_m, 0, width_m, depth_m) if east else box(0, 0, arm_m, depth_m)
    return _one(box(0, depth_m - arm_m * 1.25, width_m, depth_m).union(side))


def cup(width_m: float, depth_m: float, arm_m: float) -> Polygon:
    """Three wings around a court that opens to the south."""
    return _one(
        unary_union(
            [
                box(0, depth_m - arm_m * 1.3, width_m, depth_m),
                box(0, 0, arm_m, depth_m),
                box(width_m - arm_m, 0, width_m, depth_m),
            ]
        )
    )


def ring(width_m: float, depth_m: float, arm_m: float) -> Polygon:
    """Four wings around a closed court."""
    return box(0, 0, width_m, depth_m).difference(box(arm_m, arm_m * 0.9, width_m - arm_m, depth_m - arm_m * 1.35))


def comb(width_m: float, depth_m: float, arm_m: float) -> Polygon:
    """A school: two long wings to the south joined by a spine."""
    return _one(
        unary_union(
            [
                box(0, 0, width_m, arm_m),
                box(0, depth_m - arm_m, width_m, depth_m),
                box(width_m * 0.42, 0, width_m * 0.42 + 7, depth_m),
            ]
        )
    )


def courtyard(rng: Generator, width_m: float, depth_m: float, ring_share: float) -> list[tuple[str, Polygon]]:
    """The parts of one courtyard house on a lot: (role, outline); roles are main, wing, gatehouse and house."""
    arm = float(rng.uniform(3.6, 4.6))
    draw = float(rng.random())
    if draw < ring_share:
        hall = min(6.4, depth_m * 0.36)
        gate = min(4.2, depth_m * 0.24)
        south, north = gate + 0.5, depth_m - hall - 0.5
        parts = [
            ("main", box(0.6, depth_m - hall, width_m - 0.6, depth_m)),
            ("wing", box(0, south, arm, north)),
            ("wing", box(width_m - arm, south, width_m, north)),
        ]
        if rng.random() < 0.35:
            parts.append(("gatehouse", box(0.3, 0, width_m - float(rng.uniform(2.2, 3.4)), gate)))
        return [p for p in parts if p[1].area > 12]
    if draw < ring_share + 0.30:
        return [("house", cup(width_m, depth_m, arm))]
    if draw < ring_share + 0.62:
        return [("house", ell(width_m, depth_m, arm + 0.8, east=bool(rng.random() < 0.5)))]
    if draw < ring_share + 0.72:
        return [("house", ring(width_m, depth_m, arm))]
    hall = float(rng.uniform(6.2, 8.2))
    parts = [("main", box(0, depth_m - hall, width_m, depth_m))]
    if rng.random() < 0.4:
        parts.append(("gatehouse", box(0, 0, width_m * float(rng.uniform(0.4, 0.75)), 3.8)))
    return parts


def _one(shape: object) -> Polygon:
    if not isinstance(shape, Polygon):
        raise TypeError("a footprint must be one polygon")
    return shape.simplify(0.01)


def turned(shape: Polygon, x: float, y: float, angle_deg: float) -> Polygon:
    """``shape`` turned about its own origin and moved so that the origin stands at (x, y)."""
    return affinity.translate(affinity.rotate(shape, angle_deg, origin=(0, 0)), x, y)
