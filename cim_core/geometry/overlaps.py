"""How much of one column of shapes lies in another: whole columns at once by a spatial index."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]


def find_overlaps(things: Shapes, zones: Shapes, least_share: float) -> Ints:
    """(2, p) thing row and zone row where at least a share of the thing's area (or length) lies in the zone.

    Greatest share first for each thing. A share of 0 asks for any overlap at all; touching is none.
    """
    zone, thing = shapely.STRtree(things).query(zones, predicate="intersects")
    inside = shapely.intersection(things[thing], zones[zone])
    is_line = shapely.get_dimensions(things[thing]) == 1
    part = np.where(is_line, shapely.length(inside), shapely.area(inside))
    whole = np.where(is_line, shapely.length(things[thing]), shapely.area(things[thing]))
    share = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    kept = np.flatnonzero((share > 1e-9) & (share >= least_share - 1e-9))
    kept = kept[np.lexsort((zone[kept], -share[kept], thing[kept]))]
    return np.stack([thing[kept], zone[kept]]).astype(np.int64)
