"""Former states of one thing: what was so, and since when that is known."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import pyarrow as pa
import pyproj
from fastapi import APIRouter, Query

from api.http import examples_history
from api.http.context import TownDep
from api.http.geojson import encode_geometries
from api.http.models.history import HistoryAnswer
from api.http.responses import JsonResponse, documented
from cim_core.store import HistoryRow

router = APIRouter(tags=["history"])


@router.get(
    "/history/{kind}/{name:path}",
    summary="Former states of one thing",
    responses=documented(HistoryAnswer, examples_history.HISTORY, 404, 422),
)
def get_history(
    kind: str,
    name: str,
    town: TownDep,
    valid_at: Annotated[str | None, Query(max_length=40, description="Only as it was on that day")] = None,
    known_at: Annotated[
        str | None, Query(max_length=40, description="Only as the store knew it at that instant; a day means its end")
    ] = None,
) -> JsonResponse:
    """``kind`` is building, street, project, link …; ``name`` its key, as ``dataset/id`` for a building."""
    rows = town.store.history(kind, name)
    if valid_at or known_at:
        found = town.store.as_of(kind, name, valid_at=valid_at, known_at=known_at)
        rows = [] if found is None else [found]
    return JsonResponse({"kind": kind, "id": name, "rows": _rows(rows, town.store.work_crs)})


def _rows(rows: list[HistoryRow], crs: pyproj.CRS) -> list[dict[str, Any]]:
    before: dict[str, Any] = {}
    answers = []
    for row in rows:
        changed = [name for name, value in row.values.items() if value != before.get(name)]
        answers.append({**asdict(row), "values": _plain(row.values, crs), "changed": changed})
        before = row.values
    return answers


def _plain(values: dict[str, Any], crs: pyproj.CRS) -> dict[str, Any]:
    shapes = {name: value for name, value in values.items() if isinstance(value, bytes)}
    encoded = encode_geometries(pa.chunked_array([pa.array(list(shapes.values()), pa.binary())]), crs)
    return {**values, **dict(zip(shapes, encoded, strict=True))}
