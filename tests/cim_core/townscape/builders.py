"""Small towns built in code: square buildings in a row, one zone, one rule."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import shapely

from cim_core.features.schema import building_schema
from cim_core.townscape.check import check_buildings
from cim_core.townscape.rulepack import RulePack, parse_rule_pack

TODAY = dt.date(2026, 6, 1)

HEAD = """
id: demo
name: {zh: 示例, en: Demo}
version: "1"
synthetic: true
document: {title: {zh: 规划, en: Plan}, provenance: made up for a test, issued: 2026-01-01}
palettes:
  warm: {name: {zh: 暖灰, en: Warm grey}, ranges: [{hue: [5YR, 5Y], value: [6, 9], chroma: [1, 3]}]}
  grey: {name: {zh: 灰, en: Grey}, ranges: [{hue: N, value: [4, 6.5]}]}
  loud: {name: {zh: 艳色, en: Loud}, ranges: [{hue: any, chroma: [8, null]}]}
"""


def pack_of(rules: str, exemptions: str = "") -> RulePack:
    """A pack from the YAML list entries of its rules."""
    tail = f"exemptions:\n{exemptions}" if exemptions else ""
    return parse_rule_pack(f"{HEAD}rules:\n{rules}\n{tail}", where="demo.yaml")


def rule(kind: str, parameters: str, *, id: str = "r1", applies_to: str = "{}", more: str = "") -> str:
    return (
        f"  - {{id: {id}, kind: {kind}, clause: '1.1', nature: rigid, text: {{zh: 文, en: text}},"
        f" applies_to: {applies_to}, parameters: {parameters}{more}}}\n"
    )


def buildings_of(*records: dict) -> pa.Table:
    """Buildings b0, b1 … as 10 m squares at x = 0, 20, 40 …, y = 0."""
    rows = []
    for i, record in enumerate(records):
        footprint = shapely.box(20.0 * i, 0.0, 20.0 * i + 10.0, 10.0)
        rows.append(
            {"id": f"b{i}", "gid": i, "kind": "building", "geometry": footprint.wkb, "dataset": "town", **record}
        )
    schema = building_schema().append(pa.field("dataset", pa.string()))
    return pa.Table.from_pylist(rows, schema=schema)


def zones_of(**shapes: shapely.Geometry) -> pa.Table:
    return pa.table(
        {
            "id": pa.array(list(shapes), pa.string()),
            "geometry": pa.array([s.wkb for s in shapes.values()], pa.binary()),
        }
    )


def frontages_of(*rows: tuple[str, str, float]) -> pa.Table:
    return pa.table(
        {
            "building_id": pa.array([r[0] for r in rows], pa.string()),
            "dataset": pa.array(["town"] * len(rows), pa.string()),
            "street_id": pa.array([r[1] for r in rows], pa.string()),
            "length_m": pa.array([r[2] for r in rows], pa.float64()),
        }
    )


def check(pack: RulePack, buildings: pa.Table, zones: pa.Table | None = None, frontages: pa.Table | None = None):
    """Findings as a list of dictionaries."""
    table = check_buildings(
        buildings,
        zones_of() if zones is None else zones,
        frontages_of() if frontages is None else frontages,
        [pack],
        TODAY,
    )
    return table.to_pylist()
