"""The child processes: two share the work with one result, a crash costs one element, cancelling leaves none behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest

from cim_core.errors import CancelledError
from cim_core.issues import IssueLog
from converters.base import ReadOptions, Source
from converters.ifc import FORMAT, run
from converters.ifc.spool import Shape, SpoolWriter, read_spool
from sample_models.ifc_models.build import FOLDER
from tests.converters.ifc.conftest import read_ifc


def test_two_processes_give_the_same_model_as_one(monkeypatch):
    path = FOLDER / "shophouse-ifc4.ifc"
    one = read_ifc(path)
    monkeypatch.setattr(run, "TWO_PROCESSES_FROM_BYTES", 0)
    two = read_ifc(path)
    assert two.rows == one.rows
    for name in ("positions", "triangles", "triangle_color", "row", "shape", "matrix"):
        assert np.array_equal(getattr(two.batches[0].mesh, name), getattr(one.batches[0].mesh, name))


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
    assert not [c for c in psutil.Process().children() if "converters.ifc.child" in " ".join(c.cmdline())]


def test_an_element_that_takes_too_long_is_given_up(monkeypatch, read, make_model):
    # No element may take any time at all: the wall is blamed, the building remains.
    monkeypatch.setattr(run, "STALL_LIMIT_S", 0.0)
    monkeypatch.setattr(run, "ELEMENT_LIMIT_S", 0.0)
    slow = "#53=IFCBOOLEANRESULT(.UNION.,#53,#43);\n"
    extra = (
        "#50=IFCWALL('0000000000000000000010',$,'second',$,$,#20,#51,$,$);\n#51=IFCPRODUCTDEFINITIONSHAPE($,$,(#52));\n"
        "#52=IFCSHAPEREPRESENTATION(#7,'Body','CSG',(#53));\n"
    )
    reading = read(make_model(extra=extra + slow))
    assert reading.log.rejected >= 1


def shape(step: int) -> Shape:
    return Shape(
        step,
        np.arange(9, dtype=np.float64).reshape(3, 3) + step,
        np.array([[0, 1, 2]], np.uint32),
        np.array([[1, 2, 3, 255]], np.uint8),
        is_uncut=step == 2,
    )


def test_a_spool_gives_back_what_was_put(tmp_path: Path):
    writer = SpoolWriter(tmp_path / "a.spool")
    writer.put_shape(shape(1))
    writer.put_shape(shape(2))
    writer.put_failure(3, "空 empty")
    writer.close()
    content = read_spool(tmp_path / "a.spool")
    assert content.failures == {3: "空 empty"}
    assert content.settled == {1, 2, 3}
    assert content.in_work is None
    assert np.array_equal(content.shapes[2].positions, shape(2).positions)
    assert content.shapes[2].is_uncut
    assert not content.shapes[1].is_uncut


@pytest.mark.parametrize("lost_bytes", [1, 20, 60, 100])
def test_a_spool_cut_by_a_crash_loses_the_last_record_only(tmp_path: Path, lost_bytes):
    path = tmp_path / "a.spool"
    writer = SpoolWriter(path)
    writer.put_shape(shape(1))
    writer.put_shape(shape(2))
    writer.close()
    path.write_bytes(path.read_bytes()[:-lost_bytes])
    assert set(read_spool(path).shapes) == {1}


def test_the_element_in_work_is_known_after_a_crash(tmp_path: Path):
    writer = SpoolWriter(tmp_path / "a.spool")
    writer.put_shape(shape(1))
    writer.put_started(7)
    writer.close()
    assert read_spool(tmp_path / "a.spool").in_work == 7
