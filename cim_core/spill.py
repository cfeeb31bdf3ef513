"""A long column of numbers or records that waits on disk: only a run of it is ever in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

#: Elements a run: what is read at once.
RUN = 1 << 16


class Spill:
    """Elements of one dtype: appended, then read in any order. Up to ``held`` of them stay in memory.

    The file has no name and is gone with the object, or with the process however it ends. Raises OSError where the
    disk refuses.
    """

    def __init__(self, dtype: DTypeLike, held: int = RUN) -> None:
        self.dtype = np.dtype(dtype)
        self._held = held
        self._count = 0
        self._parts: list[NDArray[Any]] = []
        self._file: IO[bytes] | None = None

    @classmethod
    def of(cls, elements: NDArray[Any]) -> Spill:
        """Elements that are in memory, and stay there."""
        spill = cls(elements.dtype, len(elements))
        spill.append(elements)
        return spill

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def __len__(self) -> int:
        return self._count

    def append(self, elements: NDArray[Any]) -> None:
        """Add elements at the end."""
        self._count += len(elements)
        self._parts.append(np.ascontiguousarray(elements, self.dtype))
        if self._file is None and self._count > self._held:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the object
        if self._file is not None:
            for part in self._parts:
                self._file.write(part.data)
            self._parts.clear()

    def slice(self, start: int, stop: int) -> NDArray[Any]:
        """(stop - start,) elements, fewer at the end; not to be written to."""
        stop = min(stop, self._count)
        if self._file is None:
            return self._whole()[start:stop]
        self._file.flush()
        self._file.seek(start * self.dtype.itemsize)
        found = np.fromfile(self._file, self.dtype, max(stop - start, 0))
        self._file.seek(0, 2)
        return found

    def runs(self, size: int = RUN) -> Iterator[NDArray[Any]]:
        """All elements in order, a run at a time."""
        for start in range(0, self._count, size):
            yield self.slice(start, start + size)

    def all(self) -> NDArray[Any]:
        """(n,) every element, in memory."""
        return self.slice(0, self._count)

    def take(self, positions: NDArray[np.integer[Any]]) -> NDArray[Any]:
        """The elements at some positions."""
        return np.array(self._view()[positions])

    def put(self, positions: NDArray[np.integer[Any]], elements: NDArray[Any] | int) -> None:
        """Overwrite the elements at some positions; of a file only the pages they are in are touched."""
        self._view()[positions] = elements

    def _whole(self) -> NDArray[Any]:
        if len(self._parts) != 1:
            self._parts = [np.concatenate([np.zeros(0, self.dtype), *self._parts])]
        return self._parts[0]

    def _view(self) -> NDArray[Any]:
        if self._file is None:
            return self._whole()
        self._file.flush()
        return np.memmap(self._file, self.dtype, "r+", shape=(self._count,))
