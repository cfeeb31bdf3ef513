from __future__ import annotations

import datetime as dt
import time

import pyarrow as pa
import pytest
import shapely

from cim_core.errors import RulePackError, UsageError
from cim_core.townscape.check import check_buildings
from cim_core.townscape.exemptions import find_idle_exemptions
from cim_core.townscape.findings import FINDINGS_SCHEMA
from cim_core.townscape.summary import summarise, worst_verdict

from .builders import TODAY, buildings_of, check, frontages_of, pack_of, rule, zones_of

TALL = {"height_m": 20.0, "height_source": "field"}
LOW = {"height_m": 6.0, "height_source": "field"}


def height_rule(applies_to: str, **more: str) -> str:
    return rule("building-height", "{max_m: 12}", applies_to=applies_to, **more)


def test_a_zone_reaches_buildings_by_their_centroid_and_reports_crossing():
    zones = zones_of(core=shapely.box(-5, -5, 27, 15), rim=shapely.box(27, -5, 100, 15))
    found = check(pack_of(height_rule("{zones: [core]}")), buildings_of(TALL, TALL, TALL), zones)
    assert [f["building_id"] for f in found] == ["b0", "b1"]
    assert [f["zone_id"] for f in found] == ["core", "core"]
    assert "crosses" not in found[0]["message_en"]
    assert "crosses the zone boundary" in found[1]["message_en"]
    assert "轮廓跨越" in found[1]["message_zh"]


def test_a_rule_without_zones_names_the_smallest_zone_the_building_is_in():
    zones = zones_of(area=shapely.box(-5, -5, 35, 15), parcel=shapely.box(-1, -1, 11, 11))
    found = check(pack_of(height_rule("{}")), buildings_of(LOW, LOW, LOW), zones)
    assert [f["zone_id"] for f in found] == ["parcel", "area", None]


def test_a_street_reaches_buildings_by_frontage_once():
    frontages = frontages_of(("b0", "main", 9.0), ("b0", "side", 30.0), ("b1", "side", 4.0), ("gone", "main", 1.0))
    buildings = buildings_of(LOW, LOW, LOW)
    main = check(pack_of(height_rule("{streets: [main]}")), buildings, frontages=frontages)
    assert [(f["building_id"], f["street_id"]) for f in main] == [("b0", "main")]
    both = check(pack_of(height_rule("{streets: [main, side]}")), buildings, frontages=frontages)
    assert [(f["building_id"], f["street_id"]) for f in both] == [("b0", "side"), ("b1", "side")]


def test_uses_zones_and_streets_restrict_together():
    zones = zones_of(core=shapely.box(-5, -5, 35, 15))
    frontages = frontages_of(("b0", "main", 9.0), ("b1", "main", 9.0), ("b2", "main", 9.0))
    buildings = buildings_of({**LOW, "use": "residential"}, {**LOW, "use": "office"}, {**LOW, "use": "residential"})
    pack = pack_of(height_rule("{zones: [core], streets: [main], uses: [residential]}"))
    assert [f["building_id"] for f in check(pack, buildings, zones, frontages)] == ["b0"]


def test_a_building_of_unknown_use_is_not_reached_by_a_rule_for_uses():
    assert check(pack_of(height_rule("{uses: [office]}")), buildings_of({**LOW, "use": None})) == []


def exemption(building_id: str, **dates: str) -> str:
    dates = {"decided_on": "2025-01-01", "expires_on": "2030-01-01", **dates}
    rest = ", ".join(f"{k}: {v}" for k, v in dates.items())
    return f"  - {{building_id: {building_id}, rule_id: r1, reason: {{zh: 因, en: why}}, decided_by: 委员会, {rest}}}\n"


def test_a_valid_exemption_keeps_the_original_verdict():
    pack = pack_of(height_rule("{}"), exemption("b0", expires_on="2026-06-01") + exemption("b1"))
    first, second, third = check(pack, buildings_of(TALL, LOW, TALL))
    assert (first["verdict"], first["original_verdict"], first["margin"]) == ("exempt", "fail", -8.0)
    assert "委员会" in first["message_zh"]
    assert "valid until 2026-06-01: why" in first["message_en"]
    assert (second["verdict"], second["original_verdict"]) == ("pass", None)
    assert (third["verdict"], third["original_verdict"]) == ("fail", None)


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"expires_on": "2026-05-31"}, "expired on 2026-05-31"),
        ({"decided_on": "2026-06-02"}, "takes effect on 2026-06-02"),
    ],
)
def test_an_exemption_out_of_its_time_changes_nothing_and_says_so(dates, words):
    (found,) = check(pack_of(height_rule("{}"), exemption("b0", **dates)), buildings_of(TALL))
    assert (found["verdict"], found["original_verdict"]) == ("fail", None)
    assert words in found["message_en"]


def test_an_exemption_may_be_narrowed_to_a_dataset():
    pack = pack_of(height_rule("{}"), exemption("b0", dataset="other"))
    assert check(pack, buildings_of(TALL))[0]["verdict"] == "fail"


def test_an_exemption_that_meets_no_finding_is_listed():
    pack = pack_of(height_rule("{}"), exemption("b0") + exemption("gone") + exemption("b0", dataset="other"))
    findings = check_buildings(buildings_of(TALL), zones_of(), frontages_of(), [pack], TODAY)
    idle = find_idle_exemptions(findings, pack.exemptions)
    assert [(e.building_id, e.dataset) for e in idle] == [("gone", None), ("b0", "other")]


def test_an_unknown_zone_stops_the_check():
    with pytest.raises(RulePackError, match="unknown zone 'nowhere'"):
        check(pack_of(height_rule("{zones: [nowhere]}")), buildings_of(TALL))


def test_two_packs_may_not_share_a_rule_id():
    pack = pack_of(height_rule("{}"))
    with pytest.raises(RulePackError, match="'r1' is in the packs"):
        check_buildings(buildings_of(TALL), zones_of(), frontages_of(), [pack, pack], TODAY)


def test_no_buildings_and_no_rules_give_an_empty_table():
    pack = pack_of(height_rule("{}") + rule("roof-form", "{allowed: [flat]}", id="r2"))
    found = check_buildings(buildings_of(), zones_of(), frontages_of(), [pack], TODAY)
    assert (found.num_rows, found.schema) == (0, FINDINGS_SCHEMA)
    assert check_buildings(buildings_of(TALL), zones_of(), frontages_of(), [], TODAY).num_rows == 0


def test_missing_columns_and_geometry_count_as_no_data():
    buildings = buildings_of(TALL, LOW).select(["id", "dataset", "geometry"])
    found = check(pack_of(height_rule("{}")), buildings)
    assert [f["verdict"] for f in found] == ["no_data", "no_data"]
    homeless = buildings_of({**TALL, "geometry": None})
    zones = zones_of(core=shapely.box(-5, -5, 35, 15))
    assert check(pack_of(height_rule("{zones: [core]}")), homeless, zones) == []


def test_the_worst_verdict_of_a_building_puts_open_questions_before_settled_ones():
    pack = pack_of(
        height_rule("{}") + rule("roof-form", "{allowed: [gable], review: [shed]}", id="r2"),
        exemption("b3"),
    )
    buildings = buildings_of(
        {**TALL, "roof_form": None},
        {**LOW, "roof_form": "shed"},
        {**LOW, "roof_form": None},
        {**TALL, "roof_form": "gable"},
        {**LOW, "roof_form": "gable"},
    )
    findings = check_buildings(buildings, zones_of(), frontages_of(), [pack], TODAY)
    worst = {w["building_id"]: w["verdict"] for w in worst_verdict(findings).to_pylist()}
    assert worst == {"b0": "fail", "b1": "review", "b2": "no_data", "b3": "exempt", "b4": "pass"}


def test_findings_are_counted_by_group():
    zones = zones_of(core=shapely.box(-5, -5, 35, 15))
    findings = check_buildings(
        buildings_of(TALL, LOW, TALL), zones, frontages_of(), [pack_of(height_rule("{}"))], TODAY
    )
    empty = {"review": 0, "no_data": 0, "exempt": 0}
    assert summarise(findings, "zone").to_pylist() == [
        {"key": "core", "pass": 1, "fail": 1, **empty, "total": 2},
        {"key": None, "pass": 0, "fail": 1, **empty, "total": 1},
    ]
    assert summarise(findings, "kind")["total"].to_pylist() == [3]
    with pytest.raises(UsageError):
        summarise(findings, "weather")


def test_the_day_decides():
    pack = pack_of(height_rule("{}"), exemption("b0", expires_on="2026-12-31"))
    args = (buildings_of(TALL), zones_of(), frontages_of(), [pack])
    days = [dt.date(2026, 12, 31), dt.date(2027, 1, 1)]
    assert [check_buildings(*args, day)["verdict"][0].as_py() for day in days] == ["exempt", "fail"]


def test_two_thousand_buildings_under_twenty_rules_take_less_than_a_second():
    buildings = buildings_of(
        *[{"height_m": 3.0 + i % 40, "height_source": "field", "storeys": i % 9} for i in range(2000)]
    )
    rules = "".join(
        height_rule("{zones: [town]}", id=f"h{i}") + rule("storeys", "{max: 4}", id=f"s{i}") for i in range(10)
    )
    zones = zones_of(town=shapely.box(-5, -5, 50_000, 15))
    pack = pack_of(rules)
    start = time.perf_counter()
    findings = check_buildings(buildings, zones, frontages_of(), [pack], TODAY)
    assert time.perf_counter() - start < 1.0
    assert findings.num_rows == 40_000


def test_other_string_types_of_a_database_are_as_good():
    zones = zones_of(core=shapely.box(-5, -5, 35, 15))
    frontages = frontages_of(("b0", "main", 9.0))
    pack = pack_of(height_rule("{zones: [core], streets: [main]}"))
    plain = check_buildings(buildings_of(TALL), zones, frontages, [pack], TODAY)
    large = pa.large_string()
    zones = zones.set_column(0, "id", zones["id"].cast(large))
    frontages = pa.table(
        {n: frontages[n].cast(large) if n != "length_m" else frontages[n] for n in frontages.column_names}
    )
    buildings = buildings_of(TALL)
    for name in ("id", "dataset", "height_source"):
        buildings = buildings.set_column(buildings.column_names.index(name), name, buildings[name].dictionary_encode())
    assert check_buildings(buildings, zones, frontages, [pack], TODAY).equals(plain)


def test_a_rule_that_reaches_nothing_gives_no_rows():
    rules = rule("storeys", "{max: 3}", applies_to="{uses: [medical]}") + rule(
        "setback", "{limits: [{limit_m: 3}]}", id="r2"
    )
    assert check(pack_of(rules), buildings_of({"use": "office"})) == []


def test_buildings_alike_get_the_same_words_and_the_others_their_own():
    heights = [9.0, 15.0, 9.0, None, 15.0, 21.0]
    found = check(
        pack_of(rule("building-height", "{max_m: 12}")),
        buildings_of(*({"height_m": h, "height_source": "field"} for h in heights)),
    )
    assert [f["measured_text"] for f in found] == ["9 m", "15 m", "9 m", None, "15 m", "21 m"]
    assert found[0]["message_zh"] == found[2]["message_zh"] != found[1]["message_zh"] == found[4]["message_zh"]
    assert "相差 9 m" in found[5]["message_zh"]
    assert "by 9 m" in found[5]["message_en"]
