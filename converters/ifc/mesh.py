"""All shapes of a model as one set of arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_core.crs.ecef import transform_points
from converters.ifc.spool import Shape


@dataclass(frozen=True, slots=True)
class ModelMesh:
    """Positions (v, 3) metres; triangles (t, 3); the element index of each triangle; stated colors (alpha 0 = none).

    ``lower`` and ``upper`` are the corners (n, 3) of each element's box.
    """

    positions: NDArray[np.float64]
    triangles: NDArray[np.uint32]
    element: NDArray[np.uint32]
    colors: NDArray[np.uint8]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    def normals_and_areas(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Unit normals (t, 3) and areas in m² (t,); a degenerate triangle has a zero normal."""
        a, b, c = (self.positions[self.triangles[:, k]] for k in range(3))
        cross = np.cross(b - a, c - a)
        double_area = np.linalg.norm(cross, axis=1)
        return cross / np.where(double_area > 0, double_area, 1.0)[:, None], double_area / 2


def join_shapes(shapes: list[Shape], to_frame: NDArray[np.float64]) -> ModelMesh:
    """Concatenate shapes in their order, moved into the frame of the placement."""
    vertex_counts = np.array([len(s.positions) for s in shapes], np.int64)
    triangle_counts = np.array([len(s.triangles) for s in shapes], np.int64)
    first_vertex = np.concatenate([[0], np.cumsum(vertex_counts)[:-1]]) if shapes else np.zeros(0, np.int64)
    positions = transform_points(to_frame, np.concatenate([s.positions for s in shapes]))
    element = np.repeat(np.arange(len(shapes), dtype=np.uint32), triangle_counts)
    triangles = np.concatenate([s.triangles for s in shapes]) + np.repeat(first_vertex, triangle_counts)[:, None]
    return ModelMesh(
        positions,
        triangles.astype(np.uint32),
        element,
        np.concatenate([s.colors for s in shapes]),
        np.minimum.reduceat(positions, first_vertex),
        np.maximum.reduceat(positions, first_vertex),
    )


def bounds_of(shapes: list[Shape]) -> NDArray[np.float64]:
    """Corners (2, 3) of the box around all shapes, in model coordinates."""
    lower = np.min([s.positions.min(axis=0) for s in shapes], axis=0)
    upper = np.max([s.positions.max(axis=0) for s in shapes], axis=0)
    return np.stack([lower, upper])
