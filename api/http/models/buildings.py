"""Buildings and elements."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.http.models.common import Answer, Geometry, Names, PositionDeg, PositionField
from api.http.models.findings import FindingAnswer


class BuildingFeature(Answer):
    """A footprint with its attributes; ``id`` is unique within the dataset."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: dict[str, Any] = Field(
        description="id, gid, dataset, verdict (worst, null if unchecked), height_source and every attribute"
    )


class BuildingCollection(Answer):
    """One page of footprints."""

    type: Literal["FeatureCollection"]
    numberMatched: int  # noqa: N815 - the name OGC API Features gives it
    numberReturned: int  # noqa: N815 - the name OGC API Features gives it
    features: list[BuildingFeature]


class BuildingProject(Answer):
    """A project a building belongs to."""

    id: str
    name: Names
    type: str | None
    batch: str | None
    stage: str | None
    area_share: float | None = Field(description="Share of the footprint inside the project, 0 to 1")
    origin: Literal["geometry", "manual"]
    action: str | None


class BuildingFrontage(Answer):
    """Where a building stands along a street; chainages count along the centreline, metres."""

    key: str | None = Field(description="Lasting key of the frontage: dataset/building@street:side")
    street_id: str
    street_name: Names
    side: str | None = Field(description="Side of the street by compass: east, north, west or south")
    line_side: str | None = Field(description="Side of the centreline in its direction: left or right")
    chainage_from_m: float | None
    chainage_to_m: float | None
    length_m: float | None
    setback_m: float | None


class BuildingSource(Answer):
    """Where a building's data comes from."""

    dataset: str
    file: str
    height_source: str | None
    height_confidence: Literal["high", "medium", "low"] | None
    color_source: str | None
    synthetic: bool


class BuildingAnswer(Answer):
    """Everything known of one building."""

    id: str
    dataset: str
    gid: int
    name: str | None
    attributes: dict[str, Any]
    extra: dict[str, Any] = Field(description="Columns of the source outside the agreed attributes")
    facades: dict[str, Any] | None = Field(
        default=None, description="Measured in a model: sides, colors with Munsell and share, materials by area in m²"
    )
    cim_level: int | None = Field(default=None, description="CIM level 1 to 7 of the building, else of its dataset")
    footprint: Geometry | None
    position_deg: PositionDeg | None = PositionField
    verdict: str | None
    findings: list[FindingAnswer]
    projects: list[BuildingProject]
    frontages: list[BuildingFrontage]
    elements: int
    source: BuildingSource
