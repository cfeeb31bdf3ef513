"""Which faces of a model carry pictures, and why others that should do not. Runs in the child process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np
from numpy.typing import NDArray

from converters.ifc.paint import Coat, find_faces, places_on
from converters.ifc.selection import Selection
from converters.ifc.shapes import Tessellation
from converters.ifc.texture_coordinates import MappedTriangles, read_map
from converters.ifc.texture_images import Paint, PaintBox
from converters.ifc.untyped import Entity, Model
from converters.pictures import PictureError

Floats = NDArray[np.float64]
_OPAQUE, _MAX_DEPTH = 255, 32


@dataclass(slots=True)
class Painting:
    """The painted items of a model, and where each of them is in a product.

    ``paints``: the pictures; ``coats``: by item, in its own frame, metres; ``generated``: by item the picture that is
    laid over it by coordinates; ``placed``: by product, its painted items with the matrix (4, 4) from the item to the
    model; ``reasons``: by product, why a picture is not carried.
    """

    paints: list[Paint]
    coats: dict[int, Coat] = field(default_factory=dict)
    generated: dict[int, int] = field(default_factory=dict)
    placed: dict[int, list[tuple[int, Floats]]] = field(default_factory=dict)
    reasons: dict[int, list[str]] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Pictures, products that should come out painted, and the reasons of others; plain values for JSON."""
        return {
            "images": [paint.facts() for paint in self.paints],
            "painted": sorted(self.placed),
            "generated": sorted(s for s, items in self.placed.items() if any(i in self.generated for i, _ in items)),
            "reasons": {str(step): list(dict.fromkeys(some)) for step, some in sorted(self.reasons.items())},
        }

    def apply(self, step: int, matrix: Floats, body: Tessellation, item_ids: NDArray[np.int32]) -> Tessellation:
        """The body of a product at ``matrix`` with its pictures; ``item_ids`` (t,) say what item a triangle is of."""
        if step not in self.placed:
            return body
        corners = body.positions[body.triangles.astype(np.int64)]
        image = np.full(len(corners), -1, np.int32)
        uv = np.zeros((len(corners), 3, 2))
        known = np.array(sorted(item for item, _ in self.placed[step]), np.int32)
        for item, to_model in self.placed[step]:
            to_body: Floats = np.linalg.inv(matrix) @ to_model
            # A cut body has the ids of the cuts; its faces are found by where they lie.
            own = (item_ids == item) | ~np.isin(item_ids, known) if len(item_ids) == len(corners) else image == image
            some = np.flatnonzero(own & (image < 0))
            if item in self.generated:
                to_item: Floats = np.linalg.inv(to_body).astype(np.float64)
                image[some], uv[some] = self.generated[item], box_places(corners[some], to_item)
                continue
            coat = self.coats[item].moved(to_body)
            face = find_faces(corners[some], coat.corners)
            some, face = some[face >= 0], face[face >= 0]
            image[some] = coat.image[face]
            uv[some] = places_on(corners[some], coat.corners[face], coat.uv[face])
        return self._colored(body, image, uv)

    def _colored(self, body: Tessellation, image: NDArray[np.int32], uv: Floats) -> Tessellation:
        """Coordinates as glTF counts them, and painted triangles in the mean color of their picture."""
        colors = body.colors.copy()
        for number, paint in enumerate(self.paints):
            chosen = image == number
            uv[chosen] = uv[chosen] @ paint.transform[:2, :2].T + paint.transform[:2, 2]
            colors[chosen, :3] = paint.picture.mean_srgb[:3]
            colors[chosen, 3] = np.where(colors[chosen, 3] > 0, colors[chosen, 3], _OPAQUE)
        uv[..., 1] = 1.0 - uv[..., 1]
        uv[image < 0] = 0.0
        return replace(body, colors=colors, image=image, uv=uv.astype(np.float32))


def box_places(corners: Floats, to_item: Floats) -> Floats:
    """Places (t, 3, 2) of triangles (t, 3, 3): the two coordinates in the item's frame, metres, of the side they face.

    Upright faces have the picture upright: across is the level direction, upwards is up.
    """
    own = corners @ to_item[:3, :3].T + to_item[:3, 3]
    normal = np.abs(np.cross(own[:, 1] - own[:, 0], own[:, 2] - own[:, 0]))
    columns = np.array([[1, 2], [0, 2], [0, 1]])[normal.argmax(axis=1)]
    return np.asarray(np.take_along_axis(own, columns[:, None, :].repeat(3, axis=1), axis=2))


def read_painting(model: Model, selection: Selection, files: Mapping[str, bytes]) -> Painting | None:
    """Find out what is painted; None for a model without textures. ``files``: what lies beside it, by relative name."""
    if not model.by_type("IfcSurfaceTexture"):
        return None
    box = PaintBox(files)
    found = _Found(model, box)
    painting = Painting(box.paints, found.coats, found.generated)
    unit_m = float(ifcopenshell.util.unit.calculate_unit_scale(model))
    of_material = _textured_materials(model)
    by_representation: dict[int, list[tuple[Entity, Floats]]] = {}
    for step, representation in selection.representation_by_product.items():
        if representation not in by_representation:
            by_representation[representation] = list(_items(model.by_id(representation), np.eye(4), 0))
        items = by_representation[representation]
        reasons = [found.reasons[item.id()] for item, _ in items if item.id() in found.reasons]
        painted = [(item.id(), m) for item, m in items if item.id() in found.coats or item.id() in found.generated]
        if step in of_material and len(painted) + len(reasons) < len(items):
            reasons.append("it is on a material, and some of its bodies have no texture coordinates")
        if painted:
            place = _place(model.by_id(step))
            scale = np.diag([unit_m, unit_m, unit_m, 1.0])
            back = np.diag([1 / unit_m] * 3 + [1.0])
            painting.placed[step] = [(item, scale @ place @ matrix @ back) for item, matrix in painted]
        if reasons:
            painting.reasons[step] = reasons
    for item, coat in found.coats.items():
        painting.coats[item] = Coat(coat.corners * unit_m, coat.uv, coat.image)
    return painting


class _Found:
    """By item: its coat in the units of the file, its generated picture, or the reason why it has none."""

    def __init__(self, model: Model, box: PaintBox) -> None:
        self.coats: dict[int, Coat] = {}
        self.generated: dict[int, int] = {}
        self.reasons: dict[int, str] = {}
        self._box = box
        parts: dict[int, list[tuple[MappedTriangles, int]]] = defaultdict(list)
        for name in ("IfcIndexedTextureMap", "IfcTextureMap"):
            for texture_map in _by_type(model, name):
                self._read_map(model, texture_map, parts)
        for item, some in parts.items():
            self.coats[item] = Coat(
                np.concatenate([triangles.corners for triangles, _ in some]),
                np.concatenate([triangles.uv for triangles, _ in some]),
                np.concatenate([np.full(len(triangles.uv), number, np.int32) for triangles, number in some]),
            )
        self._read_styles(model)

    def _read_map(self, model: Model, texture_map: Entity, parts: dict[int, list[tuple[MappedTriangles, int]]]) -> None:
        target = getattr(texture_map, "MappedTo", None)
        if target is None:
            return  # IFC2X3; what it is on is found by its style
        for item in [target] if not target.is_a("IfcFace") else _owners_of_face(model, target):
            try:
                parts[item.id()].append((read_map(texture_map), self._box.pick(tuple(texture_map.Maps))))
            except PictureError as error:
                self.reasons[item.id()] = str(error)
        for item in [step for step, some in parts.items() if not some]:
            del parts[item]

    def _read_styles(self, model: Model) -> None:
        """Textured styles of items without a texture map: laid over by coordinates if the file says so."""
        generators = {
            texture.id(): generator
            for generator in _by_type(model, "IfcTextureCoordinateGenerator")
            for texture in getattr(generator, "Maps", None) or ()
        }
        is_old = model.schema == "IFC2X3"
        for styled in model.by_type("IfcStyledItem"):
            textures = _textures(styled)
            item = styled.Item
            if not textures or item is None or item.id() in self.coats or item.id() in self.reasons:
                continue
            generator = next((generators[t.id()] for t in textures if t.id() in generators), None)
            try:
                if generator is None:
                    text = "texture coordinates of IFC2X3 are not read" if is_old else "it has no texture coordinates"
                    raise PictureError(text)
                if str(generator.Mode).upper() != "COORD":
                    raise PictureError(f"texture coordinates of mode {generator.Mode!r} are not made, only COORD")
                self.generated[item.id()] = self._box.pick(textures)
            except PictureError as error:
                self.reasons[item.id()] = str(error)


def _by_type(model: Model, name: str) -> list[Entity]:
    try:
        return list(model.by_type(name))
    except RuntimeError:  # not in this schema
        return []


def _textures(styled: Entity) -> tuple[Entity, ...]:
    """The textures of the first surface style that has some."""
    for style in styled.Styles or ():
        nested = style.Styles if style.is_a("IfcPresentationStyleAssignment") else (style,)
        for surface in nested or ():
            if hasattr(surface, "is_a") and surface.is_a("IfcSurfaceStyle"):
                for element in surface.Styles or ():
                    if element.is_a("IfcSurfaceStyleWithTextures"):
                        return tuple(element.Textures or ())
    return ()


def _owners_of_face(model: Model, face: Entity) -> list[Entity]:
    """The breps and face models that a face belongs to."""
    shells = [owner for owner in model.get_inverse(face) if owner.is_a("IfcConnectedFaceSet")]
    owners = [owner for shell in shells for owner in model.get_inverse(shell)]
    return [owner for owner in owners if owner.is_a("IfcGeometricRepresentationItem")]


def _textured_materials(model: Model) -> set[int]:
    """Products with a material, their own or of their type, whose presentation has textures."""
    textured = {
        definition.RepresentedMaterial.id()
        for definition in model.by_type("IfcMaterialDefinitionRepresentation")
        for representation in definition.Representations or ()
        for item in representation.Items or ()
        if item.is_a("IfcStyledItem") and _textures(item)
    }
    found: set[int] = set()
    for relation in model.by_type("IfcRelAssociatesMaterial") if textured else ():
        if any(part.id() in textured for part in model.traverse(relation.RelatingMaterial) if part.is_a("IfcMaterial")):
            found.update(related.id() for related in relation.RelatedObjects or ())
    for relation in model.by_type("IfcRelDefinesByType") if found else ():
        if relation.RelatingType is not None and relation.RelatingType.id() in found:
            found.update(related.id() for related in relation.RelatedObjects or ())
    return found


def _items(representation: Entity, matrix: Floats, depth: int) -> Iterator[tuple[Entity, Floats]]:
    """The bodies of a representation with their matrices in the file's units, through maps and cuts."""
    for item in (representation.Items or ()) if depth < _MAX_DEPTH else ():
        if item.is_a("IfcMappedItem"):
            step = ifcopenshell.util.placement.get_mappeditem_transformation(item)
            if step is not None:
                yield from _items(item.MappingSource.MappedRepresentation, matrix @ step, depth + 1)
            continue
        yield item, matrix
        operand, cuts = item, 0
        while operand.is_a("IfcBooleanResult") and cuts < _MAX_DEPTH:
            operand, cuts = operand.FirstOperand, cuts + 1
            yield operand, matrix


def _place(product: Entity) -> Floats:
    placement = product.ObjectPlacement
    if placement is None:
        return np.eye(4)
    return np.array(ifcopenshell.util.placement.get_local_placement(placement), float)
