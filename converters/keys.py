"""A set of keys that keeps most of them on disk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cim_core.spill import Spill

Keys = NDArray[np.complex128]
Mask = NDArray[np.bool_]

#: With more keys than this in memory they go to disk.
_HELD = 1 << 17
#: Of a block on disk one key of so many stays in memory.
_PAGE = 256
#: Bits of the filter for a key at least, and how many of them a key sets.
_BITS_A_KEY, _PROBES = 16, 5


class KeySet:
    """Keys of two whole numbers below 2⁵³ each, as the parts of a complex number.

    Up to 2¹⁷ are in memory, 16 bytes each, the others in sorted blocks on disk; of those a filter (Bloom 1970) of two
    to four bytes a key is kept: a key that was never added is looked up on disk once in several hundred times.
    """

    def __init__(self) -> None:
        self._recent: list[Keys] = []  # each sorted
        self._blocks: list[_Block] = []
        self._filter = np.zeros(0, np.uint8)

    def contains(self, keys: Keys) -> Mask:
        """(n,) True for keys that were added."""
        found = np.zeros(len(keys), bool)
        for block in self._recent:
            place = np.minimum(np.searchsorted(block, keys), len(block) - 1)
            found |= block[place] == keys
        if self._blocks:
            likely = np.flatnonzero(self._may_contain(keys) & ~found)
            for stored in self._blocks if len(likely) else ():
                found[likely] |= stored.contains(keys[likely])
        return found

    def add(self, keys: Keys) -> None:
        """Add sorted keys, none of which was added before."""
        while self._recent and len(self._recent[-1]) <= len(keys):
            keys = np.concatenate([self._recent.pop(), keys])
            keys.sort(kind="stable")  # merges runs that are sorted
        if len(keys):
            self._recent.append(keys)
        if sum(map(len, self._recent)) > _HELD:
            everything = np.sort(np.concatenate(self._recent), kind="stable")
            self._recent.clear()
            self._blocks.append(_Block(everything))
            self._note(everything)

    def _note(self, keys: Keys) -> None:
        """Put a new block's keys into the filter, which is made anew with more room when it is full."""
        needed = sum(len(block) for block in self._blocks) * _BITS_A_KEY
        if needed <= 8 * len(self._filter):
            self._set(keys)
            return
        self._filter = np.zeros(1 << (needed - 1).bit_length() - 3, np.uint8)
        for block in self._blocks:
            for run in block.keys.runs():
                self._set(run)

    def _set(self, keys: Keys) -> None:
        for byte, bit in self._probes(keys):
            np.bitwise_or.at(self._filter, byte, bit)

    def _may_contain(self, keys: Keys) -> Mask:
        may = np.ones(len(keys), bool)
        for byte, bit in self._probes(keys):
            may &= (self._filter[byte] & bit) != 0
        return may

    def _probes(self, keys: Keys) -> list[tuple[NDArray[np.int64], NDArray[np.uint8]]]:
        """Where the bits of keys are: double hashing (Kirsch and Mitzenmacher 2006)."""
        first, step = keys.real.astype(np.int64), keys.imag.astype(np.int64) | 1
        mask = 8 * len(self._filter) - 1
        places = [first + n * step & mask for n in range(_PROBES)]
        return [(place >> 3, (1 << (place & 7)).astype(np.uint8)) for place in places]


class _Block:
    """Sorted keys on disk, with the first of every page in memory."""

    def __init__(self, keys: Keys) -> None:
        self._first = keys[::_PAGE].copy()
        self.keys = Spill(np.complex128, held=0)
        self.keys.append(keys)

    def __len__(self) -> int:
        return len(self.keys)

    def contains(self, keys: Keys) -> Mask:
        found = np.zeros(len(keys), bool)
        page = np.searchsorted(self._first, keys, side="right") - 1
        for number in np.unique(page[page >= 0]).tolist():
            here = page == number
            stored = self.keys.slice(number * _PAGE, (number + 1) * _PAGE)
            place = np.minimum(np.searchsorted(stored, keys[here]), len(stored) - 1)
            found[here] = stored[place] == keys[here]
        return found
