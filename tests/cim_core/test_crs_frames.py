"""Earth-centred frames, placements and height policies."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.crs.ecef import ecef_to_lonlat, enu_to_ecef_matrix, invert_rigid, lonlat_to_ecef, transform_points
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.crs.placement import MapPlacement, PointPlacement
from cim_core.crs.transform import transform_xy
from cim_core.errors import GeoreferenceError

lons = st.floats(-179.9, 179.9)
lats = st.floats(-89.9, 89.9)
ELLIPSOIDAL = HeightPolicy()


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ((0, 0, 0), (6_378_137.0, 0, 0)),
        ((90, 0, 100), (0, 6_378_237.0, 0)),
        ((0, 90, 0), (0, 0, 6_356_752.314_245)),
    ],
)
def test_corners_of_the_ellipsoid(position: tuple[float, float, float], expected: tuple[float, float, float]) -> None:
    assert lonlat_to_ecef(*position) == pytest.approx(expected, abs=1e-6)


@given(lons, lats, st.floats(-500, 9000))
@settings(deadline=None, max_examples=60)
def test_earth_centred_there_and_back(lon_deg: float, lat_deg: float, height_m: float) -> None:
    there = lonlat_to_ecef([lon_deg], [lat_deg], [height_m])
    back = lonlat_to_ecef(*ecef_to_lonlat(there).T)
    assert np.abs(back - there).max() < 0.001


@given(lons, lats)
@settings(deadline=None, max_examples=60)
def test_the_local_frame_is_orthonormal_right_handed_and_looks_up(lon_deg: float, lat_deg: float) -> None:
    matrix = enu_to_ecef_matrix(lon_deg, lat_deg, 0.0)
    rotation = matrix[:3, :3]
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    raised = transform_points(matrix, np.array([[0.0, 0.0, 10.0]]))
    assert ecef_to_lonlat(raised)[0, 2] == pytest.approx(10.0, abs=1e-6)
    assert invert_rigid(matrix) @ matrix == pytest.approx(np.eye(4), abs=1e-6)


def test_a_point_placement_turns_clockwise_from_north() -> None:
    facing_east = PointPlacement(113.4054, 38.0848, 900.0, np.radians(90.0))
    front = facing_east.to_ecef(np.array([[0.0, 100.0, 0.0]]), ELLIPSOIDAL)
    lon, lat, height = ecef_to_lonlat(front)[0]
    assert lat == pytest.approx(38.0848, abs=1e-6)
    assert (lon - 113.4054) * 111_320 * np.cos(np.radians(38.0848)) == pytest.approx(100.0, abs=0.5)
    assert height == pytest.approx(900.0, abs=0.01)


def test_a_map_placement_agrees_with_the_projection() -> None:
    placement = MapPlacement(pyproj.CRS(4547), 447_834.788, 4_217_077.553, 946.0)
    policy = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
    lon, lat, height = ecef_to_lonlat(placement.to_ecef(np.zeros((1, 3)), policy))[0]
    assert (lon, lat) == pytest.approx((113.4054, 38.0848), abs=1e-8)
    assert height == pytest.approx(930.4, abs=1e-6)


def test_a_map_placement_turns_and_scales_as_ifc_says() -> None:
    # x axis to the north: a model point 2 m along x and 1 m along y lies 2 m north and 1 m west.
    placement = MapPlacement(pyproj.CRS(4547), 500_000.0, 4_000_000.0, 10.0, 0.0, 1.0, scale=0.5)
    assert placement.to_map(np.array([[4.0, 2.0, 3.0]])).tolist() == [[499_999.0, 4_000_002.0, 13.0]]


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0, 50))
@settings(deadline=None, max_examples=40)
def test_both_placements_agree_near_their_origin(x: float, y: float, z: float) -> None:
    crs = pyproj.CRS(4547)
    lon_deg, lat_deg = 114.0, 38.0  # on the central meridian grid north is true north and the scale is one
    east, north = transform_xy(lon_deg, lat_deg, pyproj.CRS(4490), crs)
    model = np.array([[x, y, z]])
    on_map = MapPlacement(crs, float(east), float(north), 0.0).to_ecef(model, ELLIPSOIDAL)
    at_point = PointPlacement(lon_deg, lat_deg).to_ecef(model, ELLIPSOIDAL)
    assert np.linalg.norm(on_map - at_point) < 0.002


def test_levelled_heights_need_an_undulation_and_ellipsoidal_ones_refuse_it() -> None:
    with pytest.raises(GeoreferenceError, match="china-1985"):
        HeightPolicy(HeightDatum.CHINA_1985)
    with pytest.raises(GeoreferenceError, match="no geoid undulation"):
        HeightPolicy(HeightDatum.ELLIPSOID, -15.6)


def test_heights_are_raised_by_the_undulation_and_nothing_else() -> None:
    assert HeightPolicy(HeightDatum.CHINA_1985, -15.6).to_ellipsoidal([946.0, 1000.0]).tolist() == [930.4, 984.4]
    assert ELLIPSOIDAL.to_ellipsoidal(946.0) == 946.0
    assert "-15.6" in HeightPolicy(HeightDatum.EGM96, -15.6).describe()
