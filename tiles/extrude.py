"""Footprints of one tile to walls and roofs, all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_core.crs.ecef import invert_rigid, lonlat_to_ecef, transform_points
from tiles import meshopt
from tiles.footprints import Footprints
from tiles.ragged import Indices, starts_of
from tiles.roofs import FACE_CORNERS, FACE_EDGES, FACE_OF_VERTEX, FACE_TRIANGLES, FLAT, IS_RIDGE, build_pitched
from tiles.tilemesh import TileMesh, srgb_to_linear_u8, unit

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: sRGB of what has no color of its own.
PLAIN_COLOR = srgb_to_linear_u8(np.array([[0xEB, 0xE8, 0xE2, 0xFF]], np.uint8))
#: Corners that turn less than this are part of a curve and get no vertical line.
MIN_CREASE_RAD = np.radians(20.0)
_HEADINGS = 180


@dataclass(frozen=True, slots=True)
class _Places:
    """Points with their height above ground and the row they belong to."""

    positions: Floats
    hag_m: Floats
    row: Indices


@dataclass(frozen=True, slots=True)
class _Faces:
    """Flat faces: ``place`` of every vertex in all places, ``facing`` in the own ``normals``, edges to draw."""

    normals: Floats
    place: Indices
    facing: Indices
    triangles: NDArray[np.uint32]
    edges: Indices


def extrude(
    buildings: Footprints,
    enu_to_ecef: Floats,
    *,
    outline: bool,
    reorder: bool = True,
    has_underside: Mask | None = None,
) -> TileMesh:
    """Walls from the foot of the skirt to the eave and a roof on top, in the east-north-up frame given by the matrix.

    Every ring vertex is placed on the globe on its own; feature ids are the rows of ``buildings``. ``reorder``: put
    roof vertices and triangles in the order that compresses best, which needs the meshopt library.
    ``has_underside``: which rows get a face at their foot, as they do not stand on the ground.
    """
    b = buildings
    row = np.repeat(np.arange(len(b)), b.vertex_count)
    lon_deg, lat_deg = b.lonlat_deg.T
    ecef_to_enu = invert_rigid(enu_to_ecef)
    foot = transform_points(ecef_to_enu, lonlat_to_ecef(lon_deg, lat_deg, b.bottom_m[row]))
    up = _up_vectors(lon_deg, lat_deg) @ ecef_to_enu[:3, :3].T
    eave = foot + up * (b.eave_m - b.bottom_m)[row, None]
    along = foot[b.following] - foot
    heading = np.arctan2(along[:, 1], along[:, 0])
    places = [_Places(foot, (b.bottom_m - b.base_m)[row], row), _Places(eave, (b.eave_m - b.base_m)[row], row)]
    faces = [_walls(b, along, heading)]
    is_flat = b.roof == FLAT
    if is_flat.any():
        faces.append(_flat_roofs(b, row, up, is_flat, reorder=reorder))
    if not is_flat.all():
        ridged = _pitched_roofs(b, eave, up, np.flatnonzero(~is_flat))
        places.append(ridged[0])
        faces.append(ridged[1])
    if has_underside is not None and has_underside.any():
        faces.append(_undersides(b, up, has_underside))
    return _join(places, faces, _main_heading(heading, np.hypot(along[:, 0], along[:, 1])), outline=outline)


def _up_vectors(lon_deg: Floats, lat_deg: Floats) -> Floats:
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    cos_lat = np.cos(lat)
    return np.stack([cos_lat * np.cos(lon), cos_lat * np.sin(lon), np.sin(lat)], axis=1)


def _main_heading(heading_rad: Floats, length_m: Floats) -> float:
    """The direction within a quarter turn along or across which most metres of wall run."""
    width = np.pi / 2 / _HEADINGS
    number = ((heading_rad + 2 * np.pi) / width).astype(np.int64) % _HEADINGS
    return float((np.bincount(number, length_m, _HEADINGS).argmax() + 0.5) * width)


def _walls(b: Footprints, along: Floats, heading: Floats) -> _Faces:
    """Four vertices a wall, from its end to its start: foot, eave, foot, eave; the last wall first.

    The next wall then begins where one ends, every second vertex repeats the place before, all four share a normal,
    and each triangle shares a side with the one before and adds the next vertex: all of which compresses well.
    """
    count = len(along)
    here = np.arange(count)[::-1]
    there = b.following[here]
    place = np.stack([there, there + count, here, here + count], axis=1).reshape(-1)
    length = np.hypot(along[:, 0], along[:, 1])
    scale = 1 / np.where(length > 0, length, 1.0)
    # Upright to a hundredth of a degree: up leans by the size of a tile over the radius of the globe.
    normals = np.stack([along[:, 1] * scale, -along[:, 0] * scale, np.zeros(count)], axis=1)
    arriving = np.empty(count)
    arriving[b.following] = heading
    turn = np.abs((heading - arriving + np.pi) % (2 * np.pi) - np.pi)
    is_crease = turn > MIN_CREASE_RAD
    first = 4 * np.arange(count, dtype=np.uint32)[:, None]
    corners = np.arange(4 * count).reshape(-1, 2)
    return _Faces(
        normals=normals,
        place=place,
        facing=np.repeat(here, 4),
        triangles=(first + _WALL_TRIANGLES).reshape(-1, 3),
        edges=corners[is_crease[np.stack([there, here], axis=1).reshape(-1)]],
    )


_WALL_TRIANGLES = np.array([0, 1, 2, 1, 3, 2], np.uint32)


def _flat_roofs(b: Footprints, row: Indices, up: Floats, is_flat: Mask, *, reorder: bool) -> _Faces:
    on_roof = is_flat[row]
    triangles = b.triangles if is_flat.all() else b.triangles[np.repeat(is_flat, b.triangle_count)]
    edges = np.stack([np.arange(len(row)), b.following], axis=1)[_is_side(b.following, triangles) & on_roof]
    if reorder:
        order, drawn = meshopt.order_for_compression(triangles, len(row))
    else:
        order, drawn = np.flatnonzero(on_roof), np.zeros((0, 3), np.uint32)
    number = np.zeros(len(row), np.int64)
    number[order] = np.arange(len(order))
    edges = number[edges]
    return _Faces(
        normals=up.mean(axis=0, keepdims=True),
        place=order + len(row),
        facing=np.zeros(len(order), np.int64),
        triangles=drawn if reorder else number[triangles].astype(np.uint32),
        edges=edges,
    )


def _undersides(b: Footprints, up: Floats, chosen: Mask) -> _Faces:
    place = np.flatnonzero(np.repeat(chosen, b.vertex_count))
    triangles = b.triangles[np.repeat(chosen, b.triangle_count)][:, ::-1]
    return _Faces(
        normals=-up.mean(axis=0, keepdims=True),
        place=place,
        facing=np.zeros(len(place), np.int64),
        triangles=np.searchsorted(place, triangles).astype(np.uint32),
        edges=np.zeros((0, 2), np.int64),
    )


def _is_side(following: Indices, triangles: Indices) -> Mask:
    """Of every vertex, whether a triangle has the way to the next of its ring as a side.

    CESIUM_primitive_outline demands it of edges, and earcut leaves collinear points out.
    """
    is_side = np.zeros(len(following), bool)
    for k in range(3):
        a, b = triangles[:, k], triangles[:, (k + 1) % 3]
        is_side[a[following[a] == b]] = True
        is_side[b[following[b] == a]] = True
    return is_side


def _pitched_roofs(b: Footprints, eave: Floats, up: Floats, rows: Indices) -> tuple[_Places, _Faces]:
    start = starts_of(b.vertex_count)[rows]
    corners = eave[start[:, None] + np.arange(4)]
    up_m = up[start] * (b.top_m - b.eave_m)[rows, None]
    vertices, _ = build_pitched(corners, up_m, b.roof[rows])
    p0, p1, p2 = (vertices[:, FACE_CORNERS[:, k]] for k in range(3))
    normals = unit(np.cross(p1 - p0, p2 - p0).reshape(-1, 3))
    positions = vertices.reshape(-1, 3)
    first = 14 * np.arange(len(rows))[:, None, None]
    triangles = (first + FACE_TRIANGLES).reshape(-1, 3)
    p, q, r = (positions[triangles[:, k]] for k in range(3))
    triangles = triangles[np.linalg.norm(np.cross(q - p, r - p), axis=1) > 1e-9]
    hag_m = np.where(IS_RIDGE, (b.top_m - b.base_m)[rows, None], (b.eave_m - b.base_m)[rows, None])
    edges = (first + FACE_EDGES).reshape(-1, 2)
    faces = _Faces(
        normals=normals,
        place=np.arange(len(positions)) + 2 * len(eave),
        facing=(4 * np.arange(len(rows))[:, None] + FACE_OF_VERTEX).reshape(-1),
        triangles=triangles.astype(np.uint32),
        edges=edges[_are_sides(edges, triangles, len(positions))],
    )
    return _Places(positions, hag_m.reshape(-1), np.repeat(rows, 14)), faces


def _are_sides(edges: Indices, triangles: Indices, vertices: int) -> Mask:
    """Which edges are sides of a triangle."""
    sides = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    edges = np.sort(edges, axis=1)
    return np.isin(edges[:, 0] * vertices + edges[:, 1], sides[:, 0] * vertices + sides[:, 1])


def _join(places: list[_Places], faces: list[_Faces], heading_rad: float, *, outline: bool) -> TileMesh:
    vertex = starts_of(np.array([len(part.place) for part in faces]))
    normal = starts_of(np.array([len(part.normals) for part in faces]))
    edges = np.concatenate([part.edges + v for part, v in zip(faces, vertex, strict=True)])
    return TileMesh(
        positions_enu=np.concatenate([part.positions for part in places]),
        hag_m=np.concatenate([part.hag_m for part in places]).astype(np.float32),
        feature_ids=np.concatenate([part.row for part in places]).astype(np.uint32),
        normals=np.concatenate([part.normals for part in faces]).astype(np.float32),
        place=np.concatenate([part.place for part in faces]),
        facing=np.concatenate([part.facing + n for part, n in zip(faces, normal, strict=True)]),
        colors=PLAIN_COLOR,
        triangles=np.concatenate([part.triangles + np.uint32(v) for part, v in zip(faces, vertex, strict=True)]),
        outline=edges.astype(np.uint32) if outline else None,
        heading_rad=heading_rad,
    )
