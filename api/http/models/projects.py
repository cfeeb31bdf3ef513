"""Renewal projects and their links to buildings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from api.http.models.common import Answer, Geometry, Names
from cim_core.renewal import BuildingAction

_LINE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"


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


class ProjectDetail(ProjectFeature):
    """A project with the buildings it is linked to."""

    links: list[ProjectLink]


class LinkChange(Answer):
    """A person's decision on whether a building belongs to a project, and what is to become of it."""

    included: bool
    action: BuildingAction | None = None
    reason: str = Field(default="", max_length=2000, pattern=_LINE)
    by: str = Field(default="", max_length=200, pattern=_LINE)

    @model_validator(mode="after")
    def _action_needs_inclusion(self) -> LinkChange:
        if self.action is not None and not self.included:
            raise ValueError("a building that is taken out of a project has no action")
        return self


class LinkAnswer(Answer):
    """The link now in force, or null when there is none."""

    link: ProjectLink | None
