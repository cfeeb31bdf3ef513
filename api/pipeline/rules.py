"""``cim rules``: read a rule pack as the checks will, and say of each rule what it asks of whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from api.pipeline.derive import check_pack_names, judged_buildings, stored_places, stored_rule_packs
from api.workspace import Workspace
from cim_core.errors import NotFoundError, UsageError
from cim_core.store import Store
from cim_core.townscape.check import RuleSet
from cim_core.townscape.conflicts import Conflict, find_conflicts, find_key_zone_overlaps
from cim_core.townscape.judging import Town
from cim_core.townscape.kinds.parameters import parameter_infos, parameters_to_dict
from cim_core.townscape.rulepack import Rule, RulePack, read_rule_pack
from cim_core.townscape.yaml_nodes import Warned


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
    warnings: tuple[Warned, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """One rule in words. ``binding``: strength, level, days in force where stated.

    ``buildings`` it reaches and ``findings`` it gives are None without a workspace.
    """

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
    binding: dict[str, str]
    in_force: bool
    conflicts: list[dict[str, Any]]
    buildings: int | None
    findings: int | None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


def validate_rules(path: Path, folder: Path | None = None) -> PackReport:
    """Read a pack; with a workspace, what it names there too.

    Raises RulePackError naming file, line and column, or the zone, street, plan unit or view corridor the town lacks.
    """
    pack = read_rule_pack(path)
    if folder is not None:
        workspace = Workspace.load(folder)
        with workspace.open_store() as store:
            check_pack_names(pack, store)
    return PackReport(
        file=str(path),
        id=pack.id,
        version=pack.version,
        synthetic=pack.is_synthetic,
        rules=len(pack.rules),
        exemptions=len(pack.exemptions),
        kinds=dict(Counter(rule.kind.id for rule in pack.rules)),
        checked_against=None if folder is None else str(folder),
        warnings=pack.warnings,
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
            check_pack_names(pack, store)
        town = _town(store)
    return _explain(packs, town, rule_id)


@dataclass(frozen=True, slots=True)
class ConflictReport:
    """What ``cim rules conflicts --json`` prints. ``dormant``: rules that are not in force on the day."""

    conflicts: list[dict[str, Any]]
    dormant: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


def rule_conflicts(paths: Sequence[Path], folder: Path | None = None) -> ConflictReport:
    """Conflicts among the rules of files, of a workspace, or of both together.

    Raises UsageError with neither, RulePackError.
    """
    given = [read_rule_pack(path) for path in paths]
    if folder is None:
        if not given:
            raise UsageError("nothing to compare", where="FILE", hint="give rule packs, or --workspace, or both")
        return _conflicts(RuleSet(given, date.today()), None, [])
    with Workspace.load(folder).open_store() as store:
        return workspace_conflicts(store, given)


def workspace_conflicts(store: Store, given: Sequence[RulePack] = ()) -> ConflictReport:
    """Conflicts among the rules of a store on the buildings of its town; packs given replace those of the same id."""
    names = {pack.id for pack in given}
    packs = [*(pack for pack in stored_rule_packs(store) if pack.id not in names), *given]
    for pack in packs:
        check_pack_names(pack, store)
    return _conflicts(RuleSet(packs, date.today()), _town(store), find_key_zone_overlaps(store.zones()))


def _conflicts(rules: RuleSet, town: Town | None, zones: list[Conflict]) -> ConflictReport:
    found = [*find_conflicts(rules.in_force, town), *zones]
    return ConflictReport([conflict.to_dict() for conflict in found], [rule.id for rule in rules.dormant])


def _town(store: Store) -> Town:
    buildings = judged_buildings(store)
    return Town(buildings, store.zones(), store.frontages(), store.streets(), places=stored_places(store))


def _explain(packs: Sequence[RulePack], town: Town | None, rule_id: str | None) -> list[RuleExplanation]:
    chosen = [(pack, rule) for pack in packs for rule in pack.rules if rule_id in (None, rule.id)]
    if rule_id is not None and not chosen:
        known = ", ".join(rule.id for pack in packs for rule in pack.rules) or "none"
        raise NotFoundError(f"there is no rule '{rule_id}'", where="RULE", hint=f"rules: {known}")
    in_force = [rule for pack in packs for rule in pack.rules if rule.validity.holds(date.today())]
    related = find_conflicts(in_force, town)
    return [_explain_rule(pack, rule, town, related) for pack, rule in chosen]


def _explain_rule(pack: RulePack, rule: Rule, town: Town | None, related: Sequence[Conflict]) -> RuleExplanation:
    kind = rule.kind
    buildings, findings = (None, None) if town is None else _reach(rule, town)
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
        binding=rule.stated(),
        in_force=rule.validity.holds(date.today()),
        conflicts=[c.to_dict() for c in related if rule.id in (c.first, c.second)],
        buildings=buildings,
        findings=findings,
    )


def _reach(rule: Rule, town: Town) -> tuple[int, int]:
    """Buildings (or streets, or plan units) under the rule, and rows it would be judged in (one a front for fronts)."""
    reach = town.reach(rule)
    return len(np.unique(reach.rows)), len(reach.rows)
