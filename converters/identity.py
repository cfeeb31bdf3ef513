"""Ids that are there for every feature and unique over the whole source."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from converters.keys import Keys, KeySet

_MANTISSA = (1 << 53) - 1


class UniqueIds:
    """Hands out each id once; a repeated one gets the suffix ``-2``, ``-3`` … in reading order.

    Of ids handed out only keys of 106 bits are kept (``KeySet``): among a hundred million ids, two different ones
    share a key with a probability of 10⁻¹⁶.
    """

    def __init__(self) -> None:
        self._taken = KeySet()
        self._repeats: Counter[str] = Counter()

    def claim(self, ids: list[str]) -> tuple[list[str], NDArray[np.bool_]]:
        """Unique ids for a batch and (n,) True where one had to be changed.

        >>> UniqueIds().claim(["a", "a", "b"])[0]
        ['a', 'a-2', 'b']
        """
        keys = _keys_of(ids)
        fresh = np.sort(keys)
        if not (fresh[1:] == fresh[:-1]).any() and not self._taken.contains(fresh).any():
            self._taken.add(fresh)
            return ids, np.zeros(len(ids), dtype=bool)
        is_changed = self._taken.contains(keys)
        unique = self._rename(ids, is_changed)
        keys[is_changed] = _keys_of([unique[place] for place in np.flatnonzero(is_changed).tolist()])
        self._taken.add(np.sort(keys))
        return unique, is_changed

    def _rename(self, ids: list[str], is_changed: NDArray[np.bool_]) -> list[str]:
        """Names for a batch in which some ids are taken, as the mask says, or repeated: these are added to the mask."""
        taken = {ids[place] for place in np.flatnonzero(is_changed).tolist()}
        repeats = Counter({id_: count for id_, count in Counter(ids).items() if count > 1 or id_ in taken})
        likely = [f"{id_}-{self._repeats[id_] + 2 + n}" for id_, count in repeats.items() for n in range(count)]
        free = {
            name
            for name, is_taken in zip(likely, self._taken.contains(_keys_of(likely)).tolist(), strict=True)
            if not is_taken
        }
        unique = list(ids)
        for place, id_ in enumerate(ids):
            if id_ in taken:
                is_changed[place] = True
                unique[place] = self._free_name(id_, taken, free)
            taken.add(unique[place])
        return unique

    def _free_name(self, id_: str, taken: set[str], free: set[str]) -> str:
        """The next name that is not taken in this batch and not before it, where ``free`` ones are known not to be."""
        while True:
            self._repeats[id_] += 1
            name = f"{id_}-{self._repeats[id_] + 1}"
            if name not in taken and (name in free or not self._taken.contains(_keys_of([name]))[0]):
                return name


def _keys_of(ids: list[str]) -> Keys:
    """(n,) sortable keys of 2 × 53 bits, of Python's keyed hash of the text and of the text with a mark behind it."""
    keys = np.empty(len(ids), np.complex128)
    keys.real = np.fromiter(map(hash, ids), np.int64, len(ids)) & _MANTISSA
    keys.imag = np.fromiter((hash(id_ + "\0") for id_ in ids), np.int64, len(ids)) & _MANTISSA
    return keys


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
