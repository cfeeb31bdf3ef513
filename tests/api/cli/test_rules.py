"""``cim rules`` on the sample town's packs: what is valid, what a mistake says, what a rule asks of whom."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import main
from cim_core.store import Store
from tests.api.http.builders import build_workspace

TOWN = Path(__file__).resolve().parents[3] / "sample_models" / "yuxian"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["rules", *(str(argument) for argument in arguments)])


@pytest.mark.parametrize("name", ["rules.yaml", "rules-street.yaml"])
def test_the_sample_packs_are_valid(name: str) -> None:
    done = run("validate", TOWN / name, "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["valid"]
    assert report["synthetic"]
    assert report["rules"] == sum(report["kinds"].values()) > 5


def test_a_mistake_is_named_with_line_and_column(tmp_path: Path) -> None:
    text = (TOWN / "rules-street.yaml").read_text(encoding="utf-8").replace("max_d_h: 3", "max_dh: 3")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "max_dh" in row)
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    done = run("validate", tmp_path / "bad.yaml", "--json")
    assert done.exit_code == 3
    error = json.loads(done.stdout)["error"]
    assert error["where"].startswith(f"bad.yaml:{line}:")
    assert "max_dh" in error["message"]
    assert run("validate", tmp_path / "none.yaml").exit_code == 3


def test_a_rule_is_explained_with_units_and_formula() -> None:
    done = run("explain", TOWN / "rules-street.yaml", "frontage-xiushui", "--json")
    assert done.exit_code == 0, done.output
    (rule,) = json.loads(done.stdout)["rules"]
    units = {entry["name"]: (entry["value"], entry["unit"]) for entry in rule["parameters"]}
    assert units["min_percent"] == (60.0, "%")
    assert units["line_setback_m"] == (3.0, "m")
    assert (rule["scope"], rule["buildings"]) == ("street_side", None)
    assert "build-to line" in rule["formula"]["en"]
    text = run("explain", TOWN / "rules.yaml", "height-core").stdout
    assert "max_m" in text
    assert "applies to  zones core" in text


def test_what_cannot_be_explained_is_a_wrong_call_or_a_wrong_name() -> None:
    assert run("explain").exit_code == 2
    assert run("explain", TOWN / "rules.yaml", "height-moon").exit_code == 3


def test_a_workspace_tells_how_many_buildings_a_rule_reaches(tmp_path: Path) -> None:
    folder = build_workspace(tmp_path / "town").folder
    pack = tmp_path / "draft.yaml"
    pack.write_text(
        "{id: draft, name: {zh: 草案, en: Draft}, version: '1', document: {title: {zh: 草案, en: Draft},"
        " provenance: a test}, rules: [{id: all, kind: storeys, clause: '1', nature: rigid,"
        " text: {zh: 层数, en: Storeys},"
        " parameters: {max: 6}}, {id: fronts, kind: height-to-width, clause: '2', nature: rigid,"
        " text: {zh: 高宽比, en: Ratio}, parameters: {max: 2}}]}",
        encoding="utf-8",
    )
    done = run("explain", pack, "-w", folder, "--json")
    assert done.exit_code == 0, done.output
    storeys, fronts = json.loads(done.stdout)["rules"]
    with Store.open(folder / "cim.gpkg") as store:
        assert storeys["buildings"] == storeys["findings"] == store.buildings().num_rows
        assert fronts["findings"] == store.frontages().num_rows
    text = run("explain", pack, "all", "-w", folder).stdout
    assert f"reaches     {storeys['buildings']:,} buildings" in text
    refused = run("validate", TOWN / "rules-street.yaml", "-w", folder)
    assert refused.exit_code == 3
    assert "unknown" in refused.stderr


def test_a_corridor_the_town_does_not_have_is_refused(tmp_path: Path) -> None:
    folder = build_workspace(tmp_path / "town").folder
    pack = tmp_path / "views.yaml"
    pack.write_text(
        "{id: views, name: {zh: 视廊, en: Views}, version: '1', document: {title: {zh: 视廊, en: Views},"
        " provenance: a test}, rules: [{id: view, kind: view-corridor, clause: '1', nature: rigid,"
        " text: {zh: 视廊, en: View}, parameters: {max_intrusion_m: 0, eye_height_m: 1.6, corridors: [vista]}}]}",
        encoding="utf-8",
    )
    assert run("validate", pack).exit_code == 0
    refused = run("validate", pack, "-w", folder)
    assert refused.exit_code == 3
    assert "unknown view corridor 'vista'" in refused.stderr
