"""Streets with their buildings."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
import shapely
from fastapi import APIRouter

from api.http import examples
from api.http.context import Town, TownDep
from api.http.geojson import encode_geometries
from api.http.models.streets import StreetDetail, StreetsAnswer
from api.http.responses import JsonResponse, documented
from api.http.rows import names
from cim_core.errors import NotFoundError

router = APIRouter(tags=["streets"])

_FRONTAGE = (
    "key", "dataset", "building_id", "gid", "building_name", "side", "line_side", "chainage_from_m", "chainage_to_m",
    "length_m", "setback_m", "height_m", "eave_height_m", "color", "color_source", "material", "style",
    "sign_count", "photo", "verdict", "surveyed_on", "survey_source",
)  # fmt: skip


@router.get("/streets", summary="All streets", responses=documented(StreetsAnswer, examples.STREETS))
def list_streets(town: TownDep) -> JsonResponse:
    """Centrelines with the number of fronting buildings by their worst verdict."""
    return JsonResponse({"streets": _streets(town)})


@router.get(
    "/streets/{street_id}",
    summary="One street with its frontages",
    responses=documented(StreetDetail, examples.STREET, 404),
)
def get_street(street_id: str, town: TownDep) -> JsonResponse:
    """The street and every building along it, in order of chainage."""
    found = next((street for street in _streets(town) if street["id"] == street_id), None)
    if found is None:
        raise NotFoundError(
            f"no street has the id {street_id!r}", hint="list them at /api/v1/streets", code="no-street"
        )
    table = town.store.frontages(street=street_id)
    return JsonResponse({**found, "frontages": frontage_answers(table, town)})


def frontage_answers(table: pa.Table, town: Town) -> list[dict[str, Any]]:
    """What the interface says of each frontage."""
    facades = encode_geometries(table.column("facade"), town.store.work_crs)
    return [
        {
            **{name: row[name] for name in _FRONTAGE},
            "facade": facade,
            "surveyed": row["surveyed"].split(",") if row["surveyed"] else [],
        }
        for row, facade in zip(table.to_pylist(), facades, strict=True)
    ]


def _streets(town: Town) -> list[dict[str, Any]]:
    table = town.store.streets()
    counts = _counts(town.store.street_verdicts())
    lengths = shapely.length(shapely.from_wkb(table.column("geometry").to_numpy())).tolist()
    lines = encode_geometries(table.column("geometry"), town.store.work_crs)
    rows = table.drop_columns(["geometry"]).to_pylist()
    return [
        _street(row, round(length, 2), line, counts.get(row["id"], {}))
        for row, length, line in zip(rows, lengths, lines, strict=True)
    ]


def _street(
    row: dict[str, Any], length_m: float, line: orjson.Fragment | None, counts: dict[str | None, int]
) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": names(row),
        "class": row["class"],
        "width_m": row["width_m"],
        "length_m": length_m,
        "centerline": line,
        "buildings": sum(counts.values()),
        "verdicts": {verdict: number for verdict, number in counts.items() if verdict is not None},
    }


def _counts(table: pa.Table) -> dict[str, dict[str | None, int]]:
    counts: dict[str, dict[str | None, int]] = {}
    for row in table.to_pylist():
        counts.setdefault(row["street_id"], {})[row["verdict"]] = row["buildings"]
    return counts
