"""Memory of a conversion is bounded: the processes that parse own what they may, shapes wait in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest

from cim_core.errors import UnreadableSourceError
from cim_core.progress import SilentProgress
from converters.ifc.mesh import ModelShapes
from converters.ifc.order import Order
from converters.ifc.run import parsed
from converters.ifc.spool import Placed, Shape, SpoolWriter, read_spool
from sample_models.ifc_models.build import FOLDER

OFFICE = FOLDER / "office-ifc4x3.ifc"


class _Watching(SilentProgress):
    """Notes the most memory of their own that child processes had together, in bytes; pages of files are nobody's own.

    Processes that other tests left do not count.
    """

    def __init__(self) -> None:
        self.peak = 0
        self._others = _children()

    def advance(self, steps: int = 1) -> None:
        del steps
        self.peak = max(self.peak, sum(_owned_by_tree(pid) for pid in _children() - self._others))


def _owned_by_tree(pid: int) -> int:
    """Bytes that a process and its descendants own; what forked ones share counts in parts."""
    total = 0
    try:
        tree = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return 0
    for member in tree:
        try:
            rollup = Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(1024 * int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss_Anon:"))
    return total


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def parse(memory_mb: int, watching: _Watching) -> int:
    order = Order(2, memory_bytes=memory_mb * 1_000_000)
    with parsed(OFFICE, order, watching, lambda: None, where=OFFICE.name) as model:
        return sum(len(spool.placed) for spool in model.spools)


def test_a_model_is_made_whole_within_the_memory_given():
    watching = _Watching()
    assert parse(150, watching) == 1048
    assert 20e6 < watching.peak < 150e6


@pytest.mark.parametrize("memory_mb", [40, 80])
def test_too_little_memory_is_said_and_not_gone_beyond(memory_mb):
    watching = _Watching()
    with pytest.raises(UnreadableSourceError) as caught:
        parse(memory_mb, watching)
    assert f"--max-memory ({memory_mb} MB)" in caught.value.hint
    assert watching.peak < memory_mb * 1e6


def test_shapes_stay_in_the_file_until_they_are_used(tmp_path: Path):
    spool = tmp_path / "a.spool"
    vertices = np.zeros((100_000, 3))
    triangles = np.zeros((100_000, 3), np.uint32)
    with SpoolWriter(spool) as writer:
        for number in range(25):
            digest = number.to_bytes(16)
            writer.put_shape(Shape(digest, vertices, triangles, np.zeros((100_000, 4), np.uint8)))
            writer.put_placed(number, Placed(number, np.eye(4)))
    assert spool.stat().st_size > 95e6
    before = _owned()
    shapes = ModelShapes.of_spools([read_spool(spool)])
    assert len(shapes) == 25
    assert shapes.shapes[24].positions.shape == (100_000, 3)
    assert _owned() - before < 10e6


def _owned() -> int:
    """Bytes of this process that are not of a file."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:")))
