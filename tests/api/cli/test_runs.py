"""``cim runs`` and the exemptions of ``cim rules``, from a decision to the flip it causes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from api.cli.main import main
from tests.api.http.builders import RULE_PACK, build_workspace

DECIDED = ("--reason", "既有公共建筑", "--by", "领导组", "--decided", "2026-01-01", "--expires", "2099-12-31")


def cim(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def answer(*arguments: object) -> Any:
    done = cim(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A town with two checks of one day; b0 … b2 stand 6, 12 and (from storeys) 15 m high."""
    return build_workspace(tmp_path / "town").folder


def test_an_exemption_flips_one_verdict_and_its_end_flips_it_back(town: Path) -> None:
    lower = json.loads(json.dumps(RULE_PACK, default=str))
    lower["rules"] = [lower["rules"][1] | {"parameters": {"max_m": 13}}]
    pack = town / "lower.yaml"
    pack.write_text(yaml.safe_dump(lower, allow_unicode=True), encoding="utf-8")
    assert cim("import", pack, "-w", town, "--as", "rules", "--quiet").exit_code == 0
    decided = cim("rules", "exempt", "height-all", "town/b2", "-w", town, *DECIDED)
    assert (decided.exit_code, "from the next check on" in decided.stdout) == (0, True)
    (listed,) = answer("rules", "exemptions", "-w", town)["exemptions"]
    assert (listed["building_id"], listed["state"], listed["origin"]) == ("b2", "valid", "town")
    assert "height-all" in cim("rules", "exemptions", "-w", town).stdout

    first = answer("check", "-w", town)["run"]
    flip = answer("runs", "diff", "previous", "last", "-w", town)
    (changed,) = flip["flips"]
    assert (changed["building_id"], changed["verdict_from"], changed["verdict_to"]) == ("b2", "fail", "exempt")
    assert changed["reasons"] == ["exemption"]

    withdrawn = cim("rules", "withdraw", "height-all", "town/b2", "-w", town, "--by", "领导组")
    assert (withdrawn.exit_code, "from the next check on" in withdrawn.stdout) == (0, True)
    assert answer("rules", "exemptions", "-w", town)["exemptions"] == []
    second = answer("check", "-w", town)["run"]
    text = cim("runs", "diff", first, second, "-w", town).stdout
    assert "1 verdicts flipped" in text
    assert "exempt → fail" in text
    assert "[exemption]" in text


def test_an_import_keeps_its_check_too(town: Path) -> None:
    before = answer("runs", "list", "-w", town)["runs"]
    pack = town / "same.yaml"
    pack.write_text(yaml.safe_dump(json.loads(json.dumps(RULE_PACK, default=str))), encoding="utf-8")
    assert cim("import", pack, "-w", town, "--as", "rules", "--quiet").exit_code == 0
    after = answer("runs", "list", "-w", town)["runs"]
    assert [run["id"] for run in after[:-1]] == [run["id"] for run in before]
    assert after[-1]["comparable"]
    assert len(cim("runs", "list", "-w", town).stdout.splitlines()) == len(after)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rules", "exempt", "height-moon", "town/b2", *DECIDED), "height-moon"),
        (("rules", "exempt", "height-all", "town/b9", *DECIDED), "b9"),
        (("rules", "withdraw", "height-all", "town/b2"), "b2"),
        (("runs", "diff", "77", "last"), "77"),
    ],
)
def test_what_is_not_there_is_named(town: Path, arguments: tuple[str, ...], words: str) -> None:
    done = cim(*arguments, "-w", town)
    assert done.exit_code == 3, done.output
    assert words in done.stderr


def test_conflicts_name_both_rules_and_the_buildings_they_share(town: Path) -> None:
    (found,) = answer("rules", "conflicts", "-w", town)["conflicts"]
    assert {found["first"], found["second"]} == {"height-core", "height-all"}
    assert found["buildings"] > 0
    assert "height-core" in cim("rules", "conflicts", "-w", town).stdout
