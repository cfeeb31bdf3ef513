"""What decides about the shape and the colors of a product, as a key: equal keys stand for equal bodies.

Copies of a storey, exports without types and merged models state the same body again and again under other STEP ids.
Bodies are therefore compared by what they say, down to every number, not by which entity says it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any

import orjson

from converters.ifc.selection import Selection, is_body
from converters.ifc.untyped import Entity, Model

Key = tuple[Any, ...]

#: Items that are compared by all they say. What else there is, is equal to itself only.
_COMPARED = {
    "IfcFacetedBrep", "IfcFaceBasedSurfaceModel", "IfcShellBasedSurfaceModel", "IfcTriangulatedFaceSet",
    "IfcPolygonalFaceSet", "IfcExtrudedAreaSolid", "IfcRevolvedAreaSolid", "IfcSweptDiskSolid", "IfcHalfSpaceSolid",
    "IfcPolygonalBoundedHalfSpace", "IfcBoxedHalfSpace", "IfcBlock", "IfcSphere", "IfcRightCircularCone",
    "IfcRightCircularCylinder", "IfcRectangularPyramid",
}  # fmt: skip
_TESSELLATED = {"IfcTriangulatedFaceSet", "IfcPolygonalFaceSet"}
_BOOLEANS = {"IfcBooleanResult", "IfcBooleanClippingResult"}
#: A body that is nested deeper is not compared.
_MAX_DEPTH = 40
#: What reading a malformed body raises; such a product stands for itself, and the kernel says what is wrong with it.
_MALFORMED = (AttributeError, IndexError, RuntimeError, TypeError, ValueError)


class Looks:
    """Keys of the products of a model. What a key needs is worked out when it is first asked for."""

    def __init__(self, model: Model, selection: Selection) -> None:
        self._model = model
        self._contexts = selection.contexts
        self._structures: dict[int, bytes] = {}
        self._maps: dict[int, Key] = {}
        self._map_sketches: dict[int, Key] = {}
        self._materials: dict[int, Key] = {}
        self._styles, self._has_styled_faces = _styles_of_items(model)
        self._openings, self._parts_of_cut = openings_of_products(model)
        self._material: dict[int, Entity] = {}
        self._type: dict[int, int] = {}
        for relation in model.by_type("IfcRelAssociatesMaterial"):
            if relation.RelatingMaterial is not None:
                self._material.update((o.id(), relation.RelatingMaterial) for o in relation.RelatedObjects or ())
        for relation in model.by_type("IfcRelDefinesByType"):
            self._type.update((o.id(), relation.RelatingType.id()) for o in relation.RelatedObjects or ())

    def sketch(self, product: Entity) -> Key | None:
        """Equal for products that may look the same; takes little time, as most products of most models are alone."""
        try:
            bodies = tuple(self._sketch_items(body.Items) for body in self._bodies(product))
            return (len(self._openings.get(product.id(), ())), bodies)
        except _MALFORMED:
            return None

    def of(self, product: Entity) -> bytes | None:
        """Equal for products that look the same but for their place; None for one that is to stand for itself."""
        try:
            holes = self._holes(product)
            if holes is None:
                return None
            bodies = [self._representation(body, 0) for body in self._bodies(product)]
            return _digest(repr((bodies, self._material_of(product.id()), holes)).encode())
        except _MALFORMED:
            return None

    def _bodies(self, product: Entity) -> list[Entity]:
        """What the kernel may draw of a product."""
        every = product.Representation.Representations
        return [
            r for r in every if is_body(r) and (r.ContextOfItems is None or r.ContextOfItems.id() in self._contexts)
        ]

    def _sketch_items(self, items: tuple[Entity, ...]) -> Key:
        return tuple(self._sketch_item(item) for item in items)

    def _sketch_item(self, item: Entity) -> Key:
        kind = item.is_a()
        if kind == "IfcMappedItem":
            source = item.MappingSource
            key = source.id()
            if key not in self._map_sketches:
                self._map_sketches[key] = ()  # a map that contains itself
                self._map_sketches[key] = self._sketch_items(source.MappedRepresentation.Items)
            return self._map_sketches[key]
        if kind == "IfcFacetedBrep":
            faces = item.Outer.CfsFaces
            return (kind, len(faces), faces[0].Bounds[0].Bound.Polygon[0].Coordinates)
        if kind == "IfcFaceBasedSurfaceModel":
            faces = item.FbsmFaces[0].CfsFaces
            return (kind, len(faces), faces[0].Bounds[0].Bound.Polygon[0].Coordinates)
        if kind == "IfcExtrudedAreaSolid":
            return (kind, item.Depth, _sketch_profile(item.SweptArea))
        if kind in _BOOLEANS:
            return (kind, item.FirstOperand.is_a(), item.SecondOperand.is_a())
        if kind == "IfcPolygonalFaceSet":
            return (kind, len(item.Faces))
        return (kind,)

    def _representation(self, body: Entity, depth: int) -> Key:
        context = body.ContextOfItems
        items = tuple(self._item(item, depth) for item in body.Items)
        return (None if context is None else context.id(), body.RepresentationIdentifier, items)

    def _item(self, item: Entity, depth: int) -> Key:
        kind = item.is_a()
        styles = tuple(self._structure(style) for style in self._styles.get(item.id(), ()))
        if depth < _MAX_DEPTH and kind == "IfcMappedItem":
            return (kind, self._map(item.MappingSource, depth), self._structure(item.MappingTarget), styles)
        if depth < _MAX_DEPTH and kind in _BOOLEANS:
            operands = (self._item(operand, depth + 1) for operand in (item.FirstOperand, item.SecondOperand))
            return (kind, item.Operator, *operands, styles)
        if kind not in _COMPARED or self._has_styled_faces or (kind in _TESSELLATED and _is_painted(item)):
            return (kind, item.id())
        return (kind, self._structure(item), styles)

    def _map(self, source: Entity, depth: int) -> Key:
        key = source.id()
        if key not in self._maps:
            self._maps[key] = (key,)  # a map that contains itself
            body = self._representation(source.MappedRepresentation, depth + 1)
            self._maps[key] = (self._structure(source.MappingOrigin), body)
        return self._maps[key]

    def _structure(self, entity: Entity | None) -> bytes:
        """All that an entity says, whatever its STEP ids."""
        if entity is None:
            return b""
        key = entity.id()
        if key not in self._structures:
            said = entity.get_info(include_identifier=False, recursive=True)
            self._structures[key] = _digest(orjson.dumps(said))
        return self._structures[key]

    def _material_of(self, step: int) -> Key:
        """What the material of a product and that of its type say, and how they are drawn."""
        found = (self._material.get(step), self._material.get(self._type.get(step, 0)))
        return tuple(None if material is None else self._drawn_material(material) for material in found)

    def _drawn_material(self, material: Entity) -> Key:
        key = material.id()
        if key not in self._materials:
            drawn = (
                self._structure(representation)
                for part in self._model.traverse(material)
                if part.is_a("IfcMaterial")
                for definition in part.HasRepresentation
                for representation in definition.Representations
            )
            self._materials[key] = (self._structure(material), *drawn)
        return self._materials[key]

    def _holes(self, product: Entity) -> Key | None:
        """What is cut out of a product and where; None where that is not said by the product itself."""
        step = product.id()
        if step in self._parts_of_cut:
            return None
        holes = []
        for opening in self._openings.get(step, ()):
            place, shape = opening.ObjectPlacement, opening.Representation
            if place is None or place.PlacementRelTo != product.ObjectPlacement:
                return None
            bodies = () if shape is None else tuple(self._representation(r, 0) for r in shape.Representations)
            holes.append((opening.is_a(), self._structure(place.RelativePlacement), bodies))
        return tuple(holes)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _is_painted(item: Entity) -> bool:
    """Whether colors or textures lie on the faces of an item, which the item does not say itself."""
    return bool(item.HasColours or item.HasTextures)


def _sketch_profile(profile: Entity) -> Any:  # noqa: ANN401 - a number or a point
    kind = profile.is_a()
    if kind == "IfcRectangleProfileDef":
        return profile.XDim
    if kind == "IfcArbitraryClosedProfileDef" and profile.OuterCurve.is_a("IfcPolyline"):
        return profile.OuterCurve.Points[1].Coordinates
    return kind


def _styles_of_items(model: Model) -> tuple[dict[int, list[Entity]], bool]:
    """The styles of every styled item, and whether faces within items have styles or textures of their own."""
    styles: dict[int, list[Entity]] = defaultdict(list)
    has_styled_faces = bool(model.by_type("IfcTextureMap"))
    for styled in model.by_type("IfcStyledItem"):
        item = styled.Item
        if item is not None:
            has_styled_faces |= item.is_a("IfcTopologicalRepresentationItem")
            styles[item.id()] += styled.Styles or ()
    return styles, has_styled_faces


def openings_of_products(model: Model) -> tuple[dict[int, list[Entity]], set[int]]:
    """Openings by product; and the parts of cut products: the kernel cuts the openings of a whole out of its parts."""
    openings: dict[int, list[Entity]] = defaultdict(list)
    for relation in model.by_type("IfcRelVoidsElement"):
        openings[relation.RelatingBuildingElement.id()].append(relation.RelatedOpeningElement)
    wholes = [
        (relation.RelatingObject.id(), [part.id() for part in relation.RelatedObjects or ()])
        for relation in (model.by_type("IfcRelAggregates") if openings else ())
    ]
    cut, parts, size = set(openings), set[int](), -1
    while len(cut) > size:
        size = len(cut)
        for whole, some in wholes:
            if whole in cut:
                parts.update(some)
                cut.update(some)
    return openings, parts
