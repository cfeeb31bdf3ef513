"""``cim crs`` and positions on the command line: what is shown, fitted, warned of, and refused with a way out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from click.testing import CliRunner, Result

from api.cli.main import main
from cim_core.crs.shifted import wgs84_to_gcj02
from cim_core.crs.similarity import Similarity

TURN = Similarity(447_000.0, 4_216_000.0, 1.000_116, -1321.0)
LOCAL = np.array([[1000.0, 2000.0], [4000.0, 2000.0], [4000.0, 6000.0], [1000.0, 6000.0]])


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def write_features(path: Path, geometries: np.ndarray, crs: str | None) -> Path:
    features = [
        {"type": "Feature", "properties": {"id": f"b{n}", "height": 9}, "geometry": json.loads(shapely.to_geojson(g))}
        for n, g in enumerate(geometries)
    ]
    data: dict[str, object] = {"type": "FeatureCollection", "features": features}
    if crs:
        data["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def houses_deg(count: int = 300) -> np.ndarray:
    rng = np.random.default_rng(7)
    corner = np.array([113.40, 38.08]) + rng.uniform(0, 0.01, (count, 2))
    size = rng.uniform(1e-4, 3e-4, (count, 2))
    return np.asarray(shapely.box(*corner.T, *(corner + size).T), dtype=object)


def write_points(path: Path, known: np.ndarray) -> Path:
    lines = [f"P{n},{a},{b},{c:.4f},{d:.4f}" for n, ((a, b), (c, d)) in enumerate(zip(LOCAL, known, strict=True))]
    path.write_text("name,local_east,local_north,east,north\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def known() -> np.ndarray:
    return np.stack(TURN.apply(*LOCAL.T), axis=-1)


@pytest.mark.parametrize(
    ("system", "usable", "says"),
    [
        ("EPSG:4547", True, "without the zone prefix (with it: EPSG:4526)"),
        ("EPSG:4547", True, "x = 447834.788, y = 4217077.553"),
        ("EPSG:4490", True, "declared equal"),
        ("EPSG:2383", False, "refused: no trustworthy transformation from Xian 1980"),
        ("EPSG:4214", False, "cim crs fit"),
        ("gcj02", True, "615 m away"),
        ("BD-09", True, "1412 m away"),
        ("EPSG:4547+5737", True, "Yellow Sea 1985 height"),
    ],
)
def test_show_says_what_is_believed_and_what_is_refused(system: str, usable: bool, says: str) -> None:
    done = run("crs", "show", system)
    assert done.exit_code == 0, done.output
    assert says in done.output
    assert json.loads(run("crs", "show", system, "--json").stdout)["is_usable"] is usable


def test_show_refuses_what_it_does_not_know() -> None:
    done = run("crs", "show", "EPSG:9999999")
    assert done.exit_code == 3
    assert "hint" in done.output


def test_fit_writes_a_system_that_convert_uses(tmp_path: Path) -> None:
    points, grid = write_points(tmp_path / "points.csv", known()), tmp_path / "grid.yaml"
    done = run("crs", "fit", points, "--to", "EPSG:4547", "-o", grid, "--name-zh", "独立系", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["fit"]["rmse_m"] < 0.001
    assert report["parameters"]["rotation_arcsec"] == pytest.approx(-1321.0, abs=0.05)
    source = write_features(tmp_path / "houses.geojson", np.array([shapely.box(2000, 3000, 2010, 3020)]), "EPSG:4547")
    refused = run("convert", source, "-o", tmp_path / "no", "--json", "-q")
    assert json.loads(refused.stdout)["sources"][0]["bounds_deg"][1] < 1  # what the file says puts it on the equator
    done = run("convert", source, "--crs", grid, "-o", tmp_path / "out", "--json", "-q")
    assert done.exit_code == 0, done.output
    west, south, _, _ = json.loads(done.stdout)["sources"][0]["bounds_deg"]
    assert (west, south) == pytest.approx((113.42, 38.10), abs=0.02)
    shown = run("crs", "show", grid)
    assert "独立系" in shown.output
    assert "RMSE" in shown.output


def test_fit_refuses_residuals_above_a_decimetre_and_names_the_point(tmp_path: Path) -> None:
    wrong = known()
    wrong[2] += [1.0, 0.0]
    points, grid = write_points(tmp_path / "points.csv", wrong), tmp_path / "grid.yaml"
    done = run("crs", "fit", points, "--to", "EPSG:4547", "-o", grid)
    assert done.exit_code == 3
    assert "residuals-too-large" in done.output
    assert "P2" in done.output
    assert not grid.exists()
    assert run("crs", "fit", points, "--to", "EPSG:4547", "-o", grid, "--force").exit_code == 0
    assert "forced: true" in grid.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("target", "says"), [("EPSG:2383", "not a map on CGCS2000"), ("EPSG:4490", "not a map"), ("EPSG:1", "not known")]
)
def test_fit_refuses_a_target_that_fixes_nothing(target: str, says: str, tmp_path: Path) -> None:
    done = run("crs", "fit", write_points(tmp_path / "points.csv", known()), "--to", target)
    assert done.exit_code == 3
    assert says in done.output


def test_convert_warns_of_a_source_that_lies_beside_the_reference_as_gcj02_does(tmp_path: Path) -> None:
    true = houses_deg()
    right = write_features(tmp_path / "right.geojson", true, None)
    shifted = write_features(tmp_path / "map.geojson", shapely.transform(true, wgs84_to_gcj02), None)
    arguments = ("--reference", right, "--json", "-q")
    done = run("convert", shifted, "-o", tmp_path / "a", *arguments)
    assert done.exit_code == 0, done.output
    issue = next(i for i in json.loads(done.stdout)["sources"][0]["issues"] if i["code"] == "looks-shifted")
    assert issue["hint"] == "give --crs GCJ-02"
    assert "GCJ-02, 61" in issue["message"]
    done = run("convert", shifted, "-o", tmp_path / "b", "--crs", "GCJ-02", *arguments)
    codes = {i["code"]: i for i in json.loads(done.stdout)["sources"][0]["issues"]}
    assert "looks-shifted" not in codes
    assert "stand as it does" in codes["reference"]["message"]


def test_import_warns_against_the_buildings_that_are_there_and_knows_registered_systems(tmp_path: Path) -> None:
    town = tmp_path / "town"
    true = houses_deg()
    first = write_features(tmp_path / "first.geojson", true, None)
    assert run("import", first, "-w", town, "--dataset", "first", "-q").exit_code == 0
    shifted = write_features(tmp_path / "map.geojson", shapely.transform(true, wgs84_to_gcj02), None)
    done = run("import", shifted, "-w", town, "--dataset", "map", "--json", "-q")
    assert done.exit_code == 0, done.output
    issues = json.loads(done.stdout)["source"]["issues"]
    assert [i["hint"] for i in issues if i["code"] == "looks-shifted"] == ["give --crs GCJ-02"]
    again = run("import", shifted, "-w", town, "--dataset", "map", "--crs", "gcj-02", "--json", "-q")
    assert "looks-shifted" not in [i["code"] for i in json.loads(again.stdout)["source"]["issues"]]

    grid = tmp_path / "g.yaml"
    assert run("crs", "fit", write_points(tmp_path / "p.csv", known()), "--to", "EPSG:4547", "-o", grid).exit_code == 0
    assert run("crs", "add", grid, "-w", town, "--name", "dulixi").exit_code == 0
    local = write_features(tmp_path / "local.geojson", np.array([shapely.box(2000, 3000, 2010, 3020)]), "EPSG:4547")
    done = run("import", local, "-w", town, "--dataset", "local", "--crs", "dulixi", "--json", "-q")
    assert done.exit_code == 0, done.output
    assert "local system" in json.loads(done.stdout)["source"]["crs_reason"]
    assert "local system" in run("crs", "show", "dulixi", "-w", town).output
    assert run("crs", "add", grid, "-w", town, "--name", "../up").exit_code == 2


@pytest.mark.parametrize(
    ("crs", "corner", "code", "hint"),
    [
        ("EPSG:4526", (447_800, 4_217_000), "zone-prefix", "give --crs EPSG:4547"),
        ("EPSG:4547", (38_447_800, 4_217_000), "zone-prefix", "give --crs EPSG:4526"),
        ("EPSG:4547", (4_217_000, 447_800), "axes-swapped", "x = east"),
        ("EPSG:4490", (38_447_800, 4_217_000), "metres-as-degrees", "give --crs EPSG:4526"),
        ("EPSG:2383", (447_800, 4_217_000), "ballpark-refused", "cim crs fit"),
        ("EPSG:2435", (447_800, 4_217_000), "ballpark-refused", "--crs system.yaml"),
    ],
)
def test_every_refusal_of_a_position_says_what_to_try(
    crs: str, corner: tuple[float, float], code: str, hint: str, tmp_path: Path
) -> None:
    x, y = corner
    source = write_features(tmp_path / "a.geojson", np.array([shapely.box(x, y, x + 10, y + 20)]), crs)
    done = run("convert", source, "-o", tmp_path / "out")
    assert done.exit_code == 3
    assert code in done.output
    assert hint in done.output
    assert not (tmp_path / "out").exists()
