"""The agreed columns of places: streets, plan units (district, unit, parcel) and view corridors.

As for buildings there is one list of attributes each; the store's tables and the checks are derived from it.
"""

from __future__ import annotations

import pyarrow as pa

from cim_core.features.schema import USES, Attribute, Code

_TEXT = pa.string()
_NUMBER = pa.float64()

ROAD_CLASSES = (
    Code("trunk", "主干路", "Trunk road"),
    Code("main", "次干路", "Main road"),
    Code("branch", "支路", "Branch road"),
    Code("lane", "街巷", "Lane"),
)
#: The planning hierarchy, largest first: a unit's parent is a district, a parcel's a unit.
PLAN_LEVELS = (
    Code("district", "片区", "District"),
    Code("unit", "单元", "Unit"),
    Code("parcel", "地块", "Parcel"),
)
#: What a control zone is drawn around. A key zone 重点区 is the only one of its kind a parcel may lie in.
ZONE_LEVELS = (
    Code("area", "片区", "Area"),
    Code("unit", "单元", "Unit"),
    Code("parcel", "地块", "Parcel"),
    Code("key", "重点区", "Key zone"),
)
LAND_USES = (
    *USES,
    Code("green", "绿地", "Green", ("公园绿地",)),
    Code("plaza", "广场", "Plaza", ("广场用地",)),
    Code("road", "道路", "Road", ("道路用地",)),
)

STREET_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("name_zh", _TEXT, "名称", "Chinese name"),
    Attribute("name_en", _TEXT, "英文名称", "Name"),
    Attribute("class", _TEXT, "道路等级", "Road class", codes=ROAD_CLASSES),
    Attribute("width_m", _NUMBER, "红线宽度", "Width of the right of way", "m"),
    Attribute("footway_width_m", _NUMBER, "人行道最小净宽", "Least clear width of the footways", "m"),
    Attribute("overhead_line_m", _NUMBER, "架空线长度", "Length of overhead lines", "m"),
)
PLAN_UNIT_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("parent_id", _TEXT, "上级编号", "Parent"),
    Attribute("level", _TEXT, "层级", "Level", codes=PLAN_LEVELS),
    Attribute("name_zh", _TEXT, "名称", "Chinese name"),
    Attribute("name_en", _TEXT, "英文名称", "Name"),
    Attribute("land_use", _TEXT, "用地性质", "Land use", codes=LAND_USES),
    Attribute("far_max", _NUMBER, "规划容积率上限", "Planned floor area ratio, greatest"),
    Attribute("coverage_max_percent", _NUMBER, "规划建筑密度上限", "Planned coverage, greatest", "%"),
    Attribute("green_min_percent", _NUMBER, "规划绿地率下限", "Planned green ratio, least", "%"),
    Attribute("green_area_m2", _NUMBER, "绿地面积", "Green area", "m²"),
    Attribute("hard_area_m2", _NUMBER, "连续硬质铺装面积", "Largest continuous hard surface", "m²"),
    Attribute("population", _NUMBER, "人口", "Population"),
)
#: A corridor is a line from the viewpoint to the middle of its target; heights are elevations in the work datum.
VIEW_CORRIDOR_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("name_zh", _TEXT, "名称", "Chinese name"),
    Attribute("name_en", _TEXT, "英文名称", "Name"),
    Attribute("viewpoint_ground_m", _NUMBER, "视点地面标高", "Ground at the viewpoint", "m"),
    Attribute("target_low_m", _NUMBER, "目标可见下沿标高", "Lowest part of the target to be seen", "m"),
    Attribute("target_high_m", _NUMBER, "目标上沿标高", "Top of the target", "m"),
    Attribute("width_from_m", _NUMBER, "视点处宽度", "Width at the viewpoint", "m"),
    Attribute("width_to_m", _NUMBER, "目标处宽度", "Width at the target", "m"),
)
