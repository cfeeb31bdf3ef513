"""Worked answers for the documentation; tests hold each against its model."""

from __future__ import annotations

from typing import Any

from api.http import examples_checks

Example = dict[str, Any]

_NAME = {"zh": "秀水西街", "en": "Xiushui West Street"}
_POLYGON = {
    "type": "Polygon",
    "coordinates": [[[113.4001, 38.0801], [113.4002, 38.0801], [113.4002, 38.0802], [113.4001, 38.0801]]],
}
_LINE = {"type": "LineString", "coordinates": [[113.4001, 38.0801], [113.4102, 38.0803]]}
_EXTENT = [113.39, 38.07, 113.42, 38.1]
_HEIGHTS = {"datum": "china-1985", "undulation_m": -15.6, "geoid": None}

TOWN: Example = {
    "name": {"zh": "盂县县城(合成示例)", "en": "Yu County seat (sample)"},
    "synthetic": True,
    "notice": {"zh": "合成示例数据", "en": "Synthetic sample data"},
    "crs": "EPSG:4547",
    "extent_deg": _EXTENT,
    "home": {"street_id": "xiushui-west"},
    "terrain": {"url": "/terrain/1f0c2b7a9d3e/"},
    "heights": _HEIGHTS,
}
VOCABULARY: Example = {
    "attributes": [
        {
            "name": "use",
            "zh": "用途",
            "en": "Use",
            "unit": "",
            "codes": [{"value": "residential", "zh": "居住", "en": "Residential"}],
        }
    ],
    "street_attributes": [{"name": "width_m", "zh": "红线宽度", "en": "Width", "unit": "m", "codes": []}],
    "plan_unit_attributes": [
        {"name": "green_area_m2", "zh": "绿地面积", "en": "Green area", "unit": "m²", "codes": []}
    ],
    "height_sources": [{"value": "field", "zh": "源数据字段", "en": "Field of the source"}],
    "verdicts": [{"value": "pass", "zh": "符合", "en": "Pass"}],
    "natures": [{"value": "rigid", "zh": "刚性", "en": "Rigid"}],
    "control_kinds": [{"value": "building-height", "zh": "建筑高度", "en": "Building height", "unit": "m"}],
    "project_types": [{"value": "residential", "zh": "居住", "en": "Residential"}],
    "batches": [{"value": "implementation", "zh": "实施", "en": "Implementation"}],
    "stages": [{"value": "checkup", "zh": "体检评估", "en": "Check-up and assessment", "order": 2}],
    "actions": [{"value": "repair", "zh": "修缮", "en": "Repair"}],
    "libraries": [{"value": "reserve", "zh": "储备库", "en": "Reserve library"}],
    "evidence_kinds": [{"value": "permit", "zh": "许可文件", "en": "Permit"}],
    "place_states": [{"value": "existing", "zh": "现状", "en": "Existing"}],
    "change_kinds": [{"value": "demolish", "zh": "拆除", "en": "Demolish"}],
    "differences": [{"value": "worse", "zh": "变差", "en": "Worse"}],
    **examples_checks.VOCABULARY,
}
_DATASET: Example = {
    "id": "yuxian",
    "name": {"zh": "县城建筑", "en": "Town buildings"},
    "kind": "buildings",
    "features": 2013,
    "buildings": 2013,
    "tileset_url": "/tiles/yuxian/1f0c2b7a9d3e/tileset.json",
    "extent_deg": _EXTENT,
    "crs": "EPSG:4547",
    "heights": _HEIGHTS,
    "source": "buildings.geojson",
    "format": "geojson",
    "synthetic": True,
    "cim_level": "CIM2",
}
DATASETS: Example = {"datasets": [_DATASET]}
TILESETS: Example = {
    "tilesets": [
        {
            "dataset": "yuxian",
            "name": {"zh": "县城建筑", "en": "Town buildings"},
            "kind": "buildings",
            "version": "1f0c2b7a9d3e",
            "url": "/tiles/yuxian/1f0c2b7a9d3e/tileset.json",
            "extent_deg": _EXTENT,
            "height_range_m": [880.2, 941.7],
            "tiles": 37,
            "features": 2013,
            "bytes": 812345,
        }
    ]
}
LAYERS: Example = {"layers": [{"id": "water", "name": {"zh": "水系", "en": "Water"}, "kind": "polygon", "features": 4}]}
LAYER: Example = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "xiushui-river",
            "geometry": _POLYGON,
            "properties": {
                "id": "xiushui-river",
                "name": {"zh": "秀水河", "en": "Xiushui River"},
                "kind": "river",
                "width_m": None,
            },
        }
    ],
}
FORMATS: Example = {
    "formats": [
        {
            "id": "geojson",
            "label": "GeoJSON",
            "suffixes": [".geojson"],
            "produces": "buildings",
            "media_type": "application/geo+json",
            "library": "pyogrio",
        }
    ]
}
HEALTH: Example = {
    "status": "ok",
    "version": "0.1.0",
    "store": {"database": "SQLite 3.53.4", "journal_mode": "wal", "datasets": 2, "notes": []},
    "disk_free_share": 0.62,
}
FINDING: Example = {
    "id": "yuxian:yx-000123:height-core:core",
    "dataset": "yuxian",
    "building_id": "yx-000123",
    "gid": 122,
    "building_name": "供销社旧楼",
    "name": {"zh": "供销社旧楼", "en": "供销社旧楼"},
    "rule_id": "height-core",
    "kind": "building-height",
    "clause": "3.2.1",
    "nature": "rigid",
    "zone_id": "core",
    "street_id": None,
    "verdict": "fail",
    "original_verdict": None,
    "measured": {"value": 15.2, "text": "15.2 m", "words": {"zh": "15.2 m", "en": "15.2 m"}},
    "limit": {
        "min": None,
        "max": 12.0,
        "text": "≤ 12 m",
        "words": {"zh": "最高点 ≤ 12 m", "en": "≤ 12 m (highest point)"},
    },
    "margin": -3.2,
    "unit": "m",
    "source": "height_m: field",
    "confidence": "high",
    "related_rules": ["overrides height-all"],
    "indicative": False,
    "message": {"zh": "建筑高度 15.2 m,超出限高 12 m 3.2 m", "en": "15.2 m high, 3.2 m above the limit of 12 m"},
    "position_deg": [113.4001, 38.0801, 910.2],
    "evidence": {
        "type": "Polygon",
        "coordinates": [
            [
                [113.4001, 38.0801, 922.2],
                [113.4002, 38.0801, 922.2],
                [113.4002, 38.0802, 922.2],
                [113.4001, 38.0801, 922.2],
            ]
        ],
    },
}
FINDINGS: Example = {"total": 118, "findings": [FINDING]}
SUMMARY: Example = {
    "by": "street",
    "groups": [{"key": "xiushui-west", "name": _NAME, "counts": {"fail": 7, "pass": 81}}],
    "total": {"fail": 7, "pass": 81},
}
BUILDINGS: Example = {
    "type": "FeatureCollection",
    "numberMatched": 1,
    "numberReturned": 1,
    "features": [
        {
            "type": "Feature",
            "id": "yx-000123",
            "geometry": _POLYGON,
            "properties": {"id": "yx-000123", "gid": 122, "dataset": "yuxian", "verdict": "fail", "height_m": 15.2},
        }
    ],
}
BUILDING: Example = {
    "id": "yx-000123",
    "dataset": "yuxian",
    "gid": 122,
    "name": "供销社旧楼",
    "attributes": {"height_m": 15.2, "storeys": 4, "use": "commercial"},
    "extra": {},
    "footprint": _POLYGON,
    "position_deg": [113.4001, 38.0801, 910.2],
    "verdict": "fail",
    "findings": [FINDING],
    "projects": [
        {
            "id": "prj-01",
            "name": {"zh": "秀水西街立面整治", "en": "Xiushui West facades"},
            "type": "culture",
            "batch": "implementation",
            "stage": "scheme_design",
            "area_share": 1.0,
            "origin": "geometry",
            "action": None,
        }
    ],
    "frontages": [
        {
            "key": "yuxian/yx-000123@xiushui-west:north",
            "street_id": "xiushui-west",
            "street_name": _NAME,
            "side": "north",
            "line_side": "left",
            "chainage_from_m": 120.5,
            "chainage_to_m": 141.0,
            "length_m": 20.5,
            "setback_m": 2.1,
        }
    ],
    "elements": 0,
    "source": {
        "dataset": "yuxian",
        "file": "buildings.geojson",
        "height_source": "field",
        "height_confidence": "high",
        "color_source": "card",
        "synthetic": True,
    },
}
ELEMENT: Example = {
    "id": "2O2Fr$t4X7Zf8NOew3FLOH",
    "dataset": "school",
    "gid": 17,
    "kind": "IfcWall",
    "name": "Wall-017",
    "storey": "1F",
    "material": "Brick",
    "properties": {"Pset_WallCommon": {"IsExternal": True}},
    "building_id": "3F2Fr$t4X7Zf8NOew3FLAA",
}
_STREET: Example = {
    "id": "xiushui-west",
    "name": _NAME,
    "class": "main",
    "width_m": 24.0,
    "length_m": 860.3,
    "centerline": _LINE,
    "buildings": 88,
    "verdicts": {"pass": 81, "fail": 7},
}
STREETS: Example = {"streets": [_STREET]}
STREET: Example = {
    **_STREET,
    "frontages": [
        {
            "key": "yuxian/yx-000123@xiushui-west:north",
            "dataset": "yuxian",
            "building_id": "yx-000123",
            "gid": 122,
            "building_name": "供销社旧楼",
            "side": "north",
            "line_side": "left",
            "chainage_from_m": 120.5,
            "chainage_to_m": 141.0,
            "length_m": 20.5,
            "setback_m": 2.1,
            "height_m": 15.2,
            "eave_height_m": 13.8,
            "color": "#8c8c86",
            "color_source": "card",
            "material": "grey_brick",
            "style": "harmonised",
            "sign_count": 3,
            "photo": "west/yx-000123.jpg",
            "facade": _LINE,
            "surveyed": ["color", "photo"],
            "surveyed_on": "2026-05-01",
            "survey_source": "色卡调查 A-12",
            "verdict": "fail",
        }
    ],
}
CONTROLS: Example = {
    "packs": [
        {
            "id": "yuxian-demo",
            "name": {"zh": "盂县风貌控制(示例)", "en": "Yu County townscape (sample)"},
            "version": "2026.1",
            "document": {"provenance": "synthetic demo"},
            "synthetic": True,
            "rules": [
                {
                    "id": "height-core",
                    "kind": "building-height",
                    "clause": "3.2.1",
                    "nature": "rigid",
                    "text": {"zh": "建筑高度不超过 12 m", "en": "Building height at most 12 m"},
                    "applies_to": {"zones": ["core"]},
                    "parameters": {"max_m": 12, "reference": "highest", "tolerance_m": 0.3},
                }
            ],
        }
    ],
    "zones": {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": "core",
                "geometry": _POLYGON,
                "properties": {
                    "id": "core",
                    "name": {"zh": "核心区", "en": "Core"},
                    "level": "area",
                    "description": {"zh": "", "en": ""},
                    "height_limit_m": 12.0,
                    "ground_m": 894.1,
                    "rules": ["height-core"],
                },
            }
        ],
    },
}
STATE: Example = {
    "features": 2013,
    "columns": [
        {
            "name": "verdict",
            "dtype": "uint8",
            "components": 1,
            "codes": ["pass", "exempt", "no_data", "review", "fail"],
            "no_data": 255,
            "unit": "",
        }
    ],
}
