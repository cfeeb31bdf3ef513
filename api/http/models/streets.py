"""Streets and the buildings along them."""

from __future__ import annotations

from pydantic import Field

from api.http.models.common import Answer, Geometry, Names, VerdictCounts


class StreetAnswer(Answer):
    """A street; ``verdicts`` counts the buildings fronting it by their worst verdict."""

    id: str
    name: Names
    class_: str | None = Field(alias="class")
    width_m: float | None
    length_m: float
    centerline: Geometry | None
    buildings: int
    verdicts: VerdictCounts


class StreetFrontage(Answer):
    """A building along a street, metres along and from the centreline."""

    dataset: str
    building_id: str
    gid: int | None
    building_name: str | None
    side: str | None = Field(description="Side of the street by compass: east, north, west or south")
    line_side: str | None = Field(description="Side of the centreline in its direction: left or right")
    chainage_from_m: float | None
    chainage_to_m: float | None
    length_m: float | None
    setback_m: float | None
    height_m: float | None
    eave_height_m: float | None
    color: str | None = Field(description="Main facade color, #rrggbb")
    material: str | None
    style: str | None
    sign_count: int | None
    photo: str | None = Field(description="Facade photo as recorded")
    facade: Geometry | None
    verdict: str | None


class StreetDetail(StreetAnswer):
    """A street with its frontages in order of chainage."""

    frontages: list[StreetFrontage]


class StreetsAnswer(Answer):
    """All streets."""

    streets: list[StreetAnswer]
