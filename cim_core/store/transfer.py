"""A store as a whole: a copy of it while others write, from one kind of database to the other, and its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely
import sqlalchemy as sa

from cim_core.errors import StoreError
from cim_core.progress import Progress, SilentProgress
from cim_core.store.base import StoreBase
from cim_core.store.engine import backend_of
from cim_core.store.prepared import Prepared, Row
from cim_core.store.rows import KEPT
from cim_core.store.schema import GEOMETRY
from cim_core.store.sqlite import vacuum_into

_ROWS = 20_000


class TransferPart(StoreBase):
    """The store as seen by backup, restore and moving house."""

    def digest(self) -> dict[str, str]:
        """SHA-256 of the content of every table, the same for the same rows in either kind of database."""
        with self._read() as connection:
            return {str(table.name): _digest(connection, table) for table in self._tables.metadata.sorted_tables}

    def count_rows(self) -> dict[str, int]:
        """Number of rows of every table."""
        with self._read() as connection:
            return {
                str(table.name): int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
                for table in self._tables.metadata.sorted_tables
            }

    def chain_head(self) -> tuple[int, str]:
        """Number and hash of the last row in the log of changes; (0, "") before the first write."""
        log = self._tables.changes
        with self._read() as connection:
            last = connection.execute(sa.select(log.c.id, log.c.hash).order_by(log.c.id.desc()).limit(1)).first()
        return (0, "") if last is None else (int(last[0]), str(last[1]))

    def copy_into(self, target: StoreBase, progress: Progress | None = None) -> None:
        """Copy all rows, as of one instant, into a new and empty store of either kind.

        Raises StoreError when the copy is not the same in the end; it then holds nothing.
        """
        progress = progress or SilentProgress()
        progress.start("copy store", sum(self.count_rows().values()))
        with self._read() as source, target._engines.writer.begin() as into:  # noqa: SLF001 - of the same family
            backend = backend_of(into)
            backend.lock_writes(into)
            for table in self._tables.metadata.sorted_tables:
                written = target._tables.metadata.tables[table.name]  # noqa: SLF001 - of the same family
                into.execute(sa.delete(written))
                read = hashlib.sha256()
                for rows in _read_chunks(source, table):
                    _insert(into, written, rows)
                    read.update(_bytes_of(rows))
                    progress.advance(len(rows))
                backend.after_copy(into, written)
                if read.hexdigest() != _digest(into, written):
                    raise StoreError(
                        f"the copy of {table.name} is not the same", where=target.location, code="store-copy"
                    )

    def write_copy(self, path: Path) -> None:
        """Write a file store, as of one instant, as a new file, while others may write. Raises StoreError."""
        vacuum_into(self._engines, path)


def _read_chunks(connection: sa.Connection, table: sa.Table) -> Iterator[list[Row]]:
    """All rows by fid, the same number in each chunk but the last, so that equal tables give equal chunks."""
    query, after = _chunk_query(table), -1
    while rows := query.rows(connection, {"after": after}):
        yield rows
        after = rows[-1][0]


@lru_cache(KEPT)
def _chunk_query(table: sa.Table) -> Prepared:
    statement = sa.select(table).where(table.c.fid > sa.bindparam("after")).order_by(table.c.fid)
    return Prepared(statement.limit(_ROWS))


def _insert(connection: sa.Connection, table: sa.Table, rows: list[Row]) -> None:
    names = [column.name for column in table.c]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    shapes = None
    if GEOMETRY in columns:
        shapes = np.asarray(shapely.from_wkb(np.array(columns.pop(GEOMETRY), dtype=object)), dtype=object)
    backend_of(connection).insert(connection, table, columns, shapes)


def _digest(connection: sa.Connection, table: sa.Table) -> str:
    found = hashlib.sha256()
    for rows in _read_chunks(connection, table):
        found.update(_bytes_of(rows))
    return found.hexdigest()


def _bytes_of(rows: list[Row]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, default=bytes.hex).encode()
