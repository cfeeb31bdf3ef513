"""Every coded word with its labels, gathered from the lists the core is built on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cim_core.catalogue import CATEGORIES, CIM_LEVELS, OBLIGATIONS, SECURITY_CLASSES, UPDATE_CYCLES
from cim_core.features import BUILDING_ATTRIBUTES, Code
from cim_core.features.places import PLAN_UNIT_ATTRIBUTES, STREET_ATTRIBUTES
from cim_core.features.schema import HEIGHT_SOURCES, Attribute
from cim_core.renewal import ACTIONS, BATCHES, EVIDENCE_KINDS, LIBRARIES, PROJECT_TYPES, STAGES, Term
from cim_core.scenarios import CHANGE_KINDS, DIFFERENCES, PLACE_STATES
from cim_core.townscape.builtin import BUILTIN
from cim_core.townscape.conflicts import CONFLICTS
from cim_core.townscape.flips import REASONS
from cim_core.townscape.verdicts import NATURES, PRECEDENCES, PROTECTED, STRENGTHS, VERDICTS

CONTROL_KIND_NAMES = {kind.id: {"zh": kind.zh, "en": kind.en} for kind in BUILTIN}
STAGE_VALUES = tuple(stage.value for stage in STAGES)
STAGE_ORDER = {stage.value: stage.order for stage in STAGES}


def vocabulary() -> dict[str, Any]:
    """The vocabulary answer."""
    return {
        "attributes": _attributes(BUILDING_ATTRIBUTES),
        "street_attributes": _attributes(STREET_ATTRIBUTES),
        "plan_unit_attributes": _attributes(PLAN_UNIT_ATTRIBUTES),
        "height_sources": _codes(HEIGHT_SOURCES),
        "verdicts": _codes(VERDICTS),
        "natures": _codes(NATURES),
        "strengths": _codes(STRENGTHS),
        "precedences": _codes(PRECEDENCES),
        "protected": _codes(PROTECTED),
        "flip_reasons": _codes(REASONS),
        "conflicts": _codes(CONFLICTS),
        "control_kinds": [{"value": kind.id, "zh": kind.zh, "en": kind.en, "unit": kind.unit} for kind in BUILTIN],
        "project_types": _codes(PROJECT_TYPES),
        "batches": _codes(BATCHES),
        "stages": [{**code, "order": stage.order} for code, stage in zip(_codes(STAGES), STAGES, strict=True)],
        "actions": _codes(ACTIONS),
        "libraries": [{"value": entry.value, "zh": entry.zh, "en": entry.en} for entry in LIBRARIES],
        "evidence_kinds": _codes(EVIDENCE_KINDS),
        "place_states": _codes(PLACE_STATES),
        "change_kinds": _codes(CHANGE_KINDS),
        "differences": _codes(DIFFERENCES),
        "data_categories": [{"value": c.code, "parent": c.parent, "zh": c.zh, "en": c.en} for c in CATEGORIES],
        "cim_levels": [{"value": f"CIM{c.level}", "zh": c.zh, "en": c.en} for c in CIM_LEVELS],
        "obligations": _codes(OBLIGATIONS),
        "security_classes": _codes(SECURITY_CLASSES),
        "update_cycles": _codes(UPDATE_CYCLES),
    }


def _attributes(attributes: Iterable[Attribute]) -> list[dict[str, Any]]:
    return [{"name": a.name, "zh": a.zh, "en": a.en, "unit": a.unit, "codes": _codes(a.codes)} for a in attributes]


def _codes(codes: Iterable[Code | Term]) -> list[dict[str, str]]:
    return [{"value": code.value, "zh": code.zh, "en": code.en} for code in codes]
