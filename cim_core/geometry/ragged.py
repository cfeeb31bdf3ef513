"""Index arithmetic on variable-length runs (the vertices of a building, the triangles of a row)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def concat_ranges(start: Indices, count: Indices) -> Indices:
    """All of ``range(start[i], start[i] + count[i])`` one after another.

    >>> concat_ranges(np.array([10, 3]), np.array([2, 3])).tolist()
    [10, 11, 3, 4, 5]
    """
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total, dtype=np.int64) + np.repeat(start - (ends - count), count), np.int64)


def starts_of(count: Indices) -> Indices:
    """First index of every run when runs of these lengths lie one after another.

    >>> starts_of(np.array([2, 3, 1])).tolist()
    [0, 2, 5]
    """
    return np.cumsum(count) - count
