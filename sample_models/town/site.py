"""The site plan under construction: which footprints stand where, and that none overlaps another."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from sample_models.town.network import RIGHTS_OF_WAY
from sample_models.town.open_space import PARKS, WATER
from sample_models.town.plots import PLOTS

CELL_M = 60.0


@dataclass(slots=True)
class Item:
    """One footprint with its building type (key of ``attributes.TYPES``) and the compound it belongs to."""

    shape: Polygon
    type: str
    group: str
    angle_deg: float = 0.0
    storeys: int | None = None
    name: str | None = None
    street_id: str | None = None
    side: str | None = None
    chainage_m: float | None = None
    number: int | None = None
    year: int | None = None
    height_m: float | None = None


@dataclass(slots=True)
class Site:
    """Footprints placed so far, with a coarse grid for neighbour look-ups."""

    items: list[Item] = field(default_factory=list)
    lanes: list[Polygon] = field(default_factory=list)
    pitches: list[tuple[str, Polygon]] = field(default_factory=list)
    _cells: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    _closed: BaseGeometry = field(
        default_factory=lambda: unary_union(
            [RIGHTS_OF_WAY, WATER.buffer(6), *(p.shape for p in PARKS), *(p.footprint.buffer(0.4) for p in PLOTS)]
        )
    )

    def __post_init__(self) -> None:
        shapely.prepare(self._closed)

    def _near(self, shape: BaseGeometry, reach_m: float) -> set[int]:
        w, s, e, n = shape.bounds
        found: set[int] = set()
        for i in range(int((w - reach_m) // CELL_M), int((e + reach_m) // CELL_M) + 1):
            for j in range(int((s - reach_m) // CELL_M), int((n + reach_m) // CELL_M) + 1):
                found.update(self._cells.get((i, j), ()))
        return found

    def is_free(self, shape: Polygon, gap_m: float, *, public_ground: bool = False) -> bool:
        """Whether ``shape`` keeps ``gap_m`` from every footprint and lies off streets, water, parks and kept plots."""
        if not public_ground and self._closed.intersects(shape):
            return False
        return all(self.items[i].shape.distance(shape) >= gap_m for i in self._near(shape, gap_m))

    def place(self, item: Item, gap_m: float, *, public_ground: bool = False) -> bool:
        """Put a footprint down if it is free; the corners are rounded to centimetres first."""
        shape = shapely.transform(item.shape, lambda xy: np.round(xy, 2))
        if not shape.is_valid or shape.area < 6 or not self.is_free(shape, gap_m, public_ground=public_ground):
            return False
        item.shape = shapely.geometry.polygon.orient(shape)
        index = len(self.items)
        self.items.append(item)
        w, s, e, n = shape.bounds
        for i in range(int(w // CELL_M), int(e // CELL_M) + 1):
            for j in range(int(s // CELL_M), int(n // CELL_M) + 1):
                self._cells.setdefault((i, j), []).append(index)
        return True

    def rest_of(self, shape: Polygon, keep_m: float) -> BaseGeometry:
        """``shape`` without what stands on it, kept ``keep_m`` away from those footprints."""
        near = [self.items[i].shape for i in sorted(self._near(shape, keep_m))]
        return shape.difference(unary_union(near).buffer(keep_m, join_style="mitre")) if near else shape
