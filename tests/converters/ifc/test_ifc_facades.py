"""Facades, roofs and colors of buildings against the dimensions the sample models are drawn with."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.crs.placement import MapPlacement, PointPlacement, bearing_of_y
from converters.base import PointPosition
from converters.ifc.facade import area_below
from converters.ifc.roofs import measure_roof
from converters.ifc.visibility import OpenSpace, sample_triangles
from sample_models.ifc_models.build import FOLDER
from tests.converters.ifc.conftest import read_ifc

HEIGHTS = HeightPolicy(HeightDatum.CHINA_1985, -15.6)


@pytest.fixture(scope="module")
def shophouse():
    return read_ifc(FOLDER / "shophouse-ifc4.ifc", heights=HEIGHTS).building


@pytest.fixture(scope="module")
def walkup():
    return read_ifc(FOLDER / "walkup-ifc2x3.ifc", heights=HEIGHTS).building


@pytest.fixture(scope="module")
def office():
    return read_ifc(FOLDER / "office-ifc4x3.ifc", heights=HEIGHTS).building


def test_walkup_facades_are_length_times_height(walkup):
    height = 6 * 2.8 + 0.9  # six storeys and the parapet
    assert walkup["facade_area_south_m2"] == pytest.approx(44.0 * height, abs=0.01)
    assert walkup["facade_area_east_m2"] == pytest.approx(11.2 * height, abs=0.01)
    # Three entrance doors reach 0.45 m below the walls, 1.5 m wide.
    assert walkup["facade_area_north_m2"] == pytest.approx(44.0 * height + 3 * 1.5 * 0.45, abs=0.01)


def test_walkup_windows_are_those_drawn_on_each_side(walkup):
    sides = json.loads(walkup["facades"])["sides"]
    south = 6 * 6 * (1.5 * 1.5 + 2.4 * 2.2)  # six flats on six storeys, a bedroom and a balcony window each
    north = 6 * 3 * (2 * 1.2 * 1.4 + 2 * 0.6 * 0.9) + 5 * 3 * 1.2 * 1.2  # kitchens, baths; stairs above the doors
    assert sides["south"]["window_m2"] == pytest.approx(south, abs=0.01)
    assert sides["north"]["window_m2"] == pytest.approx(north, abs=0.01)
    assert walkup["window_wall_ratio_south"] == pytest.approx(south / (44.0 * 17.7), abs=1e-4)
    assert walkup["window_wall_ratio_east"] == pytest.approx(6 * 1.2 * 1.4 / (11.2 * 17.7), abs=1e-4)


def test_walkup_ground_floor_is_judged_over_its_lowest_three_metres(walkup):
    # Walls start 0.6 m above the ground: 2.4 m of them count, with windows from 0.6 + 0.9 and balcony doors from 0.6.
    clear = 6 * (1.5 * 1.5 + 2.4 * 2.2)
    assert walkup["ground_floor_transparency_south"] == pytest.approx(clear / (44.0 * 2.4), abs=1e-3)


def test_office_is_mostly_glass_and_its_eave_is_the_parapet(office):
    panes = 12 * 2.94 * (3.6 + 7 * 2.7)  # twelve modules, panes of 2.94 m, heights less the spandrel
    sides = json.loads(office["facades"])["sides"]
    assert sides["north"]["window_m2"] == pytest.approx(panes, rel=0.005)
    assert 0.65 < office["window_wall_ratio"] < 0.75
    assert office["ground_floor_transparency_north"] > 0.95
    assert office["eave_height_m"] == pytest.approx(4.5 + 7 * 3.6 + 1.2, abs=0.01)
    assert (office["roof_form"], office["roof_slope_deg"], office["ridge_height_m"]) == ("flat", 0.0, None)
    assert office["facade_main_color"] == "#bcb2a3"  # the stone between the panes, not the glass


def test_shophouse_roof_is_measured_on_its_boards(shophouse):
    slope = math.atan2(2.3, 8.6 / 2)
    assert shophouse["roof_slope_deg"] == pytest.approx(math.degrees(slope), abs=0.1)
    assert shophouse["roof_form"] == "gable"
    ridge = 6.9 + 2.3 + 0.1 + 0.12 * math.cos(slope)  # upper face of the boards
    assert shophouse["ridge_height_m"] == pytest.approx(ridge, abs=0.01)
    fall = (8.6 / 2 + 0.55) / math.cos(slope) * math.sin(slope)
    assert shophouse["eave_height_m"] == pytest.approx(ridge - fall, abs=0.01)


def test_shophouse_front_counts_whole_under_its_canopy_and_its_inner_wall_not_at_all(shophouse):
    front = 9.0 * (3.6 + 3.0)
    assert shophouse["facade_area_south_m2"] == pytest.approx(front, rel=0.01)
    # To the north the upper wall and the rear wing; the ground floor's north wall stands inside the wing.
    assert shophouse["facade_area_north_m2"] == pytest.approx(9.0 * 3.0 + 9.0 * 2.6, rel=0.01)
    windows = 2 * 2.3 * 2.7 + 3 * 2.1 * 1.55
    south = json.loads(shophouse["facades"])["sides"]["south"]
    assert windows < south["window_m2"] < windows + 2.3 * 2.7  # and the panes of the door between
    # The front speaks for the ground floor; its gables and back are blind.
    assert shophouse["ground_floor_transparency"] == shophouse["ground_floor_transparency_south"] > 0.6
    assert shophouse["ground_floor_transparency_east"] == 0.0


def test_colors_carry_munsell_and_share(shophouse, walkup):
    (main, second) = json.loads(shophouse["facades"])["colors"]
    assert (main["color"], main["munsell"]) == ("#9a9c98", "N 6.3")
    assert second["color"] == shophouse["facade_secondary_color"] == "#6e4a35"
    assert main["share"] + second["share"] == pytest.approx(1.0)
    assert (shophouse["facade_main_share"], shophouse["facade_secondary_share"]) == (main["share"], second["share"])
    assert (shophouse["facade_accent_color"], shophouse["facade_accent_share"]) == (None, 0.0)  # all of it is colored
    assert walkup["facade_secondary_color"] == "#a2988a"  # the ground floor
    materials = json.loads(walkup["facades"])["materials"]
    assert materials[0]["code"] == "render"


def test_sides_follow_true_north_not_the_models_axes():
    turned = read_ifc(
        FOLDER / "shophouse-ifc4.ifc", heights=HEIGHTS, at=PointPosition(113.4, 38.08, 946.7, 90.0)
    ).building
    # The model's y axis points east: its south front looks west.
    assert turned["facade_area_west_m2"] == pytest.approx(9.0 * 6.6, rel=0.01)
    assert turned["window_wall_ratio_north"] == 0.0


def test_bearing_of_a_map_placement_adds_the_convergence():
    import pyproj

    placement = MapPlacement(pyproj.CRS(4547), 447834.79, 4217077.55, 900.0)
    assert math.degrees(bearing_of_y(placement, HEIGHTS)) == pytest.approx(-0.367, abs=0.002)
    assert bearing_of_y(PointPlacement(113.4, 38.0, 0.0, 0.3), HEIGHTS) == pytest.approx(0.3)


def test_area_below_a_level_of_a_triangle_is_exact():
    heights = np.array([[0.0, 0.0, 2.0], [0.0, 2.0, 2.0], [0.0, 1.0, 2.0]])
    # Standing on its base: 1 − (1/2)²; on its tip: (1/2)²; half and half.
    assert area_below(heights, np.full(3, 8.0), 1.0) == pytest.approx([6.0, 2.0, 4.0])
    assert area_below(heights, np.full(3, 8.0), -1.0) == pytest.approx([0.0] * 3)


def test_samples_stand_for_the_whole_area():
    corners = np.array([[[0, 0, 0], [4, 0, 0], [0, 3, 0]], [[0, 0, 0], [0.01, 0, 0], [0, 9, 0]]], float)
    samples = sample_triangles(corners, np.array([6.0, 0.045]), 0.25)
    assert np.bincount(samples.triangle, samples.area_m2) == pytest.approx([6.0, 0.045])
    inside = (samples.points[:, 0] >= 0) & (samples.points[:, 1] >= 0)
    assert inside.all()
    assert (samples.points[samples.triangle == 0] @ [1 / 4, 1 / 3, 0] <= 1 + 1e-12).all()


def box_corners(low, high):
    """Twelve triangles (12, 3, 3) of a box, outwards."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    v = np.array([[x, y, z] for z in (z0, z1) for y in (y0, y1) for x in (x0, x1)], float)
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return np.array([v[[a, b, c]] for q in quads for a, b, c in ((q[0], q[1], q[2]), (q[0], q[2], q[3]))])


def test_a_closed_box_is_seen_from_outside_only():
    corners = box_corners((0, 0, 0), (8, 6, 3))
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    space = OpenSpace(corners, area, 0.0, 0.0)
    east = np.array([[1.0, 0.0, 0.0]])
    assert space.sees_out(np.array([[8.0, 3.0, 1.5]]), east).all()
    assert not space.sees_out(np.array([[4.0, 3.0, 1.5]]), east).any()  # a wall inside, facing east


def test_a_court_sees_the_sky_and_a_room_does_not():
    ring = [((0, 0, 0), (20, 5, 6)), ((0, 15, 0), (20, 20, 6)), ((0, 5, 0), (5, 15, 6)), ((15, 5, 0), (20, 15, 6))]
    corners = np.concatenate([box_corners(*box) for box in ring])
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    space = OpenSpace(corners, area, 0.0, 0.0)
    into_court = np.array([[0.0, 1.0, 0.0]])
    assert space.sees_out(np.array([[10.0, 5.0, 2.0]]), into_court).all()
    assert not space.sees_out(np.array([[10.0, 3.0, 2.0]]), into_court).any()


@pytest.mark.parametrize(
    ("normals", "form"),
    [
        ([(0, 0, 1)], "flat"),
        ([(0, -1, 1)], "shed"),
        ([(0, -1, 1), (0, 1, 1)], "gable"),
        ([(0, -1, 1), (0, 1, 1), (1, 0, 1), (-1, 0, 1)], "pyramid"),
    ],
)
def test_roof_form_follows_the_faces_where_none_is_stated(normals, form):
    from converters.ifc.mesh import ModelMesh

    triangles, positions = [], []
    for number, (x, y, z) in enumerate(normals):
        normal = np.array([x, y, z], float) / np.linalg.norm((x, y, z))
        across = np.cross([0, 0, 1], normal) if x or y else np.array([1.0, 0, 0])
        across = across / np.linalg.norm(across)
        up = np.cross(normal, across)
        apex = np.array([0.0, 0.0, 8.0])
        positions += [apex, apex - up * 5 - across * 3, apex - up * 5 + across * 3]
        triangles.append([3 * number, 3 * number + 1, 3 * number + 2])
    points, faces = np.array(positions), np.array(triangles, np.uint32)
    mesh = ModelMesh(
        points,
        faces,
        np.zeros(len(faces), np.uint32),
        np.zeros((len(faces), 4), np.uint8),
        points.min(axis=0)[None],
        points.max(axis=0)[None],
    )
    elements = {"kind": ["IfcRoof"], "roof": [None]}
    measured = measure_roof(mesh, np.array([True]), elements, 0.0, np.array([False]))
    assert measured.form == form
    if form != "flat":
        assert measured.slope_deg == pytest.approx(45.0)
        assert measured.ridge_m == pytest.approx(8.0)
