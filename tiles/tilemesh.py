"""The triangles of one tile, before they are encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from cim_core.features.texture import TextureImage

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class TileMesh:
    """One primitive in the tile's east-north-up frame (metres, z up): places, normals, and vertices that join them.

    ``positions_enu``: (P, 3) float64, ``hag_m``: (P,) height above ground and ``feature_ids``: (P,) row of the tile's
    property table, of every place. ``normals``: (N, 3) float32 unit, the directions faces look in.
    ``place``, ``facing``: (V,) the place and the normal of every vertex. ``colors``: (V, 4) uint8, linear light with
    alpha, or (1, 4) for all. ``triangles``: (T, 3) into the vertices. ``outline``: (E, 2) vertex pairs to draw as
    edges, or None. ``heading_rad``: the direction most walls follow, counter-clockwise from east; a hint for encoding.
    ``picture``: painted on it at ``uv`` (V, 2) float32, counted from its upper left corner.
    """

    positions_enu: NDArray[np.float64]
    hag_m: NDArray[np.float32]
    feature_ids: NDArray[np.uint32]
    normals: NDArray[np.float32]
    place: NDArray[np.int64]
    facing: NDArray[np.int64]
    colors: NDArray[np.uint8]
    triangles: NDArray[np.uint32]
    outline: NDArray[np.uint32] | None = None
    is_translucent: bool = False
    is_double_sided: bool = False
    heading_rad: float = 0.0
    uv: NDArray[np.float32] | None = None
    picture: TextureImage | None = None

    @property
    def vertices(self) -> int:
        """How many there are."""
        return len(self.place)

    @property
    def corners_enu(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest corner of the box around the places."""
        return corners_of(self.positions_enu)


class HasCorners(Protocol):
    """What stands somewhere in a tile."""

    @property
    def corners_enu(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest corner of a box around it."""


def box_around(meshes: Sequence[HasCorners]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest corner of the box around several meshes."""
    corners = [mesh.corners_enu for mesh in meshes]
    return np.min([low for low, _ in corners], axis=0), np.max([high for _, high in corners], axis=0)


def corners_of(rows: NDArray[Number]) -> tuple[NDArray[Number], NDArray[Number]]:
    """Smallest and largest value of every column; one column at a time is 25 times faster than along the rows."""
    columns = [rows[:, k] for k in range(rows.shape[1])]
    return np.array([column.min() for column in columns]), np.array([column.max() for column in columns])


def take_rows(rows: NDArray[Number], index: NDArray[np.int64]) -> NDArray[Number]:
    """``rows[index]`` for indices known to be in range; a quarter of the time, as nothing is checked or buffered."""
    return np.take(rows, index, axis=0, mode="clip")


def unit(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Vectors (n, 3) scaled to length one; zero stays zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1.0))


def srgb_to_linear_u8(srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colors (n, 4) sRGB with alpha to linear light, as COLOR_0 wants it (glTF 2.0, 3.9.2); alpha is kept.

    >>> srgb_to_linear_u8(np.array([[255, 188, 0, 128]], np.uint8)).tolist()
    [[255, 128, 0, 128]]
    """
    value = np.arange(256) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    table = np.round(linear * 255).astype(np.uint8)
    out = np.array(srgb, np.uint8)
    out[:, :3] = table[out[:, :3]]
    return out
