"""Statements compiled once and run on the driver's own cursor.

Of a question that takes a database 30 microseconds, SQLAlchemy's execution of it would be four fifths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from cim_core.store.geom import Geom

Row = tuple[Any, ...]
NO_VALUES: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement as one kind of database takes it."""

    text: str
    #: Parameters in their order, or none where the driver takes them by name.
    order: tuple[str, ...] | None
    constants: Mapping[str, Any]
    encoders: Mapping[str, Callable[[Any], Any]]


class Prepared:
    """A statement with named parameters; the types of the store need no conversion but geometries going in.

    A parameter that stands for a list is expanded each time, by SQLAlchemy.
    """

    def __init__(self, statement: sa.Executable) -> None:
        self.statement = statement
        self._forms: dict[str, _Form | None] = {}

    def rows(self, connection: sa.Connection, values: Mapping[str, Any] = NO_VALUES) -> list[Row]:
        """The rows of a select. Raises what the driver raises."""
        form = self._form(connection.dialect)
        if form is None:
            return [tuple(row) for row in connection.execute(self.statement, dict(values))]
        cursor = _run(connection, form, values)
        try:
            found: list[Row] = cursor.fetchall()
        finally:
            cursor.close()
        return found

    def first(self, connection: sa.Connection, values: Mapping[str, Any] = NO_VALUES) -> Row | None:
        """The first row of a select, or None."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def scalar(self, connection: sa.Connection, values: Mapping[str, Any] = NO_VALUES) -> Any:  # noqa: ANN401 - whatever the column holds
        """The first value of the first row, or None."""
        found = self.rows(connection, values)
        return found[0][0] if found else None

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> None:
        """Run an insert, update or delete, inside the transaction of the connection."""
        form = self._form(connection.dialect)
        if form is None:
            connection.execute(self.statement, dict(values))
        else:
            _run(connection, form, values).close()

    def _form(self, dialect: Dialect) -> _Form | None:
        if dialect.name not in self._forms:
            self._forms[dialect.name] = _compile(self.statement, dialect)
        return self._forms[dialect.name]


def _run(connection: sa.Connection, form: _Form, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a DB-API cursor
    if form.encoders:
        encoded = {name: encode(values[name]) for name, encode in form.encoders.items() if name in values}
        values = {**values, **encoded}
    given: Any
    if form.order is None:
        given = {**form.constants, **values}
    else:
        given = [values[name] if name in values else form.constants[name] for name in form.order]
    raw: Any = connection.connection.dbapi_connection
    cursor = raw.cursor()
    cursor.execute(form.text, given)
    return cursor


def _compile(statement: sa.Executable, dialect: Dialect) -> _Form | None:
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every executable is a clause
    binds: Mapping[str, sa.BindParameter[Any]] = compiled.binds
    if any(bind.expanding for bind in binds.values()):
        return None
    constants = {name: bind.value for name, bind in binds.items() if not bind.required}
    encoders = {
        name: encode
        for name, bind in binds.items()
        if isinstance(bind.type, Geom) and (encode := bind.type.bind_processor(dialect)) is not None
    }
    order = None if compiled.positiontup is None else tuple(compiled.positiontup)
    return _Form(str(compiled), order, constants, encoders)
