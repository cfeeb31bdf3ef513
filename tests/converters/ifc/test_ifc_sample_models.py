"""The three models of the sample town through the converter: counts, sizes to the centimetre, places, attributes."""

from __future__ import annotations

import json
import math

import numpy as np
import pyproj
import pytest
import shapely

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.crs.heights import HeightDatum, HeightPolicy
from sample_models.ifc_models.build import FOLDER
from sample_models.ifc_models.plots import OFFICE, SHOPHOUSE, WALKUP
from tests.converters.ifc.conftest import read_ifc, triangles_of

HEIGHTS = HeightPolicy(HeightDatum.CHINA_1985, -15.6)


@pytest.fixture(scope="module")
def shophouse():
    return read_ifc(FOLDER / "shophouse-ifc4.ifc", heights=HEIGHTS)


@pytest.fixture(scope="module")
def walkup():
    return read_ifc(FOLDER / "walkup-ifc2x3.ifc", heights=HEIGHTS)


@pytest.fixture(scope="module")
def office():
    return read_ifc(FOLDER / "office-ifc4x3.ifc", heights=HEIGHTS)


def box(reading, name):
    """Corners of one element's box in the model's frame."""
    batch = reading.batches[0]
    row = batch.records.column("name").to_pylist().index(name)
    mesh = triangles_of(batch.mesh)
    points = mesh.positions[np.unique(mesh.triangles[mesh.triangle_row == row])]
    return points.min(axis=0), points.max(axis=0)


def count(reading, kind):
    return sum(row["kind"] == kind for row in reading.rows)


def test_nothing_of_the_sample_models_is_rejected(shophouse, walkup, office):
    for reading in (shophouse, walkup, office):
        assert reading.log.rejected == 0
        assert not reading.codes & {"openings-not-cut", "duplicate-id", "positions-contradict", "schema-mapped"}


def test_element_counts(shophouse, walkup, office):
    assert (count(shophouse, "IfcWindow"), count(shophouse, "IfcDoor"), count(shophouse, "IfcWall")) == (10, 2, 13)
    assert (count(walkup, "IfcWindow"), count(walkup, "IfcDoor"), count(walkup, "IfcRailing")) == (171, 3, 36)
    assert (count(office, "IfcPlate"), count(office, "IfcMember"), count(office, "IfcColumn")) == (351, 384, 257)


def test_element_boxes_are_as_designed(shophouse, walkup, office):
    lower, upper = box(shophouse, "南外墙 一层")
    assert lower == pytest.approx([0.0, 0.0, 0.3], abs=0.005)
    assert upper == pytest.approx([9.0, 0.26, 3.9], abs=0.005)
    lower, upper = box(walkup, "南外墙 三层")  # written in millimetres
    assert lower == pytest.approx([0.0, 1.3, 0.6 + 2 * 2.8], abs=0.005)
    assert upper == pytest.approx([44.0, 1.67, 0.6 + 3 * 2.8], abs=0.005)
    lower, upper = box(office, "核心筒东墙 一层")
    assert lower == pytest.approx([24.75, 9.25, 0.0], abs=0.005)
    assert upper == pytest.approx([25.0, 14.75, 4.3], abs=0.005)


def test_openings_are_cut_and_filled(shophouse):
    wall_area = 9.0 * 3.6 - 3 * 2.3 * 2.7
    batch = shophouse.batches[0]
    row = batch.records.column("name").to_pylist().index("南外墙 一层")
    mesh = triangles_of(batch.mesh)
    a, b, c = (mesh.positions[mesh.triangles[mesh.triangle_row == row][:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    faces_south = (cross[:, 1] < 0) & (np.abs(cross[:, 1]) > 0.99 * np.linalg.norm(cross, axis=1))
    on_face = faces_south & (np.abs(a[:, 1]) < 1e-6)
    assert np.linalg.norm(cross[on_face], axis=1).sum() / 2 == pytest.approx(wall_area, abs=0.01)
    window = shophouse.row(name="铺面窗 西间")
    assert window["storey"] == "一层"
    assert window["parent_id"] == shophouse.building["id"]


@pytest.mark.parametrize(
    ("name", "plot", "wall", "corner"),
    [
        ("shophouse", SHOPHOUSE, "南外墙 一层", (9.0, 0.0, 0.3)),
        ("walkup", WALKUP, "南外墙 一层", (44.0, 1.3, 0.6)),
        ("office", OFFICE, "南女儿墙", (35.75, 0.25, 29.7)),
    ],
)
def test_a_wall_corner_lands_where_the_plot_says(name, plot, wall, corner, request):
    reading = request.getfixturevalue(name)
    mesh = triangles_of(reading.batches[0].mesh)
    row = reading.batches[0].records.column("name").to_pylist().index(wall)
    vertices = np.unique(mesh.triangles[mesh.triangle_row == row])
    nearest = vertices[np.argmin(np.linalg.norm(mesh.positions[vertices] - corner, axis=1))]
    landed = ecef_to_lonlat(mesh.placement.to_ecef(mesh.positions[[nearest, nearest]], reading.meta.heights))[0]

    turn = math.radians(plot.x_axis_turn_deg)
    east = plot.easting_m + corner[0] * math.cos(turn) - corner[1] * math.sin(turn)
    north = plot.northing_m + corner[0] * math.sin(turn) + corner[1] * math.cos(turn)
    lon, lat = pyproj.Transformer.from_crs(4547, 4490, always_xy=True).transform(east, north)
    assert pyproj.Geod(ellps="WGS84").inv(landed[0], landed[1], lon, lat)[2] < 0.01
    assert landed[2] == pytest.approx(plot.ground_elevation_m + corner[2] - 15.6, abs=0.001)


def test_building_rows_measure_the_houses(shophouse, walkup, office):
    house = shophouse.building
    assert shapely.from_wkb(house["geometry"]).area == pytest.approx(9.0 * 12.0, abs=0.05)
    assert (house["storeys"], house["year_built"], house["use"]) == (2, 1936, "mixed")
    assert (house["roof_form"], house["roof_color"]) == ("gable", "#62676b")
    assert (house["facade_main_color"], house["facade_material"]) == ("#9a9c98", "grey_brick")
    assert house["base_m"] == pytest.approx(946.7)
    assert house["color_source"] == "design"
    block = walkup.building
    assert block["height_m"] == pytest.approx(0.6 + 6 * 2.8 + 0.9 + 0.08, abs=0.005)
    assert (block["storeys"], block["use"], block["roof_form"]) == (6, "residential", "flat")
    tower = office.building
    assert shapely.from_wkb(tower["geometry"]).area == pytest.approx(36.0 * 24.0, abs=0.1)
    assert (tower["storeys"], tower["use"], tower["facade_material"]) == (8, "office", "glass_curtain")


def test_parts_of_a_curtain_wall_know_their_storey_and_building(office):
    plates = [row for row in office.rows if row["kind"] == "IfcPlate"]
    assert {row["storey"] for row in plates} == {f"{n}层" for n in "一二三四五六七八"}
    assert {row["parent_id"] for row in plates} == {office.building["id"]}


def test_properties_carry_units_and_materials(shophouse, walkup):
    wall = shophouse.row(name="南外墙 一层")
    properties = json.loads(wall["properties"])
    assert properties["Pset_WallCommon"]["IsExternal"] is True
    assert properties["Qto_WallBaseQuantities"]["Length [m]"] == pytest.approx(9.0)
    assert properties["Qto_WallBaseQuantities"]["NetSideArea [m²]"] == pytest.approx(9.0 * 3.6 - 3 * 2.3 * 2.7)
    assert wall["material"] == "青砖 grey brick / 石灰砂浆 lime plaster"
    quantities = json.loads(walkup.row(name="南外墙 一层")["properties"])["BaseQuantities"]
    assert quantities["Length [mm]"] == pytest.approx(44000.0)


def test_colors_and_transparency_come_from_the_styles(shophouse):
    batch = shophouse.batches[0]
    mesh = triangles_of(batch.mesh)
    names = batch.records.column("name").to_pylist()
    wall = mesh.triangle_color[mesh.triangle_row == names.index("南外墙 一层")]
    assert {tuple(color) for color in wall.tolist()} == {(0x9A, 0x9C, 0x98, 255)}
    window = {tuple(color) for color in mesh.triangle_color[mesh.triangle_row == names.index("铺面窗 西间")].tolist()}
    assert window == {(0x6E, 0x4A, 0x35, 255), (0x8F, 0xA9, 0xB3, 115)}  # glass: 55 % transparent


def test_triangles_face_outwards(walkup):
    batch = walkup.batches[0]
    row = batch.records.column("name").to_pylist().index("楼板 二层")
    mesh = triangles_of(batch.mesh)
    a, b, c = (mesh.positions[mesh.triangles[mesh.triangle_row == row][:, k]] for k in range(3))
    volume = np.einsum("ij,ij->i", a - a.mean(axis=0), np.cross(b - a, c - a)).sum() / 6
    size_x, size_y = 44.0 - 2 * 0.37, 12.5 - 1.3 - 2 * 0.37
    assert volume == pytest.approx(size_x * size_y * 0.12, rel=1e-3)


def test_small_batches_hold_the_same_triangles():
    whole = read_ifc(FOLDER / "shophouse-ifc4.ifc")
    parts = read_ifc(FOLDER / "shophouse-ifc4.ifc", batch_size=10)
    assert len(parts.batches) == -(-len(whole.rows) // 10)
    assert parts.rows == whole.rows
    one = triangles_of(whole.batches[0].mesh)
    assert sum(int(b.mesh.triangle_count.sum()) for b in parts.batches) == len(one.triangles)
    first = triangles_of(parts.batches[1].mesh)
    offset = int((one.triangle_row < 10).sum())
    expected = one.positions[one.triangles[offset : offset + len(first.triangles)]]
    assert np.array_equal(first.positions[first.triangles], expected)
