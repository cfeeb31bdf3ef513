"""The second pack of the sample town, about fronts and street sides, against figures computed here in plain Python."""

from __future__ import annotations

import statistics
from collections import defaultdict
from functools import cache

import pyarrow as pa
import pytest

from cim_core.townscape import check_buildings, check_references, read_rule_pack

from .test_sample_town import ON, TOWN, buildings, frontages, read_features, table_of


@cache
def findings() -> list[dict]:
    zones = table_of(read_features("zones.geojson"), {"id": pa.string(), "geometry": pa.binary()})
    columns = {"id": pa.string(), "class": pa.string(), "width_m": pa.float64()}
    streets = table_of(read_features("streets.geojson"), columns)
    pack = read_rule_pack(TOWN / "rules-street.yaml")
    check_references(pack, zones=set(zones["id"].to_pylist()), streets=set(streets["id"].to_pylist()))
    return check_buildings(buildings(), zones, frontages(), [pack], ON, streets).to_pylist()


def test_every_rule_of_the_pack_finds_something_to_judge():
    pack = read_rule_pack(TOWN / "rules-street.yaml")
    assert pack.is_synthetic
    judged = defaultdict(set)
    for finding in findings():
        judged[finding["rule_id"]].add(finding["verdict"])
        assert finding["message_zh"]
        assert (finding["verdict"] == "no_data") == (finding["measured_text"] is None)
    assert set(judged) == {rule.id for rule in pack.rules}
    assert all(verdicts & {"pass", "fail"} for verdicts in judged.values())


def test_setbacks_agree_with_the_frontages():
    setbacks = defaultdict(list)
    for row in frontages().to_pylist():
        setbacks[row["building_id"], row["street_id"]].append(row["setback_m"])
    found = [f for f in findings() if f["rule_id"] == "setback-streets"]
    assert len(found) == frontages().num_rows
    for finding in found:
        own = setbacks[finding["building_id"], finding["street_id"]]
        assert finding["measured_value"] is None or finding["measured_value"] in own
        if finding["verdict"] == "fail":
            assert finding["measured_value"] < finding["limit_min"] - 0.2


def test_the_permeability_of_a_stretch_agrees_with_a_walk_along_it():
    fronts = defaultdict(list)
    for row in frontages().to_pylist():
        if row["street_id"] == "jinlong-east":
            fronts[row["line_side"]].append((row["chainage_from_m"], row["chainage_to_m"], row["building_id"]))
    expected = {}
    for side in fronts.values():
        side.sort()
        stretch, reach = [], None
        for start, end, building in [*side, (1e9, 1e9, None)]:
            if reach is not None and start - reach > 80.0:
                first = min(s for s, _, _ in stretch)
                steps = round((reach - first) * 10)
                middles = [first + (i + 0.5) / 10 for i in range(steps)]
                opened = sum(not any(s <= m <= e for s, e, _ in stretch) for m in middles)
                expected |= {(b, first): 100 * opened / steps for _, _, b in stretch}
                stretch, reach = [], None
            stretch.append((start, end, building))
            reach = end if reach is None else max(reach, end)
    found = [f for f in findings() if f["rule_id"] == "open-jinlong"]
    assert len(found) == len(expected)
    by_building = defaultdict(list)
    for (building, _), percent in expected.items():
        by_building[building].append(percent)
    for finding in found:
        near = min(abs(p - finding["measured_value"]) for p in by_building[finding["building_id"]])
        assert near < 0.5


def test_the_main_street_is_as_open_as_its_widths_and_heights_say():
    found = [f for f in findings() if f["rule_id"] == "enclosure-xiushui" and f["measured_value"]]
    heights = dict(zip(buildings()["id"].to_pylist(), buildings()["height_m"].to_pylist(), strict=True))
    on_street = [r for r in frontages().to_pylist() if r["street_id"] == "xiushui-west"]
    typical_height = statistics.median(h for r in on_street if (h := heights[r["building_id"]]))
    typical_width = 30 + 2 * statistics.median(r["setback_m"] for r in on_street)
    assert statistics.median(f["measured_value"] for f in found) == pytest.approx(
        typical_width / typical_height, rel=0.5
    )
