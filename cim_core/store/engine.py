"""Where a store is, by path or by URL, and which kind of database keeps it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from cim_core.errors import UsageError
from cim_core.store.backend import Backend, Engines
from cim_core.store.geopackage import GeoPackage
from cim_core.store.postgis import PostGis, open_postgis
from cim_core.store.sqlite import open_sqlite

_BACKENDS: dict[str, Backend] = {"sqlite": GeoPackage(), "postgresql": PostGis()}


def backend_of(connection: sa.Connection | sa.Engine) -> Backend:
    """The kind of database a connection goes to."""
    return _BACKENDS[connection.dialect.name]


def is_url(location: Path | str) -> bool:
    """Whether a location names a database server and not a file."""
    return isinstance(location, str) and "://" in location


def open_engines(location: Path | str, folder: Path | None = None) -> Engines:
    """Connect to a file or to ``postgresql://user@host/database[?schema=name]``.

    ``folder`` is the workspace a server's store belongs to; a file lies in it. Raises UsageError for another kind of
    URL, StoreError when it cannot be used.
    """
    if not is_url(location):
        return open_sqlite(Path(location))
    try:
        url = sa.make_url(str(location))
    except sa.exc.ArgumentError as error:
        raise UsageError(f"is no database URL: {error}", where=str(location), code="store-url") from error
    if url.get_backend_name() != "postgresql":
        raise UsageError(
            "is not a store this program can use",
            where=url.render_as_string(hide_password=True),
            hint="give a path or postgresql://user@host/database?schema=name",
            code="store-url",
        )
    return open_postgis(url, folder or Path())
