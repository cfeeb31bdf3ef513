"""One name for every object of a model, used by rows, tiles and tree alike: its GlobalId, numbered where it recurs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from converters.ifc.untyped import Entity, Model

_SPATIAL = ("IfcProject", "IfcSpatialElement", "IfcSpatialStructureElement")
_ELEMENTS = ("IfcElement",)


@dataclass(slots=True)
class Names:
    """Names by STEP number, and what was wrong: ``{"step", "name", "guid"}`` with the GlobalId, None where missing."""

    by_step: dict[int, str] = field(default_factory=dict)
    complaints: list[dict[str, Any]] = field(default_factory=list)

    def of(self, item: Entity) -> str:
        """The name of an object of the tree or of a product that is drawn."""
        return self.by_step[item.id()]


def tree_objects(model: Model) -> dict[int, Entity]:
    """Objects that stand in the tree of a model, by STEP number: project, spatial structure, elements."""
    found: dict[int, Entity] = {}
    for kind in (*_SPATIAL, *_ELEMENTS):
        try:
            found.update({item.id(): item for item in model.by_type(kind)})
        except RuntimeError:  # not in this schema
            continue
    return found


def name_objects(model: Model, drawn: Collection[int]) -> Names:
    """Name the objects of the tree and the products ``drawn`` beside them, in the order of the file."""
    items = tree_objects(model)
    items.update({step: model.by_id(step) for step in drawn if step not in items})
    names = Names()
    taken: set[str] = set()
    for step, item in sorted(items.items()):
        guid = item.GlobalId or None
        base = guid or f"step-{step}"
        name, n = base, 1
        while name in taken:
            n += 1
            name = f"{base}-{n}"
        if name != guid:
            names.complaints.append({"step": step, "name": name, "guid": guid})
        taken.add(name)
        names.by_step[step] = name
    return names
