"""What is done with renewal projects: moves through the gates, checks, totals."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from api.http import examples_renewal
from api.http.context import Town, TownDep
from api.http.models.projects import ChecksAnswer, MovedAnswer, MoveRequest, MovesAnswer, TotalsAnswer
from api.http.responses import JsonResponse, documented
from api.http.routes.projects import Library
from api.http.rows import names
from api.pipeline.project_moves import decide, list_moves, stage_taken_over, submit
from api.pipeline.projects import (
    check_library,
    describe_progress,
    load_limits,
    read_record,
    total_library,
    total_names,
)
from cim_core.renewal import PROJECT_CHECKS
from cim_core.townscape.verdicts import VERDICT_ORDER

router = APIRouter(tags=["projects"])

_CHECK_NAMES = {check.id: {"zh": check.zh, "en": check.en} for check in PROJECT_CHECKS}
_ALL = {"zh": "合计", "en": "All"}
_NONE = {"zh": "未定", "en": "Not known"}


@router.get(
    "/project-totals",
    summary="Projects in numbers",
    responses=documented(TotalsAnswer, examples_renewal.TOTALS, 422),
)
def get_totals(
    town: TownDep,
    by: Annotated[
        Literal["project", "unit", "area", "stage", "batch", "type", "year"], Query(description="What to group by")
    ] = "stage",
    library: Annotated[Library | None, Query(description="Only one of the three libraries")] = None,
) -> JsonResponse:
    """Floor area, households, money and verdicts before and after, by group; a building counts once in each."""
    return JsonResponse(_totals(town, by, library))


@router.get(
    "/project-checks",
    summary="Automatic checks of all projects",
    responses=documented(ChecksAnswer, examples_renewal.CHECKS, 422),
)
def get_all_checks(town: TownDep) -> JsonResponse:
    """Demolition, rebuilding, resettlement, control lines and overlaps of every project against the limits."""
    return JsonResponse(_checks(town))


@router.get(
    "/projects/{project_id}/moves",
    summary="How a project moved",
    responses=documented(MovesAnswer, examples_renewal.MOVES, 404),
)
def get_moves(project_id: str, town: TownDep) -> JsonResponse:
    """Every move with its evidence and decision; rows are only ever added. Where the project may go now."""
    moves = [move.to_dict() for move in list_moves(town.store, project_id)]
    taken_over = stage_taken_over(town.store, project_id)
    standing = _standing(town, project_id)
    return JsonResponse({"project_id": project_id, **standing, "taken_over": taken_over, "moves": moves})


@router.post(
    "/projects/{project_id}/moves",
    summary="Submit, approve or return a move",
    responses=documented(MovedAnswer, examples_renewal.MOVED, 403, 404, 409, 412, 422, statuses=(200, 201)),
)
def post_move(project_id: str, body: MoveRequest, request: Request, town: TownDep) -> JsonResponse:
    """One stage on through the gate of the present one, or back with a reason; who submits cannot decide.

    A submission is made (201) among the moves of the project; a decision alters one (200).
    """
    store, limits = town.store, load_limits(town.workspace.folder)
    if body.act == "submit":
        evidence = [(item.kind.value, item.reference) for item in body.evidence]
        move = submit(
            store, limits, project_id, by=body.by, target=body.target, at=body.at, evidence=evidence, reason=body.reason
        )
    else:
        move = decide(
            store, limits, project_id, approve=body.act == "approve", by=body.by, note=body.reason, at=body.at
        )
    answer = {"move": move.to_dict(), **_standing(town, project_id)}
    if body.act != "submit":
        return JsonResponse(answer)
    return JsonResponse(answer, status_code=201, headers={"Location": request.url.path})


@router.get(
    "/projects/{project_id}/checks",
    summary="Automatic checks of a project",
    responses=documented(ChecksAnswer, examples_renewal.CHECKS, 404),
)
def get_checks(project_id: str, town: TownDep) -> JsonResponse:
    """Each check with measured value, limit, clause and verdict; missing data is never a pass."""
    town.store.project(project_id)
    return JsonResponse(_checks(town, project_id))


@router.get(
    "/projects/{project_id}/totals",
    summary="A project in numbers",
    responses=documented(TotalsAnswer, examples_renewal.TOTALS, 404),
)
def get_project_totals(project_id: str, town: TownDep) -> JsonResponse:
    """Floor area, households, money and verdicts of one project, before and after."""
    town.store.project(project_id)
    answer = _totals(town, "project", None)
    own = [row for row in answer["groups"] if row["key"] == project_id]
    return JsonResponse({**answer, "groups": own, "total": own[0]})


def _standing(town: Town, project_id: str) -> dict[str, Any]:
    record, _, _ = read_record(town.store, project_id)
    return {"stage": record["stage"], "progress": describe_progress(record, load_limits(town.workspace.folder))}


def _checks(town: Town, project_id: str | None = None) -> dict[str, Any]:
    limits, today = load_limits(town.workspace.folder), dt.date.today()
    rows = check_library(town.store, limits, today).to_pylist()
    plain = ("project_id", "check", "verdict", "original_verdict", "limit_min", "limit_max", "margin", "provenance")
    checks = [
        {
            **{name: row[name] for name in plain},
            "name": _CHECK_NAMES[row["check"]],
            "measured": row["measured_value"],
            "linked": row["linked_value"],
            "waivable": row["waivable"],
            "clause": names(row, "clause_zh", "clause_en"),
            "message": names(row, "message_zh", "message_en"),
        }
        for row in rows
        if project_id in (None, row["project_id"])
    ]
    return {"source": limits.source, "checked_on": today.isoformat(), "checks": checks}


def _totals(town: Town, by: str, library: str | None) -> dict[str, Any]:
    groups, total = total_library(town.store, by, library)
    labels = total_names(town.store, by)
    rows = [_total_row(row, labels) for row in groups.to_pylist()]
    everything = total.to_pylist() or [dict.fromkeys(total.column_names, 0)]
    return {"by": by, "groups": rows, "total": _total_row({**everything[0], "key": "all"}, {"all": _ALL})}


def _total_row(row: dict[str, Any], labels: dict[str, dict[str, str]]) -> dict[str, Any]:
    verdicts = [verdict.value for verdict in VERDICT_ORDER]
    key = row["key"]
    counted = {
        f"verdicts_{when}": {name: row.pop(f"{when}_{name}") for name in verdicts} for when in ("before", "after")
    }
    return {**row, **counted, "name": _NONE if key is None else labels.get(key, {"zh": key, "en": key})}
