"""``cim import``, ``cim check``, ``cim terrain`` and ``cim serve`` as their users run them."""

from __future__ import annotations

import gzip
import json
import shutil
import urllib.request
from pathlib import Path

import pyogrio
import pytest

from tests.api.cli.test_convert import run
from tests.e2e.server import serving

HEIGHTS = ("--height-datum", "china-1985", "--geoid-undulation", "-15.6")


@pytest.fixture(scope="module")
def sample(repository: Path) -> Path:
    return repository / "sample_models" / "yuxian"


@pytest.fixture(scope="module")
def town(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace made by the commands of the tutorial."""
    folder = tmp_path_factory.mktemp("town") / "town"
    dem = ("--terrain", sample / "dem.tif")
    done = run("import", sample / "buildings.geojson", "-w", folder, "--dataset", "buildings", *dem, *HEIGHTS, "--json")
    assert done.returncode == 0, done.stderr
    for layer in ("streets", "zones", "projects"):
        done = run("import", sample / f"{layer}.geojson", "-w", folder, "--as", layer)
        assert done.returncode == 0, done.stderr
    done = run("import", sample / "rules.yaml", "-w", folder, "--as", "rules")
    assert done.returncode == 0, done.stderr
    return folder


def test_check_of_a_street_lists_its_violations_worst_first(town: Path, sample: Path) -> None:
    done = run("check", "-w", town, "--street", "秀水西街", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["street"] == "xiushui-west"
    verdicts = [row["verdict"] for row in report["findings"]]
    assert verdicts[: report["counts"]["fail"]] == ["fail"] * report["counts"]["fail"]
    heights = [row for row in report["findings"] if row["verdict"] == "fail" and row["kind"] == "building-height"]
    planted = {row["building_id"]: row for row in json.loads((sample / "answers.json").read_text())["violations"]
               if row["kind"] == "building-height"}  # fmt: skip
    assert heights
    for row in heights:
        assert row["margin"] == pytest.approx(planted[row["building_id"]]["margin"], abs=0.051)


def test_fail_on_gives_exit_code_four(town: Path) -> None:
    assert run("check", "-w", town, "--fail-on", "fail", "--quiet").returncode == 4


def test_unknown_street_lists_the_known_ones(town: Path) -> None:
    done = run("check", "-w", town, "--street", "长安街")
    assert done.returncode == 3
    assert "秀水西街" in done.stderr


def test_importing_again_replaces_and_keeps_one_set_of_rows(town: Path, sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    before = pyogrio.read_info(folder / "cim.gpkg", layer="buildings")["features"]
    done = run("import", sample / "buildings.geojson", "-w", folder, "--dataset", "buildings", "--json")
    assert done.returncode == 0, done.stderr
    assert pyogrio.read_info(folder / "cim.gpkg", layer="buildings")["features"] == before
    assert len([path for path in (folder / "tilesets" / "buildings").iterdir() if not path.name.startswith(".")]) == 1


def test_gdal_opens_the_store(town: Path) -> None:
    layers = {name for name, _ in pyogrio.list_layers(town / "cim.gpkg")}
    assert {"buildings", "streets", "frontages", "control_zones", "projects", "findings"} <= layers
    assert pyogrio.read_info(town / "cim.gpkg", layer="buildings")["crs"] == "EPSG:4547"


def test_import_without_a_dataset_name_is_a_wrong_call(town: Path, sample: Path) -> None:
    done = run("import", sample / "buildings.geojson", "-w", town)
    assert done.returncode == 2
    assert "--dataset" in done.stderr


def test_terrain_command_writes_layer_json_and_gzipped_tiles(sample: Path, tmp_path: Path) -> None:
    done = run("terrain", sample / "dem.tif", "-o", tmp_path / "terrain", *HEIGHTS, "--json")
    assert done.returncode == 0, done.stderr
    layer = json.loads((tmp_path / "terrain" / "layer.json").read_text())
    assert layer["projection"] == "EPSG:4326"
    tiles = list((tmp_path / "terrain").rglob("*.terrain"))
    assert len(tiles) == json.loads(done.stdout)["tiles"]
    assert gzip.decompress(tiles[0].read_bytes())


def test_terrain_without_a_height_datum_is_refused(sample: Path, tmp_path: Path) -> None:
    done = run("terrain", sample / "dem.tif", "-o", tmp_path / "terrain")
    assert done.returncode == 3
    assert "--height-datum" in done.stderr


def test_serve_answers_and_stops_on_ctrl_c(town: Path, tmp_path: Path) -> None:
    with serving(town, tmp_path / "log") as address, urllib.request.urlopen(f"{address}/api/v1/streets") as answer:
        names = {street["name"]["zh"] for street in json.load(answer)["streets"]}
    assert {"秀水西街", "金龙东街"} <= names


def test_serve_of_a_folder_without_workspace_says_so(tmp_path: Path) -> None:
    done = run("serve", "-w", tmp_path)
    assert done.returncode == 3
    assert "not a workspace" in done.stderr


def test_port_in_use_is_a_wrong_call(town: Path, tmp_path: Path) -> None:
    with serving(town, tmp_path / "log") as address:
        done = run("serve", "-w", town, "--port", address.rsplit(":", 1)[1])
    assert done.returncode == 2
    assert "--port" in done.stderr


def test_demo_second_run_reuses_the_workspace(demo_workspace: Path) -> None:
    done = run("demo", "--no-serve", "-w", demo_workspace)
    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stderr
