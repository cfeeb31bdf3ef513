"""Products that are the same body at another place: tessellated once, and placed from their object placements.

The kernel notices some of those that share a map, but a third of the pieces of furniture of a large model it makes
anew, and bodies that are stated again all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np
from numpy.typing import NDArray

from converters.ifc.looks import Looks
from converters.ifc.selection import Selection
from converters.ifc.untyped import Entity, Model

Floats = NDArray[np.float64]
#: Of each product that stands for others: their STEP ids, and the matrix (4, 4) that leads from its place to theirs.
Followers = dict[int, list[tuple[int, Floats]]]


class Repeats:
    """Finds the products of a model that repeat others; what that takes is read from the model when first needed."""

    def __init__(self, model: Model, selection: Selection) -> None:
        self._model = model
        self._selection = selection
        self._looks: Looks | None = None
        self._places: Places | None = None

    def among(self, steps: Sequence[int]) -> Followers:
        """Group products of the same body, styles, materials and openings.

        A product placed by a grid or along an alignment stands for itself.
        """
        if len(steps) < 2:
            return {}
        looks = self._looks = self._looks or Looks(self._model, self._selection)
        places = self._places = self._places or Places(self._model)
        products = [self._model.by_id(step) for step in steps]
        followers: Followers = {}
        for some in _alike(products, looks.sketch):
            for same in _alike(some, looks.of):
                leader: tuple[int, Floats] | None = None
                for product in same:
                    place = places.of(product.ObjectPlacement)
                    if place is None:
                        continue
                    if leader is None:
                        leader = (product.id(), np.linalg.inv(place).astype(np.float64))
                        continue
                    followers.setdefault(leader[0], []).append((product.id(), place @ leader[1]))
        return followers


def _alike(products: Sequence[Entity], key_of: Callable[[Entity], Any]) -> list[list[Entity]]:
    """Products of equal keys, in the order given; none that are alone or have no key."""
    by_key: dict[Any, list[Entity]] = defaultdict(list)
    for product in products:
        by_key[key_of(product)].append(product)
    by_key.pop(None, None)
    return [some for some in by_key.values() if len(some) > 1]


class Places:
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
