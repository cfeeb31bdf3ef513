"""Walls and roofs of single buildings, with volumes and counts that can be done by hand."""

import numpy as np
import pytest
import shapely

from cim_core.crs.heights import HeightPolicy
from cim_core.terrain import HeightGrid
from tests.tiles.builders import SEAT_EAST, SEAT_GROUND, SEAT_NORTH, box_at_seat, building_stream


def solid(glb):
    """Triangles (n, 3, 3), normals in the tile's frame, heights above ground of a one-primitive tile."""
    ((_, matrix),) = glb.node_matrices()
    (primitive,) = glb.document["meshes"][0]["primitives"]
    points = glb.positions(primitive, matrix)
    corners = points[glb.accessor(primitive["indices"]).reshape(-1, 3)]
    turn = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    normals = glb.accessor(primitive["attributes"]["NORMAL"])[:, :3] / 127 @ turn.T
    normals = np.stack([normals[:, 0], -normals[:, 2], normals[:, 1]], axis=1)  # glTF is y up
    return corners, normals, glb.accessor(primitive["attributes"]["_HAG"])


def volume_above(corners, level):
    """Volume between a closed-but-for-its-floor shell and the plane z = level, by the divergence theorem."""
    a, b, c = np.moveaxis(corners - np.array([0, 0, level]), 1, 0)
    return np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6


@pytest.fixture
def one(tile, glbs_of):
    def build(shape, **columns):
        options = {name: columns.pop(name) for name in ("skirt_m", "ground", "outline") if name in columns}
        folder, _, log = tile(building_stream([shape], **columns), **options)
        return glbs_of(folder)[0], log

    return build


def test_box_has_ten_triangles_and_its_volume(one):
    glb, _ = one(box_at_seat(10, 20), height_m=30.0, skirt_m=0.0)
    corners, _, hag = solid(glb)
    assert len(corners) == 4 * 2 + 2
    assert volume_above(corners, corners[:, :, 2].min()) == pytest.approx(6000, rel=1e-3)
    assert (hag.min(), hag.max()) == (0, 30)


def test_courtyard_is_open_and_its_walls_look_inward(one):
    shape = box_at_seat(30, 30).difference(box_at_seat(10, 10, dx=10, dy=10))
    glb, _ = one(shape, height_m=9.0, skirt_m=0.0)
    corners, _, _ = solid(glb)
    assert volume_above(corners, corners[:, :, 2].min()) == pytest.approx(800 * 9, rel=1e-3)
    assert len(corners) == 8 * 2 + 8


def test_every_face_looks_outward(one):
    glb, _ = one(box_at_seat(), skirt_m=0.0)
    corners, _, _ = solid(glb)
    a, b, c = np.moveaxis(corners, 1, 0)
    outward = np.cross(b - a, c - a)
    middle = corners.reshape(-1, 3).mean(axis=0)
    assert (np.einsum("ij,ij->i", outward, a - middle) > 0).all()


def test_multipolygon_stays_one_feature(one):
    shape = shapely.MultiPolygon([box_at_seat(10, 10), box_at_seat(10, 10, dx=20)])
    glb, _ = one(shape, height_m=10.0, skirt_m=0.0)
    corners, _, _ = solid(glb)
    assert volume_above(corners, corners[:, :, 2].min()) == pytest.approx(2000, rel=1e-3)
    assert glb.property_column("id") == ["b-0"]


def test_clockwise_footprint_is_turned_round(one):
    shape = shapely.Polygon(shapely.get_coordinates(box_at_seat())[::-1])
    glb, _ = one(shape, skirt_m=0.0)
    corners, _, _ = solid(glb)
    assert volume_above(corners, corners[:, :, 2].min()) == pytest.approx(6000, rel=1e-3)


def test_walls_look_sideways_and_roofs_up(one):
    glb, _ = one(box_at_seat())
    _, normals, _ = solid(glb)
    up = normals[:, 2]
    assert (np.abs(up[:16]) < 0.02).all()
    assert (up[16:] > 0.99).all()


@pytest.mark.parametrize(
    ("form", "volume"),
    [
        # 10 × 20 m, eave 6 m: 1200 m³ below, 3 m of roof above.
        ("gable", 1200 + 10 * 20 * 3 / 2),
        ("hip", 1200 + 10 * 10 * 3 / 2 + 10 * 10 * 3 / 3),
        ("pyramid", 1200 + 10 * 20 * 3 / 3),
        ("flat", 10 * 20 * 9),
        ("shed", 10 * 20 * 9),
    ],
)
def test_roof_form_gives_its_volume(one, form, volume):
    glb, _ = one(box_at_seat(10, 20), height_m=9.0, eave_height_m=[6.0], roof_form=[form], skirt_m=0.0)
    corners, _, hag = solid(glb)
    assert volume_above(corners, corners[:, :, 2].min()) == pytest.approx(volume, rel=1e-3)
    assert hag.max() == 9


def test_gable_ridge_runs_along_the_longer_side_whatever_the_first_vertex(one):
    for turn in range(4):
        ring = np.roll(shapely.get_coordinates(box_at_seat(10, 20))[:4], turn, axis=0)
        folder_shape = shapely.Polygon(ring)
        assert folder_shape.area == 200
    glb, _ = one(folder_shape, height_m=9.0, eave_height_m=[6.0], roof_form=["gable"])
    corners, _, _ = solid(glb)
    points = corners.reshape(-1, 3)
    ridge = points[points[:, 2] > points[:, 2].max() - 0.1]
    assert np.ptp(ridge[:, 1]) == pytest.approx(20, abs=0.3)
    assert np.ptp(ridge[:, 0]) < 0.5


def test_crooked_footprint_keeps_a_flat_roof(one):
    shape = box_at_seat(20, 20).difference(box_at_seat(10, 10, dx=10, dy=10))
    glb, _ = one(shape, height_m=9.0, roof_form=["gable"], skirt_m=0.0)
    corners, _, _ = solid(glb)
    assert volume_above(corners, corners[:, :, 2].min()) == pytest.approx(300 * 9, rel=1e-3)


def test_nearly_rectangular_footprint_gets_a_pitched_roof(one):
    shape = box_at_seat(10, 20).difference(box_at_seat(1, 1))
    glb, _ = one(shape, height_m=9.0, eave_height_m=[6.0], roof_form=["gable"], skirt_m=0.0)
    corners, _, _ = solid(glb)
    assert volume_above(corners, corners[:, :, 2].min()) == pytest.approx(1500, rel=1e-3)


def test_pitched_roof_without_an_eave_height_rises_a_quarter_of_the_width(one):
    glb, _ = one(box_at_seat(10, 20), height_m=9.0, roof_form=["gable"])
    _, _, hag = solid(glb)
    assert sorted({round(float(h), 2) for h in hag}) == [-1.0, 6.5, 9.0]


def slope(east_rise=0.1):
    """Ground that rises eastward from the seat's elevation, 10 m cells."""
    columns = np.arange(41) * 10 - 200 + 5
    elevation = np.broadcast_to(SEAT_GROUND + east_rise * columns, (41, 41)).astype(np.float32)
    heights = HeightPolicy()
    crs = building_stream([]).meta.crs
    return HeightGrid(elevation, SEAT_EAST - 200, SEAT_NORTH + 205, 10, 10, crs, heights)


def test_building_without_a_base_stands_on_the_lowest_ground_under_it(tile):
    stream = building_stream([box_at_seat(100, 20)], base_m=None, height_m=10.0)
    _, summary, log = tile(stream, ground=slope(), skirt_m=1.0)
    assert summary.height_range_m == pytest.approx((SEAT_GROUND - 1, SEAT_GROUND + 10), abs=0.06)
    assert not log.counts_by_code()


def test_skirt_reaches_below_the_lowest_ground_when_the_base_is_given_higher(tile):
    stream = building_stream([box_at_seat(100, 20)], base_m=SEAT_GROUND + 10 + 15.6, height_m=10.0)
    _, summary, _ = tile(stream, ground=slope())
    assert summary.height_range_m == pytest.approx((SEAT_GROUND - 1, SEAT_GROUND + 20), abs=0.06)


def test_no_ground_at_all_is_said_once(tile):
    _, summary, log = tile(building_stream([box_at_seat(), box_at_seat(dx=50)], base_m=None, batch_size=1))
    assert summary.height_range_m == pytest.approx((-1, 30), abs=0.06)
    assert log.counts_by_code() == {"no-ground": 1}
    assert "2 buildings" in log.issues[0].message


def test_outline_edges_are_sides_of_triangles(one):
    shape = shapely.Polygon([(SEAT_EAST + x, SEAT_NORTH + y) for x, y in [(0, 0), (5, 0), (10, 0), (10, 20), (0, 20)]])
    glb, _ = one(shape)
    (primitive,) = glb.document["meshes"][0]["primitives"]
    triangles = glb.accessor(primitive["indices"]).reshape(-1, 3)
    edges = glb.accessor(primitive["extensions"]["CESIUM_primitive_outline"]["indices"]).reshape(-1, 2)
    sides = {tuple(sorted(side)) for t in triangles.tolist() for side in (t[:2], t[1:], t[::2])}
    assert len(edges) >= 2 * 4 + 4
    assert {tuple(sorted(edge)) for edge in edges.tolist()} <= sides


def test_curved_wall_gets_no_line_at_every_vertex(one):
    round_house = shapely.Point(SEAT_EAST, SEAT_NORTH).buffer(10, quad_segs=16)
    glb, _ = one(round_house)
    (primitive,) = glb.document["meshes"][0]["primitives"]
    edges = glb.accessor(primitive["extensions"]["CESIUM_primitive_outline"]["indices"]).reshape(-1, 2)
    assert len(edges) == 64


def test_outline_can_be_left_out(one):
    glb, _ = one(box_at_seat(), outline=False)
    assert "CESIUM_primitive_outline" not in glb.document["extensionsUsed"]
