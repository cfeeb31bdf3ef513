"""Rule packs and control zones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from fastapi import APIRouter

from api.http import examples
from api.http.context import Town, TownDep
from api.http.geojson import encode_geometries
from api.http.models.controls import ControlsAnswer
from api.http.responses import JsonResponse, documented
from api.http.rows import bilingual, names

router = APIRouter(tags=["controls"])


@router.get("/controls", summary="Townscape controls", responses=documented(ControlsAnswer, examples.CONTROLS))
def get_controls(town: TownDep) -> JsonResponse:
    """Every rule pack with its rules, and the zones they apply to with the height limit in force."""
    packs = town.store.rule_packs()
    rules = [rule for pack in packs for rule in pack.get("rules") or []]
    return JsonResponse({"packs": [_pack(pack) for pack in packs], "zones": _zones(town, rules)})


def _pack(pack: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": pack["id"],
        "name": bilingual(pack.get("name")),
        "version": str(pack.get("version", "")),
        "document": pack.get("document") or {},
        "synthetic": bool(pack.get("synthetic", False)),
        "rules": [
            {
                "id": rule["id"],
                "kind": rule["kind"],
                "clause": rule.get("clause"),
                "nature": rule.get("nature"),
                "text": bilingual(rule.get("text")),
                "applies_to": rule.get("applies_to") or {},
                "parameters": rule.get("parameters") or {},
            }
            for rule in pack.get("rules") or []
        ],
    }


def _zones(town: Town, rules: Sequence[dict[str, Any]]) -> dict[str, Any]:
    table = town.store.zones()
    outlines = np.asarray(shapely.from_wkb(table.column("geometry").to_numpy()), dtype=object)
    geometries = encode_geometries(table.column("geometry"), town.store.work_crs)
    rows = table.drop_columns(["geometry"]).to_pylist()
    grounds = _lowest_grounds(town, outlines)
    features = []
    for row, geometry, ground_m in zip(rows, geometries, grounds, strict=True):
        applying = [rule for rule in rules if _applies(rule, row["id"])]
        properties = {
            "id": row["id"],
            "name": names(row),
            "level": row["level"],
            "description": names(row, "description_zh", "description_en"),
            "height_limit_m": _height_limit(applying),
            "ground_m": round(ground_m, 2),
            "rules": [rule["id"] for rule in applying],
        }
        features.append({"type": "Feature", "id": row["id"], "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "features": features}


def _applies(rule: dict[str, Any], zone_id: str) -> bool:
    """Whether a rule names the zone, or restricts itself neither to zones nor to streets."""
    scope = rule.get("applies_to") or {}
    zones = scope.get("zones") or []
    return zone_id in zones if zones else not scope.get("streets")


def _height_limit(rules: Sequence[dict[str, Any]]) -> float | None:
    limits = [
        float(rule["parameters"]["max_m"])
        for rule in rules
        if rule["kind"] == "building-height" and (rule.get("parameters") or {}).get("max_m") is not None
    ]
    return min(limits, default=None)


def _lowest_grounds(town: Town, outlines: np.ndarray) -> list[float]:
    """Lowest ellipsoidal base of the buildings each zone touches; of the whole town where it touches none."""
    grounds = town.grounds.of(town.store)
    if len(grounds.ground_m) == 0:
        return [0.0] * len(outlines)
    return [float(value) for value in np.nan_to_num(grounds.lowest_in(outlines), nan=grounds.ground_m.min())]
