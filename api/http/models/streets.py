"""Streets and the buildings along them."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from api.http.models.common import Answer, Geometry, Names, VerdictCounts
from api.http.models.projects import PersonName


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

    key: str | None = Field(description="Lasting key: dataset/building@street:side; null until derived by this release")
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
    color_source: str | None = Field(description="Origin of the color: card, photo or design; null: not known")
    material: str | None
    style: str | None
    sign_count: int | None
    photo: str | None = Field(description="Facade photo as recorded")
    facade: Geometry | None
    verdict: str | None
    surveyed: list[str] = Field(description="What was surveyed of this facade; the rest is the building's")
    surveyed_on: str | None
    survey_source: str | None


class FrontageAnswer(StreetFrontage):
    """One frontage; ``version`` counts the changes of its survey, 0 where there is none."""

    street_id: str
    street_name: Names
    version: int


class FrontageChange(Answer):
    """Surveyed facts of a facade; what is left out stays, null takes a fact back."""

    color: str | None = Field(default=None, description="Main color, #rrggbb")
    color_source: str | None = Field(default=None, description="card, photo or design")
    material: str | None = None
    style: str | None = None
    sign_count: int | None = None
    photo: str | None = Field(default=None, description="Id of an attachment, path or web address")
    surveyed_on: str | None = Field(default=None, description="Day of the survey, 2026-05-01")
    source: str | None = Field(default=None, description="Who or what says so")
    by: PersonName
    reason: str = Field(default="", max_length=2000)
    valid_from: dt.date | None = Field(default=None, description="Day from which it is so; without it only known now")


class StreetDetail(StreetAnswer):
    """A street with its frontages in order of chainage."""

    frontages: list[StreetFrontage]


class StreetsAnswer(Answer):
    """All streets."""

    streets: list[StreetAnswer]
