"""Renewal projects and corrections of their links to buildings."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter

from api.http import examples
from api.http.context import Town, TownDep
from api.http.geojson import encode_geometries
from api.http.models.projects import LinkAnswer, LinkChange, ProjectCollection, ProjectDetail
from api.http.responses import GEOJSON_TYPE, GeoJsonResponse, JsonResponse, documented
from api.http.rows import names
from api.http.vocabulary import STAGE_ORDER
from cim_core.errors import NotFoundError
from cim_core.store import ManualLink

router = APIRouter(tags=["projects"])


@router.get(
    "/projects",
    summary="All renewal projects",
    response_class=GeoJsonResponse,
    responses=documented(ProjectCollection, examples.PROJECTS, media_type=GEOJSON_TYPE),
)
def list_projects(town: TownDep) -> GeoJsonResponse:
    """Projects as GeoJSON in degrees; the geometry is null where none is known."""
    return GeoJsonResponse({"type": "FeatureCollection", "features": _projects(town)})


@router.get(
    "/projects/{project_id}",
    summary="One renewal project with its buildings",
    response_class=GeoJsonResponse,
    responses=documented(ProjectDetail, examples.PROJECT, 404, media_type=GEOJSON_TYPE),
)
def get_project(project_id: str, town: TownDep) -> GeoJsonResponse:
    """The project and its links; one with ``included`` false was taken out by a person."""
    found = next((project for project in _projects(town) if project["id"] == project_id), None)
    if found is None:
        raise NotFoundError(
            f"no project has the id {project_id!r}", hint="list them at /api/v1/projects", code="no-project"
        )
    links = town.store.project_links(project=project_id, with_excluded=True).to_pylist()
    return GeoJsonResponse({**found, "links": [_link(link) for link in links]})


@router.put(
    "/projects/{project_id}/buildings/{dataset}/{building_id:path}",
    summary="Correct whether a building belongs to a project",
    responses=documented(LinkAnswer, examples.LINK, 404, 422),
)
def put_link(project_id: str, dataset: str, building_id: str, change: LinkChange, town: TownDep) -> JsonResponse:
    """Record a person's decision; it overrules the link found by geometry and outlives every re-derivation."""
    action = change.action.value if change.action else None
    town.store.set_project_link(
        ManualLink(project_id, dataset, building_id, change.included, action, change.reason, change.by)
    )
    return JsonResponse({"link": _link_in_force(town, project_id, dataset, building_id)})


@router.delete(
    "/projects/{project_id}/buildings/{dataset}/{building_id:path}",
    summary="Forget a correction",
    responses=documented(LinkAnswer, examples.LINK, 404),
)
def delete_link(project_id: str, dataset: str, building_id: str, town: TownDep) -> JsonResponse:
    """Go back to the link found by geometry, which is given back, or null when there is none."""
    town.store.delete_project_link(project_id, dataset, building_id)
    return JsonResponse({"link": _link_in_force(town, project_id, dataset, building_id)})


def _projects(town: Town) -> list[dict[str, Any]]:
    table = town.store.projects()
    counts = town.store.project_counts()
    geometries = encode_geometries(table.column("geometry"), town.store.work_crs)
    rows = table.drop_columns(["geometry"]).to_pylist()
    return [_project(row, geometry, counts.get(row["id"], 0)) for row, geometry in zip(rows, geometries, strict=True)]


def _project(row: dict[str, Any], geometry: orjson.Fragment | None, buildings: int) -> dict[str, Any]:
    properties = {
        "id": row["id"],
        "name": names(row),
        **{name: row[name] for name in ("type", "batch", "stage")},
        "stage_order": STAGE_ORDER.get(row["stage"] or ""),
        "buildings": buildings,
        "geometry_note": row["geometry_note"],
        "synthetic_geometry": bool(row["synthetic_geometry"]),
    }
    return {"type": "Feature", "id": row["id"], "geometry": geometry, "properties": properties}


def _link_in_force(town: Town, project_id: str, dataset: str, building_id: str) -> dict[str, Any] | None:
    links = town.store.project_links(project=project_id, building=(dataset, building_id), with_excluded=True)
    return _link(links.to_pylist()[0]) if links.num_rows else None


def _link(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in {"included", "decided_by"}}
    return {**kept, "included": bool(row["included"]), "by": row["decided_by"]}
