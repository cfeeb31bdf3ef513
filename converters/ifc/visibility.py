"""Which faces of a building can be seen from outside: a grid of what is solid, and straight looks away from each face.

A room's walls see other walls; a facade sees the open. The building is put into a grid of cells a hand wide; from a
cell in front of a face, one looks level along the face's normal, up and down at 45 degrees, straight up and down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_core.geometry.ragged import starts_of

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_PITCH_M = 0.2
_MAX_CELLS = 8e6
_MAX_SAMPLES = 1e6
#: Samples lie this fraction of a cell apart, so that hardly a cell of a face is missed.
_DENSITY = 0.75
#: How far in front of a face one looks from, in cells: outside the cell of the face, whatever its position in it.
_STEP_CELLS = 1.6
#: A look level is along a grid axis within about 70° of the face's normal.
_MIN_ALONG = 0.35
#: Paving and thresholds below this height do not close a court from below.
_GROUND_M = 0.6


@dataclass(frozen=True, slots=True)
class Samples:
    """Points spread evenly over triangles: positions (n, 3), the triangle of each, and the area it stands for."""

    points: Floats
    triangle: NDArray[np.int64]
    area_m2: Floats


def sample_triangles(corners: Floats, area_m2: Floats, spacing_m: float) -> Samples:
    """Points on triangles (t, 3, 3) at most ``spacing_m`` apart; every triangle has at least one."""
    sides = np.roll(corners, -1, axis=1) - corners
    first = (np.einsum("tij,tij->ti", sides, sides).argmax(axis=1) + 2) % 3  # both its edges are short
    number = np.arange(len(corners))
    apex, left, right = (corners[number, (first + k) % 3] for k in range(3))
    along, across = left - apex, right - apex
    count_a = np.maximum(np.ceil(np.linalg.norm(along, axis=1) / spacing_m), 1).astype(np.int64)
    count_b = np.maximum(np.ceil(np.linalg.norm(across, axis=1) / spacing_m), 1).astype(np.int64)
    counts = count_a * count_b
    # A million of them are made at a time: values are repeated and not looked up, and arrays used again.
    local = np.arange(counts.sum()) - np.repeat(starts_of(counts), counts)
    wide = np.repeat(count_a, counts)
    down = local // wide
    u = (local - down * wide + 0.5) * np.repeat(1.0 / count_a, counts)
    v = (down + 0.5) * np.repeat(1.0 / count_b, counts)
    beyond = u + v > 1.0
    np.subtract(1.0, u, out=u, where=beyond)
    np.subtract(1.0, v, out=v, where=beyond)
    points = np.repeat(apex, counts, axis=0)
    points += u[:, None] * np.repeat(along, counts, axis=0)
    points += v[:, None] * np.repeat(across, counts, axis=0)
    return Samples(points, np.repeat(number, counts), np.repeat(area_m2 / counts, counts))


def main_direction(normals: Floats, areas: Floats) -> float:
    """Direction in radians that most upright faces are parallel or square to, from −45° to 45°."""
    angle = np.arctan2(normals[:, 1], normals[:, 0])
    return float(np.arctan2((areas * np.sin(4 * angle)).sum(), (areas * np.cos(4 * angle)).sum()) / 4)


class OpenSpace:
    """The cells around and in a building, and from which of them one sees the open in which direction."""

    def __init__(self, corners: Floats, area_m2: Floats, turn_rad: float, ground_z: float) -> None:
        self._axes = np.array([[np.cos(turn_rad), np.sin(turn_rad)], [-np.sin(turn_rad), np.cos(turn_rad)]])
        flat = self._turned(corners.reshape(-1, 3))
        lower, upper = flat.min(axis=0), flat.max(axis=0)
        volume = float(np.prod(np.maximum(upper - lower, 1.0)))
        self.pitch_m = max(_PITCH_M, (volume / _MAX_CELLS) ** (1 / 3), (area_m2.sum() / _MAX_SAMPLES) ** 0.5 / _DENSITY)
        self._lower = lower - 3 * self.pitch_m
        self._shape = tuple(((upper - self._lower) / self.pitch_m).astype(int) + 4)
        samples = sample_triangles(corners, area_m2, self.pitch_m * _DENSITY)
        solid = np.zeros(self._shape, bool)
        cells = self._cells(self._turned(samples.points))
        solid[cells[0], cells[1], cells[2]] = True
        self.reach_m = _STEP_CELLS * self.pitch_m
        self._look(solid, ground_z)

    def _turned(self, points: Floats) -> Floats:
        turned = points.copy()
        turned[:, :2] = points[:, :2] @ self._axes.T
        return turned

    def _cells(self, turned: Floats) -> tuple[NDArray[np.int64], ...]:
        index = ((turned - self._lower) / self.pitch_m).astype(np.int64)
        index = np.clip(index, 0, np.array(self._shape) - 1)
        return index[:, 0], index[:, 1], index[:, 2]

    def _look(self, solid: Bools, ground_z: float) -> None:
        def free_towards(axis: int, *, ahead: bool, of: Bools = solid) -> Bools:
            view = np.flip(of, axis) if ahead else of
            blocked = np.logical_or.accumulate(view, axis=axis)
            free: Bools = ~(np.flip(blocked, axis) if ahead else blocked)
            return free

        self._level = [free_towards(axis, ahead=ahead) for axis in (0, 1) for ahead in (True, False)]
        self._rising = [_free_rising(solid, axis, ahead=ahead) for axis in (0, 1) for ahead in (True, False)]
        # Nobody looks out through the ground below a room that has no floor slab.
        inside = np.logical_and.reduce([~free.all(axis=2) for free in self._level])
        grounded = solid.copy()
        grounded[inside, : max(int(np.floor((ground_z - self._lower[2]) / self.pitch_m + 0.01)), 0)] = True
        upside_down = np.flip(grounded, 2)
        self._falling = [
            np.flip(_free_rising(upside_down, axis, ahead=ahead), 2) for axis in (0, 1) for ahead in (True, False)
        ]
        self._up = free_towards(2, ahead=True)
        above = solid.copy()
        above[:, :, : max(int((ground_z + _GROUND_M - self._lower[2]) / self.pitch_m), 0)] = False
        self._down = free_towards(2, ahead=False, of=above)
        self.is_roofed = _cover_share(solid, inside, self.pitch_m) > 0.5

    def sees_out(self, points: Floats, normals: Floats) -> Bools:
        """Whether points on upright faces with outward normals (n, 3) see the open.

        Level or, under eaves, down and out; up and out from a recess or a court. A parapet's inner face, over a roof
        and before another parapet, does not count.
        """
        away = self._turned(normals)
        x, y, z = self._cells(self._turned(points) + away * self.reach_m)
        level = np.zeros(len(points), bool)
        rising = np.zeros(len(points), bool)
        for number, (axis, sign) in enumerate(((0, 1.0), (0, -1.0), (1, 1.0), (1, -1.0))):
            is_along = away[:, axis] * sign > _MIN_ALONG
            level |= is_along & (self._level[number][x, y, z] | self._falling[number][x, y, z])
            rising |= is_along & self._rising[number][x, y, z]
        if not self.is_roofed:
            return level
        up, down = self._up[x, y, z], self._down[x, y, z]
        return level | (rising & (down | ~up)) | (up & down)


def _cover_share(solid: Bools, inside: Bools, pitch_m: float) -> float:
    """Share of the plan inside the outline that has something well above its lowest part."""
    top = np.where(solid.any(axis=2), solid.shape[2] - 1 - np.argmax(solid[:, :, ::-1], axis=2), -1)
    base = np.argmax(solid.any(axis=(0, 1)))
    high = top > base + 1.5 / pitch_m
    return float(high[inside].mean()) if inside.any() else 0.0


def _free_rising(solid: Bools, axis: int, *, ahead: bool) -> Bools:
    """Whether the diagonal at 45° up and out along an axis meets nothing."""
    view = np.moveaxis(np.flip(solid, axis) if ahead else solid, axis, 0)
    free = np.ones(view.shape, bool)
    free[0] = ~view[0]
    for layer in range(1, len(view)):
        free[layer, :, :-1] = free[layer - 1, :, 1:]
        free[layer] &= ~view[layer]
    result: Bools = np.moveaxis(free, 0, axis)
    return np.asarray(np.flip(result, axis)) if ahead else result
