"""The planning hierarchy and the view corridors, as GeoJSON."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from fastapi import APIRouter

from api.http.context import Town, TownDep
from api.http.geojson import encode_geometries
from api.http.models.planning import (
    PLAN_UNITS_EXAMPLE,
    VIEW_CORRIDORS_EXAMPLE,
    PlanUnitCollection,
    ViewCorridorCollection,
)
from api.http.responses import GEOJSON_TYPE, GeoJsonResponse, documented
from api.http.rows import names
from cim_core.store import VERDICTS_BY_SEVERITY, FindingFilter

router = APIRouter(tags=["controls"])


@router.get(
    "/plan-units",
    summary="Districts, units and parcels",
    response_class=GeoJsonResponse,
    responses=documented(PlanUnitCollection, PLAN_UNITS_EXAMPLE, media_type=GEOJSON_TYPE),
)
def list_plan_units(town: TownDep) -> GeoJsonResponse:
    """The planning hierarchy with planned and surveyed figures and the worst verdict about each."""
    _, found = town.store.findings(FindingFilter(dataset="plan_units"))
    rank = {verdict: -i for i, verdict in enumerate(VERDICTS_BY_SEVERITY)}
    worst: dict[str, str] = {}
    for unit, verdict in zip(found.column("building_id").to_pylist(), found.column("verdict").to_pylist(), strict=True):
        worst[unit] = min(worst.get(unit, verdict), verdict, key=rank.__getitem__)
    return _collection(town, town.store.plan_units(), worst)


@router.get(
    "/view-corridors",
    summary="View corridors",
    response_class=GeoJsonResponse,
    responses=documented(ViewCorridorCollection, VIEW_CORRIDORS_EXAMPLE, media_type=GEOJSON_TYPE),
)
def list_view_corridors(town: TownDep) -> GeoJsonResponse:
    """The lines from viewpoints to what is to be seen; findings about the buildings in them say which one they mean."""
    return _collection(town, town.store.view_corridors(), {})


def _collection(town: Town, table: pa.Table, worst: dict[str, str]) -> GeoJsonResponse:
    geometries = encode_geometries(table.column("geometry"), town.store.work_crs)
    features = [
        {
            "type": "Feature",
            "id": row["id"],
            "geometry": geometry,
            "properties": {**_properties(row), "verdict": worst.get(row["id"])},
        }
        for row, geometry in zip(table.drop_columns(["geometry"]).to_pylist(), geometries, strict=True)
    ]
    return GeoJsonResponse({"type": "FeatureCollection", "features": features})


def _properties(row: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in row.items() if name not in {"name_zh", "name_en", "properties"}}
    return {**own, "name": names(row)}
