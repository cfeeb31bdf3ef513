"""Who contains whom in a model, as a tree: relations the wrong way round and circles are cut and told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from converters.ifc.untyped import Entity, Model

#: Rank in the spatial structure; a parent never ranks below its child. All else ranks last.
_RANKS = (("IfcProject", 0), ("IfcSite", 1), ("IfcBuilding", 2), ("IfcFacility", 2), ("IfcBuildingStorey", 3),
          ("IfcFacilityPart", 3), ("IfcSpace", 4))  # fmt: skip
_LAST = 5


@dataclass(slots=True)
class Structure:
    """The parent of each object by STEP number, and the relations that were cut, as (child, parent)."""

    parents: dict[int, Entity] = field(default_factory=dict)
    cut: list[tuple[Entity, Entity]] = field(default_factory=list)


def read_structure(model: Model) -> Structure:
    """The object that contains, aggregates, nests, fills or voids each object; the nearest containment wins.

    A relation that puts a building into its storey, and the one that closes a circle, are cut.
    """
    structure, rank = Structure(), _Ranks()
    for child, parent, replaces in _relations(model):
        if child is None or parent is None:  # a relation that names what is not in the file
            continue
        if rank.of(parent) > rank.of(child):
            structure.cut.append((child, parent))
        elif replaces or child.id() not in structure.parents:
            structure.parents[child.id()] = parent
    _cut_circles(model, structure)
    return structure


def _relations(model: Model) -> Iterator[tuple[Entity, Entity, bool]]:
    """Child, parent, and whether the later of two such relations counts."""
    for relation in model.by_type("IfcRelContainedInSpatialStructure"):
        for child in relation.RelatedElements or ():
            yield child, relation.RelatingStructure, True
    for name in ("IfcRelAggregates", "IfcRelNests"):
        for relation in model.by_type(name):
            for child in relation.RelatedObjects or ():
                yield child, relation.RelatingObject, False
    for relation in model.by_type("IfcRelFillsElement"):
        yield relation.RelatedBuildingElement, relation.RelatingOpeningElement, False
    for relation in model.by_type("IfcRelVoidsElement"):
        yield relation.RelatedOpeningElement, relation.RelatingBuildingElement, False


class _Ranks:
    """Ranks by class, looked up once each."""

    def __init__(self) -> None:
        self._by_class: dict[str, int] = {}

    def of(self, item: Entity) -> int:
        kind = item.is_a()
        if kind not in self._by_class:
            self._by_class[kind] = next((rank for name, rank in _RANKS if _is_kind(item, name)), _LAST)
        return self._by_class[kind]


def _is_kind(item: Entity, name: str) -> bool:
    try:
        return bool(item.is_a(name))
    except RuntimeError:  # not in this schema
        return False


def _cut_circles(model: Model, structure: Structure) -> None:
    """Walk up from every object; where a walk comes back to itself, its last step is taken out."""
    walk_of: dict[int, int] = {}
    for start in sorted(structure.parents):
        step = start
        while step in structure.parents and step not in walk_of:
            walk_of[step] = start
            above = structure.parents[step].id()
            if walk_of.get(above) == start:
                structure.cut.append((model.by_id(step), structure.parents.pop(step)))
                break
            step = above
