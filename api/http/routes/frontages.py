"""One frontage by its lasting key, and what is surveyed of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from api.http import examples_frontages
from api.http.context import Town, TownDep
from api.http.errors import PreconditionRequiredError
from api.http.models.streets import FrontageAnswer, FrontageChange
from api.http.responses import JsonResponse, documented
from api.http.routes.streets import frontage_answers
from api.http.rows import names
from api.pipeline.frontages import edit_frontage
from cim_core.errors import StaleVersionError
from cim_core.store import Change

router = APIRouter(tags=["streets"])


@router.get(
    "/frontages/{key:path}",
    summary="One frontage",
    responses=documented(FrontageAnswer, examples_frontages.FRONTAGE, 404),
)
def get_frontage(key: str, town: TownDep) -> JsonResponse:
    """Where it is along the street and how it looks; ``surveyed`` names what is its own, the rest is the building's."""
    return _answer(key, town)


@router.patch(
    "/frontages/{key:path}",
    summary="Survey a frontage",
    responses=documented(FrontageAnswer, examples_frontages.FRONTAGE, 404, 409, 412, 422, 428, statuses=(200, 201)),
)
def patch_frontage(key: str, body: FrontageChange, request: Request, town: TownDep) -> JsonResponse:
    """Set surveyed facts (null takes one back) and check the town by them; the first survey of a frontage is made.

    ``If-Match`` is the ETag of the frontage that was read.
    """
    given = body.model_dump(exclude_unset=True, exclude={"by", "reason", "valid_from"})
    day = None if body.valid_from is None else body.valid_from.isoformat()
    change = Change(body.by, body.reason or "frontage surveyed", day)
    before = _version_wanted(request)
    edit_frontage(town.store, town.workspace.folder, key, given, change, before)
    answer = _answer(key, town)
    if before == 0:
        answer.status_code, answer.headers["Location"] = 201, request.url.path
    return answer


def _answer(key: str, town: Town) -> JsonResponse:
    def read() -> tuple[dict[str, Any], int]:
        table, surveys = town.store.frontage(key), town.store.frontage_surveys(key=key)
        row = table.drop_columns(["facade"]).to_pylist()[0]
        version = surveys["version"][0].as_py() if surveys.num_rows else 0
        street = {"street_id": row["street_id"], "street_name": names(row, "street_name_zh", "street_name_en")}
        return {**frontage_answers(table, town)[0], **street, "version": version}, version

    found, version = town.store.at_one_instant(read)
    return JsonResponse(found, headers={"ETag": f'"{version}"'})


def _version_wanted(request: Request) -> int:
    """The version named by If-Match. Raises PreconditionRequiredError without it, StaleVersionError for nonsense."""
    tag = request.headers.get("if-match")
    if tag is None:
        raise PreconditionRequiredError(
            "the change does not say which version it is made to", where="If-Match", hint="send the ETag that was read"
        )
    version = tag.strip().strip('"')
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise StaleVersionError(f"{tag} is no version of this frontage", where="If-Match", hint="read it again")
    return int(version)
