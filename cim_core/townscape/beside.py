"""Buildings beside a street that no front of theirs speaks for: measured straight from the footprint to the street."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: How many times as far as its distance a belt may reach at a sharp bend.
_MITRE = 5.0


@dataclass(frozen=True, slots=True)
class Beside:
    """Pairs of a building and a street, by row: the least distance to the right of way in metres, and the outline.

    ``setback_m`` is NaN where the width of the street is not recorded, negative where the building stands inside.
    """

    building: Ints
    street: Ints
    setback_m: Floats
    outline: Shapes


def find_beside(footprints: Shapes, lines: Shapes, width_m: Floats, reach_m: Floats) -> tuple[Ints, Ints]:
    """Building and street rows of all pairs where the building stands alongside within ``reach_m`` of the right of way.

    ``lines``: centrelines, ``width_m``: rights of way (NaN: unknown, counted from the line), ``reach_m``: one a street
    (not above zero and not NaN: none). What stands past the end of a line is not alongside.
    """
    wanted = np.flatnonzero((reach_m >= 0) & ~shapely.is_missing(lines))
    if len(wanted) == 0 or len(footprints) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    if len(footprints) < len(wanted):  # a few buildings: the streets far from all of them need no belt
        distance_m = _MITRE * float(np.max(np.nan_to_num(width_m[wanted]) / 2.0 + reach_m[wanted]))
        _, near = shapely.STRtree(lines[wanted]).query(footprints, predicate="dwithin", distance=distance_m)
        wanted = wanted[np.unique(near)]
        if len(wanted) == 0:
            return np.empty(0, np.int64), np.empty(0, np.int64)
    bands = _bands(lines[wanted], np.nan_to_num(width_m[wanted]) / 2.0 + reach_m[wanted])
    street, building = shapely.STRtree(footprints).query(bands, predicate="intersects")
    return building.astype(np.int64), wanted[street]


def measure_beside(footprints: Shapes, lines: Shapes, width_m: Floats, building: Ints, street: Ints) -> Beside:
    """How far the buildings of some pairs stand behind the right of way."""
    each, row = np.unique(street, return_inverse=True)
    shapely.prepare(lines[each])
    setback_m = shapely.distance(lines[each][row], footprints[building]) - width_m[street] / 2.0
    return Beside(building, street, setback_m, shapely.boundary(footprints[building]))


def _bands(lines: Shapes, distance_m: Floats) -> Shapes:
    """Each line widened to both sides and cut straight at its ends."""
    bands = shapely.buffer(
        shapely.line_merge(lines), distance_m, cap_style="flat", join_style="mitre", mitre_limit=_MITRE
    )
    shapely.prepare(bands)
    return np.asarray(bands, object)
