"""The bundled geoid model, a user's grid, and height policies that take N at each point."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.crs.geoid import bundled_geoid, encode_gtx, find_geoid, parse_gtx, read_gtx
from cim_core.crs.geoid.cut import AREA_DEG, cut_geoid
from cim_core.crs.heights import HeightDatum, HeightPolicy, datum_named
from cim_core.crs.placement import MapPlacement, PointPlacement
from cim_core.errors import GeoreferenceError, UnreadableSourceError

SEAT_DEG = (113.4054, 38.0848)
MODEL = HeightPolicy.by_model(HeightDatum.CHINA_1985)


@pytest.mark.parametrize(
    ("lon_deg", "lat_deg", "undulation_m"),
    [
        (*SEAT_DEG, -15.6),
        (112.9146, 38.2, -16.9),
        (112.9146, 38.5236, -16.6),
        (113.4, 38.5236, -15.6),
        (113.8313, 38.2, -15.5),
        (113.8313, 37.947, -15.2),
    ],
)
def test_the_county_has_its_known_undulations(lon_deg: float, lat_deg: float, undulation_m: float) -> None:
    assert float(bundled_geoid().undulation_at(lon_deg, lat_deg)) == pytest.approx(undulation_m, abs=0.2)


def test_950_m_at_the_seat_is_what_proj_says_with_the_global_grid() -> None:
    assert float(MODEL.to_ellipsoidal(950.0, *SEAT_DEG)) == pytest.approx(934.41, abs=0.005)
    assert float(MODEL.from_ellipsoidal(934.4105, *SEAT_DEG)) == pytest.approx(950.0, abs=0.001)


def test_the_bundled_model_is_small_and_cut_where_it_says(repository: Path) -> None:
    path = repository / "cim_core" / "crs" / "geoid" / "egm96-15min-north-china.gtx"
    assert path.stat().st_size <= 30_000
    assert bundled_geoid().area_deg == AREA_DEG
    assert encode_gtx(bundled_geoid()) == path.read_bytes()
    part = cut_geoid(bundled_geoid(), (112.0, 37.0, 115.0, 39.0))
    assert part.undulation_m.shape == (9, 13)
    assert float(part.undulation_at(*SEAT_DEG)) == float(bundled_geoid().undulation_at(*SEAT_DEG))


def test_between_nodes_the_value_is_bilinear() -> None:
    nodes = np.array([[0.0, 1.0], [10.0, 11.0]], dtype=np.float32)
    model = replace(
        bundled_geoid(), undulation_m=nodes, west_deg=100.0, south_deg=30.0, lon_step_deg=2.0, lat_step_deg=4.0
    )
    assert model.undulation_at([100, 102, 101, 100, 101], [30, 34, 32, 32, 30]).tolist() == [0, 11, 5.5, 5, 0.5]
    assert model.undulation_at(101.0, 32.0).shape == ()


@given(st.floats(105, 120), st.floats(32, 44))
@settings(deadline=None, max_examples=50)
def test_up_and_down_is_the_same_height(lon_deg: float, lat_deg: float) -> None:
    there = MODEL.to_ellipsoidal(946.6, lon_deg, lat_deg)
    assert float(MODEL.from_ellipsoidal(there, lon_deg, lat_deg)) == pytest.approx(946.6, abs=1e-9)
    assert -65 < float(there) - 946.6 < 15


def test_outside_the_model_heights_are_refused_and_no_number_stays_none() -> None:
    with pytest.raises(GeoreferenceError) as caught:
        MODEL.to_ellipsoidal([10.0, 10.0], [113.4, 121.5], [38.0, 31.2])  # Shanghai
    assert caught.value.code == "outside-geoid"
    assert "121.5" in caught.value.message
    assert "--geoid" in caught.value.hint
    assert np.isnan(MODEL.to_ellipsoidal([10.0, np.nan], [np.inf, 113.4], [38.0, 38.0])).all()


def test_a_model_needs_positions_and_one_number_does_not() -> None:
    with pytest.raises(ValueError, match="positions"):
        MODEL.to_ellipsoidal(10.0)
    one = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
    assert float(one.to_ellipsoidal(10.0)) == float(one.to_ellipsoidal(10.0, *SEAT_DEG)) == -5.6
    assert not one.needs_positions
    assert MODEL.needs_positions


def test_policies_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(GeoreferenceError):
        HeightPolicy(HeightDatum.CHINA_1985, -15.6, bundled_geoid())
    with pytest.raises(GeoreferenceError):
        HeightPolicy(HeightDatum.ELLIPSOID, geoid=bundled_geoid())


def test_models_and_points_take_the_undulation_where_they_stand() -> None:
    east_west = MapPlacement(pyproj.CRS(4547), 0.0, 0.0, 900.0)
    points = np.array([[404_600.0, 4_230_000.0, 0.0], [485_300.0, 4_230_000.0, 0.0]])
    on_globe = ecef_to_lonlat(east_west.to_ecef(points, MODEL))
    expected = bundled_geoid().undulation_at(on_globe[:, 0], on_globe[:, 1])
    assert on_globe[:, 2] - 900 == pytest.approx(expected, abs=1e-4)
    assert abs(expected[0] - expected[1]) > 1
    at_seat = ecef_to_lonlat(PointPlacement(*SEAT_DEG, 950.0).to_ecef(np.zeros((1, 3)), MODEL))
    assert at_seat[0, 2] == pytest.approx(934.41, abs=0.005)


@pytest.mark.parametrize(
    ("name", "datum"),
    [
        ("Yellow Sea 1985 height", HeightDatum.CHINA_1985),
        ("1985国家高程基准", HeightDatum.CHINA_1985),
        ("EGM96 height", HeightDatum.EGM96),
        ("Yellow Sea 1956 height", None),
        ("EGM2008 height", None),
        ("the ellipsoid", None),
        ("", None),
    ],
)
def test_only_the_datums_we_know_are_known_by_name(name: str, datum: HeightDatum | None) -> None:
    assert datum_named(name) is datum


def test_a_grid_of_ones_own_goes_through_a_file_and_holes_are_refused(tmp_path: Path) -> None:
    nodes = bundled_geoid().undulation_m.copy()
    nodes[10, 10] = np.nan
    path = tmp_path / "own.gtx"
    path.write_bytes(encode_gtx(replace(bundled_geoid(), undulation_m=nodes)))
    own = read_gtx(path)
    assert own.name == "own"
    assert own != bundled_geoid()
    assert float(own.undulation_at(*SEAT_DEG)) == float(bundled_geoid().undulation_at(*SEAT_DEG))
    with pytest.raises(GeoreferenceError):
        own.undulation_at(107.6, 34.6)
    assert find_geoid(tmp_path) == bundled_geoid()
    path.rename(tmp_path / "geoid.gtx")
    assert find_geoid(tmp_path).digest == own.digest
    record = HeightPolicy.from_record("china-1985", None, tmp_path)
    assert record.geoid is not None
    assert record.geoid.digest == own.digest


HEADER = struct.Struct(">4d2i")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II*\x00" + bytes(100),
        HEADER.pack(32.0, 105.0, 0.25, 0.25, 4, 4) + bytes(10),
        HEADER.pack(32.0, 105.0, 0.25, 0.25, 2, 2) + np.full(4, 900.0, ">f4").tobytes(),
        HEADER.pack(32.0, 105.0, 0.25, 0.25, 2, 2) + np.full(4, np.nan, ">f4").tobytes(),
        HEADER.pack(32.0, 105.0, -0.25, 0.25, 2, 2) + bytes(16),
        HEADER.pack(32.0, 105.0, 0.25, 0.25, 100_000, 100_000),
    ],
    ids=["empty", "TIFF", "cut off", "heights", "nothing", "downwards", "huge"],
)
def test_what_is_no_geoid_grid_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableSourceError) as caught:
        parse_gtx(data, "x")
    assert caught.value.code == "bad-geoid-grid"
