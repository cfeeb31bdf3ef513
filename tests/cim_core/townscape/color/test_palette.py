from __future__ import annotations

import numpy as np
import pytest

from cim_core.townscape.color.notation import munsell_names
from cim_core.townscape.color.palette import (
    ColorTolerance,
    MunsellColors,
    MunsellRange,
    Palette,
    contains,
    neutral_range,
    signed_distance,
)

WARM = (Palette("warm", "暖灰", "Warm grey", (MunsellRange(value=(6, 9), chroma=(1, 3), hue=(15, 25)),)),)
GREY = (Palette("grey", "灰", "Grey", (neutral_range((4, 6.5)),)),)
LOUD = (Palette("loud", "艳", "Loud", (MunsellRange(value=(0, 10), chroma=(8, np.inf)),)),)
NONE = ColorTolerance()


def colors(*specs: tuple[float, float, float]) -> MunsellColors:
    return MunsellColors(*np.array(specs, float).T)


def test_distance_adds_value_chroma_and_hue_in_value_steps():
    # inside by 1 of value; out by 1 of value; by 2 of chroma; by 3 hue steps at chroma 2.5; by all three
    found = signed_distance(WARM, colors((20, 7, 2), (20, 5, 2), (20, 7, 5), (28, 7, 2.5), (28, 5, 5), (20, 7.5, 2)))
    expected = [-(5 * 2 / 15), 1.0, 1.0, 3 * 2.5 / 15, 1.0 + 1.0 + 3 * 5 / 15, -0.5]
    expected[0] = -0.5  # room: 1 of value, 1 of chroma (0.5), 5 of hue at chroma 2 (0.67)
    assert found.tolist() == pytest.approx(expected)


def test_distance_to_neutrals_and_to_strong_colors():
    assert signed_distance(GREY, colors((20, 5, 1.5), (20, 5, 0.1))).tolist() == pytest.approx([0.5, -0.2])
    assert signed_distance(LOUD, colors((75, 5, 6), (75, 5, 12))).tolist() == pytest.approx([1.0, -2.0])


def test_the_nearest_range_of_all_palettes_counts():
    assert signed_distance(WARM + GREY, colors((20, 5, 1.5))).tolist() == pytest.approx([0.5])


def test_an_unknown_color_is_in_nothing_and_has_no_distance():
    unknown = colors((np.nan, np.nan, np.nan))
    assert not contains(WARM, unknown, NONE, 0).any()
    assert np.isnan(signed_distance(WARM, unknown)).all()


def test_tolerance_grows_and_shrinks_a_range():
    tolerance = ColorTolerance(hue_steps=2.5, value=0.5, chroma=0.5)
    three = colors((20, 9.4, 2), (27, 7, 2), (20, 7, 3.6))
    assert contains(WARM, three, tolerance, +1).tolist() == [True, True, False]
    assert contains(WARM, three, tolerance, 0).tolist() == [False, False, False]
    inner = colors((20, 7, 2), (20, 8.7, 2), (16, 7, 2))
    assert contains(WARM, inner, tolerance, 0).all()
    assert contains(WARM, inner, tolerance, -1).tolist() == [True, False, False]


def test_a_neutral_color_has_no_hue_to_break():
    pale = (Palette("p", "p", "p", (MunsellRange(value=(5, 7), chroma=(0, 2), hue=(20, 25)),)),)
    assert contains(pale, colors((75, 6, 0.3), (75, 6, 0.8)), NONE, 0).tolist() == [True, False]


def test_names_follow_the_notation():
    names = munsell_names(colors((15, 7, 2), (100, 5, 4.06), (0.04, 5, 4), (30.7, 5.7, 0.4), (np.nan,) * 3))
    assert names.to_pylist() == ["5YR 7/2", "10RP 5/4.1", "10RP 5/4", "N 5.7", None]


def test_ranges_describe_themselves():
    assert WARM[0].describe() == "暖灰 Warm grey: 5YR–5Y 6–9/1–3"
    assert GREY[0].ranges[0].describe() == "N 4–6.5"
    assert LOUD[0].ranges[0].describe() == "* */≥8"
