from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.errors import RulePackError
from cim_core.townscape.expressions import DEPTH_MAX, ExpressionError, parse_condition

from .builders import buildings_of, check, pack_of, rule

TABLE = pa.table(
    {
        "storeys": pa.array([7, 6, None, 8], pa.int32()),
        "use": ["residential", "residential", "residential", None],
        "height_m": [30.0, 18.0, 9.0, 40.0],
    }
)
T, F, U = True, False, None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("storeys > 6 and use in ['居住']", [T, F, U, U]),
        ("层数 > 6 or use == 'office'", [T, F, U, T]),
        ("not (storeys > 6)", [F, T, U, F]),
        ("(height_m / storeys) > 4.5", [F, F, U, T]),
        ("height_m >= 2 * 9 + 12 - 12", [T, T, F, T]),
        ("use not in ['Office', '商住混合']", [T, T, T, U]),
        ("-height_m < -20", [T, F, F, T]),
        ("storeys > 6 or height_m > 0", [T, T, T, T]),
        ("storeys > 6 and height_m > 50", [F, F, F, F]),
        ("height_m / 0 > 1", [U, U, U, U]),
        ("roof_form == 'flat'", [U, U, U, U]),
    ],
)
def test_conditions_have_three_values(text: str, expected: list[bool | None]):
    truth = parse_condition(text).evaluate(TABLE)
    found = [None if unknown else holds for holds, unknown in zip(truth.holds, truth.is_unknown, strict=True)]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "offset", "word"),
    [
        ("", 0, "value is expected"),
        ("storeys", 0, "comparison is missing"),
        ("__import__('os')", 0, "cannot be called"),
        ("storeys > len(use)", 10, "cannot be called"),
        ("storeys[0] > 1", 0, "cannot be called or indexed"),
        ("storeys.real > 1", 7, "no meaning"),
        ("storeys > 6 and", 15, "ends where"),
        ("storeys > 'a'", 8, "cannot be compared"),
        ("use > 'a'", 4, "no order"),
        ("use == '住宅区'", 7, "is no use"),
        ("1 < storeys < 3", 12, "operator is missing"),
        ("storeys in [storeys]", 12, "numbers and texts only"),
        ("(storeys > 6", 12, "is expected"),
        ("storeys > 6; storeys > 7", 11, "no meaning"),
        ("floors > 6", 0, "unknown attribute"),
        ("storeys > 6" * 300, 2000, "longer than 2000"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, offset: int, word: str):
    with pytest.raises(ExpressionError, match=word) as raised:
        parse_condition(text)
    assert raised.value.offset == offset


@pytest.mark.parametrize(
    "text", ["(" * 40 + "storeys > 1" + ")" * 40, "not " * 40 + "storeys > 1", "-" * 40 + "1 < storeys"]
)
def test_depth_is_bounded(text: str):
    with pytest.raises(ExpressionError, match=str(DEPTH_MAX)):
        parse_condition(text)


def offset_of_mistake(text: str) -> int:
    """Where a text is refused; 0 for one that is not."""
    try:
        parse_condition(text).evaluate(TABLE)
    except ExpressionError as error:
        return error.offset
    return 0


@settings(max_examples=200)
@given(st.text(alphabet="storeyuheigt_m0123. ()[]'<>=!+-*/andorti,居住", max_size=60))
def test_any_text_is_parsed_or_refused_with_a_place(text: str):
    assert 0 <= offset_of_mistake(text) <= len(text)


def test_a_mistake_in_a_pack_has_line_and_column():
    rules = "  - {id: r1, kind: storeys, clause: '1', nature: rigid, text: {zh: 文, en: t},\n"
    rules += "     applies_to: {when: 'storeys > 6 and colour > 2'}, parameters: {max: 3}}\n"
    with pytest.raises(RulePackError, match="unknown attribute 'colour'") as raised:
        pack_of(rules)
    assert raised.value.where == "demo.yaml:13:42"


def test_a_rule_with_a_condition_reaches_what_meets_it_and_reviews_what_may():
    pack = pack_of(rule("building-height", "{max_m: 12}", applies_to="{when: 'storeys > 3'}"))
    tall = {"height_m": 20.0, "height_source": "field"}
    low = {"height_m": 6.0, "height_source": "field"}
    found = check(pack, buildings_of({**tall, "storeys": 6}, {**tall, "storeys": 2}, tall, low))
    assert [(f["building_id"], f["verdict"]) for f in found] == [("b0", "fail"), ("b2", "review"), ("b3", "pass")]
    assert "not recorded" in found[1]["message_en"]
