"""What became of every row of a file, kept so that a later run can tell the rows that changed from the others."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from converters.footprints.digests import Digests, digest_rows


@dataclass(slots=True)
class RowTrace:
    """Filled while a file is read. ``opening_issues`` counts the issues that were there before the first row.

    ``context`` is everything outside a row that decides what becomes of it. ``kept`` are the positions (from 0) of the
    rows that became features, in order; ``noted`` those of the rows that something was said of.
    """

    context: str = ""
    opening_issues: int = 0
    kept: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    noted: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    _unread: frozenset[str] = frozenset()
    _digests: list[Digests] = field(default_factory=list)
    _ids: list[pa.Array] = field(default_factory=list)
    _kept: list[NDArray[np.int64]] = field(default_factory=list)

    def begin(self, context: str, unread_columns: frozenset[str], opening_issues: int) -> None:
        """Say what holds for all rows."""
        self.context, self._unread, self.opening_issues = context, unread_columns, opening_issues

    def add(self, records: pa.RecordBatch, ids: list[str], kept: NDArray[np.int64]) -> None:
        """The next rows, the ids they got, and the numbers (from 1) of those that were kept."""
        self._digests.append(digest_rows(records, self._unread))
        self._ids.append(pa.array(ids, pa.string()))
        self._kept.append(kept - 1)

    def end(self, noted: list[NDArray[np.int64]]) -> None:
        """Close with the numbers (from 1) of the rows that something was said of."""
        self.kept = np.concatenate([self.kept, *self._kept])
        self.noted = np.unique(np.concatenate([self.noted, *noted])) - 1

    @property
    def digests(self) -> Digests:
        """(n,) one a row."""
        return np.concatenate([np.zeros(0, np.uint64), *self._digests])

    @property
    def ids(self) -> pa.Array:
        """(n,) the final id of every row."""
        return pa.concat_arrays([pa.array([], pa.string()), *self._ids])
