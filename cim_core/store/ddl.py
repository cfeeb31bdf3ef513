"""Changing tables that are there already, the same on both kinds of database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn, CreateIndex


def group_columns(rows: Iterable[Sequence[Any]]) -> dict[str, set[str]]:
    """Names of columns by table, from (table, column)."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row[0], set()).add(row[1])
    return found


def add_missing_tables(connection: sa.Connection, metadata: sa.MetaData, known: Mapping[str, set[str]]) -> None:
    """Make the tables, columns and indexes that are not there; rows that are there get the default or null."""
    metadata.create_all(connection, tables=[table for table in metadata.sorted_tables if table.name not in known])
    for table in metadata.sorted_tables:
        if table.name not in known:
            continue
        for column in table.columns:
            if column.name not in known[table.name]:
                clause = CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ADD COLUMN {clause}')
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
