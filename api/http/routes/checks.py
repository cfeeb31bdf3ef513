"""Checks that were made, what changes would do, exemptions, and conflicts among rules."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.http import examples_checks as examples
from api.http.context import TownDep
from api.http.geojson import parse_geometry
from api.http.models.checks import (
    ConflictsAnswer,
    ExemptedAnswer,
    ExemptionBody,
    ExemptionsAnswer,
    RunAnswer,
    RunDiffAnswer,
    RunsAnswer,
    WhatIfAnswer,
    WhatIfBody,
    WithdrawnAnswer,
)
from api.http.responses import JsonResponse, documented
from api.pipeline.exemptions import decide_exemption, describe_exemption, list_exemptions, withdraw_exemption
from api.pipeline.rules import workspace_conflicts
from api.pipeline.runs import diff_runs
from api.pipeline.whatif import WarmTown
from cim_core.townscape.edits import BuildingEdit

router = APIRouter(tags=["checks"])


@router.get("/checks/runs", summary="Checks that were made", responses=documented(RunsAnswer, examples.RUNS))
def list_runs(town: TownDep) -> JsonResponse:
    """Every check with what went in and how many verdicts of each kind came out, the oldest first."""
    return JsonResponse({"runs": [run.to_dict() for run in town.store.check_runs()]})


@router.get(
    "/checks/runs/diff",
    summary="What flipped between two checks, and why",
    responses=documented(RunDiffAnswer, examples.DIFF, 404, 422),
)
def get_diff(
    town: TownDep,
    before: Annotated[str, Query(alias="from", description="Id of the earlier check, or previous")] = "previous",
    after: Annotated[str, Query(alias="to", description="Id of the later check, or last")] = "last",
    limit: Annotated[int, Query(ge=1, le=1000, description="Page size")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31, description="Flips to skip")] = 0,
) -> JsonResponse:
    """Verdicts that are others, worst first, each with its reasons and what exactly changed."""
    report = diff_runs(town.store, town.workspace.folder, before, after, limit, offset)
    return JsonResponse(report.to_dict())


@router.get("/checks/runs/{run_id}", summary="One check", responses=documented(RunAnswer, examples.RUN, 404))
def get_run(run_id: str, town: TownDep) -> JsonResponse:
    """One check by its id, or ``last`` or ``previous``."""
    return JsonResponse(town.store.check_run(run_id).to_dict())


@router.post(
    "/checks/what-if",
    summary="What changes to buildings would do",
    responses=documented(WhatIfAnswer, examples.WHAT_IF, 404, 422),
)
def judge_changes(body: WhatIfBody, request: Request, town: TownDep) -> JsonResponse:
    """Judge changed buildings and their neighbours; nothing is stored."""
    crs = town.store.work_crs
    edits = [
        BuildingEdit(
            change.dataset,
            change.building_id,
            change.set,
            None if change.footprint is None else parse_geometry(change.footprint, crs, f"body#/changes/{i}/footprint"),
            is_removed=change.removed,
        )
        for i, change in enumerate(body.changes)
    ]
    state = request.app.state
    if not hasattr(state, "warm_town"):
        state.warm_town = WarmTown()
    done, judged_ms, was_ready = state.warm_town.rejudge(town.store, edits)
    findings = [_what_if_finding(row) for row in done.findings.to_pylist()]
    flips = sum(row["verdict"] != row["verdict_before"] for row in findings) + done.gone.num_rows
    return JsonResponse(
        {
            "findings": findings,
            "gone": done.gone.to_pylist(),
            "flips": flips,
            "judged_ms": round(judged_ms, 2),
            "was_ready": was_ready,
        }
    )


@router.get(
    "/checks/conflicts",
    summary="Conflicts among the rules in force",
    responses=documented(ConflictsAnswer, examples.CONFLICTS),
)
def list_conflicts(town: TownDep) -> JsonResponse:
    """Rules that contradict or override each other on the same building, and rules that are not in force today."""
    return JsonResponse(workspace_conflicts(town.store).to_dict())


@router.get("/exemptions", summary="Exemptions", responses=documented(ExemptionsAnswer, examples.EXEMPTIONS))
def get_exemptions(town: TownDep) -> JsonResponse:
    """Decisions of the rule packs and of the town, with whether each is valid today."""
    return JsonResponse({"exemptions": list_exemptions(town.store, date.today())})


@router.put(
    "/exemptions/{rule_id}/{dataset}/{building_id:path}",
    summary="Exempt a building from a rule",
    responses=documented(ExemptedAnswer, examples.EXEMPTED, 404, 422, statuses=(200, 201)),
)
def put_exemption(
    rule_id: str, dataset: str, building_id: str, body: ExemptionBody, request: Request, town: TownDep
) -> JsonResponse:
    """Record a decision and judge the building by it at once; the original verdict stays beside it."""
    folder = town.workspace.folder
    known = {(one.dataset, one.building_id, one.rule_id) for one in town.store.exemptions()}
    exemption, effect = decide_exemption(town.store, folder, dataset, building_id, rule_id, **body.model_dump())
    answer = {**describe_exemption(exemption, date.today()), "effect": effect.to_dict()}
    if (dataset, building_id, rule_id) in known:
        return JsonResponse(answer)
    return JsonResponse(answer, status_code=201, headers={"Location": request.url.path})


@router.delete(
    "/exemptions/{rule_id}/{dataset}/{building_id:path}",
    summary="Withdraw an exemption",
    responses=documented(WithdrawnAnswer, examples.WITHDRAWN, 404),
)
def delete_exemption(
    rule_id: str,
    dataset: str,
    building_id: str,
    town: TownDep,
    by: Annotated[str, Query(max_length=200, description="Who withdraws it")] = "",
    reason: Annotated[str, Query(max_length=2000, description="Why")] = "",
) -> JsonResponse:
    """Withdraw a decision of the town and judge the building without it at once; its history stays."""
    folder = town.workspace.folder
    effect = withdraw_exemption(town.store, folder, dataset, building_id, rule_id, by=by, reason=reason)
    named = {"rule_id": rule_id, "dataset": dataset, "building_id": building_id}
    return JsonResponse({"withdrawn": named, "effect": effect.to_dict()})


def _what_if_finding(row: dict[str, Any]) -> dict[str, Any]:
    plain = (
        "dataset", "building_id", "rule_id", "kind", "clause", "zone_id", "street_id", "verdict", "verdict_before",
        "measured_before", "measured_text", "limit_text", "margin", "unit",
    )  # fmt: skip
    return {
        **{name: row[name] for name in plain},
        "measured": row["measured_value"],
        "message": {"zh": row["message_zh"], "en": row["message_en"]},
    }
