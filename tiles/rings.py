"""A column of WKB polygons to clean rings in flat arrays: unclosed, oriented, without points that add nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from cim_core.geometry.wkb import read_simple
from tiles.ragged import Indices, concat_ranges, starts_of

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Points nearer to each other than this are one.
CLOSE_M = 1e-3
#: A point this near to the line between its neighbours adds nothing that a tile could show.
COLLINEAR_M = 1e-3


@dataclass(frozen=True, slots=True)
class Rings:
    """Polygons of a batch: ``xy`` (V, 2) one ring after another; exterior first in every part, parts in row order.

    ``ring_count``: vertices of each ring. ``rings_of_part``: rings of each part. ``part_row``: row of each part.
    """

    xy: Floats
    ring_count: Indices
    rings_of_part: Indices
    part_row: Indices

    @property
    def ring_row(self) -> Indices:
        """Row of each ring."""
        return np.repeat(self.part_row, self.rings_of_part)

    @property
    def vertex_row(self) -> Indices:
        """Row of each vertex."""
        return np.repeat(self.ring_row, self.ring_count)


def simple_rings(wkb: pa.Array, rows: Indices) -> Rings:
    """The closed rings of rows that are simple (``cim_core.geometry.wkb``), read off the bytes."""
    xy, ring_count = read_simple(wkb, rows)
    return Rings(xy, ring_count, np.ones(len(rows), np.int64), rows)


def shapely_rings(geometry: NDArray[np.object_], rows: Indices) -> Rings:
    """The closed rings of polygons and multipolygons; ``rows`` are their row numbers."""
    parts, part = shapely.get_parts(shapely.force_2d(geometry), return_index=True)
    if not len(parts):
        empty = np.zeros(0, np.int64)
        return Rings(np.zeros((0, 2)), empty, empty, empty)
    _, xy, (ring_offset, part_offset) = shapely.to_ragged_array(parts)
    return Rings(xy, np.diff(np.asarray(ring_offset, np.int64)), np.diff(np.asarray(part_offset, np.int64)), rows[part])


def merge_rings(one: Rings, other: Rings) -> Rings:
    """Both sets, parts in row order."""
    if not len(other.part_row):
        return one
    if not len(one.part_row):
        return other
    ring_count = np.concatenate([one.ring_count, other.ring_count])
    rings_of_part = np.concatenate([one.rings_of_part, other.rings_of_part])
    part_row = np.concatenate([one.part_row, other.part_row])
    order = np.argsort(part_row, kind="stable")
    rings = concat_ranges(starts_of(rings_of_part)[order], rings_of_part[order])
    vertices = concat_ranges(starts_of(ring_count)[rings], ring_count[rings])
    xy = np.concatenate([one.xy, other.xy])[vertices]
    return Rings(xy, ring_count[rings], rings_of_part[order], part_row[order])


def clean_rings(rings: Rings, scale_by_row: Floats) -> Rings:
    """Rings opened, without repeated and collinear points, exteriors counter-clockwise, holes clockwise.

    Rings with fewer than three corners go, with an exterior its holes. ``scale_by_row``: (n, 2) metres per unit.
    """
    x, y = np.ascontiguousarray((rings.xy * scale_by_row[rings.vertex_row]).T)
    keep = np.ones(len(x), bool)
    keep[:-1] = np.maximum(np.abs(np.diff(x)), np.abs(np.diff(y))) > CLOSE_M
    keep[np.cumsum(rings.ring_count) - 1] = False
    rings, x, y = _filter(rings, keep), x[keep], y[keep]
    rings = _filter(rings, ~_is_superfluous(rings, x, y))
    usable = rings.ring_count >= 3
    first = starts_of(rings.rings_of_part)
    usable &= np.repeat(usable[first], rings.rings_of_part)
    rings_of_part = np.add.reduceat(usable, first).astype(np.int64) if len(first) else rings.rings_of_part
    xy = rings.xy[np.repeat(usable, rings.ring_count)]
    alive = rings_of_part > 0
    rings = Rings(xy, rings.ring_count[usable], rings_of_part[alive], rings.part_row[alive])
    return _oriented(rings)


def following_of(ring_count: Indices) -> Indices:
    """For every vertex the next of its ring."""
    total = int(ring_count.sum())
    following = np.arange(1, total + 1)
    start = starts_of(ring_count)
    alive = ring_count > 0
    following[(start + ring_count - 1)[alive]] = start[alive]
    return following


def ring_areas(xy: Floats, ring_count: Indices) -> Floats:
    """Signed area of every ring, positive where counter-clockwise. ``xy`` near the origin keeps its digits."""
    following = following_of(ring_count)
    cross = xy[:, 0] * xy[following, 1] - xy[following, 0] * xy[:, 1]
    return np.asarray(np.add.reduceat(cross, starts_of(ring_count)) / 2) if len(ring_count) else np.zeros(0)


def from_ring_start(xy: Floats, ring_count: Indices) -> Floats:
    """Coordinates relative to the first vertex of their ring."""
    return np.asarray(xy - np.repeat(xy[starts_of(ring_count)], ring_count, axis=0))


def _filter(rings: Rings, keep: Mask) -> Rings:
    if keep.all():
        return rings
    count = np.add.reduceat(np.append(keep, False), starts_of(rings.ring_count)).astype(np.int64)
    count[rings.ring_count == 0] = 0
    return Rings(rings.xy[keep], count, rings.rings_of_part, rings.part_row)


def _is_superfluous(rings: Rings, x: Floats, y: Floats) -> Mask:
    """Points on the line between their neighbours; of several in a row every other one, so that curves stay.

    ``x``, ``y``: the points in metres.
    """
    following = following_of(rings.ring_count)
    dx, dy = x[following] - x, y[following] - y
    before_x, before_y = np.empty_like(dx), np.empty_like(dy)
    before_x[following], before_y[following] = dx, dy
    across = before_x * dy - before_y * dx
    along_squared = (before_x + dx) ** 2 + (before_y + dy) ** 2
    on_line = (across * across < COLLINEAR_M**2 * along_squared) & (before_x * dx + before_y * dy > 0)
    on_line &= np.repeat(rings.ring_count > 3, rings.ring_count)
    candidates = np.flatnonzero(on_line)
    if not len(candidates):
        return np.asarray(on_line, bool)
    run_start = np.ones(len(candidates), bool)
    run_start[1:] = np.diff(candidates) > 1
    place = np.arange(len(candidates))
    in_run = place - np.maximum.accumulate(np.where(run_start, place, 0))
    on_line[candidates[in_run % 2 == 1]] = False
    return np.asarray(on_line, bool)


def _oriented(rings: Rings) -> Rings:
    area = ring_areas(from_ring_start(rings.xy, rings.ring_count), rings.ring_count)
    is_exterior = np.zeros(len(area), bool)
    is_exterior[starts_of(rings.rings_of_part)] = True
    turned = (area < 0) == is_exterior
    turned &= area != 0
    if not turned.any():
        return rings
    start, count = starts_of(rings.ring_count)[turned], rings.ring_count[turned]
    forward = concat_ranges(start, count)
    xy = rings.xy.copy()
    xy[forward] = rings.xy[np.repeat(2 * start + count - 1, count) - forward]
    return Rings(xy, rings.ring_count, rings.rings_of_part, rings.part_row)
