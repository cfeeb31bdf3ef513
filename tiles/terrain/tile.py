"""One terrain tile: posts from the surface, a right-triangulated mesh, quantized-mesh-1.0 bytes.

The library's ``encode`` is not used: it casts longitude and latitude to float32 (0.8 m in degrees, so that the
edges of a deep tile no longer lie on its bounds) and its occlusion code divides its arguments in place.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pymartini
from numpy.typing import NDArray
from quantized_mesh_encoder.normals import oct_encode
from quantized_mesh_encoder.occlusion import occlusion_point

from cim_core.crs.ecef import lonlat_to_ecef
from tiles.terrain.scheme import CELLS, METRES_PER_DEGREE, mesh_tolerance_m, tile_bounds_deg, tile_side_deg
from tiles.terrain.surface import Surface

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

EARTH_RADIUS_M = 6_371_000.0
STEPS = 32767
_OCT_VERTEX_NORMALS = 1


@dataclass(frozen=True, slots=True)
class TerrainMesh:
    """Vertices as post columns and rows (row 0 in the north), heights, unit normals in ECEF, triangles."""

    columns: Indices
    rows: Indices
    height_m: Floats
    normals: Floats
    triangles: Indices


def build_terrain_tile(surface: Surface, level: int, x: int, y: int, deepest: int) -> tuple[bytes, float, float]:
    """The bytes of a tile (not gzipped) and its lowest and highest ellipsoidal height in metres."""
    bounds = tile_bounds_deg(level, x, y)
    posts, normals = _posts(surface, level, bounds)
    mesh = _mesh(posts, normals, bounds, mesh_tolerance_m(level, deepest))
    data = encode_quantized_mesh(mesh, bounds)
    return data, float(mesh.height_m.min()), float(mesh.height_m.max())


def encode_quantized_mesh(mesh: TerrainMesh, bounds_deg: tuple[float, float, float, float]) -> bytes:
    """quantized-mesh-1.0 with the oct-encoded vertex normals extension."""
    west, south, east, north = bounds_deg
    u = np.round(mesh.columns * (STEPS / CELLS)).astype(np.int64)
    v = STEPS - np.round(mesh.rows * (STEPS / CELLS)).astype(np.int64)
    low, high = float(mesh.height_m.min()), float(mesh.height_m.max())
    h = np.round((mesh.height_m - low) * (STEPS / (high - low) if high > low else 0.0)).astype(np.int64)
    lon = west + mesh.columns / CELLS * (east - west)
    lat = north - mesh.rows / CELLS * (north - south)
    parts = [_header(lonlat_to_ecef(lon, lat, mesh.height_m), low, high), struct.pack("<I", len(u))]
    parts += [_zig_zag_deltas(values) for values in (u, v, h)]
    parts += [struct.pack("<I", len(mesh.triangles)), _high_water_mark(mesh.triangles.reshape(-1))]
    for on_edge in (u == 0, v == 0, u == STEPS, v == STEPS):
        edge = np.flatnonzero(on_edge)
        parts += [struct.pack("<I", len(edge)), edge.astype("<u2").tobytes()]
    encoded = oct_encode(mesh.normals.copy()).tobytes()
    parts += [struct.pack("<BI", _OCT_VERTEX_NORMALS, len(encoded)), encoded]
    return b"".join(parts)


def _posts(surface: Surface, level: int, bounds_deg: tuple[float, float, float, float]) -> tuple[Floats, Floats]:
    """Heights (65, 65) and ECEF normals (65, 65, 3) at a tile's posts.

    Normals come from the neighbouring posts across the tile's edge too, so that lighting has no seams.
    """
    west, _, _, north = bounds_deg
    spacing = tile_side_deg(level) / CELLS
    steps = np.arange(-1, CELLS + 2)
    lon, lat = np.meshgrid(west + steps * spacing, np.clip(north - steps * spacing, -90, 90))
    heights = surface.heights_m(lon, lat)
    inner = (slice(1, -1), slice(1, -1))
    across = np.maximum(np.cos(np.radians(lat[inner])), 1e-6) * METRES_PER_DEGREE * spacing * 2
    east = -(heights[1:-1, 2:] - heights[1:-1, :-2]) / across
    south = (heights[2:, 1:-1] - heights[:-2, 1:-1]) / (METRES_PER_DEGREE * spacing * 2)
    lon_rad, lat_rad = np.radians(lon[inner]), np.radians(lat[inner])
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(lon_rad), np.cos(lon_rad), np.sin(lat_rad), np.cos(lat_rad)
    normals = np.stack(
        [
            -sin_lon * east - sin_lat * cos_lon * south + cos_lat * cos_lon,
            cos_lon * east - sin_lat * sin_lon * south + cos_lat * sin_lon,
            cos_lat * south + sin_lat,
        ],
        axis=-1,
    )
    return heights[inner], normals / np.linalg.norm(normals, axis=-1, keepdims=True)


def _mesh(
    posts: Floats, normals: Floats, bounds_deg: tuple[float, float, float, float], tolerance_m: float
) -> TerrainMesh:
    """Refine on height − d²/2R, so that triangles follow the Earth's curve; keep the true heights."""
    terrain = np.ascontiguousarray(posts - _drop(bounds_deg), dtype=np.float32)
    vertices, triangles = _martini().create_tile(terrain).get_mesh(tolerance_m)
    column, row = np.asarray(vertices, np.int64).reshape(-1, 2).T
    corners = np.asarray(triangles, np.int64).reshape(-1, 3)
    # Rows count southward: what turns clockwise in the grid turns counter-clockwise on the map.
    a, b, c = corners.T
    turn = (column[b] - column[a]) * (row[c] - row[a]) - (column[c] - column[a]) * (row[b] - row[a])
    corners = np.where((turn > 0)[:, None], corners[:, ::-1], corners)
    order, corners = _by_first_use(corners)
    column, row = column[order], row[order]
    return TerrainMesh(column, row, posts[row, column], normals[row, column], corners)


def _drop(bounds_deg: tuple[float, float, float, float]) -> Floats:
    """How far the ellipsoid falls below the tangent at the tile's middle, metres, at each post."""
    west, south, east, north = bounds_deg
    lon, lat = np.meshgrid(np.linspace(west, east, CELLS + 1), np.linspace(north, south, CELLS + 1))
    dx = np.radians(lon - (west + east) / 2) * np.cos(np.radians(lat))
    dy = np.radians(lat - (south + north) / 2)
    return np.asarray((dx * dx + dy * dy) * EARTH_RADIUS_M / 2)


def _by_first_use(corners: Indices) -> tuple[Indices, Indices]:
    """Vertices in the order triangles use them, as high-water-mark coding demands: (old indices, new triangles)."""
    old, first, inverse = np.unique(corners.reshape(-1), return_index=True, return_inverse=True)
    rank = np.argsort(first)
    new = np.empty(len(old), np.int64)
    new[rank] = np.arange(len(old))
    return old[rank], new[inverse].reshape(-1, 3)


def _header(positions_ecef: Floats, low_m: float, high_m: float) -> bytes:
    middle = (positions_ecef.min(axis=0) + positions_ecef.max(axis=0)) / 2
    radius = float(np.linalg.norm(positions_ecef - middle, axis=1).max())
    occlusion = occlusion_point(positions_ecef.copy(), middle.copy())
    if not np.isfinite(occlusion).all() or occlusion @ middle <= 0:
        occlusion = middle * 1e3  # a tile of half the Earth is never behind its own horizon
    return struct.pack("<3d2f4d3d", *middle, low_m, high_m, *middle, radius, *occlusion)


def _zig_zag_deltas(values: Indices) -> bytes:
    delta = np.diff(values, prepend=0)
    return ((delta << 1) ^ (delta >> 63)).astype("<u2").tobytes()


def _high_water_mark(indices: Indices) -> bytes:
    """Indices whose first uses count upward, as differences from the next unused one."""
    highest = np.maximum.accumulate(np.concatenate([[-1], indices[:-1]])) + 1
    return (highest - indices).astype("<u2").tobytes()


@cache
def _martini() -> Any:  # noqa: ANN401
    return pymartini.Martini(CELLS + 1)
