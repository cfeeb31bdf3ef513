"""Six-storey walk-up of the eighties: three stairwells, balconies, rows of windows, flat roof (IFC2X3)."""

from __future__ import annotations

import math
from pathlib import Path

from sample_models.ifc_models.builder import IfcBuilder, Layer, Opening, Storey
from sample_models.ifc_models.entities import Entity
from sample_models.ifc_models.parts import door_type, window_type
from sample_models.ifc_models.plots import WALKUP
from sample_models.ifc_models.shapes import Style

LENGTH_M, BALCONY_M, DEPTH_M = 44.0, 1.3, 12.5
PLINTH_M, STOREY_M, STOREYS, PARAPET_M = 0.6, 2.8, 6, 0.9
UNITS = 3
FLAT_M = LENGTH_M / (2 * UNITS)
OUTER = (Layer("涂料 painted render", 0.02), Layer("红砖 red brick", 0.35))
INNER = (Layer("红砖 red brick", 0.24),)
THICKNESS_M = 0.37

WALL = Style("暖灰涂料 warm grey render", "#d6cab4")
BASE = Style("勒脚灰砖 grey base", "#a2988a")
BAND = Style("浅色线脚 pale band", "#ece6d8")
BALCONY = Style("阳台栏板 balcony panel", "#e6dcc8")
SLAB = Style("混凝土 concrete", "#b9b5ad")
ROOF = Style("屋面卷材 roof felt", "#8d8f8e")
FRAME = Style("白色窗框 white frame", "#efefec")
DOOR = Style("单元门 entrance door", "#4f6b5c")
INSIDE = Style("内墙 plaster", "#e4e0d6")
METAL = Style("金属 metal", "#a9adb0")
SOLAR = Style("集热管 solar tubes", "#2d3f52")


def build_walkup(path: Path) -> None:
    """Write the model (in millimetres, as many such files are)."""
    b = IfcBuilder("IFC2X3", "walkup-ifc2x3", "秀水小区示范住宅楼", WALKUP, unit_m=0.001)
    b.with_pset(
        b.building,
        b.pset("Pset_BuildingCommon", YearOfConstruction="1989", NumberOfStoreys=STOREYS, OccupancyType="居住"),
    )
    storeys = [b.add_storey(f"{n}层", PLINTH_M + i * STOREY_M) for i, n in enumerate("一二三四五六")]
    top = b.add_storey("屋面", PLINTH_M + STOREYS * STOREY_M)
    outside = b.pset("Pset_WallCommon", IsExternal=True, LoadBearing=True, FireRating="二级")
    inside = b.pset("Pset_WallCommon", IsExternal=False, LoadBearing=True)
    _build_base(b, storeys[0])
    types = _Types(b)
    for index, storey in enumerate(storeys):
        _build_shell(b, storey, index, types, outside)
        _build_inside(b, storey, inside)
        _build_balconies(b, storey, index, types)
    _build_stairs(b, storeys)
    _build_entrances(b, storeys[0])
    _build_roof(b, top, outside)
    _build_services(b, storeys, top)
    b.write(path)


class _Types:
    """What repeats: drawn once."""

    def __init__(self, b: IfcBuilder) -> None:
        self.bedroom = window_type(b, "卧室窗 1500×1500", 1.5, 1.5, FRAME, bars=(2, 1))
        self.balcony = window_type(b, "阳台门联窗 2400×2200", 2.4, 2.2, FRAME, bars=(3, 1), panel_m=0.5)
        self.kitchen = window_type(b, "厨房窗 1200×1400", 1.2, 1.4, FRAME, bars=(2, 1))
        self.bath = window_type(b, "卫生间窗 600×900", 0.6, 0.9, FRAME, bars=(1, 1))
        self.stair = window_type(b, "楼梯间窗 1200×1200", 1.2, 1.2, FRAME, bars=(2, 2))
        self.entrance = door_type(b, "单元门 1500×2100", 1.5, 2.1, DOOR, leaves=2)
        self.parapet = _balcony_panel(b)
        self.cooler = _cooler(b)


def _balcony_panel(b: IfcBuilder) -> Entity:
    width, height, depth = 3.3, 1.05, BALCONY_M
    items = b.styled(
        BALCONY,
        b.box((width, 0.08, height - 0.25)),
        b.box((0.08, depth - 0.08, height - 0.25), (0.0, 0.08, 0.0)),
        b.box((0.08, depth - 0.08, height - 0.25), (width - 0.08, 0.08, 0.0)),
    )
    items += b.styled(
        METAL,
        b.box((width, 0.05, 0.05), (0.0, 0.015, height - 0.05)),
        b.box((0.05, depth - 0.05, 0.05), (0.015, 0.05, height - 0.05)),
        b.box((0.05, depth - 0.05, 0.05), (width - 0.065, 0.05, height - 0.05)),
        *(b.box((0.04, 0.04, 0.2), (0.02 + i * (width - 0.08) / 6, 0.02, height - 0.25)) for i in range(7)),
    )
    return b.type_map("IfcRailingType", "阳台栏板", items, PredefinedType="BALUSTRADE")


def _cooler(b: IfcBuilder) -> Entity:
    items = b.styled(FRAME, b.box((0.8, 0.3, 0.55)))
    items += b.styled(METAL, b.cylinder(0.2, 0.02, (0.32, -0.02, 0.28), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)))
    return b.type_map("IfcBuildingElementProxyType", "空调室外机", items, PredefinedType="NOTDEFINED")


def _build_base(b: IfcBuilder, storey: Storey) -> None:
    foot = BALCONY_M - 0.05
    plinth = b.box((LENGTH_M + 0.1, DEPTH_M - BALCONY_M + 0.1, PLINTH_M), (-0.05, foot, -PLINTH_M))
    b.element("IfcSlab", "勒脚", storey, b.styled(BASE, plinth), material="混凝土 concrete", PredefinedType="BASESLAB")


def _build_shell(b: IfcBuilder, storey: Storey, index: int, types: _Types, outside: Entity) -> None:
    style = BASE if index == 0 else WALL
    name = storey.entity.Name
    south, north = [], []
    for flat in range(2 * UNITS):
        is_mirrored = flat % 2 == 1
        start = flat * FLAT_M
        bedroom, lounge = (4.9, 0.95) if not is_mirrored else (0.95, 3.95)
        south += [
            Opening(start + bedroom, 0.9, 1.5, 1.5, types.bedroom, "卧室窗", 0.1),
            Opening(start + lounge, 0.0, 2.4, 2.2, types.balcony, "阳台门联窗", 0.1),
        ]
    for unit in range(UNITS):
        # The north wall runs from east to west; the stair is in the middle of each unit.
        start = unit * 2 * FLAT_M
        middle = start + FLAT_M
        stair = (
            Opening(middle - 0.75, -0.45, 1.5, 2.1, types.entrance, "单元门", 0.1)
            if index == 0
            else Opening(middle - 0.6, 0.1, 1.2, 1.2, types.stair, "楼梯间窗", 0.1)
        )
        north += [
            Opening(start + 1.6, 0.9, 1.2, 1.4, types.kitchen, "厨房窗", 0.1),
            Opening(start + 4.2, 1.3, 0.6, 0.9, types.bath, "卫生间窗", 0.1),
            stair,
            Opening(middle + FLAT_M - 4.8, 1.3, 0.6, 0.9, types.bath, "卫生间窗", 0.1),
            Opening(middle + FLAT_M - 2.8, 0.9, 1.2, 1.4, types.kitchen, "厨房窗", 0.1),
        ]
    side = DEPTH_M - BALCONY_M - 2 * THICKNESS_M
    b.wall(
        f"南外墙 {name}", storey, (0.0, BALCONY_M), 0, LENGTH_M, STOREY_M, OUTER, style, openings=south, pset=outside
    )
    b.wall(
        f"北外墙 {name}",
        storey,
        (LENGTH_M, DEPTH_M),
        180,
        LENGTH_M,
        STOREY_M,
        OUTER,
        style,
        openings=north,
        pset=outside,
    )
    east, west = (LENGTH_M, BALCONY_M + THICKNESS_M), (0.0, DEPTH_M - THICKNESS_M)
    gable_window = [Opening(side / 2 - 0.6, 0.9, 1.2, 1.4, types.kitchen, "山墙窗", 0.1)]
    b.wall(f"东山墙 {name}", storey, east, 90, side, STOREY_M, OUTER, style, openings=gable_window, pset=outside)
    b.wall(f"西山墙 {name}", storey, west, 270, side, STOREY_M, OUTER, style, openings=gable_window, pset=outside)
    if index in (1, 5):
        _build_band(b, storey)


def _build_band(b: IfcBuilder, storey: Storey) -> None:
    z, out, tall = -0.12, 0.06, 0.24
    depth = DEPTH_M - BALCONY_M
    band = b.styled(
        BAND,
        b.box((LENGTH_M + 2 * out, out, tall), (-out, BALCONY_M - out, z)),
        b.box((LENGTH_M + 2 * out, out, tall), (-out, DEPTH_M, z)),
        b.box((out, depth, tall), (-out, BALCONY_M, z)),
        b.box((out, depth, tall), (LENGTH_M, BALCONY_M, z)),
    )
    b.element("IfcCovering", "腰线", storey, band, material="涂料 painted render", PredefinedType="CLADDING")


def _build_inside(b: IfcBuilder, storey: Storey, inside: Entity) -> None:
    name = storey.entity.Name
    inner = DEPTH_M - BALCONY_M - 2 * THICKNESS_M
    size = (LENGTH_M - 2 * THICKNESS_M, inner, 0.12)
    slab = b.box(size, (THICKNESS_M, BALCONY_M + THICKNESS_M, -0.12))
    floor = b.element(
        "IfcSlab", f"楼板 {name}", storey, b.styled(SLAB, slab), material="钢筋混凝土 concrete", PredefinedType="FLOOR"
    )
    b.with_quantities(floor, "Slab", Width=0.12, NetArea=size[0] * size[1])
    for flat in range(1, 2 * UNITS):
        x = flat * FLAT_M
        is_party_wall = flat % 2 == 0
        depth = inner if is_party_wall else inner - 5.0
        b.wall(
            f"{'分户' if is_party_wall else '横'}墙 {name}",
            storey,
            (x + 0.12, BALCONY_M + THICKNESS_M),
            90,
            depth,
            STOREY_M - 0.12,
            INNER,
            INSIDE,
            pset=inside,
        )


def _build_balconies(b: IfcBuilder, storey: Storey, index: int, types: _Types) -> None:
    for flat in range(2 * UNITS):
        lounge = 0.5 if flat % 2 == 0 else 3.5
        x = flat * FLAT_M + lounge
        if index > 0:
            plate = b.styled(BALCONY, b.box((3.3, BALCONY_M, 0.12), (x, 0.0, -0.12)))
            b.element("IfcSlab", "阳台板", storey, plate, material="钢筋混凝土 concrete", PredefinedType="FLOOR")
        else:
            plate = b.styled(BASE, b.box((3.3, BALCONY_M, PLINTH_M), (x, 0.0, -PLINTH_M)))
            b.element("IfcSlab", "底层露台", storey, plate, material="混凝土 concrete", PredefinedType="BASESLAB")
        b.element(
            "IfcRailing",
            "阳台栏板",
            storey,
            of_type=types.parapet,
            at=(x, 0.0, 0.0),
            material="混凝土 concrete",
            PredefinedType="BALUSTRADE",
        )
        cooler = x + (4.6 if flat % 2 == 0 else -1.7)
        if (flat + index) % 3:
            b.element(
                "IfcBuildingElementProxy",
                "空调室外机",
                storey,
                of_type=types.cooler,
                at=(cooler, BALCONY_M - 0.35, 0.1),
            )


def _build_stairs(b: IfcBuilder, storeys: list[Storey]) -> None:
    risers, going = 8, 0.27
    rise = STOREY_M / (2 * risers)
    steps = [b.box((1.15, going, rise * (i + 1)), (0.0, going * i, 0.0)) for i in range(risers)]
    lower = b.type_map("IfcStairFlightType", "梯段", b.styled(SLAB, *steps), PredefinedType="STRAIGHT")
    for storey in storeys[:-1]:
        for unit in range(UNITS):
            x = (2 * unit + 1) * FLAT_M
            y = DEPTH_M - THICKNESS_M - 1.3 - going * risers
            flights = [
                b.element(
                    "IfcStairFlight", "上行梯段", None, of_type=lower, at=(x + 0.15, y, 0.0), parent=storey.entity
                ),
                b.element(
                    "IfcStairFlight",
                    "折返梯段",
                    None,
                    of_type=lower,
                    at=(x - 0.15, y + going * risers, STOREY_M / 2),
                    turn_deg=180,
                    parent=storey.entity,
                ),
                b.element(
                    "IfcSlab",
                    "休息平台",
                    None,
                    b.styled(
                        SLAB, b.box((2.6, 1.3, 0.12), (x - 1.3, DEPTH_M - THICKNESS_M - 1.3, STOREY_M / 2 - 0.12))
                    ),
                    parent=storey.entity,
                    PredefinedType="LANDING",
                ),
            ]
            stair = b.element("IfcStair", f"{unit + 1}单元楼梯", storey, ShapeType="HALF_TURN_STAIR")
            b.assemble(stair, flights)


def _build_entrances(b: IfcBuilder, ground: Storey) -> None:
    for unit in range(UNITS):
        x = LENGTH_M - (2 * unit + 1) * FLAT_M
        canopy = b.styled(BAND, b.box((2.6, 1.2, 0.14), (x - 1.3, DEPTH_M, 1.95)))
        b.element(
            "IfcSlab", f"{unit + 1}单元雨篷", ground, canopy, material="钢筋混凝土 concrete", PredefinedType="LANDING"
        )
        step = b.styled(SLAB, b.box((2.2, 1.0, 0.15), (x - 1.1, DEPTH_M, -PLINTH_M)))
        b.element("IfcSlab", f"{unit + 1}单元台阶", ground, step, material="混凝土 concrete", PredefinedType="LANDING")


def _build_roof(b: IfcBuilder, top: Storey, outside: Entity) -> None:
    depth = DEPTH_M - BALCONY_M
    roof = b.element("IfcRoof", "平屋面", top, ShapeType="FLAT_ROOF")
    slab = b.box(
        (LENGTH_M - 2 * THICKNESS_M, depth - 2 * THICKNESS_M, 0.2), (THICKNESS_M, BALCONY_M + THICKNESS_M, -0.12)
    )
    deck = b.element(
        "IfcSlab",
        "屋面板",
        None,
        b.styled(ROOF, slab),
        parent=top.entity,
        material="钢筋混凝土 concrete",
        PredefinedType="ROOF",
    )
    b.assemble(roof, [deck])
    wall = (Layer("涂料 painted render", 0.02), Layer("红砖 red brick", 0.24))
    side = depth - 0.52
    for name, start, turn, length in (
        ("南女儿墙", (0.0, BALCONY_M), 0, LENGTH_M),
        ("北女儿墙", (LENGTH_M, DEPTH_M), 180, LENGTH_M),
        ("东女儿墙", (LENGTH_M, BALCONY_M + 0.26), 90, side),
        ("西女儿墙", (0.0, DEPTH_M - 0.26), 270, side),
    ):
        b.wall(name, top, start, turn, length, PARAPET_M, wall, WALL, pset=outside)
    cap = 0.34
    coping = b.styled(
        BAND,
        b.box((LENGTH_M + 0.08, cap, 0.08), (-0.04, BALCONY_M - 0.04, PARAPET_M)),
        b.box((LENGTH_M + 0.08, cap, 0.08), (-0.04, DEPTH_M + 0.04 - cap, PARAPET_M)),
        b.box((cap, depth - 0.6, 0.08), (-0.04, BALCONY_M + 0.3, PARAPET_M)),
        b.box((cap, depth - 0.6, 0.08), (LENGTH_M + 0.04 - cap, BALCONY_M + 0.3, PARAPET_M)),
    )
    b.element("IfcCovering", "女儿墙压顶", top, coping, material="混凝土 concrete", PredefinedType="CLADDING")


def _build_services(b: IfcBuilder, storeys: list[Storey], top: Storey) -> None:
    """Solar water heaters, roof hatches and rain pipes: what one sees on such roofs and walls."""
    tilt = math.radians(40)
    heater_items = b.styled(METAL, b.cylinder(0.22, 1.5, (0.0, 1.1, 1.25), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
    panel = [(0.0, 0.0), (1.5, 0.0), (1.5, 0.06), (0.0, 0.06)]
    heater_items += b.styled(
        SOLAR, b.prism(panel, 1.35, (0.0, 0.12, 0.2), (0.0, math.cos(tilt), math.sin(tilt)), (1.0, 0.0, 0.0))
    )
    heater_items += b.styled(METAL, *(b.box((0.05, 0.05, 1.1), (x, 1.1, 0.0)) for x in (0.05, 1.4)))
    heater = b.type_map("IfcBuildingElementProxyType", "太阳能热水器", heater_items, PredefinedType="NOTDEFINED")
    for i in range(14):
        at = (2.2 + i * 2.9, 6.2 if i % 2 else 3.6, 0.08)
        b.element("IfcBuildingElementProxy", "太阳能热水器", top, of_type=heater, at=at)
    for unit in range(UNITS):
        x = (2 * unit + 1) * FLAT_M
        hatch = b.styled(SLAB, b.box((1.4, 1.4, 0.7), (x - 0.7, 8.9, 0.08)))
        b.element("IfcBuildingElementProxy", f"{unit + 1}单元上人孔", top, hatch)
    height = STOREYS * STOREY_M
    for x in (0.25, 2 * FLAT_M, 4 * FLAT_M, LENGTH_M - 0.25):
        for y in (BALCONY_M - 0.08, DEPTH_M + 0.08):
            pipe = b.styled(METAL, b.cylinder(0.06, height, (x, y, -PLINTH_M + 0.4)))
            b.element("IfcFlowSegment", "雨水管", storeys[0], pipe, material="PVC")
