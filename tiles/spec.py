"""The parts of the 3D Tiles 1.1 JSON (OGC 22-025r4) that are written here. Names are the standard's."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class BoundingVolume(TypedDict, total=False):
    """Exactly one of the two.

    ``region``: west, south, east, north in radians (EPSG:4979), minimum and maximum height in metres above the
    ellipsoid; a tile transform does not apply. ``box``: centre and three half axes, 12 numbers in metres, in the
    frame of the tile's transform.
    """

    region: list[float]
    box: list[float]


class Content(TypedDict):
    """Where the tile's GLB is, relative to tileset.json."""

    uri: str


class Tile(TypedDict):
    """A node of the tree. ``geometricError`` in metres; ``transform`` 4×4 column-major."""

    boundingVolume: BoundingVolume
    geometricError: float
    refine: NotRequired[str]
    transform: NotRequired[list[float]]
    content: NotRequired[Content]
    children: NotRequired[list[Tile]]


class Asset(TypedDict):
    """Version of the standard."""

    version: str


class Tileset(TypedDict):
    """tileset.json."""

    asset: Asset
    geometricError: float
    root: Tile
    extensionsUsed: NotRequired[list[str]]
