"""The words of the county's renewal plan: types, batches, stages, money, papers, and what happens to a building."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ProjectType(StrEnum):
    """The six types of the dynamic project library."""

    RESIDENTIAL = "residential"
    PUBLIC_SERVICE = "public_service"
    ECOLOGY = "ecology"
    CULTURE = "culture"
    COMMERCE = "commerce"
    INDUSTRY = "industry"


class Batch(StrEnum):
    """The three batches of the pipeline: 谋划一批, 实施一批, 储备一批."""

    PLANNED = "planned"
    IMPLEMENTATION = "implementation"
    RESERVE = "reserve"


class Stage(StrEnum):
    """The nine stages of the full-chain management model, in order."""

    UNIT_PLANNING = "unit_planning"
    CHECKUP = "checkup"
    URBAN_DESIGN = "urban_design"
    CHARACTER_AREA = "character_area"
    PROGRAMME = "programme"
    SCHEME_DESIGN = "scheme_design"
    IMPLEMENTATION = "implementation"
    SUPERVISION = "supervision"
    OPERATION = "operation"


class BuildingAction(StrEnum):
    """What a project does with one building."""

    KEEP = "keep"
    REPAIR = "repair"
    REFACE = "reface"
    CONVERT = "convert"
    DEMOLISH = "demolish"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Term:
    """A coded word with both labels and its place in the order, counted from 1."""

    value: str
    zh: str
    en: str
    order: int


PROJECT_TYPES = (
    Term("residential", "居住", "Residential", 1),
    Term("public_service", "公服", "Public service", 2),
    Term("ecology", "生态和绿地开敞空间", "Ecology, green and open space", 3),
    Term("culture", "文化", "Culture", 4),
    Term("commerce", "商业", "Commerce", 5),
    Term("industry", "工业", "Industry", 6),
)
BATCHES = (
    Term("planned", "谋划一批", "Planned batch", 1),
    Term("implementation", "实施一批", "Implementation batch", 2),
    Term("reserve", "储备一批", "Reserve batch", 3),
)
STAGES = (
    Term("unit_planning", "单元规划", "Unit planning", 1),
    Term("checkup", "体检评估", "Check-up and assessment", 2),
    Term("urban_design", "城市设计", "Urban design", 3),
    Term("character_area", "特色片区", "Characteristic area", 4),
    Term("programme", "计划储备", "Programme and reserve", 5),
    Term("scheme_design", "方案设计", "Scheme design", 6),
    Term("implementation", "项目实施", "Project implementation", 7),
    Term("supervision", "监督管理", "Supervision", 8),
    Term("operation", "常态运营", "Normal operation", 9),
)
ACTIONS = (
    Term("keep", "保留", "Keep", 1),
    Term("repair", "修缮", "Repair", 2),
    Term("reface", "立面整治", "Reface", 3),
    Term("convert", "功能改造", "Convert", 4),
    Term("demolish", "拆除", "Demolish", 5),
    Term("new", "新建", "New", 6),
)
#: How far an old compound is renewed: 基础/完善/提升 of the national programme for old compounds.
PROJECT_CLASSES = (
    Term("basic", "基础类", "Basic", 1),
    Term("improved", "完善类", "Improved", 2),
    Term("upgraded", "提升类", "Upgraded", 3),
)
RENEWAL_MODES = (
    Term("keep", "保留", "Keep", 1),
    Term("improve", "整治提升", "Improve", 2),
    Term("convert", "改造利用", "Convert", 3),
    Term("rebuild", "拆除重建", "Demolish and rebuild", 4),
)
FUNDING_SOURCES = (
    Term("central", "中央资金", "Central government", 1),
    Term("provincial", "省市资金", "Province and city", 2),
    Term("county", "县级财政", "County budget", 3),
    Term("special_bond", "专项债", "Special bond", 4),
    Term("social", "社会资本", "Private capital", 5),
    Term("residents", "居民出资", "Residents", 6),
    Term("other", "其他", "Other", 7),
)
PROCEDURES = (
    Term("approval", "立项", "Project approval", 1),
    Term("land", "用地", "Land", 2),
    Term("planning_permit", "建设工程规划许可", "Planning permit", 3),
    Term("construction_permit", "施工许可", "Construction permit", 4),
    Term("completion", "竣工验收", "Completion acceptance", 5),
)
PROCEDURE_STATUSES = (
    Term("pending", "未办理", "Not begun", 1),
    Term("in_progress", "办理中", "In progress", 2),
    Term("granted", "已取得", "Granted", 3),
    Term("refused", "不予批准", "Refused", 4),
    Term("not_needed", "无需办理", "Not needed", 5),
)
MODEL_STATES = (
    Term("before", "现状模型", "Before", 1),
    Term("scheme", "方案模型", "Scheme", 2),
    Term("as_built", "竣工模型", "As built", 3),
)
CONCEPTS = (
    Term("sponge", "海绵", "Sponge", 1),
    Term("green", "绿色建筑", "Green building", 2),
    Term("prefabricated", "装配式", "Prefabricated", 3),
    Term("low_carbon", "低碳", "Low carbon", 4),
    Term("age_friendly", "适老化", "Age-friendly", 5),
)


@dataclass(frozen=True, slots=True)
class Library:
    """One of the three project libraries: a view of the one table, by batch and stage (empty: all of them)."""

    value: str
    zh: str
    en: str
    batches: tuple[Batch, ...] = ()
    stages: tuple[Stage, ...] = ()


#: 信息库 is everything; 储备库 what waits in reserve; 动态项目库 what is planned or under way and moves.
LIBRARIES = (
    Library("information", "信息库", "Information library"),
    Library("reserve", "储备库", "Reserve library", batches=(Batch.RESERVE,)),
    Library(
        "dynamic",
        "动态项目库",
        "Dynamic library",
        batches=(Batch.PLANNED, Batch.IMPLEMENTATION),
        stages=tuple(stage for stage in Stage if stage is not Stage.OPERATION),
    ),
)


def stage_order(stage: Stage) -> int:
    """The number of a stage, 1 to 9.

    >>> stage_order(Stage.OPERATION)
    9
    """
    return next(term.order for term in STAGES if term.value == stage)
