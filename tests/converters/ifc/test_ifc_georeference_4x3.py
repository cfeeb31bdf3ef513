"""The ways IFC4X3 states a position, and the convention of IFC2X3: rigid operations, angles, factors, property sets."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.errors import GeoreferenceError
from tests.converters.ifc.conftest import triangles_of

RADIANS = "#95=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);\n"
DEGREES = f"""#94=IFCCONVERSIONBASEDUNIT(#96,.PLANEANGLEUNIT.,'DEGREE',#97);
#96=IFCDIMENSIONALEXPONENTS(0,0,0,0,0,0,0);
#97=IFCMEASUREWITHUNIT(IFCPLANEANGLEMEASURE(0.0174532925199433),#95);
{RADIANS}"""
MAP = "#91=IFCPROJECTEDCRS('EPSG:4547',$,$,$,$,$,$);\n"


def lonlat_of_origin(reading) -> np.ndarray:
    """Longitude, latitude and height of the corner that is the origin of the model."""
    mesh = reading.batches[0].mesh
    corners = triangles_of(mesh).positions
    lonlat = ecef_to_lonlat(mesh.placement.to_ecef(corners, reading.meta.heights))
    return lonlat[np.abs(corners).sum(axis=1).argmin()]


def off_m(lonlat: np.ndarray, lon: float, lat: float) -> float:
    return pyproj.Geod(ellps="WGS84").inv(lonlat[0], lonlat[1], lon, lat)[2]


def rigid(first: str, second: str, height: str = "946.") -> str:
    return f"#90=IFCRIGIDOPERATION(#7,#91,{first},{second},{height});\n"


def test_a_rigid_operation_in_lengths_is_a_shift_on_the_map(read, make_model):
    shift = rigid("IFCLENGTHMEASURE(447500.)", "IFCLENGTHMEASURE(4217000.)")
    reading = read(make_model(schema="IFC4X3_ADD2", georeference=shift + MAP))
    lon, lat = pyproj.Transformer.from_crs(4547, 4490, always_xy=True).transform(447500.0, 4217000.0)
    assert off_m(lonlat_of_origin(reading), lon, lat) < 0.001
    assert "IfcRigidOperation (#90)" in reading.meta.crs_reason


@pytest.mark.parametrize(
    ("crs", "first", "second"),
    [("'EPSG:4490',$,$,$,#94,$", 38.0848, 113.4054), ("'OGC:CRS84',$,$,$,#94,$", 113.4054, 38.0848)],
    ids=["latitude first", "longitude first"],
)
def test_a_rigid_operation_in_angles_is_latitude_and_longitude(read, make_model, crs, first, second):
    angles = rigid(f"IFCPLANEANGLEMEASURE({first})", f"IFCPLANEANGLEMEASURE({second})")
    model = make_model(schema="IFC4X3_ADD2", georeference=angles + f"#91=IFCGEOGRAPHICCRS({crs});\n" + DEGREES)
    reading = read(model)
    origin = lonlat_of_origin(reading)
    assert off_m(origin, 113.4054, 38.0848) < 0.001
    assert origin[2] == pytest.approx(946.0, abs=0.001)
    # y is north and the box is 5 m deep, 10 m wide: 10 m along the parallel, 5 m along the meridian.
    mesh = reading.batches[0].mesh
    far = ecef_to_lonlat(mesh.placement.to_ecef(np.array([[10.0, 0.0, 0.0], [0.0, 5.0, 0.0]]), reading.meta.heights))
    geod = pyproj.Geod(ellps="WGS84")
    for point, azimuth, length in zip(far, (90.0, 0.0), (10.0, 5.0), strict=True):
        found, _, distance = geod.inv(113.4054, 38.0848, point[0], point[1])
        assert found == pytest.approx(azimuth, abs=0.01)
        assert distance == pytest.approx(length, rel=3e-4)  # at 946 m the ellipsoid below is 0.15 ‰ shorter


@pytest.mark.parametrize("unit", ["$", "#95"], ids=["project", "crs"])
def test_angles_without_a_believable_unit_are_degrees_and_said_so(read, make_model, unit):
    angles = rigid("IFCPLANEANGLEMEASURE(38.0848)", "IFCPLANEANGLEMEASURE(113.4054)", "$")
    crs = f"#91=IFCGEOGRAPHICCRS('EPSG:4490',$,$,$,{unit},$);\n{RADIANS}"
    reading = read(make_model(schema="IFC4X3_ADD2", georeference=angles + crs))
    assert off_m(lonlat_of_origin(reading), 113.4054, 38.0848) < 0.001
    assert "read in degrees" in reading.message("angle-unit-implied")


def test_angles_in_radians_are_taken_as_such(read, make_model):
    angles = rigid(
        f"IFCPLANEANGLEMEASURE({np.radians(38.0848):.15f})", f"IFCPLANEANGLEMEASURE({np.radians(113.4054):.15f})"
    )
    crs = "#91=IFCGEOGRAPHICCRS('EPSG:4490',$,$,$,#95,$);\n" + RADIANS
    reading = read(make_model(schema="IFC4X3_ADD2", georeference=angles + crs))
    assert off_m(lonlat_of_origin(reading), 113.4054, 38.0848) < 0.001
    assert "angle-unit-implied" not in reading.codes


@pytest.mark.parametrize(
    ("crs", "code"),
    [
        ("#91=IFCPROJECTEDCRS('EPSG:4547',$,$,$,$,$,$);\n", "not-geographic"),
        ("#91=IFCGEOGRAPHICCRS('our own',$,$,$,#94,$);\n", "unknown-crs"),
        ("#91=IFCGEOGRAPHICCRS('OGC:CRS84',$,$,$,#94,$);\n", "not-on-earth"),  # 113° as a latitude
        ("#91=IFCGEOGRAPHICCRS('EPSG:4610',$,$,$,#94,$);\n", "ballpark-refused"),  # Xian 1980 without parameters
    ],
)
def test_angles_that_cannot_be_placed_are_refused_with_what_to_do(read, make_model, crs, code):
    angles = rigid("IFCPLANEANGLEMEASURE(38.0848)", "IFCPLANEANGLEMEASURE(113.4054)")
    with pytest.raises(GeoreferenceError) as caught:
        read(make_model(schema="IFC4X3_ADD2", georeference=angles + crs + DEGREES))
    assert caught.value.code == code
    assert caught.value.hint


def test_a_map_conversion_into_angles_is_refused(read, make_model):
    text = "#90=IFCMAPCONVERSION(#7,#91,113.4054,38.0848,946.,$,$,$);\n#91=IFCGEOGRAPHICCRS('EPSG:4490',$,$,$,#94,$);\n"
    with pytest.raises(GeoreferenceError) as caught:
        read(make_model(schema="IFC4X3_ADD2", georeference=text + DEGREES))
    assert caught.value.code == "not-projected"


@pytest.mark.parametrize(
    ("factors", "size"),
    [
        ("1.,1.,1.,1.", (10.0, 5.0, 3.0)),
        ("1.,1.0004,1.0004,1.", (10.004, 5.002, 3.0)),
        ("1.0004,1.,1.,1.", (10.004, 5.002, 3.0)),
        ("1.,1.0004,1.0002,1.001", (10.004, 5.001, 3.003)),
    ],
    ids=["none", "factors", "scale", "each axis its own"],
)
def test_the_factors_of_a_scaled_conversion_hold_for_their_axes(read, make_model, factors, size):
    scale, *others = factors.split(",")
    text = f"#90=IFCMAPCONVERSIONSCALED(#7,#91,447500.,4217000.,946.,0.,1.,{scale},{','.join(others)});\n"
    reading = read(make_model(schema="IFC4X3_ADD2", georeference=text + MAP))
    mesh = triangles_of(reading.batches[0].mesh)
    on_map = mesh.placement.to_map(mesh.positions)
    # The x axis points north: x of the model is northing, y is minus easting.
    east, north, up = np.ptp(on_map, axis=0)
    assert (north, east, up) == pytest.approx(size, abs=1e-6)


def test_the_property_sets_of_ifc2x3_place_as_the_entities_do(read, make_model):
    names = {
        "Eastings": "447500.",
        "Northings": "4217000.",
        "OrthogonalHeight": "946.",
        "XAxisAbscissa": "0.",
        "XAxisOrdinate": "1.",
    }
    text = "".join(
        f"#{100 + n}=IFCPROPERTYSINGLEVALUE('{name}',$,IFCREAL({value}),$);\n"
        for n, (name, value) in enumerate(names.items())
    )
    text += """#110=IFCPROPERTYSINGLEVALUE('Name',$,IFCLABEL('EPSG:4547'),$);
#111=IFCPROPERTYSET('0000000000000000000111',$,'ePSet_MapConversion',$,(#100,#101,#102,#103,#104));
#112=IFCPROPERTYSET('0000000000000000000112',$,'EPset_ProjectedCRS',$,(#110));
#113=IFCRELDEFINESBYPROPERTIES('0000000000000000000113',$,$,$,(#24),#111);
#114=IFCRELDEFINESBYPROPERTIES('0000000000000000000114',$,$,$,(#24),#112);
"""
    model = (
        make_model(schema="IFC2X3", georeference=text)
        .text()
        .replace("'wall',$,$,#20,#41,$,$)", "'wall',$,$,#20,#41,$)")
    )
    reading = read(model)
    lon, lat = pyproj.Transformer.from_crs(4547, 4490, always_xy=True).transform(447500.0, 4217000.0)
    assert off_m(lonlat_of_origin(reading), lon, lat) < 0.001
    mesh = triangles_of(reading.batches[0].mesh)
    assert np.ptp(mesh.placement.to_map(mesh.positions), axis=0) == pytest.approx((5.0, 10.0, 3.0))
    assert "ePSet_MapConversion" in reading.meta.crs_reason
