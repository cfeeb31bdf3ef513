"""Stores of older releases: one list of steps, each a transaction, after a copy of the file was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from cim_core.errors import StoreError
from cim_core.store.backend import Engines
from cim_core.store.engine import backend_of
from cim_core.store.geopackage import APPLICATION_ID
from cim_core.store.schema import SCHEMA_VERSION, Tables, build_tables
from cim_core.store.sqlite import vacuum_into

Step = Callable[[sa.Connection, Tables], None]


def write_info(connection: sa.Connection, tables: Tables) -> None:
    """Say in the store which schema it has."""
    info = tables.store_info
    connection.execute(sa.delete(info))
    values = {"schema_version": str(SCHEMA_VERSION), "srs_id": str(tables.srs_id)}
    connection.execute(sa.insert(info), [{"id": name, "value": value} for name, value in values.items()])


def bring_up_to_date(engines: Engines) -> tuple[Engines, int]:
    """The engines, with a note if the store was migrated, and the EPSG code of its work CRS.

    A store of schema 1 (release 0.1.0) did not say its version. Raises StoreError for what is no store or newer than
    this program; a store that cannot be migrated is left as it was.
    """
    with engines.reader.connect() as connection:
        version, srs_id = _read_info(connection, engines.location)
        tables = build_tables(srs_id)
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"was made by a newer version of this program (schema {version}, known up to {SCHEMA_VERSION})",
                where=engines.location,
                hint="update this program",
                code="store-version",
            )
        if version == SCHEMA_VERSION and _has_all_columns(connection, tables):
            return engines, srs_id
    note = _migrate(engines, tables)
    return replace(engines, notes=(*engines.notes, note)), srs_id


def _migrate(engines: Engines, tables: Tables) -> str:
    """Bring the store up to date unless another process just did; returns what was done."""
    try:
        with engines.writer.begin() as connection:
            backend_of(connection).lock_writes(connection)
            version, _ = _read_info(connection, engines.location)
            note = f"schema {version} was brought to {SCHEMA_VERSION}"
            if version < SCHEMA_VERSION and connection.dialect.name == "sqlite":
                note += f"; the store as it was is kept as {_keep_copy(engines, version).name}"
            for number in range(version, SCHEMA_VERSION):
                if number in _STEPS:
                    _STEPS[number](connection, tables)
            backend_of(connection).add_missing(connection, tables)
            write_info(connection, tables)
    except (sa.exc.DBAPIError, StoreError) as error:
        reason = error if isinstance(error, StoreError) else backend_of(engines.writer).explain(error, "")
        raise StoreError(
            f"cannot be brought to schema {SCHEMA_VERSION}: {reason.message}",
            where=engines.location,
            hint=f"it was left as it was; {reason.hint}",
            code="store-migration",
        ) from error
    return note


#: What turns schema n into n + 1 beyond adding tables and columns, under n. Schema 1 to 2 only adds.
_STEPS: dict[int, Step] = {}


def _keep_copy(engines: Engines, version: int) -> Path:
    """A copy of the file as it is now; one made before by a migration that was cut off is replaced."""
    path = Path(engines.location)
    copy = path.with_name(f"{path.stem}.schema-{version}{path.suffix}")
    copy.unlink(missing_ok=True)
    vacuum_into(engines, copy)
    return copy


def _read_info(connection: sa.Connection, location: str) -> tuple[int, int]:
    """Schema version and EPSG code. Raises StoreError."""
    try:
        has_info = "store_info" in backend_of(connection).columns_by_table(connection)
        if connection.dialect.name == "sqlite":
            application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
            row = connection.exec_driver_sql(
                "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'buildings'"
            ).first()
            if row is None or application != APPLICATION_ID:
                raise _no_store(location)
            if not has_info:
                return 1, int(row[0])
        elif not has_info:
            raise _no_store(location)
        info = {row.id: row.value for row in connection.execute(sa.text("SELECT id, value FROM store_info"))}
        return int(info["schema_version"]), int(info["srs_id"])
    except (sa.exc.DatabaseError, KeyError, ValueError) as error:
        raise _no_store(location) from error


def _no_store(location: str) -> StoreError:
    return StoreError("is not a store of this program", where=location, code="not-a-store")


def _has_all_columns(connection: sa.Connection, tables: Tables) -> bool:
    """Whether nothing was added to the topics since the store was made, as happens between releases."""
    known = backend_of(connection).columns_by_table(connection)
    return all(known.get(table.name, set()).issuperset(table.c.keys()) for table in tables.metadata.sorted_tables)
