"""Townscape control: rule packs, the kinds of control, and checks of buildings against them."""

from cim_core.townscape.builtin import BUILTIN, KIND_BY_ID
from cim_core.townscape.check import check_buildings
from cim_core.townscape.exemptions import find_idle_exemptions
from cim_core.townscape.findings import FINDINGS_SCHEMA
from cim_core.townscape.places import Places
from cim_core.townscape.rulepack import Rule, RulePack, check_references, parse_rule_pack, read_rule_pack
from cim_core.townscape.summary import summarise, worst_verdict
from cim_core.townscape.verdicts import NATURES, SEVERITY_ORDER, VERDICTS, Nature, Verdict

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
