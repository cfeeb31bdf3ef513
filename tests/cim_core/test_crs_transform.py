"""Coordinates between CRSs: values worked out beforehand, and what must be refused."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.crs.transform import horizontal_part, is_cgcs2000_or_wgs84, to_lonlat, transform_xy
from cim_core.errors import GeoreferenceError

LONLAT = pyproj.CRS(4490)
#: The county seat, 113.4054 E 38.0848 N.
SEAT_DEG = (113.4054, 38.0848)
ESRI_4547 = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_114E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],'
    'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize(("epsg", "east_m"), [(4547, 447_834.788), (4526, 38_447_834.788)])
@pytest.mark.parametrize("source", [4490, 4326])
def test_the_seat_has_its_known_coordinates_to_a_millimetre(source: int, epsg: int, east_m: float) -> None:
    x, y = transform_xy(*SEAT_DEG, pyproj.CRS(source), pyproj.CRS(epsg))
    assert float(x) == pytest.approx(east_m, abs=0.001)
    assert float(y) == pytest.approx(4_217_077.553, abs=0.001)


def test_x_is_east_although_the_authority_puts_northing_first() -> None:
    assert pyproj.CRS(4547).axis_info[0].direction == "north"
    lon, lat = to_lonlat(447_834.788, 4_217_077.553, pyproj.CRS(4547))
    assert (float(lon), float(lat)) == pytest.approx(SEAT_DEG, abs=1e-8)


def test_the_esri_spelling_gives_the_same_place() -> None:
    lon, lat = to_lonlat(447_834.788, 4_217_077.553, pyproj.CRS(ESRI_4547))
    assert (float(lon), float(lat)) == pytest.approx(SEAT_DEG, abs=1e-8)


@pytest.mark.parametrize("epsg", [4610, 2362, 2383, 4214, 2414, 2435, 4555])
@pytest.mark.parametrize("target", [4326, 4547])
def test_xian_1980_and_beijing_1954_are_refused(epsg: int, target: int) -> None:
    crs = pyproj.CRS(epsg)
    x, y = SEAT_DEG if crs.is_geographic else (447_834.0, 4_217_077.0)
    if epsg in (2362, 2414):
        x += 38_000_000
    with pytest.raises(GeoreferenceError) as caught:
        transform_xy(x, y, crs, pyproj.CRS(target))
    assert caught.value.code == "ballpark-refused"
    assert "parameters" in caught.value.hint


def test_parameters_given_by_the_user_open_the_way() -> None:
    crs = pyproj.CRS("+proj=tmerc +lon_0=114 +x_0=500000 +ellps=IAU76 +towgs84=0,0,0,0,0,0,0.5 +units=m")
    lon, lat = to_lonlat(447_834.788, 4_217_077.553, crs)
    assert (float(lon), float(lat)) == pytest.approx(SEAT_DEG, abs=0.001)
    zeros = pyproj.CRS("+proj=tmerc +lon_0=114 +x_0=500000 +ellps=IAU76 +towgs84=0,0,0,0,0,0,0 +units=m")
    with pytest.raises(GeoreferenceError):
        to_lonlat(447_834.788, 4_217_077.553, zeros)


def test_a_published_operation_is_used_only_where_it_is_meant() -> None:
    rijksdriehoek = pyproj.CRS(28992)
    lon, lat = to_lonlat(155_000.0, 463_000.0, rijksdriehoek)  # the tower of Amersfoort
    assert (float(lon), float(lat)) == pytest.approx((5.387_2, 52.155_17), abs=1e-4)
    with pytest.raises(GeoreferenceError):
        to_lonlat(5_000_000.0, 463_000.0, rijksdriehoek)


@pytest.mark.parametrize(
    ("definition", "is_same"),
    [
        (4490, True),
        (4547, True),
        (4326, True),
        (4979, True),
        (32649, True),
        (9057, True),  # WGS 84 (G1762)
        (ESRI_4547, True),
        ("EPSG:4547+5737", True),
        ("+proj=tmerc +lon_0=113.4 +datum=WGS84", True),
        ("+proj=tmerc +lon_0=113.4 +ellps=WGS84", False),
        (4610, False),
        (4214, False),
        (4555, False),
        (4258, False),
    ],
)
def test_the_declared_equal_datums_are_known_by_name_and_ellipsoid(definition: int | str, is_same: bool) -> None:
    crs = pyproj.CRS(definition)
    horizontal = crs.sub_crs_list[0] if crs.is_compound else crs
    assert is_cgcs2000_or_wgs84(horizontal) is is_same


def test_the_vertical_part_is_put_aside() -> None:
    assert horizontal_part(pyproj.CRS("EPSG:4547+5737")).to_epsg() == 4547
    assert len(horizontal_part(pyproj.CRS(4979)).axis_info) == 2


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 2), (0,)])
def test_any_shape_goes_in_and_comes_out(shape: tuple[int, ...]) -> None:
    x, y = transform_xy(np.full(shape, 113.4), np.full(shape, 38.0), LONLAT, pyproj.CRS(4547))
    assert x.shape == y.shape == shape


def test_a_position_that_has_none_is_infinite_and_its_neighbour_is_not() -> None:
    x, _ = transform_xy([113.4, np.inf], [38.0, 38.0], LONLAT, pyproj.CRS(4547))
    assert np.isfinite(x).tolist() == [True, False]


@given(st.floats(112.9, 113.9), st.floats(37.9, 38.6))
@settings(deadline=None, max_examples=50)
def test_there_and_back_is_the_same_place_to_a_millimetre(lon_deg: float, lat_deg: float) -> None:
    map_crs = pyproj.CRS(4547)
    x, y = transform_xy(lon_deg, lat_deg, LONLAT, map_crs)
    lon, lat = to_lonlat(x, y, map_crs)
    again_x, again_y = transform_xy(lon, lat, LONLAT, map_crs)
    assert float(np.hypot(again_x - x, again_y - y)) < 0.001
