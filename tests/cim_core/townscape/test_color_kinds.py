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
