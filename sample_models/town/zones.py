"""Control zones of the demonstration: a partition of the seat, drawn from its streets, rivers and blocks."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from sample_models.town.blocks import cut_blocks
from sample_models.town.network import STREET
from sample_models.town.open_space import RIVERS


@dataclass(frozen=True, slots=True)
class Zone:
    """One control zone in the local frame."""

    id: str
    name_zh: str
    name_en: str
    level: str
    description_zh: str
    description_en: str
    shape: BaseGeometry


_RAW: tuple[tuple[str, str, str, str, str, str], ...] = (
    (
        "xiushui-corridor",
        "秀水西街沿街控制带",
        "Xiushui West Street corridor",
        "unit",
        "道路中心线两侧各 35 m，沿街建筑高度、色彩、风格统一控制。",
        "35 m on both sides of the centreline: height, color and style along the street.",
    ),
    (
        "core",
        "西关历史风貌核心区",
        "Xiguan heritage core",
        "unit",
        "西关三圣寺、大王庙周边传统院落集中区。",
        "Old courtyard houses around the Sansheng and Dawang temples.",
    ),
    (
        "jinlong-corridor",
        "金龙东街沿街控制带",
        "Jinlong East Street corridor",
        "unit",
        "道路中心线两侧各 38 m。",
        "38 m on both sides of the centreline.",
    ),
    (
        "factory-power",
        "旧电厂更新利用区",
        "Old power plant reuse area",
        "parcel",
        "保留厂房，退二进三。",
        "Keep the halls, put them to new use.",
    ),
    (
        "factory-fertiliser",
        "旧化肥厂更新利用区",
        "Old fertiliser plant reuse area",
        "parcel",
        "保留厂房，退二进三。",
        "Keep the halls, put them to new use.",
    ),
    (
        "factory-steel",
        "晋盂钢铁厂更新利用区",
        "Jinyu steel works reuse area",
        "parcel",
        "保留厂房，退二进三。",
        "Keep the halls, put them to new use.",
    ),
    (
        "nanping",
        "南坪村改造控制区",
        "Nanping village renewal area",
        "unit",
        "棚户区和城中村改造范围。",
        "Shanty-town and urban-village renewal.",
    ),
    (
        "new-district",
        "东部新区",
        "Eastern new district",
        "area",
        "文化路以东新建居住区。",
        "New housing east of Wenhua Road.",
    ),
    (
        "waterfront",
        "秀水河滨水控制区",
        "Xiushui River waterfront",
        "area",
        "秀水河两侧首排建筑。",
        "The first rows of buildings on both banks.",
    ),
    (
        "housing",
        "一般居住区",
        "General housing area",
        "area",
        "环路以内其余建成区。",
        "The rest of the built-up area inside the ring roads.",
    ),
)
FACTORY_POINTS = {
    "factory-power": (-850.0, -890.0),
    "factory-fertiliser": (-345.0, -890.0),
    "factory-steel": (10.0, -800.0),
}
NANPING_POINT = (1095.0, -930.0)


def _outlines() -> dict[str, BaseGeometry]:
    blocks = cut_blocks()

    def block_at(x: float, y: float) -> BaseGeometry:
        point = shapely.Point(x, y)
        return next(b.shape for b in blocks if b.shape.contains(point)).buffer(4, join_style="mitre")

    west, east = STREET["west-ring"].line, STREET["east-ring"].line
    seat = Polygon([*west.coords, *reversed(east.coords)])
    core = Polygon(
        [(-580, 440), (-572, 180), (-405, 185), (-407, -80), (71, -70), (79, 189), (10, 187), (14, 448), (-190, 452)]
    )
    shapes: dict[str, BaseGeometry] = {
        "xiushui-corridor": STREET["xiushui-west"].line.buffer(35, cap_style="flat"),
        "core": core,
        "jinlong-corridor": STREET["jinlong-east"].line.buffer(38, cap_style="flat"),
        **{ident: block_at(*point) for ident, point in FACTORY_POINTS.items()},
        "nanping": block_at(*NANPING_POINT),
        "waterfront": (RIVERS[0].line or shapely.LineString()).buffer(120, cap_style="flat").intersection(seat),
        "new-district": seat.intersection(box(571, -1200, 1500, 1200)),
        "housing": seat,
    }
    return shapes


def build_zones() -> list[Zone]:
    """The zones, earlier ones cutting later ones, so that every place lies in one zone at most."""
    outlines = _outlines()
    zones: list[Zone] = []
    taken: BaseGeometry = Polygon()
    for ident, zh, en, level, text_zh, text_en in _RAW:
        shape = shapely.set_precision(outlines[ident].difference(taken), 0.01)
        zones.append(Zone(ident, zh, en, level, text_zh, text_en, shape))
        taken = taken.union(outlines[ident])
    return zones


def zone_of(zones: list[Zone], shapes: list[Polygon]) -> list[str | None]:
    """The zone in which the centroid of each footprint lies."""
    centers = shapely.centroid(shapes)
    out: list[str | None] = [None] * len(shapes)
    for zone in zones:
        shapely.prepare(zone.shape)
        for i in shapely.contains(zone.shape, centers).nonzero()[0]:
            out[int(i)] = zone.id
    return out
