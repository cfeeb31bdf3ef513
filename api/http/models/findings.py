"""Findings and their counts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.http.models.common import Answer, Names, PositionDeg, PositionField, VerdictCounts


class Measured(Answer):
    """What was measured; ``text`` may be a code, ``words`` never is."""

    value: float | None
    text: str | None
    words: Names | None


class LimitAnswer(Answer):
    """What the rule asks."""

    min: float | None
    max: float | None
    text: str | None
    words: Names = Field(description="The limit in words, e.g. the permitted palettes with their ranges")


class FindingAnswer(Answer):
    """One rule applied to one building, street or plan unit."""

    id: str
    dataset: str
    building_id: str
    gid: int | None
    building_name: str | None
    name: Names = Field(description="Name of the building, street or plan unit; empty without one")
    rule_id: str
    kind: str
    clause: str | None
    nature: str | None
    zone_id: str | None
    street_id: str | None
    verdict: str
    original_verdict: str | None = Field(description="The verdict before an exemption")
    measured: Measured
    limit: LimitAnswer
    margin: float | None = Field(description="Room to the limit in ``unit``; negative by as much as it is broken")
    unit: str | None
    source: str | None
    confidence: str | None
    indicative: bool = Field(description="It hints and proves nothing: a color from a photo or of unknown origin")
    related_rules: list[str] = Field(description="What was merged into it: overrides a rule, conflicts with one")
    message: Names
    position_deg: PositionDeg | None = PositionField
    evidence: dict[str, Any] | None = Field(
        description="GeoJSON of what to show of a broken or open rule; heights, where given, above the ellipsoid"
    )


class FindingsAnswer(Answer):
    """One page of findings."""

    total: int
    findings: list[FindingAnswer]


class FindingGroup(Answer):
    """Findings of one zone, street, clause or kind; an empty key holds those without one."""

    key: str
    name: Names
    counts: VerdictCounts


class SummaryAnswer(Answer):
    """Counts of findings by verdict."""

    by: Literal["zone", "street", "clause", "kind"]
    groups: list[FindingGroup]
    total: VerdictCounts
