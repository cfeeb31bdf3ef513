from __future__ import annotations

import pytest

from cim_core.errors import RulePackError

from .builders import buildings_of, check, pack_of, rule

# #b7a99a is 10YR 7/2 (warm), #8c8c87 N 5.7 (grey), #1e90ff 5.7PB 5.9/15.2 (loud: chroma above 8).


def judge(kind: str, parameters: str, *records: dict) -> list[dict]:
    return check(pack_of(rule(kind, parameters)), buildings_of(*records))


def test_secondary_and_accent_colors_are_judged_by_their_own_columns():
    record = {"facade_secondary_color": "#b7a99a", "facade_accent_color": "#1e90ff", "color_source": "card"}
    secondary = judge("facade-secondary-color", "{allowed: [warm]}", record, {"facade_main_color": "#b7a99a"})
    accent = judge("facade-accent-color", "{allowed: [warm]}", record, {})
    assert [f["verdict"] for f in secondary] == ["pass", "no_data"]
    assert [f["verdict"] for f in accent] == ["fail", "no_data"]
    assert accent[1]["source"] == "facade_accent_color: missing"
    assert secondary[0]["message_zh"].startswith("立面辅色 ")


def test_one_forbidden_color_is_enough():
    found = judge(
        "forbidden-color",
        "{forbidden: [loud]}",
        {"facade_main_color": "#b7a99a", "facade_accent_color": "#1e90ff", "color_source": "card"},
        {"facade_main_color": "#b7a99a", "color_source": "card"},
        {"facade_accent_color": "#8c8c87", "color_source": "card"},
        {"facade_accent_color": "#1e90ff", "color_source": "card"},
        {"facade_main_color": "#b7a99a", "facade_accent_color": "blue", "color_source": "card"},
        {"facade_main_color": "#b7a99a", "roof_color": "#1e90ff", "color_source": "card"},
    )
    assert [f["verdict"] for f in found] == ["fail", "pass", "no_data", "fail", "no_data", "pass"]
    assert found[0]["message_zh"].startswith("色彩 点缀色 5.7PB 5.9/15.2，不符合色彩控制")
    assert found[0]["margin"] < 0 < found[1]["margin"]
    assert "No accent color is recorded" in found[1]["message_en"]
    assert found[2]["measured_text"] is None


def test_the_parts_looked_at_and_required_are_the_rules():
    roof = judge(
        "forbidden-color", "{forbidden: [loud], parts: [roof], required: [roof]}", {"roof_color": "#1e90ff"}, {}
    )
    assert [f["verdict"] for f in roof] == ["fail", "no_data"]
    none = judge("forbidden-color", "{forbidden: [loud], required: []}", {})
    assert none[0]["verdict"] == "no_data"


#: N 6.5 is the lightest grey of the palette; #a8a8a8 is N 6.9, 0.4 out; #c8c8c8 N 8.1, 1.6 out; #777777 N 5.
SOURCES = ("card", "design", "photo", None)


def by_source(parameters: str, color: str) -> list[tuple[str, bool]]:
    records = [{"facade_main_color": color, "color_source": source} for source in SOURCES]
    return [(f["verdict"], f["indicative"]) for f in judge("facade-main-color", parameters, *records)]


def test_a_photo_and_an_unknown_origin_fail_only_beyond_what_a_photo_errs():
    bare = "{allowed: [grey]}"
    assert by_source(bare, "#a8a8a8") == [("fail", False), ("fail", False), ("review", True), ("review", True)]
    assert by_source(bare, "#c8c8c8") == [("fail", False), ("fail", False), ("fail", True), ("fail", True)]
    assert by_source(bare, "#777777") == [("pass", False), ("pass", False), ("pass", True), ("pass", True)]


def test_an_unknown_origin_is_trusted_no_more_than_a_photo():
    wide = "{allowed: [grey], tolerance: {value: 0.5}}"
    assert by_source(wide, "#a8a8a8") == [("pass", False), ("pass", False), ("review", True), ("review", True)]


def test_a_tolerance_holds_for_the_origin_it_is_stated_for():
    stated = "{allowed: [grey], tolerance_by_source: {design: {value: 0.5}, photo: {value: 2}}}"
    assert by_source(stated, "#c8c8c8") == [("fail", False), ("fail", False), ("review", True), ("review", True)]
    assert by_source(stated, "#a8a8a8")[:2] == [("fail", False), ("pass", False)]
    own = "{allowed: [grey], tolerance_by_source: {photo: {value: 2}, unknown: {value: 0.1}}}"
    assert [verdict for verdict, _ in by_source(own, "#c8c8c8")] == ["fail", "fail", "review", "fail"]


def test_a_forbidden_color_from_a_photo_close_to_the_limit_is_for_review_and_says_why():
    """#1e90ff has chroma 15.2, 7.2 inside what is loud; a photo may be trusted with that."""
    sure, none = (
        judge("forbidden-color", "{forbidden: [loud]}", {"facade_main_color": "#1e90ff", "color_source": source})[0]
        for source in ("photo", None)
    )
    assert [(f["verdict"], f["indicative"]) for f in (sure, none)] == [("fail", True), ("fail", True)]
    near = "{forbidden: [loud], tolerance_by_source: {photo: {chroma: 8}}}"
    (open_,) = judge("forbidden-color", near, {"facade_main_color": "#1e90ff", "color_source": "photo"})
    assert (open_["verdict"], open_["indicative"]) == ("review", True)
    assert open_["message_en"].count("comes from a photo and is close to the limit") == 1
    assert "The result is indicative" not in open_["message_en"]


def accents(limits: str, *records: dict) -> list[dict]:
    return judge("facade-accent-color", limits, *({"color_source": "card", **record} for record in records))


def test_the_share_of_an_accent_is_held_against_its_limit_in_percentage_points():
    shares = [{"facade_accent_share": share} for share in (0.0, 0.07, 0.1, 0.125)]
    found = accents("{max_share: 0.1}", *shares)
    assert [f["verdict"] for f in found] == ["pass", "pass", "pass", "fail"]
    assert [f["margin"] for f in found] == [10.0, 3.0, 0.0, -2.5]
    assert {(f["unit"], f["limit_max"], f["indicative"]) for f in found} == {("%", 10.0, False)}
    assert found[3]["message_zh"] == "立面点缀色占比 12.5 %，不符合控制要求（占立面 ≤ 10 %），相差 2.5 个百分点。"
    assert "12.5 %; of the facade ≤ 10 % is broken by 2.5 percentage points" in found[3]["message_en"]
    assert found[3]["source"] == "facade_accent_share: card"


def test_a_share_nobody_recorded_is_no_data_whatever_the_color():
    found = accents("{max_share: 0.1}", {"facade_accent_color": "#1e90ff"}, {})
    assert [f["verdict"] for f in found] == ["no_data", "no_data"]
    assert {f["source"] for f in found} == {"facade_accent_share: missing"}
    assert found[0]["message_zh"] == "立面点缀色占比缺少数据，未能判定（占立面 ≤ 10 %）。"


def test_each_part_has_its_own_share_and_both_ends():
    record = {"facade_main_share": 0.7, "facade_secondary_share": 0.25, "facade_accent_share": 0.05}
    judged = [
        judge(f"facade-{part}-color", limits, {**record, "color_source": "design"})[0]
        for part, limits in (
            ("main", "{min_share: 0.75}"),
            ("secondary", "{min_share: 0.2, max_share: 0.3}"),
            ("secondary", "{min_share: 0.3}"),
        )
    ]
    assert [(f["verdict"], f["margin"]) for f in judged] == [("fail", -5.0), ("pass", 5.0), ("fail", -5.0)]


def test_a_share_from_a_photo_is_indicative_like_its_color():
    found = accents("{max_share: 0.1}", *({"facade_accent_share": 0.2, "color_source": s} for s in ("photo", None)))
    assert [(f["verdict"], f["indicative"], f["confidence"]) for f in found] == [
        ("fail", True, "medium"),
        ("fail", True, "low"),
    ]
    assert "The color comes from a photo; the result is indicative." in found[0]["message_en"]


def test_a_rule_is_about_the_color_or_about_its_share():
    for limits, words in (
        ("{allowed: [warm], max_share: 0.1}", "write a rule for each"),
        ("{max_share: 0.1, tolerance: {value: 1}}", "write a rule for each"),
        ("{min_share: 0.2, max_share: 0.1}", "min_share 0.2 is above max_share 0.1"),
        ("{max_share: 10}", "10 is above 1"),
        ("{}", "needs allowed or forbidden palettes, min_share or max_share"),
    ):
        with pytest.raises(RulePackError, match=words):
            accents(limits, {})


def test_a_stronger_rule_about_the_color_leaves_the_rule_about_its_share():
    """Both are of one kind; merged, the 30 % of accents would be judged by nobody."""
    strong, weak = ", strength: mandatory", ", strength: optional"
    rules = rule("facade-accent-color", "{allowed: [warm]}", id="color", more=strong)
    rules += rule("facade-accent-color", "{max_share: 0.1}", id="share", more=weak)
    rules = rules.replace("nature: rigid", "nature: elastic")
    record = {"facade_accent_color": "#b7a99a", "facade_accent_share": 0.3, "color_source": "card"}
    found = check(pack_of(rules), buildings_of(record))
    assert {f["rule_id"]: f["verdict"] for f in found} == {"color": "pass", "share": "fail"}
