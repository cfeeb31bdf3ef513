"""The edges of a flat-shaded mesh that are worth drawing: borders and creases, not facets of a curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Faces that meet at less than this angle belong to one curved surface.
MIN_CREASE_RAD = np.radians(20.0)


def find_creases(
    triangles: NDArray[np.uint32], normals: NDArray[np.float32], places: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """Vertex pairs (E, 2) to draw.

    ``triangles``: (T, 3); faces share vertices only where they are coplanar. ``normals``: (V, 3) unit. ``places``:
    (V,) equal for vertices at one position of one feature. A side used once is the rim of a flat face; where exactly
    two rims meet, the angle between their normals decides.
    """
    sides = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    sides.sort(axis=1)
    _, first, uses = np.unique(sides[:, 0] * len(normals) + sides[:, 1], return_index=True, return_counts=True)
    rims = sides[np.sort(first[uses == 1])]
    ends = np.sort(places[rims].astype(np.int64), axis=1)
    _, where, meeting = np.unique(ends[:, 0] * len(normals) + ends[:, 1], return_inverse=True, return_counts=True)
    total = np.zeros((len(meeting), 3))
    np.add.at(total, where, normals[rims[:, 0]])
    # Two unit normals at angle a add up to a length of 2 cos(a / 2).
    is_smooth = (meeting == 2) & (np.linalg.norm(total, axis=1) > 2 * np.cos(MIN_CREASE_RAD / 2))
    return np.asarray(rims[~is_smooth[where]], np.uint32)
