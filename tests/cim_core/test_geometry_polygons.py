"""A column of shapes comes out clean, and every row says what was wrong with it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.geometry import Defect, decode_wkb, prepare_polygons


def column(*shapes: str | None) -> np.ndarray:
    geometries = np.empty(len(shapes), dtype=object)
    geometries[:] = [None if wkt is None else shapely.from_wkt(wkt) for wkt in shapes]
    return geometries


def test_defects_are_told_row_by_row() -> None:
    prepared = prepare_polygons(
        column(
            "POLYGON((0 0,2 0,2 2,0 2,0 0))",
            None,
            "POLYGON EMPTY",
            "POINT(1 1)",
            "POLYGON((0 0,5 0,0 0))",
            "GEOMETRYCOLLECTION(POINT(0 0))",
            "POLYGON((0 0,1000 0,1000 0.00000000001,0 0))",
        )
    )
    assert [Defect(value).name for value in prepared.defect] == [
        "NONE",
        "NO_GEOMETRY",
        "EMPTY",
        "NOT_A_POLYGON",
        "DEGENERATE",
        "NOT_A_POLYGON",
        "DEGENERATE",
    ]
    assert [shape is None for shape in prepared.polygons] == [False] + [True] * 6
    assert prepared.is_usable.tolist() == [True] + [False] * 6


def test_the_input_array_is_left_alone() -> None:
    shapes = column("POLYGON Z((0 0 1,0 2 1,2 2 1,0 0 1))", "POINT(0 0)")
    prepare_polygons(shapes)
    assert shapes[0].has_z
    assert shapes[1] is not None


def test_shells_turn_left_and_holes_right() -> None:
    shape = prepare_polygons(column("POLYGON((0 0,0 9,9 9,9 0,0 0),(1 1,3 1,3 3,1 3,1 1))")).polygons[0]
    assert shapely.is_ccw(shape.exterior)
    assert not shapely.is_ccw(shape.interiors[0])


def test_a_repair_states_its_change_of_area() -> None:
    # Two overlapping squares of 4 that share 1: 8 before, 7 after.
    prepared = prepare_polygons(column("MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)),((1 1,3 1,3 3,1 3,1 1)))"))
    assert prepared.is_repaired.tolist() == [True]
    assert prepared.polygons[0].area == pytest.approx(7)
    assert prepared.area_change[0] == pytest.approx(1 / 7)


def test_collections_within_collections_give_their_polygons() -> None:
    nested = "GEOMETRYCOLLECTION(LINESTRING(0 0,1 1),GEOMETRYCOLLECTION(POLYGON((0 0,1 0,1 1,0 0)),POINT(5 5)))"
    prepared = prepare_polygons(column(nested))
    assert prepared.polygons[0].geom_type == "Polygon"
    assert prepared.is_partial.tolist() == [True]


def test_open_rings_are_closed_and_damaged_bytes_are_named() -> None:
    ring = np.array([[0, 0], [4, 0], [4, 4]], dtype="<f8")
    head = b"\x01\x03\x00\x00\x00\x01\x00\x00\x00\x03\x00\x00\x00"
    wkb = np.array([head + ring.tobytes(), None, b"\x01\x03\x00", shapely.to_wkb(shapely.Point(1, 2))], dtype=object)
    geometries, defect, is_closed = decode_wkb(wkb)
    assert is_closed.tolist() == [True, False, False, False]
    assert [Defect(value) for value in defect] == [Defect.NONE, Defect.NO_GEOMETRY, Defect.UNREADABLE, Defect.NONE]
    assert geometries[0].area == pytest.approx(8)


def test_arcs_are_refused_without_losing_the_straight_ones() -> None:
    arc = b"\x01" + (8).to_bytes(4, "little") + (3).to_bytes(4, "little") + np.arange(6, dtype="<f8").tobytes()
    curve_polygon = b"\x01" + (10).to_bytes(4, "little") + (1).to_bytes(4, "little") + arc
    wkb = np.array([curve_polygon, shapely.to_wkb(shapely.box(0, 0, 1, 1))], dtype=object)
    geometries, defect, _ = decode_wkb(wkb)
    assert [Defect(value) for value in defect] == [Defect.CURVED, Defect.NONE]
    assert geometries[1].area == 1


def test_nothing_in_nothing_out() -> None:
    assert len(prepare_polygons(np.empty(0, dtype=object)).polygons) == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=12))
@settings(deadline=None, max_examples=150)
def test_whatever_ring_comes_the_result_is_valid_or_rejected(points: list[tuple[int, int]]) -> None:
    prepared = prepare_polygons(np.array([shapely.Polygon(points)], dtype=object))
    shape = prepared.polygons[0]
    if prepared.defect[0] == Defect.NONE:
        assert shape.is_valid
        assert shape.area > 0
        assert shape.geom_type in ("Polygon", "MultiPolygon")
    else:
        assert shape is None
