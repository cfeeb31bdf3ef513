"""Point clouds: every point at its place, no point lost, nothing left behind."""

import hashlib
import json
import os
import time
from pathlib import Path

import laspy
import numpy as np
import psutil
import pyproj
import pytest

from cim_core.errors import CancelledError, TilingError, UsageError
from cim_core.progress import SilentProgress
from tests.tiles.builders import CGCS2000_GK_114E, CHINA_1985, SEAT_EAST, SEAT_GROUND, SEAT_NORTH
from tiles.pointcloud import build_pointcloud
from tiles.readglb import parse_glb
from tiles.validate import check_tileset


def write_cloud(path, count=30_000, color_max=65535, size=(60.0, 40.0, 12.0)):
    rng = np.random.default_rng(7)
    header = laspy.LasHeader(point_format=2, version="1.2")
    header.scales, header.offsets = [0.001] * 3, [SEAT_EAST, SEAT_NORTH, 0]
    las = laspy.LasData(header)
    las.x, las.y, las.z = (rng.random((count, 3)) * size + [SEAT_EAST, SEAT_NORTH, SEAT_GROUND]).T
    las.red = np.full(count, color_max, np.uint16)
    las.write(path)
    return path


def build(path, out, **options):
    return build_pointcloud(path, out, CGCS2000_GK_114E, CHINA_1985, SilentProgress(), **options)


def points_ecef(folder, *, refining=("ADD",)):
    root = json.loads((folder / "tileset.json").read_text())["root"]
    matrix = np.array(root["transform"]).reshape(4, 4).T
    found = []

    def walk(tile):
        if tile["refine"] in refining or "children" not in tile:
            glb = parse_glb((folder / tile["content"]["uri"]).read_bytes())
            ((_, node),) = glb.node_matrices()
            (primitive,) = glb.document["meshes"][0]["primitives"]
            found.append(glb.positions(primitive, node) @ matrix[:3, :3].T + matrix[:3, 3])
        for child in tile.get("children", ()):
            walk(child)

    walk(root)
    return np.concatenate(found)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cloud")
    source = write_cloud(folder / "a.laz")
    return source, folder / "out", build(source, folder / "out")


def test_every_point_stands_at_its_place_and_none_is_lost(cloud):
    source, out, summary = cloud
    las = laspy.read(source)
    lon, lat = pyproj.Transformer.from_crs(4547, 4326, always_xy=True).transform(las.x, las.y)
    to_ecef = pyproj.Transformer.from_crs(4979, 4978, always_xy=True)
    wanted = np.stack(to_ecef.transform(lon, lat, np.asarray(las.z) - 15.6), axis=1)
    got = points_ecef(out)
    assert len(got) == len(wanted) == summary.features == 30_000
    # in the order of one axis both lists agree to the millimetre grid
    assert np.abs(np.sort(got, axis=0) - np.sort(wanted, axis=0)).max() < 0.01
    sample = wanted[::3000]
    assert np.linalg.norm(got[:, None] - sample[None], axis=2).min(axis=0).max() < 0.01


def test_tileset_is_sound_for_both_judges(cloud, validate_glbs):
    _, out, summary = cloud
    assert check_tileset(out) == []
    report = validate_glbs(sorted(out.glob("tiles/*.glb")))
    assert len(report) == summary.tiles > 1
    assert {(entry["errors"], entry["warnings"]) for entry in report.values()} == {(0, 0)}


def test_points_are_unlit_so_that_any_viewer_shows_their_own_colors(cloud):
    _, out, _ = cloud
    for path in out.glob("tiles/*.glb"):
        document = parse_glb(path.read_bytes()).document
        (primitive,) = document["meshes"][0]["primitives"]
        assert "KHR_materials_unlit" in document["materials"][primitive["material"]]["extensions"]


def test_summary_tells_where_the_cloud_is(cloud):
    _, _, summary = cloud
    west, south, east, north = summary.bounds_deg
    assert 113 < west < east < 114
    assert 38 < south < north < 38.5
    assert summary.height_range_m == pytest.approx((SEAT_GROUND - 15.6, SEAT_GROUND - 15.6 + 12), abs=0.1)


def test_geometric_error_is_about_the_spacing_of_points(cloud):
    _, out, _ = cloud
    tileset = json.loads((out / "tileset.json").read_text())
    assert tileset["geometricError"] > tileset["root"]["geometricError"]
    assert 0.1 < tileset["root"]["geometricError"] < 10


def test_same_cloud_gives_the_same_bytes(cloud, tmp_path):
    source, out, _ = cloud
    build(source, tmp_path / "again", jobs=1)

    def digest(folder):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    assert digest(out) == digest(tmp_path / "again")


def test_colors_of_eight_bits_are_recognised(tmp_path):
    build(write_cloud(tmp_path / "dark.las", 500, color_max=255), tmp_path / "out")
    for path in (tmp_path / "out").glob("tiles/*.glb"):
        glb = parse_glb(path.read_bytes())
        (primitive,) = glb.document["meshes"][0]["primitives"]
        assert glb.accessor(primitive["attributes"]["COLOR_0"])[0].tolist() == [255, 0, 0, 255]


def test_empty_cloud_is_refused_and_leaves_nothing(tmp_path):
    write_cloud(tmp_path / "none.las", 0)
    with pytest.raises(TilingError, match="no points"):
        build(tmp_path / "none.las", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["none.las"]


def test_existing_folder_is_kept_unless_overwriting(tmp_path):
    source = write_cloud(tmp_path / "a.las", 200)
    build(source, tmp_path / "out")
    with pytest.raises(UsageError):
        build(source, tmp_path / "out")
    assert build(source, tmp_path / "out", overwrite=True).features == 200


class _CancelsWhileSorting(SilentProgress):
    def start(self, stage, total=None):
        self.is_sorting = stage == "sort"
        self.polls = 0

    def advance(self, steps=1):
        self.polls += 1
        if self.is_sorting and self.polls > 8:
            raise CancelledError("stop")


def test_cancelling_ends_the_child_and_cleans_up(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", None)
    scratch = tmp_path / "t"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    source = write_cloud(tmp_path / "a.las", 200_000, size=(600, 400, 30))
    before = set(psutil.Process(os.getpid()).children(recursive=True))
    with pytest.raises(CancelledError):
        build_pointcloud(source, tmp_path / "out", CGCS2000_GK_114E, CHINA_1985, _CancelsWhileSorting())
    time.sleep(0.1)
    assert set(psutil.Process(os.getpid()).children(recursive=True)) <= before
    assert list(scratch.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.las", "t"]
    assert Path(source).exists()
