"""Streets, rivers and parks: the lines and areas the town is built around, in the local frame."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from sample_models.town.frame import XY, smooth_line


@dataclass(frozen=True, slots=True)
class Street:
    """One named street: its centreline in the local frame and the width of its right of way."""

    id: str
    name_zh: str
    name_en: str
    kind: str
    width_m: float
    line: LineString
    invented_name: bool = False

    @property
    def carriageway_m(self) -> float:
        """Width of the carriageway: the right of way less the footways on both sides."""
        return self.width_m - {"trunk": 9.0, "main": 7.0, "branch": 5.0, "lane": 2.0}[self.kind]


@dataclass(frozen=True, slots=True)
class Area:
    """A named water or green area."""

    id: str
    name_zh: str
    name_en: str
    kind: str
    shape: BaseGeometry
    line: LineString | None = None


def _street(
    ident: str, zh: str, en: str, kind: str, width_m: float, points: list[XY], *, invented: bool = False
) -> Street:
    return Street(ident, zh, en, kind, width_m, smooth_line(points), invented)


STREETS: tuple[Street, ...] = (
    _street(
        "xiushui-west",
        "秀水西街",
        "Xiushui West Street",
        "trunk",
        30,
        [(-1210, -22), (-900, -48), (-560, -84), (-300, -92), (-40, -78), (236, -58)],
    ),
    _street(
        "xiushui-east",
        "秀水东街",
        "Xiushui East Street",
        "trunk",
        32,
        [(236, -58), (420, -50), (640, -62), (905, -96), (1270, -150)],
    ),
    _street(
        "jinlong-west",
        "金龙西街",
        "Jinlong West Street",
        "trunk",
        32,
        [(-1190, -640), (-880, -662), (-540, -650), (-180, -622), (216, -604)],
    ),
    _street(
        "jinlong-east",
        "金龙东街",
        "Jinlong East Street",
        "trunk",
        34,
        [(216, -604), (420, -600), (580, -606), (880, -640), (1280, -716)],
    ),
    _street(
        "g239",
        "国道239",
        "National highway G239",
        "trunk",
        36,
        [(-1800, 700), (-1220, 768), (-600, 806), (0, 792), (600, 820), (1240, 776), (1800, 690)],
    ),
    _street(
        "shuangyang",
        "双阳线",
        "Shuangyang Line",
        "main",
        24,
        [(-1700, -980), (-1170, -972), (-520, -996), (200, -964), (900, -1000), (1300, -1060), (1750, -1120)],
    ),
    _street(
        "cangshan",
        "藏山路",
        "Cangshan Road",
        "main",
        28,
        [(-590, 806), (-584, 430), (-560, 150), (-560, -84), (-552, -330), (-540, -650), (-520, -996)],
    ),
    _street(
        "shuishenshan",
        "水神山路",
        "Shuishenshan Road",
        "main",
        30,
        [(262, 808), (254, 440), (240, 180), (236, -58), (226, -330), (216, -604), (200, -964)],
    ),
    _street(
        "north",
        "北大街",
        "North Street",
        "main",
        24,
        [(-1216, 392), (-900, 408), (-584, 430), (-190, 446), (254, 440), (570, 452), (915, 428), (1262, 400)],
        invented=True,
    ),
    _street(
        "west-ring",
        "西环路",
        "West Ring Road",
        "main",
        24,
        [(-1220, 768), (-1216, 392), (-1210, -22), (-1196, -330), (-1190, -640), (-1170, -972)],
        invented=True,
    ),
    _street(
        "east-ring",
        "东环路",
        "East Ring Road",
        "main",
        26,
        [(1240, 776), (1262, 400), (1270, -150), (1276, -440), (1280, -716), (1300, -1060)],
        invented=True,
    ),
    _street(
        "yingbin",
        "迎宾路",
        "Yingbin Road",
        "main",
        28,
        [(924, 808), (915, 428), (900, 160), (905, -96), (894, -380), (880, -640), (900, -1000)],
        invented=True,
    ),
    _street(
        "xianghe",
        "香河路",
        "Xianghe Road",
        "branch",
        16,
        [(-880, 788), (-900, 408), (-880, 180), (-900, -48), (-888, -330), (-880, -662)],
        invented=True,
    ),
    _street(
        "xiguan",
        "西关街",
        "Xiguan Street",
        "branch",
        14,
        [(-196, 799), (-190, 446), (-226, 240), (-240, 60), (-250, -91), (-262, -268)],
        invented=True,
    ),
    _street(
        "wenhua",
        "文化路",
        "Wenhua Road",
        "branch",
        18,
        [(580, 819), (570, 452), (556, 190), (562, -55), (570, -330), (580, -606), (560, -982)],
        invented=True,
    ),
    _street(
        "fuhou",
        "府后街",
        "Fuhou Street",
        "branch",
        12,
        [(-560, 176), (-400, 186), (-232, 196), (-60, 186), (90, 190), (240, 180)],
        invented=True,
    ),
    _street("temple", "大王庙巷", "Dawangmiao Lane", "branch", 9, [(20, 187), (6, 300), (14, 443)], invented=True),
    _street("guanyin", "古楼巷", "Gulou Lane", "branch", 9, [(-400, 186), (-392, 310), (-384, 440)], invented=True),
    _street("gov-east", "府东巷", "Fudong Lane", "branch", 10, [(80, 189), (74, 60), (68, -70)], invented=True),
    _street("well", "水井巷", "Shuijing Lane", "branch", 9, [(-410, 184), (-404, 40), (-408, -90)], invented=True),
    _street(
        "binhe-north",
        "滨河北路",
        "Binhe North Road",
        "branch",
        16,
        [(-1198, -240), (-890, -300), (-554, -296), (-262, -268), (228, -262), (566, -300), (898, -330), (1274, -372)],
        invented=True,
    ),
    _street(
        "binhe-south",
        "滨河南路",
        "Binhe South Road",
        "branch",
        16,
        [(-1196, -352), (-888, -412), (-550, -412), (-250, -386), (222, -376), (572, -412), (892, -446), (1277, -500)],
        invented=True,
    ),
    _street(
        "qixiang",
        "气象路",
        "Qixiang Road",
        "branch",
        14,
        [(-1218, 590), (-888, 606), (-586, 622), (-193, 628), (258, 620), (576, 634), (920, 622)],
        invented=True,
    ),
    _street(
        "xinhua",
        "新华路",
        "Xinhua Road",
        "branch",
        16,
        [(238, 196), (560, 200), (900, 172), (1268, 140)],
        invented=True,
    ),
    _street("xisan", "西三巷", "Xisan Lane", "branch", 12, [(-1212, 176), (-1010, 186)], invented=True),
    _street(
        "nanyi",
        "南一路",
        "Nanyi Road",
        "branch",
        14,
        [(-244, -386), (-196, -500), (-180, -622), (-168, -978)],
        invented=True,
    ),
    _street(
        "nanping",
        "南坪路",
        "Nanping Road",
        "branch",
        14,
        [(215, -790), (566, -800), (888, -826), (1288, -880)],
        invented=True,
    ),
    _street(
        "gongye",
        "工业路",
        "Gongye Road",
        "branch",
        14,
        [(-1180, -812), (-860, -822), (-530, -826), (-174, -800)],
        invented=True,
    ),
    _street(
        "zhanqian",
        "站前街",
        "Zhanqian Street",
        "branch",
        16,
        [(1090, 415), (1084, 150), (1086, -122), (1088, -350)],
        invented=True,
    ),
)
STREET = {street.id: street for street in STREETS}

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
CARRIAGEWAYS = unary_union([s.line.buffer(s.carriageway_m / 2, cap_style="flat") for s in STREETS])
RIGHTS_OF_WAY = unary_union([s.line.buffer(s.width_m / 2, cap_style="flat", join_style="mitre") for s in STREETS])

#: The part of the plane that blocks are cut from.
SEAT: Polygon = box(-1420, -1180, 1480, 960)
