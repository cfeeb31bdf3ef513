"""Limits and gates of renewal projects, read from data: what a check asks, where it says so, and what it closes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cim_core.errors import RulePackError
from cim_core.renewal.gates import EvidenceKind, Gate
from cim_core.renewal.vocabulary import Stage
from cim_core.townscape.yaml_nodes import Node, parse_yaml

#: The checks there are, with whether the limit is a share of 0 to 1.
CHECK_IDS = ("demolition-share", "rebuild-ratio", "resettlement-share", "control-lines", "project-overlap")
_SHARES = frozenset(CHECK_IDS) - {"rebuild-ratio"}


@dataclass(frozen=True, slots=True)
class CheckLimit:
    """What one check asks. ``value`` is without unit (0.2 is 20 %); ``is_minimum``: at least that much.

    ``is_waivable``: whether a decision may set the check aside; ``waiver`` says under which condition.
    """

    value: float
    is_minimum: bool = False
    clause_zh: str = ""
    clause_en: str = ""
    provenance: str = ""
    is_waivable: bool = True
    waiver_zh: str = ""
    waiver_en: str = ""


@dataclass(frozen=True, slots=True)
class RenewalLimits:
    """Every check's limit by its id, and the gate of each stage. ``source`` names the document in English."""

    checks: Mapping[str, CheckLimit]
    gates: Mapping[Stage, Gate]
    source: str = ""


def read_renewal_limits(path: Path) -> RenewalLimits:
    """Load limits and gates from YAML. Raises RulePackError with file, line and column."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RulePackError(f"cannot be read: {error.strerror}", where=str(path)) from error
    found = parse_yaml(text, path.name).fields(required=("document", "checks"), optional=("published", "gates"))
    checks = found["checks"].fields(required=CHECK_IDS)
    gates = found["gates"].fields(optional=tuple(Stage)) if "gates" in found else {}
    return RenewalLimits(
        {name: _parse_limit(name, node) for name, node in checks.items()},
        {Stage(name): _parse_gate(node) for name, node in gates.items()},
        _bilingual(found["document"])[1],
    )


def _parse_limit(name: str, node: Node) -> CheckLimit:
    found = node.fields(optional=("min", "max", "clause", "provenance", "waivable", "waiver"))
    given = [word for word in ("min", "max") if word in found]
    if len(given) != 1:
        raise node.error("a check has either 'min' or 'max'")
    value = found[given[0]].number()
    if value < 0 or (name in _SHARES and value > 1):
        raise found[given[0]].error(f"{value:g} is out of range", "shares are between 0 and 1")
    clause = _bilingual(found["clause"]) if "clause" in found else ("", "")
    waiver = _bilingual(found["waiver"]) if "waiver" in found else ("", "")
    is_waivable = found["waivable"].boolean() if "waivable" in found else True
    provenance = found["provenance"].text() if "provenance" in found else ""
    return CheckLimit(value, given[0] == "min", *clause, provenance, is_waivable, *waiver)


def _parse_gate(node: Node) -> Gate:
    found = node.fields(optional=("evidence", "checks"))
    kinds = [entry.choice(tuple(EvidenceKind)) for entry in _entries(found, "evidence")]
    checks = [entry.choice(CHECK_IDS) for entry in _entries(found, "checks")]
    return Gate(tuple(EvidenceKind(kind) for kind in kinds), tuple(checks))


def _entries(found: Mapping[str, Node], name: str) -> list[Node]:
    return found[name].sequence() if name in found else []


def _bilingual(node: Node) -> tuple[str, str]:
    found = node.fields(required=("zh", "en"))
    return found["zh"].text(), found["en"].text()
