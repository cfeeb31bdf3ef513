"""The structural checker finds what was planted."""

import json
import struct

import numpy as np
import orjson
import pytest

from tests.tiles.builders import box_at_seat, building_stream
from tiles.group import write_group
from tiles.validate import check_tileset


@pytest.fixture
def folder(tile):
    shapes = [box_at_seat(dx=40 * n) for n in range(6)]
    return tile(building_stream(shapes), plain=True, max_vertices=60)[0]


def edit_tileset(folder, change):
    path = folder / "tileset.json"
    tileset = json.loads(path.read_text())
    change(tileset)
    path.write_text(json.dumps(tileset))


def edit_glb(folder, change):
    """Change JSON and binary of the first tile; the binary may be changed in place."""
    path = min(folder.glob("tiles/*.glb"))
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    document, binary = json.loads(data[20 : 20 + length]), bytearray(data[28 + length :])
    change(document, binary)
    text = orjson.dumps(document)
    text += b" " * (-len(text) % 4)
    total = 28 + len(text) + len(binary)
    path.write_bytes(
        struct.pack("<4sIIII", b"glTF", 2, total, len(text), 0x4E4F534A)
        + text
        + struct.pack("<II", len(binary), 0x004E4942)
        + binary
    )


def codes(folder):
    return {problem.code for problem in check_tileset(folder)}


def test_a_sound_tileset_has_no_problem(folder):
    assert check_tileset(folder) == []


def test_no_tileset_at_all(tmp_path):
    assert codes(tmp_path) == {"tileset-unreadable"}


def leaf_of(tileset):
    node = tileset["root"]
    while "children" in node:
        node = node["children"][0]
    return node


def shrink_box(tileset):
    leaf_of(tileset)["boundingVolume"]["box"][3] /= 2


def shrink_region(tileset):
    region = tileset["root"]["boundingVolume"]["region"]
    region[2] = (region[0] + region[2]) / 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t["asset"].update(version="0.0"), "schema"),
        (lambda t: t["root"].pop("refine"), "schema"),
        (lambda t: t["root"].pop("geometricError"), "schema"),
        (lambda t: t["root"].update(geometricError=t["geometricError"] + 1), "geometric-error"),
        (lambda t: leaf_of(t).update(geometricError=1e9), "geometric-error"),
        (lambda t: leaf_of(t)["boundingVolume"].clear(), "schema"),
        (lambda t: leaf_of(t).update(transform=[1.0] * 15), "schema"),
        (lambda t: leaf_of(t).update(boundingVolume=[1]), "schema"),
        (lambda t: t["root"].update(children=7), "schema"),
        (shrink_box, "bounding-volume"),
        (shrink_region, "bounding-volume"),
        (lambda t: leaf_of(t)["content"].update(uri="tiles/none.glb"), "content-missing"),
        (lambda t: t["root"]["children"].append(t["root"]["children"][0]), "gid-repeated"),
        (lambda t: t["root"]["children"].pop(), "file-unknown"),
    ],
)
def test_planted_defect_in_tileset_json_is_found(folder, change, code):
    edit_tileset(folder, change)
    assert code in codes(folder)


def accessor_of(document, name):
    return document["accessors"][document["meshes"][0]["primitives"][0]["attributes"][name]]


def view_offset(document, name):
    return document["bufferViews"][accessor_of(document, name)["bufferView"]]["byteOffset"]


def table_of(document):
    return document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]


def big_feature_id(document, binary):
    struct.pack_into("<H", binary, view_offset(document, "_FEATURE_ID_0"), 999)


def moved_vertex(document, binary):
    struct.pack_into("<f", binary, view_offset(document, "POSITION"), 500.0)


def beyond_index(document, binary):
    index = document["accessors"][document["meshes"][0]["primitives"][0]["indices"]]
    struct.pack_into("<H", binary, document["bufferViews"][index["bufferView"]]["byteOffset"], 65000)


def swapped_offsets(document, binary):
    view = document["bufferViews"][table_of(document)["properties"]["id"]["stringOffsets"]]
    struct.pack_into("<I", binary, view["byteOffset"] + 4, 4_000_000)


def misaligned(document, binary):
    view = document["bufferViews"][table_of(document)["properties"]["gid"]["values"]]
    view["byteOffset"] += 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (big_feature_id, "feature-ids"),
        (moved_vertex, "accessor-bounds"),
        (moved_vertex, "bounding-volume"),
        (beyond_index, "indices"),
        (swapped_offsets, "property-table"),
        (misaligned, "alignment"),
        (lambda d, b: table_of(d).update(count=99), "property-table"),
        (lambda d, b: table_of(d)["properties"].pop("gid"), "property-table"),
        (lambda d, b: d["extensions"]["EXT_structural_metadata"].update(propertyTables=[]), "property-table"),
        (lambda d, b: d["extensionsUsed"].remove("EXT_mesh_features"), "extensions"),
        (lambda d, b: accessor_of(d, "_HAG").update(count=3), "accessor"),
        (lambda d, b: accessor_of(d, "POSITION").update(bufferView=99), "glb"),
        (lambda d, b: b.__setitem__(0, b[0] ^ 255), "manifest"),
    ],
)
def test_planted_defect_in_a_glb_is_found(folder, change, code):
    edit_glb(folder, change)
    assert code in codes(folder)


def test_group_of_tilesets_is_checked_through_to_its_members(tile, tmp_path):
    regions = {}
    for name in ("a", "b"):
        _, summary, _ = tile(building_stream([box_at_seat()]), f"group/{name}")
        regions[name] = (*summary.bounds_deg, *summary.height_range_m)
    write_group(tmp_path / "group", regions)
    assert check_tileset(tmp_path / "group") == []
    edit_glb(tmp_path / "group" / "b", lambda document, binary: document["extensionsUsed"].pop())
    (problem, *_) = check_tileset(tmp_path / "group")
    assert problem.where.startswith("b/tiles/")


def test_truncated_glb_and_stray_file_are_found(folder):
    path = min(folder.glob("tiles/*.glb"))
    path.write_bytes(path.read_bytes()[:-8])
    (folder / "tiles" / "stray.glb").write_bytes(b"x")
    assert {"glb", "file-unknown", "manifest"} <= codes(folder)


def test_corrupt_compressed_stream_is_a_problem_not_a_crash(tile):
    folder, _, _ = tile(building_stream([box_at_seat()]))
    rng = np.random.default_rng(1)

    def spoil(document, binary):
        binary[:64] = rng.integers(0, 255, 64, np.uint8).tobytes()

    edit_glb(folder, spoil)
    assert "manifest" in codes(folder)
