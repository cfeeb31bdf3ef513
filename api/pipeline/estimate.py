"""How large a tileset will be, from what one vertex, triangle or point costs in tilesets that were measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cim_core.features.blocks import MIN_DETAILED_TRIANGLES
from tiles.options import TileOptions

#: Measured on tilesets of real files with the default options (quantised, meshopt): bytes for …
_BYTES_A_RING_VERTEX = 26.5
_BYTES_AN_ELEMENT = 100.0
_BYTES_A_TEXT_BYTE = 0.8
_BYTES_A_TRIANGLE = 14.0
_BYTES_A_POINT = 11.0
#: Vertices that walls and roof make of one vertex of a footprint.
_VERTICES_A_RING_VERTEX = 5
_VERTICES_A_TRIANGLE = 1.5
#: How full leaves of the tree are, neighbours joined.
_LEAF_FILL = 0.6
_POINTS_A_TILE = 2_500


@dataclass(slots=True)
class Workload:
    """What a source brings to the tiler."""

    ring_vertices: int = 0
    elements: int = 0
    text_bytes: int = 0
    triangles: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class SizeEstimate:
    """Expected size of the tileset with default options; real ones lie within a factor of 1.5 of ``bytes``."""

    vertices: int
    tiles: int
    bytes: int
    is_estimate: bool = True


def estimate_size(work: Workload, *, is_point_cloud: bool = False) -> SizeEstimate:
    """Tiles and bytes of a tileset of this much.

    >>> estimate_size(Workload()).tiles
    0
    """
    if is_point_cloud:
        tiles = math.ceil(work.points / _POINTS_A_TILE)
        return SizeEstimate(work.points, tiles, round(work.points * _BYTES_A_POINT))
    vertices = work.ring_vertices * _VERTICES_A_RING_VERTEX + round(work.triangles * _VERTICES_A_TRIANGLE)
    if not vertices:
        return SizeEstimate(0, 0, 0)
    limit = TileOptions().max_vertices
    tiles = 1 if vertices <= limit else math.ceil(vertices / (limit * _LEAF_FILL))
    if work.elements and work.text_bytes and work.triangles >= MIN_DETAILED_TRIANGLES:
        tiles += 2  # a building model has a shell for afar, and a tile of what only shows near by
    size = (
        work.ring_vertices * _BYTES_A_RING_VERTEX
        + work.elements * _BYTES_AN_ELEMENT
        + work.text_bytes * _BYTES_A_TEXT_BYTE
        + work.triangles * _BYTES_A_TRIANGLE
    )
    return SizeEstimate(vertices, tiles, round(size))
