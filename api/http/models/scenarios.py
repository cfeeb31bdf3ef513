"""Scenarios: their changes, what becomes of each place, and the difference they make."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from api.http.models.common import Answer, Geometry, Names
from cim_core.scenarios import ChangeKind, PlaceState

_LINE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
Who = Annotated[str, Field(min_length=1, max_length=200, pattern=_LINE, description="Who does it")]


class ClauseDifference(Answer):
    """How findings under one clause differ, and its verdicts before and after."""

    clause: str
    kind: str
    rule_id: str
    worse: int
    lost: int = Field(description="Judged before, no data afterwards")
    better: int
    changed: int
    appeared: int
    gone: int
    before: dict[str, int]
    after: dict[str, int]


class ScenarioSummary(Answer):
    """What came of the last check."""

    changes: int
    places: dict[str, int] = Field(description="Touched places by state")
    differences: dict[str, int] = Field(description="Findings by difference")
    buildings_with_another_verdict: int
    clauses: list[ClauseDifference]


class StateLink(Answer):
    """Where the state of every feature of a dataset in a scenario is: one byte a feature, indexed by gid."""

    dataset: str
    place_url: str
    verdict_url: str


class ScenarioAnswer(Answer):
    """One scenario. ``stale``: the town or its rules changed since it was checked."""

    id: str
    name: Names
    state: Literal["draft", "adopted", "discarded"]
    project_id: str | None
    note: str
    created_by: str
    decided_by: str | None
    decided_at: str | None
    reason: str | None
    checked_at: str | None
    stale: bool
    synthetic: bool
    version: int
    summary: ScenarioSummary | None


class ScenarioDetail(ScenarioAnswer):
    """A scenario with the codes of its places and where their bytes are."""

    place_codes: list[str] = Field(description="Meaning of the bytes at place_url; 255 is in neither town")
    states: list[StateLink]


class ScenariosAnswer(Answer):
    """All scenarios, the oldest first."""

    scenarios: list[ScenarioAnswer]


class ChangeAnswer(Answer):
    """One change, in order; ``footprint`` is a new building's, in degrees."""

    position: int
    kind: ChangeKind
    buildings: list[str] = Field(description="dataset/id")
    new_id: str | None
    attributes: dict[str, Any]
    design: str | None
    note: str
    footprint: Geometry | None


class ChangesAnswer(Answer):
    """The changes of a scenario."""

    scenario_id: str
    changes: list[ChangeAnswer]


class Side(Answer):
    """One side of a difference."""

    verdict: str | None
    value: float | None
    text: str | None
    limit: str | None
    margin: float | None
    message: Names


class DifferenceAnswer(Answer):
    """One finding that differs."""

    dataset: str
    building_id: str
    gid: int | None
    rule_id: str
    kind: str
    clause: str
    nature: str
    zone_id: str | None
    street_id: str | None
    unit: str | None
    difference: Literal["worse", "lost", "better", "changed", "appeared", "gone"]
    before: Side
    after: Side


class DiffAnswer(Answer):
    """The difference a scenario makes, by finding and by clause."""

    scenario_id: str
    stale: bool
    total: int
    summary: ScenarioSummary | None
    differences: list[DifferenceAnswer]


class ShapeProperties(Answer):
    """One place of a scenario. ``drawn``: no tile shows this shape, draw it from the footprint and the heights."""

    dataset: str
    building_id: str
    gid: int | None
    state: PlaceState
    drawn: bool
    base_m: float | None
    height_m: float | None
    position_deg: tuple[float, float, float] | None = Field(
        description="A point inside: degrees, and ellipsoidal metres of its base"
    )
    attributes: dict[str, Any] = Field(description="What the scenario sets")
    changes: list[int]
    verdict_before: str | None
    verdict_after: str | None


class ShapeFeature(Answer):
    """A place as GeoJSON."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: ShapeProperties


class ShapeCollection(Answer):
    """Every place a scenario touches or judges otherwise."""

    type: Literal["FeatureCollection"]
    features: list[ShapeFeature]


class ScenarioCheck(Answer):
    """Who has a scenario checked."""

    by: Who = "viewer"


class ScenarioDecision(Answer):
    """Adopt or discard a draft."""

    act: Literal["adopt", "discard"]
    by: Who
    reason: str = Field(min_length=1, max_length=2000, pattern=_LINE)
    valid_from: dt.date | None = Field(default=None, description="Day from which an adopted one holds; today without")
