"""Shapes several resources share."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """A shape of ours: nothing beyond its fields."""

    model_config = ConfigDict(extra="forbid")


class Names(Answer):
    """A name or sentence in both languages of the viewer."""

    zh: str
    en: str


class Problem(Answer):
    """What went wrong (RFC 9457). Programs switch on ``code``; ``hint`` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    where: str
    hint: str


class Geometry(Answer):
    """A GeoJSON geometry in WGS 84 longitude and latitude, degrees."""

    type: Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]


class Heights(Answer):
    """What elevations count from and, for levelled ones, N in h = H + N: a number of metres or a geoid model's name."""

    datum: str
    undulation_m: float | None
    geoid: str | None


Extent = tuple[float, float, float, float]
ExtentField = Field(description="West, south, east, north in degrees")
PositionDeg = tuple[float, float, float]
PositionField = Field(
    description="Longitude and latitude in degrees, metres above the ellipsoid: where the building stands"
)

VerdictCounts = dict[str, int]
