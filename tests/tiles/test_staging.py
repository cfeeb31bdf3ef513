"""A folder is replaced whole or not at all."""

from pathlib import Path

import pytest

from cim_core.errors import TilingError, UsageError
from tiles.manifest import FolderWriter
from tiles.staging import staged_folder


def test_body_becomes_the_folder(tmp_path):
    with staged_folder(tmp_path / "deep" / "out", overwrite=False) as staging:
        (staging / "a").write_text("new")
        assert not (tmp_path / "deep" / "out").exists()
    assert (tmp_path / "deep" / "out" / "a").read_text() == "new"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def test_empty_folder_is_not_in_the_way_but_a_file_is(tmp_path):
    (tmp_path / "empty").mkdir()
    with staged_folder(tmp_path / "empty", overwrite=False) as staging:
        (staging / "a").touch()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError), staged_folder(tmp_path / "file", overwrite=True):
        pass


def test_swap_that_fails_half_way_puts_the_old_folder_back(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").touch()
    rename = Path.rename

    def fail_into_place(self, target):
        if Path(target) == out and ".staging-" in self.name:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_into_place)
    with pytest.raises(TilingError, match="Input/output"), staged_folder(out, overwrite=True) as staging:
        (staging / "new").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in out.iterdir()] == ["old"]


def test_disk_error_of_a_background_write_reaches_the_caller(tmp_path):
    (tmp_path / "blocked").touch()
    with FolderWriter(tmp_path) as writer:
        writer.write("blocked/tile.glb", b"x")
        with pytest.raises(OSError, match="blocked"):
            writer.write_manifest(kind="test")
    assert not (tmp_path / "manifest.json").exists()
