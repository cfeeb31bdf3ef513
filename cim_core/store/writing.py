"""The ways to write rows: replace those of a scope by new ones, put one, delete some. History follows by itself.

All work on the connection of ``StoreBase._write`` and note what they did in its log of changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from cim_core.errors import StaleVersionError
from cim_core.store.base import not_found
from cim_core.store.changes import open_change
from cim_core.store.engine import backend_of
from cim_core.store.geom import Geom, Geometries
from cim_core.store.geopackage import BULK_ROWS
from cim_core.store.history import (
    archive,
    archive_row,
    begin_after_former_days,
    end_former_days,
)
from cim_core.store.prepared import Prepared
from cim_core.store.rows import KEPT, Columns, equal_to_parameters, insert_columns
from cim_core.store.schema import GEOMETRY, data_columns, spec_of

Values = Mapping[str, Any]


def put_row(
    connection: sa.Connection,
    table: sa.Table,
    key: Values,
    values: Values,
    *,
    version: int | None = None,
    is_event: bool = False,
) -> int:
    """Insert a row or alter the one of that key; returns its version, which counts its changes from 1.

    ``version`` is the one the writer saw. A row that says the same already is left as it is, unless ``is_event``. A
    geometry is WKB in the work CRS under ``geom``. Raises StaleVersionError when somebody else was first, NotFoundError
    when the row is gone.
    """
    names = tuple(values)
    present = _row_query(table, frozenset(key), names).first(connection, key)
    what = spec_of(table).history or table.name
    name = "/".join(str(value) for value in key.values())
    if present is None:
        if version is not None:
            raise not_found(what, name)
        _insert_row(connection, table, {**key, **values})
        return 1
    fid, present_version, *held = present
    present_version = int(present_version)
    if version is not None and present_version != version:
        raise _stale(f"{what}/{name}", present_version, version)
    found = dict(zip(names, held, strict=True))
    changed = {name: value for name, value in values.items() if not _is_same(table, name, found[name], value)}
    if not changed and not is_event:
        return present_version
    _alter(connection, table, fid, changed)
    return present_version + 1


def check_version(connection: sa.Connection, table: sa.Table, key: Values, version: int) -> None:
    """Raise StaleVersionError unless the row of a key, if there is one, has that version."""
    present = version_query(table).scalar(connection, key)
    if present is not None and present != version:
        name = "/".join(str(value) for value in key.values())
        raise _stale(f"{spec_of(table).history or table.name}/{name}", present, version)


def _stale(name: str, present: int, wanted: int) -> StaleVersionError:
    return StaleVersionError(
        f"{name} has version {present}, the change was made to version {wanted}",
        where=name,
        hint="read it again, then repeat the change on what is there now",
    )


@lru_cache(KEPT)
def _row_query(table: sa.Table, key: frozenset[str], names: tuple[str, ...]) -> Prepared:
    """fid, version and the named columns of the row of a key."""
    statement = sa.select(table.c.fid, table.c.version, *(table.c[name] for name in names))
    return Prepared(statement.where(*equal_to_parameters(table, key)))


@lru_cache(KEPT)
def version_query(table: sa.Table) -> Prepared:
    """The version of the row of a key."""
    return Prepared(sa.select(table.c.version).where(*equal_to_parameters(table, spec_of(table).key)))


@lru_cache(KEPT)
def _row_update(table: sa.Table, names: frozenset[str]) -> Prepared:
    """Sets columns of the row ``row_fid`` to the parameters ``new_<name>`` and counts its version up."""
    values = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in sorted(names)}
    return Prepared(
        sa.update(table)
        .where(table.c.fid == sa.bindparam("row_fid"))
        .values({**values, "version": table.c.version + 1})
    )


def delete_rows(connection: sa.Connection, table: sa.Table, hit: sa.ColumnElement[bool]) -> int:
    """Delete the rows that ``hit`` selects; returns how many."""
    if spec_of(table).history:
        archive(connection, table, hit, is_removal=True)
    count = int(connection.execute(sa.delete(table).where(hit)).rowcount)
    open_change(connection).count(table.name, removed=count)
    return count


class Replacement:
    """Replaces the rows of a scope, e.g. one dataset, by those that are added, in the caller's transaction.

    In a table with history only the rows that differ are touched, by set-based statements; all others keep their fid,
    version and instant.
    """

    def __init__(self, connection: sa.Connection, table: sa.Table, scope: Values) -> None:
        self._connection, self._table, self._scope = connection, table, scope
        self._in_scope = sa.and_(sa.true(), *(table.c[name] == value for name, value in scope.items()))
        self._staged: sa.Table | None = None
        if spec_of(table).history is None:
            delete_rows(connection, table, self._in_scope)
        elif connection.execute(sa.select(table.c.fid).where(self._in_scope).limit(1)).first() is not None:
            self._staged = _stage(connection, table)

    def add(self, columns: Columns, shapes: Geometries | None = None) -> None:
        """Add rows given as equally long columns, without those of the scope; ``shapes`` are in the work CRS."""
        count = len(next(iter(columns.values()), ()))
        if count == 0:
            return
        columns = {**columns, **{name: [value] * count for name, value in self._scope.items()}}
        if self._staged is None:
            insert_columns(self._connection, self._table, columns, shapes)
        else:
            backend_of(self._connection).insert(self._connection, self._staged, columns, shapes)

    def finish(self) -> None:
        """Bring the table to what was added and note the layer's change."""
        connection, table = self._connection, self._table
        if self._staged is not None:
            _apply(connection, table, self._staged, self._in_scope)
            self._staged.drop(connection)
        if spec_of(table).history:
            _settle(connection, table)
        backend_of(connection).touch(connection, table)


def replace_rows(
    connection: sa.Connection, table: sa.Table, scope: Values, columns: Columns, shapes: Geometries | None = None
) -> None:
    """Replace the rows of a scope by equally long columns; see ``Replacement``."""
    replacement = Replacement(connection, table, scope)
    replacement.add(columns, shapes)
    replacement.finish()


def _insert_row(connection: sa.Connection, table: sa.Table, values: Values) -> None:
    columns: Columns = {name: [value] for name, value in values.items() if name != GEOMETRY}
    shapes = None
    if GEOMETRY in table.c:
        shape = values.get(GEOMETRY)
        shapes = np.array([None if shape is None else shapely.from_wkb(shape)], dtype=object)
    insert_columns(connection, table, columns, shapes)
    if spec_of(table).history:
        _settle(connection, table)
    backend_of(connection).touch(connection, table)


def _alter(connection: sa.Connection, table: sa.Table, fid: int, changed: Values) -> None:
    change = open_change(connection)
    stamps: dict[str, Any] = {"recorded_from": change.recorded_at}
    if spec_of(table).history:
        archive_row(connection, table, fid)
        stamps["change_id"] = change.id
        if change.why.valid_from is not None:
            stamps["valid_from"] = change.why.valid_from
    values = {**changed, **stamps}
    bound = {f"new_{name}": value for name, value in values.items()}
    _row_update(table, frozenset(values)).run(connection, {**bound, "row_fid": fid})
    change.count(table.name, changed=1)
    if "valid_from" in stamps:
        end_former_days(connection, table, table.c.fid == fid)
    if GEOMETRY in changed:
        backend_of(connection).touch(connection, table)


def _is_same(table: sa.Table, name: str, found: Any, value: object) -> bool:  # noqa: ANN401 - whatever the column holds
    if isinstance(table.c[name].type, Geom) and found is not None and isinstance(value, bytes):
        return bool(shapely.equals_identical(shapely.from_wkb(found), shapely.from_wkb(value)))
    return bool(found == value)


def _settle(connection: sa.Connection, table: sa.Table) -> None:
    """Fit the rows of the open write into what is held true of former days."""
    change = open_change(connection)
    if change.why.valid_from is None:
        begin_after_former_days(connection, table)
        return
    is_new = sa.and_(table.c.change_id == change.id, table.c.valid_from.is_(None))
    connection.execute(sa.update(table).where(is_new).values(valid_from=change.why.valid_from))
    end_former_days(connection, table, table.c.change_id == change.id)


def _stage(connection: sa.Connection, table: sa.Table) -> sa.Table:
    """A temporary table for the rows to come."""
    spec = spec_of(table)
    staged = sa.Table(
        f"staged_{table.name}",
        sa.MetaData(),
        sa.Column("fid", sa.Integer, primary_key=True),
        *(sa.Column(column.name, column.type) for column in data_columns(table)),
        sa.UniqueConstraint(*spec.key),
        prefixes=["TEMPORARY"],
        info={**table.info, "spec": replace(spec, is_indexed=False)},
    )
    staged.create(connection)
    return staged


def _apply(connection: sa.Connection, table: sa.Table, staged: sa.Table, in_scope: sa.ColumnElement[bool]) -> None:
    """Remove what is not staged, alter what differs, insert what is new."""
    is_same = sa.and_(*(table.c[name] == staged.c[name] for name in spec_of(table).key))
    delete_rows(connection, table, sa.and_(in_scope, ~sa.exists().where(is_same)))
    differing = _find_differing(connection, table, staged, is_same)
    _update_differing(connection, table, staged, differing)
    differing.drop(connection)
    _insert_new(connection, table, staged, is_same)


def _find_differing(
    connection: sa.Connection, table: sa.Table, staged: sa.Table, is_same: sa.ColumnElement[bool]
) -> sa.Table:
    """(fid, staged_fid, is_other, has_moved, is_renumbered) of rows that differ.

    ``is_other`` is 0 where only ignored columns differ, ``is_renumbered`` 1 where those do.
    """
    spec = spec_of(table)
    names = ("fid", "staged_fid", "is_other", "has_moved", "is_renumbered")
    columns = (sa.Column(name, sa.Integer) for name in names)
    found = sa.Table(f"differing_{table.name}", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
    found.create(connection)

    def differ(columns: Iterable[str]) -> sa.ColumnElement[bool]:
        return sa.or_(sa.false(), *(table.c[name].is_distinct_from(staged.c[name]) for name in columns))

    everything = [column.name for column in data_columns(table) if column.name not in spec.key]
    kinds = ([name for name in everything if name not in spec.ignored], {GEOMETRY} & {*everything}, spec.ignored)
    flags = (sa.case((differ(columns), 1), else_=0) for columns in kinds)
    rows = (
        sa.select(table.c.fid, staged.c.fid, *flags).select_from(table.join(staged, is_same)).where(differ(everything))
    )
    connection.execute(sa.insert(found).from_select(names, rows))
    return found


def _update_differing(connection: sa.Connection, table: sa.Table, staged: sa.Table, differing: sa.Table) -> None:
    """Keep the former rows, then alter the present ones by one statement: PostgreSQL writes a row anew each time."""
    spec, change = spec_of(table), open_change(connection)
    counts = [sa.func.sum(differing.c[name]) for name in ("is_other", "has_moved", "is_renumbered")]
    other, moved, renumbered = tuple(connection.execute(sa.select(*counts)).one())
    is_it = sa.and_(table.c.fid == differing.c.fid, staged.c.fid == differing.c.staged_fid)
    if renumbered:
        _renumber(connection, table, staged, differing, sa.and_(is_it, differing.c.is_renumbered == 1))
    if not other:
        return
    archive(connection, table, table.c.fid.in_(sa.select(differing.c.fid).where(differing.c.is_other == 1)))
    apart = {*spec.key, *spec.ignored, GEOMETRY}
    values: dict[str, Any] = {c.name: staged.c[c.name] for c in data_columns(table) if c.name not in apart}
    values |= {"version": table.c.version + 1, "recorded_from": change.recorded_at, "change_id": change.id}
    if change.why.valid_from is not None:
        values["valid_from"] = change.why.valid_from
    connection.execute(sa.update(table).where(is_it, differing.c.is_other == 1).values(values))
    if moved:
        with_bulk = moved >= BULK_ROWS
        backend = backend_of(connection)
        if with_bulk:
            backend.begin_bulk(connection, table)
        moves = sa.update(table).where(is_it, differing.c.has_moved == 1).values({GEOMETRY: staged.c[GEOMETRY]})
        connection.execute(moves)
        if with_bulk:
            backend.end_bulk(connection, table, 0)
    change.count(table.name, changed=other)


def _renumber(
    connection: sa.Connection, table: sa.Table, staged: sa.Table, differing: sa.Table, hit: sa.ColumnElement[bool]
) -> None:
    """Take over ignored columns: numbers that are unique, so out of the way first, because rows may swap theirs."""
    among = table.c.fid.in_(sa.select(differing.c.fid).where(differing.c.is_renumbered == 1))
    for name in spec_of(table).ignored:
        connection.execute(sa.update(table).where(among).values({name: -1 - table.c[name]}))
        connection.execute(sa.update(table).where(hit).values({name: staged.c[name]}))


def _insert_new(connection: sa.Connection, table: sa.Table, staged: sa.Table, is_same: sa.ColumnElement[bool]) -> None:
    change = open_change(connection)
    is_new = ~sa.exists().where(is_same).correlate(staged)
    count = connection.execute(sa.select(sa.func.count()).select_from(staged).where(is_new)).scalar_one()
    if not count:
        return
    names = [column.name for column in data_columns(table)]
    columns = [*(staged.c[name] for name in names), sa.literal(change.recorded_at), sa.literal(change.id)]
    rows = sa.select(*columns).where(is_new).order_by(staged.c.fid)
    statement = sa.insert(table).from_select([*names, "recorded_from", "change_id"], rows)
    backend = backend_of(connection)
    with_bulk = count >= BULK_ROWS
    last_fid = backend.begin_bulk(connection, table) if with_bulk else 0
    connection.execute(statement)
    if with_bulk:
        backend.end_bulk(connection, table, last_fid)
    change.count(table.name, added=count)
