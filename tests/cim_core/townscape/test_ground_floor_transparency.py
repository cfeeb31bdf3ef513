"""A front is judged by the side of its building that looks to the street; glass at the back opens no front."""

from __future__ import annotations

import pyarrow as pa
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from cim_core.streets import derive_frontages
from cim_core.townscape.kinds.ground_floor_transparency import street_sides

from .builders import buildings_of, check, frontages_of, pack_of, rule

PACK = pack_of(rule("ground-floor-transparency", "{min_percent: 60, tolerance: 2}"))
SIDES = ("north", "east", "south", "west")


def figures(whole=None, **sides):
    return {"ground_floor_transparency": whole} | {f"ground_floor_transparency_{s}": v for s, v in sides.items()}


def streets_of(**lines):
    return pa.table(
        {
            "id": pa.array(list(lines)),
            "geometry": pa.array([shapely.LineString(line).wkb for line in lines.values()], pa.binary()),
            "width_m": pa.array([6.0] * len(lines)),
        }
    )


def judge(buildings, streets):
    return {f["street_id"]: f for f in check(PACK, buildings, frontages=derive_frontages(buildings, streets))}


#: b0 is the square (0, 0)–(10, 10): a street 5 m south of it, and one 5 m east of it.
SOUTH = [(-10.0, -5.0), (30.0, -5.0)]
EAST = [(15.0, -20.0), (15.0, 30.0)]


@pytest.mark.parametrize("line", [SOUTH, SOUTH[::-1]])
def test_a_blind_street_front_with_an_open_back_does_not_pass(line):
    found = judge(buildings_of(figures(0.9, north=0.9, south=0.1)), streets_of(a=line))["a"]
    assert (found["verdict"], found["measured_value"], found["confidence"]) == ("fail", pytest.approx(10.0), "high")
    assert found["margin"] == pytest.approx(-50.0)
    assert found["source"] == "ground_floor_transparency_south: field"
    assert "南立面" in found["message_zh"]
    assert "south side" in found["message_en"]


def test_an_open_street_front_passes_whatever_the_back_is():
    found = judge(buildings_of(figures(0.2, north=0.0, south=0.6)), streets_of(a=SOUTH))["a"]
    assert (found["verdict"], found["measured_value"]) == ("pass", pytest.approx(60.0))


def test_a_corner_building_is_judged_on_each_street_by_its_own_side():
    found = judge(buildings_of(figures(0.8, south=0.8, east=0.3)), streets_of(south=SOUTH, east=EAST))
    assert {s: f["verdict"] for s, f in found.items()} == {"south": "pass", "east": "fail"}
    assert found["east"]["measured_value"] == pytest.approx(30.0)


def test_the_evidence_is_the_front_that_is_blind():
    found = judge(buildings_of(figures(0.8, south=0.8, east=0.3)), streets_of(south=SOUTH, east=EAST))["east"]
    assert shapely.from_wkb(found["evidence"]).equals(shapely.LineString([(10, 0), (10, 10)]))


def test_without_a_side_the_whole_building_speaks_with_less_confidence():
    records = [figures(v) for v in (0.6, 0.59, 0.4)] + [figures(0.9, north=0.9)]
    buildings = buildings_of(*records, {})
    fronts = derive_frontages(buildings, streets_of(a=[(-10.0, -5.0), (120.0, -5.0)]))
    found = check(PACK, buildings, frontages=fronts)
    assert [f["verdict"] for f in found] == ["pass", "pass", "fail", "pass", "no_data"]
    assert [f["measured_value"] for f in found] == pytest.approx([60.0, 59.0, 40.0, 90.0, None])
    assert [f["margin"] for f in found] == pytest.approx([0.0, 0.0, -20.0, 30.0, None])
    assert {f["confidence"] for f in found[:4]} == {"medium"}
    assert all("whole building" in f["message_en"] for f in found[:4])
    assert found[4]["measured_text"] is None
    assert "whole building" not in found[4]["message_en"]


def test_a_frontage_without_a_line_looks_away_from_where_it_stands():
    fronts = frontages_of(("b0", "a", 10.0)).append_column("side", pa.array(["north"]))
    found = check(PACK, buildings_of(figures(north=0.9, south=0.1)), frontages=fronts)
    assert [(f["verdict"], f["measured_value"]) for f in found] == [("fail", pytest.approx(10.0))]


def test_a_building_on_no_street_is_not_reached():
    assert check(PACK, buildings_of(figures(0.1))) == []


@given(st.floats(0.0, 360.0), st.booleans(), st.booleans())
def test_the_side_is_the_quarter_its_outward_normal_points_to(azimuth, is_backward, is_stepped):
    """A house and its street are turned together, the street clockwise ``azimuth`` from north of the house."""
    step = [(5, 10), (5, 9), (0, 9)] if is_stepped else [(0, 10)]
    outline = [(0, 0), (10, 0), (10, 10), *step]
    # At the corner of two quarters rounding decides; the chord of a stepped front is turned by 5.7°.
    assume(abs(azimuth % 90.0 - 45.0) > (7.0 if is_stepped else 0.001))
    line = [(-10.0, 15.0), (20.0, 15.0)][:: -1 if is_backward else 1]
    turn = lambda shape: shapely.affinity.rotate(shape, -azimuth, origin=(0.0, 0.0))  # noqa: E731
    buildings = buildings_of({"geometry": turn(shapely.Polygon(outline)).wkb})
    fronts = derive_frontages(buildings, streets_of(a=shapely.get_coordinates(turn(shapely.LineString(line)))))
    assert fronts.num_rows == 1
    expected = int(((azimuth + 45.0) % 360.0) // 90.0)
    assert SIDES[street_sides(fronts)[0]] == SIDES[expected]
