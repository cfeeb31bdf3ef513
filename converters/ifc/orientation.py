"""Which way the triangles of a body face: neighbours alike, closed shells outwards. Files often state it wrongly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
#: Corners closer than this are one where shells are followed.
_SAME_M = 1e-6


def orient_shells(points: Floats, triangles: Indices, shell: Indices) -> Indices:
    """The triangles (t, 3) turned so that neighbours within a shell agree, and each shell faces outwards.

    ``shell``: of each triangle (t,). Neighbours share an edge that no third triangle of their shell has. Outwards is
    where the volume counted from the middle of the body is positive (divergence theorem); a shell that is flat stays
    as most of its area is.
    """
    count = len(triangles)
    side = _sides(points, triangles, shell)
    lowest = np.minimum(side[:count], side[count:])
    is_turned = side[:count] != lowest  # against the first triangle of its shell
    corners = (points - (points.min(axis=0) + points.max(axis=0)) / 2)[triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sign = np.where(is_turned, -1.0, 1.0)
    six_volumes = np.bincount(lowest, sign * np.einsum("ij,ij->i", corners[:, 0], cross), minlength=count)
    double_area = np.linalg.norm(cross, axis=1)
    stated = np.bincount(lowest, sign * double_area, minlength=count)
    whole = np.bincount(lowest, double_area, minlength=count)
    is_flat = np.abs(six_volumes) < 1e-6 * whole**1.5
    is_turned ^= np.where(is_flat, stated, six_volumes)[lowest] < 0
    return np.where(is_turned[:, None], triangles[:, ::-1], triangles)


def _sides(points: Floats, triangles: Indices, shell: Indices) -> Indices:
    """Labels (2 t,) of the triangles as they are and turned: equal where they agree in one shell."""
    count = len(triangles)
    _, same = np.unique(np.rint(points / _SAME_M).astype(np.int64), axis=0, return_inverse=True)
    start = same.reshape(-1)[triangles]
    end = np.roll(start, -1, axis=1)
    low, high = np.minimum(start, end).reshape(-1), np.maximum(start, end).reshape(-1)
    key = (np.repeat(shell, 3) * len(points) + low) * len(points) + high
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    pairs = first[np.diff(first, append=len(key)) == 2]
    one, other = order[pairs], order[pairs + 1]
    is_along = (start < end).reshape(-1)
    agree = is_along[one] != is_along[other]
    one, other = one // 3, other // 3
    near = np.concatenate([one, one + count])
    far = np.concatenate([np.where(agree, other, other + count), np.where(agree, other + count, other)])
    label = np.arange(2 * count)
    while True:
        least = np.minimum(label[near], label[far])
        following = label.copy()
        np.minimum.at(following, label[near], least)
        np.minimum.at(following, label[far], least)
        following = following[following]
        if np.array_equal(following, label):
            return label
        label = following
