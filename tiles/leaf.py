"""One tile of buildings: its rows become a GLB in the folder. Runs in any process, with the same result."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat, enu_to_ecef_matrix, transform_points
from tiles.extrude import extrude
from tiles.footprints import footprints_of
from tiles.glb import encode_glb
from tiles.manifest import MANIFEST_NAME, generator_name
from tiles.rows import RowReader
from tiles.tilemesh import HasCorners, box_around
from tiles.tree import LeafTile, Region, union_regions

Floats = NDArray[np.float64]

#: Box margin in metres: more than rounding to the grid moves a vertex.
BOX_MARGIN_M = 0.02
#: Positions of extruded footprints lie on a grid of this step: rounding moves a vertex by at most √3 / 2 of it, 1 cm.
GRID_M = 0.0115


@dataclass(frozen=True, slots=True)
class WrittenTile:
    """A tile on disk, not yet flushed, with the digest of its bytes."""

    leaf: LeafTile
    sha256: str
    bytes: int
    rows: str

    def entry(self) -> dict[str, Any]:
        """What the manifest says of it."""
        box = [*self.leaf.low_enu.tolist(), *self.leaf.high_enu.tolist()]
        return {"sha256": self.sha256, "bytes": self.bytes, "rows": self.rows, "box": box}


@dataclass(frozen=True, slots=True)
class EarlierTile:
    """A tile of an earlier run: its file, what is in it, and the corners of its box in the tile's frame."""

    uri: str
    sha256: str
    bytes: int
    box: list[float]


@dataclass(frozen=True, slots=True)
class EarlierTiles:
    """Tiles in ``folder`` that may be taken over, by digest of their rows."""

    folder: Path
    by_rows: dict[str, EarlierTile]

    @classmethod
    def load(cls, folder: Path, options: dict[str, Any]) -> EarlierTiles | None:
        """Those of a finished tileset made by this version with these options; None where there is none."""
        try:
            manifest = orjson.loads((folder / MANIFEST_NAME).read_bytes())
            if (manifest["generator"], manifest["options"]) != (generator_name(), options):
                return None
            by_rows = {
                entry["rows"]: EarlierTile(uri, entry["sha256"], entry["bytes"], entry["box"])
                for uri, entry in manifest["files"].items()
                if "rows" in entry and (folder / uri).stat().st_size == entry["bytes"]
            }
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            return None
        return cls(folder, by_rows)


def write_building_tiles(
    rows: RowReader,
    tiles: Sequence[tuple[str, NDArray[np.integer[Any]]]],
    folder: Path,
    *,
    plain: bool,
    outline: bool,
    earlier: EarlierTiles | None = None,
) -> list[WrittenTile]:
    """Write the GLB of every (uri, row numbers), or link an earlier one with the same rows. Raises OSError."""
    with rows:
        return [
            _write(rows.take(items), uri, folder, plain=plain, outline=outline, earlier=earlier) for uri, items in tiles
        ]


#: Columns that follow from others of the same row.
_DERIVED = {".triangles", ".west", ".south", ".east", ".north"}


def digest_rows(rows: pa.RecordBatch) -> str:
    """A name for the content of rows: equal rows, equal name."""
    digest = hashlib.blake2b(digest_size=12)
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        for part in [] if name in _DERIVED else _contents(column):
            digest.update(np.ascontiguousarray(part).data)
        digest.update(b"|")
    return digest.hexdigest()


def _contents(column: pa.Array) -> list[NDArray[Any]]:
    """The numbers of a column without nulls, and nothing of how they are stored."""
    if pa.types.is_string(column.type):
        _, offsets, data = column.buffers()
        at = np.frombuffer(offsets, np.int32, len(column) + 1, 4 * column.offset)
        text = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)[at[0] : at[-1]]
        return [np.diff(at), text]
    if pa.types.is_list(column.type):
        return [np.diff(column.offsets.to_numpy()), column.flatten().to_numpy()]
    return [column.to_numpy()]


def _write(
    rows: pa.RecordBatch, uri: str, folder: Path, *, plain: bool, outline: bool, earlier: EarlierTiles | None
) -> WrittenTile:
    digest = digest_rows(rows)
    path = folder / uri
    path.parent.mkdir(parents=True, exist_ok=True)
    west, south = (float(rows.column(name).to_numpy().min()) for name in (".west", ".south"))
    east, north = (float(rows.column(name).to_numpy().max()) for name in (".east", ".north"))
    bottom_m, top_m = float(rows.column(".bottom_m").to_numpy().min()), float(rows.column(".top_m").to_numpy().max())
    matrix = enu_to_ecef_matrix((west + east) / 2, (south + north) / 2, float(rows.column(".base_m").to_numpy().min()))
    region = padded_region(west, south, east, north, bottom_m, top_m)
    old = None if earlier is None else earlier.by_rows.get(digest)
    if earlier is not None and old is not None:
        link_tile(earlier.folder / old.uri, path)
        low, high = np.array(old.box[:3]), np.array(old.box[3:])
        return WrittenTile(_placed(uri, matrix, region, low, high, len(rows)), old.sha256, old.bytes, digest)
    some = footprints_of(rows)
    mesh = extrude(some, matrix, outline=outline, reorder=not plain)
    data = encode_glb([mesh], some.records, "building", plain=plain, grid_m=GRID_M)
    path.write_bytes(data)
    leaf = place_leaf(uri, [mesh], matrix, region, len(some))
    return WrittenTile(leaf, hashlib.sha256(data).hexdigest(), len(data), digest)


def link_tile(old: Path, new: Path) -> None:
    """The same file under a second name, or a copy where the disk knows no links."""
    try:
        new.hardlink_to(old)
    except OSError:
        shutil.copyfile(old, new)


def place_leaf(uri: str, meshes: Sequence[HasCorners], matrix: Floats, region: Region, features: int) -> LeafTile:
    """Where a tile is: its box with a margin, in whole centimetres, and the region around both content and box."""
    low, high = box_around(meshes)
    low, high = np.floor((low - BOX_MARGIN_M) * 100) / 100, np.ceil((high + BOX_MARGIN_M) * 100) / 100
    return _placed(uri, matrix, region, low, high, features)


def _placed(uri: str, matrix: Floats, region: Region, low: Floats, high: Floats, features: int) -> LeafTile:
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
