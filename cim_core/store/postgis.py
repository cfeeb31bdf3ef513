"""A store in PostgreSQL with PostGIS: one schema of a database, GiST indexes, COPY, one writer at a time."""

from __future__ import annotations

import re
import select
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from cim_core.errors import MissingExtraError, StoreError, UsageError
from cim_core.store.backend import FOLDER_OPTION, READER_CONNECTIONS, WAIT_S, Columns, Engines, without_empty
from cim_core.store.ddl import add_missing_tables, group_columns
from cim_core.store.failures import disk_full, duplicate_id, store_busy, store_contended, store_unavailable
from cim_core.store.geom import Geometries, srs_id_of
from cim_core.store.guards import create_guards
from cim_core.store.schema import GEOMETRY, Tables, has_spatial_index

DEFAULT_SCHEMA = "xiushui"
_SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_WRITERS = 4
_IDLE_SINCE = "cim_idle_since"
_TRUSTED_IDLE_S = 10.0
#: From this many new rows on, the planner is told at once; autovacuum would come only after some minutes.
_ROWS_TO_ANALYZE = 2_000
#: SQLSTATE classes and codes (PostgreSQL 15, appendix A).
_CONNECTION_LOST = ("08", "57P")
_OUT_OF_ORDER = ("40",)
_DISK_FULL = ("53100",)


def open_postgis(url: sa.URL, folder: Path) -> Engines:
    """Connect to the schema named by ``?schema=`` (default ``xiushui``). Raises StoreError, UsageError."""
    schema = str(url.query.get("schema", DEFAULT_SCHEMA))
    if not _SCHEMA_NAME.fullmatch(schema):
        raise UsageError(
            f"{schema!r} cannot be the name of a schema", hint="use a-z, 0-9 and _, at most 63", code="store-url"
        )
    location = url.render_as_string(hide_password=True)
    server = url.difference_update_query(["schema"]).set(drivername="postgresql+psycopg")
    options = f"-csearch_path={schema},public -clock_timeout={int(WAIT_S * 1000)}"

    def engine(**settings: Any) -> sa.Engine:  # noqa: ANN401 - SQLAlchemy's own options
        made = sa.create_engine(
            server,
            max_overflow=0,
            pool_timeout=WAIT_S,
            connect_args={"options": options, "application_name": "xiushui-cim", "connect_timeout": 10},
            execution_options={FOLDER_OPTION: folder},
            **settings,
        )
        _replace_dead_connections(made)
        return made

    try:
        writer = engine(pool_size=_WRITERS)
    except ModuleNotFoundError as error:
        raise MissingExtraError("psycopg is not installed", hint="pip install 'psycopg[binary]'") from error
    # One select is a transaction by itself, without a BEGIN and a ROLLBACK to wait for.
    reader = engine(pool_size=READER_CONNECTIONS, isolation_level="AUTOCOMMIT")

    @event.listens_for(reader, "begin")
    def on_begin(connection: sa.Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    try:
        with writer.connect() as connection:
            version = str(connection.exec_driver_sql("SHOW server_version").scalar_one()).split()[0]
    except sa.exc.OperationalError as error:
        raise StoreError(
            f"cannot be reached: {error.orig}".strip(),
            where=location,
            hint="is the server running, and are user, password and database right?",
            code="store-unavailable",
        ) from error
    return Engines(writer, reader, location, folder, f"PostgreSQL {version}", "server")


def _replace_dead_connections(engine: sa.Engine) -> None:
    """Open a new connection in place of one that died while idle: the server's last word waits in its socket.

    One that was idle for long is asked, because a network may lose a connection without a word.
    """

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[_IDLE_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        raw: Any = connection
        idle_s = time.monotonic() - record.info.get(_IDLE_SINCE, time.monotonic())
        try:
            is_dead = raw.closed or bool(select.select([raw.fileno()], [], [], 0)[0])
            if not is_dead and idle_s > _TRUSTED_IDLE_S:
                engine.dialect.do_ping(connection)
        except (OSError, ValueError, engine.dialect.loaded_dbapi.Error):
            is_dead = True
        if is_dead:
            raise sa.exc.DisconnectionError


class PostGis:
    """A store in a schema of a PostgreSQL database; see ``cim_core.store.backend.Backend``."""

    def lock_writes(self, connection: sa.Connection) -> None:
        """Take the lock of this schema until the transaction ends; edits of other schemas go on."""
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('xiushui:' || current_schema()))")

    def create_schema(self, connection: sa.Connection, tables: Tables, work_crs: pyproj.CRS) -> None:
        """Make the schema, all tables and their GiST indexes. Raises StoreError without the right to do so."""
        path = str(connection.exec_driver_sql("SHOW search_path").scalar_one())
        schema = path.split(",")[0].strip().strip('"')
        try:
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public")
            connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        except (sa.exc.ProgrammingError, sa.exc.OperationalError, sa.exc.NotSupportedError) as error:
            raise StoreError(
                f"cannot hold a store of {work_crs.name}: {error.orig}",
                where=connection.engine.url.render_as_string(hide_password=True),
                hint="let the administrator of the database run: CREATE EXTENSION postgis; CREATE SCHEMA ...",
                code="store-rights",
            ) from error
        self.lock_writes(connection)
        self.add_missing(connection, tables)

    def add_missing(self, connection: sa.Connection, tables: Tables) -> None:
        """Make the tables, columns and indexes that are not there."""
        add_missing_tables(connection, tables.metadata, self.columns_by_table(connection))
        for name in tables.specs:
            if has_spatial_index(tables[name]):
                connection.exec_driver_sql(
                    f'CREATE INDEX IF NOT EXISTS "{name}_{GEOMETRY}" ON "{name}" USING gist ({GEOMETRY})'
                )
        create_guards(connection, tables)

    def columns_by_table(self, connection: sa.Connection) -> dict[str, set[str]]:
        """Names of the columns of every table in the schema."""
        rows = connection.exec_driver_sql(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"
            " AND a.attnum > 0 AND NOT a.attisdropped"
        )
        return group_columns(rows)

    def insert(self, connection: sa.Connection, table: sa.Table, columns: Columns, shapes: Geometries | None) -> None:
        """Insert by COPY."""
        columns = without_empty(columns)
        if shapes is not None:
            columns = {**columns, GEOMETRY: _encode_ewkb(shapes, srs_id_of(table.c[GEOMETRY]))}
        names = ", ".join(f'"{name}"' for name in columns)
        raw: Any = connection.connection.dbapi_connection
        with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in zip(*columns.values(), strict=True):
                copy.write_row(row)
        if len(next(iter(columns.values()))) >= _ROWS_TO_ANALYZE:
            connection.exec_driver_sql(f'ANALYZE "{table.name}"')

    def begin_bulk(self, connection: sa.Connection, table: sa.Table) -> int:
        """GiST indexes keep up by themselves; returns the highest fid so far."""
        return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.fid), 0))).scalar_one())

    def end_bulk(self, connection: sa.Connection, table: sa.Table, after_fid: int) -> None:
        """Let the planner know the new rows."""
        connection.exec_driver_sql(f'ANALYZE "{table.name}"')

    def after_copy(self, connection: sa.Connection, table: sa.Table) -> None:
        """Let the sequence of the fids go on after the highest."""
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'fid'), "  # noqa: S608 - names of our own tables
            f'greatest(1, (SELECT coalesce(max(fid), 1) FROM "{table.name}")))'
        )

    def touch(self, connection: sa.Connection, table: sa.Table) -> None:
        """PostGIS keeps no list of contents."""

    def explain(self, error: Exception, where: str) -> StoreError:
        """``duplicate-id``, ``disk-full``, ``store-unavailable`` or ``store-busy``."""
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        state = getattr(cause, "sqlstate", None) or ""
        if state.startswith("23"):
            return duplicate_id(cause, where)
        if state.startswith(_DISK_FULL):
            return disk_full(where)
        if not state or state.startswith(_CONNECTION_LOST):
            return store_unavailable(cause, where)
        if state.startswith(_OUT_OF_ORDER):
            return store_contended(cause, where)
        return store_busy(cause, where)


def _encode_ewkb(shapes: Geometries, srs_id: int) -> list[str | None]:
    """Hexadecimal EWKB of each geometry without z; None for a missing or empty one."""
    flat = np.array(shapely.force_2d(shapes), dtype=object)
    flat[shapely.is_empty(flat)] = None
    encoded: list[str | None] = shapely.to_wkb(shapely.set_srid(flat, srs_id), hex=True, include_srid=True).tolist()
    return encoded
