"""Rows on their way to tiles: record batches kept in memory, or in a file once there are many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

#: With more rows than this the batches go to the file.
ROWS_IN_MEMORY = 20_000


class RowStore:
    """Batches of one schema by number; ``path`` is used, and overwritten, once they are many."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._batches: list[pa.RecordBatch] = []
        self._ends: list[int] = []
        self._writer: pa.ipc.RecordBatchFileWriter | None = None

    def append(self, batch: pa.RecordBatch) -> None:
        """Add rows at the end. Raises OSError when the disk refuses."""
        self.count += batch.num_rows
        self._ends.append(self.count)
        if self._writer is None:
            self._batches.append(batch)
            if self.count > ROWS_IN_MEMORY:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._writer = pa.ipc.new_file(str(self.path), batch.schema)
                for early in self._batches:
                    self._writer.write_batch(early)
                self._batches.clear()
        else:
            self._writer.write_batch(batch)

    def open(self) -> RowReader:
        """Read what was appended; nothing can be added any more."""
        if self._writer is None:
            return RowReader(self._batches, None, self._ends)
        self._writer.close()
        return RowReader(None, self.path, self._ends)


class RowReader:
    """Takes rows by number. From a file only the pages that are touched are read, and forgotten on leaving."""

    def __init__(self, batches: list[pa.RecordBatch] | None, path: Path | None, ends: list[int]) -> None:
        self.path, self.ends = path, ends
        self._batches = batches
        self._file: pa.ipc.RecordBatchFileReader | None = None
        self._map: pa.MemoryMappedFile | None = None

    def __reduce__(self) -> tuple[type[RowReader], tuple[list[pa.RecordBatch] | None, Path | None, list[int]]]:
        """Another process opens the file for itself."""
        return RowReader, (self._batches, self.path, self.ends)

    def __enter__(self) -> Self:
        if self.path is not None:
            self._map = pa.memory_map(str(self.path))
            self._file = pa.ipc.open_file(self._map)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file = None
        if self._map is not None:
            self._map.close()
            self._map = None

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self.ends[-1] if self.ends else 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows, in order, whether opened or not; pages of the file are forgotten with each batch."""
        for number in range(len(self.ends)):
            with RowReader(self._batches, self.path, self.ends) as once:
                batch = once._batch(number)
            yield batch

    def take(self, rows: NDArray[np.integer[Any]]) -> pa.RecordBatch:
        """The chosen rows, ascending numbers, as one batch."""
        part = np.searchsorted(self.ends, rows, side="right")
        found = []
        for number in np.unique(part).tolist():
            start = self.ends[number - 1] if number else 0
            found.append(self._batch(number).take(pa.array(rows[part == number] - start)))
        return found[0] if len(found) == 1 else pa.concat_batches(found)

    def _batch(self, number: int) -> pa.RecordBatch:
        if self._batches is not None:
            return self._batches[number]
        if self._file is None:
            raise ValueError("the rows are not open")
        return self._file.get_batch(number)
