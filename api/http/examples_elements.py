"""Examples of the answers about building models."""

from __future__ import annotations

from typing import Any

_WALL = {"zh": "墙", "en": "Wall"}
_STOREY = {"zh": "楼层", "en": "Storey"}
_NODE: dict[str, Any] = {
    "id": "1xS3BCk291UvhgP2dvNMKI",
    "parent_id": "3F2Fr$t4X7Zf8NOew3FLAA",
    "building_id": "3F2Fr$t4X7Zf8NOew3FLAA",
    "kind": "IfcBuildingStorey",
    "kind_name": _STOREY,
    "predefined_type": None,
    "name": "1F",
    "long_name": None,
    "elevation_m": 0.6,
    "type_name": None,
    "material": None,
    "classification": None,
    "cim_level": 5,
    "gid": None,
    "children": 73,
}
TREE: dict[str, Any] = {
    "dataset": "school",
    "building_id": "3F2Fr$t4X7Zf8NOew3FLAA",
    "parent_id": "3F2Fr$t4X7Zf8NOew3FLAA",
    "numberMatched": 1,
    "nodes": [_NODE],
}
ELEMENTS: dict[str, Any] = {"dataset": "school", "numberMatched": 1, "numberReturned": 1, "elements": [_NODE]}
ELEMENT: dict[str, Any] = {
    "id": "2O2Fr$t4X7Zf8NOew3FLOH",
    "dataset": "school",
    "gid": 17,
    "kind": "IfcWall",
    "kind_name": _WALL,
    "name": "Wall-017",
    "long_name": None,
    "predefined_type": "SOLIDWALL",
    "object_type": None,
    "tag": "138062",
    "description": None,
    "storey": "1F",
    "material": "Brick / Plaster",
    "classification": "Uniclass EF_25_10 Walls",
    "cim_level": 5,
    "elevation_m": None,
    "base_m": 946.7,
    "height_m": 3.6,
    "building_id": "3F2Fr$t4X7Zf8NOew3FLAA",
    "path": [{"id": "1xS3BCk291UvhgP2dvNMKI", "kind": "IfcBuildingStorey", "kind_name": _STOREY, "name": "1F"}],
    "property_sets": {"Pset_WallCommon": {"IsExternal": {"value": True, "type": "IfcBoolean"}}},
    "quantities": {
        "Qto_WallBaseQuantities": {"Length": {"value": 9.0, "type": "IfcQuantityLength", "unit": "m"}},
    },
    "materials": [{"name": "Brick", "thickness_m": 0.24}, {"name": "Plaster", "thickness_m": 0.02}],
    "classifications": [{"system": "Uniclass", "code": "EF_25_10", "name": "Walls", "location": None}],
    "type": {"id": "0aB", "kind": "IfcWallType", "name": "W240", "predefined_type": None, "property_sets": {}},
    "properties": {"Pset_WallCommon": {"IsExternal": True}, "Qto_WallBaseQuantities": {"Length [m]": 9.0}},
}
