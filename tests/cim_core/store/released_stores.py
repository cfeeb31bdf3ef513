"""Stores as released: an SQL text a schema version, written once when it is released and never again.

To add the one of this release: ``python -m tests.cim_core.store.released_stores FILE.gpkg > released/schema-N.sql``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysqlite3

FOLDER = Path(__file__).parent / "released"
VERSIONS = sorted(int(path.stem.removeprefix("schema-")) for path in FOLDER.glob("schema-*.sql"))


def dump(path: Path) -> Iterator[str]:
    """The statements that make a store anew: tables, rows, R*Trees, then triggers."""
    connection: Any = pysqlite3.connect(path)
    for pragma in ("application_id", "user_version"):
        yield f"PRAGMA {pragma}={connection.execute(f'PRAGMA {pragma}').fetchone()[0]};"
    made = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql NOTNULL ORDER BY rowid").fetchall()
    own = [row for row in made if not row[1].startswith("sqlite_") and not _is_of_an_rtree(row[1])]
    for kind, _, sql in own:
        if kind == "table":
            yield f"{sql};"
    for kind, name, _ in own:
        if kind == "table":
            yield from _rows(connection, name)
    yield from _rows(connection, "sqlite_sequence")
    yield from (f"{sql};" for kind, _, sql in own if kind != "table")


def _is_of_an_rtree(name: str) -> bool:
    """Whether SQLite makes a table itself, for a virtual one."""
    return name.startswith("rtree_") and name.endswith(("_node", "_rowid", "_parent"))


def _rows(connection: Any, name: str) -> Iterator[str]:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
    quoted = " || ',' || ".join(f'quote("{column}")' for column in columns)
    if name == "sqlite_sequence":
        yield "DELETE FROM sqlite_sequence;"
    for (values,) in connection.execute(f'SELECT {quoted} FROM "{name}"'):
        yield f'INSERT INTO "{name}" VALUES ({values});'


def restore(version: int, path: Path) -> Path:
    """The store of a released schema as a file."""
    connection = pysqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    connection.executescript((FOLDER / f"schema-{version}.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


if __name__ == "__main__":
    for statement in dump(Path(sys.argv[1])):
        print(statement)
