from __future__ import annotations

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
