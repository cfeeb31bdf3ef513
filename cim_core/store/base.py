"""What every part of the store stands on: connections, transactions, the layers' extents, coordinates."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isgeneratorfunction
from pathlib import Path
from types import FunctionType
from typing import TypeVar

import numpy as np
import pyproj
import sqlalchemy as sa

from cim_core.crs.transform import transform_xy
from cim_core.errors import NotFoundError, StoreError
from cim_core.store.backend import Engines
from cim_core.store.changes import Change, OpenChange, is_recorded, recorded_change
from cim_core.store.engine import backend_of
from cim_core.store.failures import store_unavailable
from cim_core.store.records import Box
from cim_core.store.repeating import UndoneError, repeated
from cim_core.store.schema import Tables, build_tables

WGS84 = pyproj.CRS(4326)
Answer = TypeVar("Answer")


class _Instant(threading.local):
    """The connection of a thread that reads several things as of one instant."""

    connection: sa.Connection | None = None


class StoreBase:
    """An open store without its topics; each topic adds a part of this class (see ``cim_core.store.schema``).

    The public methods of a part are transactions; see ``cim_core.store.repeating`` for what that means.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, method in list(vars(cls).items()):
            if not name.startswith("_") and isinstance(method, FunctionType) and not isgeneratorfunction(method):
                setattr(cls, name, repeated(method))

    def __init__(self, engines: Engines, srs_id: int) -> None:
        self.location = engines.location
        self._instant = _Instant()
        self.work_crs = pyproj.CRS(srs_id)
        self._engines = engines
        self._tables: Tables = build_tables(srs_id)

    @property
    def path(self) -> Path:
        """The file of a store that is one."""
        return Path(self.location)

    def to_lonlat_box(self, box: Box) -> Box:
        """West, south, east, north in degrees around a box of the work CRS."""
        return _transform_box(box, self.work_crs, WGS84)

    def to_work_box(self, box_deg: Box) -> Box:
        """The box in the work CRS around west, south, east, north in degrees."""
        return _transform_box(box_deg, WGS84, self.work_crs)

    @repeated
    def at_one_instant(self, read: Callable[[], Answer]) -> Answer:
        """What ``read`` gives; all it asks this store in its thread is as of one instant, by one connection."""
        with self._read() as connection:
            is_outermost = self._instant.connection is None
            self._instant.connection = connection
            try:
                return read()
            finally:
                if is_outermost:
                    self._instant.connection = None

    @contextmanager
    def _ask(self) -> Iterator[sa.Connection]:
        """A connection for one select, which sees the store as of one instant by itself."""
        if self._instant.connection is not None:
            yield self._instant.connection
            return
        with self._connected(self._engines.reader) as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        """A connection that sees the store as of one instant and cannot write."""
        if self._instant.connection is not None:
            yield self._instant.connection
            return
        with self._connected(self._engines.reader) as connection:
            connection.begin()
            yield connection

    @contextmanager
    def _write(self, change: Change | None = None) -> Iterator[sa.Connection]:
        """One transaction, all or nothing, with no other writer; ``change`` says who writes and why."""
        written: OpenChange | None = None
        try:
            with self._connected(self._engines.writer) as connection:
                transaction = connection.begin()
                backend_of(connection).lock_writes(connection)
                with recorded_change(connection, self._tables, change or Change()) as open_change:
                    yield connection
                written = open_change
                transaction.commit()
        except UndoneError as error:
            if written is None or not written.counts:
                raise
            if not self._has_kept(written, error):
                raise

    def _has_kept(self, written: OpenChange, error: UndoneError) -> bool:
        """Whether a write whose commit got no answer is there. Raises StoreError when that cannot be known."""
        try:
            with self._connected(self._engines.writer) as connection:
                connection.begin()
                backend_of(connection).lock_writes(connection)  # waits for whoever still commits
                return is_recorded(connection, self._tables, written)
        except (StoreError, sa.exc.DBAPIError):
            raise store_unavailable(error, self.location, is_undone=False) from error

    @contextmanager
    def _connected(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        """A connection whose failures are those of the store; a dead one is not used again."""
        driver, backend = engine.dialect.loaded_dbapi, backend_of(engine)
        kinds = (driver.OperationalError, driver.IntegrityError, sa.exc.OperationalError, sa.exc.IntegrityError)
        try:
            with engine.connect() as connection:
                try:
                    yield connection
                except kinds as error:
                    is_lost = backend.explain(error, self.location).code == "store-unavailable"
                    if is_lost and not connection.invalidated:
                        connection.invalidate()
                    raise
        except kinds as error:
            raise backend.explain(error, self.location) from error

    def _require(self, connection: sa.Connection, kind: str, condition: sa.ColumnElement[bool], name: str) -> None:
        if connection.execute(sa.select(sa.literal(1)).where(condition)).first() is None:
            raise not_found(kind, name)

    def _touch(self, connection: sa.Connection, *names: str) -> None:
        for name in names:
            backend_of(connection).touch(connection, self._tables[name])


def not_found(kind: str, name: str) -> NotFoundError:
    """The error for an id nobody has."""
    return NotFoundError(f"no {kind} has the id {name!r}", code=f"no-{kind}", hint="list what there is first")


def _transform_box(box: Box, source: pyproj.CRS, target: pyproj.CRS) -> Box:
    steps = np.linspace(0.0, 1.0, 21)
    x = box[0] + (box[2] - box[0]) * steps
    y = box[1] + (box[3] - box[1]) * steps
    edges_x = np.concatenate([x, x, np.full(21, box[0]), np.full(21, box[2])])
    edges_y = np.concatenate([np.full(21, box[1]), np.full(21, box[3]), y, y])
    out_x, out_y = transform_xy(edges_x, edges_y, source, target)
    return float(out_x.min()), float(out_y.min()), float(out_x.max()), float(out_y.max())
