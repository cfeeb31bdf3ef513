"""Which edges of a mesh are drawn."""

import numpy as np

from tiles.creases import find_creases


def fold(angle_rad):
    """Two squares hinged on the y axis, one flat, one lifted; flat faces share vertices, the hinge does not."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    flat = np.array([[0, 0, 0], [-1, 0, 0], [-1, 1, 0], [0, 1, 0]])
    lifted = np.array([[0, 0, 0], [0, 1, 0], [cos, 1, sin], [cos, 0, sin]])
    points = np.concatenate([flat, lifted])
    normals = np.repeat([[0, 0, 1], [-sin, 0, cos]], 4, axis=0).astype(np.float32)
    triangles = np.array([[0, 2, 1], [0, 3, 2], [4, 7, 6], [4, 6, 5]], np.uint32)
    _, places = np.unique(points.round(6), axis=0, return_inverse=True)
    return triangles, normals, places.reshape(-1).astype(np.uint32)


def test_sharp_fold_draws_seven_edges_the_hinge_from_both_sides():
    assert len(find_creases(*fold(np.radians(90)))) == 6 + 2


def test_gentle_fold_draws_only_the_rim():
    edges = find_creases(*fold(np.radians(10)))
    assert sorted(map(tuple, edges.tolist())) == [(0, 1), (1, 2), (2, 3), (4, 7), (5, 6), (6, 7)]
