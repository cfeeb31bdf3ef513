"""A file of equal boxes in a grid, to be imported in tests that are about something else."""

from __future__ import annotations

import json
from pathlib import Path

BOXES = 60
_EAST, _NORTH = 447_000.0, 4_217_000.0


def write_boxes(path: Path, count: int, storeys: int) -> None:
    """GeoJSON of ``count`` buildings ``b0`` … in EPSG:4547, all of one number of storeys."""
    features = []
    for number in range(count):
        x, y = _EAST + 40 * (number % 60), _NORTH + 40 * (number // 60)
        ring = [[x, y], [x + 10, y], [x + 10, y + 10], [x, y + 10], [x, y]]
        properties = {"id": f"b{number}", "height": 3.0 * storeys, "storeys": storeys, "name": f"楼{number}" * 20}
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": shape})
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    content = {"type": "FeatureCollection", "crs": member, "features": features}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
