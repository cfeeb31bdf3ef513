"""What checks cost on one core: all buildings (target 2 s for 100,000 × 20 rules), and one edited building (20 ms).

Usage: python -m bench.checks [BUILDINGS]... [--json]  (default 100,000; the town is made up, the same every time)
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import statistics
import sys
import time

import numpy as np
import pyarrow as pa
import shapely

from cim_core.features.schema import building_schema
from cim_core.townscape import parse_rule_pack
from cim_core.townscape.check import RuleSet, iterate_findings
from cim_core.townscape.edits import BuildingEdit
from cim_core.townscape.judging import Town
from cim_core.townscape.rejudge import Checker
from cim_core.townscape.rulepack import RulePack

TARGET_S = 2.0
EDIT_TARGET_MS = 20.0
RUNS = 3
EDIT_RUNS = 21
ON = dt.date(2026, 6, 1)
EDITS = {
    "height": {"height_m": 33.0},
    "storeys": {"storeys": 9},
    "facade color": {"facade_main_color": "#123456"},
    "roof form and style": {"roof_form": "gable", "style": "modern"},
}
PER_STREET = 500

RULES = (
    ("building-height", "{max_m: 18, tolerance_m: 0.3}"),
    ("building-height", "{max_m: 12, reference: eave}"),
    ("building-height", "{max_m: 24, min_m: 3}"),
    ("storeys", "{max: 6}"),
    ("storeys", "{max: 18, min: 1}"),
    ("facade-main-color", "{allowed: [warm, grey], tolerance: {hue_steps: 2.5, value: 0.5, chroma: 0.5}}"),
    ("facade-secondary-color", "{allowed: [warm, grey]}"),
    ("facade-accent-color", "{forbidden: [loud]}"),
    ("roof-color", "{allowed: [grey]}"),
    ("forbidden-color", "{forbidden: [loud]}"),
    ("roof-form", "{allowed: [gable, hip], review: [shed]}"),
    ("facade-material", "{forbidden: [mirror_glass, metal_sheet]}"),
    ("style", "{allowed: [traditional, harmonised], review: [other]}"),
    ("setback", "{limits: [{classes: [main], up_to_height_m: 24, limit_m: 3}, {limit_m: 5}]}"),
    ("facade-width", "{limits: [{up_to_height_m: 24, limit_m: 80}, {limit_m: 60}]}"),
    ("height-to-width", "{max: 1.5}"),
    ("street-enclosure", "{min_d_h: 1, max_d_h: 2}"),
    ("frontage-rate", "{min_percent: 60, line_setback_m: 3}"),
    ("permeability", "{min_percent: 30}"),
    ("same-eave-rate", "{min_percent: 50}"),
)


def build_pack() -> RulePack:
    """Twenty rules of seventeen kinds, each for the whole town."""
    head = (
        "{id: bench, name: {zh: 测, en: Bench}, version: '1', document: {title: {zh: 测, en: Bench},"
        " provenance: made up},"
        " palettes: {warm: {name: {zh: 暖, en: Warm}, ranges: [{hue: [5YR, 5Y], value: [6, 9], chroma: [1, 3]}]},"
        " grey: {name: {zh: 灰, en: Grey}, ranges: [{hue: N, value: [4, 6.5]}]},"
        " loud: {name: {zh: 艳, en: Loud}, ranges: [{hue: any, chroma: [8, null]}]}}, rules: ["
    )
    rules = (
        f"{{id: r{i}, kind: {kind}, clause: '{i}', nature: rigid, text: {{zh: 文, en: text}},"
        f" parameters: {parameters}}}"
        for i, (kind, parameters) in enumerate(RULES)
    )
    return parse_rule_pack(head + ", ".join(rules) + "]}")


def build_town(count: int, seed: int = 7, per_street: int = PER_STREET) -> dict[str, pa.Table]:
    """Buildings in rows along both sides of streets, a tenth of every attribute missing."""
    random = np.random.default_rng(seed)
    row = np.arange(count)
    x, y = (row % per_street) * 20.0, (row // per_street) * 60.0
    is_missing = random.random((count, 12)) < 0.1
    storeys = random.integers(1, 12, count)
    height_m = np.round(storeys * 3.0 + random.random(count) * 2.0, 1)
    palette = np.array([f"#{v:06x}" for v in random.integers(0, 1 << 24, 2000)])
    columns = {
        "id": pa.array([f"b{i:07d}" for i in row]),
        "gid": pa.array(row.astype(np.uint32)),
        "kind": pa.repeat("building", count),
        "dataset": pa.repeat("town", count),
        "geometry": pa.array(shapely.to_wkb(shapely.box(x, y, x + 12.0, y + 12.0)), pa.binary()),
        "use": pa.array(random.choice(["residential", "commercial", "office"], count)),
        "height_m": pa.array(height_m, mask=is_missing[:, 0]),
        "eave_height_m": pa.array(np.round(height_m - 1.5, 1), mask=is_missing[:, 1]),
        "height_source": pa.array(random.choice(["field", "storeys"], count, p=[0.8, 0.2])),
        "storeys": pa.array(storeys.astype(np.int32), mask=is_missing[:, 2]),
    }
    for i, name in enumerate(("facade_main_color", "facade_secondary_color", "facade_accent_color", "roof_color")):
        columns[name] = pa.array(random.choice(palette, count), mask=is_missing[:, 3 + i])
    for i, (name, codes) in enumerate(
        {
            "roof_form": ["flat", "gable", "hip", "shed"],
            "facade_material": ["render", "grey_brick", "mirror_glass"],
            "style": ["traditional", "modern", "other"],
            "color_source": ["card", "photo", "design"],
        }.items()
    ):
        columns[name] = pa.array(random.choice(codes, count), mask=is_missing[:, 7 + i])
    schema = pa.schema([*building_schema(), pa.field("dataset", pa.string())])
    buildings = pa.table({f.name: columns.get(f.name, pa.nulls(count, f.type)) for f in schema}, schema=schema)
    street = row // (2 * per_street)
    is_left = (row // per_street) % 2 == 0
    frontages = pa.table(
        {
            "building_id": columns["id"],
            "dataset": columns["dataset"],
            "street_id": pa.array([f"s{i}" for i in range(street.max() + 1)]).take(pa.array(street)),
            "side": pa.array(np.where(is_left, "north", "south")),
            "line_side": pa.array(np.where(is_left, "left", "right")),
            "chainage_from_m": x,
            "chainage_to_m": x + 12.0,
            "length_m": np.full(count, 12.0),
            "setback_m": np.round(random.random(count) * 8.0, 2),
        }
    )
    names = pa.array([f"s{i}" for i in range(street.max() + 1)])
    streets = pa.table({"id": names, "class": pa.repeat("main", len(names)), "width_m": np.full(len(names), 20.0)})
    edges = np.linspace(0, per_street * 20.0, 6)
    zones = pa.table(
        {
            "id": [f"z{i}" for i in range(5)],
            "geometry": pa.array(shapely.to_wkb(shapely.box(edges[:-1], -10.0, edges[1:], 1e7)), pa.binary()),
        }
    )
    return {"buildings": buildings, "zones": zones, "frontages": frontages, "streets": streets}


def measure_check(count: int) -> dict[str, float | int]:
    """Processor seconds of a whole check, findings written rule by rule and let go, the best of ``RUNS``."""
    town, rules = build_town(count), RuleSet([build_pack()], ON)
    seconds, rows = [], 0
    for _ in range(RUNS if count <= 100_000 else 1):
        started = time.process_time()
        ready = Town(town["buildings"], town["zones"], town["frontages"], town["streets"])
        rows = sum(piece.num_rows for piece in iterate_findings(ready, rules))
        seconds.append(time.process_time() - started)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "buildings": count,
        "rules": len(rules.in_force),
        "findings": rows,
        "seconds": round(min(seconds), 2),
        "target_s": TARGET_S * count / 100_000,
        "peak_mb": round(peak_mb),
    }


def measure_edits(count: int, per_street: int) -> list[dict[str, float | int | str]]:
    """Processor milliseconds to judge one edited building again, by what was edited and how long its street is."""
    town = build_town(count, per_street=per_street)
    checker = Checker(
        town["buildings"], town["zones"], town["frontages"], RuleSet([build_pack()], ON), town["streets"]
    ).prepare()
    checker.rejudge([BuildingEdit("town", "b0000001", {"height_m": 3.0, "facade_main_color": "#808080"})])
    found = []
    for what, values in EDITS.items():
        times = []
        for i in range(EDIT_RUNS):
            edit = BuildingEdit("town", f"b{(count // 2 + i * 997) % count:07d}", values)
            started = time.process_time()
            done = checker.rejudge([edit])
            times.append((time.process_time() - started) * 1000.0)
        found.append(
            {
                "edit": what,
                "fronts_of_street": 2 * per_street,
                "findings": done.findings.num_rows,
                "median_ms": round(statistics.median(times), 1),
                "best_ms": round(min(times), 1),
                "target_ms": EDIT_TARGET_MS,
            }
        )
    return found


def main() -> None:
    """Print the table for the documentation, or JSON."""
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    counts = [int(a) for a in arguments] or [100_000]
    pa.set_cpu_count(1)
    checks = [measure_check(count) for count in counts]
    edits = [row for per_street in (50, PER_STREET) for row in measure_edits(counts[0], per_street)]
    if "--json" in sys.argv:
        print(json.dumps({"checks": checks, "edits": edits}, indent=1))
        return
    print(f"{'buildings':>10} {'findings':>12} {'s':>7} {'target':>7} {'peak MB':>8}")
    for row in checks:
        size = f"{row['buildings']:>10,} {row['findings']:>12,}"
        print(f"{size} {row['seconds']:>7} {row['target_s']:>7} {row['peak_mb']:>8,}")
    print(f"\none edited building of {counts[0]:,}")
    for row in edits:
        name = f"{row['edit']}, street of {row['fronts_of_street']:,} fronts"
        print(f"  {name:<44} {row['median_ms']:>6} ms (best {row['best_ms']}, target {row['target_ms']})")


if __name__ == "__main__":
    main()
