"""The best shift of one layer on another, and which web map explains it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from cim_core.crs.shift import ShiftCause, find_best_shift
from cim_core.crs.shifted import wgs84_to_bd09, wgs84_to_gcj02

WEST_DEG, SOUTH_DEG = 113.40, 38.08
METRE_DEG = np.array([1 / (111_195 * math.cos(math.radians(SOUTH_DEG))), 1 / 111_195])


def town(seed: int = 1, count: int = 400, east_m: float = 0.0) -> np.ndarray:
    """Houses of 8 to 30 m, scattered over a square kilometre; ``east_m`` moves the whole town."""
    rng = np.random.default_rng(seed)
    south_west = np.array([WEST_DEG, SOUTH_DEG])
    corner = (rng.uniform(0, 1000, (count, 2)) + np.array([east_m, 0.0])) * METRE_DEG + south_west
    size = rng.uniform(8, 30, (count, 2)) * METRE_DEG
    return np.asarray(shapely.box(*corner.T, *(corner + size).T), dtype=object)


@pytest.mark.parametrize(
    ("forward", "cause", "distance_m"),
    [(wgs84_to_gcj02, ShiftCause.GCJ_02, 615), (wgs84_to_bd09, ShiftCause.BD_09, 1411)],
)
def test_a_layer_from_a_web_map_is_told_by_its_offset_at_the_seat(
    forward: Callable[[np.ndarray], np.ndarray], cause: ShiftCause, distance_m: float
) -> None:
    houses = town()
    best = find_best_shift(shapely.transform(houses[::2], forward), houses)
    assert best is not None
    assert best.cause is cause
    assert best.is_decisive
    assert best.distance_m == pytest.approx(distance_m, abs=6)
    back = find_best_shift(houses, shapely.transform(houses, forward))
    assert back is not None
    assert back.cause.value == f"reference in {cause.value}"


def test_a_layer_that_fits_is_left_alone() -> None:
    houses = town()
    best = find_best_shift(houses[:200], houses[100:])
    assert best is not None
    assert best.cause is ShiftCause.NONE
    assert best.distance_m < 4
    assert not best.is_decisive


def test_another_shift_is_measured_but_not_explained() -> None:
    houses = town()
    moved = shapely.transform(houses, lambda lonlat: lonlat + np.array([120.0, -80.0]) * METRE_DEG)
    best = find_best_shift(moved, houses)
    assert best is not None
    assert (best.east_m, best.north_m) == pytest.approx((-120, 80), abs=3)
    assert best.cause is ShiftCause.UNKNOWN
    assert best.is_decisive
    assert "-120 m east" in best.describe()


def test_two_towns_side_by_side_and_two_unlike_towns_decide_nothing() -> None:
    beside = find_best_shift(town(1), town(2, east_m=1200))
    unlike = find_best_shift(town(1), town(2))
    assert beside is not None
    assert unlike is not None
    assert not beside.is_decisive
    assert not unlike.is_decisive


def test_places_far_apart_or_empty_are_not_compared() -> None:
    assert find_best_shift(town(), town(east_m=50_000)) is None
    assert find_best_shift(town()[:0], town()) is None
    assert find_best_shift(np.array([None], dtype=object), town()) is None


def test_the_county_outline_of_a_charting_package_is_in_gcj02(shared_data: Path) -> None:
    charted, official = (
        np.array([shapely.from_geojson(json.dumps(f["geometry"])) for f in json.loads(path.read_text())["features"]])
        for path in (
            shared_data / "china" / "yuxian_boundary_gcj02.geojson",
            shared_data / "china" / "yuxian_boundary_epsg4490.geojson",
        )
    )
    best = find_best_shift(charted, official)
    assert best is not None
    assert best.cause is ShiftCause.GCJ_02
    assert best.is_decisive
    # Measured independently in steps of 50 m: (-600, -150).
    assert (best.east_m, best.north_m) == pytest.approx((-600, -150), abs=50)
