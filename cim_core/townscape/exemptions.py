"""Exemptions on top of verdicts: the decision counts while it is valid, the original answer stays beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.rulepack import Exemption
from cim_core.townscape.verdicts import EXEMPT, PASS

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
    rule_id: str,
    exemptions: Sequence[Exemption],
    on: dt.date,
) -> Exempted:
    """Turn fail, review and no data into exempt where a decision is valid on the day; a pass needs none.

    An expired (or not yet valid) decision changes nothing and says so in the message.
    """
    changed = verdicts.copy()
    notes: list[Note] = []
    for exemption in exemptions:
        if exemption.rule_id != rule_id:
            continue
        is_meant = _matches(building_ids, exemption.building_id)
        if exemption.dataset is not None:
            is_meant &= _matches(datasets, exemption.dataset)
        is_meant &= verdicts != PASS
        if exemption.is_valid(on):
            changed[is_meant] = EXEMPT
        notes.append((is_meant, *_note(exemption, on)))
    return Exempted(changed, verdicts, changed == EXEMPT, tuple(notes))


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
        until_zh = f"，有效期至 {exemption.expires_on}" if exemption.expires_on else ""
        until_en = f", valid until {exemption.expires_on}" if exemption.expires_on else ""
        return (
            f"经{by}于 {exemption.decided_on} 批准豁免{until_zh}：{_without_stop(reason.zh)}。",
            f"Exempted by {by} on {exemption.decided_on}{until_en}: {_without_stop(reason.en)}.",
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
