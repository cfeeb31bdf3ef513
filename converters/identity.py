"""Ids that are there for every feature and unique over the whole source."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


class UniqueIds:
    """Hands out each id once; a repeated one gets the suffix ``-2``, ``-3`` … in reading order."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._repeats: Counter[str] = Counter()

    def claim(self, ids: list[str]) -> tuple[list[str], NDArray[np.bool_]]:
        """Unique ids for a batch and (n,) True where one had to be changed.

        >>> UniqueIds().claim(["a", "a", "b"])[0]
        ['a', 'a-2', 'b']
        """
        fresh = set(ids)
        if len(fresh) == len(ids) and self._taken.isdisjoint(fresh):
            self._taken |= fresh
            return ids, np.zeros(len(ids), dtype=bool)
        is_changed = np.zeros(len(ids), dtype=bool)
        unique, taken = list(ids), self._taken
        for place, id_ in enumerate(ids):
            if id_ in taken:
                unique[place] = self._free_name(id_)
                is_changed[place] = True
            taken.add(unique[place])
        return unique, is_changed

    def _free_name(self, id_: str) -> str:
        name = id_
        while name in self._taken:
            self._repeats[id_] += 1
            name = f"{id_}-{self._repeats[id_] + 1}"
        return name


def id_texts(column: pa.Array, first_row: int) -> tuple[list[str], NDArray[np.bool_]]:
    """Ids as text and (n,) True where there was none, so that ``row-<n>`` (from 1) stands in."""
    if pa.types.is_floating(column.type):
        column = _whole_numbers(column)
    text = pc.utf8_trim_whitespace(_as_text(column))
    is_missing = pc.fill_null(pc.equal(text, ""), True).to_numpy(zero_copy_only=False)
    ids = text.to_pylist()
    for row in np.flatnonzero(is_missing).tolist():
        ids[row] = f"row-{first_row + row}"
    return ids, is_missing


def has_different_values(column: pa.Array) -> bool:
    """Whether a column tells rows apart at all."""
    return len(_as_text(column).unique()) > 1


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_nested(column.type):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    return pc.cast(column, pa.string())


def row_ids(count: int, first_row: int) -> list[str]:
    """``row-<n>`` for rows counted from 1."""
    return [f"row-{row}" for row in range(first_row, first_row + count)]


def _whole_numbers(column: pa.Array) -> pa.Array:
    """A float column as int64 where nothing is lost (12.0 is the id ``12``)."""
    try:
        return pc.cast(column, pa.int64())
    except pa.ArrowInvalid:
        return column
