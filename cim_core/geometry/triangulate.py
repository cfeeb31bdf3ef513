"""Polygons to triangles: a fan for strictly convex rings, earcut for the rest."""

from __future__ import annotations

import mapbox_earcut
import numpy as np
from numpy.typing import NDArray

from cim_core.geometry.ragged import Indices, concat_ranges, starts_of

Floats = NDArray[np.float64]


def triangulate_polygons(xy: Floats, ring_count: Indices, rings_of_polygon: Indices) -> tuple[Indices, Indices]:
    """Counter-clockwise triangles (T, 3) into ``xy``, and the polygon each belongs to (T,).

    ``xy``: (V, 2) vertices of unclosed rings one after another, exterior counter-clockwise, holes clockwise.
    ``ring_count``: vertices of each ring. ``rings_of_polygon``: rings of each polygon, the exterior first.
    """
    polygons = len(rings_of_polygon)
    first_ring = starts_of(rings_of_polygon)
    ring_start = starts_of(ring_count)
    vertices = np.add.reduceat(ring_count, first_ring) if polygons else np.zeros(0, np.int64)
    start = ring_start[first_ring]
    origin = np.repeat(xy[start], vertices, axis=0)
    local = np.ascontiguousarray(xy - origin)
    is_fan = (rings_of_polygon == 1) & _is_strictly_convex(local, start, vertices)
    fan_triangles, fan_polygon = _fans(start[is_fan], vertices[is_fan], np.flatnonzero(is_fan))
    ear_triangles, ear_polygon = _earcuts(local, ring_count, rings_of_polygon, start, np.flatnonzero(~is_fan))
    triangles = np.concatenate([fan_triangles, ear_triangles])
    polygon = np.concatenate([fan_polygon, ear_polygon])
    order = np.argsort(polygon, kind="stable")
    return triangles[order], polygon[order]


def signed_areas(xy: Floats, triangles: Indices) -> Floats:
    """Area of every triangle, positive where counter-clockwise, in the square of the unit of ``xy``."""
    # Column by column: picking single numbers is many times faster than picking pairs.
    x, y = np.ascontiguousarray(xy.T)
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    ax, ay = x[a], y[a]
    return np.asarray(0.5 * ((x[b] - ax) * (y[c] - ay) - (y[b] - ay) * (x[c] - ax)))


def _is_strictly_convex(xy: Floats, start: Indices, count: Indices) -> NDArray[np.bool_]:
    """Whether every corner of the exterior turns left, once around in all."""
    if not len(start):
        return np.zeros(0, bool)
    x, y = np.ascontiguousarray(xy.T)
    following = np.arange(1, len(xy) + 1)
    following[start + count - 1] = start
    dx, dy = x[following] - x, y[following] - y
    before_x, before_y = np.empty_like(dx), np.empty_like(dy)
    before_x[following], before_y[following] = dx, dy
    cross = before_x * dy - before_y * dx
    scale_squared = (before_x * before_x + before_y * before_y) * (dx * dx + dy * dy)
    turns_left = (cross > 0) & (cross * cross > 1e-12 * scale_squared)
    # Once around, the way turns from westward to eastward once.
    turns_east = (dx > 0) & (before_x <= 0)
    return np.asarray(np.logical_and.reduceat(turns_left, start) & (np.add.reduceat(turns_east, start) == 1))


def _fans(start: Indices, count: Indices, polygon: Indices) -> tuple[Indices, Indices]:
    """Fans around the first vertex."""
    each = count - 2
    first = np.repeat(start, each)
    second = concat_ranges(start + 1, each)
    return np.stack([first, second, second + 1], axis=1), np.repeat(polygon, each)


def _earcuts(
    xy: Floats, ring_count: Indices, rings_of_polygon: Indices, start: Indices, which: Indices
) -> tuple[Indices, Indices]:
    """Earcut one polygon at a time: the library's call takes one."""
    if not len(which):
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    cut = mapbox_earcut.triangulate_float64
    first_ring = starts_of(rings_of_polygon)
    within = np.cumsum(ring_count)
    ring_ends = (within - np.repeat(start, rings_of_polygon)).astype(np.uint32)
    begins, ring_from = start[which].tolist(), first_ring[which]
    ring_to = ring_from + rings_of_polygon[which]
    ends = within[ring_to - 1].tolist()
    pieces = [
        cut(xy[a:b], ring_ends[r0:r1])
        for a, b, r0, r1 in zip(begins, ends, ring_from.tolist(), ring_to.tolist(), strict=True)
    ]
    sizes = np.fromiter((len(piece) for piece in pieces), np.int64, len(pieces))
    triangles = np.concatenate(pieces).astype(np.int64).reshape(-1, 3)
    triangles += np.repeat(start[which], sizes // 3)[:, None]
    clockwise = signed_areas(xy, triangles) < 0
    triangles[clockwise] = triangles[clockwise][:, ::-1]
    return triangles, np.repeat(which, sizes // 3)
