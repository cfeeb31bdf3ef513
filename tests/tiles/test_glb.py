"""How buildings are stored: the grid along the streets, streams of two vertices a row, packed property columns."""

import numpy as np
import pytest
import shapely
from shapely import affinity

from tests.tiles.builders import SEAT_EAST, SEAT_GROUND, SEAT_NORTH, box_at_seat, building_stream
from tests.tiles.test_positions import ecef, farthest, vertices_ecef
from tiles.glbwriter import GlbWriter
from tiles.readglb import meshopt_of, parse_glb

TURN_DEG = 20.0


def turned_street(count):
    """Houses along a street that leaves east by some degrees, each a little crooked."""
    rng = np.random.default_rng(7)
    houses = [
        affinity.rotate(box_at_seat(8 + n % 5, 12, dx=15 * n), rng.normal(0, 0.02), origin="centroid")
        for n in range(count)
    ]
    return [affinity.rotate(house, TURN_DEG, origin=(SEAT_EAST, SEAT_NORTH)) for house in houses]


@pytest.mark.parametrize("count", [1, 80])
def test_every_vertex_is_within_a_centimetre_of_pyproj(tile, glbs_of, count):
    shapes = turned_street(count)
    folder, _, _ = tile(building_stream(shapes, height_m=12.0))
    (glb,) = glbs_of(folder)
    ring = np.concatenate([shapely.get_coordinates(shape)[:4] for shape in shapes])
    ground = SEAT_GROUND - 15.6
    wanted = np.concatenate([ecef(ring[:, 0], ring[:, 1], np.full(len(ring), ground + z)) for z in (-1, 12)])
    points = vertices_ecef(folder, glb)
    assert farthest(points, wanted) < 0.01
    assert farthest(wanted, points) < 0.01


def test_grid_follows_the_streets(tile, glbs_of):
    folder, _, _ = tile(building_stream(turned_street(40)))
    (glb,) = glbs_of(folder)
    (primitive,) = glb.document["meshes"][0]["primitives"]
    stored = glb.accessor(primitive["attributes"]["POSITION"])
    assert (stored == np.rint(stored)).all()
    ((_, matrix),) = glb.node_matrices()
    # Grid north of the projection differs from true north by the meridian convergence, here a quarter of a degree.
    east = matrix[:3, 0] / np.linalg.norm(matrix[:3, 0])
    heading_deg = np.degrees(np.arctan2(-east[2], east[0])) % 90
    assert heading_deg == pytest.approx(TURN_DEG, abs=1.0)


def test_normals_look_out_of_the_walls_though_the_grid_is_turned(tile, glbs_of):
    folder, _, _ = tile(building_stream(turned_street(3)))
    (glb,) = glbs_of(folder)
    (primitive,) = glb.document["meshes"][0]["primitives"]
    corners = glb.accessor(primitive["attributes"]["POSITION"])[glb.accessor(primitive["indices"])].reshape(-1, 3, 3)
    normals = glb.accessor(primitive["attributes"]["NORMAL"])[glb.accessor(primitive["indices"])].reshape(-1, 3, 3)
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    assert (np.einsum("tk,tvk->tv", faces, normals / 127.0) > 0.999).all()


def test_stream_of_two_vertices_a_row_says_no_stride_of_its_view():
    writer = GlbWriter(plain=False)
    rows = np.arange(9, dtype=float).reshape(3, 3)
    index = writer.add_floats(rows, "VEC3", place=np.array([0, 1, 2, 1, 0]), exponent=0, per_row=2)
    glb = parse_glb(writer.finish({"asset": {"version": "2.0"}}))
    view = glb.document["bufferViews"][0]
    assert "byteStride" not in view
    assert (meshopt_of(view)["byteStride"], meshopt_of(view)["count"]) == (24, 3)
    assert glb.accessor(index).tolist() == rows[[0, 1, 2, 1, 0]].tolist()


def test_property_columns_come_back_from_compressed_views(tile, glbs_of):
    shapes = [box_at_seat(dx=12 * n) for n in range(300)]
    heights = [3.1 * (1 + n % 9) for n in range(300)]
    folder, _, _ = tile(building_stream(shapes, height_m=heights))
    (glb,) = glbs_of(folder)
    stored = glb.document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]["properties"]
    views = glb.document["bufferViews"]
    assert meshopt_of(views[stored["gid"]["values"]]) is not None
    assert glb.property_column("gid").tolist() == list(range(300))
    assert glb.property_column("height").tolist() == heights, "exact, not rounded"
    assert glb.property_column("id") == [f"b-{n}" for n in range(300)]


@pytest.mark.parametrize("count", [3, 41])
def test_texts_begin_at_the_start_of_their_bytes(tile, glbs_of, count):
    # CesiumJS (MetadataTableProperty) keeps offsets[-1] - offsets[0] bytes from the start; what lies behind is lost.
    folder, _, _ = tile(building_stream(turned_street(count)))
    (glb,) = glbs_of(folder)
    (table,) = glb.document["extensions"]["EXT_structural_metadata"]["propertyTables"]
    texts = [stored for stored in table["properties"].values() if "stringOffsets" in stored]
    assert texts
    for stored in texts:
        offsets = np.frombuffer(glb.view_bytes(stored["stringOffsets"]), np.uint32)
        assert offsets[0] == 0
        assert offsets[-1] <= len(glb.view_bytes(stored["values"]))
