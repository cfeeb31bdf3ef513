"""Positions that a model states twice, on the map where one would not look for them, or without an elevation."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.errors import GeoreferenceError
from cim_core.terrain import HeightGrid
from converters.base import PointPosition
from tests.converters.ifc.test_ifc_georeference import BOSTON, YUXIAN, expected_lonlat, position

ON_THE_MAP = "447500.,4217000.,946."
IN_CONTEXT = "#98=IFCAXIS2PLACEMENT3D(#96,$,$);\n#96=IFCCARTESIANPOINT((447500.,4217000.,946.));\n"


def test_a_context_on_the_map_and_a_conversion_are_counted_twice(read, make_model):
    text = make_model(extra=IN_CONTEXT).text().replace("1.E-05,#8,", "1.E-05,#98,")
    with pytest.raises(GeoreferenceError) as caught:
        read(text)
    assert caught.value.code == "double-georeference"


def test_a_conversion_of_nothing_leaves_map_coordinates_as_they_are(read, make_model):
    nothing = "#90=IFCMAPCONVERSION(#7,#91,0.,0.,0.,$,$,$);\n#91=IFCPROJECTEDCRS('EPSG:4547',$,$,$,$,$,$);\n"
    reading = read(make_model(georeference=nothing, origin=ON_THE_MAP))
    west_south = position(reading)[:, :2].min(axis=0)
    assert west_south == pytest.approx(expected_lonlat(447500.0, 4217000.0), abs=1e-6)  # the grid is turned by 0.4°
    assert "map-unit-implied" not in reading.codes


def test_map_coordinates_without_any_site_position_ask_for_their_crs(read, make_model):
    model = make_model(georeference="", origin=ON_THE_MAP)
    with pytest.raises(GeoreferenceError) as caught:
        read(model)
    assert caught.value.code == "absolute-coordinates"
    assert "--crs" in caught.value.hint


@pytest.mark.parametrize(("north", "is_told"), [("(0.7071,0.7071)", True), ("(0.0064,1.)", False)])
def test_true_north_against_the_axis_of_the_conversion(read, make_model, north, is_told):
    """Grid convergence at 113.40° in zone 114° is −0.37°, which is no contradiction; 45° is."""
    codes = read(make_model(true_north="#95", extra=f"#95=IFCDIRECTION({north});\n")).codes
    assert ("north-contradicts" in codes) is is_told


def test_latitude_and_longitude_against_coordinates_with_a_given_crs(read, make_model):
    reading = read(make_model(georeference="", site=BOSTON, origin=ON_THE_MAP), crs="EPSG:4547")
    assert "km" in reading.message("positions-contradict")


def test_a_second_conversion_and_a_far_placement_are_told(read, make_model):
    second = "#92=IFCMAPCONVERSION(#7,#91,1.,2.,3.,$,$,$);\n"
    assert "#92" in read(make_model(extra=second)).message("several-conversions")
    assert "30.0 km" in read(make_model(origin="30000.,0.,0.")).message("far-from-origin")
    assert not read(make_model()).codes & {"several-conversions", "far-from-origin"}


def grid(heights: HeightPolicy) -> HeightGrid:
    plane = np.full((40, 40), 948.5, np.float32)
    return HeightGrid(plane, 113.38, 38.10, 0.001, 0.001, pyproj.CRS(4326), heights)


def test_a_model_without_an_elevation_stands_on_the_terrain(read, make_model):
    levelled = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
    at = PointPosition(113.4, 38.08)
    reading = read(make_model(), at=at, ground=grid(levelled), heights=levelled)
    assert reading.building["base_m"] == pytest.approx(948.5)
    assert "elevation-of-terrain" in reading.codes
    # The model counts above the ellipsoid, the terrain above the datum of 1985: 948.5 − 15.6.
    ellipsoidal = HeightPolicy(HeightDatum.ELLIPSOID)
    reading = read(make_model(), at=at, ground=grid(levelled), heights=ellipsoidal)
    assert reading.building["base_m"] == pytest.approx(932.9)


@pytest.mark.parametrize("site", ["$,$,$", YUXIAN.replace("900.", "$")])
def test_an_elevation_nobody_gave_is_told(read, make_model, site):
    at = {"at": PointPosition(113.4, 38.08)} if site == "$,$,$" else {}
    reading = read(make_model(georeference="", site=site), **at)
    assert "elevation-assumed" in reading.codes
    stated = read(make_model(georeference=""), at=PointPosition(113.4, 38.08, 0.0))
    assert "elevation-assumed" not in stated.codes
