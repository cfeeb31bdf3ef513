"""Where buildings are and how much they weigh: all that the tree of their tiles is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    """Buildings in reading order.

    ``gid``: (n,) uint32. ``extent_deg``: (n, 4) west, south, east, north. ``height_m``: (n,). ``ring_vertices``: (n,).
    """

    gid: NDArray[np.uint32]
    extent_deg: Floats
    height_m: Floats
    ring_vertices: Indices

    @classmethod
    def read(cls, rows: RowReader) -> Places:
        """Of the rows of an opened reader."""
        gid, west, south, east, north, base_m, top_m = rows.columns(
            ["gid", ".west", ".south", ".east", ".north", ".base_m", ".top_m"]
        )
        extent_deg = np.stack([west, south, east, north], axis=1)
        return cls(gid, extent_deg, top_m - base_m, rows.counts(".lonlat") // 2)

    def with_(self, positions: Indices, others: Places) -> Places:
        """A copy in which the buildings at some positions have new places."""
        return Places(
            _replaced(self.gid, positions, others.gid),
            _replaced(self.extent_deg, positions, others.extent_deg),
            _replaced(self.height_m, positions, others.height_m),
            _replaced(self.ring_vertices, positions, others.ring_vertices),
        )

    def tree(self, max_vertices: int) -> Cell:
        """The cells of the tiles; items are positions in these columns."""
        low, high = self.extent_deg[:, :2], self.extent_deg[:, 2:]
        centers, metres = to_plane((low + high) / 2)
        sizes = np.maximum(np.hypot(*((high - low) * metres).T), self.height_m)
        return build_quadtree(centers, _VERTICES_A_RING_VERTEX * self.ring_vertices, max_vertices, sizes)


def _replaced(values: NDArray[Any], positions: Indices, others: NDArray[Any]) -> NDArray[Any]:
    copy = values.copy()
    copy[positions] = others
    return copy


def to_plane(lonlat_deg: Floats) -> tuple[Floats, Floats]:
    """A plane in metres with equal scale at the middle latitude, for cells that are square; metres per degree."""
    middle = np.radians((lonlat_deg[:, 1].min() + lonlat_deg[:, 1].max()) / 2)
    metres = np.array([np.cos(middle), 1.0]) * METRES_PER_DEGREE
    return np.asarray(lonlat_deg * metres), metres
