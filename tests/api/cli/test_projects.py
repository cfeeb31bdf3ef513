"""``cim projects`` and ``cim scenario`` on the small town of the HTTP tests, and what the demo shows of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from click.testing import CliRunner, Result

from api.cli.main import main
from api.workspace import Workspace
from tests.api.http.builders import build_workspace, scenario_text


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return build_workspace(tmp_path / "town").folder


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def as_json(*words: str | Path) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_libraries_are_listed(town: Path) -> None:
    rows = as_json("projects", "list", "-w", town, "--library", "reserve")["projects"]
    assert [(row["id"], row["stage"], row["maturity_percent"]) for row in rows] == [("prj-02", "unit_planning", 0.0)]
    assert "prj-01" in run("projects", "list", "-w", town).stdout


def test_two_people_move_a_project(town: Path) -> None:
    submitted = as_json(
        "projects", "advance", "prj-01", "-w", town, "--by", "Wang", "--to", "checkup", "--reason", "new"
    )
    assert submitted["move"]["status"] == "submitted"
    refused = run("projects", "advance", "prj-01", "-w", town, "--by", "Wang", "--approve", "--json")
    assert (refused.exit_code, json.loads(refused.stdout)["error"]["code"]) == (3, "separation-of-duties")
    as_json("projects", "advance", "prj-01", "-w", town, "--by", "Li", "--approve")
    shown = as_json("projects", "show", "prj-01", "-w", town)
    assert (shown["record"]["stage"], shown["progress"]["gate"]["evidence"]) == (
        "checkup", ["indicator_run", "problem_list"],
    )  # fmt: skip
    assert "checkup" in run("projects", "show", "prj-01", "-w", town).stdout


def test_a_link_is_corrected_by_hand_and_forgotten(town: Path) -> None:
    before = as_json("projects", "link", "prj-01", "town/b0", "-w", town, "--action", "demolish", "--by", "Wang")
    assert (before["link"]["origin"], before["link"]["action"], before["link"]["area_share"]) == (
        "manual", "demolish", 1.0,
    )  # fmt: skip
    total = as_json("projects", "totals", "-w", town, "--by", "project")["groups"][0]
    assert total["demolished_floor_m2"] >= 160  # b0: 80 m² of footprint, two storeys
    out = run("projects", "link", "prj-01", "town/b0", "-w", town, "--exclude", "--reason", "x", "--by", "Wang")
    assert "excluded" in out.stderr
    with Workspace.load(town).open_store() as store:
        assert "b0" not in store.project_links(project="prj-01")["building_id"].to_pylist()
    back = as_json("projects", "link", "prj-01", "town/b0", "-w", town, "--forget")["link"]
    assert (back["origin"], back["included"]) == ("geometry", True)
    both = run("projects", "link", "prj-01", "town/b0", "-w", town, "--forget", "--exclude")
    assert both.exit_code == 2
    nobody = run("projects", "link", "prj-01", "town/b0", "-w", town, "--action", "keep", "--by", " ")
    assert (nobody.exit_code, "needs the name" in nobody.stderr) == (2, True)
    assert run("projects", "link", "prj-01", "town/b99", "-w", town, "--action", "keep", "--by", "Wang").exit_code == 3
    since = ("--by", "Wang", "--valid-from", "2026-05-04")
    as_json("projects", "link", "prj-01", "town/b1", "-w", town, "--action", "keep", *since)
    (row,) = as_json("history", "link", "prj-01/town/b1/manual", "-w", town)["rows"]
    assert (row["valid_from"], row["actor"]) == ("2026-05-04", "Wang")


def test_checks_and_totals(town: Path) -> None:
    checks = as_json("projects", "check", "prj-02", "-w", town)["checks"]
    assert {row["verdict"] for row in checks} == {"no_data"}
    totals = as_json("projects", "totals", "-w", town, "--by", "batch")
    assert [row["key"] for row in totals["groups"]] == ["implementation", "reserve"]
    assert totals["total"][0]["existing_floor_m2"] == 640
    assert run("projects", "totals", "-w", town, "--by", "colour").exit_code == 2


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_an_export_runs_nothing_in_a_spreadsheet(town: Path, tmp_path: Path, suffix: str) -> None:
    with Workspace.load(town).open_store() as store:
        rows = store.projects()
        index = rows.schema.get_field_index("name_en")
        store.import_projects(rows.set_column(index, "name_en", [["=1+2", "@x"]]), store.work_crs)
    out = tmp_path / f"projects.{suffix}"
    assert as_json("projects", "export", out, "-w", town)["projects"] == 2
    if suffix == "csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            table = list(csv.DictReader(file))
        assert [row["英文名称 Name (English)"] for row in table] == ["'=1+2", "'@x"]
    else:
        _, read = pyogrio.read_arrow(out)
        assert read["英文名称 Name (English)"].to_pylist() == ["'=1+2", "'@x"]
        assert read["编号 Id"].to_pylist() == ["prj-01", "prj-02"]
    assert run("projects", "export", tmp_path / "p.doc", "-w", town).exit_code == 2


def test_a_scenario_from_file_to_adoption(town: Path, tmp_path: Path) -> None:
    file = tmp_path / "west.yaml"
    file.write_text(scenario_text().replace("id: west", "id: mine"), encoding="utf-8")
    applied = as_json("scenario", "apply", file, "-w", town, "--by", "Wang")
    assert applied["summary"]["places"] == {"removed": 1, "proposed": 1, "changed": 1, "reshaped": 1}
    assert as_json("scenario", "check", "mine", "-w", town)["summary"] == applied["summary"]
    differences = as_json("scenario", "diff", "mine", "-w", town)["differences"]
    assert differences[0]["difference"] == "worse"
    assert "b0" in run("scenario", "diff", "mine", "-w", town).stdout
    as_json("scenario", "adopt", "mine", "-w", town, "--by", "Li", "--reason", "committee")
    assert run("scenario", "adopt", "mine", "-w", town, "--by", "Li", "--reason", "again").exit_code == 3
    listed = {row["id"]: row for row in as_json("scenario", "list", "-w", town)["scenarios"]}
    assert (listed["mine"]["state"], listed["west"]["stale"]) == ("adopted", True)
    conflict = run("scenario", "check", "west", "-w", town, "--json")
    assert json.loads(conflict.stdout)["error"]["code"] == "no-building"  # b2 is gone by now
    as_json("scenario", "discard", "west", "-w", town, "--by", "Li", "--reason", "overtaken")


def test_an_empty_draft_and_a_mistake_with_its_line(town: Path, tmp_path: Path) -> None:
    made = as_json("scenario", "new", "-w", town, "--name-zh", "空", "--name-en", "Empty", "--project", "prj-01")
    assert made == {"scenario": "scenario-1"}
    bad = tmp_path / "bad.yaml"
    bad.write_text("changes:\n- demolish: town/b0\n- set: {buildings: town/b1, colour: red}\n", encoding="utf-8")
    error = json.loads(run("scenario", "apply", bad, "-w", town, "--json").stdout)["error"]
    assert (error["code"], error["where"]) == ("scenario-file", "bad.yaml:3:37")


def test_a_design_is_matched_and_marked(town: Path) -> None:
    assert as_json("scenario", "design", "school", "-w", town, "--mark", "--by", "Wang")["matches"] == []
    with Workspace.load(town).open_store() as store:
        assert store.place_states().to_pylist() == [
            {"dataset": "school", "building_id": "", "state": "proposed", "scenario_id": None}
        ]


def test_the_demo_shows_stages_checks_and_a_scenario(demo_workspace: Path) -> None:
    checks = as_json("projects", "check", "-w", demo_workspace)["checks"]
    failed = {(row["project_id"], row["check"]) for row in checks if row["verdict"] == "fail"}
    assert {("prj-01", "demolition-share"), ("prj-34", "project-overlap"), ("prj-15", "control-lines")} <= failed
    assert not {project for project, _ in failed} & {"prj-02", "prj-21"}
    by_year = as_json("projects", "totals", "-w", demo_workspace, "--by", "year")
    assert sum(row["investment_cny"] for row in by_year["groups"]) == by_year["total"][0]["investment_cny"] > 0
    by_area = as_json("projects", "totals", "-w", demo_workspace, "--by", "area")["groups"]
    projects = as_json("projects", "list", "-w", demo_workspace)["projects"]
    is_east = [row["unit_id"] in {"unit-en", "unit-es"} for row in projects]
    found = {row["key"]: (row["name"] and row["name"]["zh"], row["projects"]) for row in by_area}
    without = sum(row["unit_id"] is None for row in projects)
    assert found == {
        "district-new": ("东部新城片区", sum(is_east)),
        "district-old": ("老城片区", 35 - sum(is_east) - without),
        None: (None, without),
    }
    assert "老城片区" in run("projects", "totals", "-w", demo_workspace, "--by", "area").stdout
    moves = as_json("projects", "show", "prj-21", "-w", demo_workspace)["moves"]
    assert [move["status"] for move in moves] == ["approved"]
    (scenario,) = as_json("scenario", "list", "-w", demo_workspace)["scenarios"]
    assert (scenario["id"], scenario["state"], scenario["stale"]) == ("xiushui-west", "draft", False)
    differences = as_json("scenario", "diff", "xiushui-west", "-w", demo_workspace)["differences"]
    assert sum(row["difference"] == "better" for row in differences) >= 5
    (match,) = as_json("scenario", "design", "design-shophouse", "-w", demo_workspace)["matches"]
    assert (match["building_id"], match["covered_share"] > 0.4) == ("yx-000041", True)
