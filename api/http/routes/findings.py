"""Findings of the last check, filtered and counted."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.http import examples
from api.http.context import Town, TownDep
from api.http.models.findings import FindingsAnswer, SummaryAnswer
from api.http.responses import JsonResponse, documented
from api.http.rows import finding_answers, heights_by_dataset, names
from api.http.vocabulary import CONTROL_KIND_NAMES
from cim_core.store import FindingFilter
from cim_core.townscape import Verdict

router = APIRouter(tags=["findings"])

_NONE_NAMES = {
    "zone": {"zh": "不按分区", "en": "No zone"},
    "street": {"zh": "不临街", "en": "No street"},
    "clause": {"zh": "无条款", "en": "No clause"},
    "kind": {"zh": "其他", "en": "Other"},
}


@router.get("/findings", summary="Findings", responses=documented(FindingsAnswer, examples.FINDINGS, 422))
def list_findings(
    town: TownDep,
    verdict: Annotated[Verdict | None, Query(description="Only this verdict")] = None,
    zone: Annotated[str | None, Query(description="Only this control zone")] = None,
    street: Annotated[str | None, Query(description="Only this street")] = None,
    kind: Annotated[str | None, Query(description="Only this control kind")] = None,
    clause: Annotated[str | None, Query(description="Only this clause")] = None,
    rule: Annotated[str | None, Query(description="Only this rule")] = None,
    dataset: Annotated[str | None, Query(description="Only this dataset")] = None,
    building: Annotated[str | None, Query(description="Only this building id")] = None,
    sort: Annotated[
        Literal["margin", "-margin", "building", "kind"] | None,
        Query(description="Order; without it the worst verdict comes first, then the least room to the limit"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Page size")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31, description="Findings to skip")] = 0,
) -> JsonResponse:
    """One page of findings; every one has the measured value, the limit, the margin, the clause and the source."""
    where = FindingFilter(verdict.value if verdict else None, zone, street, kind, clause, rule, dataset, building)
    total, table = town.store.findings(where, sort=sort, limit=limit, offset=offset)
    answers = finding_answers(table, heights_by_dataset(town.store), town)
    return JsonResponse({"total": total, "findings": answers})


@router.get(
    "/findings/summary", summary="Counts of findings", responses=documented(SummaryAnswer, examples.SUMMARY, 422)
)
def summarise_findings(
    town: TownDep,
    by: Annotated[Literal["zone", "street", "clause", "kind"], Query(description="What to group by")] = "zone",
) -> JsonResponse:
    """Findings by verdict within each zone, street, clause or control kind, and altogether."""
    groups = town.store.findings_summary(by)
    labels = _labels(town, by)
    total = town.store.findings_summary().get(None, {})
    return JsonResponse(
        {
            "by": by,
            "groups": [
                {
                    "key": key or "",
                    "name": labels.get(key, {"zh": key, "en": key}) if key else _NONE_NAMES[by],
                    "counts": counts,
                }
                for key, counts in groups.items()
            ],
            "total": total,
        }
    )


def _labels(town: Town, by: str) -> dict[str, dict[str, str]]:
    if by == "kind":
        return CONTROL_KIND_NAMES
    if by == "clause":
        return {}
    table = town.store.zones() if by == "zone" else town.store.streets()
    return {row["id"]: names(row) for row in table.drop_columns(["geometry"]).to_pylist()}
