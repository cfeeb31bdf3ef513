"""``cim rules``: read a rule pack as the checks will, and say of each rule what it asks of whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from api.pipeline.derive import stored_places, stored_rule_packs
from api.workspace import Workspace
from cim_core.errors import NotFoundError, UsageError
from cim_core.store import Store
from cim_core.townscape.applicability import Site, build_site
from cim_core.townscape.kinds.parameters import parameter_infos, parameters_to_dict
from cim_core.townscape.rulepack import Rule, RulePack, check_references, read_rule_pack


@dataclass(frozen=True, slots=True)
class PackReport:
    """What ``cim rules validate --json`` prints of a pack that can be used. ``kinds`` counts its rules."""

    file: str
    id: str
    version: str
    synthetic: bool
    rules: int
    exemptions: int
    kinds: dict[str, int]
    checked_against: str | None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """One rule in words. ``buildings`` it reaches and ``findings`` it gives are None without a workspace."""

    pack: str
    id: str
    kind: str
    kind_name: dict[str, str]
    clause: str
    nature: str
    text: dict[str, str]
    scope: str
    formula: dict[str, str]
    parameters: list[dict[str, Any]]
    applies_to: dict[str, Any]
    exemptible: bool
    provenance: str
    buildings: int | None
    findings: int | None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


def validate_rules(path: Path, folder: Path | None = None) -> PackReport:
    """Read a pack; with a workspace, its zones and streets too.

    Raises RulePackError naming file, line and column, or the zone or street the town does not have.
    """
    pack = read_rule_pack(path)
    if folder is not None:
        workspace = Workspace.load(folder)
        with workspace.open_store() as store:
            _check_names(pack, store)
    return PackReport(
        file=str(path),
        id=pack.id,
        version=pack.version,
        synthetic=pack.is_synthetic,
        rules=len(pack.rules),
        exemptions=len(pack.exemptions),
        kinds=dict(Counter(rule.kind.id for rule in pack.rules)),
        checked_against=None if folder is None else str(folder),
    )


def explain_rules(
    path: Path | None = None, folder: Path | None = None, rule_id: str | None = None
) -> list[RuleExplanation]:
    """The rules of a file, or of a workspace; a file with a workspace is explained on the workspace's buildings.

    Raises UsageError with neither, NotFoundError for a rule that is not there, RulePackError.
    """
    if path is None and folder is None:
        raise UsageError("nothing to explain", where="FILE", hint="give a rule pack, or --workspace, or both")
    given = [] if path is None else [read_rule_pack(path)]
    if folder is None:
        return _explain(given, None, rule_id)
    with Workspace.load(folder).open_store() as store:
        packs = given or stored_rule_packs(store)
        for pack in packs:
            _check_names(pack, store)
        columns = ("id", "dataset", "use", "year_built", "geometry")
        buildings, places = store.buildings(columns=columns), stored_places(store)
        site = build_site(buildings, store.zones(), store.frontages(), store.streets(), places)
    return _explain(packs, site, rule_id)


def _check_names(pack: RulePack, store: Store) -> None:
    zones, streets = (frozenset(table["id"].to_pylist()) for table in (store.zones(), store.streets()))
    check_references(pack, zones=zones, streets=streets)


def _explain(packs: Sequence[RulePack], site: Site | None, rule_id: str | None) -> list[RuleExplanation]:
    chosen = [(pack, rule) for pack in packs for rule in pack.rules if rule_id in (None, rule.id)]
    if rule_id is not None and not chosen:
        known = ", ".join(rule.id for pack in packs for rule in pack.rules) or "none"
        raise NotFoundError(f"there is no rule '{rule_id}'", where="RULE", hint=f"rules: {known}")
    return [_explain_rule(pack, rule, site) for pack, rule in chosen]


def _explain_rule(pack: RulePack, rule: Rule, site: Site | None) -> RuleExplanation:
    kind = rule.kind
    buildings, findings = (None, None) if site is None else _reach(rule, site)
    values = parameters_to_dict(rule.parameters)
    return RuleExplanation(
        pack=pack.id,
        id=rule.id,
        kind=kind.id,
        kind_name={"zh": kind.zh, "en": kind.en},
        clause=rule.clause,
        nature=rule.nature.value,
        text=rule.text.to_dict(),
        scope=kind.scope.value,
        formula={"zh": kind.formula.zh, "en": kind.formula.en},
        parameters=[
            {"name": info.name, "zh": info.zh, "en": info.en, "unit": info.unit, "value": values[info.name]}
            for info in parameter_infos(kind.parameters)
            if info.name in values
        ],
        applies_to=rule.applies_to.to_dict(),
        exemptible=rule.is_exemptible,
        provenance=rule.provenance,
        buildings=buildings,
        findings=findings,
    )


def _reach(rule: Rule, site: Site) -> tuple[int, int]:
    """Buildings (or streets, or plan units) under the rule, and rows it would be judged in (one a front for fronts)."""
    reach = site.reach_of(rule.kind.scope, rule.applies_to)
    return len(np.unique(reach.rows)), len(reach.rows)
