"""``cim convert`` as its user runs it: a process, its exit code, its files."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CIM = [sys.executable, "-m", "api.cli.main"]

# Two 10 m × 20 m boxes at the county seat in EPSG:4547, one with a height and one with storeys only.
SQUARE = [[447800, 4217000], [447810, 4217000], [447810, 4217020], [447800, 4217020], [447800, 4217000]]
NEXT = [[x + 30, y] for x, y in SQUARE]


def feature(ring: list[list[float]] | None, **properties: object) -> dict[str, object]:
    geometry = None if ring is None else {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write_geojson(
    path: Path, features: list[dict[str, object]], crs: str | None = "urn:ogc:def:crs:EPSG::4547"
) -> Path:
    collection: dict[str, object] = {"type": "FeatureCollection", "features": features}
    if crs:
        collection["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CIM, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def two_boxes(tmp_path: Path) -> Path:
    rows = [feature(SQUARE, id="a", height=12.5), feature(NEXT, id="b", height=None, floors=4), feature(None, id="c")]
    return write_geojson(tmp_path / "boxes.geojson", rows)


def test_json_reports_counts_that_balance(two_boxes: Path, tmp_path: Path) -> None:
    done = run("convert", two_boxes, "-o", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["features_in"], report["features_out"], report["crs"]) == (3, 2, "EPSG:4547")
    rejected = [issue for issue in report["sources"][0]["issues"] if issue["severity"] == "rejected"]
    assert [(issue["code"], issue["feature_id"]) for issue in rejected] == [("no-geometry", "c")]
    assert report["tiles"] == 1
    assert report["bytes"] > 0
    assert report["seconds"] > 0
    assert {"tileset.json", "manifest.json", "report.json", "tiles"} <= {p.name for p in (tmp_path / "out").iterdir()}


def test_report_file_says_the_same_as_json(two_boxes: Path, tmp_path: Path) -> None:
    done = run("convert", two_boxes, "-o", tmp_path / "out", "--json")
    on_disk = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert on_disk["sources"] == json.loads(done.stdout)["sources"]


def test_full_folder_is_refused_and_kept(two_boxes: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "precious.txt").write_text("mine")
    done = run("convert", two_boxes, "-o", out)
    assert done.returncode == 2
    assert "--overwrite" in done.stderr
    assert [path.name for path in out.iterdir()] == ["precious.txt"]


def test_folder_with_other_files_is_kept_even_with_overwrite(two_boxes: Path, tmp_path: Path) -> None:
    out = tmp_path / "Documents"
    out.mkdir()
    (out / "precious.txt").write_text("mine")
    for command in (("convert", two_boxes, "-o", out, "--overwrite"), ("demo", "--no-serve", "--rebuild", "-w", out)):
        done = run(*command)
        assert done.returncode == 2, done.stderr
        assert [path.name for path in out.iterdir()] == ["precious.txt"]


def test_output_that_holds_the_source_is_refused(two_boxes: Path, tmp_path: Path) -> None:
    (tmp_path / "tileset.json").write_text("old")
    done = run("convert", two_boxes, "-o", tmp_path, "--overwrite")
    assert done.returncode == 2
    assert two_boxes.exists()


def test_what_the_system_refuses_is_two_sentences_and_no_traceback(two_boxes: Path, tmp_path: Path) -> None:
    done = run("import", two_boxes, "-w", tmp_path / ("x" * 300), "--dataset", "boxes", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["code"] == "system-refuses"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("at", ["113.4,38.08,1e9", "113.4,38.08,inf", "113.4,38.08,930,nan", "38.08,113.4", "nan,38"])
def test_position_off_the_earth_is_a_wrong_call(two_boxes: Path, tmp_path: Path, at: str) -> None:
    done = run("convert", two_boxes, "-o", tmp_path / "out", "--at", at)
    assert done.returncode == 2
    assert "--at" in done.stderr


def test_port_variable_that_is_no_number_is_a_wrong_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIM_PORT", "http")
    done = run("serve", "-w", tmp_path)
    assert done.returncode == 2
    assert "CIM_PORT" in done.stderr


def test_second_run_with_overwrite_gives_the_same_bytes(two_boxes: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("convert", two_boxes, "-o", out)
    first = (out / "manifest.json").read_bytes()
    assert run("convert", two_boxes, "-o", out, "--overwrite").returncode == 0
    assert (out / "manifest.json").read_bytes() == first


def test_metres_without_a_crs_are_refused_with_a_hint(tmp_path: Path) -> None:
    source = write_geojson(tmp_path / "metres.geojson", [feature(SQUARE, height=3)], crs=None)
    done = run("convert", source, "-o", tmp_path / "out", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["code"] == "metres-as-degrees"
    assert "--crs" in done.stderr
    assert not (tmp_path / "out").exists()


def test_unknown_option_value_is_a_wrong_call(two_boxes: Path, tmp_path: Path) -> None:
    done = run("convert", two_boxes, "-o", tmp_path / "out", "--height-field", "tallness")
    assert done.returncode == 2
    assert "tallness" in done.stderr
    assert "height" in done.stderr


def test_undulation_without_datum_is_a_wrong_call(two_boxes: Path, tmp_path: Path) -> None:
    done = run("convert", two_boxes, "-o", tmp_path / "out", "--geoid-undulation", "-15.6")
    assert done.returncode == 2
    assert "--height-datum" in done.stderr


@pytest.mark.parametrize("undulation", ["nan", "inf", "5000"])
def test_undulation_no_geoid_has_is_refused(two_boxes: Path, tmp_path: Path, undulation: str) -> None:
    options = ("--height-datum", "china-1985", "--geoid-undulation", undulation)
    done = run("convert", two_boxes, "-o", tmp_path / "out", *options)
    assert done.returncode == 3
    assert "undulation" in done.stderr


def test_missing_file_says_which(tmp_path: Path) -> None:
    done = run("convert", tmp_path / "nowhere.gpkg", "-o", tmp_path / "out")
    assert done.returncode == 3
    assert "nowhere.gpkg" in done.stderr


def test_several_sources_become_a_folder_each_under_one_root(two_boxes: Path, tmp_path: Path) -> None:
    other = write_geojson(tmp_path / "more.geojson", [feature(NEXT, id="x", height=9)])
    done = run("convert", two_boxes, other, "-o", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    root = json.loads((tmp_path / "out" / "tileset.json").read_text())["root"]
    assert [child["content"]["uri"] for child in root["children"]] == ["boxes/tileset.json", "more/tileset.json"]
    assert json.loads(done.stdout)["features_out"] == 3


def children_of(pid: int) -> list[str]:
    """The helper processes of a conversion; none where /proc does not tell."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for task in tasks for child in task.read_text().split()]


def test_ctrl_c_that_a_library_swallows_still_stops_the_work() -> None:
    program = (
        "import os, signal\n"
        "from api.cli.console import TerminalProgress, reports_errors\n"
        "@reports_errors\n"
        "def work():\n"
        "    with TerminalProgress(quiet=True) as progress:\n"
        "        progress.start('read')\n"
        "        try:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "        except BaseException:\n"
        "            print('swallowed')\n"
        "        progress.advance()\n"
        "        print('went on')\n"
        "work()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (130, "swallowed\n")


def test_ctrl_c_leaves_the_old_result_and_no_staging(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "tileset.json").write_text("old")
    command = [*CIM, "convert", str(shared_data / "footprints" / "nyc_100k.fgb"), "-o", str(out), "--overwrite"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(".out.staging-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    children = children_of(process.pid)
    process.send_signal(signal.SIGINT)
    message = process.communicate(timeout=60)[1]
    assert process.returncode == 130, message
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert (out / "tileset.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("command", ["convert", "update", "inspect", "terrain", "import", "check", "serve", "demo"])
def test_help_has_an_example(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert f"cim {command}" in done.stdout.split("Example")[1]


def test_formats_lists_every_format_of_the_issue_as_json() -> None:
    rows = json.loads(run("formats", "--json").stdout)["formats"]
    suffixes = {suffix for row in rows for suffix in row["suffixes"]}
    wanted = {
        ".geojson",
        ".gpkg",
        ".fgb",
        ".shp",
        ".zip",
        ".parquet",
        ".ifc",
        ".obj",
        ".glb",
        ".gltf",
        ".stl",
        ".ply",
        ".las",
        ".laz",
    }
    assert wanted <= suffixes


def test_killed_conversion_keeps_the_old_result_and_the_next_one_clears_up(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "tileset.json").write_text("old")
    command = [*CIM, "convert", str(shared_data / "footprints" / "nyc_100k.fgb"), "-o", str(out), "--overwrite"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob(".out.staging-*/tiles/*.glb")) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    assert (out / "tileset.json").read_text() == "old"
    assert len(list(tmp_path.glob(".out.staging-*"))) == 1
    other = write_geojson(tmp_path / "boxes.geojson", [feature(NEXT, id="x", height=9)])
    assert run("convert", other, "-o", out, "--overwrite").returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"out", "boxes.geojson"}


def test_update_equals_a_new_conversion(tmp_path: Path) -> None:
    source = write_geojson(tmp_path / "boxes.geojson", [feature(NEXT, id="x", height=9)])
    assert run("update", source, "-o", tmp_path / "out").returncode == 3
    assert run("convert", source, "-o", tmp_path / "out").returncode == 0
    write_geojson(source, [feature(NEXT, id="x", height=12)])
    assert run("update", source, "-o", tmp_path / "out").returncode == 0
    assert run("convert", source, "-o", tmp_path / "fresh").returncode == 0
    for name in ("tileset.json", "manifest.json", "tiles/r.glb"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes()
