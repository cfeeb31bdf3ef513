"""Townscape control: rule packs, the kinds of control, and checks of buildings against them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cim_core.townscape.builtin import BUILTIN, KIND_BY_ID
    from cim_core.townscape.check import check_buildings
    from cim_core.townscape.exemptions import find_idle_exemptions
    from cim_core.townscape.findings import FINDINGS_SCHEMA
    from cim_core.townscape.places import Places
    from cim_core.townscape.rulepack import Rule, RulePack, check_references, parse_rule_pack, read_rule_pack
    from cim_core.townscape.summary import summarise, worst_verdict
    from cim_core.townscape.verdicts import NATURES, SEVERITY_ORDER, VERDICTS, Nature, Verdict

#: Loaded when asked for: who converts a model needs names of colors, and none of the rules.
_MODULE_BY_NAME = {
    "BUILTIN": "cim_core.townscape.builtin",
    "FINDINGS_SCHEMA": "cim_core.townscape.findings",
    "KIND_BY_ID": "cim_core.townscape.builtin",
    "NATURES": "cim_core.townscape.verdicts",
    "Nature": "cim_core.townscape.verdicts",
    "Places": "cim_core.townscape.places",
    "Rule": "cim_core.townscape.rulepack",
    "RulePack": "cim_core.townscape.rulepack",
    "SEVERITY_ORDER": "cim_core.townscape.verdicts",
    "VERDICTS": "cim_core.townscape.verdicts",
    "Verdict": "cim_core.townscape.verdicts",
    "check_buildings": "cim_core.townscape.check",
    "check_references": "cim_core.townscape.rulepack",
    "find_idle_exemptions": "cim_core.townscape.exemptions",
    "parse_rule_pack": "cim_core.townscape.rulepack",
    "read_rule_pack": "cim_core.townscape.rulepack",
    "summarise": "cim_core.townscape.summary",
    "worst_verdict": "cim_core.townscape.summary",
}

__all__ = [
    "BUILTIN",
    "FINDINGS_SCHEMA",
    "KIND_BY_ID",
    "NATURES",
    "SEVERITY_ORDER",
    "VERDICTS",
    "Nature",
    "Places",
    "Rule",
    "RulePack",
    "Verdict",
    "check_buildings",
    "check_references",
    "find_idle_exemptions",
    "parse_rule_pack",
    "read_rule_pack",
    "summarise",
    "worst_verdict",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name in _MODULE_BY_NAME:
        return getattr(import_module(_MODULE_BY_NAME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
