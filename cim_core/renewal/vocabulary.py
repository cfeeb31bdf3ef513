"""The words of the county's renewal plan: project types, batches, stages, and what happens to a building."""

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


def stage_order(stage: Stage) -> int:
    """The number of a stage, 1 to 9.

    >>> stage_order(Stage.OPERATION)
    9
    """
    return next(term.order for term in STAGES if term.value == stage)
