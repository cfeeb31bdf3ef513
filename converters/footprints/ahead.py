"""Reading ahead: a thread takes the next batches from a library while the last ones are worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeAlias

import pyarrow as pa

#: Batches that wait; more would only take memory.
_BATCHES_AHEAD = 2
_LOOK_S = 0.05

Item: TypeAlias = pa.RecordBatch | BaseException | None


@contextmanager
def read_ahead(next_batch: Callable[[], pa.RecordBatch | None]) -> Iterator[Iterator[pa.RecordBatch]]:
    """The batches that ``next_batch`` gives until None, taken by a thread that begins with the first one asked for.

    What ``next_batch`` raises is raised by the iterator. The thread has ended when the block is left.
    """
    waiting: Queue[Item] = Queue(_BATCHES_AHEAD)
    is_over = Event()

    def put(item: Item) -> None:
        while not is_over.is_set():
            with suppress(Full):
                waiting.put(item, timeout=_LOOK_S)
                return

    def work() -> None:
        item: Item = None
        while not is_over.is_set():
            try:
                item = next_batch()
            except BaseException as error:
                item = error
            put(item)
            if not isinstance(item, pa.RecordBatch):
                return

    thread = Thread(target=work, name="reading ahead", daemon=True)

    def batches() -> Iterator[pa.RecordBatch]:
        thread.start()
        while isinstance(item := waiting.get(), pa.RecordBatch):
            yield item
        if item is not None:
            raise item

    try:
        yield batches()
    finally:
        is_over.set()
        if thread.ident is not None:
            thread.join()
