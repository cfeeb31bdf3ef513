"""Products that are the same body at another place: tessellated once, and placed from their object placements.

The kernel notices some of them itself, but a third of the pieces of furniture of a large model it makes anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np
from numpy.typing import NDArray

from converters.ifc.selection import Selection
from converters.ifc.untyped import Entity, Model

Floats = NDArray[np.float64]
#: Of each product that stands for others: their STEP ids, and the matrix (4, 4) that leads from its place to theirs.
Followers = dict[int, list[tuple[int, Floats]]]


def find_repeats(model: Model, selection: Selection, steps: Sequence[int]) -> Followers:
    """Group products that map one representation alike: same map, target, styles and materials, and no openings.

    A product placed by a grid or along an alignment stands for itself.
    """
    by_source: dict[int, list[int]] = defaultdict(list)
    for step in steps:
        if selection.source_by_product[step] != selection.representation_by_product[step]:
            by_source[selection.source_by_product[step]].append(step)
    candidates = [step for some in by_source.values() if len(some) > 1 for step in some]
    if not candidates:
        return {}
    looks, places = _Looks(model, selection), _Places(model)
    leaders: dict[tuple[Any, ...], tuple[int, Floats]] = {}
    followers: Followers = {}
    for step in candidates:
        product = model.by_id(step)
        place, look = places.of(product.ObjectPlacement), looks.of(product)
        if place is None or look is None:
            continue
        if look not in leaders:
            from_place: Floats = np.linalg.inv(place).astype(np.float64)
            leaders[look] = (step, from_place)
            continue
        leader, from_leader = leaders[look]
        followers.setdefault(leader, []).append((step, place @ from_leader))
    return followers


class _Looks:
    """What decides about shape and colors of a product with one mapped item."""

    def __init__(self, model: Model, selection: Selection) -> None:
        self._model = model
        self._selection = selection
        self._cut = _cut_products(model)
        self._targets: dict[int, tuple[Any, ...]] = {}
        self._material: dict[int, int] = {}
        self._type: dict[int, int] = {}
        for relation in model.by_type("IfcRelAssociatesMaterial"):
            material = relation.RelatingMaterial
            if material is not None:
                self._material.update((related.id(), material.id()) for related in relation.RelatedObjects or ())
        for relation in model.by_type("IfcRelDefinesByType"):
            self._type.update((related.id(), relation.RelatingType.id()) for related in relation.RelatedObjects or ())

    def of(self, product: Entity) -> tuple[Any, ...] | None:
        """Equal for products that look the same but for their place; None for one with a hole of its own."""
        step = product.id()
        if step in self._cut:
            return None
        body = self._model.by_id(self._selection.representation_by_product[step])
        item = body.Items[0]
        styles = tuple(style.id() for styled in item.StyledByItem or () for style in styled.Styles or ())
        materials = self._material.get(step), self._material.get(self._type.get(step, 0))
        return (item.MappingSource.id(), body.ContextOfItems.id(), self._target(item.MappingTarget), styles, materials)

    def _target(self, target: Entity) -> tuple[Any, ...]:
        key = target.id()
        if key not in self._targets:
            values = (next(iter(v)) if hasattr(v, "is_a") else v for v in tuple(target))
            self._targets[key] = (target.is_a(), *values)
        return self._targets[key]


def _cut_products(model: Model) -> set[int]:
    """Products with openings, and the parts of such: the kernel cuts the openings of a whole out of its parts."""
    cut = {relation.RelatingBuildingElement.id() for relation in model.by_type("IfcRelVoidsElement")}
    parts = [
        (relation.RelatingObject.id(), [part.id() for part in relation.RelatedObjects or ()])
        for relation in (model.by_type("IfcRelAggregates") if cut else ())
    ]
    size = -1
    while len(cut) > size:
        size = len(cut)
        cut.update(part for whole, some in parts if whole in cut for part in some)
    return cut


class _Places:
    """Object placements as matrices in metres, each worked out once."""

    def __init__(self, model: Model) -> None:
        self._unit_m = float(ifcopenshell.util.unit.calculate_unit_scale(model))
        self._known: dict[int, Floats | None] = {}

    def of(self, placement: Entity | None) -> Floats | None:
        """The matrix (4, 4); None where it is not a chain of local placements with a turn and a shift."""
        if placement is None:
            return None
        key = placement.id()
        if key not in self._known:
            self._known[key] = self._matrix(placement)
        return self._known[key]

    def _matrix(self, placement: Entity) -> Floats | None:
        if not placement.is_a("IfcLocalPlacement") or not placement.RelativePlacement.is_a("IfcAxis2Placement3D"):
            return None
        above = placement.PlacementRelTo
        base = np.eye(4) if above is None else self.of(above)
        if base is None:
            return None
        own: Floats = np.array(ifcopenshell.util.placement.get_axis2placement(placement.RelativePlacement), float)
        own[:3, 3] *= self._unit_m
        is_rigid = np.isfinite(own).all() and np.abs(own[:3, :3].T @ own[:3, :3] - np.eye(3)).max() < 1e-9
        return base @ own if is_rigid else None
