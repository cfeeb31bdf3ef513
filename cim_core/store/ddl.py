"""Changing tables that are there already, the same on both kinds of database."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn, CreateIndex


def add_missing_columns(connection: sa.Connection, table: sa.Table) -> None:
    """Add the columns and indexes that a table of an older store lacks; its rows get the default or null."""
    inspector = sa.inspect(connection)
    known = {column["name"] for column in inspector.get_columns(table.name)}
    for column in table.columns:
        if column.name not in known:
            clause = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ADD COLUMN {clause}')
    for index in table.indexes:
        connection.execute(CreateIndex(index, if_not_exists=True))
