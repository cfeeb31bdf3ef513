"""Example answers about former states, as the interface documents them."""

from __future__ import annotations

from typing import Any

_ROW: dict[str, Any] = {
    "values": {"id": "yx-000041", "height_m": 21.4, "geometry": {"type": "Point", "coordinates": [113.4, 38.08]}},
    "version": 1,
    "valid_from": None,
    "valid_to": "2026-05-01",
    "recorded_from": "2026-04-01T08:00:00.000Z",
    "recorded_to": None,
    "actor": "importer",
    "reason": "import of buildings.geojson",
    "ended_by": "planner",
    "ended_because": "scenario west adopted",
    "changed": ["id", "height_m", "geometry"],
}
HISTORY: dict[str, Any] = {"kind": "building", "id": "buildings/yx-000041", "rows": [_ROW]}
BUILDING_NAMES: dict[str, Any] = {
    "total": 1,
    "dataset": ["buildings"],
    "id": ["yx-000041"],
    "name": ["秀水西街 31 号"],
    "address": ["秀水西街 31 号"],
    "verdict": ["fail"],
}
