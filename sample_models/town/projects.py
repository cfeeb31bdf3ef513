"""The 35 renewal projects the county's plan names, with invented places, types and stages.

Names come from the plan; type, stage and geometry are assigned for the demonstration.
"""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry import LineString, MultiLineString, MultiPoint, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring, unary_union

from sample_models.town.network import STREET
from sample_models.town.open_space import PARKS, RIVERS
from sample_models.town.site import Site
from sample_models.town.zones import Zone


@dataclass(frozen=True, slots=True)
class Project:
    """One project; ``shape`` is in the local frame, None where the plan names no place or none may be shown."""

    id: str
    name_zh: str
    name_en: str
    type: str
    batch: str
    stage: str
    shape: BaseGeometry | None
    note_zh: str
    note_en: str


PROJECT_NAMES = (
    ("prj-01", "南坪村棚户区和城中村改造", "Nanping village shanty-town/urban-village renewal"),
    ("prj-02", "西关村棚户区和城中村改造", "Xiguan village shanty-town/urban-village renewal"),
    ("prj-03", "秀水河生态修复治理工程", "Xiushui River ecological restoration"),
    ("prj-04", "香河生态修复治理工程", "Xiang River ecological restoration"),
    ("prj-05", "冷泉河生态修复治理工程", "Lengquan River ecological restoration"),
    ("prj-06", "县城水系贯通和水系重构", "County-seat water-system connection and rebuilding"),
    ("prj-07", "国道239改造建设工程", "G239 reconstruction (in the seat)"),
    ("prj-08", "金龙东街改造建设工程", "Jinlong East Street reconstruction"),
    ("prj-09", "双阳线改造建设工程", "Shuangyang line reconstruction"),
    ("prj-10", "打通断头路、实现城区道路微循环", "Dead-end road opening / road micro-circulation"),
    ("prj-11", "增加城市公共停车场（配建新能源汽车充电设施）", "More public car parks with EV charging"),
    (
        "prj-12",
        "盂县智慧停车及充换储放一体化新型城市基础设施建设",
        "Smart parking + charge/swap/storage/discharge infrastructure",
    ),
    ("prj-13", "石太高铁沿线盂县县城段污水主管网建设工程", "Trunk sewer along the Shi-Tai HSR, seat section"),
    ("prj-14", "盂县污水处理厂新建调节池项目", "Sewage works: new equalisation tank"),
    ("prj-15", "盂县污水处理厂尾水人工湿地工程", "Sewage works: tail-water constructed wetland"),
    ("prj-16", "盂县网络垃圾分类智能回收项目", "Networked smart waste sorting and recycling"),
    ("prj-17", "盂县县城餐厨垃圾处理项目", "Kitchen-waste treatment of the seat"),
    ("prj-18", "阳泉北站地下车库消防设施改造工程", "Yangquan North station underground car park fire-safety upgrade"),
    ("prj-19", "盂县人防指挥部（1911工程）", "County civil-defence command post (project 1911)"),
    ("prj-20", "城区排水防涝设施改扩建工程", "Urban drainage and flood-protection extension"),
    ("prj-21", "秀水西街城市风貌提升", "Xiushui West Street townscape upgrade"),
    ("prj-22", "金龙东街城市风貌提升", "Jinlong East Street townscape upgrade"),
    ("prj-23", "盂县城市信息模型（CIM）基础平台建设", "Yu County CIM base platform"),
    ("prj-24", "旧电厂更新改造利用", "Old power plant reuse"),
    ("prj-25", "旧化肥厂更新改造利用", "Old fertiliser plant reuse"),
    ("prj-26", "晋盂钢铁厂更新改造利用", "Jinyu steel works reuse"),
    ("prj-27", "城镇老旧小区改造", "Old residential compound renovation programme"),
    ("prj-28", "街头绿地、口袋公园建设", "Street greens and pocket parks"),
    ("prj-29", "增设滨水服务驿站", "Waterfront service stations"),
    ("prj-30", "5G和智慧灯杆建设（多杆合一）", "5G and smart lamp poles, poles merged"),
    ("prj-31", "架空管线入廊入地", "Overhead lines into ducts/underground"),
    ("prj-32", "清理拆除“两违”建筑", "Removal of illegal land use / illegal buildings"),
    ("prj-33", "城市道路基础设施数字化信息系统", "Digital information system of road infrastructure"),
    ("prj-34", "老旧厂区现状调查", "Survey of old factory areas"),
    ("prj-35", "盂县特色文化IP", "Cultural IP of the county"),
)

#: Type, batch and stage. Batch follows the wording of the plan, but for two put into reserve; stage is invented.
_STATE: tuple[tuple[str, str, str], ...] = (
    ("residential", "implementation", "scheme_design"),
    ("residential", "implementation", "character_area"),
    ("ecology", "implementation", "implementation"),
    ("ecology", "implementation", "supervision"),
    ("ecology", "implementation", "scheme_design"),
    ("ecology", "reserve", "programme"),
    ("public_service", "implementation", "implementation"),
    ("public_service", "implementation", "implementation"),
    ("public_service", "implementation", "scheme_design"),
    ("public_service", "implementation", "programme"),
    ("public_service", "implementation", "implementation"),
    ("public_service", "implementation", "scheme_design"),
    ("public_service", "implementation", "supervision"),
    ("public_service", "implementation", "implementation"),
    ("ecology", "implementation", "operation"),
    ("public_service", "planned", "checkup"),
    ("public_service", "planned", "unit_planning"),
    ("public_service", "implementation", "operation"),
    ("public_service", "implementation", "implementation"),
    ("public_service", "implementation", "scheme_design"),
    ("commerce", "planned", "urban_design"),
    ("commerce", "planned", "urban_design"),
    ("public_service", "planned", "programme"),
    ("industry", "planned", "checkup"),
    ("industry", "planned", "character_area"),
    ("industry", "planned", "unit_planning"),
    ("residential", "implementation", "implementation"),
    ("ecology", "implementation", "supervision"),
    ("public_service", "implementation", "scheme_design"),
    ("public_service", "implementation", "programme"),
    ("public_service", "implementation", "implementation"),
    ("public_service", "implementation", "supervision"),
    ("public_service", "reserve", "scheme_design"),
    ("industry", "planned", "checkup"),
    ("culture", "planned", "urban_design"),
)
_NOWHERE: dict[str, tuple[str, str]] = {
    "prj-17": ("规划未载明选址", "The plan names no site"),
    "prj-18": ("阳泉北站在示例城区范围之外", "Yangquan North station lies outside the sample seat"),
    "prj-19": ("人防工程，位置不公开", "Civil defence: the location is restricted and not shown"),
    "prj-23": ("信息化项目，无空间位置", "An information system, no place"),
    "prj-35": ("文化项目，无空间位置", "A cultural project, no place"),
}
_INVENTED = ("示意位置，非实测", "Illustrative place, not surveyed")


def build_projects(site: Site, zones: list[Zone]) -> list[Project]:
    """All 35 projects in the plan's order."""
    shapes = _shapes(site, {z.id: z.shape for z in zones})
    out: list[Project] = []
    for (ident, zh, en), (kind, batch, stage) in zip(PROJECT_NAMES, _STATE, strict=True):
        note = _NOWHERE.get(ident, _INVENTED)
        out.append(Project(ident, zh, en, kind, batch, stage, None if ident in _NOWHERE else shapes[ident], *note))
    return out


def _shapes(site: Site, zones: dict[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    river = {a.id: a.line for a in RIVERS}
    xiushui, xiang, leng = (_line(river[i]) for i in ("xiushui-river", "xiang-river", "lengquan-river"))
    xiguan = Polygon([(-402, -48), (-245, -58), (-228, 176), (-395, 178)])
    green = MultiPolygon([p.shape for p in PARKS if p.kind == "pocket" and isinstance(p.shape, Polygon)])
    return {
        "prj-01": zones["nanping"],
        "prj-02": xiguan,
        "prj-03": xiushui.intersection(box(-1200, -900, 1275, 200)),
        "prj-04": xiang.intersection(box(-1300, -352, -800, 800)),
        "prj-05": leng.intersection(box(600, -374, 900, 815)),
        "prj-06": MultiLineString(
            [[(-960, 100), (-820, 60), (-800, -200), (-830, -352)], [(724, 430), (690, 20), (700, -366)]]
        ),
        "prj-07": STREET["g239"].line,
        "prj-08": STREET["jinlong-east"].line,
        "prj-09": STREET["shuangyang"].line,
        "prj-10": MultiLineString([[(-1010, 186), (-900, 190)], [(14, 443), (20, 622)], [(68, -70), (60, -264)]]),
        "prj-11": MultiPoint([(300, 40), (-600, 372), (1120, 110), (640, -575), (-640, -560)]),
        "prj-12": MultiPoint([(1130, -60), (320, 150), (-620, -20)]),
        "prj-13": LineString([(-1400, -1080), (-700, -1060), (200, -1040), (900, -1070), (1420, -1150)]),
        "prj-14": box(1330, -640, 1375, -600),
        "prj-15": box(1330, -590, 1440, -500),
        "prj-16": MultiPoint([(-700, 60), (-60, -180), (420, 300), (-380, -480), (650, 90), (1000, 300)]),
        "prj-20": MultiLineString([STREET["binhe-north"].line.coords, STREET["binhe-south"].line.coords]),
        "prj-21": STREET["xiushui-west"].line,
        "prj-22": STREET["jinlong-east"].line,
        "prj-24": zones["factory-power"],
        "prj-25": zones["factory-fertiliser"],
        "prj-26": zones["factory-steel"],
        "prj-27": _old_compounds(site),
        "prj-28": green,
        "prj-29": MultiPoint([(-700, -312), (-120, -276), (420, -302), (1000, -360)]),
        "prj-30": MultiPoint([_along("xiushui-west", 60 + 120 * i) for i in range(12)]),
        "prj-31": MultiLineString(
            [
                substring(STREET["xiushui-west"].line, 300, 1200).coords,
                substring(STREET["cangshan"].line, 300, 900).coords,
            ]
        ),
        "prj-32": MultiPolygon([box(-800, 712, -690, 780), box(470, -200, 545, -120), box(1110, -850, 1180, -800)]),
        "prj-33": unary_union(
            [
                s.line
                for s in (
                    STREET["xiushui-west"],
                    STREET["xiushui-east"],
                    STREET["jinlong-west"],
                    STREET["jinlong-east"],
                    STREET["cangshan"],
                    STREET["shuishenshan"],
                )
            ]
        ),
        "prj-34": MultiPolygon(
            [
                p
                for i in ("factory-power", "factory-fertiliser", "factory-steel")
                for p in [zones[i]]
                if isinstance(p, Polygon)
            ]
        ),
    }


def _line(line: LineString | None) -> LineString:
    if line is None:
        raise ValueError("a river has no centreline")
    return line


def _along(street: str, chainage_m: float) -> tuple[float, float]:
    point = STREET[street].line.interpolate(chainage_m)
    return point.x, point.y


def _old_compounds(site: Site) -> MultiPolygon:
    """Hulls of eight walk-up compounds, as the programme for old residential compounds."""
    groups = list(dict.fromkeys(i.group for i in site.items if i.type == "walkup"))
    hulls: list[Polygon] = []
    for group in groups[:: max(1, len(groups) // 8)][:8]:
        shape = unary_union([i.shape for i in site.items if i.group == group]).convex_hull.buffer(3, join_style="mitre")
        if isinstance(shape, Polygon) and all(shape.disjoint(h) for h in hulls):
            hulls.append(shape)
    return MultiPolygon(hulls)
