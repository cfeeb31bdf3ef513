"""Checks that were made, what flipped between two, what a change would do, exemptions and conflicts."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from api.http.models.common import Answer, Names, VerdictCounts

_LINE = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"


class RunAnswer(Answer):
    """One check of the town."""

    id: str
    checked_on: str = Field(description="The day rules had to be in force and exemptions valid")
    checked_at: str
    code_version: str
    buildings: int
    findings: int
    inputs: dict[str, Any] = Field(description="Digests of datasets and layers, versions and digests of rule packs")
    counts: VerdictCounts
    comparable: bool = Field(description="Whether its details are still kept")


class RunsAnswer(Answer):
    """All checks, the oldest first."""

    runs: list[RunAnswer]


class AttributeChange(Answer):
    """What changed of the building; of a footprint only that it did."""

    attribute: str
    before: Any = Field(alias="from")
    after: Any = Field(alias="to")


class RuleChange(Answer):
    """What changed of a rule."""

    path: str
    before: Any = Field(alias="from")
    after: Any = Field(alias="to")


class ChangedRule(Answer):
    """A rule that is not the same in both checks."""

    rule_id: str
    change: str = Field(description="added, removed or changed")
    changes: list[RuleChange]


class FlipAnswer(Answer):
    """A verdict that is another; null where there was none in one of the checks."""

    dataset: str
    building_id: str
    rule_id: str
    street_id: str | None
    zone_id: str | None
    verdict_from: str | None
    verdict_to: str | None
    measured_from: float | None
    measured_to: float | None
    reasons: list[str]
    attributes: list[AttributeChange]
    rule_changes: list[RuleChange]


class RunDiffAnswer(Answer):
    """What flipped between two checks and why."""

    before: RunAnswer = Field(alias="from")
    after: RunAnswer = Field(alias="to")
    total: int
    reasons: dict[str, int]
    verdicts: dict[str, int]
    rules: list[ChangedRule]
    flips: list[FlipAnswer]


class BuildingChange(Answer):
    """A change to one building; an unknown one with a footprint is added."""

    dataset: str = Field(max_length=200)
    building_id: str = Field(max_length=200)
    set: dict[str, str | int | float | None] = Field(default_factory=dict, description="New attribute values")
    footprint: dict[str, Any] | None = Field(default=None, description="GeoJSON polygon in degrees")
    removed: bool = False


class WhatIfBody(Answer):
    """Changes that are judged and not kept."""

    changes: list[BuildingChange] = Field(min_length=1, max_length=200)


class WhatIfFinding(Answer):
    """A finding after the changes, beside what it was."""

    dataset: str
    building_id: str
    rule_id: str
    kind: str
    clause: str
    zone_id: str | None
    street_id: str | None
    verdict: str
    verdict_before: str | None
    measured: float | None
    measured_before: float | None
    measured_text: str | None
    limit_text: str | None
    margin: float | None
    unit: str | None
    message: Names


class GoneFinding(Answer):
    """A finding that would be no more."""

    dataset: str
    building_id: str
    rule_id: str
    kind: str
    clause: str
    street_id: str | None
    verdict_before: str | None


class WhatIfAnswer(Answer):
    """What the changes would do: findings of the changed buildings, and of neighbours that come out otherwise."""

    findings: list[WhatIfFinding]
    gone: list[GoneFinding]
    flips: int = Field(description="Findings whose verdict would be another")
    judged_ms: float = Field(description="Time of judging alone")
    was_ready: bool = Field(description="Whether the town was prepared already; the first call after a write is slow")


class ExemptionBody(Answer):
    """A decision; it needs a reason, somebody who decided, and an end."""

    reason_zh: str = Field(default="", max_length=2000, pattern=_LINE)
    reason_en: str = Field(default="", max_length=2000, pattern=_LINE)
    decided_by: str = Field(min_length=1, max_length=200, pattern=_LINE)
    decided_on: date
    expires_on: date
    conditions: str = Field(default="", max_length=2000, pattern=_LINE)


class ExemptionAnswer(Answer):
    """One decision. ``state``: valid, expired, not_yet or gone (its building); ``origin``: pack or town."""

    dataset: str | None
    building_id: str
    rule_id: str
    reason: Names
    decided_by: str
    decided_on: str
    expires_on: str
    conditions: str
    state: str
    origin: str


class EffectFinding(Answer):
    """A verdict of the building under the rule, before and after the decision."""

    id: str
    zone_id: str | None
    street_id: str | None
    verdict: str
    original_verdict: str | None = Field(description="The verdict without the exemption")
    verdict_before: str | None


class Effect(Answer):
    """What a decision did, kept as a check of its own."""

    run: str
    findings: list[EffectFinding]


class ExemptedAnswer(ExemptionAnswer):
    """A decision and what it did at once."""

    effect: Effect


class ExemptionsAnswer(Answer):
    """All decisions."""

    exemptions: list[ExemptionAnswer]


class WithdrawnAnswer(Answer):
    """The decision that was withdrawn, and what that did at once."""

    withdrawn: dict[str, str]
    effect: Effect


class ParameterDifference(Answer):
    """A parameter two rules do not share."""

    parameter: str
    first: Any
    second: Any


class ConflictAnswer(Answer):
    """Two rules, or two zones, in conflict."""

    kind: str
    first: str
    second: str
    element: str
    outcome: str = Field(description="overrides (the first speaks), review, or both_hold (the stricter decides)")
    because: str
    buildings: int | None
    differences: list[ParameterDifference]


class ConflictsAnswer(Answer):
    """Conflicts among the rules in force, and rules that are not in force today."""

    conflicts: list[ConflictAnswer]
    dormant: list[str]
