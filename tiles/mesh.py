"""Rows with triangles (building elements, models) become flat-shaded meshes of a tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.crs.ecef import invert_rigid, transform_points
from cim_core.features.texture import NO_IMAGE, FaceTextures, TextureImage
from tiles import meshopt
from tiles.creases import find_creases
from tiles.ragged import Indices
from tiles.tilemesh import TileMesh, srgb_to_linear_u8

Floats = NDArray[np.float64]

#: Vertices closer than this are merged when they also share normal, color and feature.
MERGE_M = 1e-3
MIN_TRIANGLE_AREA_M2 = 1e-9
#: And when they are in the same place of a picture to within this share of it.
MERGE_UV = 1e-5


@dataclass(frozen=True, slots=True)
class ElementMeshes:
    """Elements with triangles on the globe, in row order; a row's vertices and triangles are contiguous.

    ``triangles``: (T, 3) into ``positions_ecef`` (V, 3) metres. ``hag_m``: (V,) height above ground.
    ``colors``: (T, 4) uint8 sRGB with alpha. ``triangle_count``: per row. ``textures``: pictures on the T triangles.
    """

    records: pa.Table
    positions_ecef: Floats
    hag_m: Floats
    triangles: Indices
    colors: NDArray[np.uint8]
    triangle_count: Indices
    textures: FaceTextures | None = None

    def __len__(self) -> int:
        return len(self.triangle_count)


@dataclass(frozen=True, slots=True)
class _Faces:
    """Triangles of a tile with what they need to be shaded flat; all but ``positions`` and ``hag_m`` per triangle."""

    positions: Floats
    hag_m: Floats
    corners: Indices
    normal: Floats
    feature: Indices
    color: NDArray[np.uint8]
    textures: FaceTextures | None = None

    def take(self, chosen: NDArray[np.bool_]) -> _Faces:
        return _Faces(
            self.positions,
            self.hag_m,
            self.corners[chosen],
            self.normal[chosen],
            self.feature[chosen],
            self.color[chosen],
            None if self.textures is None else self.textures.take(chosen),
        )


def build_element_meshes(elements: ElementMeshes, enu_to_ecef: Floats, *, outline: bool) -> list[TileMesh]:
    """One opaque and, where alpha is below 255, one translucent mesh, and so for every picture, in the matrix's frame.

    Triangles without area are left out (unless nothing else is there).
    """
    positions = transform_points(invert_rigid(enu_to_ecef), elements.positions_ecef)
    feature = np.repeat(np.arange(len(elements)), elements.triangle_count)
    return _meshes(
        positions, elements.hag_m, elements.triangles, elements.colors, feature, elements.textures, outline=outline
    )


def build_shape_meshes(
    positions: Floats,
    triangles: NDArray[np.uint32],
    colors: NDArray[np.uint8],
    textures: FaceTextures | None,
    *,
    outline: bool,
) -> list[TileMesh]:
    """The same of one shape around its own origin; every feature id and height is 0."""
    feature = np.zeros(len(triangles), np.int64)
    hag_m = np.zeros(len(positions))
    return _meshes(positions, hag_m, triangles.astype(np.int64), colors, feature, textures, outline=outline)


def _meshes(
    positions: Floats,
    hag_m: Floats,
    triangles: Indices,
    colors: NDArray[np.uint8],
    feature: Indices,
    textures: FaceTextures | None,
    *,
    outline: bool,
) -> list[TileMesh]:
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    twice_area = np.linalg.norm(normal, axis=1)
    drawn = twice_area > 2 * MIN_TRIANGLE_AREA_M2
    if not drawn.any():
        drawn[:] = True
    normal = normal / np.where(twice_area > 0, twice_area, 1.0)[:, None]
    normal[twice_area == 0] = (0.0, 0.0, 1.0)
    faces = _Faces(positions, hag_m, triangles, normal, feature, srgb_to_linear_u8(colors), textures)
    is_translucent = colors[:, 3] < 255
    painted = np.full(len(triangles), NO_IMAGE, np.int32) if textures is None else textures.image
    return [
        _shade(
            faces.take(chosen),
            is_translucent=translucent,
            outline=outline,
            picture=None if textures is None or number == NO_IMAGE else textures.images[number],
        )
        for number in np.unique(painted).tolist()
        for translucent in (False, True)
        if (chosen := drawn & (painted == number) & (is_translucent == translucent)).any()
    ]


def _shade(faces: _Faces, *, is_translucent: bool, outline: bool, picture: TextureImage | None) -> TileMesh:
    """Flat shading: three vertices a triangle, then equal ones merged."""
    corner = faces.corners.reshape(-1)
    of_face = np.repeat(np.arange(len(faces.corners)), 3)
    color, uv = faces.color, None
    if picture is not None and faces.textures is not None:
        color = faces.color | np.array([255, 255, 255, 0], np.uint8)  # the picture's own colors, unchanged
        uv = faces.textures.uv.reshape(-1, 2)
    rows = np.zeros((len(corner), 6 if uv is None else 8), np.int32)
    rows[:, :3] = np.rint(faces.positions[corner] / MERGE_M)
    rows[:, 3] = faces.feature[of_face]
    rows[:, 4] = _packed(faces.normal)[of_face]
    rows[:, 5] = np.ascontiguousarray(color).view(np.int32).reshape(-1)[of_face]
    if uv is not None:
        rows[:, 6:] = np.rint(uv / MERGE_UV)
    remap, unique = meshopt.merge_equal_vertices(rows.view(np.uint8).reshape(len(rows), -1))
    keep = np.empty(unique, np.int64)
    keep[remap[::-1]] = np.arange(len(corner))[::-1]
    triangles = remap.reshape(-1, 3)
    normals = faces.normal[of_face[keep]].astype(np.float32)
    places, _ = meshopt.merge_equal_vertices(np.ascontiguousarray(rows[keep, :4]).view(np.uint8).reshape(-1, 16))
    colors = color[of_face[keep]]
    own = np.arange(len(keep))
    return TileMesh(
        positions_enu=faces.positions[corner[keep]],
        hag_m=faces.hag_m[corner[keep]].astype(np.float32),
        feature_ids=faces.feature[of_face[keep]].astype(np.uint32),
        normals=normals,
        place=own,
        facing=own,
        colors=colors,
        triangles=triangles,
        outline=find_creases(triangles, normals, places) if outline else None,
        is_translucent=is_translucent,
        is_double_sided=True,
        uv=None if uv is None else uv[keep],
        picture=picture,
    )


def _packed(normal: Floats) -> NDArray[np.int32]:
    """Unit normals (n, 3) as three signed bytes in one integer each."""
    padded = np.zeros((len(normal), 4), np.int8)
    padded[:, :3] = np.rint(normal * 127)
    return padded.view(np.int32).reshape(-1)
