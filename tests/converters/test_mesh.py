"""Models without a position: put where the user says, one row a named geometry, colors as stated."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
import shapely
import trimesh
from PIL import Image

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.errors import GeoreferenceError, UnreadableSourceError
from converters.base import PointPosition, Produces, ReadOptions
from tests.converters.vector_files import Result, convert

AT = ReadOptions(at=PointPosition(113.4054, 38.0848, 930.0))
#: A hall of 4 × 6 × 3 m as two objects: a red floor, and one blue wall with a hole where the rest would be.
OBJ = """mtllib hall.mtl
o floor
v 0 0 0
v 4 0 0
v 4 6 0
v 0 6 0
usemtl red
f 1 2 3 4
o wall
v 0 0 3
v 4 0 3
usemtl blue
f 1 2 6 5
"""
MTL = "newmtl red\nKd 1 0 0\nnewmtl blue\nKd 0 0 0.5\n"


def write_obj(folder: Path, text: str = OBJ, mtl: str | None = MTL) -> Path:
    path = folder / "hall.obj"
    path.write_text(text)
    if mtl is not None:
        (folder / "hall.mtl").write_text(mtl)
    return path


def colored_box(color: tuple[int, int, int, int]) -> trimesh.Trimesh:
    """4 m wide, 8 m high along y and 6 m deep along z, standing on y = 0: the axes of glTF."""
    box = trimesh.creation.box((4, 8, 6))
    box.apply_translation((0, 4, 0))
    material = trimesh.visual.material.PBRMaterial(name="m", baseColorFactor=list(color))
    box.visual = trimesh.visual.TextureVisuals(material=material)
    return box


def colors(result: Result) -> set[tuple[int, ...]]:
    mesh = result.batches[0].mesh
    assert mesh is not None
    return {tuple(color) for color in mesh.triangle_color.tolist()}


def test_an_obj_gives_a_row_per_object_with_its_color(tmp_path: Path) -> None:
    result = convert(write_obj(tmp_path), AT)
    rows = {row["id"].split("_")[0]: row for row in result.rows}
    assert set(rows) == {"floor", "wall"}
    assert rows["wall"]["height_m"] == pytest.approx(3.0)
    assert rows["floor"]["height_m"] == pytest.approx(0.0)
    assert rows["wall"]["base_m"] == pytest.approx(930.0)
    assert {row["kind"] for row in result.rows} == {"mesh"}
    assert {row["height_source"] for row in result.rows} == {"model"}
    assert colors(result) == {(255, 0, 0, 255), (0, 0, 128, 255)}
    assert not result.batches[0].mesh.is_textured  # two colors of materials

    mesh = result.batches[0].mesh
    assert mesh is not None
    assert mesh.triangles.dtype == np.uint32
    assert len(mesh.triangles) == 4
    assert mesh.triangle_count.tolist() == [2, 2]
    assert mesh.triangles.max() < len(mesh.positions)


def test_the_outline_lies_where_the_model_is_put(tmp_path: Path) -> None:
    result = convert(write_obj(tmp_path), AT)
    row = next(row for row in result.rows if row["id"].startswith("floor"))
    west, south, east, north = shapely.from_wkb(row["geometry"]).bounds
    assert (west, south) == pytest.approx((113.4054, 38.0848), abs=1e-9)
    assert (north - south) * 110_990 == pytest.approx(6.0, rel=0.01)
    assert (east - west) * 111_320 * math.cos(math.radians(38.0848)) == pytest.approx(4.0, rel=0.01)
    assert result.stream.meta.crs.to_epsg() == 4326


def test_a_bearing_turns_the_model_clockwise(tmp_path: Path) -> None:
    options = ReadOptions(at=PointPosition(113.4054, 38.0848, 930.0, 90.0))
    batch = convert(write_obj(tmp_path), options).batches[0]
    assert batch.mesh is not None
    far_end = batch.mesh.placement.to_ecef(np.array([[0.0, 6.0, 0.0]]), batch.meta.heights)
    lon, lat, _ = ecef_to_lonlat(far_end)[0]
    assert lon > 113.4054
    assert lat == pytest.approx(38.0848, abs=1e-8)


def test_gltf_is_turned_upright_and_its_colors_made_srgb(tmp_path: Path) -> None:
    path = tmp_path / "box.glb"
    trimesh.Scene({"body": colored_box((255, 55, 0, 255))}).export(path)
    result = convert(path, AT)
    mesh = result.batches[0].mesh
    assert mesh is not None
    assert mesh.positions.min(axis=0) == pytest.approx([-2, -3, 0], abs=1e-6)
    assert mesh.positions.max(axis=0) == pytest.approx([2, 3, 8], abs=1e-6)
    assert mesh.ground_z == pytest.approx(0.0, abs=1e-6)
    # 55/255 linear is 0.5019 in sRGB.
    assert colors(result) == {(255, 128, 0, 255)}
    volume = trimesh.Trimesh(mesh.positions, mesh.triangles, process=False).volume
    assert volume == pytest.approx(192.0)  # positive: still counter-clockwise from outside


def test_a_mirrored_part_keeps_its_outside_out(tmp_path: Path) -> None:
    path = tmp_path / "mirror.glb"
    scene = trimesh.Scene()
    scene.add_geometry(colored_box((1, 2, 3, 255)), node_name="mirrored", transform=np.diag([-1.0, 1, 1, 1]))
    scene.export(path)
    mesh = convert(path, AT).batches[0].mesh
    assert mesh is not None
    assert trimesh.Trimesh(mesh.positions, mesh.triangles, process=False).volume == pytest.approx(192.0)


@pytest.mark.parametrize("suffix", ["stl", "ply"])
def test_stl_and_ply_are_one_row_named_after_the_file(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"pillar.{suffix}"
    trimesh.creation.box((1, 1, 5)).export(path)
    result = convert(path, AT)
    assert [(row["id"], row["height_m"]) for row in result.rows] == [("pillar", 5.0)]


def test_vertex_colors_of_a_ply_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "pillar.ply"
    box = trimesh.creation.box((1, 1, 5))
    box.visual.vertex_colors = np.tile([10, 20, 30, 255], (8, 1))
    box.export(path)
    assert colors(convert(path, AT)) == {(10, 20, 30, 255)}


def painted_square() -> trimesh.Trimesh:
    """A square metre in the xy plane with the upper half of a picture red and the lower half blue."""
    square = trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]], process=False)
    image = Image.fromarray(np.array([[[255, 0, 0]] * 2, [[0, 0, 255]] * 2], np.uint8))
    uv = [[0, 0], [1, 0], [1, 1], [0, 1]]
    square.visual = trimesh.visual.TextureVisuals(uv, material=trimesh.visual.material.SimpleMaterial(image=image))
    return square


@pytest.mark.parametrize("suffix", ["obj", "glb"])
def test_a_picture_of_a_model_is_carried(suffix: str, tmp_path: Path) -> None:
    painted_square().export(tmp_path / f"square.{suffix}")
    mesh = convert(tmp_path / f"square.{suffix}", AT).batches[0].mesh
    assert mesh is not None
    assert mesh.textures is not None
    (picture,) = mesh.textures.images
    pixels = np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB"))
    assert pixels[:, 0].tolist() == [[255, 0, 0], [0, 0, 255]]
    assert mesh.textures.image.tolist() == [0, 0]
    assert mesh.is_textured
    # v is counted from above: what lies at y = 0 of the model has the lower edge of the picture.
    corners = mesh.positions[mesh.triangles.astype(int)]
    height = corners[..., 1] if suffix == "obj" else corners[..., 2]
    assert np.allclose(mesh.textures.uv[..., 1], 1 - height, atol=1e-6)


def test_without_a_place_the_model_is_refused_with_the_option_to_give(tmp_path: Path) -> None:
    with pytest.raises(GeoreferenceError) as caught:
        convert(write_obj(tmp_path))
    assert "--at lon,lat" in caught.value.hint


def test_a_place_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeoreferenceError, match="no place"):
        convert(write_obj(tmp_path), ReadOptions(at=PointPosition(38.0848, 113.4054)))


def test_millimetres_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "big.stl"
    trimesh.creation.box((4000, 6000, 8000)).export(path)
    assert "implausible-size" in convert(path, AT).warned


def test_a_model_far_from_its_origin_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "far.stl"
    box = trimesh.creation.box((4, 4, 4))
    box.apply_translation((447_834, 4_217_077, 0))
    box.export(path)
    assert "far-from-origin" in convert(path, AT).warned


@pytest.mark.parametrize("name", ["../secret.mtl", "/etc/passwd", "http://example.com/a.mtl", "missing.mtl"])
def test_a_model_gets_no_file_but_those_beside_it(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "upload"
    folder.mkdir()
    (tmp_path / "secret.mtl").write_text(MTL)
    result = convert(write_obj(folder, OBJ.replace("hall.mtl", name), None), AT)
    assert "companion-not-read" in result.warned
    assert (255, 0, 0, 255) not in colors(result)


def test_points_without_triangles_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ply"
    trimesh.PointCloud(np.eye(3)).export(path)
    result = convert(path, AT)
    assert result.rejected == ["not-a-mesh"]
    assert result.rows == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.glb", b"glTF\x02\x00\x00\x00\xff\xff\xff\xff"),
        ("a.gltf", b'{"asset": {'),
        ("a.ply", b"ply\nformat binary_little_endian 1.0\nelement vertex 9\n"),
        ("a.stl", b"solid x\nfacet"),
    ],
)
def test_a_broken_model_is_refused_in_plain_words(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableSourceError) as caught:
        convert(path, AT)
    assert caught.value.hint


def test_it_is_listed_as_a_mesh_format() -> None:
    from converters.mesh import FORMAT

    assert FORMAT.info.produces is Produces.MESH
