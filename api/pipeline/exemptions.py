"""Decisions that a building need not keep a rule: decide, withdraw, list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from api.pipeline.derive import stored_rule_packs
from api.pipeline.rejudging import Effect, put_in_force
from cim_core.errors import NotFoundError, UsageError
from cim_core.store import Change, Store
from cim_core.townscape.exemptions import check_exemptions
from cim_core.townscape.kinds.base import PLACE_LAYERS
from cim_core.townscape.rules import Exemption, Text


def decide_exemption(
    store: Store,
    folder: Path,
    dataset: str,
    building_id: str,
    rule_id: str,
    *,
    reason_zh: str,
    reason_en: str,
    decided_by: str,
    decided_on: date,
    expires_on: date,
    conditions: str = "",
) -> tuple[Exemption, Effect]:
    """Record a decision and judge the building by it at once; the original verdict stays beside the decision.

    Raises UsageError without reason or decider, RulePackError for a rule that is not there or protects what is never
    exempt, NotFoundError for the building.
    """
    zh, en = reason_zh.strip() or reason_en.strip(), reason_en.strip() or reason_zh.strip()
    if not zh:
        raise UsageError("an exemption needs a reason", where="reason")
    if not decided_by.strip():
        raise UsageError("an exemption needs somebody who decided", where="decided_by")
    if decided_on > date.today():
        raise UsageError(
            f"is decided on {decided_on}, which is to come", where="decided_on", hint="record it on the day"
        )
    by = decided_by.strip()
    exemption = Exemption(building_id, rule_id, Text(zh, en), by, decided_on, expires_on, dataset, conditions.strip())
    check_exemptions([exemption], [rule for pack in stored_rule_packs(store) for rule in pack.rules])
    change = Change(by, zh, decided_on.isoformat())

    def write() -> None:
        store.put_exemption(exemption, change)

    return exemption, put_in_force(store, folder, (dataset, building_id), rule_id, write)


def withdraw_exemption(
    store: Store, folder: Path, dataset: str, building_id: str, rule_id: str, *, by: str = "", reason: str = ""
) -> Effect:
    """Withdraw a decision of the town and judge the building without it; history keeps it. Raises NotFoundError."""

    def write() -> None:
        store.delete_exemption(dataset, building_id, rule_id, Change(by, reason or "withdrawn"))

    return put_in_force(store, folder, (dataset, building_id), rule_id, write)


def list_exemptions(store: Store, on: date) -> list[dict[str, Any]]:
    """Decisions of packs and of the town: whether each is valid on a day, or its building gone, and its origin."""
    from_packs = [e for pack in stored_rule_packs(store) for e in pack.exemptions]
    groups: Sequence[tuple[str, Sequence[Exemption]]] = (("pack", from_packs), ("town", store.exemptions()))
    listed = [describe_exemption(exemption, on, origin) for origin, group in groups for exemption in group]
    return [{**row, "state": "gone"} if _is_gone(store, row) else row for row in listed]


def _is_gone(store: Store, exemption: dict[str, Any]) -> bool:
    """Whether the building a decision is about is not there (any more)."""
    dataset = exemption["dataset"]
    if dataset is None or dataset in PLACE_LAYERS.values():
        return False
    try:
        store.building(dataset, exemption["building_id"])
    except NotFoundError:
        return True
    return False


def describe_exemption(exemption: Exemption, on: date, origin: str = "town") -> dict[str, Any]:
    """One decision, ready for JSON."""
    state = "valid" if exemption.is_valid(on) else "expired" if on > exemption.expires_on else "not_yet"
    return {
        "dataset": exemption.dataset,
        "building_id": exemption.building_id,
        "rule_id": exemption.rule_id,
        "reason": exemption.reason.to_dict(),
        "decided_by": exemption.decided_by,
        "decided_on": exemption.decided_on.isoformat(),
        "expires_on": exemption.expires_on.isoformat(),
        "conditions": exemption.conditions,
        "state": state,
        "origin": origin,
    }
