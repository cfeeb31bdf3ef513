"""The tree of tiles: cells with their content become the nested JSON of tileset.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.quadtree import Cell
from tiles.spec import BoundingVolume, Tile, Tileset

Floats = NDArray[np.float64]
Region = tuple[float, float, float, float, float, float]

#: A tileset file with more nodes than this is split.
NODES_IN_FILE = 512


@dataclass(frozen=True, slots=True)
class LeafTile:
    """A written tile: where its file is, its frame, its extent there and on the globe.

    ``low_enu``, ``high_enu``: corners of the content's box in metres. ``region``: west, south, east, north in
    degrees, lowest and highest height in metres above the ellipsoid.

    A tile may be the shell of something: ``error_m`` is how far off it is, ``finer`` are the tiles that replace it, in
    the same frame, and ``later`` those that join them where an error of ``later_error_m`` shows.
    """

    uri: str
    enu_to_ecef: Floats
    low_enu: Floats
    high_enu: Floats
    region: Region
    features: int
    error_m: float = 0.0
    finer: tuple[LeafTile, ...] = ()
    later: tuple[LeafTile, ...] = ()
    later_error_m: float = 0.0

    def whole(self) -> list[LeafTile]:
        """This tile and all that refine it."""
        return [self, *self.finer, *self.later]


def build_tree(roots: list[tuple[Cell, dict[str, LeafTile]]]) -> dict[str, Tileset]:
    """tileset.json for one or more cell trees, and further tileset files by name for what is deep in a large one.

    Content is in leaves only, so no feature is lost or drawn twice. The geometric error of a node without content is
    a quarter of its diagonal: far less than the distance at which the city stops mattering, and always larger than
    that of its children; a leaf's is 0. A subtree goes to a file of its own when a file would have more than
    ``NODES_IN_FILE`` nodes.
    """
    files: dict[str, Tileset] = {}
    nodes = [_node(cell, leaves, prefix, files) for (cell, leaves), prefix in zip(roots, ("", "e", "s"), strict=False)]
    if len(nodes) == 1:
        tile, region = nodes[0].tile, nodes[0].region
    else:
        region = union_regions([node.region for node in nodes])
        children = [node.tile for node in nodes]
        error = max(diagonal_m(region) / 4, *(2 * child["geometricError"] for child in children), 1.0)
        tile = {"boundingVolume": {"region": region_json(region)}, "geometricError": error, "children": children}
    top_error = max(2 * tile["geometricError"], diagonal_m(region) / 2, 16.0)
    return {"tileset.json": _tileset(tile, round(top_error, 3)), **files}


def _tileset(root: Tile, error: float) -> Tileset:
    return {"asset": {"version": "1.1"}, "geometricError": error, "root": {"refine": "ADD", **root}}


def union_regions(regions: list[Region]) -> Region:
    """The smallest region around all."""
    table = np.array(regions)
    low, high = table.min(axis=0), table.max(axis=0)
    return (float(low[0]), float(low[1]), float(high[2]), float(high[3]), float(low[4]), float(high[5]))


@dataclass(frozen=True, slots=True)
class _Node:
    """A tile with everything below it in the same file."""

    tile: Tile
    region: Region
    nodes: int
    path: str


def _node(cell: Cell, leaves: dict[str, LeafTile], prefix: str, files: dict[str, Tileset]) -> _Node:
    if not cell.children:
        leaf = leaves[cell.path]
        return _Node(_leaf(leaf), union_regions([part.region for part in leaf.whole()]), len(leaf.whole()), cell.path)
    below = [_node(child, leaves, prefix, files) for child in cell.children]
    region = union_regions([node.region for node in below])
    error = max(diagonal_m(region) / 4, *(1.5 * node.tile["geometricError"] for node in below), 1.0)
    if sum(node.nodes for node in below) >= NODES_IN_FILE:
        below = [_moved_out(node, f"tileset-{prefix}{node.path}.json", files) for node in below]
    tile: Tile = {
        "boundingVolume": {"region": region_json(region)},
        "geometricError": round(error, 3),
        "children": [node.tile for node in below],
    }
    return _Node(tile, region, 1 + sum(node.nodes for node in below), cell.path)


def _moved_out(node: _Node, name: str, files: dict[str, Tileset]) -> _Node:
    """The node as a reference to a file of its own, unless it has content itself."""
    if "content" in node.tile:
        return node
    error = node.tile["geometricError"]
    files[name] = _tileset(node.tile, error)
    tile: Tile = {
        "boundingVolume": node.tile["boundingVolume"],
        "geometricError": error,
        "content": {"uri": name},
    }
    return _Node(tile, node.region, 1, node.path)


def _leaf(leaf: LeafTile) -> Tile:
    """A tile with content; a shell is replaced by its finer tiles, beside which a node without content waits."""
    children = [_content(part) for part in leaf.finer]
    if leaf.later:
        waiting: Tile = {
            "boundingVolume": _box(leaf.later),
            "geometricError": leaf.later_error_m,
            "refine": "ADD",
            "children": [_content(part) for part in leaf.later],
        }
        children.append(waiting)
    tile: Tile = {
        "boundingVolume": _box(leaf.whole()),
        "geometricError": round(leaf.error_m, 3),
        "transform": leaf.enu_to_ecef.T.reshape(-1).tolist(),
        "content": {"uri": leaf.uri},
    }
    return {**tile, "refine": "REPLACE", "children": children} if children else tile


def _content(leaf: LeafTile) -> Tile:
    """A tile in the frame of the one above it."""
    return {"boundingVolume": _box([leaf]), "geometricError": 0.0, "content": {"uri": leaf.uri}}


def _box(leaves: Sequence[LeafTile]) -> BoundingVolume:
    """The box around tiles in one frame."""
    low = np.min([leaf.low_enu for leaf in leaves], axis=0)
    high = np.max([leaf.high_enu for leaf in leaves], axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    return {"box": [float(value) for value in (*middle, half[0], 0, 0, 0, half[1], 0, 0, 0, half[2])]}


def region_json(region: Region) -> list[float]:
    """The region as 3D Tiles write it: radians, then metres."""
    return [*np.radians(region[:4]).tolist(), region[4], region[5]]


def diagonal_m(region: Region) -> float:
    """Length of the region's diagonal in metres."""
    west, south, east, north, low, high = region
    cos_lat = np.cos(np.radians((south + north) / 2))
    return float(np.hypot(np.hypot((east - west) * cos_lat, north - south) * 111_320.0, high - low))
