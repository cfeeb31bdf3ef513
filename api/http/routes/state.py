"""State columns: one small binary a column, indexed by gid."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

import numpy as np
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http import examples
from api.http.context import TownDep
from api.http.models.state import StateAnswer
from api.http.responses import JsonResponse, documented, documented_problems
from api.http.vocabulary import STAGE_VALUES
from cim_core.store import state_columns

router = APIRouter(tags=["state"])

OCTETS = "application/octet-stream"


@router.get(
    "/state/{dataset}", summary="State columns of a dataset", responses=documented(StateAnswer, examples.STATE, 404)
)
def describe_state(dataset: str, town: TownDep) -> JsonResponse:
    """Name, type, codes and no-data value of every column, and the number of features (rows of each column)."""
    columns = [asdict(column) for column in state_columns(STAGE_VALUES)]
    return JsonResponse({"features": town.store.count_gids(dataset), "columns": columns})


@router.get(
    "/state/{dataset}/{column}",
    summary="One state column as bytes",
    response_class=Response,
    responses={
        200: {
            "description": "Little-endian values, one row of ``components`` a feature, indexed by gid",
            "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}, "example": "00 04 ff 00"}},
        },
        304: {"description": "The column has not changed"},
        **documented_problems(404),
    },
)
def get_state(dataset: str, column: str, request: Request, town: TownDep) -> Response:
    """The values to color a tileset by; elements of a building model carry the value of their building."""
    values, description = town.store.state_column(dataset, column, STAGE_VALUES)
    dtype = np.dtype(description.dtype).newbyteorder("<")
    body = np.ascontiguousarray(values, dtype=dtype).tobytes()
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=OCTETS)
