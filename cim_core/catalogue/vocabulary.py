"""Words of the CIM standards: levels 1 to 7, the tree of data categories, and what is said of every dataset.

The six categories follow the revised guideline of 2021 and the layer trees of public city platforms. Their codes are
our own (the standard's numbers were not available) and stable. Neither table is quoted from the text of a standard.
"""

from __future__ import annotations

from dataclasses import dataclass

from cim_core.features.schema import Code


@dataclass(frozen=True, slots=True)
class CimLevel:
    """One level of detail of a city model. ``source``: how fine the source is."""

    level: int
    zh: str
    en: str
    content: str
    source: str


@dataclass(frozen=True, slots=True)
class Category:
    """One category of data; ``parent`` is the code of the one above, empty for the six at the top."""

    code: str
    parent: str
    zh: str
    en: str


CIM_LEVELS = (
    CimLevel(1, "地表模型", "Surface", "DEM and orthophoto draped, outlines or symbols", "coarser than 1:10 000"),
    CimLevel(2, "框架模型", "Frame", "3D frames with id and class (white boxes)", "1:5 000 to 1:10 000"),
    CimLevel(3, "标准模型", "Standard", "frames with textured or oblique faces", "1:1 000 to 1:2 000"),
    CimLevel(4, "精细模型", "Fine", "surface detail, project and organisation information", "from 1:500, or G1/N1"),
    CimLevel(5, "功能级模型", "Functional", "rooms and functional zones, systems, materials", "G1–G2, N1–N2"),
    CimLevel(6, "构件级模型", "Component", "main components with production and installation", "G2–G3, N2–N3"),
    CimLevel(7, "零件级模型", "Part", "parts for manufacture and as-built display", "G3–G4, N3–N4"),
)


def _tree(entries: str) -> tuple[Category, ...]:
    """Lines ``code zh en…``; a code's parent is the code without its last part."""
    found = []
    for line in entries.strip().splitlines():
        code, zh, en = line.split(" ", 2)
        found.append(Category(code, code.rpartition(".")[0], zh, en))
    return tuple(found)


CATEGORIES = _tree(
    """
1 时空基础数据 Space-time base
1.1 行政区 Administrative areas
1.2 电子地图 Electronic maps
1.3 测绘遥感 Survey and remote sensing
1.3.1 正射影像 Orthophotos
1.3.2 倾斜影像 Oblique imagery
1.3.3 激光点云 Point clouds
1.4 三维模型 3D models
1.4.1 数字高程模型 Elevation model
1.4.2 数字表面模型 Surface model
1.4.3 水利三维模型 Water models
1.4.4 建筑三维模型 Building models
1.4.5 交通三维模型 Traffic models
1.4.6 轨道三维模型 Rail models
1.4.7 管线管廊三维模型 Pipe and gallery models
1.4.8 地下空间三维模型 Underground models
1.4.9 场地三维模型 Site models
1.4.10 植被三维模型 Plant models
1.4.11 其他三维模型 Other models
2 资源调查数据 Resource surveys
2.1 国土调查 Land survey
2.2 地质调查 Geological survey
2.3 耕地与永久基本农田 Farmland
2.4 水资源 Water resources
2.5 房屋建筑普查 Building census
2.6 市政设施普查 Municipal facility census
2.7 城市部件 City components
3 规划管控数据 Planning control
3.1 开发评价 Suitability evaluation
3.2 重要控制线 Important control lines
3.2.1 生态保护红线 Ecological redline
3.2.2 永久基本农田 Permanent farmland
3.2.3 城镇开发边界 Urban growth boundary
3.3 国土空间规划 Territorial plans
3.3.1 总体规划 Master plan
3.3.2 详细规划 Detailed plan
3.3.3 村庄规划 Village plan
3.4 专项规划 Special plans
3.4.1 风貌与历史文化 Townscape and heritage
3.4.2 交通与市政 Traffic and utilities
3.5 已有相关规划 Earlier plans
4 工程建设项目数据 Construction projects
4.1 立项用地规划许可 Land-use permit
4.2 建设工程规划许可 Planning permit (scheme model)
4.3 施工许可 Building permit (construction drawings)
4.4 竣工验收 Completion (as-built model)
4.5 城市更新项目 Urban renewal projects
5 公共专题数据 Public themes
5.1 法人 Legal entities
5.2 兴趣点 Points of interest
5.3 地名地址 Place names and addresses
5.4 社会化大数据 Social data
5.5 人口 Population
5.6 宏观经济 Economy
6 物联感知数据 Sensing
6.1 市政设施运行 Municipal facilities in operation
6.2 建筑监测 Building monitoring
6.3 气象 Weather
6.4 交通 Traffic
6.5 生态环境 Environment
6.6 城市安防 Public safety
"""
)

OBLIGATIONS = (
    Code("M", "必选", "Mandatory"),
    Code("C", "条件必选", "Conditional"),
    Code("O", "可选", "Optional"),
)
SECURITY_CLASSES = (
    Code("public", "公开", "Public"),
    Code("internal", "内部", "Internal"),
    Code("sensitive", "敏感", "Sensitive"),
    Code("secret", "涉密", "Classified"),
)
UPDATE_CYCLES = (
    Code("realtime", "实时", "Real time"),
    Code("daily", "每日", "Daily"),
    Code("monthly", "每月", "Monthly"),
    Code("quarterly", "每季", "Quarterly"),
    Code("yearly", "每年", "Yearly"),
    Code("on_change", "变更时", "On change"),
    Code("once", "一次性", "Once"),
)

CATEGORY_BY_CODE = {category.code: category for category in CATEGORIES}
