"""Puts texture coordinates of faces on the triangles a geometry kernel has made of them.

A kernel may split faces anew, cut openings into them and turn them; a triangle of its own lies on one of the faces all
the same, and takes its texture coordinates from the plane of that face.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: A triangle lies on a face when its middle is no farther from it than this.
NEAR_M = 5e-4
#: And inside the face to within this share of its sides.
_EDGE = 1e-3
_PARALLEL = 0.99
#: Triangle-face pairs that are looked at together, and in all for one shape.
_AT_ONCE = 4_000_000
_MAX_PAIRS = 400_000_000


@dataclass(frozen=True, slots=True)
class Coat:
    """Painted triangles: corners (n, 3, 3) metres, their places (n, 3, 2) in the picture, and its number (n,)."""

    corners: Floats
    uv: Floats
    image: NDArray[np.int32]

    def moved(self, matrix: Floats) -> Coat:
        """Through a matrix (4, 4)."""
        return Coat(self.corners @ matrix[:3, :3].T + matrix[:3, 3], self.uv, self.image)


def find_faces(corners: Floats, faces: Floats) -> NDArray[np.int64]:
    """For triangles (t, 3, 3) the number of the face (n, 3, 3) each lies on, or −1."""
    if not len(corners) or not len(faces):
        return np.full(len(corners), -1, np.int64)
    found = _same_faces(corners, faces)
    left = np.flatnonzero(found < 0)
    found[left] = _containing_faces(corners[left], faces)
    return found


def _same_faces(corners: Floats, faces: Floats) -> NDArray[np.int64]:
    """The faces a kernel has left as they were, by their middles; −1 for others, and where two faces share one."""
    keys, number, count = np.unique(_keys(faces), axis=0, return_index=True, return_counts=True)
    both, inverse = np.unique(np.concatenate([keys, _keys(corners)]), axis=0, return_inverse=True)
    face_of_key = np.full(len(both), -1, np.int64)
    face_of_key[inverse[: len(keys)]] = np.where(count == 1, number, -1)
    return np.asarray(face_of_key[inverse[len(keys) :]])


def _keys(triangles: Floats) -> NDArray[np.int64]:
    return np.asarray(np.rint(triangles.mean(axis=1) / NEAR_M), np.int64)


def _containing_faces(corners: Floats, faces: Floats) -> NDArray[np.int64]:
    found = np.full(len(corners), -1, np.int64)
    base, along, across, normal = _frames(faces)
    middle = corners.mean(axis=1)
    own = _unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    rows = max(_AT_ONCE // len(faces), 1)
    for start in range(0, min(len(corners), max(_MAX_PAIRS // len(faces), 1)), rows):
        some = slice(start, start + rows)
        point = middle[some]
        u = point @ along.T - np.einsum("ni,ni->n", base, along)
        v = point @ across.T - np.einsum("ni,ni->n", base, across)
        height = np.abs(point @ normal.T - np.einsum("ni,ni->n", base, normal))
        same = own[some] @ normal.T
        inside = np.minimum(np.minimum(u, v), 1 - u - v)
        fits = (inside > -_EDGE) & (height < NEAR_M) & (np.abs(same) > _PARALLEL)
        # Of a face and its back the one that looks the same way.
        score = np.where(fits, inside + 2.0 * (same > 0), -np.inf)
        best = score.argmax(axis=1)
        found[some] = np.where(fits.any(axis=1), best, -1)
    return found


def places_on(corners: Floats, faces: Floats, uv: Floats) -> Floats:
    """Texture coordinates (t, 3, 2) of triangles (t, 3, 3), each in the plane of its face (t, 3, 3) with ``uv``."""
    base, along, across, _ = _frames(faces)
    offset = corners - base[:, None]
    u = np.einsum("tci,ti->tc", offset, along)[..., None]
    v = np.einsum("tci,ti->tc", offset, across)[..., None]
    return np.asarray(uv[:, None, 0] + u * (uv[:, 1] - uv[:, 0])[:, None] + v * (uv[:, 2] - uv[:, 0])[:, None])


def _frames(faces: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """First corner, the vectors whose product with an offset from it is its share of either side, unit normal."""
    base, first, second = faces[:, 0], faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0]
    cross = np.cross(first, second)
    square = np.einsum("ni,ni->n", cross, cross)
    square = np.where(square > 0, square, np.inf)[:, None]  # a face without area holds nothing
    along = np.cross(second, cross) / square
    across = np.cross(cross, first) / square
    is_flat = ~np.isfinite(square[:, 0])
    normal = _unit(cross)
    base = np.where(is_flat[:, None], np.inf, base)
    return np.where(np.isfinite(base), base, 1e12), along, across, normal


def _unit(vectors: NDArray[np.floating[Any]]) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1.0))
