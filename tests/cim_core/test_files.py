"""Folders are staged, swapped whole, and never put in the place of somebody else's files."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest

from cim_core.errors import TilingError, UsageError
from cim_core.files import replace_folder, staged_folder, write_atomically
from cim_core.locks import folder_lock


def test_folder_with_other_files_is_not_replaced_even_with_overwrite(tmp_path: Path) -> None:
    out = tmp_path / "Documents"
    out.mkdir()
    (out / "thesis.txt").write_text("ten years")
    with pytest.raises(UsageError, match="other files"), staged_folder(out, overwrite=True):
        pass
    assert (out / "thesis.txt").read_text() == "ten years"
    assert list(tmp_path.iterdir()) == [out]


def test_earlier_result_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "tileset.json").write_text("old")
    (out / "old.glb").touch()
    with staged_folder(out, overwrite=True) as staging:
        (staging / "tileset.json").write_text("new")
    assert {path.name for path in out.iterdir()} == {"tileset.json"}
    assert (out / "tileset.json").read_text() == "new"


def test_current_folder_is_refused_as_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="current folder"), staged_folder(Path(), overwrite=True):
        pass


def test_block_that_fails_leaves_the_old_folder_and_no_staging(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "layer.json").write_text("old")
    with pytest.raises(ZeroDivisionError), staged_folder(out, overwrite=True) as staging:
        (staging / "layer.json").write_text(str(1 // 0))
    assert (out / "layer.json").read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_replacing_a_folder_that_vanished_meanwhile_leaves_nothing_aside(tmp_path: Path) -> None:
    staging = tmp_path / "staging"
    staging.mkdir()
    replace_folder(staging, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_swap_that_fails_half_way_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "tileset.json").touch()
    rename = Path.rename

    def fail_into_place(self: Path, target: Path) -> Path:
        if Path(target) == out and ".staging-" in self.name:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr("cim_core.files._exchange", lambda *_: False)
    monkeypatch.setattr(Path, "rename", fail_into_place)
    with pytest.raises(TilingError, match="Input/output"), staged_folder(out, overwrite=True) as staging:
        (staging / "new").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in out.iterdir()] == ["tileset.json"]


def test_empty_folder_is_not_in_the_way_but_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with staged_folder(tmp_path / "empty", overwrite=False) as staging:
        (staging / "a").touch()
    assert (tmp_path / "empty" / "a").exists()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError), staged_folder(tmp_path / "file", overwrite=True):
        pass


def test_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    write_atomically(tmp_path / "deep" / "a.json", b"1")
    write_atomically(tmp_path / "deep" / "a.json", b"2")
    assert (tmp_path / "deep" / "a.json").read_bytes() == b"2"
    assert len(list((tmp_path / "deep").iterdir())) == 1


def _append_slowly(folder: Path) -> None:
    with folder_lock(folder):
        log = folder / "log"
        before = log.read_text() if log.exists() else ""
        time.sleep(0.05)
        log.write_text(before + "x")


def test_lock_lets_one_process_in_at_a_time(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_slowly, args=(tmp_path,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (tmp_path / "log").read_text() == "xxx"


def test_waiting_for_a_lock_is_told_once(tmp_path: Path) -> None:
    told: list[str] = []
    with folder_lock(tmp_path):
        child = multiprocessing.get_context("spawn").Process(target=_append_slowly, args=(tmp_path,))
        child.start()
        time.sleep(0.1)
        assert not (tmp_path / "log").exists()
    child.join()
    with folder_lock(tmp_path, lambda: told.append("waits")):
        pass
    assert told == []
