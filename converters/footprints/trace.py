"""What became of every row of a file, kept so that a later run can tell the rows that changed from the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from converters.footprints.digests import Digests, digest_rows

Mask = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(slots=True)
class RowTrace:
    """Filled while a file is read, with ten bytes a row. ``opening_issues`` counts the issues before the first row.

    ``context`` is everything outside a row that decides what becomes of it. ``given_ids`` are the ids of the rows
    (from 0) whose id had to be changed to be unique.
    """

    context: str = ""
    opening_issues: int = 0
    given_ids: dict[int, str] = field(default_factory=dict)
    _unread: frozenset[str] = frozenset()
    _digests: list[Digests] = field(default_factory=list)
    _is_kept: list[Mask] = field(default_factory=list)
    _is_noted: list[Mask] = field(default_factory=list)

    def begin(self, context: str, unread_columns: frozenset[str], opening_issues: int) -> None:
        """Say what holds for all rows."""
        self.context, self._unread, self.opening_issues = context, unread_columns, opening_issues

    def add(self, records: pa.RecordBatch, is_kept: Mask, is_noted: Mask, given_ids: dict[int, str]) -> None:
        """The next rows, which of them became features, and of which something was said."""
        self._digests.append(digest_rows(records, self._unread))
        self._is_kept.append(is_kept)
        self._is_noted.append(is_noted)
        self.given_ids |= given_ids

    @property
    def digests(self) -> Digests:
        """(n,) one a row."""
        return _joined(self._digests, np.uint64)

    @property
    def is_kept(self) -> Mask:
        """(n,) True for rows that became features, in order."""
        return _joined(self._is_kept, np.bool_)

    @property
    def is_noted(self) -> Mask:
        """(n,) True for rows that something was said of."""
        return _joined(self._is_noted, np.bool_)


def _joined(parts: list[NDArray[Scalar]], kind: type[Scalar]) -> NDArray[Scalar]:
    """All parts as one, which takes their place: nothing is held twice."""
    if len(parts) != 1:
        parts[:] = [np.concatenate(parts) if parts else np.zeros(0, kind)]
    return parts[0]
