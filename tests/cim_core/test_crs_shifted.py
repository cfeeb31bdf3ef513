"""The shifted systems of Chinese web maps, held to their known offsets at the county seat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.crs.shifted import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

SEAT_DEG = np.array([[113.4054, 38.0848]])
GEOD = pyproj.Geod(ellps="WGS84")


def offset(shifted_deg: np.ndarray) -> tuple[float, float]:
    """Azimuth in degrees and distance in metres from the seat."""
    azimuth, _, distance = GEOD.inv(*SEAT_DEG[0], *shifted_deg[0])
    return azimuth, distance


def test_the_offsets_at_the_seat_are_the_known_ones() -> None:
    assert offset(wgs84_to_gcj02(SEAT_DEG)) == pytest.approx((81.5, 615), abs=0.6)
    assert offset(wgs84_to_bd09(SEAT_DEG)) == pytest.approx((56, 1411), abs=1.0)


def test_outside_china_nothing_is_shifted() -> None:
    paris = np.array([[2.35, 48.86]])
    assert wgs84_to_gcj02(paris).tolist() == paris.tolist()
    assert gcj02_to_wgs84(paris).tolist() == paris.tolist()


@pytest.mark.parametrize(("there", "back"), [(wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)])
@given(st.floats(75, 134), st.floats(4, 53))
@settings(deadline=None, max_examples=60)
def test_there_and_back_is_the_same_place(
    there: Callable[[np.ndarray], np.ndarray], back: Callable[[np.ndarray], np.ndarray], lon: float, lat: float
) -> None:
    start = np.array([[lon, lat]])
    assert back(there(start)) == pytest.approx(start, abs=1e-9)


def test_an_empty_column_stays_empty() -> None:
    assert gcj02_to_wgs84(np.zeros((0, 2))).shape == (0, 2)
