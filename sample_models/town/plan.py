"""The plan of the town: which block is filled with what. Everything is placed in a fixed order with one seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from shapely.geometry import Point, Polygon, box

from sample_models.town import shapes
from sample_models.town.blocks import Block, cut_blocks, polygons_of, split
from sample_models.town.fills import Lots, Rows, ShopWall, fill_lots, fill_rows, line_street, put
from sample_models.town.landmarks import place_landmarks
from sample_models.town.network import STREET
from sample_models.town.plots import PLOTS
from sample_models.town.site import Site

SEED = 140322

CORE_TYPES = {"main": "court_main", "wing": "court_wing", "gatehouse": "court_gate", "house": "court_house"}
VILLAGE_TYPES = {"main": "village_main", "wing": "village_wing", "gatehouse": "village_gate", "house": "village_house"}
CORE_LOTS = Lots((13.5, 19.5), (16.5, 23.0), 3.2, 0.27, 0.10, CORE_TYPES)
VILLAGE_LOTS = Lots((12.0, 16.5), (15.0, 19.0), 4.0, 0.04, 0.16, VILLAGE_TYPES)

#: Use of each block, by a point that lies in it.
USES: tuple[tuple[str, float, float], ...] = (
    ("core", -330, 40), ("core", -480, 310), ("core", -300, 310), ("core", -110, 330), ("government", -80, 60),
    ("walkup", 130, 330), ("hospital", 150, 60), ("walkup", -480, 40),
    ("walkup", -400, -180), ("walkup", -20, -160), ("walkup", -730, -170), ("school", -730, 200), ("walkup", 400, 320),
    ("walkup", -1090, -150), ("walkup", -920, -200), ("walkup", -1130, 300), ("walkup", -1130, 90), ("walkup", -740, 530),
    ("village", -1110, 520), ("village", -1110, 690), ("village", -940, 540), ("village", -940, 710),
    ("walkup", -740, 710), ("walkup", -390, 710), ("walkup", -390, 540), ("school", 30, 540), ("walkup", 30, 710),
    ("walkup", 410, 730), ("walkup", 420, 550), ("mall", 420, 90), ("walkup", 410, -160),
    ("midrise", 640, 330), ("new", 820, 330), ("new", 1000, 310), ("new", 1170, 280), ("midrise", 640, 90),
    ("new", 820, 80), ("new", 990, 30), ("new", 1170, 190), ("midrise", 640, -180), ("new", 830, -180), ("new", 1000, -210),
    ("new", 1180, -240), ("midrise", 650, 560), ("midrise", 830, 550), ("midrise", 650, 740), ("midrise", 830, 740),
    ("campus", 1085, 600), ("walkup", -1040, -500), ("walkup", -720, -520), ("walkup", -370, -500), ("walkup", 10, -480),
    ("office", 400, -480), ("midrise", 730, -500), ("midrise", 1080, -560),
    ("walkup", -860, -720), ("power", -850, -890), ("walkup", -350, -710), ("fertiliser", -345, -890), ("steel", 10, -800),
    ("walkup", 400, -690), ("depot", 390, -870), ("walkup", 730, -700), ("depot", 730, -890), ("walkup", 1080, -760),
    ("nanping", 1095, -930),
)


def build_site() -> Site:
    """Lay out the whole town."""
    rng = np.random.default_rng(SEED)
    site = Site()
    place_landmarks(site)
    _line_streets(site, rng)
    blocks = cut_blocks()
    for kind, x, y in USES:
        block = next((b for b in blocks if b.shape.contains(Point(x, y))), None)
        if block is None:
            raise ValueError(f"no block at ({x}, {y}) for {kind}")
        FILLERS[kind](site, rng, block)
    _edges(site, rng)
    return site


def _line_streets(site: Site, rng: Generator) -> None:
    shops = ShopWall("shop", (9.0, 24.0), (10.0, 14.0), 1.0)
    plain = ShopWall("shop", (10.0, 26.0), (9.0, 12.5), 2.0, 0.3, 0.62)
    newer = ShopWall("shop_new", (18.0, 42.0), (12.0, 16.0), 4.0, 0.35, 0.72)
    for side in ("left", "right"):
        line_street(site, rng, STREET["xiushui-west"], side, (30, 1436), shops)
        line_street(site, rng, STREET["jinlong-east"], side, (14, 1050), ShopWall("shop_new", (12.0, 30.0), (11.0, 15.0), 2.0, 0.16))
        line_street(site, rng, STREET["xiushui-east"], side, (14, 460), plain)
        line_street(site, rng, STREET["xiushui-east"], side, (480, 1020), newer)
        line_street(site, rng, STREET["jinlong-west"], side, (30, 1390), plain)
        line_street(site, rng, STREET["cangshan"], side, (190, 1500), plain)
        line_street(site, rng, STREET["shuishenshan"], side, (20, 1400), plain)
        line_street(site, rng, STREET["north"], side, (320, 1760), ShopWall("shop", (10.0, 22.0), (9.0, 12.0), 1.5, 0.3, 0.5))
        line_street(site, rng, STREET["xiguan"], side, (200, 1060), ShopWall("shop_small", (7.0, 13.0), (7.0, 9.5), 0.8, 0.2, 0.55))


def _free(site: Site, block: Block, keep_m: float = 7.0) -> list[Polygon]:
    shape = block.shape
    kept = [p.footprint.buffer(9) for p in PLOTS if p.footprint.intersects(shape)]
    for area in kept:
        shape = shape.difference(area)
    rest = site.rest_of(shape, keep_m)
    rest = rest.buffer(-4, join_style="mitre").buffer(4, join_style="mitre")
    return [p for p in polygons_of(rest) if p.area > 400]


def _core(site: Site, rng: Generator, block: Block) -> None:
    for piece in _free(site, block, 2.0):
        turn = block.angle_deg + float(rng.uniform(-1.5, 1.5))
        for part in split(piece, turn, (95, 95), 4.5, rng):
            fill_lots(site, rng, part, turn + float(rng.uniform(-2.0, 2.0)), CORE_LOTS, f"core-{block.number}")


def _village(site: Site, rng: Generator, block: Block) -> None:
    for piece in _free(site, block, 3.0):
        turn = block.angle_deg + float(rng.uniform(-4, 4))
        for part in split(piece, turn, (120, 110), 5.5, rng):
            fill_lots(site, rng, part, turn + float(rng.uniform(-3, 3)), VILLAGE_LOTS, f"village-{block.number}")


def _walkup(site: Site, rng: Generator, block: Block) -> None:
    turn = _south(block.angle_deg)
    compound = 0
    for piece in _free(site, block):
        for part in split(piece, turn, (190, 175), 9.0, rng):
            group = f"walkup-{block.number}-{compound}"
            fill_rows(site, rng, part, turn + float(rng.uniform(-1.2, 1.2)), _walkup_rows(rng), group)
            _extras(site, rng, part, turn, group)
            compound += 1


def _walkup_rows(rng: Generator) -> Rows:
    storeys = int(rng.choice([5, 5, 6, 6, 6]))
    depth = round(float(rng.uniform(11.8, 13.6)), 1)
    unit = float(rng.choice([13.2, 14.4, 15.6]))
    stair = float(rng.choice([0.0, 0.8, 1.2]))
    balcony = float(rng.choice([0.0, 1.0, 1.2]))
    pitch = depth + storeys * 3.0 * float(rng.uniform(1.2, 1.55))
    widths = tuple(round(unit * n, 1) for n in (4, 3, 2)) if rng.random() < 0.7 else tuple(round(unit * n, 1) for n in (3, 2))
    return Rows("walkup", widths, depth, pitch, float(rng.uniform(6.5, 10)),
                lambda w: shapes.slab(w, depth, unit, stair, balcony), storeys=storeys, drop_share=0.03)


def _extras(site: Site, rng: Generator, part: Polygon, turn: float, group: str) -> None:
    """Small single-storey things in a compound: sheds, a boiler house, a gatehouse, a kiosk."""
    w, s, e, n = part.bounds
    for _ in range(40):
        x, y = float(rng.uniform(w, e)), float(rng.uniform(s, n))
        size = (float(rng.uniform(7, 18)), float(rng.uniform(4.5, 8)))
        shape = shapes.turned(box(0, 0, *size), x, y, turn)
        if part.covers(shape) and put(site, "annex", group, (x, y), size, turn, gap_m=6.5) and rng.random() < 0.5:
            return


def _midrise(site: Site, rng: Generator, block: Block) -> None:
    turn = _south(block.angle_deg)
    compound = 0
    for piece in _free(site, block, 10.0):
        for part in split(piece, turn, (230, 210), 10.0, rng):
            storeys = int(rng.choice([6, 8, 11, 11]))
            depth = round(float(rng.uniform(13.0, 14.6)), 1)
            pitch = depth + storeys * 3.0 * float(rng.uniform(1.15, 1.3))
            group = f"midrise-{block.number}-{compound}"
            rows = Rows("midrise", (52.0, 36.0) if storeys > 6 else (54.0, 40.0, 27.0), depth, pitch, 12.0,
                        lambda w, d=depth: shapes.slab(w, d, 18.0, 1.0, 1.2), 5.0, 0.04, 8.0, storeys)  # type: ignore[misc]
            fill_rows(site, rng, part, turn + float(rng.uniform(-1, 1)), rows, group)
            _extras(site, rng, part, turn, group)
            compound += 1


def _new(site: Site, rng: Generator, block: Block) -> None:
    turn = _south(block.angle_deg)
    compound = 0
    for piece in _free(site, block, 12.0):
        for part in split(piece, turn, (260, 260), 12.0, rng):
            storeys = int(rng.choice([11, 15, 17, 18, 18]))
            group = f"new-{block.number}-{compound}"
            compound += 1
            if rng.random() < 0.35:
                rows = Rows("tower", (25.0,), 22.0, 58.0, 26.0, lambda w: shapes.point_tower(w, 22.0), 8.0, 0.06, 12.0, storeys)
            else:
                rows = Rows("tower", (54.0, 36.0), 15.0, 15 + storeys * 3.0 * 1.05, 15.0,
                            lambda w: shapes.tall_slab(w, 15.0), 6.0, 0.05, 12.0, storeys)
            fill_rows(site, rng, part, turn + float(rng.uniform(-1.5, 1.5)), rows, group)
            _extras(site, rng, part, turn, group)


def _school(site: Site, rng: Generator, block: Block) -> None:
    """A school with its playground in one corner of the block, housing on the rest."""
    pieces = sorted(_free(site, block), key=lambda p: -p.area)
    turn = _south(block.angle_deg)
    parts = sorted((q for p in pieces for q in split(p, turn, (215, 190), 8.0, rng)), key=lambda p: -p.area)
    name = {True: "盂县第二实验小学", False: "盂县第一中学"}[block.center[0] < -500]
    _campus_on(site, parts[0], turn, name, "school")
    for index, part in enumerate(parts[1:]):
        fill_rows(site, rng, part, turn, _walkup_rows(rng), f"walkup-{block.number}-{index}")


def _campus_on(site: Site, part: Polygon, turn: float, name: str, kind: str) -> None:
    """Teaching wings to the north and east, a running track (left empty) to the south-west."""
    cx, cy = part.representative_point().x, part.representative_point().y
    w, s, e, n = part.bounds
    cx, cy = (w + e) / 2, (s + n) / 2
    half_w, half_h = (e - w) / 2 - 14, (n - s) / 2 - 14
    put(site, kind, name, (cx - half_w, cy + half_h - 52), (0, 0), turn, name=f"{name}教学楼", storeys=4,
        outline=shapes.comb(min(68.0, half_w * 0.95), 44.0, 11.0), gap_m=5)
    put(site, kind, name, (cx + half_w - 62, cy + half_h - 14), (58, 13), turn, name=f"{name}综合楼", storeys=5, gap_m=5)
    put(site, kind, name, (cx + half_w - 62, cy + half_h - 46), (58, 12), turn, name=f"{name}实验楼", storeys=4, gap_m=5)
    put(site, kind, name, (cx + half_w - 44, cy - half_h + 6), (40, 24), turn, name=f"{name}风雨操场", storeys=1, gap_m=5)
    put(site, kind, name, (cx + half_w - 20, cy - half_h + 42), (13, 36), turn, name=f"{name}宿舍楼", storeys=5, gap_m=5)
    put(site, "annex", name, (cx - 6, cy - half_h - 6), (9, 5), turn, name=f"{name}门卫", gap_m=3)


def _hospital(site: Site, rng: Generator, block: Block) -> None:
    turn = _south(block.angle_deg)
    name = "盂县人民医院"
    x, y = block.center
    put(site, "hospital", name, (x - 52, y - 18), (0, 0), turn, name=f"{name}门诊楼", storeys=5,
        outline=shapes.comb(60, 46, 15), gap_m=6)
    put(site, "hospital", name, (x - 58, y + 44), (66, 18), turn, name=f"{name}住院楼", storeys=9, gap_m=6)
    put(site, "hospital", name, (x + 24, y + 40), (30, 14), turn, name=f"{name}医技楼", storeys=3, gap_m=6)
    put(site, "hospital", name, (x + 22, y - 10), (28, 22), turn, name=f"{name}急诊楼", storeys=3, gap_m=6)
    for index, piece in enumerate(_free(site, block, 14.0)):
        fill_rows(site, rng, piece, turn, _walkup_rows(rng), f"walkup-{block.number}-{index}")


def _government(site: Site, rng: Generator, block: Block) -> None:
    """The county government faces 秀水西街; the block's rest is old houses around the temple."""
    for piece in _free(site, block, 3.0):
        inner = piece.difference(box(-100, -90, 60, 165))
        for part in (q for p in polygons_of(inner) for q in split(p, block.angle_deg, (90, 90), 4.5, rng)):
            fill_lots(site, rng, part, block.angle_deg + float(rng.uniform(-2, 2)), CORE_LOTS, f"core-{block.number}")


def _mall(site: Site, rng: Generator, block: Block) -> None:
    turn = _south(block.angle_deg)
    put(site, "public", "mall", (410, 60), (74, 46), turn, name="盂县文化中心", storeys=4, gap_m=6)
    put(site, "mall", "mall", (286, -22), (84, 52), turn, name="秀水购物中心", storeys=5, gap_m=4)
    put(site, "public", "mall", (500, 70), (36, 60), turn, name="盂县图书馆", storeys=4, gap_m=6)
    _walkup(site, rng, block)


def _office(site: Site, rng: Generator, block: Block) -> None:
    turn = _south(block.angle_deg)
    put(site, "office", "office", (280, -560), (60, 20), turn, name="金龙商务楼", storeys=5, gap_m=5)
    put(site, "office", "office", (486, -556), (44, 22), turn, name="政务服务中心", storeys=5, gap_m=5)
    _walkup(site, rng, block)


def _campus(site: Site, rng: Generator, block: Block) -> None:
    turn = _south(block.angle_deg)
    parts = sorted(split(block.shape, turn, (320, 200), 14.0, rng), key=lambda p: p.centroid.y)
    _campus_on(site, parts[0], turn, "盂县职业教育中心", "school")
    for part in parts[1:]:
        rows = Rows("tower", (54.0, 36.0), 15.0, 64.0, 16.0, lambda w: shapes.tall_slab(w, 15.0), 10.0, 0.04, 12.0, 17)
        fill_rows(site, rng, part, turn, rows, f"new-{block.number}-{round(part.centroid.y)}")


def _factory(name: str, group: str, sheds: tuple[tuple[float, float], ...], pitch_m: float) -> Callable[[Site, Generator, Block], None]:
    def fill(site: Site, rng: Generator, block: Block) -> None:
        turn = _south(block.angle_deg)
        parts = [q for p in _free(site, block, 10.0) for q in split(p, turn, (260, 220), 16.0, rng)]
        for index, part in enumerate(parts):
            width, depth = sheds[index % len(sheds)]
            rows = Rows("shed_big", (width, round(width * 0.62, 1), round(width * 0.4, 1)), depth, depth + pitch_m, 14.0,
                        lambda w, d=depth: box(0, 0, w, d), 8.0, 0.14, 6.0)  # type: ignore[misc]
            fill_rows(site, rng, part, turn, rows, group)
            for _ in range(3):
                _extras(site, rng, part, turn, group)
        first = next((item for item in site.items if item.group == group and item.type == "shed_big"), None)
        if first is not None:
            first.name = f"{name}主厂房"
    return fill


def _south(angle_deg: float) -> float:
    return float(np.clip(angle_deg, -7, 7))


def _edges(site: Site, rng: Generator) -> None:
    """Hamlets outside the ring roads."""
    for index, (x, y, w, h, turn) in enumerate((
        (-1420, 130, 120, 160, 6.0), (1320, 520, 110, 130, -5.0), (-700, 842, 170, 70, 2.0), (280, 858, 190, 80, -4.0),
        (-1390, -560, 120, 110, -8.0), (-500, -1110, 190, 70, 3.0), (1330, -300, 110, 130, 5.0),
    )):
        fill_lots(site, rng, box(x, y, x + w, y + h), turn, VILLAGE_LOTS, f"hamlet-{index}")


FILLERS: dict[str, Callable[[Site, Generator, Block], None]] = {
    "core": _core, "village": _village, "nanping": _village, "walkup": _walkup, "midrise": _midrise, "new": _new,
    "school": _school, "hospital": _hospital, "government": _government, "mall": _mall, "office": _office, "campus": _campus,
    "power": _factory("旧电厂", "factory-power", ((92.0, 30.0), (70.0, 42.0)), 16.0),
    "fertiliser": _factory("旧化肥厂", "factory-fertiliser", ((64.0, 24.0), (80.0, 30.0)), 14.0),
    "steel": _factory("晋盂钢铁厂", "factory-steel", ((150.0, 42.0), (110.0, 36.0)), 18.0),
    "depot": _factory("南坪仓储", "factory-depot", ((60.0, 24.0), (48.0, 20.0)), 14.0),
}
