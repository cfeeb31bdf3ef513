"""The shapes of a model: every distinct one once, the place of each element, and what measuring needs of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim_core.geometry.ragged import Indices, starts_of
from converters.ifc.spool import Shape, SpoolContent

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ModelShapes:
    """Distinct shapes, and per element (n,) its STEP id, the number of its shape and its matrix (n, 4, 4).

    ``uncut``: (n,) whether openings could not be cut; ``engine``: (n,) which engine made it.
    """

    shapes: list[Shape]
    step: Indices
    shape: Indices
    matrix: Floats
    uncut: NDArray[np.bool_]
    engine: Indices

    @classmethod
    def of_spools(cls, spools: list[SpoolContent]) -> ModelShapes:
        """The elements of all workers in STEP order; a shape that several workers made is kept once."""
        number_by_digest: dict[bytes, int] = {}
        shapes: list[Shape] = []
        rows = []
        for spool in spools:
            numbers = []
            for shape in spool.shapes:
                if shape.digest not in number_by_digest:
                    number_by_digest[shape.digest] = len(shapes)
                    shapes.append(shape)
                numbers.append(number_by_digest[shape.digest])
            rows += [(step, numbers[p.shape], p.matrix, p.is_uncut, p.engine) for step, p in spool.placed.items()]
        rows.sort(key=lambda row: row[0])
        return cls(
            shapes,
            np.array([row[0] for row in rows], np.int64),
            np.array([row[1] for row in rows], np.int64),
            np.array([row[2] for row in rows], np.float64).reshape(-1, 4, 4),
            np.array([row[3] for row in rows], bool),
            np.array([row[4] for row in rows], np.int64),
        )

    def __len__(self) -> int:
        return len(self.step)

    def moved(self, to_frame: Floats) -> ModelShapes:
        """In the frame of the placement."""
        return ModelShapes(self.shapes, self.step, self.shape, to_frame @ self.matrix, self.uncut, self.engine)

    def boxes(self) -> tuple[Floats, Floats]:
        """Lowest and highest corner (n, 3) of each element, exact to the vertex; equal shapes turned alike once."""
        turns = np.round(self.matrix[:, :3, :3], 12) + 0.0  # without the noise of placements, and without −0
        known: dict[tuple[int, bytes], tuple[Floats, Floats]] = {}
        corners = []
        for shape, turn in zip(self.shape.tolist(), turns, strict=True):
            key = (shape, turn.tobytes())
            if key not in known:
                points = self.shapes[shape].positions @ turn.T
                known[key] = (points.min(axis=0), points.max(axis=0))
            corners.append(known[key])
        found = np.array(corners, np.float64).reshape(-1, 2, 3) + self.matrix[:, None, :3, 3]
        return found[:, 0], found[:, 1]

    def bounds(self) -> Floats:
        """Corners (2, 3) of the box around all elements."""
        lower, upper = self.boxes()
        return np.stack([lower.min(axis=0), upper.max(axis=0)])

    def join(self, detailed: NDArray[np.bool_]) -> ModelMesh:
        """The triangles of the elements that are to be measured, where they stand; boxes of all."""
        lower, upper = self.boxes()
        chosen = np.flatnonzero(detailed)
        placed = [
            self.shapes[s].positions @ m[:3, :3].T + m[:3, 3]
            for s, m in zip(self.shape[chosen].tolist(), self.matrix[chosen], strict=True)
        ]
        shapes = [self.shapes[s] for s in self.shape[chosen].tolist()]
        vertices = np.array([len(p) for p in placed], np.int64)
        triangles = np.array([len(s.triangles) for s in shapes], np.int64)
        first = np.repeat(starts_of(vertices), triangles)
        return ModelMesh(
            np.concatenate(placed) if placed else np.zeros((0, 3)),
            (_joined([s.triangles for s in shapes], 3, np.uint32) + first[:, None]).astype(np.uint32),
            np.repeat(chosen, triangles).astype(np.uint32),
            _joined([s.colors for s in shapes], 4, np.uint8),
            lower,
            upper,
        )


@dataclass(frozen=True)
class ModelMesh:
    """Triangles to measure: positions (v, 3) metres; triangles (t, 3); element of each; stated colors (alpha 0 = none).

    ``lower`` and ``upper`` are the corners (n, 3) of every element's box, also of those without triangles here.
    """

    positions: Floats
    triangles: NDArray[np.uint32]
    element: NDArray[np.uint32]
    colors: NDArray[np.uint8]
    lower: Floats
    upper: Floats

    def only(self, chosen: Indices) -> ModelMesh:
        """Some elements, numbered anew in the order given; the positions are shared."""
        number = np.full(len(self.lower), -1, np.int64)
        number[chosen] = np.arange(len(chosen))
        element = number[self.element]
        kept = element >= 0
        return ModelMesh(
            self.positions,
            self.triangles[kept],
            element[kept].astype(np.uint32),
            self.colors[kept],
            self.lower[chosen],
            self.upper[chosen],
        )

    def normals_and_areas(self) -> tuple[Floats, Floats]:
        """Unit normals (t, 3) and areas in m² (t,); a degenerate triangle has a zero normal."""
        return self._normals_and_areas

    @cached_property
    def _normals_and_areas(self) -> tuple[Floats, Floats]:
        a, b, c = (self.positions[self.triangles[:, k]] for k in range(3))
        cross = np.cross(b - a, c - a)
        double_area = np.linalg.norm(cross, axis=1)
        return cross / np.where(double_area > 0, double_area, 1.0)[:, None], double_area / 2


def _joined(parts: list[NDArray[Any]], width: int, dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros((0, width), dtype)
