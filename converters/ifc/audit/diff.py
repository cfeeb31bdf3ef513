"""Two versions of a model, object by object, matched by GlobalId; runs in the child process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np

from converters.ifc.georeference_facts import georeference_facts
from converters.ifc.materials import material_names
from converters.ifc.properties import PropertyReader
from converters.ifc.untyped import Entity, Model

#: Movements below this are noise of an export.
_MOVED_M = 0.001
_DIGITS = 6
_MAX_LISTED = 2_000


def compare_models(old: Model, new: Model) -> dict[str, Any]:
    """Objects added, removed and changed, and in what: class, name, type, storey, material, place, shape, properties.

    A shape is compared as it is described, not as it looks: the same solid drawn another way counts as changed.
    ``position`` lists what the whole model says differently of its place: conversion, CRS, true north, units, sites.
    """
    before, after = _Version(old), _Version(new)
    added = [_entry(after.items[key]) for key in after.items.keys() - before.items.keys()]
    removed = [_entry(before.items[key]) for key in before.items.keys() - after.items.keys()]
    changed = []
    for key in before.items.keys() & after.items.keys():
        differences = _differences(before, after, key)
        if differences:
            changed.append({**_entry(after.items[key]), "changes": differences})
    for rows in (added, removed, changed):
        rows.sort(key=lambda row: (row["kind"], row["name"] or "", row["id"]))
    return {
        "position": _position_changes(before, after),
        "counts": {
            "old": len(before.items),
            "new": len(after.items),
            "added": len(added),
            "removed": len(removed),
            "changed": len(changed),
            "same": len(before.items.keys() & after.items.keys()) - len(changed),
        },
        "added": added[:_MAX_LISTED],
        "removed": removed[:_MAX_LISTED],
        "changed": changed[:_MAX_LISTED],
    }


def _entry(item: Entity) -> dict[str, Any]:
    return {"id": item.GlobalId, "kind": item.is_a(), "name": item.Name}


class _Version:
    """One version of a model with what is compared."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.items: dict[str, Entity] = {item.GlobalId: item for item in model.by_type("IfcProduct") if item.GlobalId}
        self.unit_m = float(ifcopenshell.util.unit.calculate_unit_scale(model))
        self.reader = PropertyReader(model)
        self.materials = material_names(model)
        self._digests: dict[int, bytes] = {}
        self.containers: dict[int, str] = {}
        self.types: dict[int, str] = {}
        for relation in model.by_type("IfcRelContainedInSpatialStructure"):
            for child in relation.RelatedElements or ():
                self.containers[child.id()] = relation.RelatingStructure.Name or relation.RelatingStructure.GlobalId
        for relation in model.by_type("IfcRelDefinesByType"):
            for child in relation.RelatedObjects or ():
                self.types[child.id()] = relation.RelatingType.Name or relation.RelatingType.GlobalId

    def matrix(self, item: Entity) -> np.ndarray[Any, Any]:
        """Placement in metres."""
        if getattr(item, "ObjectPlacement", None) is None:
            return np.eye(4)
        matrix = np.array(ifcopenshell.util.placement.get_local_placement(item.ObjectPlacement), float)
        matrix[:3, 3] *= self.unit_m
        return matrix

    def shape(self, item: Entity) -> str | None:
        """A digest of the description of the shape, whatever its step numbers."""
        representation = getattr(item, "Representation", None)
        return None if representation is None else self._digest(representation, 0).hex()[:16]

    def _digest(self, entity: Entity, depth: int) -> bytes:
        key = entity.id()
        if key and key in self._digests:
            return self._digests[key]
        hashed = hashlib.sha256(entity.is_a().encode())
        if depth < 64:
            for value in entity:
                self._feed(hashed, value, depth)
        if key:
            self._digests[key] = hashed.digest()
        return hashed.digest()

    def _feed(self, hashed: Any, value: Any, depth: int) -> None:  # noqa: ANN401 - attribute values of any kind
        if hasattr(value, "is_a"):
            if not value.is_a("IfcRepresentationContext"):
                hashed.update(self._digest(value, depth + 1))
        elif isinstance(value, (tuple, list)):
            hashed.update(b"(")
            for part in value:
                self._feed(hashed, part, depth)
        elif isinstance(value, float):
            hashed.update(repr(round(value, _DIGITS) + 0.0).encode())
        else:
            hashed.update(repr(value).encode())
        hashed.update(b";")


def _position_changes(before: _Version, after: _Version) -> list[dict[str, Any]]:
    """``{"fact", "old", "new"}`` of every statement about the model's position that is not the same."""
    old, new = (dict(_statements(version)) for version in (before, after))
    return [
        {"fact": name, "old": old.get(name), "new": new.get(name)}
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]


def _statements(version: _Version) -> Iterator[tuple[str, Any]]:
    yield "length_unit_m", version.unit_m
    facts = georeference_facts(version.model, version.unit_m, version.reader)
    yield "true_north", facts["true_north"]
    yield "world_origin", facts["world_origin"]
    for name in ("conversion", "crs"):
        for key, value in (facts[name] or {}).items():
            if key != "step" and value is not None:
                yield f"{name}.{key}", value
    for number, site in enumerate(facts["sites"], start=1):
        for key in ("latitude", "longitude", "elevation_m", "origin"):
            yield f"site {number}.{key}", site[key]


def _differences(before: _Version, after: _Version, key: str) -> dict[str, Any]:
    old, new = before.items[key], after.items[key]
    pairs = {
        "class": (old.is_a(), new.is_a()),
        "name": (old.Name, new.Name),
        "type": (before.types.get(old.id()), after.types.get(new.id())),
        "storey": (before.containers.get(old.id()), after.containers.get(new.id())),
        "material": (before.materials.get(old.id()), after.materials.get(new.id())),
        "shape": (before.shape(old), after.shape(new)),
    }
    changes: dict[str, Any] = {name: list(pair) for name, pair in pairs.items() if pair[0] != pair[1]}
    one, other = before.matrix(old), after.matrix(new)
    moved_m = float(np.linalg.norm(other[:3, 3] - one[:3, 3]))
    turned = float(np.abs(other[:3, :3] - one[:3, :3]).max())
    if moved_m > _MOVED_M or turned > 1e-4:
        changes["placement"] = {"moved_m": round(moved_m, 4), "turned": turned > 1e-4}
    properties = _property_changes(before.reader.read(old), after.reader.read(new))
    if properties:
        changes["properties"] = properties
    return changes


def _property_changes(old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> dict[str, list[Any]]:
    """``{"Set.Name": [before, after]}``; None where there was or is none."""
    flat = [{f"{s}.{n}": v for s, values in sets.items() for n, v in values.items()} for sets in (old, new)]
    names = sorted(flat[0].keys() | flat[1].keys())
    return {n: [flat[0].get(n), flat[1].get(n)] for n in names if flat[0].get(n) != flat[1].get(n)}
