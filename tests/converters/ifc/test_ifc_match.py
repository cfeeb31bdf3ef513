"""Laying outlines on footprints: found to the millimetre, and refused when poor, mirrored or ambiguous."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.crs.heights import HeightPolicy
from cim_core.errors import GeoreferenceError
from cim_core.geometry.matching import fit_outline, mirrored
from cim_core.issues import IssueLog
from converters.ifc.match import place_on_footprint
from converters.targets import FootprintTarget

L_SHAPE = shapely.Polygon([(0, 0), (20, 0), (20, 8), (8, 8), (8, 15), (0, 15)])
CRS = pyproj.CRS(4547)


def moved(shape, turn_deg, east, north):
    turn = math.radians(turn_deg)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return shapely.transform(shape, lambda xy: xy @ matrix.T + [east, north])


def place(outline, goal, *, north=None, bearing=None, ground=0.0):
    target = FootprintTarget("town/b1", goal, CRS, 946.0, bearing)
    return place_on_footprint(outline, ground, target, north, HeightPolicy(), IssueLog(), where="model.ifc")[0]


@settings(max_examples=25, deadline=None)
@given(st.floats(-180, 180), st.floats(-500, 500), st.floats(-500, 500))
def test_a_turned_and_shifted_outline_is_found_again(turn, east, north):
    best = fit_outline(L_SHAPE, moved(L_SHAPE, turn, east, north))[0]
    assert best.iou > 0.999
    assert best.rmse_m < 0.01
    off = (math.degrees(best.turn_rad) - turn + 180) % 360 - 180
    assert abs(off) < 0.05
    corner = best.apply(np.array([[20.0, 8.0]]))
    expected = shapely.get_coordinates(moved(shapely.Point(20, 8), turn, east, north))
    assert corner == pytest.approx(expected, abs=0.02)


def test_a_footprint_drawn_roughly_is_still_met():
    rough = moved(L_SHAPE, 20, 447500, 4217000)
    rough = shapely.buffer(rough, 0.4, join_style="mitre")  # eaves instead of walls
    placement = place(L_SHAPE, rough, ground=0.6)
    assert (placement.easting_m, placement.northing_m) == pytest.approx((447500, 4217000), abs=0.05)
    assert math.degrees(math.atan2(placement.x_axis_north, placement.x_axis_east)) == pytest.approx(20, abs=0.2)
    assert placement.elevation_m == pytest.approx(946.0 - 0.6)  # the model's ground comes to the footprint's base


@pytest.mark.parametrize(
    ("outline", "goal", "code"),
    [
        (L_SHAPE, shapely.box(0, 0, 60, 60), "match-poor"),
        (mirrored(L_SHAPE), L_SHAPE, "match-mirrored"),
        (shapely.box(0, 0, 20, 10), shapely.box(0, 0, 20, 10), "match-ambiguous"),
        (None, L_SHAPE, "match-poor"),
    ],
)
def test_what_cannot_be_decided_is_refused(outline, goal, code):
    with pytest.raises(GeoreferenceError) as refusal:
        place(outline, moved(goal, 10, 447500, 4217000))
    assert refusal.value.code == code


def test_a_rectangle_is_turned_by_true_north_or_by_the_user():
    house, goal = shapely.box(0, 0, 20, 10), moved(shapely.box(0, 0, 20, 10), 30, 447500, 4217000)
    # y axis at bearing −30° or 150°: true north 30° clockwise of y means y points to −30°.
    tilted = [math.sin(math.radians(30)), math.cos(math.radians(30))]
    assert place(house, goal, north=tilted).x_axis_east == pytest.approx(math.cos(math.radians(30)), abs=1e-3)
    assert place(house, goal, bearing=150.0).x_axis_east == pytest.approx(-math.cos(math.radians(30)), abs=1e-3)
    with pytest.raises(GeoreferenceError, match="in 2 ways"):
        place(house, goal, north=[0.0, 1.0])  # what tools write when nobody set it
