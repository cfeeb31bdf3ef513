"""What became of every row of a file, kept so that a later run can tell the rows that changed from the others."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.spill import Spill
from converters.footprints.digests import digest_rows

Mask = NDArray[np.bool_]

#: A row: a number for its content, whether it became a feature, whether something was said of it.
ROW = np.dtype([("digest", "<u8"), ("kept", "?"), ("noted", "?")])


@dataclass(slots=True)
class RowTrace:
    """Filled while a file is read. ``opening_issues`` counts the issues before the first row.

    ``context`` is everything outside a row that decides what becomes of it. ``given_ids`` are the ids of the rows
    (from 0) whose id had to be changed to be unique. ``rows`` holds a ``ROW`` for each, those kept in feature order.
    """

    context: str = ""
    opening_issues: int = 0
    given_ids: dict[int, str] = field(default_factory=dict)
    rows: Spill = field(default_factory=lambda: Spill(ROW))
    _unread: frozenset[str] = frozenset()

    def begin(self, context: str, unread_columns: frozenset[str], opening_issues: int) -> None:
        """Say what holds for all rows."""
        self.context, self._unread, self.opening_issues = context, unread_columns, opening_issues

    def add(self, records: pa.RecordBatch, is_kept: Mask, is_noted: Mask, given_ids: dict[int, str]) -> None:
        """The next rows, which of them became features, and of which something was said."""
        some = np.empty(records.num_rows, ROW)
        some["digest"], some["kept"], some["noted"] = digest_rows(records, self._unread), is_kept, is_noted
        self.rows.append(some)
        self.given_ids |= given_ids
