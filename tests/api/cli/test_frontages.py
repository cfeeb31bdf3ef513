"""``cim import --as frontages``: every row is kept or refused with its reason, and the facade is judged by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli.main import main
from api.pipeline.scenarios import adopt_scenario, check_scenario, draft_scenario
from api.workspace import Workspace
from cim_core.progress import SilentProgress
from cim_core.scenarios import parse_scenario
from cim_core.store import Store

EAST, NORTH = 447_000.0, 4_217_000.0
CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
RULES = """
id: walls
name: {zh: 墙, en: Walls}
version: "1"
document: {title: {zh: 墙, en: Walls}, provenance: hand, issued: 2026-01-01}
rules:
- {id: no-sheet, kind: facade-material, clause: "1", nature: rigid, text: {zh: a, en: a},
   parameters: {forbidden: [metal_sheet]}}
"""


def write(path: Path, *features: tuple[str, dict[str, Any], dict[str, Any]]) -> Path:
    rows = [
        {"type": "Feature", "id": name, "properties": {"id": name, **values}, "geometry": geometry}
        for name, geometry, values in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": CRS, "features": rows}), encoding="utf-8")
    return path


def box(x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))
    return {"type": "Polygon", "coordinates": [[[EAST + x, NORTH + y] for x, y in corners]]}


def line(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [[EAST + x, NORTH + y] for x, y in points]}


def cim(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """``c`` stands at the corner of main and lane, ``b`` on main alone; both are of painted render."""
    values = {"height_m": 9, "base_m": 0, "storeys": 3, "facade_material": "render"}
    houses = write(tmp_path / "b.geojson", ("c", box(7, 12, 27, 28), values), ("b", box(60, 12, 80, 26), values))
    streets = write(
        tmp_path / "s.geojson",
        ("main", line((0, 0), (200, 0)), {"width_m": 20.0}),
        ("lane", line((0, 0), (0, 100)), {"width_m": 10.0}),
    )
    (tmp_path / "r.yaml").write_text(RULES, encoding="utf-8")
    folder = tmp_path / "town"
    assert cim("import", houses, "-w", folder, "--dataset", "d", "--height-datum", "ellipsoid").exit_code == 0
    for path, part in ((streets, "streets"), (tmp_path / "r.yaml", "rules")):
        assert cim("import", path, "-w", folder, "--as", part).exit_code == 0
    return folder


def take(town: Path, path: Path) -> dict[str, Any]:
    done = cim("import", path, "-w", town, "--as", "frontages", "--by", "Li", "--json")
    assert done.exit_code in (0, 3), done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def verdicts(town: Path) -> dict[str, str]:
    found = json.loads(cim("check", "-w", town, "--json").stdout)["findings"]
    return {row["building_id"]: row["verdict"] for row in found}


def test_every_row_is_kept_or_refused_with_its_reason(town: Path, tmp_path: Path) -> None:
    table = """building_id,street_id,side,color,color_source,material
b,main,,#8C8C86,card,彩钢板
d/c,main,north,102030,,
c,lane,south,#102030,,
x,main,,#102030,,
b,nowhere,,#102030,,
b,lane,,#102030,,
c,lane,,greyish,,
b,main,north,#000000,,
c,lane,east,,,
"""
    (tmp_path / "f.csv").write_text(table, encoding="utf-8-sig")
    answer = take(town, tmp_path / "f.csv")
    assert (answer["features_in"], answer["rows"], answer["rejected"]) == (9, 2, 7)
    assert [(issue["where"], issue["code"]) for issue in answer["issues"]] == [
        ("row 3", "no-frontage"),
        ("row 4", "unknown-building"),
        ("row 5", "unknown-street"),
        ("row 6", "no-frontage"),
        ("row 7", "unreadable-color"),
        ("row 8", "duplicate-frontage"),
        ("row 9", "nothing-surveyed"),
    ]
    assert verdicts(town) == {"b": "fail", "c": "pass"}
    told = json.loads(cim("history", "frontage", "d/b@main:north", "-w", town, "--json").stdout)
    (row,) = told["rows"]
    assert (row["values"]["color"], row["values"]["material"], row["actor"]) == ("#8c8c86", "metal_sheet", "Li")


def test_geojson_by_key_replaces_one_survey_and_leaves_the_others(town: Path, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("building_id,street_id,material\nb,main,metal_sheet\nc,main,metal_sheet\n")
    assert take(town, tmp_path / "f.csv")["rows"] == 2
    assert verdicts(town) == {"b": "fail", "c": "fail"}
    survey = write(tmp_path / "f.geojson", ("1", line((0, 0), (1, 0)), {"key": "d/b@main:north", "material": "stone"}))
    assert take(town, survey)["rows"] == 1
    assert verdicts(town) == {"b": "pass", "c": "fail"}


def test_what_is_no_table_of_surveys_is_refused_as_a_whole(town: Path, tmp_path: Path) -> None:
    for name, text in (("missing-field.csv", "name,color\nb,#102030\n"), ("unreadable-surveys.geojson", "{")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = cim("import", tmp_path / name, "-w", town, "--as", "frontages", "--json")
        assert done.exit_code == 3
        assert json.loads(done.stdout)["error"]["code"] == Path(name).stem
    with Store.open(town / "cim.gpkg") as store:
        assert store.frontage_surveys().num_rows == 0


def test_a_row_that_fits_two_frontages_is_refused_with_both_keys(town: Path, tmp_path: Path) -> None:
    """The lane gets a second line on the other side of ``c``, which then has a front to the west of the lane too."""
    lanes = {"type": "MultiLineString", "coordinates": [line((0, 0), (0, 100))["coordinates"]]}
    lanes["coordinates"].append(line((34, 0), (34, 100))["coordinates"])
    streets = write(tmp_path / "s.geojson", ("lane", lanes, {"width_m": 10.0}))
    assert cim("import", streets, "-w", town, "--as", "streets").exit_code == 0
    (tmp_path / "f.csv").write_text("building_id,street_id,side,color\nc,lane,,#102030\nc,lane,west,#102030\n")
    answer = take(town, tmp_path / "f.csv")
    assert (answer["features_in"], answer["rows"], answer["rejected"]) == (2, 1, 1)
    (issue,) = answer["issues"]
    assert (issue["where"], issue["code"]) == ("row 1", "ambiguous-frontage")
    assert "d/c@lane:east" in issue["hint"]
    assert "d/c@lane:west" in issue["hint"]


def test_an_adopted_facade_takes_the_survey_of_the_former_one_back(town: Path, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("building_id,street_id,material,sign_count\nb,main,metal_sheet,2\n")
    assert take(town, tmp_path / "f.csv")["rows"] == 1
    text = """
id: clad
name: {zh: 换面, en: New walls}
changes:
- set: {buildings: d/b, facade_material: stone}
"""
    with Store.open(town / "cim.gpkg") as store:
        draft_scenario(store, parse_scenario(text, "clad.yaml", store.work_crs), by="planner")
        check_scenario(store, "clad", SilentProgress(), by="planner")
        (place,) = store.scenario_places("clad").to_pylist()
        assert (place["verdict_before"], place["verdict_after"]) == ("fail", "pass")
        adopt_scenario(store, "clad", SilentProgress(), by="Li", reason="built", workspace=Workspace.load(town))
        (survey,) = store.frontage_surveys().to_pylist()
        assert (survey["material"], survey["sign_count"], survey["version"]) == (None, 2, 2)
    assert verdicts(town) == {"b": "pass", "c": "pass"}
