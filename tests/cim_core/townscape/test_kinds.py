from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .builders import buildings_of, check, pack_of, rule


def judge(kind: str, parameters: str, *records: dict) -> list[dict]:
    return check(pack_of(rule(kind, parameters)), buildings_of(*records))


def test_a_height_is_judged_with_its_margin_in_metres():
    low, over, tolerated, missing = judge(
        "building-height",
        "{max_m: 12, tolerance_m: 0.3}",
        {"height_m": 9.5, "height_source": "field"},
        {"height_m": 15.0, "height_source": "field"},
        {"height_m": 12.2, "height_source": "model"},
        {"height_m": None, "height_source": None},
    )
    assert (low["verdict"], low["margin"], low["limit_max"], low["unit"]) == ("pass", 2.5, 12.0, "m")
    assert (over["verdict"], over["margin"], over["measured_text"]) == ("fail", -3.0, "15 m")
    assert "3 m" in over["message_en"]
    assert "相差 3 m" in over["message_zh"]
    assert (tolerated["verdict"], tolerated["margin"]) == ("pass", 0.0)
    assert "Within the tolerance" in tolerated["message_en"]
    assert (missing["verdict"], missing["margin"], missing["measured_value"]) == ("no_data", None, None)
    assert (missing["confidence"], missing["source"]) == ("low", "height_m: missing")
    assert (over["source"], over["confidence"]) == ("height_m: field", "high")


def test_a_lower_limit_breaks_downwards():
    (short,) = judge("building-height", "{min_m: 6, max_m: 12}", {"height_m": 4.0, "height_source": "field"})
    assert (short["verdict"], short["margin"], short["limit_min"], short["limit_text"]) == ("fail", -2.0, 6.0, "6–12 m")


@pytest.mark.parametrize(
    ("height_m", "verdict", "margin"),
    [(9.0, "pass", 3.0), (10.4, "pass", 1.6), (10.6, "review", 1.4), (13.4, "review", -1.4), (15.0, "fail", -3.0)],
)
def test_an_estimated_height_near_the_limit_is_for_review(height_m, verdict, margin):
    (found,) = judge("building-height", "{max_m: 12}", {"height_m": height_m, "height_source": "storeys"})
    assert (found["verdict"], found["margin"]) == (verdict, pytest.approx(margin))
    assert (found["confidence"], found["source"]) == ("low", "height_m: storeys")


def test_eave_and_mean_references_use_the_eave():
    pitched = {"height_m": 10.0, "eave_height_m": 7.0, "roof_form": "gable", "height_source": "field"}
    flat = {"height_m": 10.0, "roof_form": "flat", "height_source": "field"}
    bare = {"height_m": 10.0, "roof_form": "gable", "height_source": "field"}
    eave = judge("building-height", "{max_m: 8, reference: eave}", pitched, flat, bare)
    assert [f["verdict"] for f in eave] == ["pass", "fail", "no_data"]
    assert [f["measured_value"] for f in eave] == [7.0, 10.0, None]
    assert eave[0]["source"] == "eave_height_m: field"


@pytest.mark.parametrize(
    ("parameters", "verdict", "margin"),
    [("max_m: 9", "pass", 0.0), ("max_m: 8.5", "fail", -0.5), ("min_m: 15", "fail", -6.0), ("min_m: 9", "pass", 0.0)],
)
def test_the_mean_is_of_eave_and_ridge_and_not_of_the_chimney(parameters: str, verdict: str, margin: float):
    chimney = {"height_m": 30.0, "eave_height_m": 8.0, "ridge_height_m": 10.0, "roof_form": "gable"}
    (found,) = judge("building-height", f"{{{parameters}, reference: mean}}", {**chimney, "height_source": "field"})
    assert (found["measured_value"], found["verdict"], found["margin"]) == (9.0, verdict, margin)
    assert found["source"] == "eave_height_m, ridge_height_m: field"


def test_an_unknown_ridge_is_settled_by_the_highest_point_or_by_the_eave_alone():
    """Mean at most 8: eave 5 and top 10 give at most 7.5; 7 and 10 at most 8.5; 9 is at least the eave, 9."""
    pitched = {"height_m": 10.0, "roof_form": "gable", "height_source": "field"}
    eaves = [{**pitched, "eave_height_m": eave_m} for eave_m in (5.0, 7.0, 9.0)]
    found = judge("building-height", "{max_m: 8, reference: mean}", *eaves)
    assert [f["verdict"] for f in found] == ["pass", "no_data", "fail"]
    assert "eave or ridge is not recorded" in found[0]["message_en"]
    assert (found[1]["source"], found[1]["message_en"]) == (
        "ridge_height_m: missing",
        "No ridge height is recorded; not judged against ≤ 8 m (mean of eave and ridge).",
    )


@pytest.mark.parametrize(
    ("record", "word"),
    [
        ({"height_m": 9.0, "eave_height_m": 15.0, "ridge_height_m": 20.0}, "the eave above the top"),
        ({"height_m": 9.0, "ridge_height_m": 9.5}, "the ridge above the top"),
        ({"height_m": 9.0, "storeys": 5}, "too many storeys"),
    ],
)
def test_a_pass_on_figures_that_contradict_each_other_is_for_review(record: dict, word: str):
    passed, failed = (judge("building-height", f"{{max_m: {m}}}", record)[0] for m in (12, 8))
    assert (passed["verdict"], passed["margin"], failed["verdict"]) == ("review", 3.0, "fail")
    assert word in passed["message_en"]


def test_storeys_the_height_contradicts_are_for_review():
    """One storey of 60 m is 30 m above a hall of 20 m and its roof; one of 25 m may be a hall."""
    tall, hall, many = judge(
        "storeys",
        "{max: 4}",
        {"storeys": 1, "height_m": 60.0},
        {"storeys": 1, "height_m": 25.0},
        {"storeys": 9, "height_m": 6.0},
    )
    assert [f["verdict"] for f in (tall, hall, many)] == ["review", "pass", "fail"]
    assert tall["message_en"].startswith("Storeys: 1; needs a review (≤ 4).")
    assert "too few storeys for the height" in tall["message_en"]


def test_no_data_names_the_figure_that_is_not_there():
    roof = {"roof_form": "gable", "height_m": 10.0}
    ridge, eave, ground = (
        judge("building-height", f"{{max_m: 8, {more}}}", roof)[0]
        for more in ("reference: ridge", "reference: eave", "above: datum")
    )
    assert [f["source"] for f in (ridge, eave, ground)] == [
        "ridge_height_m: missing",
        "eave_height_m: missing",
        "base_m: missing",
    ]
    assert ground["message_zh"] == "缺少地面高程，未能判定（最高点标高 ≤ 8 m）。"
    assert ridge["message_en"].startswith("No ridge height is recorded")


@pytest.mark.parametrize("reference", ["eave", "mean"])
def test_an_unknown_eave_is_settled_only_by_a_highest_point_that_holds_the_limit(reference):
    bare = {"roof_form": "gable", "height_source": "field"}
    parameters = f"{{max_m: 12, reference: {reference}, tolerance_m: 0.3}}"
    low, high = judge("building-height", parameters, {**bare, "height_m": 10.0}, {**bare, "height_m": 12.1})
    assert (low["verdict"], low["margin"], low["confidence"]) == ("pass", 2.0, "medium")
    assert "is not recorded" in low["message_en"]
    assert (high["verdict"], high["margin"], high["measured_value"]) == ("no_data", None, None)
    (floor,) = judge("building-height", f"{{min_m: 3, max_m: 12, reference: {reference}}}", {**bare, "height_m": 10.0})
    assert floor["verdict"] == "no_data"


def test_storeys_are_counted():
    found = judge("storeys", "{max: 3, min: 2}", {"storeys": 2}, {"storeys": 6}, {"storeys": 1}, {"storeys": None})
    assert [f["verdict"] for f in found] == ["pass", "fail", "fail", "no_data"]
    assert [f["margin"] for f in found] == [0.0, -3.0, -1.0, None]
    assert found[1]["message_zh"] == "层数 6，不符合控制要求（2–3 层），相差 3 层。"


def test_roof_forms_are_allowed_reviewed_or_refused():
    found = judge(
        "roof-form",
        "{allowed: [gable, hip], review: [shed]}",
        {"roof_form": "gable"},
        {"roof_form": "flat"},
        {"roof_form": "shed"},
        {"roof_form": None},
        {"roof_form": "mansard"},
    )
    assert [f["verdict"] for f in found] == ["pass", "fail", "review", "no_data", "review"]
    assert found[1]["message_zh"] == "屋顶形式为平屋顶，不符合控制要求（允许：硬山/双坡、四坡；复核：单坡）。"
    assert found[1]["margin"] is None
    assert "vocabulary" in found[4]["message_en"]


def test_a_forbidden_material_fails_and_an_unlisted_one_passes():
    found = judge(
        "facade-material",
        "{forbidden: [mirror_glass], review: [ceramic_tile]}",
        {"facade_material": "mirror_glass"},
        {"facade_material": "ceramic_tile"},
        {"facade_material": "grey_brick"},
        {"facade_material": ""},
    )
    assert [f["verdict"] for f in found] == ["fail", "review", "pass", "no_data"]


def test_a_style_outside_the_allowed_list_fails():
    found = judge("style", "{allowed: [traditional]}", {"style": "traditional"}, {"style": "european"})
    assert [f["verdict"] for f in found] == ["pass", "fail"]
    assert found[0]["limit_text"] == "allowed: traditional"


@settings(deadline=None)
@given(st.lists(st.floats(0, 200), min_size=2, max_size=20), st.sampled_from(["field", "storeys"]))
def test_a_taller_building_is_never_judged_better(heights, source):
    rank = {"pass": 0, "review": 1, "fail": 2}
    records = [{"height_m": h, "height_source": source} for h in sorted(heights)]
    found = judge("building-height", "{max_m: 24, tolerance_m: 0.3}", *records)
    ranks = [rank[f["verdict"]] for f in found]
    margins = [f["margin"] for f in found]
    assert ranks == sorted(ranks)
    assert margins == sorted(margins, reverse=True)
    assert all((f["verdict"] != "fail") or f["margin"] < 0 for f in found)


# Colors: #b7a99a is 10YR-ish 7/2 (inside warm), #9c4a3c brick 8.6R 4.1/7.7 (outside), #1e90ff 5.7PB 5.9/15.2 (loud).
def test_a_facade_color_is_judged_against_palettes():
    found = judge(
        "facade-main-color",
        "{allowed: [warm, grey], forbidden: [loud], tolerance: {hue_steps: 2.5, value: 0.5, chroma: 0.5}}",
        {"facade_main_color": "#b7a99a", "color_source": "card"},
        {"facade_main_color": "#9c4a3c", "color_source": "card"},
        {"facade_main_color": "#8c8c87", "color_source": "design"},
        {"facade_main_color": None, "color_source": None},
        {"facade_main_color": "brown", "color_source": None},
        {"facade_main_color": "#1e90ff", "color_source": None},
    )
    assert [f["verdict"] for f in found] == ["pass", "fail", "pass", "no_data", "no_data", "fail"]
    assert found[1]["measured_text"] == "8.6R 4.1/7.7"
    assert found[2]["measured_text"] == "N 5.7"
    assert [f["confidence"] for f in found] == ["high", "high", "medium", "low", "low", "low"]
    assert found[1]["limit_text"].startswith("allowed: 暖灰 Warm grey: 5YR–5Y 6–9/1–3")
    assert (found[1]["unit"], found[1]["source"]) == ("steps", "color_source: card")
    # nearest to the brick are the greys: its value is one of theirs, its chroma 7.2 above 0.5
    assert found[1]["margin"] == pytest.approx(-7.2 / 2, abs=0.05)
    assert found[0]["margin"] > 0
    assert "cannot be read" in found[4]["message_en"]
    assert "#rrggbb" not in found[3]["message_en"]


def test_a_photo_near_the_limit_is_for_review_on_both_sides():
    # greys: N value 4–6.5 allowed with 0.5 tolerance; #777777 is N 5, #a8a8a8 N 6.9, #989898 N 6.3, #c8c8c8 N 8.1
    greys = ["#777777", "#a8a8a8", "#989898", "#c8c8c8"]
    parameters = "{allowed: [grey], tolerance: {value: 0.5}}"
    photo = judge("roof-color", parameters, *[{"roof_color": g, "color_source": "photo"} for g in greys])
    card = judge("roof-color", parameters, *[{"roof_color": g, "color_source": "card"} for g in greys])
    assert [f["verdict"] for f in photo] == ["pass", "review", "review", "fail"]
    assert [f["verdict"] for f in card] == ["pass", "pass", "pass", "fail"]
    assert photo[1]["margin"] < 0 < photo[2]["margin"]
    assert card[1]["margin"] == 0.0
    assert "Within the color tolerance" in card[1]["message_en"]


def test_a_forbidden_palette_alone_lets_the_rest_pass():
    found = judge(
        "roof-color",
        "{forbidden: [loud]}",
        {"roof_color": "#1e90ff", "color_source": "card"},
        {"roof_color": "#777777", "color_source": "card"},
    )
    assert [f["verdict"] for f in found] == ["fail", "pass"]
    assert found[0]["margin"] == pytest.approx(-(15.2 - 8) / 2, abs=0.05)
    assert found[1]["margin"] == pytest.approx(4.0, abs=0.05)


@pytest.mark.parametrize(
    ("slope_deg", "words"),
    [(34.0, "Roof slope 34 ° holds 26–34 °."), (34.01, "Roof slope 34.01 °; 26–34 ° is broken by 0.01 degrees.")],
)
def test_a_message_has_the_decimals_that_tell_the_value_from_the_limit(slope_deg: float, words: str):
    (found,) = judge("roof-slope", "{min_deg: 26, max_deg: 34}", {"roof_slope_deg": slope_deg, "roof_form": "gable"})
    assert found["message_en"] == words


def test_a_height_broken_by_millimetres_says_so():
    (found,) = judge("building-height", "{max_m: 12}", {"height_m": 12.0041, "height_source": "field"})
    assert found["message_en"].startswith("Height 12.004 m breaks the limit ≤ 12 m (highest point) by 0.004 m.")
