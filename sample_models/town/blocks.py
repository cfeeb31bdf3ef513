"""City blocks: what is left of the seat between streets, rivers and parks, and how a block is cut into compounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, MultiLineString, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize, unary_union

from sample_models.town.network import RIGHTS_OF_WAY, SEAT, STREETS
from sample_models.town.open_space import PARKS, WATER


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its buildable shape and the direction of its grain (degrees from grid east, within ±45)."""

    number: int
    shape: Polygon
    angle_deg: float

    @property
    def center(self) -> tuple[float, float]:
        """The centroid in the local frame."""
        return self.shape.centroid.x, self.shape.centroid.y


def grain_deg(shape: Polygon) -> float:
    """The prevailing direction of a shape's edges, folded into ±45 degrees and weighted by length."""
    xy = shapely.get_coordinates(shape.exterior)
    d = np.diff(xy, axis=0)
    length = np.hypot(d[:, 0], d[:, 1])
    angle = 4 * np.arctan2(d[:, 1], d[:, 0])
    return (
        math.degrees(math.atan2(float((length**2 * np.sin(angle)).sum()), float((length**2 * np.cos(angle)).sum()))) / 4
    )


def cut_blocks() -> list[Block]:
    """All blocks of the seat, ordered west to east within bands from south to north."""
    lines = unary_union([*(s.line for s in STREETS), SEAT.boundary])
    if isinstance(lines, LineString):
        lines = MultiLineString([lines])
    taken = unary_union([RIGHTS_OF_WAY, WATER.buffer(14), *(p.shape for p in PARKS)])
    shapes: list[Polygon] = []
    for cell in polygonize(lines):
        rest = cell.difference(taken).buffer(-5, join_style="mitre").buffer(5, join_style="mitre")
        parts = [rest] if isinstance(rest, Polygon) else list(getattr(rest, "geoms", []))
        shapes += [p.simplify(0.4) for p in parts if p.area > 900]
    shapes.sort(key=lambda p: (round(p.centroid.y / 150), p.centroid.x))
    return [Block(i, p, round(grain_deg(p), 2)) for i, p in enumerate(shapes)]


def split(
    shape: Polygon, angle_deg: float, max_m: tuple[float, float], lane_m: float, jitter: np.random.Generator
) -> list[Polygon]:
    """Cut a block into rough rectangles not longer than ``max_m`` (along, across its grain), with lanes between."""
    origin = shape.centroid
    turned = affinity.rotate(shape, -angle_deg, origin=origin)
    pieces = _split(turned, max_m, lane_m, jitter)
    return [affinity.rotate(p, angle_deg, origin=origin) for p in pieces]


def _split(shape: Polygon, max_m: tuple[float, float], lane_m: float, jitter: np.random.Generator) -> list[Polygon]:
    w, s, e, n = shape.bounds
    if e - w <= max_m[0] and n - s <= max_m[1]:
        return [shape]
    along = (e - w) / max_m[0] >= (n - s) / max_m[1]
    size, limit = (e - w, max_m[0]) if along else (n - s, max_m[1])
    count = math.ceil(size / limit)
    cut = size * (math.ceil(count / 2) if count % 2 else count / 2) / count + float(jitter.uniform(-0.05, 0.05)) * limit
    far = 4000.0
    if along:
        halves = (box(-far, -far, w + cut - lane_m / 2, far), box(w + cut + lane_m / 2, -far, far, far))
    else:
        halves = (box(-far, -far, far, s + cut - lane_m / 2), box(-far, s + cut + lane_m / 2, far, far))
    out: list[Polygon] = []
    for half in halves:
        for part in polygons_of(shape.intersection(half)):
            if part.area > 250:
                out += _split(part, max_m, lane_m, jitter)
    return out


def polygons_of(geometry: BaseGeometry) -> list[Polygon]:
    """The polygons of any geometry, in their order."""
    if isinstance(geometry, Polygon):
        return [] if geometry.is_empty else [geometry]
    return [g for g in getattr(geometry, "geoms", []) if isinstance(g, Polygon)]
