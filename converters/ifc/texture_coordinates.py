"""Where the corners of faces lie in a picture, as the texture maps of IFC4 and IFC4X3 say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.ifc.untyped import Entity
from converters.pictures import PictureError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MappedTriangles:
    """Corners (n, 3, 3) in the units and the frame of the item, and their places (n, 3, 2) from the lower left."""

    corners: Floats
    uv: Floats


def read_map(texture_map: Entity) -> MappedTriangles:
    """The triangles that a texture map covers. Raises PictureError where it contradicts itself."""
    try:
        if texture_map.is_a("IfcIndexedTriangleTextureMap"):
            found = _of_triangles(texture_map)
        elif texture_map.is_a("IfcIndexedPolygonalTextureMap"):
            found = _of_polygons(texture_map)
        else:
            found = _of_face(texture_map)
    except (IndexError, TypeError, AttributeError, ValueError) as error:
        raise PictureError("its texture coordinates do not fit its faces") from error
    if not (np.isfinite(found.corners).all() and np.isfinite(found.uv).all()):
        raise PictureError("its texture coordinates are not finite")
    return found


def _of_triangles(texture_map: Entity) -> MappedTriangles:
    faces = texture_map.MappedTo
    corners = _points(faces)[_numbers(faces, faces.CoordIndex)]
    places = np.array(texture_map.TexCoords.TexCoordsList, float)
    index = texture_map.TexCoordIndex
    uv = places[_from_one(faces.CoordIndex if index is None else index, len(places))]
    if uv.shape[:2] != corners.shape[:2]:
        raise ValueError("as many triangles as texture triangles are needed")
    return MappedTriangles(corners, uv)


def _of_polygons(texture_map: Entity) -> MappedTriangles:
    faces = texture_map.MappedTo
    points = _points(faces)
    places = np.array(texture_map.TexCoords.TexCoordsList, float)
    parts = []
    for indices in texture_map.TexCoordIndices:
        face = indices.TexCoordsOf
        rings = [face.CoordIndex, *(getattr(face, "InnerCoordIndices", None) or ())]
        of_rings = [indices.TexCoordIndex, *(getattr(indices, "InnerTexCoordIndices", None) or ())]
        if [len(ring) for ring in rings] != [len(ring) for ring in of_rings]:
            raise ValueError("as many texture coordinates as corners are needed")
        corner_rings = [points[_numbers(faces, ring)] for ring in rings]
        parts.append(_split(corner_rings, [places[_from_one(ring, len(places))] for ring in of_rings]))
    return _together(parts)


def _of_face(texture_map: Entity) -> MappedTriangles:
    """The outer bound of one face of a faceted brep or face model; its holes are found by where they lie."""
    bounds = texture_map.MappedTo.Bounds
    outer = next((bound for bound in bounds if bound.is_a("IfcFaceOuterBound")), bounds[0])
    ring = np.array([point.Coordinates for point in outer.Bound.Polygon], float)
    places = np.array([vertex.Coordinates for vertex in texture_map.Vertices], float)
    if len(places) == len(ring) + 1 and np.array_equal(places[0], places[-1]):
        places = places[:-1]
    if len(ring) != len(places):
        raise ValueError("as many texture coordinates as corners are needed")
    return _split([ring], [places])


def _split(rings: list[Floats], places: list[Floats]) -> MappedTriangles:
    """Triangles of a plane polygon with holes."""
    import mapbox_earcut

    points, uv = np.concatenate(rings), np.concatenate(places)
    outer = rings[0]
    normal = np.cross(outer, np.roll(outer, -1, axis=0)).sum(axis=0)  # Newell's
    plane = np.delete(points, int(np.abs(normal).argmax()), axis=1)
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    triangles = mapbox_earcut.triangulate_float64(np.ascontiguousarray(plane), ends).reshape(-1, 3)
    corners = points[triangles]
    is_turned = np.einsum("ni,i->n", np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), normal) < 0
    triangles = np.where(is_turned[:, None], triangles[:, ::-1], triangles)
    return MappedTriangles(points[triangles], uv[triangles])


def _together(parts: Sequence[MappedTriangles]) -> MappedTriangles:
    return MappedTriangles(
        np.concatenate([part.corners for part in parts]), np.concatenate([part.uv for part in parts])
    )


def _points(faces: Entity) -> Floats:
    return np.array(faces.Coordinates.CoordList, float).reshape(-1, 3)


def _numbers(faces: Entity, index: Any) -> NDArray[np.int64]:  # noqa: ANN401 - nested tuples
    """Numbers of points from zero; some files go through a list of points first."""
    direct = getattr(faces, "PnIndex", None)
    if direct is None:
        return _from_one(index, len(faces.Coordinates.CoordList))
    return _from_one(direct, len(faces.Coordinates.CoordList))[_from_one(index, len(direct))]


def _from_one(index: Any, count: int) -> NDArray[np.int64]:  # noqa: ANN401 - nested tuples
    numbers = np.array(index, np.int64) - 1
    if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
        raise IndexError("an index points beyond its list")
    return numbers
