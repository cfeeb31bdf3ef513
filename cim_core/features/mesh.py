"""The triangles of a batch: shapes stored once, and the places where they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_core.crs.placement import Placement
from cim_core.features.texture import FaceTextures
from cim_core.geometry.ragged import Indices, concat_ranges, starts_of

Floats = NDArray[np.float64]
#: Colors that a mesh without photographs may have, of its materials.
PALETTE_COLORS = 256


@dataclass(frozen=True, slots=True)
class MeshColumns:
    """Shapes, each around an origin of its own, and for each row with triangles the shape it has and where.

    A shape is a run of vertices and a run of triangles; a hundred equal chairs are one shape in a hundred places.

    ``positions``: (V, 3) float64 metres. ``triangles``: (T, 3) uint32, counted from the first vertex of the shape,
    counter-clockwise seen from outside. ``triangle_color``: (T, 4) uint8 sRGB with alpha, not linear.
    ``shape_vertices``, ``shape_triangles``: (S,) how many of them each shape has, in order.
    ``row``: (N,) ascending rows of ``FeatureBatch.records`` that have triangles; ``shape``: (N,) the shape of each;
    ``matrix``: (N, 4, 4) from the shape's origin to the frame of ``placement`` (right-handed, z up, metres).
    ``ground_z``: z of the ground in that frame, for height above ground.
    ``textures``: pictures on the T triangles; ``triangle_color`` is then their color from afar.
    """

    positions: Floats
    triangles: NDArray[np.uint32]
    triangle_color: NDArray[np.uint8]
    shape_vertices: Indices
    shape_triangles: Indices
    row: Indices
    shape: Indices
    matrix: Floats
    placement: Placement
    ground_z: float = 0.0
    textures: FaceTextures | None = None

    @classmethod
    def of_triangles(
        cls,
        positions: Floats,
        triangles: NDArray[np.uint32],
        triangle_row: NDArray[np.uint32],
        triangle_color: NDArray[np.uint8],
        placement: Placement,
        ground_z: float = 0.0,
        textures: FaceTextures | None = None,
    ) -> MeshColumns:
        """One shape a row, from triangles (T, 3) into ``positions`` and the row of each triangle (T,)."""
        order = np.argsort(triangle_row, kind="stable")
        rows, slot, count = np.unique(triangle_row[order].astype(np.int64), return_inverse=True, return_counts=True)
        # A vertex shared by two rows becomes two, so that every shape owns its vertices.
        key = slot[:, None] * np.int64(len(positions)) + triangles[order].astype(np.int64)
        owned, local = np.unique(key, return_inverse=True)
        owner, vertex = np.divmod(owned, max(len(positions), 1))
        vertices = np.bincount(owner, minlength=len(rows))
        corners = local.reshape(-1, 3) - np.repeat(starts_of(vertices), count)[:, None]
        return cls(
            positions[vertex],
            corners.astype(np.uint32),
            triangle_color[order],
            vertices,
            count,
            rows,
            np.arange(len(rows)),
            np.broadcast_to(np.eye(4), (len(rows), 4, 4)),
            placement,
            ground_z,
            None if textures is None else textures.take(order),
        )

    @property
    def is_textured(self) -> bool:
        """Whether faces show their surface: by pictures, or by more colors than a palette of materials has."""
        if self.textures is not None:
            return True
        return len(np.unique(np.ascontiguousarray(self.triangle_color).view(np.uint32))) > PALETTE_COLORS

    @property
    def triangle_count(self) -> Indices:
        """Triangles of each row that has some, (N,)."""
        return self.shape_triangles[self.shape]

    def boxes(self) -> tuple[Floats, Floats]:
        """Lowest and highest corner (N, 3) of each row with triangles, in the frame of the placement.

        For a shape that is turned it is the box around its turned box.
        """
        low, high = self._shape_boxes()
        middle, half = (low + high)[self.shape] / 2, (high - low)[self.shape] / 2
        turn = self.matrix[:, :3, :3]
        center = np.einsum("nij,nj->ni", turn, middle) + self.matrix[:, :3, 3]
        reach = np.einsum("nij,nj->ni", np.abs(turn), half)
        return center - reach, center + reach

    def bounds(self) -> tuple[Floats, Floats]:
        """Lowest and highest corner (3,) of the box around all rows."""
        low, high = self.boxes()
        return low.min(axis=0), high.max(axis=0)

    def shape_of(self, number: int) -> tuple[Floats, NDArray[np.uint32], NDArray[np.uint8], FaceTextures | None]:
        """Positions, triangles, colors and textures of the shape of one of the N rows, around its own origin."""
        shape = int(self.shape[number])
        vertex, triangle = int(self.shape_vertices[:shape].sum()), int(self.shape_triangles[:shape].sum())
        of_triangles = slice(triangle, triangle + int(self.shape_triangles[shape]))
        positions = self.positions[vertex : vertex + int(self.shape_vertices[shape])]
        textures = None if self.textures is None else self.textures.take(of_triangles)
        return positions, self.triangles[of_triangles], self.triangle_color[of_triangles], textures

    def expand(self, chosen: Indices) -> ExpandedMesh:
        """The triangles of some of the N rows where they stand, each row with vertices of its own."""
        shape = self.shape[chosen]
        vertex_count, triangle_count = self.shape_vertices[shape], self.shape_triangles[shape]
        vertices = concat_ranges(starts_of(self.shape_vertices)[shape], vertex_count)
        triangles = concat_ranges(starts_of(self.shape_triangles)[shape], triangle_count)
        matrix = self.matrix[chosen]
        turn = np.repeat(matrix[:, :3, :3], vertex_count, axis=0)
        positions = np.einsum("nij,nj->ni", turn, self.positions[vertices])
        positions += np.repeat(matrix[:, :3, 3], vertex_count, axis=0)
        shift = np.repeat(starts_of(vertex_count), triangle_count)
        corners = self.triangles[triangles].astype(np.int64) + shift[:, None]
        textures = None if self.textures is None else self.textures.take(triangles)
        return ExpandedMesh(positions, corners, self.triangle_color[triangles], vertex_count, triangle_count, textures)

    def take_rows(self, start: int, stop: int) -> MeshColumns:
        """The part of the rows from ``start`` up to ``stop``, counted from ``start``; shapes nobody has are dropped."""
        chosen = (self.row >= start) & (self.row < stop)
        used, shape = np.unique(self.shape[chosen], return_inverse=True)
        vertices = concat_ranges(starts_of(self.shape_vertices)[used], self.shape_vertices[used])
        triangles = concat_ranges(starts_of(self.shape_triangles)[used], self.shape_triangles[used])
        return MeshColumns(
            self.positions[vertices],
            self.triangles[triangles],
            self.triangle_color[triangles],
            self.shape_vertices[used],
            self.shape_triangles[used],
            self.row[chosen] - start,
            shape.astype(np.int64),
            self.matrix[chosen],
            self.placement,
            self.ground_z,
            None if self.textures is None else self.textures.take(triangles),
        )

    def _shape_boxes(self) -> tuple[Floats, Floats]:
        if not len(self.shape_vertices):
            return np.zeros((0, 3)), np.zeros((0, 3))
        start = starts_of(self.shape_vertices)
        return np.minimum.reduceat(self.positions, start), np.maximum.reduceat(self.positions, start)


@dataclass(frozen=True, slots=True)
class ExpandedMesh:
    """Triangles of some rows where they stand.

    ``positions``: (V, 3) metres in the frame; ``triangles``: (T, 3) into them; ``colors``: (T, 4) sRGB;
    ``vertex_count``, ``triangle_count``: of each row; ``textures``: pictures on the T triangles.
    """

    positions: Floats
    triangles: Indices
    colors: NDArray[np.uint8]
    vertex_count: Indices
    triangle_count: Indices
    textures: FaceTextures | None = None
