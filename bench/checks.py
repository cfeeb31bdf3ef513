"""What checks cost on one core: all buildings (target 2 s for 100,000 × 20 rules), and one edited building (20 ms).

Usage: python -m bench.checks [BUILDINGS]... [--json | --kinds]  (default 100,000; the town is made up, always the same)

Both rule sets are for the whole town: twenty rules of seventeen kinds, and one rule of every kind there is, whose
target is 2 s for each twenty. ``--kinds`` gives the milliseconds of each kind by itself.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import statistics
import sys
import time
from collections.abc import Sequence

import pyarrow as pa

from bench.checks_town import PER_STREET, BenchTown, build_town
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
    "signs and air conditioners": {"sign_count": 5, "ac_unit_count": 12},
}
Rules = Sequence[tuple[str, str]]
RULES: Rules = (
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


#: One rule of every kind that is not among them.
OTHER_RULES: Rules = (
    ("roof-material", "{forbidden: [metal_sheet]}"),
    ("roof-slope", "{min_deg: 26, max_deg: 34}"),
    ("window-wall-ratio", "{max_north: 0.3, max_east_west: 0.35, max_south: 0.5}"),
    ("ground-floor-transparency", "{min_percent: 60}"),
    ("signs-per-shop", "{max_ratio: 1}"),
    ("sign-position", "{max_above_m: 0}"),
    ("sign-height", "{max_m: 1.5}"),
    ("sign-depth", "{max_m: 0.3}"),
    ("roof-signs", "{max_count: 0}"),
    ("ac-units", "{max: 5, per: facade_100_m2}"),
    ("roof-equipment", "{max_percent: 10}"),
    ("roof-addition-area", "{max_m2: 0}"),
    ("roof-addition-height", "{max_m: 0}"),
    ("low-rise-share", "{min_percent: 70}"),
    ("view-corridor", "{eye_height_m: 1.6, max_intrusion_m: 0}"),
    ("target-visibility", "{eye_height_m: 1.6, min_percent: 33.3}"),
    ("right-of-way", "{max_m: 40}"),
    ("footway-width", "{min_m: 2}"),
    ("overhead-lines", "{max_m: 0}"),
    ("floor-area-ratio", "{by_plan: true, unknown_storeys: 7}"),
    ("building-coverage", "{by_plan: true}"),
    ("green-ratio", "{by_plan: true}"),
    ("hard-surface", "{max_ha: 2}"),
    ("population-density", "{level: district, min_per_km2: 6000, max_per_km2: 10000}"),
)
_FIRST_OF_KIND = tuple({kind: (kind, parameters) for kind, parameters in reversed(RULES)}.values())[::-1]
ALL_KINDS = "all 41 kinds"
RULE_SETS: dict[str, Rules] = {"20 rules of 17 kinds": RULES, ALL_KINDS: (*_FIRST_OF_KIND, *OTHER_RULES)}


#: Heights of one level would contradict each other; of three levels each holds beside the others.
LEVELS = ("base", "overlay", "project")


def build_pack(chosen: Rules = RULES) -> RulePack:
    """Rules for the whole town."""
    head = (
        "{id: bench, name: {zh: 测, en: Bench}, version: '1', document: {title: {zh: 测, en: Bench},"
        " provenance: made up},"
        " palettes: {warm: {name: {zh: 暖, en: Warm}, ranges: [{hue: [5YR, 5Y], value: [6, 9], chroma: [1, 3]}]},"
        " grey: {name: {zh: 灰, en: Grey}, ranges: [{hue: N, value: [4, 6.5]}]},"
        " loud: {name: {zh: 艳, en: Loud}, ranges: [{hue: any, chroma: [8, null]}]}}, rules: ["
    )
    rules = (
        f"{{id: r{i}, kind: {kind}, clause: '{i}', nature: rigid, text: {{zh: 文, en: text}},"
        f" precedence: {LEVELS[i % len(LEVELS)]}, parameters: {parameters}}}"
        for i, (kind, parameters) in enumerate(chosen)
    )
    return parse_rule_pack(head + ", ".join(rules) + "]}")


def ready_town(town: BenchTown) -> Town:
    """The town with nothing computed yet."""
    return Town(town.buildings, town.zones, town.frontages, town.streets, places=town.places)


def measure_check(count: int, chosen: str) -> dict[str, float | int | str]:
    """Processor seconds of a whole check, findings written rule by rule and let go, the best of ``RUNS``."""
    town, rules = build_town(count), RuleSet([build_pack(RULE_SETS[chosen])], ON)
    seconds, rows = [], 0
    for _ in range(RUNS if count <= 100_000 else 1):
        started = time.process_time()
        rows = sum(piece.num_rows for piece in iterate_findings(ready_town(town), rules))
        seconds.append(time.process_time() - started)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "rule_set": chosen,
        "buildings": count,
        "rules": len(rules.in_force),
        "findings": rows,
        "seconds": round(min(seconds), 2),
        "target_s": round(TARGET_S * count / 100_000 * len(rules.in_force) / 20, 1),
        "peak_mb": round(peak_mb),
    }


def measure_kinds(count: int) -> list[dict[str, float | int | str]]:
    """Processor milliseconds of one rule of every kind on a town of its own, the slowest first."""
    town, found = build_town(count), []
    for kind, parameters in RULE_SETS[ALL_KINDS]:
        rules, times = RuleSet([build_pack([(kind, parameters)])], ON), []
        for _ in range(RUNS):
            ready = ready_town(town)
            started = time.process_time()
            rows = sum(piece.num_rows for piece in iterate_findings(ready, rules))
            times.append((time.process_time() - started) * 1000.0)
        found.append({"kind": kind, "findings": rows, "ms": round(min(times))})
    return sorted(found, key=lambda row: -float(row["ms"]))


def measure_edits(count: int, per_street: int, chosen: str) -> list[dict[str, float | int | str]]:
    """Processor milliseconds to judge one edited building again, by what was edited and how long its street is."""
    town = build_town(count, per_street=per_street)
    rules = RuleSet([build_pack(RULE_SETS[chosen])], ON)
    checker = Checker(town.buildings, town.zones, town.frontages, rules, town.streets, town.places).prepare()
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
                "rule_set": chosen,
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
    if "--kinds" in sys.argv:
        for row in measure_kinds(counts[0]):
            print(f"{row['kind']:<28} {row['findings']:>10,} {row['ms']:>7,} ms")
        return
    checks = [measure_check(count, chosen) for chosen in RULE_SETS for count in counts]
    edits = [
        row
        for chosen in RULE_SETS
        for per_street in (50, PER_STREET)
        for row in measure_edits(counts[0], per_street, chosen)
    ]
    if "--json" in sys.argv:
        print(json.dumps({"checks": checks, "edits": edits}, indent=1))
        return
    print(f"{'':<22} {'buildings':>10} {'findings':>12} {'s':>7} {'target':>7} {'peak MB':>8}")
    for row in checks:
        size = f"{row['rule_set']:<22} {row['buildings']:>10,} {row['findings']:>12,}"
        print(f"{size} {row['seconds']:>7} {row['target_s']:>7} {row['peak_mb']:>8,}")
    print(f"\none edited building of {counts[0]:,}")
    for row in edits:
        name = f"{row['rule_set']}: {row['edit']}, street of {row['fronts_of_street']:,} fronts"
        print(f"  {name:<72} {row['median_ms']:>6} ms (best {row['best_ms']}, target {row['target_ms']})")


if __name__ == "__main__":
    main()
