"""What is hidden right behind another body: ends of walls in a joint, the inner leaf of a double wall.

The grid of ``visibility`` is as coarse as a wall is thick, and looks begin beyond the first cell. What lies in that
gap is found here exactly: from points of a face a short line is drawn straight out; where it meets a face of another
element, the point is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]

#: A face this near lies in the same plane: the edge of a floor that ends flush with the wall hides nothing.
_FLUSH_M = 0.002
#: Two faces look at each other when their normals are within 45° of opposite.
_FACING = 0.7


@dataclass(frozen=True, slots=True)
class Looks:
    """Short looks straight out of upright faces: starts and level unit normals (n, 3), the element of each (n,).

    ``reach_m`` is how far one looks; what is further away belongs to ``visibility``.
    """

    points: Floats
    normals: Floats
    element: Integers
    reach_m: float

    def are_hidden_by(self, corners: Floats, normals: Floats, element: NDArray[Any]) -> Bools:
        """Which looks (n,) end in another element: its face touches the point, or one lies before it.

        Args:
            corners: upright triangles (t, 3, 3) that can hide.
            normals: their unit normals (t, 3).
            element: whose they are (t,).
        """
        is_hidden = np.zeros(len(self.points), bool)
        if not len(corners) or not len(self.points):
            return is_hidden
        start = self.points - self.normals * _FLUSH_M
        end = self.points + self.normals * self.reach_m
        looks = shapely.linestrings(np.stack([start[:, :2], end[:, :2]], axis=1))
        look, triangle = shapely.STRtree(shapely.linestrings(_plan_extents(corners))).query(looks)
        z = self.points[look, 2]
        meets = (z >= corners[:, :, 2].min(axis=1)[triangle]) & (z <= corners[:, :, 2].max(axis=1)[triangle])
        meets &= self.element[look] != element[triangle]
        look, triangle = look[meets], triangle[meets]
        distance = _ray_distances(self.points[look], self.normals[look], corners[triangle])
        touches = np.einsum("ij,ij->i", self.normals[look], normals[triangle]) < -_FACING
        hides = np.where(np.abs(distance) <= _FLUSH_M, touches, (distance > 0) & (distance <= self.reach_m))
        is_hidden[look[hides]] = True
        return is_hidden


def _plan_extents(corners: Floats) -> Floats:
    """The longest edge of each triangle in plan (t, 2, 2): all an upright triangle covers there."""
    plan = corners[:, :, :2]
    edges = np.roll(plan, -1, axis=1) - plan
    longest = np.einsum("tij,tij->ti", edges, edges).argmax(axis=1)
    rows = np.arange(len(corners))
    return np.stack([plan[rows, longest], plan[rows, (longest + 1) % 3]], axis=1)


def _ray_distances(start: Floats, direction: Floats, corners: Floats) -> Floats:
    """Distance along each ray to its triangle, infinite where it misses (Möller and Trumbore, 1997)."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = np.cross(direction, second)
    determinant = np.einsum("ij,ij->i", first, across)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1.0 / determinant
        offset = start - corners[:, 0]
        u = np.einsum("ij,ij->i", offset, across) * inverse
        turned = np.cross(offset, first)
        v = np.einsum("ij,ij->i", direction, turned) * inverse
        distance = np.einsum("ij,ij->i", second, turned) * inverse
        inside = (np.abs(determinant) > 1e-9) & (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1.0 + 1e-9)
    return np.where(inside, distance, np.inf)
