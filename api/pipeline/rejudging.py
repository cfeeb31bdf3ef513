"""Decisions take effect at once: what one changes is judged again, stored, and kept as a check that can be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from api.pipeline.derive import check_store, judged_buildings, stored_places, stored_rules
from api.pipeline.opening import locked_workspace
from api.pipeline.runs import code_version, is_kept, record_decision
from api.pipeline.whatif import READ_TABLES
from cim_core.progress import Progress, SilentProgress
from cim_core.store import FindingFilter, Store
from cim_core.store.runs import CheckRun
from cim_core.townscape.check import RuleSet
from cim_core.townscape.judging import Town
from cim_core.townscape.rejudge import judge_one


@dataclass(frozen=True, slots=True)
class Effect:
    """What a decision did. ``run``: the check it is kept as; ``findings``: of the building under the rule.

    Each finding has its id, zone and street, the verdict, the one without the exemption (``original_verdict``, null
    where none counts) and the one before the decision.
    """

    run: str
    findings: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def put_in_force(
    store: Store,
    folder: Path,
    place: tuple[str, str],
    rule_id: str,
    write: Callable[[], None],
    *,
    progress: Progress | None = None,
    on: date | None = None,
) -> Effect:
    """Write a decision on a building (dataset, id) and a rule, and judge by it.

    Only the building is judged, if nothing but decisions changed since the last check of the same day; else the town.
    """
    progress, day = progress or SilentProgress(), on or date.today()
    with locked_workspace(folder, progress):
        runs = store.check_runs()
        last = runs[-1] if runs and _is_settled(store, folder, runs[-1], day) else None
        before = _findings(store, place, rule_id)
        write()
        run = None if last is None else _judge_building(store, folder, last, place, rule_id, len(before))
        if run is None:
            run = check_store(store, progress, day, folder=folder).run
        after = _findings(store, place, rule_id)
    for name, row in after.items():
        row["verdict_before"] = before.get(name, {}).get("verdict")
    return Effect("" if run is None else run.id, list(after.values()))


def check_if_due(store: Store, folder: Path, *, progress: Progress | None = None, on: date | None = None) -> bool:
    """Check the town if the calendar changed what holds since its last check: a decision or a rule began or ended.

    Returns whether it did. A town that was never checked is left alone.
    """
    progress, day = progress or SilentProgress(), on or date.today()
    runs = store.check_runs()
    if not runs or runs[-1].checked_on == day.isoformat():
        return False
    then = stored_rules(store, date.fromisoformat(runs[-1].checked_on))
    if _holding(then) == _holding(stored_rules(store, day)):
        return False
    with locked_workspace(folder, progress):
        check_store(store, progress, day, folder=folder)
    return True


def _holding(rules: RuleSet) -> tuple[object, ...]:
    decisions = [e for group in rules.exemptions.values() for e in group if e.is_valid(rules.on)]
    return [rule.id for rule in rules.in_force], decisions


def _is_settled(store: Store, folder: Path, last: CheckRun, day: date) -> bool:
    """Whether the last check says what a check now would say."""
    is_same = last.checked_on == day.isoformat() and last.code_version == code_version() and is_kept(last, folder)
    return is_same and store.last_change(READ_TABLES) < store.last_change(("check_runs",))


def _judge_building(
    store: Store, folder: Path, last: CheckRun, place: tuple[str, str], rule_id: str, count: int
) -> CheckRun | None:
    """Judge the building under the rule and keep the check; None where it has not as many findings as before."""
    day = date.fromisoformat(last.checked_on)
    rules = stored_rules(store, day)

    def read(is_alone: bool) -> Town:
        if is_alone:
            buildings, fronts = judged_buildings(store, place), store.frontages(building=place)
        else:
            buildings, fronts = judged_buildings(store), store.frontages()
        return Town(buildings, store.zones(), fronts, store.streets(), places=stored_places(store))

    findings = judge_one(read, rules, rule_id, *place)
    if findings.num_rows != count:
        return None
    store.save_findings_of(place, rule_id, findings, day)
    counts = store.findings_summary().get(None, {})
    return record_decision(store, folder, last, findings, rules, dict(sorted(counts.items())))


def _findings(store: Store, place: tuple[str, str], rule_id: str) -> dict[str, dict[str, Any]]:
    _, table = store.findings(FindingFilter(dataset=place[0], building=place[1], rule=rule_id))
    names = ("id", "zone_id", "street_id", "verdict", "original_verdict")
    return {row["id"]: row for row in table.select(names).to_pylist()}
