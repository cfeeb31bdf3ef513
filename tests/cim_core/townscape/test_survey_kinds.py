"""Kinds that hold one recorded number of a building against a limit; every figure can be worked out by hand."""

from __future__ import annotations

import pytest

from cim_core.errors import RulePackError
from cim_core.townscape.builtin import BUILTIN
from cim_core.townscape.kinds.base import Scope

from .builders import buildings_of, check, pack_of, rule

#: kind, parameters, records, verdicts, measured values, margins; each has a record at the limit and one without data.
CASES = [
    (
        "roof-slope",
        "{min_deg: 26, max_deg: 34}",
        [
            {"roof_slope_deg": 26.0},
            {"roof_slope_deg": 40.5, "roof_form": "gable"},
            {"roof_slope_deg": 20.0},
            {"roof_form": "gable"},
            {"roof_form": "flat", "roof_slope_deg": 2.0},
        ],
        ["pass", "fail", "fail", "no_data"],
        [26.0, 40.5, 20.0, None],
        [0.0, -6.5, -6.0, None],
    ),
    (
        "signs-per-shop",
        "{max_ratio: 1}",
        [
            {"sign_count": 3, "shop_count": 3},
            {"sign_count": 5, "shop_count": 2},
            {"sign_count": 2},
            {"sign_count": 0, "shop_count": 0},
        ],
        ["pass", "fail", "no_data"],
        [1.0, 2.5, None],
        [0.0, -1.5, None],
    ),
    (
        "sign-position",
        "{max_above_m: 0}",
        [
            {"sign_top_m": 4.2, "second_floor_sill_m": 4.2, "sign_count": 1},
            {"sign_top_m": 5.0, "second_floor_sill_m": 4.2, "sign_count": 1},
            {"sign_top_m": 3.8, "sign_count": 1},
            {"sign_count": 0},
        ],
        ["pass", "fail", "no_data"],
        [0.0, 0.8, None],
        [0.0, -0.8, None],
    ),
    (
        "sign-height",
        "{max_m: 1.5}",
        [{"sign_height_m": 1.5}, {"sign_height_m": 2.0}, {"sign_count": 2}, {"sign_count": 0}],
        ["pass", "fail", "no_data"],
        [1.5, 2.0, None],
        [0.0, -0.5, None],
    ),
    (
        "sign-depth",
        "{max_m: 0.3}",
        [{"sign_depth_m": 0.3}, {"sign_depth_m": 0.5}, {}],
        ["pass", "fail", "no_data"],
        [0.3, 0.5, None],
        [0.0, -0.2, None],
    ),
    (
        "roof-signs",
        "{max_count: 0}",
        [{"roof_sign_count": 0}, {"roof_sign_count": 2}, {}],
        ["pass", "fail", "no_data"],
        [0.0, 2.0, None],
        [0.0, -2.0, None],
    ),
    (
        "ac-units",
        "{max: 1, per: facade_100_m2}",
        [
            {"ac_unit_count": 4, **{f"facade_area_{s}_m2": 100.0 for s in ("north", "east", "south", "west")}},
            {"ac_unit_count": 12, **{f"facade_area_{s}_m2": 100.0 for s in ("north", "east", "south", "west")}},
            {"ac_unit_count": 4, "facade_area_north_m2": 100.0},
            {"ac_unit_count": 0},
        ],
        ["pass", "fail", "no_data", "pass"],
        [1.0, 3.0, None, 0.0],
        [0.0, -2.0, None, 1.0],
    ),
    (
        "ac-units",
        "{max: 0.5, per: flat}",
        [{"ac_unit_count": 6, "flat_count": 12}, {"ac_unit_count": 9, "flat_count": 12}, {"ac_unit_count": 9}],
        ["pass", "fail", "no_data"],
        [0.5, 0.75, None],
        [0.0, -0.25, None],
    ),
    (  # footprints of the builders are 100 m²
        "roof-equipment",
        "{max_percent: 10}",
        [
            {"roof_equipment_area_m2": 10.0},
            {"roof_equipment_area_m2": 10.0, "roof_area_m2": 50.0},
            {},
        ],
        ["pass", "fail", "no_data"],
        [10.0, 20.0, None],
        [0.0, -10.0, None],
    ),
    (
        "roof-addition-area",
        "{max_m2: 0}",
        [{"roof_addition_area_m2": 0.0}, {"roof_addition_area_m2": 36.5}, {}],
        ["pass", "fail", "no_data"],
        [0.0, 36.5, None],
        [0.0, -36.5, None],
    ),
    (
        "roof-addition-height",
        "{max_m: 0}",
        [{"roof_addition_height_m": 0.0}, {"roof_addition_height_m": 2.8}, {}],
        ["pass", "fail", "no_data"],
        [0.0, 2.8, None],
        [0.0, -2.8, None],
    ),
]


@pytest.mark.parametrize(("kind", "parameters", "records", "verdicts", "values", "margins"), CASES)
def test_a_recorded_number_is_held_against_its_limit(kind, parameters, records, verdicts, values, margins):
    found = check(pack_of(rule(kind, parameters)), buildings_of(*records))
    assert [f["verdict"] for f in found] == verdicts
    assert [f["measured_value"] for f in found] == pytest.approx(values)
    assert [f["margin"] for f in found] == pytest.approx(margins)
    for f in found:
        assert f["limit_text"] in f["message_en"]
        assert (f["verdict"] == "no_data") == (f["measured_text"] is None)


def test_the_worst_orientation_speaks_and_a_missing_one_is_no_pass():
    sides = {"north": 0.25, "east": 0.30, "south": 0.45, "west": 0.30}
    record = {f"window_wall_ratio_{side}": ratio for side, ratio in sides.items()}
    found = check(
        pack_of(rule("window-wall-ratio", "{max_north: 0.3, max_east_west: 0.35, max_south: 0.5}")),
        buildings_of(
            record,
            {**record, "window_wall_ratio_south": 0.62, "window_wall_ratio_north": 0.31},
            {**record, "window_wall_ratio_west": None},
            {**record, "window_wall_ratio_west": None, "window_wall_ratio_north": 0.4},
        ),
    )
    assert [f["verdict"] for f in found] == ["pass", "fail", "no_data", "fail"]
    assert [f["measured_value"] for f in found] == [0.25, 0.62, None, 0.4]
    assert [f["limit_max"] for f in found][1:] == [0.5, 0.3, 0.3]
    assert "南向" in found[1]["message_zh"]
    assert found[1]["margin"] == pytest.approx(-0.12)


def test_heights_to_the_ridge_and_above_the_datum():
    gable = {"height_m": 9.5, "ridge_height_m": 9.0, "roof_form": "gable", "height_source": "field", "base_m": 946.0}
    ridge = check(pack_of(rule("building-height", "{max_m: 9, reference: ridge}")), buildings_of(gable, {}))
    assert [(f["verdict"], f["measured_value"]) for f in ridge] == [("pass", 9.0), ("no_data", None)]
    datum = check(
        pack_of(rule("building-height", "{max_m: 955, above: datum}")),
        buildings_of(gable, {**gable, "base_m": None}, {**gable, "base_m": 945.5}),
    )
    assert [f["verdict"] for f in datum] == ["fail", "no_data", "pass"]
    assert [f["margin"] for f in datum] == [-0.5, None, 0.0]
    assert "标高" in datum[0]["limit_zh"]
    assert datum[0]["source"] == "base_m + height_m: field"


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("roof-slope", "{}", "needs min_deg or max_deg"),
        ("roof-slope", "{min_deg: 40, max_deg: 30}", "min_deg 40 is above max_deg 30"),
        ("window-wall-ratio", "{tolerance: 0.1}", "needs max_north or max_east_west or max_south"),
        ("floor-area-ratio", "{level: unit}", "needs min or max or by_plan"),
        ("sign-height", "{}", "'max_m' is missing"),
        ("roof-material", "{allowed: [straw]}", "unknown value 'straw'"),
    ],
)
def test_a_rule_that_asks_nothing_or_the_impossible_is_refused(kind, parameters, message):
    with pytest.raises(RulePackError, match=message):
        pack_of(rule(kind, parameters))


@pytest.mark.parametrize("kind", BUILTIN, ids=lambda kind: kind.id)
def test_every_kind_says_what_a_finding_without_data_lacks(kind):
    assert kind.missing or kind.attributes
    assert kind.scope in Scope
    assert kind.formula.zh
    assert kind.formula.en


def test_what_is_not_known_is_said_of_one_and_of_many():
    (found,) = check(pack_of(rule("ac-units", "{max: 0}")), buildings_of({}))
    assert found["message_en"] == "Exposed air-conditioner units: not known; not judged (≤ 0)."
