"""Which products of a model have a body worth meshing, and what is left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from converters.ifc.untyped import Entity, Model

#: Products that are never part of the visible building: holes, rooms, axes, drawings, analysis.
LEFT_OUT = (
    "IfcFeatureElementSubtraction",
    "IfcSpace",
    "IfcSpatialZone",
    "IfcExternalSpatialStructureElement",
    "IfcAnnotation",
    "IfcGrid",
    "IfcPositioningElement",
    "IfcLinearElement",
    "IfcVirtualElement",
    "IfcStructuralActivity",
    "IfcStructuralItem",
    "IfcPort",
)
_NOT_A_BODY = {"Axis", "Box", "FootPrint", "Annotation", "Profile", "CoG", "Clearance", "Lighting", "Plan", "Reference"}
_NOT_SOLID = {
    "Curve2D",
    "Curve3D",
    "Curve",
    "GeometricCurveSet",
    "Annotation2D",
    "Annotation3D",
    "Point",
    "PointCloud",
    "BoundingBox",
    "Segment",
    "Text",
    "LightSource",
}


@dataclass(slots=True)
class Selection:
    """Products to mesh with the id of the representation chosen for each; counts by class of what is left out.

    ``without_body``: elements with an axis, a box or a drawing at most.

    ``source_by_product``: what its shape is made of; the same for products that map the same representation.
    """

    representation_by_product: dict[int, int] = field(default_factory=dict)
    source_by_product: dict[int, int] = field(default_factory=dict)
    contexts: set[int] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    without_body: list[int] = field(default_factory=list)

    def shares(self, count: int) -> list[list[int]]:
        """The products in ``count`` disjoint shares; those with the same source are in the same one."""
        share_by_source: dict[int, int] = {}
        shares: list[list[int]] = [[] for _ in range(count)]
        for step in sorted(self.representation_by_product):
            source = self.source_by_product[step]
            shares[share_by_source.setdefault(source, len(share_by_source) % count)].append(step)
        return shares


class UnknownClassError(ValueError):
    """A class was asked for that the schema of the model does not have."""


def select_products(model: Model, include: Collection[str] = ()) -> Selection:
    """Choose the body of every product, also of the classes in ``include`` that are left out by default.

    A product without any representation is not a feature: a spatial one, or one that is drawn by its parts. An
    element that has neither representation nor parts is without body. Raises UnknownClassError.
    """
    _check_classes(model, include)
    selection = Selection()
    is_left_out: dict[str, bool] = {}
    for product in model.by_type("IfcProduct"):
        representation = product.Representation
        if representation is None:
            if _is_kind(product, "IfcElement") and not product.IsDecomposedBy and not _is_void(product):
                selection.without_body.append(product.id())
            continue
        kind = product.is_a()
        if kind not in is_left_out:
            is_asked_for = any(_is_kind(product, base) for base in include)
            is_left_out[kind] = not is_asked_for and any(_is_kind(product, base) for base in LEFT_OUT)
        if is_left_out[kind]:
            selection.left_out[kind] += 1
            continue
        body = _best_body(representation.Representations or ())
        if body is None:
            if _is_kind(product, "IfcElement"):
                selection.without_body.append(product.id())
            else:
                selection.left_out[kind] += 1
            continue
        selection.representation_by_product[product.id()] = body.id()
        first = body.Items[0]
        is_mapped = len(body.Items) == 1 and first.is_a("IfcMappedItem")
        selection.source_by_product[product.id()] = first.MappingSource.id() if is_mapped else body.id()
        if body.ContextOfItems is not None:
            selection.contexts.add(body.ContextOfItems.id())
    return selection


def _is_void(product: Entity) -> bool:
    return any(_is_kind(product, name) for name in ("IfcFeatureElementSubtraction", "IfcVirtualElement"))


def _check_classes(model: Model, include: Collection[str]) -> None:
    for name in include:
        try:
            model.by_type(name)
        except RuntimeError as error:
            raise UnknownClassError(f"{name} is not a class of {model.schema}") from error


def _is_kind(product: Entity, base: str) -> bool:
    try:
        return bool(product.is_a(base))
    except RuntimeError:  # the class does not exist in this schema
        return False


def is_body(representation: Entity) -> bool:
    """Whether a representation has solids or surfaces, and not the axis, box or drawing of a product."""
    named_otherwise = representation.RepresentationIdentifier in _NOT_A_BODY
    return not named_otherwise and representation.RepresentationType not in _NOT_SOLID and bool(representation.Items)


def _best_body(representations: Iterable[Entity]) -> Entity | None:
    bodies = [r for r in representations if is_body(r)]
    return min(bodies, key=lambda r: (r.RepresentationIdentifier or "~") != "Body", default=None)
