"""One tile of buildings: its rows become a GLB in the folder. Runs in any process, with the same result."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat, enu_to_ecef_matrix, transform_points
from tiles.extrude import extrude
from tiles.footprints import footprints_of
from tiles.glb import encode_glb
from tiles.ragged import Indices
from tiles.rows import RowReader
from tiles.tilemesh import TileMesh, box_around
from tiles.tree import LeafTile, Region, union_regions

Floats = NDArray[np.float64]

#: Box margin in metres: more than rounding to the grid moves a vertex.
BOX_MARGIN_M = 0.02
#: Positions of extruded footprints lie on a grid no finer than this: 1 cm off at most along each axis.
GRID_M = 0.02


@dataclass(frozen=True, slots=True)
class WrittenTile:
    """A tile on disk, not yet flushed, with the digest of its bytes."""

    leaf: LeafTile
    sha256: str
    bytes: int


def write_building_tiles(
    rows: RowReader, tiles: Sequence[tuple[str, Indices]], folder: Path, *, plain: bool, outline: bool
) -> list[WrittenTile]:
    """Write the GLB of every (uri, row numbers). Raises OSError."""
    with rows:
        return [_write(rows.take(items), uri, folder, plain=plain, outline=outline) for uri, items in tiles]


def _write(rows: pa.RecordBatch, uri: str, folder: Path, *, plain: bool, outline: bool) -> WrittenTile:
    west, south = (float(rows.column(name).to_numpy().min()) for name in (".west", ".south"))
    east, north = (float(rows.column(name).to_numpy().max()) for name in (".east", ".north"))
    some = footprints_of(rows)
    matrix = enu_to_ecef_matrix((west + east) / 2, (south + north) / 2, float(some.base_m.min()))
    mesh = extrude(some, matrix, outline=outline)
    data = encode_glb([mesh], some.records, "building", plain=plain, grid_m=GRID_M)
    region = padded_region(west, south, east, north, float(some.bottom_m.min()), float(some.top_m.max()))
    path = folder / uri
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    leaf = place_leaf(uri, [mesh], matrix, region, len(some))
    return WrittenTile(leaf, hashlib.sha256(data).hexdigest(), len(data))


def place_leaf(uri: str, meshes: list[TileMesh], matrix: Floats, region: Region, features: int) -> LeafTile:
    """Where a tile is: its box with a margin, and the region around both content and box."""
    low, high = box_around(meshes)
    low, high = low - BOX_MARGIN_M, high + BOX_MARGIN_M
    return LeafTile(uri, matrix, low, high, union_regions([region, _region_of_box(low, high, matrix)]), features)


def _region_of_box(low: Floats, high: Floats, enu_to_ecef: Floats) -> Region:
    """The region of a box's corners: a box is flat, so its corners stick out of the region of its content."""
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    lonlat = ecef_to_lonlat(transform_points(enu_to_ecef, corners))
    (west, south, bottom), (east, north, top) = lonlat.min(axis=0), lonlat.max(axis=0)
    return padded_region(west, south, east, north, bottom, top)


def padded_region(west: float, south: float, east: float, north: float, low: float, high: float) -> Region:
    """A region with the box margin around it, so that rounding stays inside."""
    degrees = BOX_MARGIN_M / 111_000.0
    wider = degrees / max(float(np.cos(np.radians(max(abs(south), abs(north))))), 1e-3)
    return (
        float(west - wider),
        float(south - degrees),
        float(east + wider),
        float(north + degrees),
        float(low - BOX_MARGIN_M),
        float(high + BOX_MARGIN_M),
    )
