"""The three plots kept free for the BIM sample models: where each IFC file stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from shapely.geometry import LineString, Polygon

from sample_models.town.frame import XY, heading_at, rectangle
from sample_models.town.network import STREET


@dataclass(frozen=True, slots=True)
class Plot:
    """A free rectangle: model origin at ``sw`` (local frame), model x axis turned ``angle_deg`` from grid east."""

    id: str
    file: str
    name_zh: str
    name_en: str
    street_id: str | None
    sw: XY
    width_m: float
    depth_m: float
    angle_deg: float

    @property
    def footprint(self) -> Polygon:
        """The rectangle the model covers, in the local frame."""
        return rectangle(self.sw, self.width_m, self.depth_m, self.angle_deg)


def _beside(line: LineString, x: float, offset_m: float) -> tuple[XY, float]:
    """The point ``offset_m`` north of the line near local ``x``, and the line's direction there."""
    chainage = line.project(line.intersection(LineString([(x, -2000), (x, 2000)])))
    (px, py), angle = heading_at(line, chainage)
    across = math.radians(angle + 90)
    return (round(px + offset_m * math.cos(across), 2), round(py + offset_m * math.sin(across), 2)), round(angle, 2)


def _plots() -> tuple[Plot, ...]:
    shop, shop_angle = _beside(STREET["xiushui-west"].line, -332, 18.0)
    office, office_angle = _beside(STREET["jinlong-east"].line, 420, 29.0)
    return (
        Plot(
            "shophouse",
            "ifc/shophouse-ifc4.ifc",
            "秀水西街示范商铺",
            "Demonstration shophouse, Xiushui West Street",
            "xiushui-west",
            shop,
            9.0,
            12.0,
            shop_angle,
        ),
        Plot(
            "walkup",
            "ifc/walkup-ifc2x3.ifc",
            "秀水小区示范住宅楼",
            "Demonstration walk-up, Xiushui compound",
            None,
            (-440.0, -545.0),
            44.0,
            12.5,
            1.5,
        ),
        Plot(
            "office",
            "ifc/office-ifc4x3.ifc",
            "金龙东街示范办公楼",
            "Demonstration office, Jinlong East Street",
            "jinlong-east",
            office,
            36.0,
            24.0,
            office_angle,
        ),
    )


PLOTS: tuple[Plot, ...] = _plots()
