"""The one list of building attributes: columns, units, labels, aliases and coded values.

Field detection in converters, the store's columns, the tiles' property table, the API's vocabulary and the
viewer's labels are all derived from ``BUILDING_ATTRIBUTES``; adding an attribute is one line here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pyarrow as pa

#: No building is higher: what claims to be is a slip of the unit.
MAX_HEIGHT_M = 1000.0


@dataclass(frozen=True, slots=True)
class Code:
    """One coded value of an attribute with its Chinese and English label and the spellings sources use."""

    value: str
    zh: str
    en: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One agreed column of a building. ``aliases`` are lower-case field names that obviously mean it.

    A number outside ``lowest`` … ``highest`` (inclusive, in ``unit``) is not believed.
    """

    name: str
    type: pa.DataType
    zh: str
    en: str
    unit: str = ""
    aliases: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    lowest: float = 0.0
    highest: float = math.inf


USES = (
    Code("residential", "居住", "Residential", ("house", "apartments", "住宅", "居住用地")),
    Code("commercial", "商业", "Commercial", ("retail", "shop", "商铺", "商业服务")),
    Code("mixed", "商住混合", "Mixed", ("商住",)),
    Code("office", "办公", "Office", ("办公楼", "行政办公")),
    Code("public", "公共服务", "Public", ("civic", "公服", "公共")),
    Code("education", "教育", "Education", ("school", "学校")),
    Code("medical", "医疗", "Medical", ("hospital", "医院")),
    Code("industrial", "工业", "Industrial", ("factory", "warehouse", "厂房")),
    Code("heritage", "文物古迹", "Heritage", ("temple", "文保")),
    Code("utility", "市政", "Utility", ("市政设施",)),
    Code("other", "其他", "Other", ("yes",)),
)
ROOF_FORMS = (
    Code("flat", "平屋顶", "Flat", ("平顶", "平")),
    Code("gable", "硬山/双坡", "Gable", ("gabled", "双坡", "硬山", "坡屋顶")),
    Code("hip", "四坡", "Hip", ("hipped", "四坡顶", "歇山", "庑殿")),
    Code("pyramid", "攒尖", "Pyramid", ("pyramidal", "攒尖顶")),
    Code("shed", "单坡", "Shed", ("skillion", "mono", "单坡顶")),
    Code("other", "其他", "Other"),
)
MATERIALS = (
    Code("grey_brick", "青砖", "Grey brick"),
    Code("red_brick", "红砖", "Red brick", ("brick", "砖")),
    Code("render", "涂料抹灰", "Painted render", ("plaster", "paint", "涂料", "真石漆")),
    Code("stone", "石材", "Stone", ("石材干挂",)),
    Code("ceramic_tile", "面砖", "Ceramic tile", ("tile", "瓷砖")),
    Code("concrete", "混凝土", "Concrete"),
    Code("wood", "木", "Timber", ("timber", "木材")),
    Code("glass_curtain", "玻璃幕墙", "Glass curtain wall", ("glass",)),
    Code("mirror_glass", "镜面玻璃", "Mirror glass"),
    Code("metal_sheet", "彩钢板", "Metal sheet", ("metal", "彩钢")),
    Code("other", "其他", "Other"),
)
ROOF_MATERIALS = (
    Code("grey_tile", "青瓦", "Grey tile", ("青瓦屋面", "小青瓦")),
    Code("red_tile", "红瓦", "Red tile", ("红瓦屋面", "机制瓦")),
    Code("glazed_tile", "琉璃瓦", "Glazed tile"),
    Code("membrane", "卷材防水", "Membrane", ("卷材", "sbs")),
    Code("concrete", "混凝土", "Concrete"),
    Code("asphalt_shingle", "沥青瓦", "Asphalt shingle"),
    Code("metal_sheet", "彩钢板", "Metal sheet", ("metal", "彩钢")),
    Code("glass", "玻璃", "Glass"),
    Code("planted", "绿化屋面", "Planted", ("grass", "green")),
    Code("other", "其他", "Other"),
)
STYLES = (
    Code("traditional", "传统", "Traditional", ("传统风貌", "ming_qing")),
    Code("harmonised", "协调", "Harmonised", ("协调风貌", "新中式")),
    Code("modern", "现代", "Modern", ("现代风貌",)),
    Code("european", "欧式", "European", ("欧陆风",)),
    Code("other", "其他", "Other"),
)
COLOR_SOURCES = (
    Code("card", "色卡实测", "Survey card"),
    Code("photo", "照片", "Photo"),
    Code("design", "设计文件", "Design file"),
)

#: The side a facade faces: the quarter of the compass around true north, east, south and west (90° each).
FACADE_SIDES = (
    ("north", "北向", "north"),
    ("east", "东向", "east"),
    ("south", "南向", "south"),
    ("west", "西向", "west"),
)

_TEXT = pa.string()
_NUMBER = pa.float64()

#: What a design tells of a building beside the common columns.
_DESIGN = (
    Attribute(
        "roof_material",
        _TEXT,
        "屋面材料",
        "Roof material",
        aliases=("roof:material", "屋面材料"),
        codes=ROOF_MATERIALS,
    ),
    Attribute("roof_area_m2", _NUMBER, "屋面面积", "Roof area", "m²", ("roof_area", "屋面面积")),
    Attribute("floor_area_m2", _NUMBER, "建筑面积", "Floor area", "m²", ("gfa", "gross_floor_area", "建筑面积")),
    Attribute("flat_count", pa.int32(), "住宅套数", "Flats", "", ("flats", "building:flats", "户数", "套数")),
)
#: What a street or aerial survey finds; counts of 0 are findings, a missing count is not.
_SURVEY = (
    Attribute("shop_count", pa.int32(), "店铺数", "Shops", "", ("shops", "店铺数")),
    Attribute("sign_count", pa.int32(), "店招数", "Shop signs", "", ("signs", "店招数", "招牌数")),
    Attribute("sign_height_m", _NUMBER, "店招高度", "Height of the tallest sign", "m", ("店招高度",)),
    Attribute("sign_depth_m", _NUMBER, "店招厚度", "Depth of the deepest sign", "m", ("店招厚度",)),
    Attribute("sign_top_m", _NUMBER, "店招上沿高度", "Top of the highest sign above ground", "m", ("店招上沿高度",)),
    Attribute("second_floor_sill_m", _NUMBER, "二层窗台高度", "Second-floor sill above ground", "m", ("二层窗台高度",)),
    Attribute("roof_sign_count", pa.int32(), "屋顶招牌数", "Signs on the roof", "", ("屋顶招牌数",)),
    Attribute("ac_unit_count", pa.int32(), "外露空调室外机数", "Exposed air-conditioner units", "", ("空调外机数",)),
    Attribute("roof_equipment_area_m2", _NUMBER, "外露屋面设备面积", "Exposed roof equipment", "m²", ("屋面设备面积",)),
    Attribute("roof_addition_area_m2", _NUMBER, "屋顶加建面积", "Area added to the roof", "m²", ("加建面积",)),
    Attribute("roof_addition_height_m", _NUMBER, "屋顶加建高度", "Height added to the roof", "m", ("加建高度",)),
    Attribute("facade_photo", _TEXT, "立面照片", "Facade photo", aliases=("photo", "照片")),
)

BUILDING_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("name", _TEXT, "名称", "Name", aliases=("名称", "bldg_name", "building_n")),
    Attribute("address", _TEXT, "地址", "Address", aliases=("地址", "addr")),
    Attribute("use", _TEXT, "用途", "Use", aliases=("usage", "function", "用途", "class"), codes=USES),
    Attribute(
        "height_m",
        _NUMBER,
        "高度",
        "Height",
        "m",
        ("height", "bldg_height", "building_height", "hgt", "建筑高度", "高度", "楼高", "measuredheight", "heightroof"),
    ),
    Attribute(
        "eave_height_m",
        _NUMBER,
        "檐口高度",
        "Eave height",
        "m",
        ("eave_height", "檐高", "檐口高度"),
        lowest=0.01,
        highest=MAX_HEIGHT_M,
    ),
    Attribute(
        "ridge_height_m",
        _NUMBER,
        "屋脊高度",
        "Ridge height",
        "m",
        ("ridge_height", "脊高", "屋脊高度"),
        lowest=0.01,
        highest=MAX_HEIGHT_M,
    ),
    Attribute(
        "base_m",
        _NUMBER,
        "底部标高",
        "Base elevation",
        "m",
        ("base", "base_elevation", "ground_elevation", "底部标高"),
        lowest=-500.0,
        highest=9000.0,
    ),
    Attribute(
        "storeys",
        pa.int32(),
        "层数",
        "Storeys",
        "",
        (
            "floor",
            "floors",
            "storey",
            "stories",
            "levels",
            "num_floors",
            "numfloors",
            "building:levels",
            "层数",
            "楼层",
        ),
    ),
    Attribute("storeys_derived", pa.int32(), "推算层数", "Storeys, derived from height"),
    Attribute(
        "year_built",
        pa.int32(),
        "建成年份",
        "Year built",
        "",
        ("year", "built_year", "建成年代", "建成年份", "建筑年代"),
        lowest=1,
        highest=2200,
    ),
    Attribute("structure", _TEXT, "结构", "Structure", aliases=("结构", "结构类型")),
    Attribute("style", _TEXT, "风格", "Style", aliases=("建筑风格", "风格"), codes=STYLES),
    Attribute(
        "roof_form",
        _TEXT,
        "屋顶形式",
        "Roof form",
        aliases=("roof", "roof_type", "roof:shape", "屋顶形式"),
        codes=ROOF_FORMS,
    ),
    Attribute(
        "roof_slope_deg", _NUMBER, "屋面坡度", "Roof slope", "°", ("roof_slope", "roof:angle", "屋面坡度"), highest=90.0
    ),
    Attribute("roof_color", _TEXT, "屋面颜色", "Roof color", aliases=("roof:colour", "屋面颜色")),
    Attribute(
        "facade_main_color",
        _TEXT,
        "主色",
        "Facade main color",
        aliases=("main_color", "facade_color", "building:colour", "主色", "主色调"),
    ),
    Attribute(
        "facade_secondary_color", _TEXT, "辅色", "Facade secondary color", aliases=("secondary_color", "辅色", "辅色调")
    ),
    Attribute("facade_accent_color", _TEXT, "点缀色", "Facade accent color", aliases=("accent_color", "点缀色")),
    *(
        Attribute(
            f"facade_{part}_share", _NUMBER, f"{zh}占比", f"Facade {part} color, share", "", (f"{zh}占比",), highest=1.0
        )
        for part, zh in (("main", "主色"), ("secondary", "辅色"), ("accent", "点缀色"))
    ),
    Attribute(
        "facade_material",
        _TEXT,
        "外墙材料",
        "Facade material",
        aliases=("material", "building:material", "外墙材料", "材质"),
        codes=MATERIALS,
    ),
    Attribute("color_source", _TEXT, "色彩来源", "Color source", aliases=("色彩来源",), codes=COLOR_SOURCES),
    *(
        Attribute(f"facade_area_{side}_m2", _NUMBER, f"{zh}立面面积", f"Facade area {en}", "m²")
        for side, zh, en in FACADE_SIDES
    ),
    Attribute(
        "window_wall_ratio",
        _NUMBER,
        "窗墙比",
        "Window-to-wall ratio",
        aliases=("wwr", "窗墙比", "窗墙面积比"),
        highest=1.0,
    ),
    *(
        Attribute(f"window_wall_ratio_{side}", _NUMBER, f"{zh}窗墙比", f"Window-to-wall ratio {en}", highest=1.0)
        for side, zh, en in FACADE_SIDES
    ),
    Attribute(
        "ground_floor_transparency",
        _NUMBER,
        "首层通透率",
        "Ground-floor transparency",
        aliases=("首层通透率",),
        highest=1.0,
    ),
    *(
        Attribute(
            f"ground_floor_transparency_{side}",
            _NUMBER,
            f"{zh}首层通透率",
            f"Ground-floor transparency {en}",
            highest=1.0,
        )
        for side, zh, en in FACADE_SIDES
    ),
    *_DESIGN,
    *_SURVEY,
    Attribute("cim_level", pa.int32(), "CIM 级别", "CIM level", aliases=("cim级别",), lowest=1, highest=7),
)

ATTRIBUTE_BY_NAME = {attribute.name: attribute for attribute in BUILDING_ATTRIBUTES}

#: Columns every feature has beside its attributes. ``gid`` is the dense integer that tiles, store and viewer share.
IDENTITY_FIELDS = (
    pa.field("id", pa.string(), nullable=False),
    pa.field("gid", pa.uint32(), nullable=True),
    pa.field("parent_id", pa.string()),
    pa.field("kind", pa.string(), nullable=False),
    pa.field("geometry", pa.binary()),
    pa.field("height_source", pa.string()),
)

HEIGHT_SOURCES = (
    Code("field", "源数据字段", "Field of the source"),
    Code("storeys", "层数推算", "Storeys × storey height"),
    Code("surface", "地表模型减地面", "Surface model minus ground"),
    Code("model", "模型量取", "Measured in the model"),
)

#: How far a height may be trusted, by the rung of the ladder it stands on.
HEIGHT_CONFIDENCE = {"field": "high", "storeys": "medium", "surface": "medium", "model": "high"}


def building_schema() -> pa.Schema:
    """The Arrow schema of building records: identity fields, then every attribute, with unit and labels as metadata."""
    attributes = [
        pa.field(a.name, a.type, metadata={"unit": a.unit, "zh": a.zh, "en": a.en}) for a in BUILDING_ATTRIBUTES
    ]
    return pa.schema([*IDENTITY_FIELDS, *attributes])
