"""A building as blocks, one on another, by its storeys: a podium and its tower, a stepped house."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cim_core.features.blocks import MIN_DETAILED_TRIANGLES
from converters.ifc.buildings import is_plan, is_roof, measure_footprint
from converters.ifc.mesh import ModelMesh

Bools = NDArray[np.bool_]

#: Levels nearer than this to the one below are no storey of their own: split levels, footings, parapets.
MIN_STOREY_M = 2.0
#: Outlines that differ by strips narrower than this, or by no more than this area, are one.
SAME_M, SAME_M2 = 0.6, 2.0
#: The triangles of all blocks of a building, at most; outlines are simplified by more and more until it holds.
MAX_TRIANGLES = 400
_SIMPLIFY_M = (0.05, 0.2, 0.5, 1.0, 2.0)
#: A slab so far below or above a level is still its floor; what lies higher than that above the floor covers it.
_FLOOR_REACH_M, _COVER_FROM_M = 1.0, 1.5
_BOX_M = 0.1


@dataclass(frozen=True, slots=True)
class Block:
    """An outline in the frame of the placement, and the heights above ground between which it stands."""

    outline: shapely.Geometry
    from_m: float
    to_m: float


def measure_blocks(
    mesh: ModelMesh,
    elements: dict[str, list[Any]],
    levels_m: list[float],
    footprint: shapely.Geometry,
    ground_z: float,
    height_m: float,
) -> list[Block]:
    """The blocks of a building from below upwards; none where one outline will do for all storeys.

    There are none for small models either, which are drawn whole from everywhere, and for models without storeys.
    ``levels_m`` are the heights of its storeys above ``ground_z``. In a storey stands what its middle height cuts,
    whichever storey the model says it belongs to (a shaft goes through many): walls, columns and panels, with what
    they enclose, and floors as far as the next ones or a roof cover them. A storey where nothing stands is part of the
    one below.
    """
    bounds = _storey_bounds(levels_m, height_m)
    if len(bounds) < 3 or len(mesh.triangles) < MIN_DETAILED_TRIANGLES:
        return []
    kinds, of_roof = np.array(elements["kind"]), is_roof(elements)
    is_slab = np.char.startswith(kinds, "IfcSlab")
    bodies = of_roof & (is_slab | (kinds == "IfcRoof"))  # tiles and gutters follow them
    of_roof = bodies if bodies.any() else of_roof
    outlines = _Outlines(mesh, is_plan(elements), of_roof, is_slab, footprint, ground_z)
    stacked: list[Block] = []
    for low, high in pairwise(bounds):
        outline = outlines.between(low, high, is_top=high == bounds[-1])
        if outline is None and not stacked:
            outline = footprint
        if outline is None or (stacked and _are_alike(outline, stacked[-1].outline)):
            stacked[-1] = Block(stacked[-1].outline, stacked[-1].from_m, high)
        else:
            stacked.append(Block(outline, low, high))
    return simplify_blocks(stacked) if len(stacked) > 1 else []


def _storey_bounds(levels_m: list[float], height_m: float) -> list[float]:
    """Where storeys begin, from the ground, and the top; the lowest one reaches down to the ground."""
    bounds = [0.0]
    for level in sorted(levels_m):
        if level >= bounds[-1] + MIN_STOREY_M and level <= height_m - MIN_STOREY_M:
            bounds.append(level)
    return [*bounds, height_m]


@dataclass(frozen=True, slots=True)
class _Outlines:
    """What stands in a storey, looked up by height."""

    mesh: ModelMesh
    is_plan: Bools
    is_roof: Bools
    is_slab: Bools
    footprint: shapely.Geometry
    ground_z: float
    known: dict[bytes, shapely.Geometry | None] = field(default_factory=dict)

    def between(self, low_m: float, high_m: float, *, is_top: bool) -> shapely.Geometry | None:
        lower, upper = self.mesh.lower[:, 2] - self.ground_z, self.mesh.upper[:, 2] - self.ground_z
        middle = (lower + upper) / 2
        cut_m = min((low_m + high_m) / 2, low_m + _COVER_FROM_M) if is_top else (low_m + high_m) / 2
        upright = self.is_plan & ~self.is_slab & (lower < cut_m) & (upper > cut_m)
        floor = self.is_plan & self.is_slab & (np.abs(middle - low_m) <= _FLOOR_REACH_M)
        cover = (self.is_plan & self.is_slab | self.is_roof) & (middle > low_m + _COVER_FROM_M)
        if not is_top:
            cover &= lower <= high_m + _FLOOR_REACH_M
        walls, floors, covers = (self._plan(chosen) for chosen in (upright, floor, cover))
        parts = [shapely.Polygon(part.exterior) for part in shapely.get_parts(walls)] if walls is not None else []
        if floors is not None and covers is not None:
            # Where they only touch there are lines too, which areas cannot be reckoned with.
            parts += [p for p in shapely.get_parts(shapely.intersection(floors, covers)) if p.geom_type == "Polygon"]
        if not parts:
            return None
        free = shapely.difference(self.footprint, shapely.union_all(parts, grid_size=0.001))
        # Strips along the edge that make no difference (a floor that ends within the walls) stay with the storey.
        return _areas(shapely.difference(self.footprint, _without_strips(free)))

    def _plan(self, chosen: Bools) -> shapely.Geometry | None:
        """The outline of some elements; those with equal boxes in plan, as storeys repeat them, have the same."""
        if not chosen.any():
            return None
        boxes = np.concatenate([self.mesh.lower[chosen, :2], self.mesh.upper[chosen, :2]], axis=1)
        key = np.unique(np.rint(boxes / _BOX_M), axis=0).tobytes()
        if key not in self.known:
            self.known[key] = measure_footprint(self.mesh, chosen)
        return self.known[key]


def _without_strips(geometry: shapely.Geometry) -> shapely.Geometry:
    """What is wider than makes no difference."""
    core = shapely.buffer(geometry, -SAME_M / 2, join_style="mitre")
    return shapely.buffer(core, SAME_M / 2, join_style="mitre")


def _areas(geometry: shapely.Geometry) -> shapely.Geometry | None:
    """Its polygons of some size."""
    parts = [p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon" and p.area > SAME_M2]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _are_alike(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """Whether outlines differ by narrow strips and little areas only."""
    if one is other:
        return True
    apart = shapely.symmetric_difference(one, other)
    return bool(shapely.area(shapely.buffer(apart, -SAME_M / 2, join_style="mitre")) <= SAME_M2)


def simplify_blocks(blocks: list[Block]) -> list[Block]:
    """With as many corners as the bound allows; none where even coarse outlines have too many."""
    for tolerance in _SIMPLIFY_M:
        simple = [_areas(shapely.simplify(block.outline, tolerance)) for block in blocks]
        found = [
            Block(outline, block.from_m, block.to_m)
            for outline, block in zip(simple, blocks, strict=True)
            if outline is not None
        ]
        if len(found) == len(blocks) and _most_triangles(found) <= MAX_TRIANGLES:
            return found
    return []


def _most_triangles(blocks: list[Block]) -> int:
    """Two a wall; above and below less than one a corner, and two more a hole."""
    corners = sum(int(shapely.get_num_coordinates(block.outline)) for block in blocks)
    return 4 * corners
