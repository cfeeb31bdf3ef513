"""Where things stand: tile vertices against an independent pyproj computation."""

import json

import numpy as np
import pyproj
import pytest
import shapely
import trimesh

from tests.tiles.builders import (
    CGCS2000_GK_114E,
    SEAT_EAST,
    SEAT_GROUND,
    SEAT_NORTH,
    box_at_seat,
    building_stream,
    mesh_stream,
)

ELLIPSOIDAL_GROUND = SEAT_GROUND - 15.6


def ecef(east, north, height):
    lon, lat = pyproj.Transformer.from_crs(4547, 4326, always_xy=True).transform(east, north)
    return np.stack(pyproj.Transformer.from_crs(4979, 4978, always_xy=True).transform(lon, lat, height), axis=-1)


def box_corners(width, depth, heights):
    x, y, z = np.meshgrid([0, width], [0, depth], heights, indexing="ij")
    return ecef(SEAT_EAST + x.ravel(), SEAT_NORTH + y.ravel(), ELLIPSOIDAL_GROUND + z.ravel())


def vertices_ecef(folder, glb):
    root = json.loads((folder / "tileset.json").read_text())["root"]
    matrix = np.array(root["transform"]).reshape(4, 4).T
    ((mesh, node),) = glb.node_matrices()
    points = [glb.positions(primitive, node) for primitive in glb.document["meshes"][mesh]["primitives"]]
    return np.concatenate(points) @ matrix[:3, :3].T + matrix[:3, 3]


def farthest(points, targets):
    return np.linalg.norm(points[:, None] - targets[None], axis=2).min(axis=1).max()


@pytest.mark.parametrize("plain", [True, False])
def test_box_at_the_seat_has_its_eight_corners_on_the_globe(tile, glbs_of, plain):
    folder, summary, _ = tile(building_stream([box_at_seat()]), plain=plain)
    (glb,) = glbs_of(folder)
    points, corners = vertices_ecef(folder, glb), box_corners(10, 20, [-1, 30])
    assert farthest(points, corners) < 0.01
    assert farthest(corners, points) < 0.01
    assert summary.features == summary.tiles == 1
    assert summary.height_range_m == pytest.approx((ELLIPSOIDAL_GROUND - 1, ELLIPSOIDAL_GROUND + 30), abs=0.1)


def test_plain_tile_opens_in_trimesh_at_the_same_place(tile):
    folder, _, _ = tile(building_stream([box_at_seat()]), plain=True)
    root = json.loads((folder / "tileset.json").read_text())["root"]
    scene = trimesh.load(folder / root["content"]["uri"], process=False)
    y_up = np.asarray(scene.to_geometry().vertices)
    z_up = np.stack([y_up[:, 0], -y_up[:, 2], y_up[:, 1]], axis=1)
    matrix = np.array(root["transform"]).reshape(4, 4).T
    points = z_up @ matrix[:3, :3].T + matrix[:3, 3]
    assert farthest(points, box_corners(10, 20, [-1, 30])) < 0.01


@pytest.mark.parametrize("spread_m", [500.0, 5000.0])
def test_compressed_positions_stay_within_a_centimetre(tile, glbs_of, spread_m):
    shapes = [box_at_seat(), box_at_seat(dx=spread_m, dy=spread_m)]
    folder, _, _ = tile(building_stream(shapes))
    (glb,) = glbs_of(folder)
    far = ecef(SEAT_EAST + spread_m + 10, SEAT_NORTH + spread_m + 20, ELLIPSOIDAL_GROUND + 30)
    assert farthest(far[None], vertices_ecef(folder, glb)) < 0.01


def test_geographic_source_stands_where_the_projected_one_does(tile, glbs_of):
    to_degrees = pyproj.Transformer.from_crs(4547, 4490, always_xy=True)
    in_degrees = shapely.transform(box_at_seat(), lambda c: np.stack(to_degrees.transform(*c.T), axis=1))
    projected, _, _ = tile(building_stream([box_at_seat()]), "projected")
    geographic, _, _ = tile(building_stream([in_degrees], crs=pyproj.CRS(4490)), "geographic")
    a, b = (vertices_ecef(folder, glbs_of(folder)[0]) for folder in (projected, geographic))
    assert farthest(a, b) < 0.01


def test_model_stands_at_its_map_placement(tile, glbs_of):
    folder, _, _ = tile(mesh_stream(1))
    (glb,) = glbs_of(folder)
    assert farthest(box_corners(1, 1, [1, 2]), vertices_ecef(folder, glb)) < 0.01
    assert CGCS2000_GK_114E.to_epsg() == 4547
