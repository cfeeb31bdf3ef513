"""Scenarios: what they change, what they would make of the town, and deciding on them."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal
from urllib.parse import quote

import numpy as np
import orjson
import pyarrow as pa
from fastapi import APIRouter, Body, Query, Request
from starlette.responses import Response

from api.http import examples_renewal
from api.http.context import Town, TownDep
from api.http.geojson import encode_geometries, measure_positions
from api.http.models.scenarios import (
    ChangesAnswer,
    DiffAnswer,
    ScenarioCheck,
    ScenarioDecision,
    ScenarioDetail,
    ScenariosAnswer,
    ShapeCollection,
)
from api.http.responses import GEOJSON_TYPE, GeoJsonResponse, JsonResponse, documented, documented_problems
from api.http.routes.state import OCTETS
from api.http.rows import heights_by_dataset, names
from api.pipeline.ground import find_ground
from api.pipeline.opening import locked_workspace
from api.pipeline.scenarios import adopt_scenario, check_scenario, discard_scenario, draft_scenario, is_stale
from cim_core.progress import SilentProgress
from cim_core.scenarios import NEW_DATASET, PLACE_STATES, PlaceState, Ref, parse_scenario
from cim_core.townscape.verdicts import VERDICT_ORDER

router = APIRouter(tags=["scenarios"])

PLACE_CODES = [term.value for term in PLACE_STATES]
_SIDE = {"verdict": "verdict", "value": "measured_value", "text": "measured_text", "limit": "limit_text"}
_DRAWN = frozenset({PlaceState.PROPOSED.value, PlaceState.RESHAPED.value})


@router.get("/scenarios", summary="All scenarios", responses=documented(ScenariosAnswer, examples_renewal.SCENARIOS))
def list_scenarios(town: TownDep) -> JsonResponse:
    """Drafts, adopted and discarded ones; ``stale`` where the town changed since the check."""
    return JsonResponse({"scenarios": [_scenario(town, row) for row in town.store.scenarios().to_pylist()]})


@router.post(
    "/scenarios",
    summary="Draft a scenario",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
    responses=documented(ScenarioDetail, examples_renewal.SCENARIO_DETAIL, 404, 409, 422, statuses=(200, 201)),
)
def create_scenario(body: Annotated[dict[str, Any], Body()], town: TownDep) -> JsonResponse:
    """The same content as a scenario file (see the how-to), with ``by`` beside it; a draft of that id is replaced."""
    by = str(body.pop("by", ""))[:200]
    file = parse_scenario(orjson.dumps(body).decode(), "body", town.store.work_crs)
    with locked_workspace(town.workspace.folder, SilentProgress()):
        ground = find_ground(town.workspace, None, town.workspace.heights)
        known = set(town.store.scenarios().column("id").to_pylist())
        scenario_id = draft_scenario(town.store, file, by=by, ground=ground)
    answer = _detail(town, scenario_id)
    if scenario_id not in known:
        answer.status_code = 201
        answer.headers["Location"] = f"/api/v1/scenarios/{quote(scenario_id, safe='')}"
    return answer


@router.get(
    "/scenarios/{scenario_id}",
    summary="One scenario",
    responses=documented(ScenarioDetail, examples_renewal.SCENARIO_DETAIL, 404),
)
def get_scenario(scenario_id: str, town: TownDep) -> JsonResponse:
    """What came of its last check, and where the states of its places are."""
    return _detail(town, scenario_id)


@router.get(
    "/scenarios/{scenario_id}/changes",
    summary="The changes of a scenario",
    responses=documented(ChangesAnswer, examples_renewal.CHANGES, 404),
)
def get_changes(scenario_id: str, town: TownDep) -> JsonResponse:
    """The ordered list, with the footprints of new buildings in degrees."""
    town.store.scenario(scenario_id)
    changes = town.store.scenario_changes(scenario_id)
    shapes = pa.chunked_array([pa.array([change.footprint for change in changes], pa.binary())])
    footprints = encode_geometries(shapes, town.store.work_crs)
    rows = [
        {"position": position, **change.to_dict(), "footprint": footprint}
        for position, (change, footprint) in enumerate(zip(changes, footprints, strict=True))
    ]
    return JsonResponse({"scenario_id": scenario_id, "changes": rows})


@router.get(
    "/scenarios/{scenario_id}/diff",
    summary="The difference a scenario makes",
    responses=documented(DiffAnswer, examples_renewal.DIFF, 404, 422),
)
def get_diff(
    scenario_id: str,
    town: TownDep,
    dataset: Annotated[str | None, Query(description="With building: only this dataset")] = None,
    building: Annotated[str | None, Query(description="Only this building id")] = None,
    clause: Annotated[str | None, Query(description="Only this clause")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Page size")] = 1000,
    offset: Annotated[int, Query(ge=0, le=2**31, description="Differences to skip")] = 0,
) -> JsonResponse:
    """By building and clause: verdict, measured value and margin before and after, what got worse first."""
    scenario = town.store.scenario(scenario_id)
    rows = town.store.scenario_differences(scenario_id).to_pylist()
    wanted = {"dataset": dataset, "building_id": building, "clause": clause}
    rows = [row for row in rows if all(value in (None, row[name]) for name, value in wanted.items())]
    return JsonResponse(
        {
            "scenario_id": scenario_id,
            "stale": is_stale(town.store, scenario),
            "total": len(rows),
            "summary": _summary(scenario),
            "differences": [_difference(row) for row in rows[offset : offset + limit]],
        }
    )


@router.get(
    "/scenarios/{scenario_id}/shapes",
    summary="The places of a scenario",
    response_class=GeoJsonResponse,
    responses=documented(ShapeCollection, examples_renewal.SHAPES, 404, media_type=GEOJSON_TYPE),
)
def get_shapes(scenario_id: str, town: TownDep) -> GeoJsonResponse:
    """Footprints, heights and verdicts of what is removed, proposed or changed; ``drawn`` has no tile of its own."""
    is_adopted = town.store.scenario(scenario_id)["state"] == "adopted"
    table = town.store.scenario_places(scenario_id)
    geometries = encode_geometries(table.column("geometry"), town.store.work_crs)
    heights = {NEW_DATASET: town.workspace.heights, **heights_by_dataset(town.store)}
    datasets = table.column("dataset").to_pylist()
    positions = measure_positions(
        table.column("geometry"), table.column("base_m"), datasets, heights, town.store.work_crs
    )
    rows = table.drop_columns(["geometry"]).to_pylist()
    features = [_shape(*parts, is_adopted=is_adopted) for parts in zip(rows, geometries, positions, strict=True)]
    return GeoJsonResponse({"type": "FeatureCollection", "features": features})


@router.get(
    "/scenarios/{scenario_id}/state/{dataset}/{column}",
    summary="State of every feature in a scenario as bytes",
    response_class=Response,
    responses={
        200: {
            "description": "One byte a feature, indexed by gid; 255 is in neither town (place) or has none (verdict)",
            "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}, "example": "00 02 01 ff"}},
        },
        304: {"description": "The column has not changed"},
        **documented_problems(404, 422),
    },
)
def get_scenario_state(
    scenario_id: str, dataset: str, column: Literal["place", "verdict"], request: Request, town: TownDep
) -> Response:
    """``place``: existing, proposed, removed, changed, reshaped. ``verdict``: the worst verdict afterwards."""
    town.store.scenario(scenario_id)
    values, _ = town.store.scenario_state(dataset, scenario_id, column)
    body = np.ascontiguousarray(values, dtype=np.uint8).tobytes()
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=OCTETS)


@router.post(
    "/scenarios/{scenario_id}/check",
    summary="Check a scenario",
    responses=documented(ScenarioDetail, examples_renewal.SCENARIO_DETAIL, 404, 409, 422),
)
def post_check(scenario_id: str, body: ScenarioCheck, town: TownDep) -> JsonResponse:
    """Apply it to the town as it is now and judge before and after; the town stays as it is."""
    with locked_workspace(town.workspace.folder, SilentProgress()):
        check_scenario(town.store, scenario_id, SilentProgress(), by=body.by)
    return _detail(town, scenario_id)


@router.post(
    "/scenarios/{scenario_id}/decision",
    summary="Adopt or discard a scenario",
    responses=documented(ScenarioDetail, examples_renewal.SCENARIO_DETAIL, 404, 409, 422),
)
def post_decision(scenario_id: str, body: ScenarioDecision, town: TownDep) -> JsonResponse:
    """Adopting makes it what stands, in one transaction with who and why, and draws it in the tiles.

    A stale or decided one is refused.
    """
    with locked_workspace(town.workspace.folder, SilentProgress()):
        if body.act == "adopt":
            adopt_scenario(
                town.store,
                scenario_id,
                SilentProgress(),
                by=body.by,
                reason=body.reason,
                workspace=town.workspace,
                valid_from=None if body.valid_from is None else body.valid_from.isoformat(),
            )
        else:
            discard_scenario(town.store, scenario_id, by=body.by, reason=body.reason)
    return _detail(town, scenario_id)


def _detail(town: Town, scenario_id: str) -> JsonResponse:
    row = town.store.scenario(scenario_id)
    prefix = f"/api/v1/scenarios/{scenario_id}/state"
    states = [
        {
            "dataset": record.id,
            "place_url": f"{prefix}/{record.id}/place",
            "verdict_url": f"{prefix}/{record.id}/verdict",
        }
        for record in town.store.datasets()
        if record.buildings
    ]
    return JsonResponse({**_scenario(town, row), "place_codes": PLACE_CODES, "states": states})


def _scenario(town: Town, row: dict[str, Any]) -> dict[str, Any]:
    plain = ("id", "state", "project_id", "decided_by", "decided_at", "reason", "checked_at", "version")
    return {
        **{name: row[name] for name in plain},
        "name": names(row),
        "note": row["note"] or "",
        "created_by": row["created_by"] or "",
        "stale": is_stale(town.store, row),
        "synthetic": bool(row["synthetic"]),
        "summary": _summary(row),
    }


def _summary(row: dict[str, Any]) -> dict[str, Any] | None:
    if not row["summary"]:
        return None
    summary: dict[str, Any] = json.loads(row["summary"])
    for clause in summary["clauses"]:
        clause.setdefault("lost", 0)  # checked by 0.1
        for when in ("before", "after"):
            clause[when] = {verdict.value: clause.pop(f"{when}_{verdict.value}") for verdict in VERDICT_ORDER}
    return summary


def _difference(row: dict[str, Any]) -> dict[str, Any]:
    plain = (
        "dataset", "building_id", "gid", "rule_id", "kind", "clause", "nature", "zone_id", "street_id", "unit",
        "difference",
    )  # fmt: skip
    return {**{name: row[name] for name in plain}, **{when: _side(row, when) for when in ("before", "after")}}


def _side(row: dict[str, Any], when: str) -> dict[str, Any]:
    side = {name: row[f"{when}_{column}"] for name, column in _SIDE.items()}
    message = names(row, f"{when}_message_zh", f"{when}_message_en")
    return {**side, "margin": row[f"{when}_margin"], "message": message}


def _shape(
    row: dict[str, Any], geometry: orjson.Fragment | None, position: list[float] | None, *, is_adopted: bool
) -> dict[str, Any]:
    """One place; what a scenario drew has no tile until it is adopted, and a reshaped one hides its tile."""
    is_reshaped = row["state"] == PlaceState.RESHAPED.value
    is_drawn = row["state"] in _DRAWN and (is_reshaped or (row["gid"] is None and not is_adopted))
    plain = ("dataset", "building_id", "gid", "state", "base_m", "height_m", "verdict_before", "verdict_after")
    properties = {
        **{name: row[name] for name in plain},
        "drawn": is_drawn,
        "position_deg": position,
        "attributes": json.loads(row["attributes"]),
        "changes": json.loads(row["changes"]),
    }
    ref = str(Ref(row["dataset"], row["building_id"]))
    return {"type": "Feature", "id": ref, "geometry": geometry, "properties": properties}
