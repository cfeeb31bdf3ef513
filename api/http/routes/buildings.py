"""Buildings by place, and one building with all that is known of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from api.http import examples
from api.http.bbox import parse_bbox
from api.http.context import Town, TownDep
from api.http.geojson import encode_geometries, encode_wkb, measure_positions
from api.http.models.buildings import BuildingAnswer, BuildingCollection
from api.http.responses import GEOJSON_TYPE, GeoJsonResponse, JsonResponse, documented
from api.http.rows import Row, finding_answers, json_object, names
from cim_core.catalogue.levels import level_number, level_of_building, level_of_kind
from cim_core.features import BUILDING_ATTRIBUTES
from cim_core.features.schema import HEIGHT_CONFIDENCE
from cim_core.scenarios import PlaceState
from cim_core.store import DatasetRecord, FindingFilter, Store

router = APIRouter(tags=["buildings"])

_ATTRIBUTES = tuple(attribute.name for attribute in BUILDING_ATTRIBUTES)
_LISTED = ("dataset", "id", "gid", "geometry", "height_source", *_ATTRIBUTES)
MAX_PAGE = 10_000
#: Which buildings are listed; ``all`` has every state.
BuildingState = Annotated[
    Literal["existing", "proposed", "removed", "all"],
    Query(description="existing: what stands; proposed: designs nobody adopted; removed: what is gone; or all"),
]
_OF_PROJECT = ["id", "name_zh", "name_en", "type", "batch", "stage"]


@router.get(
    "/buildings",
    summary="Buildings by place",
    response_class=GeoJsonResponse,
    responses=documented(BuildingCollection, examples.BUILDINGS, 422, media_type=GEOJSON_TYPE),
)
def list_buildings(
    town: TownDep,
    bbox: Annotated[
        str | None,
        Query(description="West, south, east, north in degrees; buildings whose footprint's envelope meets it"),
    ] = None,
    street: Annotated[str | None, Query(description="Only buildings with a frontage on this street")] = None,
    dataset: Annotated[str | None, Query(description="Only buildings of this dataset")] = None,
    state: BuildingState = "existing",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Page size")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31, description="Buildings to skip")] = 0,
) -> GeoJsonResponse:
    """Footprints as GeoJSON with attributes and the worst verdict, by dataset and gid.

    What stands, adopted changes and all, unless ``state`` asks for proposals or for what is gone.
    """
    store = town.store
    box = None if bbox is None else store.to_work_box(parse_bbox(bbox))
    where: dict[str, Any] = {"bbox": box, "street": street, "dataset": dataset, "state": wanted_state(state)}

    def read() -> tuple[int, list[Row]]:
        rows = store.building_rows(**where, limit=limit, offset=offset, columns=_LISTED)
        is_last = len(rows) < limit and (rows or not offset)  # then nobody need count
        return offset + len(rows) if is_last else store.count_buildings(**where), rows

    total, rows = store.at_one_instant(read)
    geometries = encode_wkb([row.pop("geometry") for row in rows], store.work_crs)
    return GeoJsonResponse(
        {
            "type": "FeatureCollection",
            "numberMatched": total,
            "numberReturned": len(rows),
            "features": [
                {"type": "Feature", "id": row["id"], "geometry": geometry, "properties": row}
                for row, geometry in zip(rows, geometries, strict=True)
            ],
        }
    )


@router.get(
    "/buildings/{dataset}/{building_id:path}",
    summary="One building",
    responses=documented(BuildingAnswer, examples.BUILDING, 404),
)
def get_building(dataset: str, building_id: str, town: TownDep) -> JsonResponse:
    """Attributes, footprint, findings, projects, frontages and provenance of one building."""
    return JsonResponse(town.store.at_one_instant(lambda: _describe(dataset, building_id, town)))


def wanted_state(state: str) -> PlaceState | None:
    """The state a list is restricted to; None for all."""
    return None if state == "all" else PlaceState(state)


def _describe(dataset: str, building_id: str, town: Town) -> dict[str, Any]:
    store = town.store
    table = store.building(dataset, building_id)
    row = table.drop_columns(["geometry"]).to_pylist()[0]
    record = store.dataset(dataset)
    heights = {dataset: record.heights}
    extra = json_object(row["extra"])
    _, findings = store.findings(FindingFilter(dataset=dataset, building=building_id))
    (position,) = measure_positions(
        table.column("geometry"), table.column("base_m"), [dataset], heights, store.work_crs
    )
    return {
        "id": row["id"],
        "dataset": dataset,
        "gid": row["gid"],
        "name": row["name"],
        "attributes": {name: row[name] for name in _ATTRIBUTES},
        "extra": extra,
        "facades": json_object(extra.pop("facades", None)) or None,
        "cim_level": _level(store, record, row),
        "footprint": encode_geometries(table.column("geometry"), store.work_crs)[0],
        "position_deg": position,
        "verdict": row["verdict"],
        "findings": finding_answers(findings, heights, town),
        "projects": _projects(town, dataset, building_id),
        "frontages": _frontages(town, dataset, building_id),
        "elements": store.count_elements(dataset, building_id),
        "source": {
            "dataset": dataset,
            "file": record.source_file,
            "height_source": row["height_source"],
            "height_confidence": HEIGHT_CONFIDENCE.get(row["height_source"]),
            "color_source": row["color_source"],
            "synthetic": record.synthetic,
        },
    }


def _level(store: Store, record: DatasetRecord, row: Row) -> int | None:
    entry = store.catalogue_entry(record.id)
    said = None if entry is None else entry.cim_level
    kind, has_height = record.kind.value, row["height_m"] is not None
    of_dataset = level_number(record.cim_level) or level_of_kind(kind)
    return level_of_building(row["cim_level"], said, of_dataset, kind, has_height=has_height)


def _projects(town: Town, dataset: str, building_id: str) -> list[dict[str, Any]]:
    links = town.store.project_links(building=(dataset, building_id)).to_pylist()
    if not links:
        return []
    linked = town.store.projects(sorted({link["project_id"] for link in links}))
    projects = {row["id"]: row for row in linked.select(_OF_PROJECT).to_pylist()}
    return [_project(projects[link["project_id"]], link) for link in links if link["project_id"] in projects]


def _project(project: dict[str, Any], link: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": project["id"],
        "name": names(project),
        **{name: project[name] for name in ("type", "batch", "stage")},
        **{name: link[name] for name in ("area_share", "origin", "action")},
    }


def _frontages(town: Town, dataset: str, building_id: str) -> list[dict[str, Any]]:
    rows = town.store.frontages(building=(dataset, building_id)).to_pylist()
    plain = ("key", "side", "line_side", "chainage_from_m", "chainage_to_m", "length_m", "setback_m")
    return [
        {
            "street_id": row["street_id"],
            "street_name": names(row, "street_name_zh", "street_name_en"),
            **{name: row[name] for name in plain},
        }
        for row in rows
    ]
