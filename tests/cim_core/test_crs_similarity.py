"""Four parameters: PROJ's signs, the way back, and the fit to control points."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.crs.similarity import Similarity, fit_similarity
from cim_core.errors import GeoreferenceError, UsageError

SQUARE = np.array([[1000.0, 2000.0], [4000.0, 2000.0], [4000.0, 6000.0], [1000.0, 6000.0]])


def test_a_positive_quarter_turn_is_clockwise() -> None:
    quarter = Similarity(10, 20, 2, 90 * 3600)
    x, y = quarter.apply([1.0, 0.0], [0.0, 1.0])
    assert np.round(x, 9).tolist() == [10, 12]  # north becomes east
    assert np.round(y, 9).tolist() == [18, 20]  # east becomes south


def test_the_signs_are_those_of_proj() -> None:
    ours = Similarity(440_000, 4_200_000, 1.000_05, 1234.5)
    theirs = pyproj.Transformer.from_pipeline("+proj=helmert +x=440000 +y=4200000 +s=1.00005 +theta=1234.5")
    assert np.allclose(ours.apply(*SQUARE.T), theirs.transform(*SQUARE.T), rtol=0, atol=1e-6)


@given(
    st.floats(-1e6, 1e6), st.floats(-5e6, 5e6), st.floats(0.999, 1.001), st.floats(-648_000, 648_000),
    st.floats(-2e5, 2e5), st.floats(-2e5, 2e5),
)  # fmt: skip
@settings(deadline=None, max_examples=100)
def test_there_and_back_is_within_a_millimetre(
    tx: float, ty: float, scale: float, turn: float, x: float, y: float
) -> None:
    forward = Similarity(tx, ty, scale, turn)
    back = forward.inverse().apply(*forward.apply(x, y))
    assert np.hypot(float(back[0]) - x, float(back[1]) - y) < 1e-3


def test_the_fit_finds_the_parameters_again() -> None:
    true = Similarity(446_500, 4_215_000, 1.000_116, -1321.0)
    fit = fit_similarity(SQUARE, np.stack(true.apply(*SQUARE.T), axis=-1))
    assert fit.rmse_m < 1e-6
    assert fit.is_checked
    assert fit.similarity.rotation_arcsec == pytest.approx(-1321.0, abs=1e-6)
    assert fit.similarity.scale == pytest.approx(1.000_116, abs=1e-12)
    assert np.allclose(fit.similarity.apply(0, 0), (446_500, 4_215_000), atol=1e-5)


def test_residuals_are_known_minus_calculated() -> None:
    known = SQUARE + np.array([100.0, 200.0])
    known[0, 0] += 0.4
    fit = fit_similarity(SQUARE, known)
    # One point of four moved by 0.4: a quarter goes into the translation, the rest is shared by turn and scale.
    assert fit.residuals_m.sum(axis=0) == pytest.approx((0, 0), abs=1e-9)
    assert fit.residuals_m[0, 0] == pytest.approx(0.2, abs=1e-6)
    assert fit.max_m >= fit.rmse_m > 0.1


def test_two_points_fit_but_prove_nothing() -> None:
    fit = fit_similarity(SQUARE[:2], SQUARE[:2] + 5.0)
    assert fit.rmse_m == pytest.approx(0, abs=1e-9)
    assert not fit.is_checked


@pytest.mark.parametrize(
    ("local", "code"),
    [(SQUARE[:1], "too-few-points"), (np.ones((3, 2)), "points-coincide"), (SQUARE * np.nan, "not-finite")],
)
def test_points_that_determine_nothing_are_refused(local: np.ndarray, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        fit_similarity(local, local)
    assert caught.value.code == code


def test_a_swapped_side_is_told_as_a_mirror_image() -> None:
    with pytest.raises(GeoreferenceError) as caught:
        fit_similarity(SQUARE[:, ::-1], SQUARE)
    assert caught.value.code == "axes-swapped"
