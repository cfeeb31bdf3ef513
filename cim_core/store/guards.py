"""What is only ever added to: the database itself refuses to alter or remove it, whoever asks.

The log of changes and the acts of projects never change. A former row may be ended once, by a write that takes back
what was held true of former days.
"""

from __future__ import annotations

import sqlalchemy as sa

from cim_core.store.schema import Tables, history_of

_REFUSAL = "is only added to"
#: A former row whose end is written.
_ENDED = "OLD.recorded_to IS NOT NULL"


def create_guards(connection: sa.Connection, tables: Tables) -> None:
    """Make the triggers that are not there, inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION cim_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '%% {_REFUSAL}', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
        )
    for spec in tables.specs.values():
        if spec.is_append_only:
            _guard(connection, spec.name, "TRUE")
        if spec.history:
            _guard(connection, history_of(tables[spec.name]).name, _ENDED)


def _guard(connection: sa.Connection, table: str, fixed: str) -> None:
    """Refuse DELETE, and UPDATE of rows of which ``fixed`` is true."""
    for what, when in (("UPDATE", fixed), ("DELETE", "TRUE")):
        name = f"{table}_no_{what.lower()}"
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {what} ON {table} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{table} {_REFUSAL}'); END"
            )
            continue
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION cim_refuse()"
        )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION cim_refuse()"
        )
