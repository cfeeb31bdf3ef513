"""``cim catalogue``: what is assumed of a dataset, what somebody says of it, and the share under models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli.main import main
from tests.api.http.builders import build_workspace


def cim(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["catalogue", *(str(argument) for argument in arguments)])


def answer(*arguments: object) -> Any:
    done = cim(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_workspace(tmp_path_factory.mktemp("catalogue") / "town").folder


def test_what_is_said_replaces_what_is_assumed_until_it_is_taken_back(town: Path) -> None:
    assumed = answer("show", "town", "-w", town)
    assert "category" in assumed["assumed"]
    said = answer("set", "town", "-w", town, "--category", "1.4.4", "--licence", "内部使用", "--by", "Li")
    assert (said["category"], said["licence"]) == ("1.4.4", "内部使用")
    assert "category" not in said["assumed"]
    assert "内部使用" in cim("show", "town", "-w", town).stdout
    back = answer("set", "town", "-w", town, "--category", "")
    assert (back["category"], back["licence"]) == (assumed["category"], "内部使用")


def test_the_list_has_every_dataset_and_marks_what_is_assumed(town: Path) -> None:
    records = {record["id"]: record for record in answer("list", "-w", town)["datasets"]}
    assert {"town", "school"} <= set(records)
    lines = cim("list", "-w", town).stdout.splitlines()
    assert len(lines) == 1 + len(records)  # the headings
    (line,) = (line for line in lines if line.split()[0] == "school")
    assert "*" in line


def test_coverage_says_from_which_level_and_on_what_it_rests(town: Path) -> None:
    measured = answer("coverage", "-w", town)
    assert (measured["basis"], measured["percent"]) == ("derived", None)
    assert "no data: draw the built-up area" in cim("coverage", "-w", town).stdout
    assert f"CIM{measured['counted_from_level']} or finer" in cim("coverage", "-w", town).stdout


def test_coverage_of_a_drawn_area_is_the_share_within_50_m_of_a_model(tmp_path: Path) -> None:
    """A block of 100 × 100 m in the west of a strip of 300 × 100 m covers 150 m of it: a half."""
    east, north = 447_000, 4_217_000
    for name, width, properties in (("block", 100, {"id": "b1", "height_m": 12.0}), ("built-up", 300, {"id": "strip"})):
        corners = [[east + x, north + y] for x, y in ((0, 0), (width, 0), (width, 100), (0, 100), (0, 0))]
        feature = {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": "Polygon", "coordinates": [corners]},
        }
        crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
        text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})
        (tmp_path / f"{name}.geojson").write_text(text, encoding="utf-8")
    town = tmp_path / "town"
    layer = ("built-up.geojson", "--as", "layer", "--dataset", "built-up")
    for arguments in (("block.geojson", "--dataset", "town"), layer):
        source = str(tmp_path / arguments[0])
        done = CliRunner().invoke(main, ["import", source, "-w", str(town), *arguments[1:], "--quiet"])
        assert done.exit_code == 0, done.output
    measured = answer("coverage", "-w", town)
    assert (measured["basis"], measured["built_up_m2"]) == ("layer", pytest.approx(30_000, abs=1))
    assert measured["percent"] == pytest.approx(50.0, abs=0.01)


def test_the_tree_has_seven_levels_and_its_codes(town: Path) -> None:
    tree = answer("categories")
    assert [level["level"] for level in tree["cim_levels"]] == [1, 2, 3, 4, 5, 6, 7]
    assert "1.4.4" in {category["code"] for category in tree["categories"]}
    assert "1.4.4" in cim("categories").stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("show", "moon"), "moon"),
        (("set", "town", "--category", "99.9"), "99.9"),
        (("set", "town", "--cim-level", "8"), "8"),
    ],
)
def test_what_is_not_there_is_refused(town: Path, arguments: tuple[str, ...], word: str) -> None:
    done = cim(*arguments, "-w", town)
    assert done.exit_code in {2, 3}, done.output
    assert word in done.stderr
