"""A finished tileset of footprints brought up to date: only the tiles whose buildings changed are written anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.errors import TilingError
from cim_core.files import staged_folder
from cim_core.spill import RUN, Spill
from tiles.build import Built, write_tree
from tiles.leaf import link_tile, write_building_tiles
from tiles.manifest import MANIFEST_NAME, FolderWriter, generator_name
from tiles.options import TileOptions, TilesetSummary
from tiles.places import Places
from tiles.quadtree import Cell, leaves_of
from tiles.ragged import Indices
from tiles.rows import RowReader
from tiles.tree import LeafTile

_ARRAYS = ("enu_to_ecef", "low_enu", "high_enu")


@dataclass(frozen=True, slots=True)
class DrawnPlaces:
    """Buildings with the tile each is in: ``leaf`` holds (n,) int32, which count in ``tiles``, by cell path."""

    places: Places
    leaf: Spill
    tiles: dict[str, LeafTile]

    @classmethod
    def of(cls, built: Built) -> DrawnPlaces | None:
        """Of a tileset of footprints just built; None for others."""
        if built.places is None:
            return None
        return cls(built.places, leaf_numbers(built.root, len(built.places)), built.leaves)


def leaf_numbers(root: Cell, count: int) -> Spill:
    """(count,) int32 number of the leaf that every item is in, in tree order."""
    numbers = Spill(np.int32)
    for start in range(0, count, RUN):
        numbers.append(np.full(min(RUN, count - start), -1, np.int32))
    for number, leaf in enumerate(leaves_of(root)):
        numbers.put(np.asarray(leaf.items), number)
    return numbers


def leaf_to_json(tile: LeafTile) -> dict[str, Any]:
    """A leaf of footprints as plain values."""
    arrays = {name: getattr(tile, name).tolist() for name in _ARRAYS}
    return {"uri": tile.uri, "region": tile.region, "features": tile.features, **arrays}


def leaf_from_json(value: dict[str, Any]) -> LeafTile:
    """The way back of ``leaf_to_json``. Raises KeyError, TypeError."""
    matrix, low, high = (np.array(value[name], float) for name in _ARRAYS)
    west, south, east, north, lowest, highest = value["region"]
    return LeafTile(value["uri"], matrix, low, high, (west, south, east, north, lowest, highest), value["features"])


def can_patch(folder: Path, options: TileOptions) -> bool:
    """Whether the tileset was made by this version with these options."""
    try:
        manifest = orjson.loads((folder / MANIFEST_NAME).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return False
    return bool((manifest.get("generator"), manifest.get("options")) == (generator_name(), options.to_dict()))


def patch_tileset(
    out: Path,
    before: DrawnPlaces,
    places: Places,
    is_changed: NDArray[np.bool_],
    gather: Callable[[Indices], pa.RecordBatch],
    options: TileOptions,
    finish: Callable[[Built], None],
) -> TilesetSummary:
    """Replace ``out``, the tileset of ``before``, by that of ``places``: the same buildings, some of them changed.

    ``gather`` makes the rows of ``gather_footprints`` for buildings by position. The result is byte for byte that of
    ``build_tileset``. Raises TilingError, OSError; then ``out`` is as it was.
    """
    files = orjson.loads((out / MANIFEST_NAME).read_bytes())["files"]
    root = places.tree(options.max_vertices)
    leaves = leaves_of(root)
    same = _unchanged(leaves, before, is_changed)
    with staged_folder(out, overwrite=True) as staging, FolderWriter(staging) as writer:
        (staging / "tiles").mkdir()
        tiles: dict[str, LeafTile] = {}
        fresh = [leaf for leaf, is_same in zip(leaves, same, strict=True) if not is_same]
        drawn = _draw(fresh, gather, staging, writer, options)
        for leaf, is_same in zip(leaves, same, strict=True):
            tile = before.tiles[leaf.path] if is_same else drawn[leaf.path]
            tiles[leaf.path] = tile
            if is_same:
                link_tile(out / tile.uri, staging / tile.uri)
                writer.files[tile.uri] = files[tile.uri]
        summary = write_tree(writer, [(root, tiles)], options)
        finish(Built(staging, summary, places, root, tiles))
    return summary


def _unchanged(leaves: list[Cell], before: DrawnPlaces, is_changed: NDArray[np.bool_]) -> list[bool]:
    """Of every leaf: the same path, the same buildings, none of them changed."""
    number = {path: n for n, path in enumerate(before.tiles)}
    drawn_in = before.leaf.all()
    count = np.bincount(drawn_in, minlength=len(number))
    same = []
    for leaf in leaves:
        old = number.get(leaf.path, -1)
        items = np.asarray(leaf.items)
        is_whole = old >= 0 and count[old] == len(items)
        same.append(bool(is_whole and (drawn_in[items] == old).all() and not is_changed[items].any()))
    return same


def _draw(
    leaves: list[Cell],
    gather: Callable[[Indices], pa.RecordBatch],
    staging: Path,
    writer: FolderWriter,
    options: TileOptions,
) -> dict[str, LeafTile]:
    if not leaves:
        return {}
    items = np.sort(np.concatenate([np.asarray(leaf.items) for leaf in leaves]))
    rows = gather(items)
    if rows.num_rows != len(items):
        raise TilingError("a building that was drawn cannot be drawn again", code="patch-failed")
    reader = RowReader([rows], None, [rows.num_rows])
    wanted = [(f"tiles/{leaf.path}.glb", np.searchsorted(items, np.asarray(leaf.items))) for leaf in leaves]
    written = write_building_tiles(reader, wanted, staging, plain=options.plain, outline=options.outline)
    for tile in written:
        writer.adopt(tile.leaf.uri, tile.entry())
    return {leaf.path: tile.leaf for leaf, tile in zip(leaves, written, strict=True)}
