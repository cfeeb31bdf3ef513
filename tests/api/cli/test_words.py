"""What commands say in words: no trace of the language the program is written in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import main
from cim_core.renewal import projects_table
from cim_core.store import Change, Store

RECORD = {
    "id": "prj-1", "name_zh": "甲", "name_en": "A", "type": "culture", "batch": "reserve", "stage": "programme",
    "investment": [{"source": "central", "year": 2026, "amount_cny": 1_500_000.0}], "concepts": ["sponge"],
    "synthetic_geometry": True,
}  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> Path:
    from api.pipeline.opening import open_or_create_workspace

    folder = tmp_path / "town"
    open_or_create_workspace(folder)
    with Store.open(folder / "cim.gpkg") as store:
        store.import_projects(projects_table([RECORD]), store.work_crs, Change("Wang", "taken over"))
    return folder


def cim(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def test_help_keeps_its_lines_and_shows_no_marks_of_the_source() -> None:
    shown = cim("--help").output
    assert "\\b" not in shown
    assert "  Try it:        cim demo\n" in shown


def test_a_project_is_told_in_words_and_says_where_its_stage_came_from(town: Path) -> None:
    shown = cim("projects", "show", "prj-1", "-w", town).output
    for trace in ("{", "[", "True", "None", "'"):
        assert trace not in shown
    assert "投资计划 Investment: 资金来源 中央资金 Central government，年度 2026，金额 1,500,000 CNY" in shown
    assert "位置为示意 Illustrative place: 是 yes" in shown
    assert "理念 Concepts: 海绵 Sponge" in shown
    assert "接收阶段 stage taken over: programme (Wang" in shown
    assert json.loads(cim("projects", "show", "prj-1", "-w", town, "--json").output)["taken_over"]["by"] == "Wang"


def test_a_time_of_history_says_its_zone(town: Path) -> None:
    local = cim("history", "project", "prj-1", "-w", town, "--known-at", "2026-05-01T12:00:00")
    assert (local.exit_code, "time zone" in local.stderr) == (2, True)
    known = cim("history", "project", "prj-1", "-w", town, "--known-at", "2999-05-01T12:00:00+08:00")
    assert (known.exit_code, "prj-1" in known.stdout) == (0, True)


def test_a_folder_in_use_is_no_place_for_a_backup_and_no_option_makes_it_one(town: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine", encoding="utf-8")
    done = cim("backup", town, tmp_path / "other")
    assert done.exit_code == 2
    assert "--overwrite" not in done.stderr
    assert "give another folder" in done.stderr
