"""What waits on disk comes back as it was, in whatever way it is asked for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cim_core.spill import Spill


@given(st.lists(st.lists(st.integers(0, 999), max_size=9), max_size=9), st.integers(0, 30), st.integers(1, 20))
def test_runs_slices_and_changes_are_those_of_one_array(parts, held, size):
    spill, whole = Spill(np.int32, held), np.array([n for part in parts for n in part], np.int32)
    for part in parts:
        spill.append(np.array(part, np.int32))
        assert spill.slice(0, 3).tolist() == whole[: len(spill)][:3].tolist()  # read between writes
    if len(whole):
        positions = np.unique([0, len(whole) // 2, len(whole) - 1])
        spill.put(positions, positions * 7)
        whole[positions] = positions * 7
        assert spill.take(positions).tolist() == whole[positions].tolist()
    assert len(spill) == len(whole)
    assert spill.all().tolist() == whole.tolist()
    assert [n for run in spill.runs(size) for n in run.tolist()] == whole.tolist()
    assert spill.slice(1, 4).tolist() == whole[1:4].tolist()
