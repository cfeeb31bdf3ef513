"""A corridor 100 m long and 20 m wide, looking east from an eye at 10 m to a wall from 20 m to 30 m."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim_core.analysis.corridors import Sight, limit_at, measure_crossings, measure_visible_share, read_corridors


def corridor_table(**more) -> pa.Table:
    row = {
        "id": "view",
        "geometry": shapely.LineString([(0, 0), (100, 0)]).wkb,
        "viewpoint_ground_m": 8.0,
        "target_low_m": 20.0,
        "target_high_m": 30.0,
        "width_from_m": 20.0,
        "width_to_m": 20.0,
        **more,
    }
    return pa.table({name: [value] for name, value in row.items()})


def test_a_corridor_is_a_trapezoid_about_its_line():
    corridors = read_corridors(corridor_table(width_from_m=10.0))
    assert corridors.polygon[0].equals(shapely.Polygon([(0, -5), (0, 5), (100, 10), (100, -10)]))
    assert corridors.length_m.tolist() == [100.0]


def test_a_corridor_without_length_or_width_is_crossed_by_nothing():
    for table in (
        corridor_table(geometry=shapely.LineString([(0, 0), (0, 0)]).wkb),
        corridor_table(width_to_m=float("nan")),
    ):
        crossing = measure_crossings(np.array([shapely.box(-50, -50, 50, 50)]), read_corridors(table))
        assert len(crossing.building) == 0


def test_a_footprint_counts_with_the_part_inside():
    boxes = np.array([shapely.box(40, 5, 50, 40), shapely.box(10, 10, 20, 20), shapely.box(70, -2, 80, 2)])
    crossing = measure_crossings(boxes, read_corridors(corridor_table()))
    assert crossing.building.tolist() == [0, 2]  # the second only touches the edge
    assert crossing.near_m.tolist() == [40.0, 70.0]
    assert crossing.far_m.tolist() == [50.0, 80.0]
    # left of the line (north) is negative: corners (40, 10) and (50, 5)
    assert crossing.left.tolist() == pytest.approx([-10 / 40, -2 / 70])
    assert crossing.right.tolist() == pytest.approx([-5 / 50, 2 / 70])


@given(st.floats(0, 100), st.floats(0, 100), st.floats(-50, 50), st.floats(-50, 50))
def test_the_limit_is_linear_along_the_corridor(d1, d2, eye, low):
    ends = [limit_at(np.array([d]), np.array([100.0]), np.array([eye]), np.array([low]))[0] for d in (d1, d2)]
    middle = limit_at(np.array([(d1 + d2) / 2]), np.array([100.0]), np.array([eye]), np.array([low]))[0]
    assert middle == pytest.approx(sum(ends) / 2, abs=1e-9)


def sight_of(near, far, left, right, corridor=None) -> Sight:
    n = len(near)
    full = lambda value: np.full(n, value)  # noqa: E731
    return Sight(
        corridor=np.zeros(n, np.int64) if corridor is None else np.array(corridor),
        near_m=np.array(near, float),
        far_m=np.array(far, float),
        left=np.array(left, float),
        right=np.array(right, float),
        length_m=full(100.0),
        width_to_m=full(20.0),
        eye_m=full(10.0),
        target_low_m=full(20.0),
        target_high_m=full(30.0),
    )


def test_a_building_hides_what_lies_behind_it():
    # at 50 m a top at 17.5 m hides to 25 m of the wall, half of it, over the right half of the width
    sight = sight_of([50], [60], [0.0], [0.1])
    assert measure_visible_share(sight, np.array([17.5])).tolist() == pytest.approx([0.75])
    assert measure_visible_share(sight, np.array([15.0])).tolist() == [1.0]  # ends at the lower edge
    assert measure_visible_share(sight, np.array([np.nan])).tolist() == [1.0]
    assert measure_visible_share(sight, np.array([np.inf])).tolist() == [0.5]


def test_what_hides_the_same_strip_counts_once_and_corridors_apart():
    twice = sight_of([50, 50], [60, 60], [0.0, 0.0], [0.1, 0.1])
    assert measure_visible_share(twice, np.array([17.5, 16.0])).tolist() == pytest.approx([0.75, 0.75])
    apart = sight_of([50, 50], [60, 60], [0.0, 0.0], [0.1, 0.1], [0, 1])
    assert measure_visible_share(apart, np.array([17.5, 12.0])).tolist() == pytest.approx([0.75, 1.0])


@given(st.lists(st.tuples(st.floats(1, 90), st.floats(-0.2, 0.2), st.floats(0, 40)), min_size=1, max_size=8))
def test_a_taller_building_never_shows_more(rows):
    near, left, top = (np.array(values) for values in zip(*rows, strict=True))
    sight = sight_of(near, near + 5, left, left + 0.05)
    low, high = (measure_visible_share(sight, top + more)[0] for more in (0.0, 3.0))
    assert 0.0 <= high <= low <= 1.0
