"""What follows from the data and the rules: frontages, project links, findings. Derived anew after every import."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from api.pipeline.runs import record_run
from cim_core.frontages import lay_on_buildings
from cim_core.progress import Progress
from cim_core.renewal.links import link_buildings
from cim_core.scenarios import PlaceState
from cim_core.store import Store
from cim_core.store.runs import CheckRun
from cim_core.streets import derive_frontages
from cim_core.townscape.check import RuleSet, check_buildings
from cim_core.townscape.places import Places
from cim_core.townscape.rulepack import Exemption, RulePack, check_references, parse_rule_pack


@dataclass(frozen=True, slots=True)
class Derived:
    """How much was derived; ``findings`` by verdict."""

    frontages: int = 0
    project_links: int = 0
    findings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """One check of the whole town. ``run``: what is kept of it, None where there was nowhere to keep it."""

    findings: pa.Table
    rules: RuleSet
    run: CheckRun | None


def derive(store: Store, progress: Progress, on: date | None = None, *, folder: Path | None = None) -> Derived:
    """Frontages, project links and findings of everything in the store, saved. Manual project links stay.

    ``folder``: the workspace the check is kept in.
    """
    buildings = store.buildings(state=PlaceState.EXISTING)
    progress.start("frontages and links", 2)
    frontages = derive_frontages(buildings, store.streets())
    store.save_frontages(frontages)
    progress.advance()
    links = link_buildings(buildings, store.projects())
    store.save_project_links(links)
    progress.advance()
    checked = check_store(store, progress, on, folder=folder)
    return Derived(frontages.num_rows, links.num_rows, count_verdicts(checked.findings))


def check_store(store: Store, progress: Progress, on: date | None = None, *, folder: Path | None = None) -> Checked:
    """Judge every building by every rule pack of the store as of a date (today) and save the findings.

    ``folder``: the workspace the check is kept in, to be compared with others; a town without rules keeps none.
    """
    day = on or date.today()
    progress.start("check", 1)
    buildings, rules = judged_buildings(store), stored_rules(store, day)
    findings = judge(store, buildings, store.frontages(), day)
    store.save_findings(findings, day)
    run = None
    if folder is not None and rules.packs:
        run = record_run(store, folder, buildings, findings, rules, count_verdicts(findings))
    progress.advance()
    return Checked(findings, rules, run)


def judged_buildings(store: Store, place: tuple[str, str] | None = None) -> pa.Table:
    """The buildings that stand, or one (dataset, id), with what was surveyed of their main facades."""
    if place is None:
        buildings = store.buildings(state=PlaceState.EXISTING)
    else:
        buildings = store.buildings(dataset=place[0], ids=place[1:], state=PlaceState.EXISTING)
    surveys = store.frontage_surveys()
    return lay_on_buildings(buildings, store.frontages(building=place), surveys) if surveys.num_rows else buildings


def judge(store: Store, buildings: pa.Table, frontages: pa.Table, on: date) -> pa.Table:
    """Judge buildings by everything the store knows of rules, zones and streets; nothing is saved."""
    packs, places = stored_rule_packs(store), stored_places(store)
    exemptions = standing_exemptions(store, packs)
    return check_buildings(buildings, store.zones(), frontages, packs, on, store.streets(), exemptions, places)


def stored_rules(store: Store, on: date) -> RuleSet:
    """The rules of a store on a day with all exemptions. Raises RulePackError."""
    packs = stored_rule_packs(store)
    return RuleSet(packs, on, standing_exemptions(store, packs))


def standing_exemptions(store: Store, packs: Sequence[RulePack]) -> list[Exemption]:
    """Decisions of the town whose rule is still there and may be exempted from; the others have no effect."""
    open_rules = {rule.id for pack in packs for rule in pack.rules if rule.is_exemptible}
    return [exemption for exemption in store.exemptions() if exemption.rule_id in open_rules]


def stored_places(store: Store) -> Places:
    """The plan units and view corridors of a store."""
    return Places(plan_units=store.plan_units(), view_corridors=store.view_corridors())


def check_pack_names(pack: RulePack, store: Store, *, may_lack_streets: bool = False) -> None:
    """Raise RulePackError for a zone, street, plan unit or view corridor a pack names and the town does not have.

    ``may_lack_streets``: streets are not looked at as long as the town has none.
    """
    layers = (store.zones(), store.streets(), store.plan_units(), store.view_corridors())
    zones, streets, units, corridors = (frozenset(table["id"].to_pylist()) for table in layers)
    is_unchecked = may_lack_streets and not streets
    check_references(pack, zones=zones, streets=None if is_unchecked else streets, units=units, corridors=corridors)


def stored_rule_packs(store: Store) -> Sequence[RulePack]:
    """The rule packs of a store, validated again. Raises RulePackError."""
    return [_parse_stored(json.dumps(pack, ensure_ascii=False)) for pack in store.rule_packs()]


@lru_cache(16)
def _parse_stored(content: str) -> RulePack:
    """A pack as the store keeps it; one that was read before is not parsed again."""
    pack = json.loads(content)
    text = yaml.safe_dump(pack, allow_unicode=True, sort_keys=False)
    return parse_rule_pack(text, where=f"rule pack {pack.get('id')}")


def count_verdicts(findings: pa.Table) -> dict[str, int]:
    """Number of findings by verdict.

    >>> count_verdicts(pa.table({"verdict": ["pass", "fail", "pass"]}))
    {'fail': 1, 'pass': 2}
    """
    counts = pc.value_counts(findings.column("verdict").combine_chunks())
    return dict(sorted((str(row["values"]), int(row["counts"])) for row in counts.to_pylist()))
