"""Renewal projects and their links to buildings."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from api.http.models.common import Answer, Geometry, Names, VerdictCounts
from cim_core.renewal import BuildingAction, EvidenceKind, Stage

_LINE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"


#: Who does something: never blank.
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_LINE)]


class ProjectProperties(Answer):
    """A renewal project."""

    id: str
    name: Names
    type: str | None
    batch: str | None
    stage: str | None
    stage_order: int | None
    buildings: int
    geometry_note: str | None
    synthetic_geometry: bool
    unit_id: str | None
    starts_on: str | None
    ends_on: str | None
    investment_cny: float
    maturity_percent: float | None
    version: int


class ProjectFeature(Answer):
    """A renewal project as a GeoJSON feature; the geometry is null where none is known."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: ProjectProperties


class ProjectCollection(Answer):
    """All renewal projects."""

    type: Literal["FeatureCollection"]
    features: list[ProjectFeature]


class ProjectLink(Answer):
    """A building of a project; ``included`` false is one a person took out."""

    project_id: str
    dataset: str
    building_id: str
    gid: int | None
    building_name: str | None
    area_share: float | None
    relation: str | None
    buffer_m: float | None
    origin: Literal["geometry", "manual"]
    included: bool
    action: BuildingAction | None
    reason: str | None
    by: str | None
    recorded_from: str | None


class GateAnswer(Answer):
    """What a project shows, and which checks it holds, before it leaves its stage."""

    evidence: list[EvidenceKind]
    checks: list[str]


class ProgressAnswer(Answer):
    """How far a project is: granted ÷ needed procedures, and where it may go."""

    maturity_percent: float | None
    missing_procedures: list[str]
    allowed_transitions: list[Stage]
    gate: GateAnswer


class ProjectDetail(ProjectFeature):
    """A project with its whole record (``/project-schema``), its progress, and the buildings it is linked to."""

    record: dict[str, Any]
    progress: ProgressAnswer
    warnings: list[Names]
    links: list[ProjectLink]


class EvidenceItem(Answer):
    """One document or record and where it is."""

    kind: EvidenceKind
    reference: str = Field(min_length=1, max_length=2000, pattern=_LINE)


class MoveRequest(Answer):
    """Submit a move, or approve or return the one that waits. ``at`` is an instant with its zone; without it, now."""

    act: Literal["submit", "approve", "return"]
    by: PersonName
    target: str | None = Field(default=None, description="Stage to go to; without it the next one")
    evidence: list[EvidenceItem] = Field(default=[], max_length=50)
    reason: str = Field(default="", max_length=2000, pattern=_LINE, description="Why back, or why decided so")
    at: str | None = Field(default=None, max_length=40)


class MoveAnswer(Answer):
    """One move of a project."""

    id: str
    project_id: str
    origin: Stage
    target: Stage
    status: Literal["submitted", "approved", "rejected"]
    submitted_by: str
    submitted_at: str
    evidence: list[EvidenceItem]
    reason: str
    decided_by: str | None
    decided_at: str | None
    decision_note: str


class MovedAnswer(Answer):
    """The move, and where the project stands now."""

    move: MoveAnswer
    stage: Stage
    progress: ProgressAnswer


class TakenOver(Answer):
    """The stage at which a project came out of an imported library, without moves of this platform."""

    stage: Stage
    by: str
    at: str | None
    reason: str


class MovesAnswer(Answer):
    """The moves of a project, the first one first."""

    project_id: str
    stage: Stage
    taken_over: TakenOver | None
    progress: ProgressAnswer
    moves: list[MoveAnswer]


class CheckAnswer(Answer):
    """One automatic check of a project; shares and ratios are without unit (0.2 is 20 %)."""

    project_id: str
    check: str
    name: Names
    verdict: str
    original_verdict: str | None
    measured: float | None
    linked: float | None = Field(description="The same by the linked buildings and their actions alone")
    limit_min: float | None
    limit_max: float | None
    margin: float | None
    clause: Names
    provenance: str
    waivable: bool
    message: Names


class ChecksAnswer(Answer):
    """Automatic checks; ``source`` is the document of the limits."""

    source: str
    checked_on: str
    checks: list[CheckAnswer]


class TotalRow(Answer):
    """One group of projects in numbers."""

    key: str | None
    name: Names
    projects: int
    buildings: int
    buildings_without_floor: int
    existing_floor_m2: float
    demolished_floor_m2: float
    new_floor_m2: float
    floor_after_m2: float
    households: int
    households_to_resettle: int
    households_resettled_near: int
    investment_cny: float
    verdicts_before: VerdictCounts
    verdicts_after: VerdictCounts


class TotalsAnswer(Answer):
    """Totals by group, and all together."""

    by: str
    groups: list[TotalRow]
    total: TotalRow


class SchemaAnswer(Answer):
    """The JSON Schema of a project record, and of what PATCH takes."""

    record: dict[str, Any]
    patch: dict[str, Any]


class LinkChange(Answer):
    """A person's decision on whether a building belongs to a project, and what is to become of it."""

    included: bool
    action: BuildingAction | None = None
    reason: str = Field(default="", max_length=2000, pattern=_LINE)
    by: PersonName
    valid_from: dt.date | None = Field(default=None, description="Day from which it is so; without it only known now")

    @model_validator(mode="after")
    def _action_needs_inclusion(self) -> LinkChange:
        if self.action is not None and not self.included:
            raise ValueError("a building that is taken out of a project has no action")
        return self


class LinkAnswer(Answer):
    """The link now in force, or null when there is none."""

    link: ProjectLink | None
