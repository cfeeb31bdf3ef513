"""Tells of rows: every rejected row has its own issue, warnings are capped and then summed up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cim_core.issues import IssueLog, row_name

#: Warnings of one code that are written out one by one; the rest is one line with their number.
MAX_SINGLE_WARNINGS = 20


class RowReporter:
    """Writes the issues of one source; ``ids`` and ``rows`` name the features of the batch at hand.

    ``noted`` collects the numbers of the rows of the batch that something was said of, written out or not.
    """

    def __init__(self, log: IssueLog) -> None:
        self._log = log
        self._warned: Counter[str] = Counter()
        self._ids: list[str] = []
        self._rows: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.noted: list[NDArray[np.int64]] = []

    def about(self, ids: list[str], rows: NDArray[np.int64]) -> None:
        """Name the features of the following masks: (n,) ids and row numbers, counted from 1 in the source."""
        self._ids, self._rows = ids, rows

    def reject(self, mask: NDArray[np.bool_], code: str, message: Callable[[int], str] | str, hint: str = "") -> None:
        """Reject every row of the mask."""
        self.noted.append(self._rows[mask])
        for row in np.flatnonzero(mask).tolist():
            text = message if isinstance(message, str) else message(row)
            self._log.reject(code, text, feature_id=self._ids[row], where=row_name(int(self._rows[row])), hint=hint)

    def warn(self, mask: NDArray[np.bool_], code: str, message: Callable[[int], str] | str, hint: str = "") -> None:
        """Warn of every row of the mask, the first ones singly."""
        rows = np.flatnonzero(mask)
        self.noted.append(self._rows[rows])
        room = max(MAX_SINGLE_WARNINGS - self._warned[code], 0)
        self._warned[code] += len(rows)
        for row in rows[:room].tolist():
            text = message if isinstance(message, str) else message(row)
            self._log.warn(code, text, feature_id=self._ids[row], where=row_name(int(self._rows[row])), hint=hint)

    def finish(self) -> None:
        """Write the sums of the warnings that were not written singly."""
        for code, count in self._warned.items():
            if count > MAX_SINGLE_WARNINGS:
                self._log.warn(code, f"{count} features in all; the first {MAX_SINGLE_WARNINGS} are listed")
