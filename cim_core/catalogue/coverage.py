"""How much of the built-up area is covered by models, by CIM level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]

#: A built-up area that nobody drew: footprints joined over gaps of up to twice this, then cut back by it.
CLOSING_M = 50.0
#: The level from which a model counts for coverage: frames (white boxes) and better.
COUNTED_FROM = 2


@dataclass(frozen=True, slots=True)
class Coverage:
    """Areas in m². ``by_level``: area of the built-up area under models of that level, finest level first wins.

    ``covered_m2``: under a model of ``COUNTED_FROM`` or finer; ``percent`` of the built-up area, None unless it was
    given: of an area made from the models themselves they cover nearly all, which says nothing of the town. ``basis``:
    ``layer`` when the built-up area was given, ``derived`` when it was estimated from footprints.
    """

    built_up_m2: float
    covered_m2: float
    percent: float | None
    by_level: Mapping[int, float]
    unknown_m2: float
    basis: str

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "built_up_m2": round(self.built_up_m2, 1),
            "covered_m2": round(self.covered_m2, 1),
            "percent": None if self.percent is None else round(self.percent, 2),
            "by_level": {str(level): round(area, 1) for level, area in self.by_level.items()},
            "unknown_level_m2": round(self.unknown_m2, 1),
            "basis": self.basis,
            "counted_from_level": COUNTED_FROM,
            "closing_m": CLOSING_M if self.basis == "derived" else None,
        }


def measure_coverage(
    footprints: Mapping[int | None, Shapes],
    built_up: shapely.Geometry | None = None,
    extents: Mapping[int, Shapes] | None = None,
) -> Coverage:
    """Area with models ÷ built-up area.

    Args:
        footprints: building footprints (work CRS, metres) by the CIM level of their model; None: level not known.
        built_up: the built-up area as drawn by somebody. Without it footprints of all levels are joined over gaps of
            ``2 · CLOSING_M`` (a morphological closing).
        extents: outlines of models that are no footprints (oblique meshes, point clouds), by level.

    A model covers the built-up land its block stands on: the land within ``CLOSING_M`` of its footprint and inside the
    built-up area, so that streets and yards between modelled buildings count. A place under several models counts
    for the finest.
    """
    everything = [shape for shapes in footprints.values() for shape in shapes if shape is not None]
    area = _closed(np.array(everything, object)) if built_up is None else built_up
    basis = "derived" if built_up is None else "layer"
    built_up_m2 = float(shapely.area(area)) if area is not None else 0.0
    if built_up_m2 == 0.0:
        return Coverage(0.0, 0.0, None, {}, 0.0, basis)
    taken: shapely.Geometry = shapely.MultiPolygon()
    by_level: dict[int, float] = {}
    levels = sorted({*(level for level in footprints if level is not None), *(extents or {})}, reverse=True)
    for level in levels:
        ground = shapely.union_all([_ground(footprints.get(level)), *_valid((extents or {}).get(level))])
        own = shapely.difference(shapely.intersection(ground, area), taken)
        by_level[level] = float(shapely.area(own))
        taken = shapely.union(taken, own)
    unknown = shapely.difference(shapely.intersection(_ground(footprints.get(None)), area), taken)
    covered_m2 = sum(m2 for level, m2 in by_level.items() if level >= COUNTED_FROM)
    percent = 100.0 * covered_m2 / built_up_m2 if built_up is not None else None
    return Coverage(built_up_m2, covered_m2, percent, by_level, float(shapely.area(unknown)), basis)


def _ground(footprints: Shapes | None) -> shapely.Geometry:
    shapes = _valid(footprints)
    if not shapes:
        return shapely.MultiPolygon()
    return shapely.union_all(shapely.buffer(np.array(shapes, object), CLOSING_M, quad_segs=2))


def _closed(footprints: Shapes) -> shapely.Geometry | None:
    shapes = _valid(footprints)
    if not shapes:
        return None
    grown = shapely.union_all(shapely.buffer(np.array(shapes, object), CLOSING_M, quad_segs=4))
    return shapely.buffer(grown, -CLOSING_M, quad_segs=4)


def _valid(footprints: Shapes | None) -> list[shapely.Geometry]:
    if footprints is None or len(footprints) == 0:
        return []
    shapes = np.asarray(footprints, object)
    usable = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    return list(shapely.make_valid(usable))
