"""Example answers of the data catalogue, as the interface documents them."""

from __future__ import annotations

from typing import Any

RECORD: dict[str, Any] = {
    "id": "buildings",
    "name": {"zh": "建筑", "en": "Buildings"},
    "kind": "buildings",
    "features": 2187,
    "crs": "EPSG:4547",
    "height_datum": "china-1985",
    "provenance": {"file": "buildings.gpkg", "format": "footprints", "imported": "2026-11-22T08:30:00.000Z"},
    "synthetic": True,
    "category": "1.4.4",
    "category_name": {"zh": "建筑三维模型", "en": "Building models"},
    "obligation": "M",
    "department": "自然资源局",
    "security_class": "internal",
    "licence": None,
    "update_cycle": "yearly",
    "scale": "1:2000",
    "cim_level": 2,
    "data_date": "2026-06-30",
    "lineage": None,
    "quality": None,
    "assumed": ["cim_level"],
}
CATALOGUE: dict[str, Any] = {"datasets": [RECORD]}
COVERAGE: dict[str, Any] = {
    "built_up_m2": 4210000.0,
    "covered_m2": 4105000.0,
    "percent": 97.51,
    "by_level": {"4": 8100.0, "2": 4096900.0},
    "unknown_level_m2": 0.0,
    "basis": "layer",
    "counted_from_level": 2,
    "closing_m": None,
    "built_up_layer": "built-up",
}
