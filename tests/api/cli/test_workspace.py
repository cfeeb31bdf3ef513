"""``cim import``, ``cim check``, ``cim terrain`` and ``cim serve`` as their users run them."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pyogrio
import pytest

from api.workspace import Workspace
from cim_core.store import FindingFilter, ManualLink, Store
from tests.api.cli.test_convert import CIM, run, write_geojson
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
    for layer in ("streets", "zones", "units", "corridors", "projects"):
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


def test_what_only_hints_is_marked_in_the_list(town: Path) -> None:
    findings = json.loads(run("check", "-w", town, "--street", "秀水西街", "--json").stdout)["findings"]
    done = run("check", "-w", town, "--street", "秀水西街", "--limit", "100000")
    marked = [line for line in done.stdout.splitlines() if line.lstrip().startswith("~")]
    hints = [row for row in findings if row["indicative"]]
    assert len(marked) == sum(row["verdict"] != "pass" for row in hints) > 0
    assert f"~ {len(hints):,} indicative" in done.stderr


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


def test_two_imports_at_once_leave_every_dataset_with_its_tileset(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "town"
    rows = json.loads((sample / "buildings.geojson").read_text(encoding="utf-8"))
    sources = []
    for count in (5, 50, 500):
        path = tmp_path / f"{count}.geojson"
        path.write_text(json.dumps({**rows, "features": rows["features"][:count]}), encoding="utf-8")
        sources.append(path)
    running = [
        subprocess.Popen([*CIM, "import", path, "-w", folder, "--dataset", "town", "-q"], stderr=subprocess.PIPE)
        for path in sources
    ]
    assert [(process.communicate()[1], process.returncode)[1] for process in running] == [0, 0, 0]
    with Store.open(folder / "cim.gpkg") as store:
        dataset = store.dataset("town")
        features = store.count_buildings(dataset="town")
    assert dataset.tileset is not None
    manifest = json.loads((folder / "tilesets" / "town" / dataset.tileset.version / "manifest.json").read_text())
    assert manifest["counts"]["features"] == dataset.tileset.features
    assert features - dataset.tileset.features in {0, 1}  # one of the 500 has no height and is not drawn


def test_import_with_a_dem_gives_the_viewer_the_same_ground(town: Path) -> None:
    workspace = Workspace.load(town)
    assert workspace.terrain_version() is not None
    assert workspace.heights.undulation_m == -15.6


def test_terrain_of_a_new_workspace_needs_its_height_datum_said(sample: Path, tmp_path: Path) -> None:
    done = run("import", sample / "dem.tif", "-w", tmp_path / "town", "--as", "terrain")
    assert done.returncode == 3
    assert "no-height-datum" in done.stderr
    done = run("import", sample / "dem.tif", "-w", tmp_path / "town", "--as", "terrain", *HEIGHTS)
    assert done.returncode == 0, done.stderr
    workspace = Workspace.load(tmp_path / "town")
    assert (workspace.heights.datum.value, workspace.heights.undulation_m) == ("china-1985", -15.6)


def test_terrain_in_other_heights_than_the_town_is_refused(town: Path, sample: Path) -> None:
    done = run("import", sample / "dem.tif", "-w", town, "--as", "terrain", "--height-datum", "ellipsoid")
    assert done.returncode == 2
    assert "other heights" in done.stderr


def test_new_terrain_says_who_stands_on_the_old_one(town: Path, sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    same = run("import", sample / "dem.tif", "-w", folder, "--as", "terrain", "--json")
    assert json.loads(same.stdout)["notes"] == []
    (tmp_path / "other.tif").write_bytes((sample / "dem.tif").read_bytes() + b"\0")
    other = run("import", tmp_path / "other.tif", "-w", folder, "--as", "terrain", "--json")
    assert other.returncode == 0, other.stderr
    assert "buildings stand as they were imported" in json.loads(other.stdout)["notes"][0]


def test_terrain_that_cannot_be_read_leaves_the_old_one(town: Path, sample: Path) -> None:
    before = (Workspace.load(town).terrain_version(), Workspace.load(town).dem_path.read_bytes())
    assert run("import", sample / "rules.yaml", "-w", town, "--as", "terrain").returncode == 3
    assert (Workspace.load(town).terrain_version(), Workspace.load(town).dem_path.read_bytes()) == before


@pytest.mark.parametrize(("file", "part"), [("buildings", "streets"), ("streets", "zones")])
def test_layer_of_the_wrong_geometry_is_refused(town: Path, sample: Path, file: str, part: str) -> None:
    done = run("import", sample / f"{file}.geojson", "-w", town, "--as", part)
    assert done.returncode == 3
    assert "wrong-geometry" in done.stderr


def test_layer_in_metres_without_a_crs_is_refused(town: Path, sample: Path, tmp_path: Path) -> None:
    rows = json.loads((sample / "streets.geojson").read_text(encoding="utf-8"))
    del rows["crs"]
    (tmp_path / "streets.geojson").write_text(json.dumps(rows), encoding="utf-8")
    done = run("import", tmp_path / "streets.geojson", "-w", town, "--as", "streets")
    assert done.returncode == 3
    assert "metres-as-degrees" in done.stderr


def test_map_layer_needs_a_plain_name(town: Path, sample: Path) -> None:
    done = run("import", sample / "streets.geojson", "-w", town, "--as", "layer", "--dataset", "../x")
    assert done.returncode == 2


@pytest.mark.parametrize(("count", "heights"), [(0, True), (3, False)])
def test_dataset_with_nothing_to_draw_is_stored_without_a_tileset(
    sample: Path, tmp_path: Path, count: int, heights: bool
) -> None:
    rows = json.loads((sample / "buildings.geojson").read_text(encoding="utf-8"))
    features = rows["features"][:count]
    for feature in features:
        feature["properties"] = {"id": feature["properties"]["id"]}
    (tmp_path / "few.geojson").write_text(json.dumps({**rows, "features": features}), encoding="utf-8")
    folder = tmp_path / "town"
    done = run("import", tmp_path / "few.geojson", "-w", folder, "--dataset", "few", "--json")
    assert done.returncode == 0, done.stderr
    assert (json.loads(done.stdout)["buildings"], json.loads(done.stdout)["tiles"]) == (count, 0)
    with serving(folder, tmp_path / "log") as address, urllib.request.urlopen(f"{address}/api/v1/datasets") as answer:
        (dataset,) = json.load(answer)["datasets"]
    assert dataset["tileset_url"] is None


def test_dataset_imported_again_with_fewer_buildings_forgets_the_rest(town: Path, sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    with Store.open(folder / "cim.gpkg") as store:
        first, last = (store.buildings(dataset="buildings").column("id")[index].as_py() for index in (0, -1))
        for building in (first, last):
            store.set_project_link(ManualLink("prj-01", "buildings", building, included=True, reason="seen on site"))
    rows = json.loads((sample / "buildings.geojson").read_text(encoding="utf-8"))
    (tmp_path / "few.geojson").write_text(json.dumps({**rows, "features": rows["features"][:10]}), encoding="utf-8")
    done = run("import", tmp_path / "few.geojson", "-w", folder, "--dataset", "buildings", "--json")
    assert done.returncode == 0, done.stderr
    with Store.open(folder / "cim.gpkg") as store:
        assert store.count_buildings() == 10
        about = store.findings(FindingFilter(dataset="buildings"))[1].column("building_id").to_pylist()
        assert about
        assert set(about) <= set(store.buildings().column("id").to_pylist())
        links = store.project_links(project="prj-01").to_pylist()
        assert [row["building_id"] for row in links if row["origin"] == "manual"] == [first]
        assert len(store.state_column("buildings", "verdict")[0]) == 10


def test_source_of_which_nothing_is_usable_does_not_replace_a_dataset(town: Path, tmp_path: Path) -> None:
    point = {"type": "Feature", "properties": {"id": "a"}, "geometry": {"type": "Point", "coordinates": [113.4, 38.08]}}
    (tmp_path / "points.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [point]}))
    done = run("import", tmp_path / "points.geojson", "-w", town, "--dataset", "buildings")
    assert done.returncode == 3
    assert "nothing-usable" in done.stderr
    with Store.open(town / "cim.gpkg") as store:
        assert store.count_buildings(dataset="buildings") > 2000


def test_point_cloud_is_not_told_to_stand_on_the_ground(town: Path, sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    done = run("import", sample / "models" / "scan.laz", "-w", folder, "--dataset", "scan", "--json")
    assert done.returncode == 0, done.stderr
    assert "base-from-terrain" not in {issue["code"] for issue in json.loads(done.stdout)["source"]["issues"]}


def test_model_from_elsewhere_joins_a_town_without_a_question_about_its_zone(
    town: Path, shared_data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    house = ("import", shared_data / "ifc" / "Ifc4_SampleHouse.ifc", "-w", folder, "--dataset", "house", "--at", "8,49")
    assert "--allow-far" in run(*house).stderr
    done = run(*house, "--allow-far")
    assert done.returncode == 0, done.stderr


def test_a_first_layer_that_is_refused_leaves_no_workspace(tmp_path: Path) -> None:
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [113.4, 38.08]}}
    source = write_geojson(tmp_path / "streets.geojson", [point], None)
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "notes.txt").write_text("mine")
    assert run("import", source, "--workspace", tmp_path / "town", "--as", "streets").returncode == 3
    left = {path.name for path in (tmp_path / "town").iterdir()}
    assert left <= {"notes.txt", ".lock"}
    assert (tmp_path / "town" / "notes.txt").read_text() == "mine"
