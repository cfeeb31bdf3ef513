"""Names and addresses of all buildings, without their shapes: what a search box needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.http import examples_history
from api.http.context import TownDep
from api.http.models.building_names import BuildingNamesAnswer
from api.http.responses import JsonResponse, documented
from api.http.routes.buildings import BuildingState, wanted_state

router = APIRouter(tags=["buildings"])

MAX_PAGE = 50_000
_COLUMNS = ("dataset", "id", "name", "address")


@router.get(
    "/building-names",
    summary="Names of all buildings",
    responses=documented(BuildingNamesAnswer, examples_history.BUILDING_NAMES, 422),
)
def list_names(
    town: TownDep,
    state: BuildingState = "existing",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Page size")] = MAX_PAGE,
    offset: Annotated[int, Query(ge=0, le=2**31, description="Buildings to skip")] = 0,
) -> JsonResponse:
    """Columns: id, name, address and the worst verdict of every building that stands, by dataset and gid."""
    wanted = wanted_state(state)
    table = town.store.buildings(state=wanted, limit=limit, offset=offset, columns=_COLUMNS, with_verdict=True)
    columns = {name: table.column(name).to_pylist() for name in (*_COLUMNS, "verdict")}
    return JsonResponse({"total": town.store.count_buildings(state=wanted), **columns})
