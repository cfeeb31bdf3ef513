"""Rule packs and control zones."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.http.models.common import Answer, Geometry, Names


class RuleAnswer(Answer):
    """One control rule as its pack states it."""

    id: str
    kind: str
    clause: str | None
    nature: str | None
    text: Names
    applies_to: dict[str, Any]
    parameters: dict[str, Any]


class PackAnswer(Answer):
    """A rule pack and where it comes from."""

    id: str
    name: Names
    version: str
    document: dict[str, Any]
    synthetic: bool
    rules: list[RuleAnswer]


class ZoneProperties(Answer):
    """A control zone; enough to draw its height limit as a ceiling."""

    id: str
    name: Names
    level: str | None
    description: Names
    height_limit_m: float | None = Field(description="The strictest height limit that applies in the zone")
    ground_m: float = Field(description="Lowest ground under the zone's buildings, metres above the ellipsoid")
    rules: list[str]


class ZoneFeature(Answer):
    """A control zone as a GeoJSON feature."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: ZoneProperties


class ZoneCollection(Answer):
    """All control zones."""

    type: Literal["FeatureCollection"]
    features: list[ZoneFeature]


class ControlsAnswer(Answer):
    """The townscape controls of the town."""

    packs: list[PackAnswer]
    zones: ZoneCollection
