"""Bodies of plane faces, read as they are: faceted breps and face models.

The kernels take half as long again, and the first leaves a face model empty where the product has an opening, even one
that is nowhere near it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import ifcopenshell.geom
import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np
from numpy.typing import NDArray

from cim_core.geometry.ragged import starts_of
from cim_core.geometry.triangulate import triangulate_polygons
from converters.ifc.looks import openings_of_products
from converters.ifc.orientation import orient_shells
from converters.ifc.repeats import Places
from converters.ifc.selection import Selection, is_body
from converters.ifc.shapes import Tessellation, UnusableShapeError
from converters.ifc.styles import Color, color_of, is_colored_diffusely
from converters.ifc.untyped import Entity, Model

Floats = NDArray[np.float64]
OF_FACES = ("IfcFacetedBrep", "IfcFaceBasedSurfaceModel", "IfcShellBasedSurfaceModel")
#: Corners farther from the plane of their face make it another surface than the triangles would be.
_FLAT_M = 1e-3
#: A smaller face is left to the kernel to judge.
_MIN_FACE_M2 = 1e-9
#: An opening that stays so far from a body cuts nothing out of it.
_APART_M = 1e-3
_MAX_DEPTH = 8
#: What is said of more faces at once takes more memory than a kernel would.
_MAX_FACES = 20_000
#: So many items are remembered: products map the same ones with other colors, targets and materials.
_REMEMBERED = 64
_UNSTATED: Color = (0, 0, 0, 0)


class PlanarBodies:
    """Products whose body is of breps and face models alone, with plane faces, in which no opening cuts.

    What is unusual (faces that are not plane to a millimetre, curved or single surfaces, faces with styles of their
    own, diffuse colors, openings that reach the body) is the kernel's.
    """

    def __init__(self, model: Model, selection: Selection) -> None:
        self._model = model
        self._selection = selection
        self._refused: set[int] = set()
        self._plain: dict[int, tuple[Floats, NDArray[np.int64]]] = {}
        self._has_any = any(_has(model, kind) for kind in OF_FACES) and not any(
            styled.Item is not None and styled.Item.is_a("IfcTopologicalRepresentationItem")
            for styled in model.by_type("IfcStyledItem")
        )

    def __contains__(self, step: int) -> bool:
        if not self._has_any or step in self._refused:
            return False
        every = self._model.by_id(step).Representation.Representations
        own = self._selection.representation_by_product[step]
        if any(is_body(r) and r.id() != own for r in every) or step in self._openings[1]:
            return False
        return _is_of_faces(self._model.by_id(own).Items, 0)

    @cached_property
    def _openings(self) -> tuple[dict[int, list[Entity]], set[int]]:
        return openings_of_products(self._model)

    @cached_property
    def _places(self) -> Places:
        return Places(self._model)

    @cached_property
    def _unit_m(self) -> float:
        return float(ifcopenshell.util.unit.calculate_unit_scale(self._model))

    def read(self, step: int) -> tuple[str, Floats, Tessellation, NDArray[np.int32]]:
        """A name for the body, the matrix (4, 4) it stands at, the body, and the item each triangle is of.

        Raises UnusableShapeError for what is the kernel's.
        """
        self._refused.add(step)  # unless all goes well
        matrix = self._places.of(self._model.by_id(step).ObjectPlacement)
        if matrix is None:
            raise UnusableShapeError("it is not placed by turns and shifts")
        items = list(self._items(self._model.by_id(self._selection.representation_by_product[step]).Items))
        bodies = [self._body(item, to_product, color) for item, to_product, color in items]
        first = starts_of(np.array([len(body.positions) for body in bodies], np.int64))
        whole = Tessellation(
            np.concatenate([body.positions for body in bodies]),
            np.concatenate([body.triangles + np.uint32(n) for body, n in zip(bodies, first.tolist(), strict=True)]),
            np.concatenate([body.colors for body in bodies]),
        )
        for opening in self._openings[0].get(step, ()):
            if self._reaches(opening, whole.positions @ matrix[:3, :3].T + matrix[:3, 3]):
                raise UnusableShapeError("an opening is cut out of it")
        self._refused.discard(step)
        name = hashlib.blake2b(
            repr([(item.id(), m.tobytes(), color) for item, m, color in items]).encode(), digest_size=16
        ).hexdigest()
        ids = np.repeat([item.id() for item, _, _ in items], [len(body.triangles) for body in bodies])
        return f"planar-{name}", matrix, whole, ids.astype(np.int32)

    def _items(
        self, items: Iterable[Entity], to_product: Floats | None = None, outer: Color | None = None
    ) -> Iterator[tuple[Entity, Floats, Color]]:
        """The face models with their matrices in the units of the file; an item's own color, else that of its map."""
        base = np.eye(4) if to_product is None else to_product
        for item in items:
            styled = item.StyledByItem or ()
            if is_colored_diffusely(styled):
                raise UnusableShapeError("its color is not that of its surface")
            color = color_of(styled) or outer
            if item.is_a("IfcMappedItem"):
                step = ifcopenshell.util.placement.get_mappeditem_transformation(item)
                if step is None:
                    raise UnusableShapeError("it is mapped in a plane")
                yield from self._items(item.MappingSource.MappedRepresentation.Items, base @ step, color)
            else:
                yield item, base, color or _UNSTATED

    def _body(self, item: Entity, to_product: Floats, color: Color) -> Tessellation:
        key = item.id()
        if key not in self._plain:
            if sum(len(shell.CfsFaces) for shell in _shells(item)) > _MAX_FACES:
                raise UnusableShapeError("it has too many faces to be read at once")
            if len(self._plain) >= _REMEMBERED:
                self._plain.clear()
            said = item.get_info(include_identifier=False, recursive=True)
            self._plain[key] = triangulate_faces(said, self._unit_m)
        points, triangles = self._plain[key]
        placed = points @ to_product[:3, :3].T + to_product[:3, 3] * self._unit_m
        if np.linalg.det(to_product[:3, :3]) < 0:
            triangles = triangles[:, ::-1]
        colors = np.tile(np.array([color], np.uint8), (len(triangles), 1))
        return Tessellation(placed, np.ascontiguousarray(triangles, np.uint32), colors)

    def _reaches(self, opening: Entity, points: Floats) -> bool:
        """Whether the box of an opening comes near the box of points of the model, metres."""
        if opening.Representation is None:
            return False
        settings: Any = ifcopenshell.geom.settings()  # type: ignore[no-untyped-call]
        settings.set("use-world-coords", True)
        try:
            shape: Any = ifcopenshell.geom.create_shape(
                settings, opening, geometry_library="hybrid-cgal-simple-opencascade"
            )
        except RuntimeError:
            return True
        hole = np.frombuffer(shape.geometry.verts_buffer, np.float64).reshape(-1, 3)
        if not len(hole) or not np.isfinite(hole).all():
            return True
        gap = np.maximum(hole.min(axis=0) - points.max(axis=0), points.min(axis=0) - hole.max(axis=0))
        return bool(gap.max() <= _APART_M)


def triangulate_faces(said: dict[str, Any], unit_m: float) -> tuple[Floats, NDArray[np.int64]]:
    """Points (v, 3) in metres, each once, and triangles (t, 3) of a brep or face model as ``get_info`` tells it.

    Shells face outwards, whatever the order of their corners. Raises UnusableShapeError for what is not made of
    plane polygons.
    """
    number: dict[tuple[float, ...], int] = {}
    flat: list[int] = []
    ring_count: list[int] = []
    rings_of_face: list[int] = []
    shells = (said["Outer"],) if said["type"] == "IfcFacetedBrep" else next(v for k, v in said.items() if k != "type")
    for face in (face for shell in shells for face in shell["CfsFaces"]):
        bounds = _bounds(face)
        rings_of_face.append(len(bounds))
        for bound in bounds:
            ring = [number.setdefault(p["Coordinates"], len(number)) for p in bound["Bound"]["Polygon"]]
            ring = ring[:-1] if ring[0] == ring[-1] else ring
            if len(ring) < 3:
                raise UnusableShapeError("a face has fewer than three corners")
            flat += ring if bound["Orientation"] is not False else ring[::-1]
            ring_count.append(len(ring))
    if not flat:
        raise UnusableShapeError("its body is empty")
    points = np.array(list(number), np.float64).reshape(-1, 3) * unit_m
    corner = np.array(flat, np.int64)
    xy = _in_planes(points[corner], np.array(ring_count), np.array(rings_of_face))
    triangles, face_of = triangulate_polygons(xy, np.array(ring_count), np.array(rings_of_face))
    shell = np.repeat(np.arange(len(shells)), [len(shell["CfsFaces"]) for shell in shells])
    return points, orient_shells(points, corner[triangles], shell[face_of])


def _shells(item: Entity) -> tuple[Entity, ...]:
    return (item[0],) if item.is_a("IfcFacetedBrep") else tuple(item[0])


def _bounds(face: dict[str, Any]) -> list[dict[str, Any]]:
    """The bounds of a plain face, the outer one first."""
    bounds = list(face["Bounds"])
    if face["type"] != "IfcFace" or any(bound["Bound"]["type"] != "IfcPolyLoop" for bound in bounds):
        raise UnusableShapeError("a face is not a plane polygon")
    if len(bounds) > 1:
        bounds.sort(key=lambda bound: bound["type"] != "IfcFaceOuterBound")
    if len([bound for bound in bounds if bound["type"] == "IfcFaceOuterBound"]) != 1 and len(bounds) != 1:
        raise UnusableShapeError("a face does not say which of its bounds is the outer one")
    return bounds


def _in_planes(corners: Floats, ring_count: NDArray[np.int64], rings_of_face: NDArray[np.int64]) -> Floats:
    """Corners (v, 3) along two axes (v, 2), so that every face is counter-clockwise; raises where one is not plane."""
    start = starts_of(ring_count)
    first_ring = starts_of(rings_of_face)
    count = np.add.reduceat(ring_count, first_ring)
    face_start = start[first_ring]
    local = corners - np.repeat(corners[face_start], count, axis=0)
    following = np.arange(1, len(corners) + 1)
    following[start + ring_count - 1] = start
    cross = np.add.reduceat(np.cross(local, local[following]), start)[first_ring]  # Newell's, of outer bounds
    double_area = np.linalg.norm(cross, axis=1)
    if not np.isfinite(double_area).all() or double_area.min() < 2 * _MIN_FACE_M2:
        raise UnusableShapeError("a face has no area")
    normal = cross / double_area[:, None]
    height = np.einsum("ij,ij->i", local, np.repeat(normal, count, axis=0))
    spread = np.maximum.reduceat(height, face_start) - np.minimum.reduceat(height, face_start)
    if spread.max() > _FLAT_M:
        raise UnusableShapeError("a face is not plane")
    axis = np.abs(normal).argmax(axis=1)
    is_up = np.take_along_axis(normal, axis[:, None], axis=1)[:, 0] > 0
    right = np.where(is_up, (axis + 1) % 3, (axis + 2) % 3)
    ahead = np.where(is_up, (axis + 2) % 3, (axis + 1) % 3)
    rows = np.arange(len(local))
    return np.stack([local[rows, np.repeat(right, count)], local[rows, np.repeat(ahead, count)]], axis=1)


def _is_of_faces(items: Iterable[Entity], depth: int) -> bool:
    def is_known(item: Entity) -> bool:
        if item.is_a() == "IfcMappedItem":
            return depth < _MAX_DEPTH and _is_of_faces(item.MappingSource.MappedRepresentation.Items, depth + 1)
        return item.is_a() in OF_FACES

    return bool(items) and all(is_known(item) for item in items)


def _has(model: Model, kind: str) -> bool:
    try:
        return bool(model.by_type(kind))
    except RuntimeError:  # not in this schema
        return False
