"""The built-up area 建成区 of the town: one outline around the blocks that are built on; coverage is counted by it."""

from __future__ import annotations

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from sample_models.town.blocks import cut_blocks
from sample_models.town.open_space import Area
from sample_models.town.plan import USES

#: Half of the widest gap between two blocks that belong together: streets, the river with its banks, the parks.
_JOINED_M = 100.0
_SMOOTHED_M = 1.0


def build_built_up() -> Area:
    """The blocks of ``plan.USES`` with the streets, water and parks among them, drawn without looking at footprints."""
    used = shapely.points([(x, y) for _, x, y in USES])
    blocks = [block.shape for block in cut_blocks() if shapely.contains(block.shape, used).any()]
    grown = shapely.union_all(shapely.buffer(blocks, _JOINED_M, join_style="mitre"))
    joined = shapely.buffer(grown, -_JOINED_M, join_style="mitre")
    outlines = [Polygon(part.exterior).simplify(_SMOOTHED_M) for part in shapely.get_parts(joined)]
    shape: BaseGeometry = shapely.union_all(outlines)
    return Area("built-up", "建成区（合成示例）", "Built-up area (synthetic)", "built-up", shape)
