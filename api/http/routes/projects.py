"""Renewal projects: their records, and corrections of their links to buildings."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Body, Query, Request

from api.http import examples_renewal
from api.http.context import Town, TownDep
from api.http.errors import PreconditionRequiredError
from api.http.geojson import encode_geometries, parse_geometry
from api.http.models.projects import (
    LinkAnswer,
    LinkChange,
    ProjectCollection,
    ProjectDetail,
    SchemaAnswer,
)
from api.http.responses import GEOJSON_TYPE, GeoJsonResponse, JsonResponse, documented
from api.http.rows import names
from api.http.vocabulary import STAGE_ORDER
from api.pipeline.projects import (
    describe_progress,
    load_limits,
    read_record,
    select_library,
)
from cim_core.errors import ModelError, StaleVersionError
from cim_core.renewal import (
    STAGES,
    from_cells,
    measure_maturity,
    parse_date,
    parse_patch,
    parse_project,
    project_json_schema,
    refuse_later_stage,
)
from cim_core.store import ManualLink
from cim_core.store.changes import Change

router = APIRouter(tags=["projects"])

Library = Literal["information", "reserve", "dynamic"]
_RECORD_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}


@router.get(
    "/projects",
    summary="All renewal projects",
    response_class=GeoJsonResponse,
    responses=documented(ProjectCollection, examples_renewal.PROJECTS, 404, media_type=GEOJSON_TYPE),
)
def list_projects(
    town: TownDep, library: Annotated[Library | None, Query(description="Only one of the three libraries")] = None
) -> GeoJsonResponse:
    """Projects as GeoJSON in degrees; the geometry is null where none is known."""
    return GeoJsonResponse({"type": "FeatureCollection", "features": _projects(town, library)})


@router.post(
    "/projects",
    summary="Put a project into the library",
    response_class=GeoJsonResponse,
    openapi_extra=_RECORD_BODY,
    status_code=201,
    responses=documented(ProjectDetail, examples_renewal.PROJECT, 409, 422, media_type=GEOJSON_TYPE, statuses=(201,)),
)
def create_project(body: Annotated[dict[str, Any], Body()], town: TownDep) -> GeoJsonResponse:
    """A record as ``/project-schema`` says, with ``geometry`` (GeoJSON in degrees, or null), ``by`` and ``valid_from``.

    ``valid_from`` is the day from which it is so, if that is known. It begins at the first stage; moves lead to every
    other one.
    """
    geometry, by, day = _take_extras(body, town)
    refuse_later_stage(body, "body#")
    record = parse_project({"stage": STAGES[0].value, **body}, "body#")
    town.store.put_project(record, geometry, Change(by, "project created", day))
    made = _detail(town, record["id"])
    made.status_code, made.headers["Location"] = 201, f"/api/v1/projects/{quote(record['id'], safe='')}"
    return made


@router.get(
    "/project-schema",
    summary="What a project record holds",
    responses=documented(SchemaAnswer, examples_renewal.SCHEMA),
)
def get_schema() -> JsonResponse:
    """JSON Schema of a record and of a patch, derived from the one list of fields; titles in both languages."""
    return JsonResponse({"record": project_json_schema(), "patch": project_json_schema(is_patch=True)})


@router.get(
    "/projects/{project_id}",
    summary="One renewal project with its buildings",
    response_class=GeoJsonResponse,
    responses=documented(ProjectDetail, examples_renewal.PROJECT, 404, media_type=GEOJSON_TYPE),
)
def get_project(project_id: str, town: TownDep) -> GeoJsonResponse:
    """The project, its record and its links; one with ``included`` false was taken out by a person."""
    return _detail(town, project_id)


@router.patch(
    "/projects/{project_id}",
    summary="Change a project",
    response_class=GeoJsonResponse,
    openapi_extra=_RECORD_BODY,
    responses=documented(ProjectDetail, examples_renewal.PROJECT, 404, 409, 412, 422, 428, media_type=GEOJSON_TYPE),
)
def patch_project(
    project_id: str, body: Annotated[dict[str, Any], Body()], request: Request, town: TownDep
) -> GeoJsonResponse:
    """Replace some fields (null clears one). ``If-Match`` is the ETag of the version that was read.

    ``valid_from`` is the day from which it is so in the real world; without it it is only known from now on.
    """
    version = _version_wanted(request, project_id)
    current, found, place = read_record(town.store, project_id)
    if found != version:
        raise StaleVersionError(
            f"the project has version {found}, the change was made to version {version}",
            where="If-Match",
            hint="read it again, then repeat the change",
        )
    has_geometry = "geometry" in body
    geometry, by, day = _take_extras(body, town)
    record = parse_patch(current, body)
    why = Change(by, "project edited", day)
    town.store.put_project(record, geometry if has_geometry else place, why, version=version)
    return _detail(town, project_id)


@router.put(
    "/projects/{project_id}/buildings/{dataset}/{building_id:path}",
    summary="Correct whether a building belongs to a project",
    responses=documented(LinkAnswer, examples_renewal.LINK, 404, 412, 422, statuses=(200, 201)),
)
def put_link(
    project_id: str, dataset: str, building_id: str, change: LinkChange, request: Request, town: TownDep
) -> JsonResponse:
    """Record a person's decision; it overrules the link found by geometry and outlives every re-derivation.

    ``If-Match`` is the ETag of the decision it alters.
    """
    action = change.action.value if change.action else None
    version = town.store.set_project_link(
        ManualLink(project_id, dataset, building_id, change.included, action, change.reason, change.by),
        version=_decision_wanted(request),
        valid_from=None if change.valid_from is None else change.valid_from.isoformat(),
    )
    answer = {"link": _link_in_force(town, project_id, dataset, building_id)}
    headers = {"ETag": f'"{version}"'} | ({"Location": request.url.path} if version == 1 else {})
    return JsonResponse(answer, status_code=201 if version == 1 else 200, headers=headers)


@router.delete(
    "/projects/{project_id}/buildings/{dataset}/{building_id:path}",
    summary="Forget a correction",
    responses=documented(LinkAnswer, examples_renewal.LINK, 404, 412),
)
def delete_link(project_id: str, dataset: str, building_id: str, request: Request, town: TownDep) -> JsonResponse:
    """Go back to the link found by geometry, which is given back, or null when there is none.

    ``If-Match`` is the ETag of the decision it forgets.
    """
    town.store.delete_project_link(project_id, dataset, building_id, version=_decision_wanted(request))
    return JsonResponse({"link": _link_in_force(town, project_id, dataset, building_id)})


def _projects(town: Town, library: str | None = None) -> list[dict[str, Any]]:
    table = town.store.projects()
    if library:
        table = select_library(table, library)
    counts = town.store.project_counts()
    geometries = encode_geometries(table.column("geometry"), town.store.work_crs)
    rows = table.drop_columns(["geometry"]).to_pylist()
    return [_project(row, geometry, counts.get(row["id"], 0)) for row, geometry in zip(rows, geometries, strict=True)]


def _detail(town: Town, project_id: str) -> GeoJsonResponse:
    table = town.store.project(project_id)
    row = table.drop_columns(["geometry"]).to_pylist()[0]
    record = from_cells(row)
    (geometry,) = encode_geometries(table.column("geometry"), town.store.work_crs)
    links = town.store.project_links(project=project_id, with_excluded=True).to_pylist()
    buildings = sum(bool(link["included"]) for link in links)
    progress = describe_progress(record, load_limits(town.workspace.folder))
    answer = {**_project(row, geometry, buildings), "record": record, "progress": progress}
    etag = f'"{project_id}.{row["version"]}"'.encode("ascii", "backslashreplace").decode()
    answer |= {"warnings": _warnings(record, geometry, buildings), "links": [_link(link) for link in links]}
    return GeoJsonResponse(answer, headers={"ETag": etag})


def _warnings(record: dict[str, Any], geometry: orjson.Fragment | None, buildings: int) -> list[dict[str, str]]:
    """What is odd about a project, though it may be right."""
    if record["placeless"]:
        return []
    if geometry is None:
        return [{"zh": "没有位置；若本无空间位置，请注明", "en": "has no place; say so if it needs none"}]
    return [] if buildings else [{"zh": "范围内没有建筑", "en": "touches no building"}]


def _project(row: dict[str, Any], geometry: orjson.Fragment | None, buildings: int) -> dict[str, Any]:
    investment = json.loads(row["investment"] or "[]")
    properties = {
        "id": row["id"],
        "name": names(row),
        **{name: row[name] for name in ("type", "batch", "stage")},
        "stage_order": STAGE_ORDER.get(row["stage"] or ""),
        "buildings": buildings,
        "geometry_note": row["geometry_note"],
        "synthetic_geometry": bool(row["synthetic_geometry"]),
        **{name: row[name] for name in ("unit_id", "starts_on", "ends_on", "version")},
        "investment_cny": sum(entry["amount_cny"] for entry in investment),
        "maturity_percent": measure_maturity(from_cells(row)).percent,
    }
    return {"type": "Feature", "id": row["id"], "geometry": geometry, "properties": properties}


def _version_wanted(request: Request, project_id: str) -> int:
    """The version named by If-Match. Raises PreconditionRequiredError without it, StaleVersionError for nonsense."""
    tag = request.headers.get("if-match")
    if tag is None:
        raise PreconditionRequiredError(
            "the change does not say which version it is made to", where="If-Match", hint="send the ETag that was read"
        )
    name, _, version = tag.strip().strip('"').rpartition(".")
    if name != project_id or not version.isdigit():
        raise StaleVersionError(f"{tag} is no version of this project", where="If-Match", hint="read it again")
    return int(version)


def _decision_wanted(request: Request) -> int | None:
    """The version of a decision named by If-Match, if any; 0, which none has, for nonsense."""
    tag = request.headers.get("if-match", "*").strip()
    if tag == "*":
        return None
    version = tag.strip('"')
    return int(version) if version.isdigit() else 0


def _take_extras(body: dict[str, Any], town: Town) -> tuple[bytes | None, str, str | None]:
    """Take the place (as WKB in the work CRS), the name of the writer and the day it holds from out of a body."""
    by = body.pop("by", "")
    if not isinstance(by, str) or len(by) > 200:
        raise ModelError("'by' is the name of who writes", where="body#/by", code="project-field")
    day = body.pop("valid_from", None)
    since = None if day is None else parse_date(day, "body#/valid_from").isoformat()
    geometry = body.pop("geometry", None)
    place = None if geometry is None else parse_geometry(geometry, town.store.work_crs, "body#/geometry")
    return place, by, since


def _link_in_force(town: Town, project_id: str, dataset: str, building_id: str) -> dict[str, Any] | None:
    links = town.store.project_links(project=project_id, building=(dataset, building_id), with_excluded=True)
    return _link(links.to_pylist()[0]) if links.num_rows else None


def _link(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in {"included", "decided_by"}}
    return {**kept, "included": bool(row["included"]), "by": row["decided_by"]}
