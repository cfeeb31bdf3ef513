"""Who wrote, when and why: one row a write, chained by SHA-256, at an instant later than every write before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa

from cim_core.errors import UsageError
from cim_core.store.prepared import Prepared
from cim_core.store.schema import Tables

_KEY = "cim_change"


@dataclass(frozen=True, slots=True)
class Change:
    """Why a write is made.

    ``valid_from`` is the day (ISO 8601) from which the new state holds in the real world; without it the write says
    what is known now and leaves open since when it is so. Raises UsageError for anything else than a day.
    """

    actor: str = ""
    reason: str = ""
    valid_from: str | None = None

    def __post_init__(self) -> None:
        if self.valid_from is not None:
            as_day(self.valid_from)


@dataclass(slots=True)
class OpenChange:
    """The write that is under way on a connection: its number, its instant (UTC) and what it did so far."""

    id: int
    recorded_at: str
    why: Change
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    hash: str = ""

    def count(self, table: str, **numbers: int) -> None:
        """Add numbers of rows ``added``, ``changed`` or ``removed`` in a table."""
        of_table = self.counts.setdefault(table, {})
        for what, number in numbers.items():
            if number:
                of_table[what] = of_table.get(what, 0) + number


def as_day(text: str) -> str:
    """A day as ISO 8601 text. Raises UsageError."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UsageError(f"{text!r} is no day", hint="write it as 2026-11-22", code="bad-date") from error


def as_instant(text: str) -> str:
    """An instant as the store writes it, UTC to the millisecond; a day means its end (UTC).

    Raises UsageError, also for a time that does not say its zone: it would be another instant elsewhere.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no instant", hint="write it as 2026-11-22 or 2026-11-22T08:30:00Z", code="bad-date"
        ) from error
    if len(text) == len("2026-11-22"):
        moment += timedelta(days=1, milliseconds=-1)
        moment = moment.replace(tzinfo=UTC)
    if moment.tzinfo is None:
        raise UsageError(f"{text!r} does not say its time zone", hint="add Z or +08:00", code="bad-date")
    return _instant_text(moment)


def now_utc() -> str:
    """The current instant as ISO 8601 with ``Z``, to the millisecond."""
    return _instant_text(datetime.now(UTC))


def open_change(connection: sa.Connection) -> OpenChange:
    """The write under way on a connection of ``StoreBase._write``."""
    found: OpenChange = connection.info[_KEY]
    return found


@contextmanager
def recorded_change(connection: sa.Connection, tables: Tables, why: Change) -> Iterator[OpenChange]:
    """Number and time a write, and log it at its end unless it did nothing; the caller holds the write lock."""
    statements = _log_statements(tables)
    number, last_at, last_hash = statements.last.first(connection) or (0, None, "")
    change = OpenChange(number + 1, _later(now_utc(), last_at), why)
    info = connection.info
    info[_KEY] = change
    try:
        yield change
    finally:
        del info[_KEY]
    if not change.counts:
        return
    row = {
        "id": change.id,
        "recorded_at": change.recorded_at,
        "actor": why.actor,
        "reason": why.reason,
        "summary": json.dumps(change.counts, sort_keys=True),
        "previous_hash": last_hash,
    }
    change.hash = hash_change(row)
    statements.add.run(connection, {**row, "hash": change.hash, "recorded_from": change.recorded_at})


def is_recorded(connection: sa.Connection, tables: Tables, change: OpenChange) -> bool:
    """Whether the log holds that very write."""
    return bool(_log_statements(tables).find.scalar(connection, {"id": change.id}) == change.hash)


class _LogStatements(NamedTuple):
    """What finds the last row of the log, what adds one, and what finds the hash of one."""

    last: Prepared
    add: Prepared
    find: Prepared


@cache
def _log_statements(tables: Tables) -> _LogStatements:
    log = tables.changes
    last = sa.select(log.c.id, log.c.recorded_at, log.c.hash).order_by(log.c.id.desc()).limit(1)
    names = ("id", "recorded_at", "actor", "reason", "summary", "previous_hash", "hash", "recorded_from")
    add = sa.insert(log).values({name: sa.bindparam(name) for name in names})
    return _LogStatements(
        Prepared(last), Prepared(add), Prepared(sa.select(log.c.hash).where(log.c.id == sa.bindparam("id")))
    )


def hash_change(row: dict[str, object]) -> str:
    """SHA-256 over a row of the log and the hash of the one before."""
    names = ("previous_hash", "id", "recorded_at", "actor", "reason", "summary")
    return hashlib.sha256(json.dumps([row[name] for name in names], ensure_ascii=False).encode()).hexdigest()


def _later(now: str, last: str | None) -> str:
    """``now``, or a millisecond after ``last`` where the clock has not moved on or was set back."""
    if last is None or now > last:
        return now
    return _instant_text(datetime.fromisoformat(last) + timedelta(milliseconds=1))


def _instant_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
