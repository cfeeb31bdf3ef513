"""Where a model lands, step by step down the ladder, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.crs.local import LocalSystem
from cim_core.crs.local_file import format_local_system
from cim_core.crs.similarity import Similarity
from cim_core.errors import GeoreferenceError
from converters.base import PointPosition
from tests.converters.ifc.conftest import triangles_of

FEET = """#14=IFCCONVERSIONBASEDUNIT(#15,.LENGTHUNIT.,'FOOT',#16);
#15=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);
#16=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(0.3048),#17);
#17=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);"""
MILLIMETRES = "#14=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);"
YUXIAN = "(38,5,3,0),(113,24,6,0),900."
BOSTON = "(42,21,30,238000),(-71,-3,-35,-194000),0."


def position(reading):
    """Longitude, latitude, ellipsoidal height of every vertex."""
    batch = reading.batches[0]
    return ecef_to_lonlat(batch.mesh.placement.to_ecef(triangles_of(batch.mesh).positions, reading.meta.heights))


def expected_lonlat(east, north, epsg=4547):
    return pyproj.Transformer.from_crs(epsg, 4326, always_xy=True).transform(east, north)


def distance_m(lonlat, lon, lat):
    return pyproj.Geod(ellps="WGS84").inv(lonlat[0], lonlat[1], lon, lat)[2]


def test_map_conversion_puts_the_origin_at_its_easting_and_northing(read, make_model):
    reading = read(make_model())
    origin = position(reading)[np.argmin(np.abs(triangles_of(reading.batches[0].mesh).positions).sum(axis=1))]
    lon, lat = expected_lonlat(447500.0, 4217000.0)
    assert distance_m(origin, lon, lat) < 0.001
    assert origin[2] == pytest.approx(946.0, abs=0.001)
    assert "IfcMapConversion (#90)" in reading.meta.crs_reason


def test_map_conversion_turns_the_x_axis(read, make_model):
    turned = (
        "#90=IFCMAPCONVERSION(#7,#91,447500.,4217000.,0.,0.,1.,$);\n#91=IFCPROJECTEDCRS('EPSG:4547',$,$,$,$,$,$);\n"
    )
    reading = read(make_model(georeference=turned))
    mesh = triangles_of(reading.batches[0].mesh)
    on_map = mesh.placement.to_map(mesh.positions)
    # The box is 10 along x, 5 along y; with the x axis pointing north it spans 5 to the west and 10 to the north.
    assert on_map.min(axis=0)[:2] == pytest.approx([447495.0, 4217000.0])
    assert on_map.max(axis=0)[:2] == pytest.approx([447500.0, 4217010.0])


@pytest.mark.parametrize(
    ("numbers", "map_unit"),
    [
        ("447500.,4217000.,946.,$,$,0.001", "#92"),
        ("447500.,4217000.,946.,$,$,0.001", "$"),
        ("447500000.,4217000000.,946000.,$,$,$", "$"),
        ("447500.,4217000.,946.,$,$,$", "$"),
    ],
    ids=["unit stated", "scale says metres", "project unit", "metres without a word"],
)
def test_eastings_of_a_millimetre_model_are_understood(read, make_model, numbers, map_unit):
    conversion = (
        f"#90=IFCMAPCONVERSION(#7,#91,{numbers});\n#91=IFCPROJECTEDCRS('EPSG:4547',$,$,$,$,$,{map_unit});\n"
        "#92=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n"
    )
    reading = read(make_model(unit=MILLIMETRES, georeference=conversion))
    mesh = triangles_of(reading.batches[0].mesh)
    on_map = mesh.placement.to_map(mesh.positions)
    assert on_map.min(axis=0) == pytest.approx([447500.0, 4217000.0, 946.0])
    assert np.ptp(on_map, axis=0) == pytest.approx([0.010, 0.005, 0.003])


def test_a_model_in_feet_is_converted_to_metres(read, make_model):
    reading = read(make_model(unit=FEET), at=PointPosition(113.4, 38.08))
    mesh = triangles_of(reading.batches[0].mesh)
    assert np.ptp(mesh.positions, axis=0) == pytest.approx([3.048, 1.524, 0.9144])
    assert reading.row(kind="IfcWall")["height_m"] == pytest.approx(0.9144)


def test_site_latitude_and_longitude_count_where_there_is_no_map_conversion(read, make_model):
    reading = read(make_model(georeference="", site=YUXIAN, unit=FEET))
    origin = position(reading)[np.argmin(np.abs(triangles_of(reading.batches[0].mesh).positions).sum(axis=1))]
    assert origin[:2] == pytest.approx([113 + 24 / 60 + 6 / 3600, 38 + 5 / 60 + 3 / 3600], abs=1e-9)
    assert origin[2] == pytest.approx(900 * 0.3048, abs=1e-3)  # RefElevation is in project units
    assert "position-of-site" in reading.codes
    assert reading.meta.crs.to_epsg() == 4326


def test_true_north_turns_a_model_placed_by_latitude_and_longitude(read, make_model):
    north = "#60=IFCDIRECTION((1.,0.));\n"  # north is along the model's x axis
    reading = read(make_model(georeference="", site=YUXIAN, true_north="#60", extra=north))
    lon_deg, lat_deg, _ = np.ptp(position(reading), axis=0)
    assert lat_deg * 111_000 == pytest.approx(10.0, abs=0.1)
    assert lon_deg * 111_320 * math.cos(math.radians(38.08)) == pytest.approx(5.0, abs=0.1)


def test_true_north_with_three_components_is_tolerated_and_reported(read, make_model):
    north = "#60=IFCDIRECTION((0.,1.,0.));\n"
    reading = read(make_model(georeference="", site=YUXIAN, true_north="#60", extra=north))
    assert "true-north-malformed" in reading.codes
    assert reading.batches[0].mesh.placement.bearing_rad == pytest.approx(0.0)


def test_mixed_signs_in_an_angle_follow_the_first_part(read, make_model):
    reading = read(make_model(georeference="", site="(-38,5,3,0),(113,24,6,0),0."))
    assert reading.batches[0].mesh.placement.lat_deg == pytest.approx(-(38 + 5 / 60 + 3 / 3600))
    assert "angle-signs" in reading.codes


def test_the_default_location_of_an_authoring_tool_is_refused(read, make_model):
    with pytest.raises(GeoreferenceError, match=r"Boston.*Revit") as caught:
        read(make_model(georeference="", site=BOSTON))
    assert caught.value.code == "default-location"
    assert "--at" in caught.value.hint


def test_a_model_that_says_nothing_is_refused(read, make_model):
    with pytest.raises(GeoreferenceError) as caught:
        read(make_model(georeference=""))
    assert caught.value.code == "no-georeference"
    assert "--at" in caught.value.hint


def test_at_wins_over_everything_in_the_file(read, make_model):
    reading = read(make_model(site=BOSTON), at=PointPosition(113.4, 38.08, 930.0, 90.0))
    lonlat = position(reading)
    origin = lonlat[np.argmin(np.abs(triangles_of(reading.batches[0].mesh).positions).sum(axis=1))]
    assert origin == pytest.approx([113.4, 38.08, 930.0], abs=1e-6)
    # bearing 90: the y axis (5 m) points east, the x axis (10 m) south
    assert lonlat[:, 1].min() < 38.08 - 8e-5
    assert lonlat[:, 0].max() > 113.4 + 5e-5


def test_contradicting_positions_are_reported_with_their_distance(read, make_model):
    reading = read(make_model(site=BOSTON))
    assert "positions-contradict" in reading.codes
    assert "km" in reading.message("positions-contradict")
    assert position(reading)[0, 0] == pytest.approx(113.40, abs=0.01)


def test_agreeing_positions_are_not_reported(read, make_model):
    assert "positions-contradict" not in read(make_model(site="(38,5,3,0),(113,24,6,0),900.")).codes


def test_a_model_in_a_local_grid_stands_where_the_parameters_say(read, make_model, tmp_path):
    turn = Similarity(447_000.0, 4_216_000.0, 1.000_116, -1321.0)
    grid = LocalSystem("独立系", "Grid", pyproj.CRS(4547), turn, valid_area_deg=(113.2, 37.9, 113.6, 38.3))
    path = tmp_path / "grid.yaml"
    path.write_text(format_local_system(grid, "EPSG:4547"), encoding="utf-8")
    text = "#90=IFCMAPCONVERSION(#7,#91,{},1000.,946.,$,$,$);\n#91=IFCPROJECTEDCRS('site grid',$,$,$,$,$,$);\n"
    reading = read(make_model(georeference=text.format("800.")), crs=str(path))
    on_grid = triangles_of(reading.batches[0].mesh).positions[:, :2] + [800.0, 1000.0]
    expected = np.stack(expected_lonlat(*turn.apply(*on_grid.T)), axis=-1)
    assert np.abs(position(reading)[:, :2] - expected).max() < 1e-8
    with pytest.raises(GeoreferenceError) as caught:
        read(make_model(georeference=text.format("90000.")), crs=str(path))
    assert caught.value.code == "outside-crs"


def test_crs_option_supplies_a_missing_crs_name(read, make_model):
    nameless = (
        "#90=IFCMAPCONVERSION(#7,#91,447500.,4217000.,946.,$,$,$);\n#91=IFCPROJECTEDCRS('site grid',$,$,$,$,$,$);\n"
    )
    with pytest.raises(GeoreferenceError) as caught:
        read(make_model(georeference=nameless))
    assert caught.value.code == "unknown-crs"
    reading = read(make_model(georeference=nameless), crs="EPSG:4547")
    assert position(reading)[0, :2] == pytest.approx(expected_lonlat(447500.0, 4217000.0), abs=2e-4)


@pytest.mark.parametrize(
    "name", ["EPSG:4547", "urn:ogc:def:crs:EPSG::4547", "EPSG 4547", "CGCS2000 / 3-degree Gauss-Kruger CM 114E"]
)
def test_usual_spellings_of_a_crs_are_understood(read, make_model, name):
    text = f"#90=IFCMAPCONVERSION(#7,#91,447500.,4217000.,946.,$,$,$);\n#91=IFCPROJECTEDCRS('{name}',$,$,$,$,$,$);\n"
    assert read(make_model(georeference=text)).meta.crs.to_epsg() == 4547


def test_swapped_easting_and_northing_are_refused(read, make_model):
    swapped = (
        "#90=IFCMAPCONVERSION(#7,#91,4217000.,447500.,946.,$,$,$);\n#91=IFCPROJECTEDCRS('EPSG:4547',$,$,$,$,$,$);\n"
    )
    with pytest.raises(GeoreferenceError) as caught:
        read(make_model(georeference=swapped))
    assert caught.value.code == "outside-crs"


def test_map_coordinates_without_a_conversion_need_the_crs(read, make_model):
    model = make_model(georeference="", site=YUXIAN, origin="447500.,4217000.,946.")
    with pytest.raises(GeoreferenceError) as caught:
        read(model)
    assert caught.value.code == "absolute-coordinates"
    reading = read(model, crs="EPSG:4547")
    assert position(reading)[0, :2] == pytest.approx(expected_lonlat(447500.0, 4217000.0), abs=2e-4)


def test_a_conversion_on_top_of_map_coordinates_is_refused(read, make_model):
    with pytest.raises(GeoreferenceError) as caught:
        read(make_model(origin="447500.,4217000.,946."))
    assert caught.value.code == "double-georeference"


def test_heights_without_a_policy_are_taken_as_ellipsoidal_and_said_so(read, make_model):
    assert "height-datum-unknown" in read(make_model()).codes
    policy = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
    reading = read(make_model(), heights=policy)
    assert "height-datum-unknown" not in reading.codes
    assert position(reading)[:, 2].min() == pytest.approx(930.4, abs=0.001)


def test_ground_and_footprint_of_the_building_row_are_on_the_map(read, make_model):
    import shapely

    building = read(make_model()).building
    assert building["base_m"] == pytest.approx(946.0)
    assert building["height_m"] == pytest.approx(3.0)
    footprint = shapely.from_wkb(building["geometry"])
    assert footprint.bounds == pytest.approx((447500.0, 4217000.0, 447510.0, 4217005.0))
    assert footprint.area == pytest.approx(50.0)
