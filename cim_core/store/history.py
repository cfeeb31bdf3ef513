"""Former rows, in two times: when a thing was so (``valid_*``, days) and when the store held it true (``recorded_*``).

Beside the present row of a thing, its table's history keeps every row the store ever held true. A row whose
``recorded_to`` is null is still held true, of the days up to its ``valid_to``; rows are added and ended, never changed.
At any day, as known at any instant, at most one row is in force (Snodgrass, Developing Time-Oriented Database
Applications in SQL, 1999, ch. 10).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from cim_core.errors import UsageError
from cim_core.store.base import StoreBase, not_found
from cim_core.store.changes import OpenChange, as_day, as_instant, open_change
from cim_core.store.geom import Geom
from cim_core.store.prepared import Prepared
from cim_core.store.rows import KEPT, equal_to_parameters
from cim_core.store.schema import Tables, data_columns, history_of, spec_of

#: What a statement is told of the open write: its instant, its number, its day.
_WRITE_PARAMETERS: dict[str, sa.types.TypeEngine[Any]] = {
    "write_at": sa.Text(),
    "write_id": sa.BigInteger(),
    "write_day": sa.Text(),
}

Condition = sa.ColumnElement[bool]
Overrides = Mapping[str, sa.ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What the store held true of a thing: ``values`` from a day to a day, from an instant to an instant.

    Open ends are None. ``actor`` and ``reason`` are of the write that brought it, ``ended_by`` and ``ended_because`` of
    the one that ended it. ``values`` has the geometry as WKB in the work CRS.
    """

    values: dict[str, Any]
    version: int
    valid_from: str | None
    valid_to: str | None
    recorded_from: str | None
    recorded_to: str | None
    actor: str
    reason: str
    ended_by: str
    ended_because: str

    def is_in_force(self, valid_at: str, known_at: str) -> bool:
        """Whether the store, at that instant, held this true of that day."""
        return _covers(self.valid_from, self.valid_to, valid_at) and _covers(
            self.recorded_from, self.recorded_to, known_at
        )


def archive(connection: sa.Connection, table: sa.Table, hit: Condition, *, is_removal: bool = False) -> None:
    """Keep the present rows that ``hit`` selects before the open write alters or removes them.

    With a day from which the new state holds, the old state stays true of the days before it.
    """
    change = open_change(connection)
    for statement in _copies_of_former(table, hit, has_day=change.why.valid_from is not None):
        connection.execute(statement, _write_values(change))
    if is_removal:
        end_former_days(connection, table, hit)


def archive_row(connection: sa.Connection, table: sa.Table, fid: int) -> None:
    """Keep one present row before the open write alters it; see ``archive``."""
    change = open_change(connection)
    for statement in _copies_of_row(table, has_day=change.why.valid_from is not None):
        statement.run(connection, {**_write_values(change), "row_fid": fid})


@lru_cache(KEPT)
def _copies_of_row(table: sa.Table, *, has_day: bool) -> tuple[Prepared, ...]:
    return tuple(map(Prepared, _copies_of_former(table, table.c.fid == sa.bindparam("row_fid"), has_day=has_day)))


def _copies_of_former(table: sa.Table, hit: Condition, *, has_day: bool) -> tuple[sa.Insert, ...]:
    """The statements that keep rows, with the parameters of ``_write_values``."""
    history = history_of(table)
    names = [column.name for column in table.c if column.name != "fid"]
    at, number, day = (sa.bindparam(name, type_=kind) for name, kind in _WRITE_PARAMETERS.items())
    kept = _copy(table, history, names, {"recorded_to": at, "ended_by": number}, hit)
    if not has_day:
        return (kept,)
    still_true: Overrides = {"recorded_from": at, "change_id": number, "valid_to": day}
    began_before = sa.or_(table.c.valid_from.is_(None), table.c.valid_from < day)
    return kept, _copy(table, history, names, still_true, sa.and_(hit, began_before))


def _write_values(change: OpenChange) -> dict[str, Any]:
    """When, by which write, from which day: the parameters of the statements above."""
    return dict(zip(_WRITE_PARAMETERS, (change.recorded_at, change.id, change.why.valid_from), strict=True))


def end_former_days(connection: sa.Connection, table: sa.Table, touched: Condition) -> None:
    """Let what was held true of former days give way to the open write, for the things that ``touched`` selects.

    From the day of the write on they are true no more; a removal without a day takes them all.
    """
    history, change, spec = history_of(table), open_change(connection), spec_of(table)
    if connection.execute(sa.select(history.c.fid).where(history.c.recorded_to.is_(None)).limit(1)).first() is None:
        return
    day = change.why.valid_from
    former = history.alias("former")
    is_same = sa.and_(*(table.c[name] == former.c[name] for name in spec.key))
    touching = sa.select(former.c.fid).select_from(table.join(former, is_same))
    overlap = history.c.fid.in_(
        touching.where(
            touched,
            former.c.recorded_to.is_(None),
            sa.true() if day is None else sa.or_(former.c.valid_to.is_(None), former.c.valid_to > day),
            former.c.change_id != change.id,
        )
    )
    if day is not None:
        names = [column.name for column in history.c if column.name != "fid"]
        shortened = {"recorded_from": change.recorded_at, "change_id": change.id, "valid_to": day}
        began_before = sa.or_(history.c.valid_from.is_(None), history.c.valid_from < day)
        overridden: Overrides = {name: sa.literal(value) for name, value in shortened.items()}
        connection.execute(_copy(history, history, names, overridden, sa.and_(overlap, began_before)))
    connection.execute(sa.update(history).where(overlap).values(recorded_to=change.recorded_at, ended_by=change.id))


def begin_after_former_days(connection: sa.Connection, table: sa.Table) -> None:
    """Let a thing that comes back without a day begin where its former days ended."""
    history, change, spec = history_of(table), open_change(connection), spec_of(table)
    if connection.execute(sa.select(history.c.fid).where(history.c.recorded_to.is_(None)).limit(1)).first() is None:
        return
    former = (
        sa.select(sa.func.max(history.c.valid_to))
        .where(history.c.recorded_to.is_(None), *(history.c[name] == table.c[name] for name in spec.key))
        .correlate(table)
        .scalar_subquery()
    )
    is_new = sa.and_(table.c.change_id == change.id, table.c.valid_from.is_(None))
    connection.execute(sa.update(table).where(is_new).values(valid_from=former))


def _copy(
    source: sa.Table,
    target: sa.Table,
    names: list[str],
    overridden: Overrides,
    where: Condition,
) -> sa.Insert:
    kept = [name for name in names if name not in overridden]
    columns = [*(source.c[name] for name in kept), *overridden.values()]
    return sa.insert(target).from_select([*kept, *overridden], sa.select(*columns).where(where))


class HistoryPart(StoreBase):
    """The store as seen by who asks what was, and what was known."""

    def history(self, kind: str, name: str) -> list[HistoryRow]:
        """Every row the store ever held true of a thing, oldest knowledge first. Raises NotFoundError, UsageError.

        ``kind`` is ``building``, ``project``, ``link``, ``zone`` …; ``name`` its key, joined by ``/``: ``town/b0``. A
        building that an adopted scenario removed ends on the day of its removal, though its row stays to be read.
        """
        table = table_of_kind(self._tables, kind)
        key = split_key(table, name)
        with self._read() as connection:
            rows = [*_read_rows(connection, self._tables, history_of(table), key, table)]
            rows += _read_rows(connection, self._tables, table, key, table)
            places = self._places_of(connection, name) if kind == "building" else []
        if not rows:
            raise not_found(kind, name)
        rows = _ended_by_removal(rows, places)
        return sorted(rows, key=lambda row: (row.recorded_from or "", row.valid_from or ""))

    def as_of(
        self, kind: str, name: str, *, valid_at: str | None = None, known_at: str | None = None
    ) -> HistoryRow | None:
        """The thing as it was on a day (default today), as the store knew it at an instant (default now), or None.

        Raises NotFoundError for a thing the store never knew, UsageError for a bad date.
        """
        now = datetime.now(UTC)
        day = as_day(valid_at) if valid_at else now.date().isoformat()
        instant = as_instant(known_at) if known_at else "9999"
        return next((row for row in self.history(kind, name) if row.is_in_force(day, instant)), None)

    def _places_of(self, connection: sa.Connection, name: str) -> list[HistoryRow]:
        """The states of a building's place, in the order they became known."""
        table = self._tables.place_states
        key = split_key(table, name)
        rows = [*_read_rows(connection, self._tables, history_of(table), key, table)]
        rows += _read_rows(connection, self._tables, table, key, table)
        return sorted(rows, key=lambda row: row.recorded_from or "")

    def kinds_with_history(self) -> tuple[str, ...]:
        """The words for what has a history."""
        return tuple(spec.history for spec in self._tables.specs.values() if spec.history)


def _ended_by_removal(rows: list[HistoryRow], places: list[HistoryRow]) -> list[HistoryRow]:
    """The rows of a building, those still held true ended on the day its place became empty, as known since then."""
    removal = places[-1] if places and places[-1].values.get("state") == "removed" else None
    if removal is None or removal.recorded_from is None:
        return rows
    known, day = removal.recorded_from, removal.valid_from or removal.recorded_from[: len("2026-11-22")]
    ended: list[HistoryRow] = []
    for row in rows:
        if row.recorded_to is not None or (row.valid_to is not None and row.valid_to <= day):
            ended.append(row)
            continue
        if (row.recorded_from or "") < known:
            ended.append(replace(row, recorded_to=known, ended_by=removal.actor, ended_because=removal.reason))
        if row.valid_from is None or row.valid_from < day:
            since = max(row.recorded_from or "", known)
            ended.append(replace(row, recorded_from=since, valid_to=day, actor=removal.actor, reason=removal.reason))
    return ended


def table_of_kind(tables: Tables, kind: str) -> sa.Table:
    """The table of a kind of thing. Raises UsageError."""
    words = {spec.history: name for name, spec in tables.specs.items() if spec.history}
    if kind not in words:
        raise UsageError(f"{kind!r} has no history", hint="one of: " + ", ".join(sorted(words)), code="no-history")
    return tables[words[kind]]


def split_key(table: sa.Table, name: str) -> dict[str, str]:
    """The key columns of ``town/b0``; only the last may hold a slash. Raises UsageError."""
    names = spec_of(table).key
    parts = name.split("/", len(names) - 1)
    if len(parts) != len(names):
        raise UsageError(f"{name!r} is no key", hint="write it as " + "/".join(names), code="bad-key")
    return dict(zip(names, parts, strict=True))


def _read_rows(
    connection: sa.Connection, tables: Tables, source: sa.Table, key: dict[str, str], table: sa.Table
) -> list[HistoryRow]:
    statement, names = _history_query(tables, source, table)
    return [_history_row(row, names) for row in statement.rows(connection, key)]


@lru_cache(KEPT)
def _history_query(tables: Tables, source: sa.Table, table: sa.Table) -> tuple[Prepared, tuple[str, ...]]:
    """The rows of a thing by its key in a table or its history, and what its columns are called."""
    began, ended = tables.changes.alias("began"), tables.changes.alias("ended")
    is_former = source is not table
    ended_by = source.c.ended_by if is_former else sa.null()
    columns = [source.c[column.name] for column in data_columns(table)]
    bookkeeping = [source.c[name] for name in ("version", "valid_from", "valid_to", "recorded_from")]
    statement = (
        sa.select(
            *columns, *bookkeeping, (source.c.recorded_to if is_former else sa.null()).label("recorded_to"),
            began.c.actor.label("began_actor"), began.c.reason.label("began_reason"),
            ended.c.actor.label("ended_actor"), ended.c.reason.label("ended_reason"),
        )
        .select_from(
            source.outerjoin(began, began.c.id == source.c.change_id).outerjoin(ended, ended.c.id == ended_by)
        )
        .where(*equal_to_parameters(source, spec_of(table).key))
    )  # fmt: skip
    # plain text: SQLAlchemy's names are a kind of text that no JSON writer takes for a key
    return Prepared(statement), tuple(
        "geometry" if isinstance(column.type, Geom) else str(column.name) for column in columns
    )


def _history_row(row: Sequence[Any], names: tuple[str, ...]) -> HistoryRow:
    count = len(names)
    version, valid_from, valid_to, recorded_from, recorded_to, actor, reason, ended_by, because = row[count:]
    return HistoryRow(
        dict(zip(names, row[:count], strict=True)), version, valid_from, valid_to, recorded_from, recorded_to,
        actor or "", reason or "", ended_by or "", because or "",
    )  # fmt: skip


def _covers(start: str | None, end: str | None, moment: str) -> bool:
    return (start is None or start <= moment) and (end is None or moment < end)
