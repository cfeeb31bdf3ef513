"""Ground to build on: what is left of a block, and how it is cut into compounds."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from shapely.geometry import Polygon
from shapely.ops import unary_union

from sample_models.town.blocks import Block, polygons_of, split
from sample_models.town.plots import PLOTS
from sample_models.town.site import Site


def free_ground(site: Site, block: Block, keep_m: float = 7.0) -> list[Polygon]:
    """What is still free of a block, without slivers and away from the plots kept for models."""
    shape = block.shape
    kept = [p.footprint.buffer(9) for p in PLOTS if p.footprint.intersects(shape)]
    for area in kept:
        shape = shape.difference(area)
    rest = site.rest_of(shape, keep_m)
    rest = rest.buffer(-4, join_style="mitre").buffer(4, join_style="mitre")
    return [p for p in polygons_of(rest) if p.area > 400]


def cut_parts(
    site: Site, piece: Polygon, turn: float, size_m: tuple[float, float], lane_m: float, rng: Generator
) -> list[Polygon]:
    """Cut a piece into compounds and note the lanes between them for drawing."""
    parts = split(piece, turn, size_m, lane_m, rng)
    if len(parts) > 1:
        lanes = piece.difference(unary_union(parts).buffer(0.02, join_style="mitre"))
        lanes = lanes.buffer(-0.22 * lane_m, join_style="mitre").simplify(0.2)
        site.lanes += [p for p in polygons_of(lanes) if p.area > 30]
    return parts


def south_turn(angle_deg: float) -> float:
    """The direction of housing rows in a block: its grain, but never far from due south."""
    return float(np.clip(angle_deg, -7, 7))
