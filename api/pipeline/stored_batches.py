"""A stream of features that is gone through more than once without being held in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.features import FeatureBatch, FeatureStream, SourceMeta
from cim_core.progress import Progress

#: With more rows than this, footprints wait on disk.
ROWS_IN_MEMORY = 20_000


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """A batch without triangles: what is known of it, and where in the file its records are."""

    meta: SourceMeta
    source_rows: NDArray[np.int64] | None
    start: int
    size: int


class StoredBatches:
    """The batches of a stream, in order and as often as they are asked for.

    Footprints are in a file without a name once they are many; batches with triangles stay in memory. Raises OSError
    where the disk refuses, and what the stream raises.
    """

    def __init__(self, stream: FeatureStream, held: int = ROWS_IN_MEMORY) -> None:
        self.rows = 0
        self._items: list[FeatureBatch | _OnDisk] = []
        self._file: IO[bytes] | None = None
        for batch in stream.batches:
            self.rows += len(batch)
            if batch.mesh is not None or self.rows <= held:
                self._items.append(batch)
                continue
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the object
            start = self._file.tell()
            with pa.ipc.new_stream(self._file, batch.records.schema) as writer:
                writer.write_batch(batch.records)
            self._items.append(_OnDisk(batch.meta, batch.source_rows, start, self._file.tell() - start))

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def stream(self, of: FeatureStream, progress: Progress) -> FeatureStream:
        """The stream these are the batches of, from its beginning."""

        def batches() -> Iterator[FeatureBatch]:
            progress.start("prepare", self.rows)
            for batch in self:
                yield batch
                progress.advance(len(batch) if batch.mesh is None else 0)

        return replace(of, batches=batches(), total=self.rows)

    def __contains__(self, batch: object) -> bool:
        return batch in self._items

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[FeatureBatch]:
        for item in self._items:
            if isinstance(item, _OnDisk) and self._file is not None:
                self._file.seek(item.start)
                with pa.ipc.open_stream(pa.py_buffer(self._file.read(item.size))) as reader:
                    records = reader.read_next_batch()
                yield FeatureBatch(records, item.meta, source_rows=item.source_rows)
            elif isinstance(item, FeatureBatch):
                yield item
