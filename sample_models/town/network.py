"""The street plan, as data, in the local frame: centrelines, widths and the land they take."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry import LineString, Polygon, box
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

CARRIAGEWAYS = unary_union([s.line.buffer(s.carriageway_m / 2, cap_style="flat") for s in STREETS])
RIGHTS_OF_WAY = unary_union([s.line.buffer(s.width_m / 2, cap_style="flat", join_style="mitre") for s in STREETS])

#: The part of the plane that blocks are cut from.
SEAT: Polygon = box(-1420, -1180, 1480, 960)
