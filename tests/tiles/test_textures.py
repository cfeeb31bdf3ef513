"""Pictures on triangles: in the tile once, at the right corners, together with feature ids."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cim_core.crs.placement import MapPlacement
from cim_core.features import FaceTextures, FeatureBatch, FeatureStream, MeshColumns, TextureImage, with_gids
from cim_core.features.texture import NO_IMAGE
from cim_core.issues import IssueLog
from cim_core.progress import SilentProgress
from tests.tiles.builders import CGCS2000_GK_114E, SEAT_EAST, SEAT_GROUND, SEAT_NORTH, meta
from tiles.build import build_tileset
from tiles.options import TileOptions
from tiles.readglb import parse_glb
from tiles.validate import check_tileset


def png(*colors: tuple[int, ...]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.array([colors], np.uint8)).save(out, "PNG")
    return out.getvalue()


BRICK = TextureImage(png((200, 60, 40), (90, 30, 20)), "image/png")
FENCE = TextureImage(png((0, 0, 0, 0), (20, 90, 20, 255)), "image/png", (True, False), has_alpha=True)
#: A wall 2 m wide and 1 m high that stands on the x axis: the picture once across each square metre.
SQUARE = np.array([[0, 0, 0], [2, 0, 0], [2, 0, 1], [0, 0, 1]], float)
FACES = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
UV = np.array([[[0, 1], [2, 1], [2, 0]], [[0, 1], [2, 0], [0, 0]]], np.float32)


def walls(images: list[TextureImage | None], repeats: int = 1) -> FeatureStream:
    """One wall a picture, ``repeats`` times each, every 5 m northwards; None is a wall of one color."""
    textures = FaceTextures.join(
        [None if i is None else FaceTextures((i,), np.zeros(2, np.int32), UV) for i in images], [2] * len(images)
    )
    count = len(images) * repeats
    matrices = np.tile(np.eye(4), (count, 1, 1))
    matrices[:, 1, 3] = 5.0 * np.arange(count)
    mesh = MeshColumns(
        np.tile(SQUARE, (len(images), 1)),
        np.tile(FACES, (len(images), 1)),
        np.tile(np.array([[150, 90, 60, 255]], np.uint8), (2 * len(images), 1)),
        np.full(len(images), 4),
        np.full(len(images), 2),
        np.arange(count),
        np.arange(count) % len(images),
        matrices,
        MapPlacement(CGCS2000_GK_114E, SEAT_EAST, SEAT_NORTH, SEAT_GROUND),
        textures=textures,
    )
    records = pa.RecordBatch.from_pydict(
        {
            "id": pa.array([f"wall-{n}" for n in range(count)]),
            "parent_id": pa.nulls(count, pa.string()),
            "kind": pa.array(["IfcWall"] * count),
        }
    )
    return with_gids(FeatureStream(meta(), iter([FeatureBatch(records, meta(), mesh)]), count))


def tile_of(tmp_path, stream: FeatureStream, **options: object):
    build_tileset(stream, tmp_path / "out", TileOptions(**options), IssueLog(), SilentProgress())
    assert check_tileset(tmp_path / "out") == []
    (path,) = (tmp_path / "out").rglob("*.glb")
    return path, parse_glb(path.read_bytes())


@pytest.mark.parametrize("plain", [False, True])
def test_pictures_are_stored_once_and_lie_where_they_should(tmp_path, validate_glbs, plain):
    path, glb = tile_of(tmp_path, walls([BRICK, None, FENCE, BRICK]), plain=plain)
    report = validate_glbs([path])
    assert {(entry["errors"], entry["warnings"]) for entry in report.values()} == {(0, 0)}
    document = glb.document
    stored = [document["bufferViews"][image["bufferView"]] for image in document["images"]]
    binary = path.read_bytes()[-document["buffers"][0]["byteLength"] :]
    pictures = [binary[v["byteOffset"] : v["byteOffset"] + v["byteLength"]] for v in stored]
    assert pictures == [BRICK.data, FENCE.data]
    plain_one, brick, fence = document["meshes"][0]["primitives"]
    assert "TEXCOORD_0" not in plain_one["attributes"]
    # Both brick walls are one primitive, told apart by feature id: two walls of 4 corners, 2 m = twice the picture.
    ids, uv = (glb.accessor(brick["attributes"][name]) for name in ("_FEATURE_ID_0", "TEXCOORD_0"))
    assert sorted(ids.reshape(-1).tolist()) == [0] * 4 + [3] * 4
    positions = glb.positions(brick, glb.node_matrices()[0][1])
    for x in (0, 1):
        assert uv[:, x].min() == 0
        assert uv[:, x].max() == (2, 1)[x]
    height_m = positions[:, 2] - positions[:, 2].min()
    assert (uv[height_m < 0.5, 1] == 1).all()  # the lower edge of the picture is at the foot of the wall
    materials = document["materials"]
    assert materials[fence["material"]]["alphaMode"] == "MASK"
    assert "alphaMode" not in materials[brick["material"]]
    sampler = document["samplers"][
        document["textures"][materials[fence["material"]]["pbrMetallicRoughness"]["baseColorTexture"]["index"]][
            "sampler"
        ]
    ]
    assert (sampler["wrapS"], sampler["wrapT"]) == (10497, 33071)
    # Nothing tints the picture.
    colors = glb.accessor(brick["attributes"]["COLOR_0"])
    assert np.unique(colors, axis=0).tolist() == [[255, 255, 255, 255]]


def test_a_textured_shape_that_stands_often_is_instanced_with_its_picture(tmp_path, validate_glbs):
    path, glb = tile_of(tmp_path, walls([BRICK], repeats=400))
    report = validate_glbs([path])
    assert {(entry["errors"], entry["warnings"]) for entry in report.values()} == {(0, 0)}
    assert "EXT_mesh_gpu_instancing" in glb.document["extensionsRequired"]
    (primitive,) = glb.document["meshes"][0]["primitives"]
    assert len(glb.accessor(primitive["attributes"]["TEXCOORD_0"])) == 4
    assert len(glb.document["images"]) == 1


@given(st.lists(st.sampled_from([None, BRICK, FENCE]), min_size=1, max_size=6))
def test_joining_keeps_every_triangles_picture(kinds):
    parts = [
        None if k is None else FaceTextures((FENCE, BRICK), np.array([1 if k is BRICK else 0], np.int32), UV[:1])
        for k in kinds
    ]
    joined = FaceTextures.join(parts, [1] * len(kinds))
    if joined is None:
        assert kinds == [None] * len(kinds)
        return
    found = [None if number == NO_IMAGE else joined.images[number] for number in joined.image.tolist()]
    assert found == kinds
