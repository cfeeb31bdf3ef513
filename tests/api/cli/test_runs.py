"""``cim runs`` and the exemptions of ``cim rules``, from a decision to the flip it causes."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from api.cli.main import main
from api.pipeline.rejudging import check_if_due
from api.workspace import Workspace
from cim_core.store import FindingFilter
from cim_core.townscape.runs import decode_table
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
    runs = len(answer("runs", "list", "-w", town)["runs"])
    decided = answer("rules", "exempt", "height-all", "town/b2", "-w", town, *DECIDED, "--conditions", "不加层")
    assert (decided["state"], decided["conditions"]) == ("valid", "不加层")
    (effect,) = decided["effect"]["findings"]
    assert (effect["verdict_before"], effect["verdict"], effect["original_verdict"]) == ("fail", "exempt", "fail")
    (listed,) = answer("rules", "exemptions", "-w", town)["exemptions"]
    assert (listed["building_id"], listed["state"], listed["origin"]) == ("b2", "valid", "town")
    assert "(不加层)" in cim("rules", "exemptions", "-w", town).stdout

    flip = answer("runs", "diff", "previous", "last", "-w", town)
    (changed,) = flip["flips"]
    assert (changed["building_id"], changed["verdict_from"], changed["verdict_to"]) == ("b2", "fail", "exempt")
    assert changed["reasons"] == ["exemption"]
    assert_stored_as_checked_anew(town)

    withdrawn = cim("rules", "withdraw", "height-all", "town/b2", "-w", town, "--by", "领导组")
    assert (withdrawn.exit_code, "exempt → fail" in withdrawn.stdout) == (0, True)
    assert answer("rules", "exemptions", "-w", town)["exemptions"] == []
    first, second = (run["id"] for run in answer("runs", "list", "-w", town)["runs"][-2:])
    assert int(second) == runs + 3  # the decision, the check, the withdrawal
    text = cim("runs", "diff", first, second, "-w", town).stdout
    assert "1 verdicts flipped" in text
    assert "exempt → fail" in text
    assert "[exemption]" in text
    assert_stored_as_checked_anew(town)


def assert_stored_as_checked_anew(town: Path) -> None:
    """A check of everything stores and keeps exactly what the decision about one building left."""
    with Workspace.load(town).open_store() as store:
        left, kept = store.findings()[1].sort_by("id"), store.check_run("last")
        assert cim("check", "-w", town, "--quiet", "--json").exit_code == 0
        assert store.findings()[1].sort_by("id").equals(left)
        again = store.check_run("last")
        assert (again.inputs, again.counts, again.data_file, again.rules_file) == (
            kept.inputs, kept.counts, kept.data_file, kept.rules_file,
        )  # fmt: skip
        first, second = (decode_table((town / "runs" / str(run.findings_file)).read_bytes()) for run in (kept, again))
        assert first.equals(second)


@pytest.mark.parametrize("rule_id", ["height-all", "same-eave", "roofs"])
def test_a_decision_stores_what_a_check_of_everything_would(town: Path, rule_id: str) -> None:
    rules = json.loads(json.dumps(RULE_PACK, default=str))
    common = {"clause": "9", "nature": "elastic", "text": {"zh": "文", "en": "Text"}}
    rules["rules"] = [
        rules["rules"][1] | {"parameters": {"max_m": 5}},
        {"id": "same-eave", "kind": "same-eave-rate", "parameters": {"min_percent": 99}, **common},
        {"id": "roofs", "kind": "roof-form", "parameters": {"allowed": ["gable"]}, **common},
    ]
    pack = town / "three.yaml"
    pack.write_text(json.dumps(rules, ensure_ascii=False), encoding="utf-8")
    imported = cim("import", pack, "-w", town, "--as", "rules", "--quiet")
    assert imported.exit_code == 0, imported.output
    effect = answer("rules", "exempt", rule_id, "town/b1", "-w", town, *DECIDED)["effect"]
    assert {row["verdict"] for row in effect["findings"]} == {"exempt"}
    assert_stored_as_checked_anew(town)


def test_a_decision_after_an_edit_judges_the_town(town: Path) -> None:
    with Workspace.load(town).open_store() as store:
        store.edit("building", "town/b2", {"height_m": 99.0}, version=store.version("building", "town/b2"))
        effect = answer("rules", "exempt", "height-all", "town/b1", "-w", town, *DECIDED)["effect"]
        _, found = store.findings(FindingFilter(building="b2", rule="height-all"))
        assert found["measured_value"].to_pylist() == [99.0]
        assert store.check_run("last").id == effect["run"]
    assert_stored_as_checked_anew(town)


def test_a_decision_that_ends_is_judged_on_its_day(town: Path) -> None:
    rule = ("rules", "exempt", "height-all", "town/b2", "-w", town, "--reason", "因", "--by", "领导组")
    pack = town / "lower.yaml"
    lower = json.loads(json.dumps(RULE_PACK, default=str))
    lower["rules"] = [lower["rules"][1] | {"parameters": {"max_m": 13}}]
    pack.write_text(yaml.safe_dump(lower, allow_unicode=True), encoding="utf-8")
    assert cim("import", pack, "-w", town, "--as", "rules", "--quiet").exit_code == 0
    today = date.today()
    answer(*rule, "--decided", "2026-01-01", "--expires", today.isoformat())
    with Workspace.load(town).open_store() as store:
        of_b2 = FindingFilter(building="b2", rule="height-all")
        assert not check_if_due(store, town, on=today)
        assert store.findings(of_b2)[1]["verdict"].to_pylist() == ["exempt"]
        assert check_if_due(store, town, on=today + timedelta(days=1))
        assert store.findings(of_b2)[1]["verdict"].to_pylist() == ["fail"]
        assert not check_if_due(store, town, on=today + timedelta(days=2))
    (flip,) = answer("runs", "diff", "previous", "last", "-w", town)["flips"]
    assert (flip["verdict_to"], flip["reasons"]) == ("fail", ["exemption"])


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
