"""Every CGCS2000 zone: its codes stand in PROJ's database, its spellings are one CRS, and its numbers name it."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from pyproj.database import query_crs_info
from pyproj.enums import PJType, WktVersion

from cim_core.crs.transform import is_cgcs2000_or_wgs84, to_lonlat, transform_xy
from cim_core.crs.zones import ZONES, Zone, suggest_code, zone_of, zone_of_easting
from converters.georeference import normalise_crs, parse_crs

LONLAT = pyproj.CRS(4490)
CODES = [(zone, code) for zone in ZONES for code in (zone.epsg_with_prefix, zone.epsg_without_prefix)]


def test_the_table_has_every_gauss_krueger_zone_of_the_database_and_no_other() -> None:
    infos = query_crs_info("EPSG", PJType.PROJECTED_CRS)
    listed = {int(info.code) for info in infos if info.name.startswith("CGCS2000 /") and "Gauss-Kruger" in info.name}
    assert {code for _, code in CODES} == listed
    assert len(listed) == 64


@pytest.mark.parametrize(("zone", "code"), CODES)
def test_a_zone_is_what_its_entry_says(zone: Zone, code: int) -> None:
    crs = pyproj.CRS(code)
    parameters = {parameter.name: parameter.value for parameter in crs.coordinate_operation.params}
    is_prefixed = code == zone.epsg_with_prefix
    assert parameters["Longitude of natural origin"] == zone.meridian_deg
    assert parameters["False easting"] == (zone.false_easting_m if is_prefixed else 500_000)
    assert is_cgcs2000_or_wgs84(crs)
    assert zone_of(crs) == (zone, is_prefixed)


@pytest.mark.parametrize(("zone", "code"), CODES)
def test_every_spelling_of_a_zone_gives_the_same_place_and_comes_back_to_a_millimetre(zone: Zone, code: int) -> None:
    entry = pyproj.CRS(code)
    lon = zone.meridian_deg + np.linspace(-zone.width_deg / 2, zone.width_deg / 2, 5)
    lat = np.array([18.0, 27.0, 38.0848, 45.0, 53.0])
    x, y = transform_xy(lon, lat, LONLAT, entry)
    assert np.abs(x - zone.meridian_deg).max() > 180  # metres, x east
    assert ((y > 1.9e6) & (y < 6e6)).all()
    spellings = [
        f"EPSG:{code}",
        f"urn:ogc:def:crs:EPSG::{code}",
        entry.to_wkt(),
        entry.to_wkt(WktVersion.WKT1_GDAL),
        entry.to_wkt(WktVersion.WKT1_ESRI),
    ]
    for spelling in spellings:
        crs = normalise_crs(parse_crs(spelling, "test"))
        assert crs.to_epsg() == code, spelling[:60]
        back_lon, back_lat = to_lonlat(x, y, crs)
        again = transform_xy(back_lon, back_lat, LONLAT, entry)
        assert np.hypot(again[0] - x, again[1] - y).max() < 0.001
        assert np.abs(back_lon - lon).max() < 1e-8


def test_a_prefixed_easting_names_its_zone() -> None:
    seen = [zone_of_easting(zone.false_easting_m - 52_165.21) for zone in ZONES]
    assert seen == list(ZONES)
    assert zone_of_easting(447_834.79) is None
    assert zone_of_easting(24_500_000.0) is None
    assert zone_of_easting(38_999_999.0) is None


@pytest.mark.parametrize(
    ("easting_m", "crs", "code"),
    [
        (38_447_834.79, None, 4526),
        (19_711_000.0, None, 4497),
        (447_834.79, None, None),  # could be any zone
        (447_834.79, 4526, 4547),  # written without its prefix
        (38_447_834.79, 4547, 4526),  # written with it
        (38_447_834.79, 4525, 4526),  # another zone than stated
        (38_447_834.79, 4526, None),
        (447_834.79, 4547, None),
        (447_834.79, 32649, None),
    ],
)
def test_the_numbers_suggest_a_code(easting_m: float, crs: int | None, code: int | None) -> None:
    assert suggest_code(easting_m, 4_217_077.55, None if crs is None else pyproj.CRS(crs)) == code


def test_numbers_that_are_not_in_china_suggest_nothing() -> None:
    assert suggest_code(38_447_834.79, 12.0) is None
