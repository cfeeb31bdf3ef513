"""A column of binary geometries made ready: what is sound stays as it is, the rest goes through repair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from cim_core.geometry.polygons import DEGENERATE_RATIO, MAX_VERTICES, Defect, decode_wkb, prepare_polygons
from cim_core.geometry.wkb import are_simple, encode_simple, read_simple

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: A step counts as a turn only if its cross product is larger than rounding could make it, by far.
_CERTAIN = 1e-12


@dataclass(frozen=True, slots=True)
class PreparedColumn:
    """Row by row: binary of a valid 2D Polygon or MultiPolygon with counter-clockwise shells, or null and the defect.

    ``bounds``: (n, 4) west, south, east, north, NaN where there is no shape. The others are as in ``PreparedPolygons``.
    """

    wkb: pa.Array
    bounds: Floats
    defect: NDArray[np.uint8]
    is_closed: Mask
    is_repaired: Mask
    area_change: Floats
    is_partial: Mask
    has_z: Mask

    @property
    def is_usable(self) -> Mask:
        """Rows that have a shape."""
        return np.asarray(self.defect == Defect.NONE, dtype=bool)


def prepare_column(wkb: pa.Array, move: Callable[[Floats], Floats] | None = None) -> PreparedColumn:
    """Check, repair, classify and orient a column of binary geometries; ``move`` then changes their coordinates.

    Rings that can be seen to be sound from their numbers keep their bytes (turned round where they run clockwise);
    GEOS judges the rest, and repairs what is not.
    """
    count = len(wkb)
    sound, sound_wkb, sound_bounds = _sound(wkb) if move is None else (np.zeros(0, np.int64), wkb[:0], np.zeros((0, 4)))
    is_other = np.ones(count, bool)
    is_other[sound] = False
    others = np.flatnonzero(is_other)
    chosen = wkb if len(others) == count else wkb.filter(pa.array(is_other))
    shapes = prepare_polygons(*decode_wkb(chosen.to_numpy(zero_copy_only=False)))
    polygons = shapes.polygons if move is None else shapely.transform(shapes.polygons, move)
    if len(others):
        order = np.empty(count, np.int64)
        order[sound], order[others] = np.arange(len(sound)), np.arange(len(sound), count)
        other_wkb = pa.array(shapely.to_wkb(polygons), sound_wkb.type)
        sound_wkb = pa.concat_arrays([sound_wkb, other_wkb]).take(pa.array(order))
    bounds = np.full((count, 4), np.nan)
    bounds[sound], bounds[others] = sound_bounds, shapely.bounds(polygons)

    def spread(values: NDArray[Any]) -> NDArray[Any]:
        whole = np.zeros(count, values.dtype)
        whole[others] = values
        return whole

    return PreparedColumn(
        wkb=sound_wkb,
        bounds=bounds,
        defect=spread(shapes.defect),
        is_closed=spread(shapes.is_closed),
        is_repaired=spread(shapes.is_repaired),
        area_change=spread(shapes.area_change),
        is_partial=spread(shapes.is_partial),
        has_z=spread(shapes.has_z),
    )


def _sound(wkb: pa.Array) -> tuple[Indices, pa.Array, Floats]:
    """Rows that are valid polygons of one ring, their binary with counter-clockwise rings, and their bounds."""
    rows = np.flatnonzero(are_simple(wkb))
    if not len(rows):
        return rows, wkb[:0], np.zeros((0, 4))
    xy, count = read_simple(wkb, rows)
    rings = _Rings(xy, count)
    sound = rings.are_plausible()
    doubtful = np.flatnonzero(sound & ~rings.are_star_shaped())
    if len(doubtful):
        shapes = shapely.from_wkb(_pick(wkb, rows[doubtful]).to_numpy(zero_copy_only=False), on_invalid="ignore")
        sound[doubtful] = shapely.is_valid(shapes)
    is_turned = sound & (rings.area < 0)
    if is_turned.any():
        found = encode_simple(rings.turned(is_turned), count)
        found = found if sound.all() else found.filter(pa.array(sound))
    else:
        found = wkb if sound.sum() == len(wkb) else _pick(wkb, rows[sound])
    return rows[sound], found, rings.bounds[sound]


def _pick(wkb: pa.Array, rows: Indices) -> pa.Array:
    """Rows by ascending number; Arrow filters bytes faster than it takes them."""
    mask = np.zeros(len(wkb), bool)
    mask[rows] = True
    return wkb.filter(pa.array(mask))


class _Rings:
    """Closed rings one after another, measured all at once. ``area`` is signed, positive where counter-clockwise."""

    def __init__(self, xy: Floats, count: Indices) -> None:
        self._xy, self._count = xy, count
        self._last = np.cumsum(count) - 1
        self._start = self._last - count + 1
        x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
        self.bounds = np.stack(
            [
                part.reduceat(axis, self._start)
                for part, axis in ((np.minimum, x), (np.minimum, y), (np.maximum, x), (np.maximum, y))
            ],
            axis=1,
        )
        with np.errstate(invalid="ignore", over="ignore"):
            dx, dy = self._steps(x), self._steps(y)
            near_x, near_y = x - np.repeat(x[self._start], count), y - np.repeat(y[self._start], count)
            across = near_x * dy - near_y * dx
            self.area = np.add.reduceat(across, self._start) / 2
            length = np.hypot(dx, dy)
            self._length = np.add.reduceat(length, self._start)
        self._is_closed = (x[self._start] == x[self._last]) & (y[self._start] == y[self._last])

    def _steps(self, values: Floats) -> Floats:
        """From every point to the next of its ring; nothing from the last point, which is the first one again."""
        steps = np.zeros_like(values)
        np.subtract(values[1:], values[:-1], out=steps[:-1])
        steps[self._last] = 0.0
        return steps

    def are_plausible(self) -> Mask:
        """Closed, of finite coordinates, not too long a list, and with an area worth the name."""
        with np.errstate(invalid="ignore", over="ignore"):
            has_area = np.abs(self.area) > DEGENERATE_RATIO * self._length**2
        is_finite = np.isfinite(self.bounds).all(axis=1) & np.isfinite(self.area)
        return np.asarray(is_finite & has_area & self._is_closed & (self._count <= MAX_VERTICES))

    def are_star_shaped(self) -> Mask:
        """Rings that go round the middle of their box once and never back: they cannot cross themselves."""
        with np.errstate(invalid="ignore", over="ignore"):
            x = self._xy[:, 0] - np.repeat((self.bounds[:, 0] + self.bounds[:, 2]) / 2, self._count)
            y = self._xy[:, 1] - np.repeat((self.bounds[:, 1] + self.bounds[:, 3]) / 2, self._count)
            one, other = x[:-1] * y[1:], y[:-1] * x[1:]
            turn, doubt = one - other, _CERTAIN * (np.abs(one) + np.abs(other))
        sign = np.zeros(len(x), np.int8)
        sign[:-1] = (turn > doubt).view(np.int8) - (turn < -doubt).view(np.int8)
        sign[self._last] = 1
        is_left = np.minimum.reduceat(sign, self._start) == 1
        sign[self._last] = -1
        is_right = np.maximum.reduceat(sign, self._start) == -1
        is_upper = (y > 0) | ((y == 0) & (x > 0))
        changes = np.zeros(len(x), np.int64)
        changes[:-1] = is_upper[1:] != is_upper[:-1]
        changes[self._last] = 0
        return np.asarray((is_left | is_right) & (np.add.reduceat(changes, self._start) == 2))

    def turned(self, is_turned: Mask) -> Floats:
        """The points with some rings run through the other way, from the same first point."""
        source = np.arange(len(self._xy))
        backwards = np.repeat(is_turned, self._count)
        source[backwards] = np.repeat(self._start + self._last, self._count)[backwards] - source[backwards]
        return np.asarray(self._xy[source])
