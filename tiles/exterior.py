"""Which elements of a building show from outside, judged by points on their faces seen from thirteen directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_core.features import MeshColumns
from cim_core.geometry.ragged import Indices, concat_ranges, starts_of

Floats = NDArray[np.float64]

#: One point for so much area, but a shape has at least and at most so many.
AREA_M2 = 0.15
MIN_POINTS, MAX_POINTS = 12, 2000
#: In each direction the nearest point of a square of this side hides what lies further behind than the tolerance.
CELL_M = 0.5
TOLERANCE_M = 0.35
#: Up to so many squares each has a place in a table, points or not, which spares sorting them.
MAX_CELLS = 4_000_000
#: An element shows if so much of its points does from one direction.
MIN_SHARE = 0.15
_DIRECTIONS = np.array(
    [
        [0, 0, 1], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0],
        [1, 1, 0.6], [1, -1, 0.6], [-1, 1, 0.6], [-1, -1, 0.6],
        [2, 1, 0.2], [1, -2, 0.2], [-1, 2, 0.2], [-2, -1, 0.2],
    ],
    float,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exterior:
    """Per element: ``shows`` (n,). Of points that show ``colors`` (k, 4) sRGB, whether their face ``looks_up`` (k,).

    ``z``: (k,) of these points, in the frame of the mesh.
    """

    shows: NDArray[np.bool_]
    colors: NDArray[np.uint8]
    looks_up: NDArray[np.bool_]
    z: Floats


def find_exterior(mesh: MeshColumns, places: Indices) -> Exterior:
    """Judge some of the N rows with triangles of a mesh, standing together as one building."""
    points, normal, color, count = _sample_shapes(mesh, np.unique(mesh.shape[places]))
    shape = np.searchsorted(np.unique(mesh.shape[places]), mesh.shape[places])
    per_element = count[shape]
    taken = concat_ranges(starts_of(count)[shape], per_element)
    matrix = mesh.matrix[places]
    owner = np.repeat(np.arange(len(places)), per_element)
    turn = matrix[:, :3, :3][owner]
    at = np.einsum("nij,nj->ni", turn, points[taken]) + matrix[:, :3, 3][owner]
    up = np.einsum("nj,nj->n", turn[:, 2], normal[taken])
    shows = np.zeros(len(places), bool)
    is_seen = np.zeros(len(at), bool)
    for direction in _DIRECTIONS:
        seen = _seen_from(at, direction / np.linalg.norm(direction))
        is_seen |= seen
        shows |= np.bincount(owner, seen, len(places)) >= MIN_SHARE * per_element
    is_seen &= shows[owner]
    return Exterior(shows, color[taken][is_seen], up[is_seen] > 0.5, at[is_seen, 2])


def _seen_from(points: Floats, towards: Floats) -> NDArray[np.bool_]:
    aside = np.array([0.0, 0.0, 1.0]) if abs(towards[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    right = np.cross(aside, towards)
    right /= np.linalg.norm(right)
    across = np.stack([points @ right, points @ np.cross(towards, right)], axis=1)
    cell = ((across - across.min(axis=0)) / CELL_M).astype(np.int64)
    key = cell[:, 0] * (int(cell[:, 1].max()) + 1) + cell[:, 1]
    if key.max() > MAX_CELLS:  # parts far apart: only the squares that have points
        key = np.unique(key, return_inverse=True)[1]
    depth = points @ towards
    front = np.full(int(key.max()) + 1, -np.inf)
    np.maximum.at(front, key, depth)
    return np.asarray(depth >= front[key] - TOLERANCE_M)


def _sample_shapes(mesh: MeshColumns, used: Indices) -> tuple[Floats, Floats, NDArray[np.uint8], Indices]:
    """Points, unit normals and colors on each shape, evenly over its area, and how many each has."""
    vertex, triangle = starts_of(mesh.shape_vertices), starts_of(mesh.shape_triangles)
    found, counts = [], []
    for shape in used.tolist():
        of_triangles = slice(triangle[shape], triangle[shape] + mesh.shape_triangles[shape])
        corners = mesh.positions[vertex[shape] + mesh.triangles[of_triangles].astype(np.int64)]
        a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        cross = np.cross(ab, ac)
        double = np.linalg.norm(cross, axis=1)
        total = np.cumsum(double) / 2
        number = int(np.clip(total[-1] / AREA_M2, MIN_POINTS, MAX_POINTS))
        chosen = np.searchsorted(total, (np.arange(number) + 0.5) / number * total[-1]).clip(0, len(total) - 1)
        # Roberts' R2 sequence, folded into the triangle.
        u, v = (np.arange(number) * step % 1.0 for step in (0.7548776662466927, 0.5698402909980532))
        over = u + v > 1
        u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
        points = a[chosen] + u[:, None] * ab[chosen] + v[:, None] * ac[chosen]
        normal = cross[chosen] / np.where(double[chosen] > 0, double[chosen], 1.0)[:, None]
        found.append((points, normal, mesh.triangle_color[of_triangles][chosen]))
        counts.append(number)
    points, normals, colors = (np.concatenate(column) for column in zip(*found, strict=True))
    return points, normals, colors, np.array(counts, np.int64)


def main_color(colors: NDArray[np.uint8], default: tuple[int, int, int]) -> NDArray[np.uint8]:
    """The mean of the commonest group of like colors among opaque ones, sRGB (3,)."""
    opaque = colors[colors[:, 3] == 255, :3]
    if not len(opaque):
        return np.array(default, np.uint8)
    group = (opaque >> 4).astype(np.int64) @ np.array([256, 16, 1])
    commonest = np.bincount(group).argmax()
    return np.asarray(np.rint(opaque[group == commonest].mean(axis=0)), np.uint8)
