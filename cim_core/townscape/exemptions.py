"""Exemptions on top of verdicts: the decision counts while it is valid, the original answer stays beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.errors import RulePackError
from cim_core.townscape.rules import Exemption, Rule
from cim_core.townscape.verdicts import EXEMPT, PASS

#: A decision for longer does not expire.
LONGEST_YEARS = 100

Note = tuple[NDArray[np.bool_], str, str]


@dataclass(frozen=True, slots=True)
class Exempted:
    """Verdict codes after exemptions, the codes before, where one took effect, and what to add to the messages."""

    verdicts: NDArray[np.uint8]
    original: NDArray[np.uint8]
    is_exempt: NDArray[np.bool_]
    notes: tuple[Note, ...]


def apply_exemptions(
    verdicts: NDArray[np.uint8],
    building_ids: pa.Array,
    datasets: pa.Array,
    exemptions: Sequence[Exemption],
    on: dt.date,
) -> Exempted:
    """Turn fail, review and no data into exempt where a decision on the rule is valid on the day; a pass needs none.

    An expired (or not yet valid) decision changes nothing and says so in the message.
    """
    changed = verdicts.copy()
    notes: list[Note] = []
    for exemption in exemptions:
        is_meant = _matches(building_ids, exemption.building_id)
        if exemption.dataset is not None:
            is_meant &= _matches(datasets, exemption.dataset)
        is_meant &= verdicts != PASS
        if exemption.is_valid(on):
            changed[is_meant] = EXEMPT
        notes.append((is_meant, *_note(exemption, on)))
    return Exempted(changed, verdicts, changed == EXEMPT, tuple(notes))


def check_exemptions(exemptions: Sequence[Exemption], rules: Sequence[Rule]) -> None:
    """Raise RulePackError for a decision on a rule that is not there or that nobody can be exempted from."""
    rule_by_id = {rule.id: rule for rule in rules}
    for exemption in exemptions:
        rule = rule_by_id.get(exemption.rule_id)
        if rule is None:
            hint = f"rules: {', '.join(rule_by_id) or 'none'}"
            raise RulePackError(
                f"there is no rule {exemption.rule_id!r} to be exempted from", where="rule_id", hint=hint
            )
        if not rule.is_exemptible:
            because = f", it protects {rule.protects.value}" if rule.protects else ""
            raise RulePackError(
                f"rule {rule.id!r} cannot be exempted from{because}",
                where="rule_id",
                hint="heritage, fire, safety, the three control lines and the share of demolition are never exempt",
                code="not-exemptible",
            )
        check_days(exemption.decided_on, exemption.expires_on)


def check_days(decided_on: dt.date, expires_on: dt.date) -> None:
    """Raise RulePackError for a decision that expires before it is made, or so late that it never does."""
    if expires_on < decided_on:
        raise RulePackError("expires before it is decided", where="expires_on")
    if expires_on.year - decided_on.year > LONGEST_YEARS:
        raise RulePackError(
            f"is decided for more than {LONGEST_YEARS} years, which is no expiry",
            where="expires_on",
            hint="name the day on which it is to be looked at again",
        )


def find_idle_exemptions(findings: pa.Table, exemptions: Sequence[Exemption]) -> list[Exemption]:
    """The decisions that meet no finding: the building is gone, renamed, or no longer under the rule."""
    idle = []
    for exemption in exemptions:
        is_met = _matches(findings["building_id"], exemption.building_id)
        is_met &= _matches(findings["rule_id"], exemption.rule_id)
        if exemption.dataset is not None:
            is_met &= _matches(findings["dataset"], exemption.dataset)
        if not is_met.any():
            idle.append(exemption)
    return idle


def _note(exemption: Exemption, on: dt.date) -> tuple[str, str]:
    by, reason = exemption.decided_by, exemption.reason
    if exemption.is_valid(on):
        until = exemption.expires_on
        return (
            f"经{by}于 {exemption.decided_on} 批准豁免，有效期至 {until}：{_without_stop(reason.zh)}。",
            f"Exempted by {by} on {exemption.decided_on}, valid until {until}: {_without_stop(reason.en)}.",
        )
    if on < exemption.decided_on:
        return f"豁免自 {exemption.decided_on} 起生效。", f"An exemption takes effect on {exemption.decided_on}."
    return (
        f"原豁免已于 {exemption.expires_on} 到期。",
        f"The exemption expired on {exemption.expires_on}.",
    )


def _without_stop(text: str) -> str:
    return text.rstrip("。. ")


def _matches(column: pa.Array | pa.ChunkedArray, value: str) -> NDArray[np.bool_]:
    return np.array(pc.fill_null(pc.equal(column, value), False), bool)
