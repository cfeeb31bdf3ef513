from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.workspace import Workspace, is_plain_name
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.errors import CimError, NotFoundError, StoreError, UsageError


def test_settings_come_back_as_they_were_saved(tmp_path: Path) -> None:
    workspace = Workspace(
        tmp_path / "town",
        {"zh": "小镇", "en": "Town"},
        True,
        {"zh": "合成", "en": "Synthetic"},
        "EPSG:4547",
        HeightPolicy(HeightDatum.CHINA_1985, -15.6),
        {"street_id": "west"},
    )
    workspace.save()
    assert Workspace.load(tmp_path / "town") == workspace
    settings = json.loads((tmp_path / "town" / "workspace.json").read_text(encoding="utf-8"))
    assert settings["heights"] == {"datum": "china-1985", "undulation_m": -15.6}
    assert [path.name for path in (tmp_path / "town").iterdir()] == ["workspace.json"]  # no staging file is left


def test_a_plain_name_serves_both_languages(tmp_path: Path) -> None:
    (tmp_path / "workspace.json").write_text('{"name": "Town"}')
    assert Workspace.load(tmp_path).name == {"zh": "Town", "en": "Town"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (None, NotFoundError),
        ("{", StoreError),
        ("[]", StoreError),
        ('{"heights": {"datum": "sea"}}', StoreError),
        ('{"heights": {"datum": "china-1985"}}', CimError),
    ],
)
def test_settings_that_cannot_be_trusted_are_refused(tmp_path: Path, text: str | None, error: type[CimError]) -> None:
    if text is not None:
        (tmp_path / "workspace.json").write_text(text)
    with pytest.raises(error):
        Workspace.load(tmp_path)


def test_paths_lie_inside_the_workspace(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert workspace.tileset_folder("town", "0123") == tmp_path / "tilesets" / "town" / "0123"
    assert workspace.terrain_version() is None


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a..b", "名", "x" * 101, "a\x00", "a b"]
)
def test_names_that_are_no_folder_are_refused(tmp_path: Path, name: str) -> None:
    assert not is_plain_name(name)
    with pytest.raises(UsageError):
        Workspace(tmp_path).tileset_folder(name, "1")
    with pytest.raises(UsageError):
        Workspace(tmp_path).terrain_version_folder(name)
