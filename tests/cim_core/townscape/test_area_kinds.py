"""Shares of areas, rules for buildings of some year on, and the pack of national figures."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from cim_core.townscape import read_rule_pack

from .builders import buildings_of, check, pack_of, rule, zones_of

PACK = Path(__file__).resolve().parents[3] / "sample_models" / "packs" / "national-county.yaml"


def test_the_low_rise_share_is_by_floor_area():
    # footprints of 100 m²: 600 + 300 m² up to 6 storeys, 1100 m² above: 900 / 2000
    records = [{"storeys": 6}, {"storeys": 3}, {"storeys": 11}]
    found = check(pack_of(rule("low-rise-share", "{min_percent: 70}")), buildings_of(*records))
    assert [(f["verdict"], f["measured_value"], f["margin"]) for f in found] == [("fail", 45.0, -25.0)] * 3
    assert found[0]["message_zh"] == (
        "所在片区低层占比 45 %（全城），不符合控制要求（6 层及以下 ≥ 70 %），相差 25 个百分点。"
    )
    assert check(pack_of(rule("low-rise-share", "{min_percent: 40}")), buildings_of(*records))[0]["verdict"] == "pass"


def test_each_zone_is_an_area_of_its_own():
    zones = zones_of(west=shapely.box(-5, -5, 35, 15), east=shapely.box(35, -5, 100, 15))
    records = [{"storeys": 6}, {"storeys": 3}, {"storeys": 11}]
    pack = pack_of(rule("low-rise-share", "{min_percent: 70}", applies_to="{zones: [west, east]}"))
    found = check(pack, buildings_of(*records), zones)
    assert [(f["zone_id"], f["verdict"], f["measured_value"]) for f in found] == [
        ("west", "pass", 100.0),
        ("west", "pass", 100.0),
        ("east", "fail", 0.0),
    ]
    assert "in east" in found[2]["message_en"]


def test_unknown_storeys_settle_nothing_they_could_turn():
    pack = pack_of(rule("low-rise-share", "{min_percent: 70, unknown_storeys: 18}"))
    # 600 m² low, one unknown: between 600 / 2400 and all of it
    assert {f["verdict"] for f in check(pack, buildings_of({"storeys": 6}, {"storeys": None}))} == {"no_data"}
    sources = {f["building_id"]: f["source"] for f in check(pack, buildings_of({"storeys": 6}, {"storeys": None}))}
    assert sources == {"b0": "storeys of other buildings: missing", "b1": "storeys: missing"}
    # 4200 m² low and one unknown of at most 1800 m²: at least 70 %
    many = [{"storeys": 6}] * 7 + [{"storeys": None}]
    assert {f["verdict"] for f in check(pack, buildings_of(*many))} == {"pass"}
    (alone,) = check(pack, buildings_of({"storeys": None}))
    assert (alone["verdict"], alone["measured_text"]) == ("no_data", None)


def test_a_rule_for_new_buildings_leaves_the_old_alone_and_doubts_the_undated():
    pack = pack_of(rule("storeys", "{max: 18}", applies_to="{built_from: 2021}"))
    found = check(
        pack,
        buildings_of(
            {"storeys": 20, "year_built": 2021},
            {"storeys": 20, "year_built": 2020},
            {"storeys": 20, "year_built": None},
            {"storeys": 6, "year_built": None},
        ),
    )
    assert [(f["building_id"], f["verdict"]) for f in found] == [("b0", "fail"), ("b2", "review"), ("b3", "pass")]
    assert "year built is not known" in found[1]["message_en"]
    assert found[1]["message_zh"].startswith("层数 20，须复核（≤ 18 层）。")


def test_the_national_pack_says_where_every_figure_comes_from():
    pack = read_rule_pack(PACK)
    assert not pack.is_synthetic
    assert all("verified" in r.provenance for r in pack.rules)
    figures = {r.id: r.to_dict() for r in pack.rules}
    assert figures["county-housing-storeys"]["parameters"] == {"max": 18}
    assert figures["county-housing-low-rise"]["parameters"]["min_percent"] == 70
    assert figures["no-tower-500"]["parameters"]["max_m"] == 500
    assert figures["county-housing-storeys"]["applies_to"]["built_from"] == 2021


@pytest.mark.parametrize(("storeys", "verdict"), [(18, "pass"), (19, "fail"), (None, "no_data")])
def test_new_county_housing_stops_at_eighteen_storeys(storeys, verdict):
    record = {"storeys": storeys, "use": "residential", "year_built": 2024, "height_m": 50.0, "height_source": "field"}
    found = {f["rule_id"]: f for f in check(read_rule_pack(PACK), buildings_of(record))}
    assert found["county-housing-storeys"]["verdict"] == verdict
    assert found["tower-250"]["verdict"] == "pass"
