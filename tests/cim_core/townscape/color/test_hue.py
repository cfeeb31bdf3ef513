from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim_core.townscape.color.hue import hue_difference, hue_excess, hue_name, parse_hue

HUES = st.floats(0.0, 100.0)


def test_names_stand_on_a_circle_of_a_hundred_steps():
    assert [parse_hue(n) for n in ("5R", "10R", "5YR", "2.5Y", "5PB", "10RP")] == [5, 10, 15, 22.5, 75, 100]
    assert parse_hue("0YR") == parse_hue("10R")


@pytest.mark.parametrize("name", ["", "R", "5", "5X", "10.1R", "-1R", "5 R", "5RYR"])
def test_other_words_are_no_hue(name):
    with pytest.raises(ValueError, match="not a hue name"):
        parse_hue(name)


@given(st.integers(1, 1000))
def test_a_name_leads_back_to_its_place(tenths):
    assert parse_hue(hue_name(tenths / 10)) == pytest.approx(tenths / 10)


@given(HUES, HUES)
def test_the_short_way_is_at_most_half_the_circle_and_antisymmetric(a, b):
    way = float(hue_difference(a, b))
    assert -50 <= way <= 50
    assert abs(way) == pytest.approx(abs(float(hue_difference(b, a))))
    assert (b + way - a) % 100 == pytest.approx(0, abs=1e-9) or (b + way - a) % 100 == pytest.approx(100)


@given(HUES, HUES, HUES, HUES)
def test_containment_does_not_depend_on_where_the_circle_starts(hue, start, width, turn):
    end = start + min(width, 99.0)
    plain = float(hue_excess(hue, start, end))
    turned = float(hue_excess(hue + turn, start + turn, end + turn))
    assert plain == pytest.approx(turned, abs=1e-6)
    assert (plain <= 1e-9) == ((hue - start) % 100 <= (end - start) % 100 + 1e-9) or abs(plain) < 1e-6


def test_an_arc_may_wrap_past_red():
    assert float(hue_excess(98.0, 95.0, 10.0)) == -3.0
    assert float(hue_excess(20.0, 95.0, 10.0)) == 10.0
    assert float(hue_excess(80.0, 95.0, 10.0)) == 15.0
