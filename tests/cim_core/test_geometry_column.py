"""The quick way of a column of geometries and the way of GEOS: the same bytes, the same findings."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim_core.geometry import decode_wkb, prepare_column, prepare_polygons
from cim_core.geometry.column import _Rings
from cim_core.geometry.wkb import are_simple, encode_simple, read_simple

NAMES = ("defect", "is_closed", "is_repaired", "area_change", "is_partial", "has_z")


def by_geos(wkb: pa.Array) -> tuple[list[bytes | None], dict[str, list[object]]]:
    shapes = prepare_polygons(*decode_wkb(wkb.to_numpy(zero_copy_only=False)))
    return list(shapely.to_wkb(shapes.polygons)), {name: getattr(shapes, name).tolist() for name in NAMES}


def agrees(wkb: pa.Array) -> None:
    prepared = prepare_column(wkb)
    expected, findings = by_geos(wkb)
    assert prepared.wkb.to_pylist() == expected
    assert {name: getattr(prepared, name).tolist() for name in NAMES} == findings
    bounds = shapely.bounds(np.array([None if one is None else shapely.from_wkb(one) for one in expected], object))
    np.testing.assert_array_equal(prepared.bounds, bounds.reshape(-1, 4))


points = st.tuples(st.integers(0, 6), st.integers(0, 6)) | st.tuples(
    st.floats(-1e7, 1e7, allow_nan=False), st.floats(-1e7, 1e7, allow_nan=False)
)
rings = st.lists(points, min_size=3, max_size=9).map(lambda ring: [*ring, ring[0]])


@given(st.lists(rings, min_size=1, max_size=8))
def test_any_rings_of_few_points_are_judged_as_geos_does(many: list[list[tuple[float, float]]]) -> None:
    xy = np.array([point for ring in many for point in ring], float)
    agrees(encode_simple(xy, np.array([len(ring) for ring in many])))


def text(*shapes: str | None) -> pa.Array:
    return pa.array(
        [None if shape is None else shapely.to_wkb(shapely.from_wkt(shape)) for shape in shapes], pa.binary()
    )


def test_whatever_else_a_column_holds_goes_by_geos() -> None:
    agrees(
        text(
            "POLYGON((0 0,4 0,4 4,0 4,0 0))",
            None,
            "POLYGON((0 0,0 4,4 4,4 0,0 0))",
            "POLYGON((0 0,4 4,4 0,0 4,0 0))",
            "POLYGON Z((0 0 7,4 0 7,4 4 7,0 4 7,0 0 7))",
            "POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,1 2,2 2,2 1,1 1))",
            "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))",
            "POINT(1 2)",
            "POLYGON EMPTY",
            "POLYGON((0 0,5 0,5 0,0 0,0 0))",
            "GEOMETRYCOLLECTION(POINT(0 0),POLYGON((0 0,1 0,1 1,0 0)))",
        )
    )
    agrees(pa.array([], pa.binary()))
    agrees(pa.array([None, None], pa.binary()))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308])
def test_numbers_that_are_none_are_found(bad: float) -> None:
    xy = np.array([[0, 0], [bad, 0], [1, 1], [0, 0], [0, 0], [1, 0], [1, 1], [0, 0]], float)
    agrees(encode_simple(xy, np.array([4, 4])))


def test_open_ring_is_closed_and_a_pentagram_is_not_taken_for_sound() -> None:
    agrees(encode_simple(np.array([[0, 0], [4, 0], [4, 4], [0, 4]], float), np.array([4])))
    turn = np.arange(6) * 2 * 2 * np.pi / 5
    star = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    star[5] = star[0]
    assert not _Rings(star, np.array([6])).are_star_shaped()[0]
    agrees(encode_simple(star, np.array([6])))


def test_slices_and_large_offsets_are_read_alike() -> None:
    whole = text("POLYGON((0 0,4 0,4 4,0 4,0 0))", None, "POLYGON((2 2,2 3,3 3,2 2))", "POLYGON((7 7,9 7,8 9,7 7))")
    for part in (whole[1:], whole[2:], whole.cast(pa.large_binary())[1:]):
        assert prepare_column(part).wkb.to_pylist() == by_geos(part)[0]


def test_binary_is_written_as_it_is_read() -> None:
    column = text("POLYGON((0 0,4 0,4 4,0 4,0 0))", "POLYGON((2 2,2 3,3 3,2 2))")
    assert are_simple(column).all()
    assert encode_simple(*read_simple(column, np.arange(2))).equals(column)


def test_heights_in_coordinates_are_told() -> None:
    assert prepare_column(
        text("POLYGON Z((0 0 7,4 0 7,4 4 7,0 0 7))", "POLYGON((0 0,4 0,4 4,0 0))")
    ).has_z.tolist() == [
        True,
        False,
    ]
