"""The child processes: two share the work with one result, a crash costs one element, cancelling leaves none behind."""

from __future__ import annotations

import functools
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from cim_core.errors import CancelledError
from cim_core.issues import IssueLog
from converters.base import ReadOptions, Source
from converters.ifc import FORMAT
from converters.ifc import format as format_module
from converters.ifc.order import Order
from converters.ifc.process import start_ahead, start_parser
from converters.ifc.shapes import ShapeBook, Tessellation, UnusableShapeError
from converters.ifc.spool import Placed, Shape, SpoolWriter, Started, cut_to_whole_records, read_spool
from sample_models.ifc_models.build import FOLDER
from tests.converters.ifc.conftest import read_ifc, triangles_of


def test_two_processes_give_the_same_model_as_one(monkeypatch):
    path = FOLDER / "shophouse-ifc4.ifc"
    monkeypatch.setattr(format_module, "usable_parts", lambda: 1)
    one = read_ifc(path)
    monkeypatch.setattr(format_module, "usable_parts", lambda: 2)
    two = read_ifc(path)
    assert two.rows == one.rows
    ours, theirs = triangles_of(two.batches[0].mesh), triangles_of(one.batches[0].mesh)
    for name in ("positions", "triangles", "triangle_row", "triangle_color"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name))


class _Impatient:
    """Cancels as soon as a child is at work."""

    def start(self, stage: str, total: int | None = None) -> None:
        del stage, total

    def advance(self, steps: int = 1) -> None:
        del steps
        if psutil.Process().children():
            raise CancelledError("stopped on request")


def test_cancelling_ends_the_children():
    source = Source.open(FOLDER / "office-ifc4x3.ifc")
    with pytest.raises(CancelledError):
        FORMAT.read(source, ReadOptions(), IssueLog(), _Impatient())
    assert not [c for c in psutil.Process().children() if "converters.ifc.process" in " ".join(c.cmdline())]


def test_an_element_that_takes_too_long_is_given_up(monkeypatch, read, make_model):
    # No element may take any time at all: the wall is blamed, the building remains.
    impatient = functools.partial(Order, element_s=0.0, stall_s=0.0)
    monkeypatch.setattr(format_module, "Order", impatient)
    slow = "#53=IFCBOOLEANRESULT(.UNION.,#53,#43);\n"
    extra = (
        "#50=IFCWALL('0000000000000000000010',$,'second',$,$,#20,#51,$,$);\n#51=IFCPRODUCTDEFINITIONSHAPE($,$,(#52));\n"
        "#52=IFCSHAPEREPRESENTATION(#7,'Body','CSG',(#53));\n"
    )
    reading = read(make_model(extra=extra + slow))
    assert reading.log.rejected >= 1


def shape(first: int) -> Shape:
    return Shape(
        bytes([first] * 16),
        np.arange(9, dtype=np.float64).reshape(3, 3) + first,
        np.array([[0, 1, 2]], np.uint32),
        np.array([[1, 2, 3, 255]], np.uint8),
    )


def place(number: int, x: float = 0.0, **about: Any) -> Placed:
    matrix = np.eye(4)
    matrix[0, 3] = x
    return Placed(number, matrix, **about)


def test_a_spool_gives_back_what_was_put(tmp_path: Path):
    with SpoolWriter(tmp_path / "a.spool") as writer:
        writer.put_shape(shape(1))
        writer.put_placed(7, place(0, 2.5))
        writer.put_placed(8, place(0, is_uncut=True, engine=3))
        writer.put_failure(9, "空 empty")
    content = read_spool(tmp_path / "a.spool")
    assert content.failures == {9: "空 empty"}
    assert content.settled == {7, 8, 9}
    assert content.in_work is None
    assert np.array_equal(content.shapes[0].positions, shape(1).positions)
    assert content.shapes[0].digest == shape(1).digest
    assert content.placed[7].matrix[0, 3] == 2.5
    assert (content.placed[8].is_uncut, content.placed[8].engine) == (True, 3)
    assert not content.placed[7].is_uncut


@pytest.mark.parametrize("lost_bytes", [1, 20, 100, 150])
def test_a_spool_cut_by_a_crash_loses_the_last_record_only(tmp_path: Path, lost_bytes):
    path = tmp_path / "a.spool"
    with SpoolWriter(path) as writer:
        writer.put_shape(shape(1))
        writer.put_placed(1, place(0))
        writer.put_placed(2, place(0))
    path.write_bytes(path.read_bytes()[:-lost_bytes])
    assert set(cut_to_whole_records(path).placed) == {1}
    with SpoolWriter(path) as writer:
        writer.put_placed(3, place(0))
    assert set(read_spool(path).placed) == {1, 3}


def test_the_elements_in_work_are_known_after_a_crash(tmp_path: Path):
    with SpoolWriter(tmp_path / "a.spool") as writer:
        writer.put_shape(shape(1))
        writer.put_started((7, 8), 3)
    assert read_spool(tmp_path / "a.spool").in_work == Started((7, 8), 3)


def test_equal_shapes_are_kept_once_and_mirrored_ones_turned(tmp_path: Path):
    # The same triangle a metre further on is the same shape; its mirror image is another one, facing outwards again.
    body = Tessellation(shape(1).positions, shape(1).triangles, shape(1).colors)
    moved = Tessellation(body.positions + 1.0, body.triangles, body.colors)
    with SpoolWriter(tmp_path / "a.spool") as writer:
        book = ShapeBook(writer)
        book.put(1, "a", np.eye(4), lambda: body)
        book.put(2, "b", np.eye(4), lambda: moved)
        book.put(3, "a", np.diag([-1.0, 1.0, 1.0, 1.0]), lambda: body)
    content = read_spool(tmp_path / "a.spool")
    assert [content.placed[step].shape for step in (1, 2, 3)] == [0, 0, 1]
    for step, expected in ((1, body.positions), (2, moved.positions), (3, body.positions * (-1, 1, 1))):
        placed = content.placed[step]
        local = content.shapes[placed.shape].positions
        assert np.allclose(local @ placed.matrix[:3, :3].T + placed.matrix[:3, 3], expected)
        assert np.linalg.det(placed.matrix[:3, :3]) > 0
    assert content.shapes[1].triangles.tolist() == [[2, 1, 0]]


@pytest.mark.parametrize(
    ("positions", "message"), [(np.zeros((0, 3)), "empty"), (np.full((3, 3), np.nan), "measure"), (1e9, "measure")]
)
def test_a_body_of_nonsense_is_refused(tmp_path: Path, positions, message):
    given = np.eye(3) * positions if isinstance(positions, float) else positions
    triangles = np.array([[0, 1, 2]], np.uint32)[: len(given)]
    with SpoolWriter(tmp_path / "a.spool") as writer, pytest.raises(UnusableShapeError, match=message):
        ShapeBook(writer).put(
            1, "a", np.eye(4), lambda: Tessellation(given, triangles, np.zeros((len(triangles), 4), np.uint8))
        )


def test_a_parser_started_ahead_is_used_once_and_one_never_asked_ends_with_its_parent(tmp_path: Path):
    start_ahead()
    start_ahead()
    (ahead,) = [c for c in psutil.Process().children() if "converters.ifc.process" in " ".join(c.cmdline())]
    first = start_parser(FOLDER / "none.ifc", tmp_path, Order(1).to_json())
    assert first.pid == ahead.pid
    assert first.wait(timeout=20) == 3  # it cannot be opened
    assert "cannot be parsed" in (tmp_path / "error.json").read_text()
    program = "from converters.ifc.process import start_ahead, _waiting; start_ahead(); print(_waiting[0].pid)"
    parent = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    orphan = int(parent.stdout)
    deadline = time.monotonic() + 20
    while psutil.pid_exists(orphan) and psutil.Process(orphan).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
