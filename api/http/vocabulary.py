"""Every coded word with its labels, gathered from the lists the core is built on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cim_core.features import BUILDING_ATTRIBUTES, Code
from cim_core.features.schema import HEIGHT_SOURCES
from cim_core.townscape.builtin import BUILTIN
from cim_core.townscape.verdicts import NATURES, VERDICTS

PROJECT_TYPES = (
    Code("residential", "居住", "Residential"),
    Code("public_service", "公共服务", "Public service"),
    Code("ecology", "生态", "Ecology"),
    Code("culture", "文化", "Culture"),
    Code("commerce", "商业", "Commerce"),
    Code("industry", "产业", "Industry"),
)
BATCHES = (
    Code("planned", "规划", "Planned"),
    Code("implementation", "实施", "Implementation"),
    Code("reserve", "储备", "Reserve"),
)
STAGES = (
    Code("unit_planning", "单元规划", "Unit planning"),
    Code("checkup", "城市体检", "Check-up"),
    Code("urban_design", "城市设计", "Urban design"),
    Code("character_area", "风貌区划定", "Character area"),
    Code("programme", "项目策划", "Programme"),
    Code("scheme_design", "方案设计", "Scheme design"),
    Code("implementation", "实施", "Implementation"),
    Code("supervision", "监管", "Supervision"),
    Code("operation", "运营", "Operation"),
)
ACTIONS = (
    Code("keep", "保留", "Keep"),
    Code("repair", "修缮", "Repair"),
    Code("reface", "立面整治", "Reface"),
    Code("convert", "改造利用", "Convert"),
    Code("demolish", "拆除", "Demolish"),
    Code("new", "新建", "New"),
)

CONTROL_KIND_NAMES = {kind.id: {"zh": kind.zh, "en": kind.en} for kind in BUILTIN}
STAGE_VALUES = tuple(code.value for code in STAGES)
STAGE_ORDER = {value: order for order, value in enumerate(STAGE_VALUES)}


def vocabulary() -> dict[str, Any]:
    """The vocabulary answer."""
    return {
        "attributes": [
            {"name": a.name, "zh": a.zh, "en": a.en, "unit": a.unit, "codes": _codes(a.codes)}
            for a in BUILDING_ATTRIBUTES
        ],
        "height_sources": _codes(HEIGHT_SOURCES),
        "verdicts": _codes(VERDICTS),
        "natures": _codes(NATURES),
        "control_kinds": [{"value": kind.id, "zh": kind.zh, "en": kind.en, "unit": kind.unit} for kind in BUILTIN],
        "project_types": _codes(PROJECT_TYPES),
        "batches": _codes(BATCHES),
        "stages": [{**code, "order": order} for order, code in enumerate(_codes(STAGES))],
        "actions": _codes(ACTIONS),
    }


def _codes(codes: Iterable[Code]) -> list[dict[str, str]]:
    return [{"value": code.value, "zh": code.zh, "en": code.en} for code in codes]
