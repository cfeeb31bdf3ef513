from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely

from cim_core.streets import FRONTAGE_SCHEMA, FrontageOptions, derive_frontages


def buildings_of(*footprints):
    return pa.table(
        {
            "id": [f"b{i}" for i in range(len(footprints))],
            "dataset": ["town"] * len(footprints),
            "geometry": pa.array([None if f is None else f.wkb for f in footprints], pa.binary()),
        }
    )


def streets_of(**lines):
    return pa.table(
        {
            "id": list(lines),
            "geometry": pa.array([line.wkb for line, _ in lines.values()], pa.binary()),
            "width_m": pa.array([width for _, width in lines.values()], pa.float64()),
        }
    )


#: A street of 20 m running east along y = 0 from x = 0 to x = 200.
MAIN = streets_of(main=(shapely.LineString([(0, 0), (200, 0)]), 20.0))


def front(*footprints, streets=MAIN, **options):
    return derive_frontages(buildings_of(*footprints), streets, FrontageOptions(**options)).to_pylist()


def test_a_building_north_of_an_eastward_street_faces_it_with_its_south_edge():
    (found,) = front(shapely.box(30, 14, 50, 26))
    assert (found["building_id"], found["dataset"], found["street_id"]) == ("b0", "town", "main")
    assert (found["side"], found["line_side"]) == ("north", "left")
    assert (found["chainage_from_m"], found["chainage_to_m"]) == (30.0, 50.0)
    assert (found["length_m"], found["setback_m"]) == (20.0, 4.0)
    assert shapely.from_wkb(found["facade"]).equals_exact(shapely.LineString([(30, 14), (50, 14)]))


def test_the_other_side_is_south_and_right():
    (found,) = front(shapely.box(30, -30, 50, -11))
    assert (found["side"], found["line_side"], found["setback_m"]) == ("south", "right", 1.0)
    assert shapely.from_wkb(found["facade"]).coords[:] == [(30, -11), (50, -11)]


def test_a_street_running_north_has_east_and_west_sides():
    streets = streets_of(way=(shapely.LineString([(0, 0), (0, 100)]), 10.0))
    found = front(shapely.box(6, 20, 16, 40), shapely.box(-20, 60, -8, 70), streets=streets)
    by_id = {f["building_id"]: (f["side"], f["line_side"], f["chainage_from_m"]) for f in found}
    assert by_id == {"b0": ("east", "right", 20.0), "b1": ("west", "left", 60.0)}


def test_a_building_out_of_reach_or_past_the_end_has_no_frontage():
    assert front(shapely.box(30, 26, 50, 40)) == []
    assert front(shapely.box(205, 12, 220, 30)) == []
    assert len(front(shapely.box(30, 26, 50, 40), reach_m=20.0)) == 1


def test_a_building_behind_another_is_not_seen():
    found = front(shapely.box(30, 11, 50, 15), shapely.box(32, 17, 48, 25))
    assert [f["building_id"] for f in found] == ["b0"]


def test_what_stands_out_beside_the_front_building_is_a_frontage_of_the_rest():
    found = front(shapely.box(30, 11, 50, 15), shapely.box(40, 17, 70, 25))
    assert [(f["building_id"], f["chainage_from_m"], f["chainage_to_m"]) for f in found] == [
        ("b0", 30.0, 50.0),
        ("b1", 50.0, 70.0),
    ]
    assert found[1]["length_m"] == 30.0
    assert found[1]["setback_m"] == 7.0


def test_a_sliver_seen_between_neighbours_is_not_enough():
    found = front(shapely.box(30, 11, 50, 15), shapely.box(51, 11, 70, 15), shapely.box(35, 17, 65, 25))
    assert [f["building_id"] for f in found] == ["b0", "b1"]


def test_a_stepped_front_is_one_facade_through_both_steps():
    stepped = shapely.Polygon([(30, 12), (40, 12), (40, 16), (50, 16), (50, 30), (30, 30)])
    (found,) = front(stepped)
    assert (found["length_m"], found["setback_m"]) == (20.0, 2.0)
    assert shapely.from_wkb(found["facade"]).coords[:] == [(30, 12), (40, 12), (40, 16), (50, 16)]


def test_an_edge_far_behind_the_front_is_not_facade():
    deep = shapely.Polygon([(30, 12), (40, 12), (40, 20), (50, 20), (50, 30), (30, 30)])
    (found,) = front(deep)
    assert (found["length_m"], found["chainage_to_m"]) == (10.0, 40.0)
    assert front(deep, depth_m=10.0)[0]["length_m"] == 20.0


def test_the_winding_of_the_outline_does_not_matter():
    box = shapely.box(30, 14, 50, 26)
    assert front(box) == front(shapely.reverse(box))


def test_a_facade_turned_more_than_the_limit_does_not_face_the_street():
    diamond = shapely.Polygon([(40, 11), (52, 19), (44, 31), (32, 23)])  # lower right edge 34°, lower left 56°
    (found,) = front(diamond)
    assert shapely.from_wkb(found["facade"]).coords[:] == [(40, 11), (52, 19)]
    assert front(diamond, facing_deg=30.0) == []


def test_a_corner_building_faces_two_streets():
    streets = streets_of(
        main=(shapely.LineString([(0, 0), (200, 0)]), 20.0), way=(shapely.LineString([(0, 200), (0, 0)]), 10.0)
    )
    found = front(shapely.box(8, 14, 28, 26), streets=streets)
    assert [(f["street_id"], f["side"], f["line_side"]) for f in found] == [
        ("main", "north", "left"),
        ("way", "east", "left"),
    ]
    assert [f["chainage_from_m"] for f in found] == [8.0, 174.0]


def test_a_street_of_two_lines_counts_its_chainage_through_both():
    line = shapely.MultiLineString([[(0, 0), (100, 0)], [(120, 0), (200, 0)]])
    (found,) = front(shapely.box(130, 12, 150, 20), streets=streets_of(main=(line, 20.0)))
    assert (found["chainage_from_m"], found["chainage_to_m"]) == (110.0, 130.0)


def test_an_unknown_width_gives_no_setback():
    (found,) = front(
        shapely.box(30, 4, 50, 26), streets=streets_of(main=(shapely.LineString([(0, 0), (200, 0)]), None))
    )
    assert found["setback_m"] is None


def test_missing_geometry_and_empty_tables_are_no_frontage():
    assert front(None) == []
    empty = derive_frontages(buildings_of(), MAIN)
    assert (empty.num_rows, empty.schema) == (0, FRONTAGE_SCHEMA)
    assert derive_frontages(buildings_of(shapely.box(0, 0, 1, 1)), MAIN.slice(0, 0)).num_rows == 0


def test_turning_the_world_keeps_lengths_and_chainages():
    shapes = [shapely.box(30, 14, 50, 26), shapely.box(60, -25, 75, -12)]
    angle = np.radians(33.0)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def turn(shape):
        return shapely.transform(shape, lambda xy: xy @ matrix.T)

    plain = front(*shapes)
    turned = front(
        *[turn(s) for s in shapes], streets=streets_of(main=(turn(shapely.LineString([(0, 0), (200, 0)])), 20.0))
    )
    for name in ("chainage_from_m", "chainage_to_m", "length_m", "setback_m"):
        assert [f[name] for f in turned] == pytest.approx([f[name] for f in plain])
