"""View corridors: how high a building may stand between a viewpoint and what is to be seen from it.

A corridor is a trapezoid about a line from the viewpoint to the middle of its target. The limit is the line of sight
from the eye to the lowest part of the target that must be seen: z(d) = z₀ + (z₁ − z₀) d / D at the distance d along it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Strips the width of a target is cut into to find how much of it is seen.
_STRIPS = 200
#: What stands nearer than this to the eye is taken to stand here.
_CLOSEST_M = 1e-3


@dataclass(frozen=True, slots=True)
class Corridors:
    """n corridors. ``start``, ``along``: (n, 2) viewpoint and unit vector to the target; metres and elevations else.

    ``polygon`` is the trapezoid. A corridor whose line has no length has none.
    """

    ids: pa.Array
    start: Floats
    along: Floats
    length_m: Floats
    ground_m: Floats
    target_low_m: Floats
    target_high_m: Floats
    width_from_m: Floats
    width_to_m: Floats
    polygon: Shapes

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Footprints that stand in corridors, p pairs of a building row and a corridor row.

    ``inside``: the part of the footprint inside.
    ``near_m``, ``far_m``: least and greatest distance along the corridor of the part inside; ``left``, ``right``: least
    and greatest offset across it ÷ distance along it, as the eye sees the part (left negative).
    """

    building: Ints
    corridor: Ints
    near_m: Floats
    far_m: Floats
    left: Floats
    right: Floats
    inside: Shapes


def read_corridors(table: pa.Table) -> Corridors:
    """Corridors from ``id``, ``geometry`` (WKB lines, metres) and ``places.VIEW_CORRIDOR_ATTRIBUTES``."""
    lines = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    ends = [shapely.get_coordinates(shapely.get_point(lines, i)) for i in (0, -1)]
    start, end = (xy.reshape(-1, 2) for xy in ends)
    length_m = np.hypot(*(end - start).T)
    along = np.divide(end - start, length_m[:, None], out=np.zeros_like(start), where=length_m[:, None] > 0)
    across = np.stack([along[:, 1], -along[:, 0]], axis=1)
    numbers = {
        name: np.asarray(pc.cast(table[name], pa.float64()).to_numpy(), np.float64)
        for name in ("viewpoint_ground_m", "target_low_m", "target_high_m", "width_from_m", "width_to_m")
    }
    near, far = (across * numbers[name][:, None] / 2.0 for name in ("width_from_m", "width_to_m"))
    rings = np.stack([start - near, start + near, end + far, end - far], axis=1)
    is_usable = np.isfinite(rings).all(axis=(1, 2)) & (length_m > 0)
    polygon = np.full(len(lines), None, object)
    polygon[is_usable] = shapely.polygons(rings[is_usable])
    return Corridors(
        ids=pc.cast(table["id"].combine_chunks(), pa.string()),
        start=start,
        along=along,
        length_m=length_m,
        ground_m=numbers["viewpoint_ground_m"],
        target_low_m=numbers["target_low_m"],
        target_high_m=numbers["target_high_m"],
        width_from_m=numbers["width_from_m"],
        width_to_m=numbers["width_to_m"],
        polygon=polygon,
    )


def measure_crossings(footprints: Shapes, corridors: Corridors) -> Crossing:
    """Which footprints overlap which corridors, and between which distances. Ordered by building, then corridor."""
    corridor, building = shapely.STRtree(footprints).query(corridors.polygon, predicate="intersects")
    inside = shapely.intersection(footprints[building], corridors.polygon[corridor])
    is_mixed = shapely.get_type_id(inside) == shapely.GeometryType.GEOMETRYCOLLECTION
    inside[is_mixed] = shapely.buffer(inside[is_mixed], 0)  # leaves edges that only touch
    is_area = shapely.area(inside) > 0
    corridor, building, inside = corridor[is_area], building[is_area], inside[is_area]
    order = np.lexsort((corridor, building))
    corridor, building, inside = (a[order] for a in (corridor, building, inside))
    xy, row = shapely.get_coordinates(inside, return_index=True)
    offset = xy - corridors.start[corridor[row]]
    along = corridors.along[corridor[row]]
    distance_m = (offset * along).sum(axis=1)
    across_m = offset[:, 0] * along[:, 1] - offset[:, 1] * along[:, 0]
    count = len(building)
    near_m, left = np.full(count, np.inf), np.full(count, np.inf)
    far_m, right = np.full(count, -np.inf), np.full(count, -np.inf)
    np.minimum.at(near_m, row, distance_m)
    np.maximum.at(far_m, row, distance_m)
    slope = across_m / np.maximum(distance_m, _CLOSEST_M)
    np.minimum.at(left, row, slope)
    np.maximum.at(right, row, slope)
    return Crossing(building.astype(np.int64), corridor.astype(np.int64), near_m, far_m, left, right, inside)


def limit_at(distance_m: Floats, length_m: Floats, eye_m: Floats, target_low_m: Floats) -> Floats:
    """Elevation of the line of sight at a distance from the viewpoint.

    >>> limit_at(np.array([50.0]), np.array([100.0]), np.array([10.0]), np.array([20.0])).tolist()
    [15.0]
    """
    return eye_m + (target_low_m - eye_m) * distance_m / length_m


@dataclass(frozen=True, slots=True)
class Sight:
    """One pair of building and corridor a row: what is needed to throw the building onto the target.

    ``corridor``: a number a corridor. ``near_m``, ``far_m``, ``left``, ``right``: as in ``Crossing``. The rest are the
    corridor's: length, width at the target, and elevations of the eye and of the target's lower and upper edge.
    """

    corridor: Ints
    near_m: Floats
    far_m: Floats
    left: Floats
    right: Floats
    length_m: Floats
    width_to_m: Floats
    eye_m: Floats
    target_low_m: Floats
    target_high_m: Floats


def measure_visible_share(sight: Sight, top_m: Floats) -> Floats:
    """The part of the target of every pair's corridor, from 0 to 1, that is seen past all that stands in it.

    ``top_m``: elevation of the top of every pair; NaN hides nothing, infinity everything behind it. The target is a
    wall across the end of the corridor; a building hides, over the angle it covers, what lies below the line from the
    eye over its top. NaN where the target has no height.
    """
    count = int(sight.corridor.max(initial=-1)) + 1
    rise_m = top_m - sight.eye_m
    at_m = np.where(rise_m >= 0, np.maximum(sight.near_m, _CLOSEST_M), sight.far_m)
    hidden_m = sight.eye_m + rise_m * sight.length_m / at_m
    height_m = sight.target_high_m - sight.target_low_m
    part = np.divide(hidden_m - sight.target_low_m, height_m, out=np.full(len(top_m), np.nan), where=height_m > 0)
    ends = (slope * sight.length_m / sight.width_to_m + 0.5 for slope in (sight.left, sight.right))
    first, last = (np.clip(np.round(end * _STRIPS), 0, _STRIPS).astype(np.int64) for end in ends)
    strips = np.maximum(last - first, 0)
    pair = np.repeat(np.arange(len(strips)), strips)
    strip = first[pair] + np.arange(len(pair)) - np.repeat(np.cumsum(strips) - strips, strips)
    covered = np.zeros((count, _STRIPS))
    np.maximum.at(covered, (sight.corridor[pair], strip), np.clip(np.nan_to_num(part[pair]), 0.0, 1.0))
    share = 1.0 - covered.mean(axis=1)
    return np.where(height_m > 0, share[sight.corridor], np.nan)
