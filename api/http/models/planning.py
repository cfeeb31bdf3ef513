"""Districts, units, parcels and view corridors; their columns are those of ``cim_core.features.places``."""

from __future__ import annotations

from typing import Any, Literal

import pyarrow as pa
from pydantic import Field, create_model

from api.http.models.common import Answer, Geometry, Names
from cim_core.features import Attribute
from cim_core.features.places import PLAN_UNIT_ATTRIBUTES, VIEW_CORRIDOR_ATTRIBUTES


def _properties(name: str, doc: str, attributes: tuple[Attribute, ...]) -> Any:  # noqa: ANN401 - a type made at run time
    fields: dict[str, Any] = {"id": (str, ...), "name": (Names, ...)}
    for a in attributes:
        if not a.name.startswith("name_"):
            kind = float | None if pa.types.is_floating(a.type) else str | None
            fields[a.name] = (kind, Field(description=f"{a.zh} {a.en}{f', {a.unit}' if a.unit else ''}"))
    worst = Field(description="The worst verdict of the findings about it; null without any")
    return create_model(name, __base__=Answer, __doc__=doc, verdict=(str | None, worst), **fields)


PlanUnitProperties = _properties("PlanUnitProperties", "A district, unit or parcel.", PLAN_UNIT_ATTRIBUTES)
ViewCorridorProperties = _properties("ViewCorridorProperties", "A view corridor.", VIEW_CORRIDOR_ATTRIBUTES)


class PlanUnitFeature(Answer):
    """A district, unit or parcel as a GeoJSON feature."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: PlanUnitProperties  # type: ignore[valid-type]


class PlanUnitCollection(Answer):
    """All districts, units and parcels."""

    type: Literal["FeatureCollection"]
    features: list[PlanUnitFeature]


class ViewCorridorFeature(Answer):
    """A view corridor as a GeoJSON feature: the line from the viewpoint to the middle of its target."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: ViewCorridorProperties  # type: ignore[valid-type]


class ViewCorridorCollection(Answer):
    """All view corridors."""

    type: Literal["FeatureCollection"]
    features: list[ViewCorridorFeature]


_SQUARE = [[[113.4001, 38.0801], [113.4002, 38.0801], [113.4002, 38.0802], [113.4001, 38.0801]]]
PLAN_UNITS_EXAMPLE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "parcel-23",
            "geometry": {"type": "Polygon", "coordinates": _SQUARE},
            "properties": {
                "id": "parcel-23",
                "name": {"zh": "23 号地块", "en": "Parcel 23"},
                "parent_id": "unit-es",
                "level": "parcel",
                "land_use": "residential",
                "far_max": 1.38,
                "coverage_max_percent": 32.0,
                "green_min_percent": 25.0,
                "green_area_m2": 9120.5,
                "hard_area_m2": None,
                "population": None,
                "verdict": "fail",
            },
        }
    ],
}
VIEW_CORRIDORS_EXAMPLE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "dawang",
            "geometry": {"type": "LineString", "coordinates": [[113.402, 38.0996], [113.4041, 38.0884]]},
            "properties": {
                "id": "dawang",
                "name": {"zh": "北山观景台望大王庙", "en": "North hill to Dawang temple"},
                "viewpoint_ground_m": 1043.0,
                "target_low_m": 962.0,
                "target_high_m": 964.6,
                "width_from_m": 8.0,
                "width_to_m": 22.0,
                "verdict": None,
            },
        }
    ],
}
