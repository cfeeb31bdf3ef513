"""Two-storey shophouse in grey brick and timber under a tiled gable roof (IFC4, map conversion)."""

from __future__ import annotations

import math
from pathlib import Path

from sample_models.ifc_models.builder import IfcBuilder, Layer, Opening, Storey
from sample_models.ifc_models.entities import Entity
from sample_models.ifc_models.parts import door_type, window_type
from sample_models.ifc_models.plots import SHOPHOUSE
from sample_models.ifc_models.shapes import Style

WIDTH_M, DEPTH_M, REAR_M = 9.0, 12.0, 3.4
FLOOR_1_M, FLOOR_2_M, EAVE_M, RISE_M = 0.3, 3.9, 6.9, 2.3
MAIN_DEPTH_M = DEPTH_M - REAR_M
OUTER = (Layer("青砖 grey brick", 0.24), Layer("石灰砂浆 lime plaster", 0.02))
THICKNESS_M = 0.26

BRICK = Style("青砖 grey brick", "#9a9c98")
PLINTH = Style("条石 stone plinth", "#86837c")
TIMBER = Style("栗色木作 chestnut timber", "#6e4a35")
DARK_TIMBER = Style("深色木梁 dark timber", "#543a2c")
TILE = Style("青瓦 grey tile", "#62676b")
RIDGE = Style("屋脊 ridge", "#54585b")
PLASTER = Style("白灰 plaster", "#d9d4c8")
BOARD = Style("匾额 signboard", "#3d2c24")
GOLD = Style("匾额边框 signboard edge", "#b08d4c")
LANTERN = Style("灯笼 lantern", "#a8322c")
FLOOR = Style("楼面 floor", "#a89680")

_SLOPE = math.atan2(RISE_M, MAIN_DEPTH_M / 2)


def build_shophouse(path: Path) -> None:
    """Write the model."""
    b = IfcBuilder("IFC4", "shophouse-ifc4", "秀水西街示范商铺", SHOPHOUSE)
    b.with_pset(
        b.building,
        b.pset(
            "Pset_BuildingCommon",
            YearOfConstruction="1936",
            NumberOfStoreys=2,
            OccupancyType="商住混合",
            IsLandmarked=("IfcLogical", False),
        ),
    )
    ground, upper, top = (
        b.add_storey("一层", FLOOR_1_M),
        b.add_storey("二层", FLOOR_2_M),
        b.add_storey("屋面", EAVE_M),
    )
    outside = b.pset(
        "Pset_WallCommon",
        IsExternal=True,
        LoadBearing=True,
        ThermalTransmittance=("IfcThermalTransmittanceMeasure", 1.6),
    )
    inside = b.pset("Pset_WallCommon", IsExternal=False, LoadBearing=False)
    _build_base(b, ground)
    _build_ground_storey(b, ground, outside, inside)
    _build_upper_storey(b, upper, outside, inside)
    _build_rear_wing(b, ground, outside)
    _build_roof(b, top)
    _build_pent_roof(b, upper)
    _build_sign(b, ground)
    b.write(path)


def _build_base(b: IfcBuilder, ground: Storey) -> None:
    slab = b.styled(PLINTH, b.box((WIDTH_M, DEPTH_M, 0.45), (0.0, 0.0, -0.45)))
    b.element("IfcSlab", "条石台基", ground, slab, material="条石 stone", PredefinedType="BASESLAB")
    step = b.styled(PLINTH, b.box((3.6, 0.35, 0.15), (2.7, -0.35, -0.30)))
    b.element("IfcSlab", "踏步", ground, step, material="条石 stone", PredefinedType="LANDING")
    floor = b.styled(FLOOR, b.box((WIDTH_M - 0.52, MAIN_DEPTH_M - 0.52, 0.02), (0.26, 0.26, 0.0)))
    b.element("IfcCovering", "方砖墁地", ground, floor, material="方砖 brick paving", PredefinedType="FLOORING")


def _build_ground_storey(b: IfcBuilder, ground: Storey, outside: Entity, inside: Entity) -> None:
    height = FLOOR_2_M - FLOOR_1_M
    shop_window = window_type(b, "铺面槛窗", 2.3, 2.7, TIMBER, bars=(4, 3), panel_m=0.75)
    shop_door = door_type(b, "铺面隔扇门", 2.3, 2.7, TIMBER, leaves=4, glazed=True)
    back_door = door_type(b, "后门", 1.0, 2.1, TIMBER)
    bay = [
        Opening(0.6, 0.0, 2.3, 2.7, shop_window, "铺面窗 西间", 0.08),
        Opening(3.35, 0.0, 2.3, 2.7, shop_door, "铺面门 明间", 0.08),
        Opening(6.1, 0.0, 2.3, 2.7, shop_window, "铺面窗 东间", 0.08),
    ]
    b.wall("南外墙 一层", ground, (0.0, 0.0), 0, WIDTH_M, height, OUTER, BRICK, openings=bay, pset=outside)
    inner = MAIN_DEPTH_M - 2 * THICKNESS_M
    b.wall("东山墙 一层", ground, (WIDTH_M, THICKNESS_M), 90, inner, height, OUTER, BRICK, pset=outside)
    b.wall("西山墙 一层", ground, (0.0, MAIN_DEPTH_M - THICKNESS_M), 270, inner, height, OUTER, BRICK, pset=outside)
    back = [Opening(4.0, 0.0, 1.0, 2.1, back_door, "后门", 0.1)]
    b.wall(
        "北外墙 一层", ground, (WIDTH_M, MAIN_DEPTH_M), 180, WIDTH_M, height, OUTER, BRICK, openings=back, pset=outside
    )
    partition = (Layer("木隔断 timber", 0.1),)
    b.wall("店堂隔断", ground, (0.26, 5.6), 0, 6.6, height - 0.2, partition, TIMBER, pset=inside)
    for x in (3.125, 5.875):
        for y, name in ((1.6, "前"), (5.65, "后")):
            post = b.styled(DARK_TIMBER, b.cylinder(0.11, height - 0.2, (x, y, 0.0)))
            b.element("IfcColumn", f"{name}檐柱", ground, post, material="松木 timber", PredefinedType="COLUMN")
    counter = b.styled(TIMBER, b.box((2.4, 0.6, 1.0), (5.9, 3.2, 0.02)))
    b.element("IfcFurniture", "柜台", ground, counter, material="木 timber", PredefinedType="NOTDEFINED")
    steps = [b.box((0.9, 0.26, 0.18 * (i + 1)), (7.75, 7.9 - 0.26 * (i + 1), 0.0)) for i in range(12)]
    b.element(
        "IfcStairFlight", "木楼梯", ground, b.styled(TIMBER, *steps), material="木 timber", PredefinedType="STRAIGHT"
    )


def _build_upper_storey(b: IfcBuilder, upper: Storey, outside: Entity, inside: Entity) -> None:
    height = EAVE_M - FLOOR_2_M
    slab = b.styled(FLOOR, b.box((WIDTH_M - 0.52, MAIN_DEPTH_M - 0.52, 0.2), (0.26, 0.26, -0.2)))
    floor = b.element("IfcSlab", "二层木楼板", upper, slab, material="木 timber", PredefinedType="FLOOR")
    b.with_quantities(floor, "Slab", Depth=0.2, NetArea=(WIDTH_M - 0.52) * (MAIN_DEPTH_M - 0.52))
    lattice = window_type(b, "二层隔扇窗", 2.1, 1.55, TIMBER, bars=(6, 3), bar=0.03)
    small = window_type(b, "二层后窗", 1.2, 1.3, TIMBER, bars=(3, 2), bar=0.03)
    front = [Opening(x, 0.95, 2.1, 1.55, lattice, f"隔扇窗 {name}", 0.06) for x, name in _bays(0.7, 2.75)]
    b.wall("南外墙 二层", upper, (0.0, 0.0), 0, WIDTH_M, height, OUTER, BRICK, openings=front, pset=outside)
    back = [Opening(x, 1.0, 1.2, 1.3, small, f"后窗 {i + 1}", 0.06) for i, x in enumerate((1.4, 3.9, 6.4))]
    b.wall(
        "北外墙 二层", upper, (WIDTH_M, MAIN_DEPTH_M), 180, WIDTH_M, height, OUTER, BRICK, openings=back, pset=outside
    )
    for name, start, turn in (
        ("东山墙 二层", (WIDTH_M, 0.0), 90),
        ("西山墙 二层", (0.0, MAIN_DEPTH_M), 270),
    ):
        inset, top = THICKNESS_M, height + RISE_M
        outline = [
            (inset, 0.0),
            (MAIN_DEPTH_M - inset, 0.0),
            (MAIN_DEPTH_M - inset, height),
            (MAIN_DEPTH_M, height),
            (MAIN_DEPTH_M, height + 0.32),
            (MAIN_DEPTH_M / 2, top + 0.42),
            (0.0, height + 0.32),
            (0.0, height),
            (inset, height),
        ]
        b.wall(name, upper, start, turn, MAIN_DEPTH_M, top, OUTER, BRICK, gable=outline, pset=outside)
    partition = (Layer("木隔断 timber", 0.1),)
    b.wall("卧室隔断", upper, (3.1, 0.26), 90, MAIN_DEPTH_M - 0.52, 2.7, partition, PLASTER, pset=inside)
    sill = b.styled(TIMBER, b.box((WIDTH_M, 0.05, 0.14), (0.0, -0.05, 0.78)))
    b.element("IfcMember", "二层窗下木枋", upper, sill, material="木 timber", PredefinedType="MULLION")
    lintel = b.styled(DARK_TIMBER, b.box((WIDTH_M, 0.06, 0.22), (0.0, -0.06, 2.55)))
    b.element("IfcBeam", "檐枋", upper, lintel, material="木 timber", PredefinedType="BEAM")


def _bays(start: float, step: float) -> list[tuple[float, str]]:
    return [(start + i * step, name) for i, name in enumerate(("西间", "明间", "东间"))]


def _build_rear_wing(b: IfcBuilder, ground: Storey, outside: Entity) -> None:
    low, high = 2.6, 3.3
    wing = (Layer("青砖 grey brick", 0.24),)
    window = window_type(b, "后厨窗", 1.2, 1.2, TIMBER, bars=(2, 2))
    openings = [Opening(x, 1.0, 1.2, 1.2, window, f"后厨窗 {i + 1}", 0.06) for i, x in enumerate((1.5, 6.3))]
    b.wall("后厨北墙", ground, (WIDTH_M, DEPTH_M), 180, WIDTH_M, low, wing, BRICK, openings=openings, pset=outside)
    length = REAR_M - 0.24
    east = [(0.0, 0.0), (length, 0.0), (length, low), (0.0, high)]
    west = [(0.0, 0.0), (length, 0.0), (length, high), (0.0, low)]
    b.wall("后厨东墙", ground, (WIDTH_M, MAIN_DEPTH_M), 90, length, high, wing, BRICK, gable=east, pset=outside)
    b.wall("后厨西墙", ground, (0.0, DEPTH_M - 0.24), 270, length, high, wing, BRICK, gable=west, pset=outside)
    slope = math.atan2(high - low, length)
    roof = b.element("IfcRoof", "后厨单坡屋面", ground, PredefinedType="SHED_ROOF")
    run = (REAR_M + 0.3) / math.cos(slope)
    start = (0.0, MAIN_DEPTH_M, high)
    slab = _tiled_slope(b, ground, "后厨屋面板", start, (0.0, 1.0), slope, run, -0.2, WIDTH_M + 0.4, 0.36)
    b.assemble(roof, slab)


def _build_roof(b: IfcBuilder, top: Storey) -> None:
    roof = b.element("IfcRoof", "硬山双坡屋面", top, PredefinedType="GABLE_ROOF")
    run = (MAIN_DEPTH_M / 2 + 0.55) / math.cos(_SLOPE)
    ridge = (0.0, MAIN_DEPTH_M / 2, RISE_M + 0.1)
    inside = WIDTH_M - 2 * THICKNESS_M
    south = _tiled_slope(b, top, "南坡屋面板", ridge, (0.0, -1.0), _SLOPE, run, THICKNESS_M, inside, 0.3)
    north = _tiled_slope(b, top, "北坡屋面板", ridge, (0.0, 1.0), _SLOPE, run, THICKNESS_M, inside, 0.3)
    b.assemble(roof, [*south, *north])
    y = MAIN_DEPTH_M / 2
    crest = b.styled(
        RIDGE,
        b.box((WIDTH_M, 0.3, 0.2), (0.0, y - 0.15, RISE_M + 0.22)),
        b.box((WIDTH_M, 0.18, 0.3), (0.0, y - 0.09, RISE_M + 0.42)),
        b.prism(
            [(0, 0), (0.55, 0), (0.12, 0.6), (0, 0.75)], 0.16, (0.0, y + 0.08, RISE_M + 0.6), (0, -1, 0), (1, 0, 0)
        ),
        b.prism(
            [(0, 0), (0, 0.75), (-0.12, 0.6), (-0.55, 0)],
            0.16,
            (WIDTH_M, y + 0.08, RISE_M + 0.6),
            (0, -1, 0),
            (1, 0, 0),
        ),
    )
    b.element("IfcCovering", "清水正脊", top, crest, material="青瓦 grey tile", PredefinedType="ROOFING")
    _build_verges(b, top)


def _build_verges(b: IfcBuilder, top: Storey) -> None:
    """Copings along the gables, one strip a slope, a hand wider than the wall."""
    half = MAIN_DEPTH_M / 2
    for x, name in ((-0.06, "西"), (WIDTH_M - THICKNESS_M - 0.06, "东")):
        items = []
        for sign in (-1.0, 1.0):
            outline = [(0.0, RISE_M + 0.42), (-half * sign, 0.32), (-half * sign, 0.42), (0.0, RISE_M + 0.52)]
            ordered = outline if sign < 0 else outline[::-1]
            items.append(b.prism(ordered, THICKNESS_M + 0.12, (x, half, 0.0), (1, 0, 0), (0, 1, 0)))
        b.element(
            "IfcCovering",
            f"{name}山墙压顶",
            top,
            b.styled(RIDGE, *items),
            material="青瓦 grey tile",
            PredefinedType="ROOFING",
        )


def _tiled_slope(
    b: IfcBuilder,
    storey: Storey,
    name: str,
    ridge: tuple[float, float, float],
    down: tuple[float, float],
    slope: float,
    run: float,
    left: float,
    width: float,
    spacing: float,
) -> list[Entity]:
    """A sloping slab from the ridge downwards and the rows of round tiles on it."""
    cos, sin = math.cos(slope), math.sin(slope)
    fall = (down[0] * cos, down[1] * cos, -sin)
    _, y, z = ridge
    profile = [(0.0, 0.0), (run, 0.0), (run, 0.12), (0.0, 0.12)]
    # The outline lies in the plane of the fall line and the slope's normal; its normal runs along the ridge.
    along = (-1.0, 0.0, 0.0) if down[1] < 0 else (1.0, 0.0, 0.0)
    start = left if along[0] > 0 else left + width
    board = b.styled(TILE, b.prism(profile, width, (start, y, z), along, fall))
    slab = b.element("IfcSlab", name, None, board, material="木望板 timber board", PredefinedType="ROOF")
    slab.ObjectPlacement = b.place(storey.placement)
    b.with_quantities(slab, "Slab", Depth=0.12, NetArea=run * width)
    normal = (0.0, down[1] * sin, cos)
    count = int(width / spacing)
    ribs = []
    for i in range(count + 1):
        offset = left + (width - count * spacing) / 2 + i * spacing
        foot = (offset, y + normal[1] * 0.12, z + normal[2] * 0.12)
        ribs.append(b.prism(_RIB, run, foot, fall, (-along[0], 0.0, 0.0)))
    tiles = b.element(
        "IfcCovering", f"{name} 瓦垄", None, b.styled(TILE, *ribs), material="青瓦 grey tile", PredefinedType="ROOFING"
    )
    tiles.ObjectPlacement = b.place(storey.placement)
    return [slab, tiles]


#: Half of a hexagon: the section of a row of round tiles, symmetrical, so that it fits both slopes.
_RIB = [(-0.07, -0.07), (0.07, -0.07), (0.07, 0.0), (0.04, 0.07), (-0.04, 0.07), (-0.07, 0.0)]


def _build_pent_roof(b: IfcBuilder, upper: Storey) -> None:
    """The shallow roof over the shopfront, between the storeys."""
    slope = math.radians(24)
    pent = _tiled_slope(b, upper, "腰檐", (0.0, 0.0, 0.42), (0.0, -1.0), slope, 0.95, 0.0, WIDTH_M, 0.3)
    roof = b.element("IfcRoof", "腰檐 披檐", upper, PredefinedType="SHED_ROOF")
    b.assemble(roof, pent)
    brackets = [
        b.prism(
            [(0.0, 0.0), (0.0, -0.55), (-0.12, -0.55), (-0.7, -0.12), (-0.7, 0.0)][::-1],
            0.1,
            (x, 0.0, 0.1),
            (1, 0, 0),
            (0, 1, 0),
        )
        for x in (0.25, 3.075, 5.825, 8.65)
    ]
    b.element(
        "IfcMember", "挑檐木", upper, b.styled(DARK_TIMBER, *brackets), material="木 timber", PredefinedType="BRACE"
    )


def _build_sign(b: IfcBuilder, ground: Storey) -> None:
    beam = b.styled(DARK_TIMBER, b.box((WIDTH_M - 0.8, 0.1, 0.3), (0.4, -0.1, 2.72)))
    b.element("IfcBeam", "铺面额枋", ground, beam, material="木 timber", PredefinedType="LINTEL")
    board = [
        *b.styled(BOARD, b.box((2.6, 0.06, 0.62), (3.2, -0.2, 2.58))),
        *b.styled(
            GOLD,
            b.box((2.7, 0.07, 0.05), (3.15, -0.205, 2.53)),
            b.box((2.7, 0.07, 0.05), (3.15, -0.205, 3.2)),
            b.box((0.05, 0.07, 0.62), (3.15, -0.205, 2.58)),
            b.box((0.05, 0.07, 0.62), (5.8, -0.205, 2.58)),
        ),
    ]
    b.element("IfcBuildingElementProxy", "匾额", ground, board, material="木 timber", ObjectType="招牌 signboard")
    for i, x in enumerate((2.95, 6.05)):
        lantern = b.styled(LANTERN, b.cylinder(0.17, 0.42, (x, -0.45, 2.1)), b.cylinder(0.1, 0.08, (x, -0.45, 2.52)))
        b.element("IfcBuildingElementProxy", f"灯笼 {i + 1}", ground, lantern, ObjectType="灯笼 lantern")
