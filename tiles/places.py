"""Where buildings are and how much they weigh: all that the tree of their tiles is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.errors import TilingError
from cim_core.spill import Spill
from tiles.quadtree import POINTS_IN_MEMORY, Cell, Points, build_quadtree_from_disk
from tiles.ragged import Indices

Floats = NDArray[np.float64]

METRES_PER_DEGREE = 111_320.0
#: Vertices that walls and roof make of one vertex of a footprint.
_VERTICES_A_RING_VERTEX = 5
#: Steps of a degree in which middles are told, about a metre each.
STEPS_A_DEGREE = 100_000
#: Lower bounds of the sizes that are told apart, four to a doubling; the last one is larger than the globe.
_SIZES_M = 2.0 ** (np.arange(1, 100) / 4)

#: A building: its number in reading order and its gid; longitude and latitude of the middle of its box in steps; the
#: vertices of its rings; the step of its size, the larger of its box's diagonal and its height.
PLACE = np.dtype([("item", "<u4"), ("gid", "<u4"), ("lon", "<i4"), ("lat", "<i4"), ("vertices", "<u4"), ("size", "u1")])


class Places:
    """Buildings in reading order, 21 bytes each, on disk once they are many."""

    def __init__(self, records: Spill | None = None) -> None:
        self.records = Spill(PLACE, POINTS_IN_MEMORY) if records is None else records

    def __len__(self) -> int:
        return len(self.records)

    def append(self, rows: pa.RecordBatch) -> None:
        """The next rows of ``gather_footprints``. Raises TilingError unless gids rise from row to row."""
        some = np.zeros(rows.num_rows, PLACE)
        column = {name: rows.column(f".{name}").to_numpy() for name in ("west", "south", "east", "north")}
        height_m = rows.column(".top_m").to_numpy() - rows.column(".base_m").to_numpy()
        some["item"] = np.arange(len(self), len(self) + len(some))
        some["gid"] = rows.column("gid").to_numpy()
        last = self.records.slice(max(len(self) - 1, 0), len(self))["gid"]
        gids = np.concatenate([last, some["gid"]]).astype(np.int64)
        if (np.diff(gids) <= 0).any():
            raise TilingError("features have no gids that rise", hint="number the whole stream once before tiling")
        some["lon"] = np.rint((column["west"] + column["east"]) * (STEPS_A_DEGREE / 2))
        some["lat"] = np.rint((column["south"] + column["north"]) * (STEPS_A_DEGREE / 2))
        some["vertices"] = np.diff(rows.column(".lonlat").offsets.to_numpy()) // 2
        depth_m = (column["north"] - column["south"]) * METRES_PER_DEGREE
        width_m = (column["east"] - column["west"]) * METRES_PER_DEGREE * np.cos(np.radians(column["south"]))
        some["size"] = np.searchsorted(_SIZES_M, np.maximum(np.hypot(width_m, depth_m), height_m), side="right")
        self.records.append(some)

    def with_(self, positions: Indices, others: Places) -> Places:
        """A copy in memory in which the buildings at some positions have new places."""
        records = self.records.all().copy()
        fresh = others.records.all()
        for name in PLACE.names or ():
            if name != "item":
                records[name][positions] = fresh[name]
        return Places(Spill.of(records))

    def tree(self, max_vertices: int) -> Cell:
        """The cells of the tiles; items are positions in these rows."""
        ranges = [(run[k].min(), run[k].max()) for k in ("lon", "lat") for run in self.records.runs()]
        half = len(ranges) // 2
        corners = [(min(a for a, _ in part), max(b for _, b in part)) for part in (ranges[:half], ranges[half:])]
        box = np.array(corners, np.float64).T / STEPS_A_DEGREE
        metres = _metres_per_degree(box[:, 1])

        def points(records: NDArray[Any]) -> Points:
            return Points(
                item=records["item"],
                x=records["lon"] / STEPS_A_DEGREE * metres[0],
                y=records["lat"] / STEPS_A_DEGREE * metres[1],
                weight=records["vertices"].astype(np.int64) * _VERTICES_A_RING_VERTEX,
                size=np.where(records["size"], _SIZES_M[records["size"].astype(np.int64) - 1], 0.0),
            )

        low, high = box * metres
        return build_quadtree_from_disk(self.records, points, low, high, max_vertices)


def to_plane(lonlat_deg: Floats) -> tuple[Floats, Floats]:
    """A plane in metres with equal scale at the middle latitude, for cells that are square; metres per degree."""
    metres = _metres_per_degree(np.array([lonlat_deg[:, 1].min(), lonlat_deg[:, 1].max()]))
    return np.asarray(lonlat_deg * metres), metres


def _metres_per_degree(lat_deg: Floats) -> Floats:
    """Of longitude in the middle of two latitudes, and of latitude."""
    return np.array([np.cos(np.radians(lat_deg.sum() / 2)), 1.0]) * METRES_PER_DEGREE
