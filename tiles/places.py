"""Where buildings are and how much they weigh: all that the tree of their tiles is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.quadtree import Cell, build_quadtree
from tiles.ragged import Indices
from tiles.rows import RowReader

Floats = NDArray[np.float64]

METRES_PER_DEGREE = 111_320.0
#: Vertices that walls and roof make of one vertex of a footprint.
_VERTICES_A_RING_VERTEX = 5


@dataclass(frozen=True, slots=True)
class Places:
    """Buildings in reading order, in 28 bytes each: this is all of a city that stays in memory.

    ``gid``: (n,) uint32. ``extent_e7``: (n, 4) int32 west, south, east, north in 1e-7 degrees, about a centimetre.
    ``height_m``: (n,) float32. ``ring_vertices``: (n,) uint32.
    """

    gid: NDArray[np.uint32]
    extent_e7: NDArray[np.int32]
    height_m: NDArray[np.float32]
    ring_vertices: NDArray[np.uint32]

    @classmethod
    def read(cls, rows: RowReader) -> Places:
        """Of the rows of a reader."""
        gid, height_m = np.empty(rows.count, np.uint32), np.empty(rows.count, np.float32)
        extent_e7, ring_vertices = np.empty((rows.count, 4), np.int32), np.empty(rows.count, np.uint32)
        start = 0
        for batch in rows.batches():
            part = slice(start, start + batch.num_rows)
            number = {name: batch.column(name).to_numpy() for name in ("gid", ".base_m", ".top_m")}
            gid[part] = number["gid"]
            height_m[part] = number[".top_m"] - number[".base_m"]
            for k, side in enumerate((".west", ".south", ".east", ".north")):
                extent_e7[part, k] = np.rint(batch.column(side).to_numpy() * 1e7)
            ring_vertices[part] = np.diff(batch.column(".lonlat").offsets.to_numpy()) // 2
            start = part.stop
        return cls(gid, extent_e7, height_m, ring_vertices)

    def with_(self, positions: Indices, others: Places) -> Places:
        """A copy in which the buildings at some positions have new places."""
        gid, extent_e7 = self.gid.copy(), self.extent_e7.copy()
        height_m, ring_vertices = self.height_m.copy(), self.ring_vertices.copy()
        gid[positions], extent_e7[positions] = others.gid, others.extent_e7
        height_m[positions], ring_vertices[positions] = others.height_m, others.ring_vertices
        return Places(gid, extent_e7, height_m, ring_vertices)

    def tree(self, max_vertices: int) -> Cell:
        """The cells of the tiles; items are positions in these columns."""
        lonlat_deg = self.extent_e7[:, :2] / 2
        lonlat_deg += self.extent_e7[:, 2:] / 2
        lonlat_deg *= 1e-7
        centers, metres = to_plane(lonlat_deg)
        del lonlat_deg  # with a million buildings every such column counts
        width, depth = ((self.extent_e7[:, k + 2] - self.extent_e7[:, k]) * (1e-7 * metres[k]) for k in (0, 1))
        sizes = np.maximum(np.hypot(width, depth), self.height_m).astype(np.float32)
        return build_quadtree(centers, _VERTICES_A_RING_VERTEX * self.ring_vertices, max_vertices, sizes)


def to_plane(lonlat_deg: Floats) -> tuple[Floats, Floats]:
    """A plane in metres with equal scale at the middle latitude, for cells that are square; metres per degree."""
    middle = np.radians((lonlat_deg[:, 1].min() + lonlat_deg[:, 1].max()) / 2)
    metres = np.array([np.cos(middle), 1.0]) * METRES_PER_DEGREE
    return np.asarray(lonlat_deg * metres), metres
