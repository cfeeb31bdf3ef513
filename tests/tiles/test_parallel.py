"""The same bytes however many processes help and after an update; helpers end with their parent."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cim_core.issues import IssueLog
from cim_core.progress import SilentProgress
from tests.tiles.builders import box_at_seat, building_stream
from tiles import rows, tree
from tiles.build import build_tileset
from tiles.options import TileOptions
from tiles.readglb import parse_glb
from tiles.validate import check_tileset
from tiles.workers import WorkerPool

PARENT = """
import sys, time
from tiles.workers import WorkerPool
with WorkerPool(1) as pool:
    pool.submit(abs, -1).result()
    print(pool._processes[0].pid, flush=True)
    time.sleep(60)
"""

COPY = """
import threading
from tiles import workers
over = threading.Event()
if WITH_THREAD:
    threading.Thread(target=over.wait).start()
print(workers._can_fork())
with workers.WorkerPool(2) as pool:
    print([pool.submit(abs, -7).result() for _ in range(3)])
over.set()
"""


def town(count=400, changed=None, batch_size=37):
    shapes = [box_at_seat(8 + n % 5, 12, dx=25 * (n % 20), dy=30 * (n // 20)) for n in range(count)]
    heights = [6.0 + n % 20 for n in range(count)]
    heights[7] = 150.0
    if changed is not None:
        heights[changed] += 5
    return building_stream(shapes, height_m=heights, batch_size=batch_size)


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def build(folder, helpers=0, stream=None, **options):
    with WorkerPool(helpers) as workers:
        given = TileOptions(**{"max_vertices": 800, "overwrite": True, **options})
        build_tileset(stream or town(), folder, given, IssueLog(), SilentProgress(), workers)
    return digests(folder)


def test_helpers_and_files_change_no_byte(tmp_path, monkeypatch):
    in_memory = build(tmp_path / "a")
    monkeypatch.setattr(rows, "ROWS_IN_MEMORY", 100)
    assert build(tmp_path / "b") == in_memory
    assert build(tmp_path / "c", helpers=2) == in_memory
    assert len(in_memory) > 10


def test_update_rewrites_only_the_changed_tile_and_equals_a_new_build(tmp_path):
    build(tmp_path / "out")
    before = {path.name: path.stat().st_ino for path in (tmp_path / "out" / "tiles").iterdir()}
    updated = build(tmp_path / "out", stream=town(changed=123), reuse_from=tmp_path / "out")
    after = {path.name: path.stat().st_ino for path in (tmp_path / "out" / "tiles").iterdir()}
    assert updated == build(tmp_path / "fresh", stream=town(changed=123))
    assert len(before.items() ^ after.items()) == 2, "one file went, one came"


def test_new_version_beside_the_old_shares_its_unchanged_files(tmp_path):
    build(tmp_path / "v1")
    first = digests(tmp_path / "v1")
    build(tmp_path / "v2", stream=town(changed=123), reuse_from=tmp_path / "v1")
    inodes = [{path.stat().st_ino for path in (tmp_path / v / "tiles").iterdir()} for v in ("v1", "v2")]
    assert len(inodes[0] - inodes[1]) == 1
    assert digests(tmp_path / "v1") == first


def test_update_with_other_options_takes_nothing_over(tmp_path):
    build(tmp_path / "out")
    assert build(tmp_path / "out", reuse_from=tmp_path / "out", skirt_m=2.0) == build(tmp_path / "fresh", skirt_m=2.0)


@pytest.mark.parametrize("nodes_in_file", [8, 512])
def test_every_gid_is_in_exactly_one_tile_also_of_split_trees(tmp_path, monkeypatch, nodes_in_file):
    monkeypatch.setattr(tree, "NODES_IN_FILE", nodes_in_file)
    build(tmp_path / "out")
    assert check_tileset(tmp_path / "out") == []
    assert (len(list((tmp_path / "out").glob("tileset-*.json"))) > 2) == (nodes_in_file == 8)
    gids = [parse_glb(path.read_bytes()).property_column("gid") for path in (tmp_path / "out" / "tiles").glob("*.glb")]
    assert np.sort(np.concatenate(gids)).tolist() == list(range(400))


def test_tower_stands_right_under_the_root(tmp_path):
    build(tmp_path / "out")
    root = json.loads((tmp_path / "out" / "tileset.json").read_text())["root"]
    first = root["children"][0]["content"]["uri"]
    assert first == "tiles/rb.glb"
    assert parse_glb((tmp_path / "out" / first).read_bytes()).property_column("gid").tolist() == [7]


def test_error_in_a_helper_is_raised_here():
    with WorkerPool(1) as pool, pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 1, 0).result()


@pytest.mark.skipif(sys.platform != "linux", reason="copies itself on Linux only")
@pytest.mark.parametrize("with_thread", [False, True])
def test_helper_is_a_copy_unless_another_thread_runs_and_answers_the_same(with_thread):
    program = COPY.replace("WITH_THREAD", str(with_thread))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == [str(not with_thread), "[7,", "7,", "7]"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc")
def test_helper_ends_when_its_parent_is_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        helper = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while is_running(helper) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(helper)


def is_running(pid):
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
