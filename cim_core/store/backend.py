"""What the store needs of a database beyond SQLAlchemy, and which of the two kinds answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyproj
import sqlalchemy as sa

from cim_core.errors import StoreError
from cim_core.store.geom import Geometries
from cim_core.store.schema import Tables

Columns = Mapping[str, Sequence[Any]]

#: How long a connection is waited for, and a lock that another writer holds.
WAIT_S = 30.0
READER_CONNECTIONS = 16
#: Option of every connection: the folder of the workspace, where a geoid model of its own may lie.
FOLDER_OPTION = "workspace_folder"


def without_empty(columns: Columns) -> dict[str, Sequence[Any]]:
    """The columns that hold anything, or the first: binding a null costs SQLite's driver 2 microseconds."""
    held = {
        name: values
        for name, values in columns.items()
        if not isinstance(values, list | tuple) or values.count(None) < len(values)
    }
    return held or dict(list(columns.items())[:1])


@dataclass(frozen=True, slots=True)
class Engines:
    """Connections for writing and for reading; ``location`` is the path or the URL without a password."""

    writer: sa.Engine
    reader: sa.Engine
    location: str
    folder: Path
    version: str
    journal_mode: str
    notes: tuple[str, ...] = ()

    def dispose(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()


class Backend(Protocol):
    """The same promises kept by a GeoPackage and by PostGIS."""

    def lock_writes(self, connection: sa.Connection) -> None:
        """Let no other writer into this store until the transaction ends."""

    def create_schema(self, connection: sa.Connection, tables: Tables, work_crs: pyproj.CRS) -> None:
        """Make all tables with their spatial indexes where nothing is yet."""

    def add_missing(self, connection: sa.Connection, tables: Tables) -> None:
        """Make the tables, columns and indexes that an older store lacks."""

    def columns_by_table(self, connection: sa.Connection) -> dict[str, set[str]]:
        """Names of the columns of every table there is."""

    def insert(self, connection: sa.Connection, table: sa.Table, columns: Columns, shapes: Geometries | None) -> None:
        """Insert equally long columns; ``shapes`` are in the CRS of the geometry column."""

    def begin_bulk(self, connection: sa.Connection, table: sa.Table) -> int:
        """Stop indexing row by row before a big statement; returns the highest fid so far."""

    def end_bulk(self, connection: sa.Connection, table: sa.Table, after_fid: int) -> None:
        """Index the rows after ``after_fid`` at once and go on row by row."""

    def after_copy(self, connection: sa.Connection, table: sa.Table) -> None:
        """Go on numbering after the rows that were copied in with their fids."""

    def touch(self, connection: sa.Connection, table: sa.Table) -> None:
        """Note that a layer has changed."""

    def explain(self, error: Exception, where: str) -> StoreError:
        """Why the database refused a write, in words a user can act on. The caller raises it."""
