"""Datasets, their tilesets, and the map layers."""

from __future__ import annotations

from typing import Any

import orjson
import shapely
from fastapi import APIRouter

from api.http import examples
from api.http.context import Town, TownDep
from api.http.geojson import encode_geometries
from api.http.models.town import DatasetsAnswer, LayerCollection, LayersAnswer, TilesetsAnswer
from api.http.responses import GEOJSON_TYPE, GeoJsonResponse, JsonResponse, documented
from api.http.rows import heights_answer, names
from cim_core.errors import NotFoundError
from cim_core.store import DatasetRecord

router = APIRouter(tags=["datasets"])

_LAYER_NAMES = {
    "water": {"zh": "水系", "en": "Water"},
    "green": {"zh": "绿地", "en": "Green space"},
    "roads": {"zh": "道路", "en": "Roads"},
    "built-up": {"zh": "建成区", "en": "Built-up area"},
    "control-lines": {"zh": "控制线", "en": "Control lines"},
}
_DRAWN_AS = {0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}


@router.get("/datasets", summary="All datasets", responses=documented(DatasetsAnswer, examples.DATASETS))
def list_datasets(town: TownDep) -> JsonResponse:
    """Every imported source with its tileset, CRS, height datum and provenance."""
    return JsonResponse({"datasets": [_dataset(record) for record in town.store.datasets()]})


@router.get("/tilesets", summary="All tilesets", responses=documented(TilesetsAnswer, examples.TILESETS))
def list_tilesets(town: TownDep) -> JsonResponse:
    """The 3D Tiles of every dataset that has any, under URLs that never change their content."""
    return JsonResponse({"tilesets": [_tileset(record) for record in town.store.datasets() if record.tileset]})


@router.get("/layers", summary="All map layers", responses=documented(LayersAnswer, examples.LAYERS))
def list_layers(town: TownDep) -> JsonResponse:
    """Flat layers such as water, green space and roads."""
    rows = town.store.map_layers().to_pylist()
    return JsonResponse({"layers": [_layer(town, row["layer"], row["features"]) for row in rows]})


@router.get(
    "/layers/{layer_id}",
    summary="One map layer",
    response_class=GeoJsonResponse,
    responses=documented(LayerCollection, examples.LAYER, 404, media_type=GEOJSON_TYPE),
)
def get_layer(layer_id: str, town: TownDep) -> GeoJsonResponse:
    """The features of a map layer as GeoJSON in degrees."""
    table = town.store.map_layer(layer_id)
    if table.num_rows == 0:
        known = ", ".join(town.store.map_layers().column("layer").to_pylist())
        raise NotFoundError(f"no layer has the id {layer_id!r}", hint=f"there are: {known}", code="no-layer")
    geometries = encode_geometries(table.column("geometry"), town.store.work_crs)
    rows = table.drop_columns(["geometry"]).to_pylist()
    features = [_feature(row, geometry) for row, geometry in zip(rows, geometries, strict=True)]
    return GeoJsonResponse({"type": "FeatureCollection", "features": features})


def tileset_url(record: DatasetRecord) -> str | None:
    """Where a dataset's tileset is served, or None."""
    return f"/tiles/{record.id}/{record.tileset.version}/tileset.json" if record.tileset else None


def _dataset(record: DatasetRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": _names(record),
        "kind": record.kind.value,
        "features": record.features,
        "buildings": record.buildings,
        "tileset_url": tileset_url(record),
        "extent_deg": record.extent_deg,
        "crs": record.crs,
        "heights": heights_answer(record.heights),
        "source": record.source_file,
        "format": record.format_id,
        "synthetic": record.synthetic,
        "cim_level": record.cim_level,
    }


def _tileset(record: DatasetRecord) -> dict[str, Any]:
    tileset = record.tileset
    if tileset is None:
        raise ValueError(f"{record.id} has no tileset")
    return {
        "dataset": record.id,
        "name": _names(record),
        "kind": record.kind.value,
        "version": tileset.version,
        "url": tileset_url(record),
        "extent_deg": record.extent_deg,
        "height_range_m": tileset.height_range_m,
        "tiles": tileset.tiles,
        "features": tileset.features,
        "bytes": tileset.bytes,
    }


def _names(record: DatasetRecord) -> dict[str, str]:
    return names({"name_zh": record.name_zh or record.id, "name_en": record.name_en or record.id})


def _layer(town: Town, name: str, features: int) -> dict[str, Any]:
    first = town.store.map_layer(name).column("geometry").drop_null()
    kind = int(shapely.get_type_id(shapely.from_wkb(first[0].as_py()))) if len(first) else 3
    return {
        "id": name,
        "name": _LAYER_NAMES.get(name, {"zh": name, "en": name}),
        "kind": _DRAWN_AS.get(kind, "polygon"),
        "features": features,
    }


def _feature(row: dict[str, Any], geometry: orjson.Fragment | None) -> dict[str, Any]:
    properties = {"id": row["id"], "name": names(row), "kind": row["kind"], "width_m": row["width_m"]}
    return {"type": "Feature", "id": row["id"], "geometry": geometry, "properties": properties}
