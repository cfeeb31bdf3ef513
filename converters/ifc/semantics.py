"""The tree of a model and what it says of every object in it: site, building, storey, space, element.

Typed property sets and quantities with their units, materials with layers, classification, and the object's type; as
plain values that fit into JSON. Runs in the child process.
"""

from __future__ import annotations

from typing import Any

import ifcopenshell.util.placement
import numpy as np

from converters.ifc.identity import Names, tree_objects
from converters.ifc.materials import material_layers
from converters.ifc.properties import PropertyReader, to_json
from converters.ifc.untyped import Entity, Model, attribute_of

#: Cuts and placeholders are no objects that a person would look for.
_NOT_IN_TREE = ("IfcFeatureElementSubtraction", "IfcVirtualElement")
#: Columns of one object; ``semantics`` is JSON, see ``docs/reference/ifc-semantics.md``.
OBJECT_COLUMNS = (
    "id", "parent_id", "building_id", "kind", "predefined_type", "name", "long_name", "object_type", "tag",
    "description", "elevation_m", "type_name", "material", "classification", "semantics",
)  # fmt: skip


def collect_objects(
    model: Model,
    names: Names,
    parents: dict[int, Entity],
    reader: PropertyReader,
    materials: dict[int, str],
    unit_m: float,
) -> dict[str, list[Any]]:
    """Every object of the tree as columns, parents before children in the file's order.

    An object whose parent is a hole hangs on what the hole is in. Ids are the ``names`` that rows and tiles use.
    """
    reading = _Reading(model, reader, unit_m)
    columns: dict[str, list[Any]] = {name: [] for name in OBJECT_COLUMNS}
    items = _objects(model)
    in_tree = {item.id() for item in items}
    for item in items:
        chain = _chain(item, parents, in_tree)
        step = item.id()
        columns["id"].append(names.of(item))
        columns["parent_id"].append(names.of(chain[0]) if chain else None)
        columns["building_id"].append(next((names.of(a) for a in [item, *chain] if _is_any(a, _HOSTS)), None))
        columns["kind"].append(item.is_a())
        columns["predefined_type"].append(_text(item, "PredefinedType"))
        for column, attribute in _TEXTS:
            columns[column].append(_text(item, attribute))
        columns["elevation_m"].append(reading.elevation_m(item))
        semantics = reading.semantics(item)
        columns["type_name"].append((semantics.get("type") or {}).get("name"))
        columns["material"].append(materials.get(step))
        columns["classification"].append(_first_code(semantics))
        columns["semantics"].append(to_json(semantics) if semantics else None)
    return columns


_HOSTS = ("IfcBuilding", "IfcFacility")
_TEXTS = (
    ("name", "Name"),
    ("long_name", "LongName"),
    ("object_type", "ObjectType"),
    ("tag", "Tag"),
    ("description", "Description"),
)


def _objects(model: Model) -> list[Entity]:
    return [item for _, item in sorted(tree_objects(model).items()) if not _is_any(item, _NOT_IN_TREE)]


def _chain(item: Entity, parents: dict[int, Entity], in_tree: set[int]) -> list[Entity]:
    """Parents in the tree from near to far; what is not in the tree is passed over."""
    chain: list[Entity] = []
    current = parents.get(item.id())
    while current is not None:
        if current.id() in in_tree:
            chain.append(current)
        current = parents.get(current.id())
    return chain


def _is_any(item: Entity, classes: tuple[str, ...]) -> bool:
    for name in classes:
        try:
            if item.is_a(name):
                return True
        except RuntimeError:  # not in this schema
            continue
    return False


def _text(item: Entity, attribute: str) -> str | None:
    value = attribute_of(item, attribute)
    return str(value) if value not in (None, "") else None


def _first_code(semantics: dict[str, Any]) -> str | None:
    """``system code name`` of the first classification."""
    for entry in semantics.get("classifications", ()):
        return " ".join(str(entry[key]) for key in ("system", "code", "name") if entry.get(key)) or None
    return None


class _Reading:
    """What is looked up once for the whole model."""

    def __init__(self, model: Model, reader: PropertyReader, unit_m: float) -> None:
        self._reader = reader
        self._unit_m = unit_m
        self._types: dict[int, Entity] = {}
        self._codes: dict[int, list[dict[str, Any]]] = {}
        self._layers: dict[int, list[dict[str, Any]]] = {}
        for relation in model.by_type("IfcRelDefinesByType"):
            for related in relation.RelatedObjects or ():
                self._types[related.id()] = relation.RelatingType
        for relation in model.by_type("IfcRelAssociatesClassification"):
            entry = _classification(relation.RelatingClassification)
            for related in relation.RelatedObjects or ():
                if entry is not None:
                    self._codes.setdefault(related.id(), []).append(entry)
        for relation in model.by_type("IfcRelAssociatesMaterial"):
            layers = material_layers(relation.RelatingMaterial, unit_m)
            for related in relation.RelatedObjects or ():
                self._layers[related.id()] = layers

    def elevation_m(self, item: Entity) -> float | None:
        """Elevation of a storey or space above the model's zero, from its placement."""
        placement = attribute_of(item, "ObjectPlacement")
        if placement is None or not _is_any(item, ("IfcSpatialStructureElement", "IfcSpatialElement")):
            return None
        matrix = np.array(ifcopenshell.util.placement.get_local_placement(placement), float)
        return round(float(matrix[2, 3]) * self._unit_m, 4)

    def semantics(self, item: Entity) -> dict[str, Any]:
        """Property sets, quantities, type, materials and classifications of one object, without the empty ones."""
        step, of_type = item.id(), self._types.get(item.id())
        properties, quantities = self._reader.read_typed(item)
        codes = self._codes.get(step, []) + (self._codes.get(of_type.id(), []) if of_type is not None else [])
        layers = self._layers.get(step) or (self._layers.get(of_type.id()) if of_type is not None else None)
        found = {
            "property_sets": properties,
            "quantities": quantities,
            "materials": layers,
            "classifications": codes,
            "type": None if of_type is None else self._type(of_type),
        }
        return {name: value for name, value in found.items() if value}

    def _type(self, of_type: Entity) -> dict[str, Any]:
        properties, quantities = self._reader.read_typed(of_type)
        return {
            "id": of_type.GlobalId,
            "kind": of_type.is_a(),
            "name": of_type.Name,
            "predefined_type": _text(of_type, "PredefinedType"),
            "property_sets": {**properties, **quantities},
        }


def _classification(reference: Entity) -> dict[str, Any] | None:
    if reference is None:
        return None
    if reference.is_a("IfcClassification"):
        return {"system": reference.Name, "code": None, "name": None}
    source, steps = getattr(reference, "ReferencedSource", None), 0
    while source is not None and not source.is_a("IfcClassification") and steps < 32:
        source, steps = getattr(source, "ReferencedSource", None), steps + 1
    code = getattr(reference, "Identification", None) or getattr(reference, "ItemReference", None)
    return {
        "system": source.Name if source is not None else None,
        "code": code,
        "name": reference.Name,
        "location": reference.Location,
    }
