"""Opening the SQLite file safely: which library, which journal, which functions every connection gets.

SQLite before 3.51.3 can lose committed pages when two connections checkpoint one WAL file (the WAL-reset bug,
back-ported fixes in 3.50.7 and 3.44.6), so WAL is used only with a library that has the fix.
"""

from __future__ import annotations

import importlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from cim_core.errors import StoreError
from cim_core.store.backend import FOLDER_OPTION, READER_CONNECTIONS, WAIT_S, Engines
from cim_core.store.functions import register_functions

#: Pages each connection keeps, KiB. With SQLite's own 2 MB a box of 600 buildings in 100,000 reads every page anew.
CACHE_KIB = 32_768


@dataclass(frozen=True, slots=True)
class SqliteLibrary:
    """The SQLite in use: the DB-API module that carries it and its version."""

    module: ModuleType
    version: tuple[int, int, int]

    @property
    def has_safe_wal(self) -> bool:
        """Whether the WAL-reset bug is fixed in this version."""
        return has_safe_wal(self.version)

    @property
    def version_text(self) -> str:
        """E.g. ``3.53.4``."""
        return ".".join(map(str, self.version))


def has_safe_wal(version: tuple[int, int, int]) -> bool:
    """Whether a SQLite version carries the fix of the WAL-reset bug (3.51.3, or the back-ports).

    >>> has_safe_wal((3, 40, 1)), has_safe_wal((3, 44, 6)), has_safe_wal((3, 53, 4))
    (False, True, True)
    """
    if version >= (3, 51, 3):
        return True
    return version[:2] in ((3, 50), (3, 44)) and version >= ((3, 50, 7) if version[1] == 50 else (3, 44, 6))


def best_library() -> SqliteLibrary:
    """The bundled SQLite of pysqlite3 where it is installed, else the interpreter's own."""
    try:
        module = importlib.import_module("pysqlite3")
    except ImportError:
        module = sqlite3
    return SqliteLibrary(module, tuple(module.sqlite_version_info[:3]))


def open_sqlite(path: Path, library: SqliteLibrary | None = None) -> Engines:
    """Connect to an existing or new file. Raises StoreError when it is not a database or cannot be written."""
    library = library or best_library()
    writer = _engine(path, library, is_writer=True)
    try:
        journal_mode = _set_journal_mode(writer, library)
    except library.module.DatabaseError as error:
        writer.dispose()
        raise StoreError(
            "cannot be used as a store", where=str(path), hint=str(error), code="store-unreadable"
        ) from error
    notes: tuple[str, ...] = ()
    if journal_mode != "wal":
        reason = "the disk refuses WAL" if library.has_safe_wal else "this version has the WAL-reset bug"
        notes = (
            f"SQLite {library.version_text}: {reason}, so journal_mode={journal_mode} and readers wait for writers",
            *(() if library.has_safe_wal else ("install pysqlite3 >= 0.6.1 for a SQLite with the fix",)),
        )
    reader = _engine(path, library, is_writer=False)
    return Engines(writer, reader, str(path), path.parent, f"SQLite {library.version_text}", journal_mode, notes)


def checkpoint(engines: Engines) -> None:
    """Move the WAL into the main file, where GDAL looks for the application id."""
    raw = engines.writer.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()


def vacuum_into(engines: Engines, path: Path) -> None:
    """Write the file as of one instant as a new one, while others may write. Raises StoreError, leaving none."""
    raw: Any = engines.reader.raw_connection()
    cursor = raw.cursor()
    try:
        cursor.execute("PRAGMA query_only=OFF")  # which refuses VACUUM INTO, though that only reads
        cursor.execute("VACUUM INTO ?", (str(path),))
    except raw.dbapi_connection.DatabaseError as error:
        path.unlink(missing_ok=True)
        raise StoreError(
            f"cannot be copied: {error}",
            where=str(path),
            hint="free some space, or name a place on another disk",
            code="disk-full" if "full" in str(error) else "store-copy",
        ) from error
    finally:
        cursor.execute("PRAGMA query_only=ON")
        cursor.close()
        raw.close()


def _engine(path: Path, library: SqliteLibrary, *, is_writer: bool) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        module=library.module,
        poolclass=sa.QueuePool,
        pool_size=1 if is_writer else READER_CONNECTIONS,
        max_overflow=0,
        pool_timeout=WAIT_S,
        connect_args={"check_same_thread": False, "timeout": WAIT_S},
        execution_options={FOLDER_OPTION: path.parent},
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _record: object) -> None:
        raw: Any = connection
        raw.isolation_level = None  # the driver must not open transactions of its own
        register_functions(raw)
        cursor = raw.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA mmap_size=0")
        cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        cursor.execute("PRAGMA trusted_schema=ON")  # GeoPackage triggers call ST_* functions
        if not is_writer:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("BEGIN IMMEDIATE" if is_writer else "BEGIN")

    return engine


def _set_journal_mode(writer: sa.Engine, library: SqliteLibrary) -> str:
    wanted = "WAL" if library.has_safe_wal else "DELETE"
    raw = writer.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA journal_mode={wanted}")
        row = cursor.fetchone()
        cursor.close()
    finally:
        raw.close()
    return str(row[0]).lower() if row else "unknown"
