"""Equal shapes of a tile are stored once, stand where they should, and can be told apart; buildings have steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pytest
import shapely
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from cim_core.crs.placement import MapPlacement
from cim_core.features import FeatureBatch, FeatureStream, MeshColumns, with_gids
from cim_core.geometry.ragged import Indices
from cim_core.issues import IssueLog
from cim_core.progress import SilentProgress
from tests.tiles.builders import CGCS2000_GK_114E, SEAT_EAST, SEAT_GROUND, SEAT_NORTH, meta
from tiles.build import build_tileset
from tiles.exterior import find_exterior, main_color
from tiles.instances import decompose, turns_of
from tiles.options import TileOptions
from tiles.readglb import parse_glb
from tiles.validate import check_tileset

BALL = trimesh.creation.icosphere(subdivisions=3, radius=0.4)  # 1,280 triangles
WALL = trimesh.creation.box((10.0, 0.3, 3.0))


def at(x: float, y: float, z: float, turned_rad: float = 0.0) -> np.ndarray:
    matrix = np.eye(4)
    cos, sin = np.cos(turned_rad), np.sin(turned_rad)
    matrix[:2, :2] = [[cos, -sin], [sin, cos]]
    matrix[:3, 3] = (x, y, z)
    return matrix


def columns(shapes: list[trimesh.Trimesh], shape: list[int], matrices: list[np.ndarray], first_row: int) -> MeshColumns:
    triangles = np.array([len(s.faces) for s in shapes])
    return MeshColumns(
        np.concatenate([np.asarray(s.vertices) for s in shapes]),
        np.concatenate([np.asarray(s.faces) for s in shapes]).astype(np.uint32),
        np.tile(np.array([[200, 120, 60, 255]], np.uint8), (int(triangles.sum()), 1)),
        np.array([len(s.vertices) for s in shapes]),
        triangles,
        np.arange(first_row, first_row + len(shape)),
        np.array(shape),
        np.array(matrices),
        MapPlacement(CGCS2000_GK_114E, SEAT_EAST, SEAT_NORTH, SEAT_GROUND),
    )


def house(balls: int) -> FeatureStream:
    """A building of four walls and a lid, and small balls in it, which are one shape."""
    lid = trimesh.creation.box((10.3, 10.3, 0.3))
    shapes = [WALL, lid, BALL]
    places = [at(0, -5, 1.5), at(0, 5, 1.5), at(-5, 0, 1.5, np.pi / 2), at(5, 0, 1.5, np.pi / 2), at(0, 0, 3.15)]
    places += [at(-3 + n % 4, -3 + n // 4, 1.0, 0.3 * n) for n in range(balls)]
    ids = ["house", *(f"e{n}" for n in range(len(places)))]
    kinds = ["building", *["IfcWall"] * 4, "IfcRoof", *["IfcFurniture"] * balls]
    outline = shapely.box(SEAT_EAST - 5.15, SEAT_NORTH - 5.15, SEAT_EAST + 5.15, SEAT_NORTH + 5.15)
    count = len(ids)
    records = pa.RecordBatch.from_pydict(
        {
            "id": pa.array(ids),
            "parent_id": pa.array([None] + ["house"] * (count - 1), pa.string()),
            "kind": pa.array(kinds),
            "geometry": pa.array([shapely.to_wkb(outline)] + [None] * (count - 1), pa.binary()),
            "height_m": pa.array([3.3] + [None] * (count - 1), pa.float64()),
            "base_m": pa.array([SEAT_GROUND] + [None] * (count - 1), pa.float64()),
        }
    )
    mesh = columns(shapes, [0, 0, 0, 0, 1] + [2] * balls, places, 1)
    return with_gids(FeatureStream(meta(), iter([FeatureBatch(records, meta(), mesh)]), count))


def build(stream: FeatureStream, out: Path, **options: object) -> tuple[dict, IssueLog]:
    log = IssueLog()
    build_tileset(stream, out, TileOptions(**options), log, SilentProgress())
    assert check_tileset(out) == []
    return orjson.loads((out / "tileset.json").read_bytes())["root"], log


@pytest.mark.parametrize("plain", [False, True])
def test_equal_shapes_are_stored_once_and_stand_where_they_should(tmp_path, validate_glbs, plain):
    # Ten balls of 1,280 triangles: one mesh, ten places; every vertex within a millimetre of where it is expected.
    root, _ = build(house(10), tmp_path / "out", plain=plain)
    report = validate_glbs(sorted((tmp_path / "out").rglob("*.glb")))
    assert {(entry["errors"], entry["warnings"]) for entry in report.values()} == {(0, 0)}
    later = root["children"][-1]["children"][0]["content"]["uri"]
    glb = parse_glb((tmp_path / "out" / later).read_bytes())
    (node,) = glb.document["nodes"]
    assert "EXT_mesh_gpu_instancing" in glb.document["extensionsRequired"]
    (mesh,) = glb.document["meshes"]
    assert len(glb.accessor(mesh["primitives"][0]["indices"])) == 3 * 1280  # one ball
    places = glb.node_matrices()
    assert len(places) == 10
    ids = glb.accessor(node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]["_FEATURE_ID_0"])
    assert sorted(ids.tolist()) == list(range(10))
    names = glb.property_column("id")
    primitive = glb.document["meshes"][0]["primitives"][0]
    assert "_HAG" not in primitive["attributes"]  # instances differ in it
    middles = {names[int(i)]: glb.positions(primitive, m).mean(axis=0) for i, (_, m) in zip(ids, places, strict=True)}
    across = middles["e6"] - middles["e5"]  # one metre east on the map, in the tile's frame
    assert np.linalg.norm(across) == pytest.approx(1.0, abs=2e-3)
    assert np.linalg.norm(middles["e9"] - middles["e5"]) == pytest.approx(1.0, abs=2e-3)


def test_a_building_is_a_shell_then_what_shows_then_the_rest(tmp_path):
    root, log = build(house(10), tmp_path / "out")
    assert root["refine"] == "REPLACE"
    shell = parse_glb((tmp_path / "out" / root["content"]["uri"]).read_bytes())
    assert shell.property_column("id") == ["house"]
    near, waiting = root["children"]
    outside = parse_glb((tmp_path / "out" / near["content"]["uri"]).read_bytes())
    assert sorted(outside.property_column("id")) == ["e0", "e1", "e2", "e3", "e4"]
    assert "content" not in waiting
    assert root["geometricError"] > waiting["geometricError"] > near["geometricError"] == 0
    assert (log.features_out, log.rejected) == (16, 0)


def test_the_shell_has_the_color_of_the_walls(tmp_path):
    root, _ = build(house(10), tmp_path / "out", plain=True)
    shell = parse_glb((tmp_path / "out" / root["content"]["uri"]).read_bytes())
    color = shell.accessor(shell.document["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"])
    assert np.unique(color, axis=0).tolist() == [[147, 48, 12, 255]]  # 200, 120, 60 in linear light


def test_a_small_building_is_one_tile(tmp_path):
    root, log = build(house(1), tmp_path / "out")
    assert "children" not in root
    assert log.features_out == 7


def test_balls_in_a_closed_box_do_not_show_outside():
    (batch,) = house(10).batches
    found = find_exterior(batch.mesh, np.arange(15))
    assert found.shows.tolist() == [True] * 5 + [False] * 10
    assert main_color(found.colors, (0, 0, 0)).tolist() == [200, 120, 60]


def test_a_place_with_shear_is_no_instance():
    sheared = np.array([[[1.0, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]])
    assert decompose(sheared)[2][0] > 0.1


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4), st.floats(0.1, 10.0))
def test_a_turn_and_a_scale_are_found_again(parts, scale):
    quaternion = np.array([parts])
    length = np.linalg.norm(quaternion)
    if length < 1e-3:
        return
    turn = turns_of(quaternion / length)
    found_scale, rotation, misfit = decompose(turn * scale)
    assert found_scale == pytest.approx(np.full((1, 3), scale), rel=1e-6)
    assert turns_of(rotation) == pytest.approx(turn, abs=1e-6)
    assert misfit[0] < 1e-6


def test_rows_taken_from_a_mesh_are_where_they_were():
    (batch,) = house(3).batches
    part = batch.mesh.take_rows(3, 8)
    whole, taken = batch.mesh.expand(np.arange(2, 7)), part.expand(np.arange(5))
    assert np.array_equal(whole.positions, taken.positions)
    assert part.row.tolist() == [0, 1, 2, 3, 4]
    assert len(part.shape_vertices) == 3
    low, high = batch.mesh.boxes()
    exact: Indices = np.arange(len(low))
    for n in exact.tolist():
        one = batch.mesh.expand(np.array([n])).positions
        assert (low[n] <= one.min(axis=0) + 1e-9).all()
        assert (high[n] >= one.max(axis=0) - 1e-9).all()
