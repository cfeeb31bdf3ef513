"""Between Arrow tables and database rows: columns out as typed Arrow, columns in by one executemany."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from cim_core.features import ATTRIBUTE_BY_NAME
from cim_core.store.changes import open_change
from cim_core.store.engine import backend_of
from cim_core.store.geom import Geom, Geometries
from cim_core.store.prepared import NO_VALUES, Prepared
from cim_core.store.schema import spec_of

Columns = dict[str, Sequence[Any]]


#: Kept queries of a kind; there are as many as there are combinations of what callers ask.
KEPT = 256
#: Rows of one chunk of a table; the texts of a chunk may not be longer than 2 GB.
_CHUNK_ROWS = 1_000_000


class TableQuery:
    """A select and the Arrow schema of its answer, made once and run often with other values of its parameters.

    A geometry column comes back as WKB named ``geometry``. ``fields`` are those that are more than name and type.
    """

    def __init__(self, statement: sa.Select[Any], fields: Mapping[str, pa.Field] = NO_VALUES) -> None:
        self.statement = Prepared(statement)
        made = (_arrow_field(column) for column in statement.selected_columns)
        self.schema = pa.schema([fields.get(field.name, field) for field in made])
        self._row = pa.struct(list(self.schema))

    def mappings(self, connection: sa.Connection, values: Mapping[str, Any] = NO_VALUES) -> list[dict[str, Any]]:
        """Its rows, a mapping each, for what is written as JSON at once; ``values`` as in ``read``."""
        names = self.schema.names
        return [dict(zip(names, row, strict=True)) for row in self.statement.rows(connection, values)]

    def read(self, connection: sa.Connection, values: Mapping[str, Any] = NO_VALUES) -> pa.Table:
        """Its rows as columns; ``values`` are those of the bound parameters."""
        rows = self.statement.rows(connection, values)
        # One call turns the rows into all columns; a call for each of sixty columns costs twice that for few rows.
        chunks = [
            pa.RecordBatch.from_struct_array(pa.array(rows[start : start + _CHUNK_ROWS], type=self._row))
            for start in range(0, len(rows), _CHUNK_ROWS)
        ]
        return pa.Table.from_batches(chunks, schema=self.schema)


def read_table(connection: sa.Connection, statement: sa.Select[Any]) -> pa.Table:
    """Run a select that is not asked often and return its columns as Arrow; see ``TableQuery``."""
    return TableQuery(statement).read(connection)


def equal_to_parameters(table: sa.FromClause, names: Iterable[str]) -> list[sa.ColumnElement[bool]]:
    """The conditions that columns are equal to the parameters of their names."""
    return [table.c[name] == sa.bindparam(name) for name in sorted(names)]


def page_of(statement: sa.Select[Any], page: frozenset[str]) -> sa.Select[Any]:
    """The rows after the parameter ``offset``, at most ``limit``; ``page`` are the names of ``page_values``.

    What is not said is left out: a limit of all rows would cost SQLite twice the time of a small box.
    """
    if "offset" in page:
        statement = statement.offset(sa.bindparam("offset", type_=sa.Integer()))
    return statement.limit(sa.bindparam("limit", type_=sa.Integer())) if "limit" in page else statement


def page_values(limit: int | None, offset: int) -> dict[str, int]:
    """The parameters of ``page_of``."""
    return ({} if limit is None else {"limit": limit}) | ({"offset": offset} if offset else {})


def _arrow_field(column: sa.ColumnElement[Any]) -> pa.Field:
    name = str(getattr(column, "name", ""))
    if isinstance(column.type, Geom):
        return pa.field("geometry", pa.binary())
    if name == "gid":
        return pa.field(name, pa.uint32())
    if isinstance(column.type, sa.Integer):
        return pa.field(name, ATTRIBUTE_BY_NAME[name].type if name in ATTRIBUTE_BY_NAME else pa.int64())
    return pa.field(name, pa.float64() if isinstance(column.type, sa.Double) else pa.string())


def insert_columns(
    connection: sa.Connection, table: sa.Table, columns: Columns, geometries: Geometries | None = None
) -> None:
    """Insert rows given as equally long columns, stamped with the write. Raises what the database raises."""
    count = len(next(iter(columns.values())))
    if count == 0:
        return
    change = open_change(connection)
    stamps: Columns = {"recorded_from": [change.recorded_at] * count}
    if spec_of(table).history:
        stamps |= {"change_id": [change.id] * count}
    backend_of(connection).insert(connection, table, {**columns, **stamps}, geometries)
    change.count(table.name, added=count)


def column_values(table: pa.Table | pa.RecordBatch, name: str, column: sa.Column[Any]) -> Sequence[Any]:
    """Python values of an Arrow column for the database column; nulls where it is missing, NaN becomes null.

    Text that is a list or a mapping is stored as JSON.
    """
    index = table.schema.get_field_index(name)
    if index < 0:
        return [None] * table.num_rows
    values = table.column(index)
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    if pa.types.is_floating(kind):
        values = pc.if_else(pc.is_finite(values), values, None)
    if pa.types.is_boolean(kind):
        values = values.cast(pa.int64())
    listed: list[Any] = values.to_pylist()
    if isinstance(column.type, sa.Text) and not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return [value if value is None else to_text(value) for value in listed]
    if isinstance(column.type, sa.Integer) and pa.types.is_floating(kind):
        return [value if value is None else round(value) for value in listed]
    return listed


def to_text(value: object) -> str:
    """A value as the text it is stored as: strings as they are, lists and mappings as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list | tuple | bool | int | float):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def extra_json(records: pa.RecordBatch | pa.Table, known: frozenset[str]) -> list[str | None]:
    """JSON of the columns that have no column of their own, a row each; None where nothing is left."""
    names = [name for name in records.schema.names if name not in known]
    if not names:
        return [None] * records.num_rows
    rows = records.select(names).to_pylist()
    kept = ({k: v for k, v in row.items() if v is not None and v == v} for row in rows)  # NaN is not itself
    return [json.dumps(row, ensure_ascii=False, default=str) if row else None for row in kept]
