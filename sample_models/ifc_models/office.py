"""Eight-storey office with a curtain wall of plates and members on a concrete frame (IFC4X3, map conversion)."""

from __future__ import annotations

from pathlib import Path

from sample_models.ifc_models.builder import IfcBuilder, Layer, Opening, Storey
from sample_models.ifc_models.entities import Entity
from sample_models.ifc_models.parts import door_type
from sample_models.ifc_models.plots import OFFICE
from sample_models.ifc_models.shapes import Style

LENGTH_M, DEPTH_M = 36.0, 24.0
GROUND_M, STOREY_M, STOREYS, PARAPET_M = 4.5, 3.6, 8, 1.2
MODULE_M, SPANDREL_M, BAY_M = 3.0, 0.9, 6.0
ROOF_M = GROUND_M + (STOREYS - 1) * STOREY_M
SET_BACK_M = 0.25  # from the edge of the plot to the glass: the fins stand in it
CORE = (Layer("钢筋混凝土 concrete", 0.25),)
STONE = (Layer("石材 stone", 0.03), Layer("加气混凝土 aerated concrete", 0.2))

GLASS = Style("灰绿玻璃 grey-green glass", "#86a3a6", 0.45)
SPANDREL = Style("暖灰石材 warm grey stone", "#bcb2a3")
FIN = Style("暖灰铝板 warm grey aluminium", "#9a9186")
BAR = Style("深灰型材 dark aluminium", "#5c5f61")
CONCRETE = Style("混凝土 concrete", "#c3c0b9")
FLOOR = Style("楼面 floor", "#a9a59c")
ROOF = Style("屋面 roof", "#9b9d9a")
WHITE = Style("内墙 plaster", "#e8e5de")
LOUVRE = Style("百叶 louvre", "#7d8183")
CANOPY = Style("雨篷 canopy", "#6f6a62")
PAVING = Style("台阶 paving", "#aaa59b")


def build_office(path: Path) -> None:
    """Write the model."""
    b = IfcBuilder("IFC4X3_ADD2", "office-ifc4x3", "金龙东街示范办公楼", OFFICE)
    b.with_pset(
        b.building,
        b.pset("Pset_BuildingCommon", YearOfConstruction="2024", NumberOfStoreys=STOREYS, OccupancyType="办公"),
    )
    storeys = [b.add_storey(f"{n}层", _foot(i)) for i, n in enumerate("一二三四五六七八")]
    top = b.add_storey("屋面", ROOF_M)
    outside = b.pset("Pset_WallCommon", IsExternal=True, LoadBearing=False)
    inside = b.pset("Pset_WallCommon", IsExternal=False, LoadBearing=True)
    glazing = b.pset(
        "Pset_CurtainWallCommon", IsExternal=True, ThermalTransmittance=("IfcThermalTransmittanceMeasure", 2.0)
    )
    _build_base(b, storeys[0])
    _build_frame(b, storeys, inside)
    facade = _Facade(b)
    for index, storey in enumerate(storeys):
        facade.build_storey(storey, index, glazing)
    _build_entrance(b, storeys[0])
    _build_roof(b, top, outside)
    b.write(path)


def _foot(index: int) -> float:
    return 0.0 if index == 0 else GROUND_M + (index - 1) * STOREY_M


def _height(index: int) -> float:
    return GROUND_M if index == 0 else STOREY_M


def _build_base(b: IfcBuilder, ground: Storey) -> None:
    slab = b.styled(PAVING, b.box((LENGTH_M, DEPTH_M, 0.5), (0.0, 0.0, -0.5)))
    b.element("IfcSlab", "首层地面", ground, slab, material="石材 stone", PredefinedType="BASESLAB")


def _build_frame(b: IfcBuilder, storeys: list[Storey], inside: Entity) -> None:
    """Slabs, columns on a six-metre grid and the core with lifts and stairs."""
    columns = {
        height: b.type_map(
            "IfcColumnType",
            f"框架柱 700×700×{height}",
            b.styled(CONCRETE, b.box((0.7, 0.7, height), (-0.35, -0.35, 0.0))),
            PredefinedType="COLUMN",
        )
        for height in (GROUND_M - 0.2, STOREY_M - 0.2)
    }
    edge = SET_BACK_M + 0.1
    for index, storey in enumerate(storeys):
        height = _height(index)
        if index:
            size = (LENGTH_M - 2 * edge, DEPTH_M - 2 * edge, 0.2)
            slab = b.styled(FLOOR, b.box(size, (edge, edge, -0.2)))
            floor = b.element(
                "IfcSlab",
                f"楼板 {storey.entity.Name}",
                storey,
                slab,
                material="钢筋混凝土 concrete",
                PredefinedType="FLOOR",
            )
            b.with_quantities(floor, "Slab", Depth=0.2, NetArea=size[0] * size[1])
        for i in range(7):
            for j in range(5):
                is_in_core = i in (2, 3, 4) and j == 2
                if not is_in_core:
                    at = (_grid(i, LENGTH_M), _grid(j, DEPTH_M), 0.0)
                    b.element(
                        "IfcColumn",
                        f"框架柱 {i + 1}-{'ABCDE'[j]}",
                        storey,
                        of_type=columns[height - 0.2],
                        at=at,
                        material="钢筋混凝土 concrete",
                        PredefinedType="COLUMN",
                    )
        _build_core(b, storey, height - 0.2, inside)


def _grid(index: int, length: float) -> float:
    return min(max(index * BAY_M, 1.2), length - 1.2)


def _build_core(b: IfcBuilder, storey: Storey, height: float, inside: Entity) -> None:
    x, y, width, depth = 11.0, 9.0, 14.0, 6.0
    lift = [Opening(3.0 + i * 2.6, 0.0, 1.2, 2.3, None, "电梯门洞") for i in range(4)]
    name = storey.entity.Name
    b.wall(f"核心筒南墙 {name}", storey, (x, y), 0, width, height, CORE, WHITE, openings=lift, pset=inside)
    b.wall(f"核心筒北墙 {name}", storey, (x + width, y + depth), 180, width, height, CORE, WHITE, pset=inside)
    b.wall(f"核心筒东墙 {name}", storey, (x + width, y + 0.25), 90, depth - 0.5, height, CORE, WHITE, pset=inside)
    b.wall(f"核心筒西墙 {name}", storey, (x, y + depth - 0.25), 270, depth - 0.5, height, CORE, WHITE, pset=inside)


class _Facade:
    """The curtain wall: per storey and side one IfcCurtainWall of glass plates, one spandrel, fins and two transoms."""

    def __init__(self, b: IfcBuilder) -> None:
        self._b = b
        self._glass = {h: self._pane(h - SPANDREL_M) for h in (GROUND_M, STOREY_M)}
        self._fin = {h: self._fin_type(h) for h in (GROUND_M, STOREY_M)}

    def _pane(self, height: float) -> Entity:
        b = self._b
        items = b.styled(GLASS, b.box((MODULE_M - 0.06, 0.03, height), (0.03, 0.0, 0.0)))
        items += b.styled(BAR, b.box((0.05, 0.1, height), (MODULE_M / 2 - 0.025, -0.03, 0.0)))
        return b.type_map("IfcPlateType", f"玻璃单元 {MODULE_M}×{height:.1f}", items, PredefinedType="CURTAIN_PANEL")

    def _fin_type(self, height: float) -> Entity:
        b = self._b
        items = b.styled(FIN, b.box((0.12, SET_BACK_M + 0.1, height), (-0.06, -SET_BACK_M, 0.0)))
        return b.type_map("IfcMemberType", f"竖向装饰翼 {height}", items, PredefinedType="MULLION")

    def build_storey(self, storey: Storey, index: int, glazing: Entity) -> None:
        """All four sides of one storey."""
        inset = SET_BACK_M
        for side, start, turn, length in (
            ("南", (inset, inset), 0, LENGTH_M),
            ("东", (LENGTH_M - inset, inset), 90, DEPTH_M),
            ("北", (LENGTH_M - inset, DEPTH_M - inset), 180, LENGTH_M),
            ("西", (inset, DEPTH_M - inset), 270, DEPTH_M),
        ):
            self._build_side(storey, index, f"{side}立面", start, turn, length - 2 * inset, glazing)

    def _build_side(
        self,
        storey: Storey,
        index: int,
        side: str,
        start: tuple[float, float],
        turn: float,
        length: float,
        glazing: Entity,
    ) -> None:
        b, height = self._b, _height(index)
        wall = b.element("IfcCurtainWall", f"{side}幕墙 {storey.entity.Name}", storey, at=(*start, 0.0), turn_deg=turn)
        b.with_pset(wall, glazing)
        count = round((length + 2 * SET_BACK_M) / MODULE_M)
        first = (length - count * MODULE_M) / 2
        is_entrance = index == 0 and side == "南立面"
        parts = []
        for i in range(count):
            if is_entrance and i in (count // 2 - 1, count // 2):
                continue
            at = (first + i * MODULE_M, 0.0, 0.0)
            parts.append(
                b.element(
                    "IfcPlate",
                    f"玻璃板 {i + 1}",
                    None,
                    of_type=self._glass[height],
                    at=at,
                    parent=wall,
                    material="中空玻璃 glass",
                    PredefinedType="CURTAIN_PANEL",
                )
            )
        for i in range(count + 1):
            at = (min(max(first + i * MODULE_M, 0.06), length - 0.06), 0.0, 0.0)
            parts.append(
                b.element(
                    "IfcMember",
                    f"竖翼 {i + 1}",
                    None,
                    of_type=self._fin[height],
                    at=at,
                    parent=wall,
                    material="铝板 metal",
                    PredefinedType="MULLION",
                )
            )
        band = b.styled(SPANDREL, b.box((length, 0.12, SPANDREL_M), (0.0, -0.06, height - SPANDREL_M)))
        parts.append(
            b.element(
                "IfcPlate", "层间石材板", None, band, parent=wall, material="石材 stone", PredefinedType="CURTAIN_PANEL"
            )
        )
        rails = b.styled(
            BAR,
            b.box((length, 0.12, 0.06), (0.0, -0.04, 0.0)),
            b.box((length, 0.12, 0.06), (0.0, -0.04, height - SPANDREL_M - 0.06)),
        )
        parts.append(
            b.element("IfcMember", "横梁", None, rails, parent=wall, material="铝材 metal", PredefinedType="MULLION")
        )
        b.assemble(wall, parts)


def _build_entrance(b: IfcBuilder, ground: Storey) -> None:
    middle, width = LENGTH_M / 2, 2 * MODULE_M
    door = door_type(b, "玻璃门厅门 3000×2600", 3.0, 2.6, BAR, leaves=4, glazed=True)
    b.element(
        "IfcDoor", "主入口门", ground, of_type=door, at=(middle - 1.5, 1.4, 0.0), OverallWidth=3.0, OverallHeight=2.6
    )
    lobby = b.styled(
        GLASS,
        b.box((width / 2 - 1.5, 0.03, 2.6), (middle - width / 2, 1.42, 0.0)),
        b.box((width / 2 - 1.5, 0.03, 2.6), (middle + 1.5, 1.42, 0.0)),
        b.box((width, 0.03, GROUND_M - SPANDREL_M - 2.6), (middle - width / 2, 1.42, 2.6)),
        b.box((0.03, 1.1, GROUND_M - SPANDREL_M), (middle - width / 2, 0.3, 0.0)),
        b.box((0.03, 1.1, GROUND_M - SPANDREL_M), (middle + width / 2 - 0.03, 0.3, 0.0)),
    )
    b.element("IfcPlate", "门斗玻璃", ground, lobby, material="中空玻璃 glass", PredefinedType="CURTAIN_PANEL")
    canopy = b.styled(CANOPY, b.box((9.0, 3.0, 0.3), (middle - 4.5, -3.0, 3.5)))
    b.element("IfcSlab", "入口雨篷", ground, canopy, material="金属 metal", PredefinedType="LANDING")
    posts = b.styled(FIN, *(b.cylinder(0.15, 3.5, (middle + x, -2.5, 0.0)) for x in (-4.0, 4.0)))
    b.element("IfcColumn", "雨篷柱", ground, posts, material="金属 metal", PredefinedType="COLUMN")
    steps = b.styled(PAVING, b.box((12.0, 3.4, 0.15), (middle - 6.0, -3.4, -0.15)))
    b.element("IfcSlab", "入口平台", ground, steps, material="石材 stone", PredefinedType="LANDING")


def _build_roof(b: IfcBuilder, top: Storey, outside: Entity) -> None:
    inset = SET_BACK_M
    roof = b.element("IfcRoof", "平屋面", top, PredefinedType="FLAT_ROOF")
    size = (LENGTH_M - 2 * inset - 0.46, DEPTH_M - 2 * inset - 0.46, 0.25)
    slab = b.styled(ROOF, b.box(size, (inset + 0.23, inset + 0.23, -0.2)))
    deck = b.element(
        "IfcSlab", "屋面板", None, slab, parent=top.entity, material="钢筋混凝土 concrete", PredefinedType="ROOF"
    )
    b.assemble(roof, [deck])
    length, depth = LENGTH_M - 2 * inset, DEPTH_M - 2 * inset
    for name, start, turn, run in (
        ("南女儿墙", (inset, inset), 0, length),
        ("北女儿墙", (LENGTH_M - inset, DEPTH_M - inset), 180, length),
        ("东女儿墙", (LENGTH_M - inset, inset + 0.23), 90, depth - 0.46),
        ("西女儿墙", (inset, DEPTH_M - inset - 0.23), 270, depth - 0.46),
    ):
        b.wall(name, top, start, turn, run, PARAPET_M, STONE, SPANDREL, pset=outside)
    for name, start, turn, run in (
        ("机房南墙", (11.0, 8.0), 0, 14.0),
        ("机房北墙", (25.0, 16.0), 180, 14.0),
        ("机房东墙", (25.0, 8.23), 90, 7.54),
        ("机房西墙", (11.0, 15.77), 270, 7.54),
    ):
        b.wall(name, top, start, turn, run, 2.8, STONE, LOUVRE, pset=outside)
    cover = b.styled(ROOF, b.box((14.4, 8.4, 0.2), (10.8, 7.8, 2.8)))
    b.element("IfcSlab", "机房屋面板", top, cover, material="钢筋混凝土 concrete", PredefinedType="ROOF")
    for i in range(3):
        unit = b.styled(LOUVRE, b.box((2.4, 1.6, 1.5), (27.5, 6.5 + i * 4.0, 0.05)))
        b.element("IfcBuildingElementProxy", f"空调机组 {i + 1}", top, unit)
