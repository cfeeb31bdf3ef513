"""Rivers, parks, squares, woods and fields: the areas the town is built around, in the local frame."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from sample_models.town.frame import smooth_line
from sample_models.town.network import STREETS


@dataclass(frozen=True, slots=True)
class Area:
    """A named water or green area."""

    id: str
    name_zh: str
    name_en: str
    kind: str
    shape: BaseGeometry
    line: LineString | None = None


_XIUSHUI = smooth_line(
    [
        (-3200, -150),
        (-2300, -250),
        (-1650, -190),
        (-1197, -296),
        (-890, -356),
        (-552, -354),
        (-250, -327),
        (0, -306),
        (226, -319),
        (570, -356),
        (895, -388),
        (1275, -436),
        (1700, -400),
        (2400, -520),
        (3200, -470),
    ]
)
_XIANG = smooth_line(
    [
        (-1180, 2600),
        (-1300, 1900),
        (-1120, 1300),
        (-1030, 800),
        (-985, 600),
        (-1000, 405),
        (-975, 250),
        (-960, 100),
        (-975, -40),
        (-950, -180),
        (-938, -352),
    ]
)
_LENGQUAN = smooth_line(
    [
        (1280, 2600),
        (1060, 2000),
        (980, 1400),
        (800, 1000),
        (742, 815),
        (750, 620),
        (724, 440),
        (738, 290),
        (720, 170),
        (735, 40),
        (722, -70),
        (748, -200),
        (742, -374),
    ]
)
RIVERS: tuple[Area, ...] = (
    Area("xiushui-river", "秀水河", "Xiushui River", "river", _XIUSHUI.buffer(23, quad_segs=4), _XIUSHUI),
    Area("xiang-river", "香河", "Xiang River", "river", _XIANG.buffer(8.5, quad_segs=4), _XIANG),
    Area("lengquan-river", "冷泉河", "Lengquan River", "river", _LENGQUAN.buffer(7, quad_segs=4), _LENGQUAN),
)
WATER = unary_union([river.shape for river in RIVERS])


def _parks() -> tuple[Area, ...]:
    xiu, xiang, leng = (river.line for river in RIVERS)
    if xiu is None or xiang is None or leng is None:
        raise ValueError("a river has no centreline")
    roads = unary_union([s.line.buffer(s.width_m / 2, cap_style="flat") for s in STREETS])
    west = box(-1080, 205, -912, 385).union(box(-1070, -20, -912, 205))
    banks = xiu.buffer(51, cap_style="flat").intersection(box(-1190, -600, 1268, 0))
    shapes = (
        ("xianghe-park", "香河公园", "Xianghe Park", "park", west),
        ("xiushui-park", "秀水公园", "Xiushui Park", "park", box(60, -378, 212, -258)),
        ("xiushui-banks", "秀水河滨水绿带", "Xiushui riverside green", "bank", banks),
        (
            "xiang-banks",
            "香河绿带",
            "Xiang riverside green",
            "bank",
            xiang.buffer(22, cap_style="flat").intersection(box(-1300, -330, 0, 790)),
        ),
        (
            "lengquan-banks",
            "冷泉河绿带",
            "Lengquan riverside green",
            "bank",
            leng.buffer(20, cap_style="flat").intersection(box(500, -330, 1200, 800)),
        ),
        ("culture-square", "文化广场", "Culture Square", "park", box(262, 60, 378, 172)),
        ("gov-plaza", "府前广场", "Government forecourt", "plaza", box(-64, -75, -6, -30)),
        ("temple-garden", "三圣寺街头绿地", "Sansheng Temple pocket park", "pocket", box(0, 96, 46, 150)),
        ("jinlong-pocket", "金龙东街口袋公园", "Jinlong East pocket park", "pocket", box(690, -590, 742, -540)),
        (
            "north-hill",
            "北山林地",
            "North hill woods",
            "wood",
            smooth_line(
                [
                    (-520, 980),
                    (-120, 900),
                    (260, 1010),
                    (620, 960),
                    (560, 1420),
                    (120, 1640),
                    (-360, 1480),
                    (-640, 1220),
                    (-520, 980),
                ]
            ),
        ),
        (
            "south-hill",
            "南山林地",
            "South hill woods",
            "wood",
            smooth_line(
                [
                    (-900, -1240),
                    (-300, -1190),
                    (420, -1260),
                    (820, -1230),
                    (700, -1600),
                    (60, -1790),
                    (-640, -1620),
                    (-900, -1240),
                ]
            ),
        ),
        ("northwest-fields", "西北田地", "Northwest fields", "field", box(-1188, 615, -905, 770)),
        ("northeast-fields", "东北田地", "Northeast fields", "field", box(1275, 330, 1440, 640)),
        ("southwest-fields", "西南田地", "Southwest fields", "field", box(-1420, -900, -1215, -420)),
        ("station-square", "新区中心公园", "New District Park", "park", box(1110, -40, 1240, 100)),
    )
    out: list[Area] = []
    taken: BaseGeometry = WATER.union(roads)
    for ident, zh, en, kind, outline in shapes:
        shape = Polygon(outline.coords) if isinstance(outline, LineString) else outline
        out.append(Area(ident, zh, en, kind, shape.difference(taken).buffer(0)))
        taken = taken.union(shape)
    return tuple(out)


PARKS: tuple[Area, ...] = _parks()
