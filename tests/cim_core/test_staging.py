"""Folders change places in one step, and what killed runs leave is swept."""

import os
import signal
import subprocess
import sys

import pytest

from cim_core import files
from cim_core.files import staged_folder

HOLD = """
import sys, time
from pathlib import Path
from cim_core.files import staged_folder
with staged_folder(Path(sys.argv[1]), overwrite=True) as staging:
    (staging / "half").touch()
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("can_exchange", [True, False])
def test_old_folder_gives_way_and_nothing_else_stays(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(files, "_exchange", lambda *_: False)
    out = tmp_path / "out"
    out.mkdir()
    (out / "tileset.json").touch()
    with staged_folder(out, overwrite=True) as staging:
        (staging / "new").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in out.iterdir()] == ["new"]


@pytest.mark.skipif(os.name == "nt", reason="locks on folders are POSIX")
def test_killed_run_keeps_the_old_result_and_is_swept_by_the_next(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "tileset.json").write_text("old")
    with subprocess.Popen([sys.executable, "-c", HOLD, str(out)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        files.sweep_stale_staging(out)
        assert len(list(tmp_path.glob(".out.staging-*"))) == 1, "a living run is not swept"
        process.send_signal(signal.SIGKILL)
    assert (out / "tileset.json").read_text() == "old"
    assert len(list(tmp_path.glob(".out.staging-*"))) == 1
    with staged_folder(out, overwrite=True) as staging:
        (staging / "tileset.json").write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in out.iterdir()] == ["tileset.json"]


def test_old_folder_left_aside_by_a_killed_swap_is_put_back(tmp_path):
    (tmp_path / ".out.old-x" / "content").mkdir(parents=True)
    (tmp_path / ".out.old-x" / "content" / "old").touch()
    files.sweep_stale_staging(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["old"]
