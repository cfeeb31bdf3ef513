"""Footprints of one tile to walls and roofs, all at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cim_core.crs.ecef import invert_rigid, lonlat_to_ecef, transform_points
from tiles.footprints import Footprints
from tiles.ragged import Indices, starts_of
from tiles.roofs import FACE_CORNERS, FACE_EDGES, FACE_OF_VERTEX, FACE_TRIANGLES, FLAT, IS_RIDGE, build_pitched
from tiles.tilemesh import TileMesh, srgb_to_linear_u8, unit

Floats = NDArray[np.float64]

#: sRGB of uncoloured walls (#e7e3db) and roofs, a step lighter.
WALL_COLOR, ROOF_COLOR = srgb_to_linear_u8(np.array([[0xE7, 0xE3, 0xDB, 255], [0xF3, 0xF1, 0xEC, 255]], np.uint8))
#: Corners that turn less than this are part of a curve and get no vertical line.
MIN_CREASE_RAD = np.radians(20.0)


def extrude(buildings: Footprints, enu_to_ecef: Floats, *, outline: bool) -> TileMesh:
    """Walls from the foot of the skirt to the eave and a roof on top, in the east-north-up frame given by the matrix.

    Every ring vertex is placed on the globe on its own; feature ids are the rows of ``buildings``.
    """
    row = np.repeat(np.arange(len(buildings)), buildings.vertex_count)
    lon_deg, lat_deg = buildings.lonlat_deg.T
    ecef_to_enu = invert_rigid(enu_to_ecef)
    foot = transform_points(ecef_to_enu, lonlat_to_ecef(lon_deg, lat_deg, buildings.bottom_m[row]))
    up = _up_vectors(lon_deg, lat_deg) @ ecef_to_enu[:3, :3].T
    eave = foot + up * (buildings.eave_m - buildings.bottom_m)[row, None]
    parts = [_walls(buildings, row, foot, eave, up, outline=outline)]
    is_flat = buildings.roof == FLAT
    if is_flat.any():
        parts.append(_flat_roofs(buildings, row, eave, up, is_flat, outline=outline))
    if not is_flat.all():
        parts.append(_pitched_roofs(buildings, eave, up, np.flatnonzero(~is_flat), outline=outline))
    return _join(parts)


def _up_vectors(lon_deg: Floats, lat_deg: Floats) -> Floats:
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def _walls(b: Footprints, row: Indices, foot: Floats, eave: Floats, up: Floats, *, outline: bool) -> TileMesh:
    """Four vertices a wall: first here and there at the foot of every wall, then the same at every eave.

    In this order neighbours differ in one thing at a time, which the compression rewards.
    """
    there = b.following
    count = len(row)
    along = foot[there] - foot
    normal = np.repeat(unit(np.cross(along, up)).astype(np.float32), 2, axis=0)
    ends = np.stack([np.arange(count), there], axis=1).reshape(-1)
    row_of_end = np.repeat(row, 2)
    low, high = (b.bottom_m - b.base_m)[row_of_end], (b.eave_m - b.base_m)[row_of_end]
    here = 2 * np.arange(count)
    above = here + 2 * count
    edges: NDArray[np.uint32] | None = None
    if outline:
        heading = np.arctan2(along[:, 1], along[:, 0])
        arriving = np.empty(count)
        arriving[there] = heading
        turn = np.abs((heading - arriving + np.pi) % (2 * np.pi) - np.pi)
        is_crease = turn > MIN_CREASE_RAD
        left = np.stack([here, above], axis=1)[is_crease]
        right = np.stack([here + 1, above + 1], axis=1)[is_crease[there]]
        edges = np.concatenate([left, right]).astype(np.uint32)
    return TileMesh(
        positions_enu=np.concatenate([foot[ends], eave[ends]]),
        normals=np.concatenate([normal, normal]),
        feature_ids=np.concatenate([row_of_end, row_of_end]).astype(np.uint32),
        hag_m=np.concatenate([low, high]).astype(np.float32),
        colors=np.broadcast_to(WALL_COLOR, (4 * count, 4)),
        triangles=np.stack([here, here + 1, above + 1, here, above + 1, above], axis=1)
        .reshape(-1, 3)
        .astype(np.uint32),
        outline=edges,
    )


def _flat_roofs(
    b: Footprints, row: Indices, eave: Floats, up: Floats, is_flat: NDArray[np.bool_], *, outline: bool
) -> TileMesh:
    on_roof = is_flat[row]
    number = np.cumsum(on_roof) - 1
    triangles = number[b.triangles[np.repeat(is_flat, b.triangle_count)]]
    vertex_row = row[on_roof]
    outlines = None
    if outline:
        edges = np.stack([number[on_roof], number[b.following[on_roof]]], axis=1)
        outlines = edges[_are_sides(edges, triangles, len(vertex_row))].astype(np.uint32)
    return TileMesh(
        positions_enu=eave[on_roof],
        normals=up[on_roof].astype(np.float32),
        feature_ids=vertex_row.astype(np.uint32),
        hag_m=(b.eave_m - b.base_m)[vertex_row].astype(np.float32),
        colors=np.broadcast_to(ROOF_COLOR, (len(vertex_row), 4)),
        triangles=triangles.astype(np.uint32),
        outline=outlines,
    )


def _pitched_roofs(b: Footprints, eave: Floats, up: Floats, rows: Indices, *, outline: bool) -> TileMesh:
    start = starts_of(b.vertex_count)[rows]
    corners = eave[start[:, None] + np.arange(4)]
    up_m = up[start] * (b.top_m - b.eave_m)[rows, None]
    vertices, _ = build_pitched(corners, up_m, b.roof[rows])
    a, c, d = (vertices[:, FACE_CORNERS[:, k]] for k in range(3))
    normals = unit(np.cross(c - a, d - a).reshape(-1, 3)).reshape(-1, 4, 3)[:, FACE_OF_VERTEX]
    positions = vertices.reshape(-1, 3)
    first = 14 * np.arange(len(rows))[:, None, None]
    triangles = (first + FACE_TRIANGLES).reshape(-1, 3)
    p, q, r = (positions[triangles[:, k]] for k in range(3))
    triangles = triangles[np.linalg.norm(np.cross(q - p, r - p), axis=1) > 1e-9]
    hag_m = np.where(IS_RIDGE, (b.top_m - b.base_m)[rows, None], (b.eave_m - b.base_m)[rows, None])
    outlines = None
    if outline:
        edges = (first + FACE_EDGES).reshape(-1, 2)
        outlines = edges[_are_sides(edges, triangles, len(positions))].astype(np.uint32)
    return TileMesh(
        positions_enu=positions,
        normals=normals.reshape(-1, 3).astype(np.float32),
        feature_ids=np.repeat(rows, 14).astype(np.uint32),
        hag_m=hag_m.reshape(-1).astype(np.float32),
        colors=np.broadcast_to(ROOF_COLOR, (len(positions), 4)),
        triangles=triangles.astype(np.uint32),
        outline=outlines,
    )


def _are_sides(edges: Indices, triangles: Indices, vertices: int) -> NDArray[np.bool_]:
    """Which edges are sides of a triangle, as CESIUM_primitive_outline demands (earcut leaves collinear points out)."""
    sides = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    sides.sort(axis=1)
    known = np.sort(sides[:, 0] * vertices + sides[:, 1])
    wanted = edges.min(axis=1) * vertices + edges.max(axis=1)
    if not len(known):
        return np.zeros(len(edges), bool)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.asarray(known[at] == wanted)


def _join(parts: list[TileMesh]) -> TileMesh:
    shift = starts_of(np.array([len(part.positions_enu) for part in parts])).astype(np.uint32)
    outlines = [part.outline + s for part, s in zip(parts, shift, strict=True) if part.outline is not None]
    return TileMesh(
        positions_enu=np.concatenate([part.positions_enu for part in parts]),
        normals=np.concatenate([part.normals for part in parts]),
        feature_ids=np.concatenate([part.feature_ids for part in parts]),
        hag_m=np.concatenate([part.hag_m for part in parts]),
        colors=np.concatenate([part.colors for part in parts]),
        triangles=np.concatenate([part.triangles + s for part, s in zip(parts, shift, strict=True)]),
        outline=np.concatenate(outlines) if outlines else None,
    )
