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
