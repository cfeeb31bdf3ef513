"""Renewal projects: their records, and the acts by which they moved, one more row each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyproj
import sqlalchemy as sa

from cim_core.errors import IdentityError, StaleVersionError
from cim_core.renewal.fields import LIST_FIELDS, PROJECTS_SCHEMA
from cim_core.store.base import StoreBase, not_found
from cim_core.store.changes import Change
from cim_core.store.rows import KEPT, Columns, TableQuery, insert_columns, read_table
from cim_core.store.schema import GEOMETRY, Tables, data_columns
from cim_core.store.townlayers import replace_layer
from cim_core.store.writing import put_row

ACT_COLUMNS = ("move_id", "project_id", "act", "origin", "target", "actor", "at", "evidence", "note")


def read_projects(connection: sa.Connection, tables: Tables, ids: Sequence[str] = ()) -> pa.Table:
    """``PROJECTS_SCHEMA`` columns, ``properties`` (JSON), ``version`` and ``recorded_from``, ordered as imported."""
    rows = _project_query(tables, only_some=bool(ids)).read(connection, {"ids": list(ids)} if ids else {})
    for name in ("synthetic_geometry", "placeless"):
        index = rows.schema.get_field_index(name)
        rows = rows.set_column(index, name, rows[name].cast(pa.bool_()))
    return rows


@lru_cache(KEPT)
def _project_query(tables: Tables, *, only_some: bool) -> TableQuery:
    table = tables.projects
    statement = sa.select(*data_columns(table), table.c.version, table.c.recorded_from).order_by(table.c.fid)
    if only_some:
        statement = statement.where(table.c.id.in_(sa.bindparam("ids", expanding=True)))
    return TableQuery(statement)


def read_acts(connection: sa.Connection, tables: Tables, project: str | None = None) -> pa.Table:
    """``ACT_COLUMNS`` in the order they happened; ``evidence`` is JSON."""
    table = tables.project_acts
    statement = sa.select(*(table.c[name] for name in ACT_COLUMNS)).order_by(table.c.fid)
    if project is not None:
        statement = statement.where(table.c.project_id == project)
    return read_table(connection, statement)


def _restore_stages(connection: sa.Connection, tables: Tables) -> None:
    """Where people moved a project, its stage is theirs, whatever an import says."""
    acts = tables.project_acts
    approved = sa.select(acts.c.project_id, acts.c.target).where(acts.c.act == "approve").order_by(acts.c.fid)
    stages = {str(row.project_id): str(row.target) for row in connection.execute(approved)}
    known = set(connection.scalars(sa.select(tables.projects.c.id).where(tables.projects.c.id.in_(list(stages)))))
    for project in sorted(known):
        put_row(connection, tables.projects, {"id": project}, {"stage": stages[project]})


class ProjectsPart(StoreBase):
    """The store as seen by renewal projects."""

    def import_projects(self, rows: pa.Table, crs: pyproj.CRS | str, change: Change | None = None) -> int:
        """Replace all renewal projects: the fields of ``PROJECT_FIELDS`` and geometry or null; others are kept as JSON.

        A project that people moved keeps the stage they moved it to. Returns the number.
        """
        table = self._tables.projects
        with self._write(change) as connection:
            count = replace_layer(connection, table, rows, pyproj.CRS(crs), self.work_crs)
            _restore_stages(connection, self._tables)
            self._touch(connection, "projects")
        return count

    def projects(self, ids: Sequence[str] = ()) -> pa.Table:
        """All renewal projects, or those with the given ids; ``geometry`` may be null, lists are JSON text."""
        with self._ask() as connection:
            return read_projects(connection, self._tables, ids)

    def project(self, project_id: str) -> pa.Table:
        """One project as a table of one row. Raises NotFoundError."""
        with self._ask() as connection:
            found = read_projects(connection, self._tables, (project_id,))
        if found.num_rows == 0:
            raise not_found("project", project_id)
        return found

    def put_project(
        self, record: Mapping[str, Any], geometry: bytes | None, change: Change, *, version: int | None = None
    ) -> int:
        """Insert or replace a parsed record with its place (WKB, work CRS); returns its version.

        ``version`` is the one the writer saw; without it the project must be new. Raises StaleVersionError.
        """
        table = self._tables.projects
        values: dict[str, Any] = {
            name: _cell(name, record.get(name)) for name in PROJECTS_SCHEMA.names if name in table.c
        }
        values[GEOMETRY] = geometry
        with self._write(change) as connection:
            if version is None and self._find(connection, record["id"]):
                raise IdentityError(f"a project has the id {record['id']!r} already", where="body#/id")
            key = {"id": values.pop("id")}
            number = put_row(connection, table, key, values, version=version)
            self._touch(connection, "projects")
        return number

    def project_acts(self, project_id: str | None = None) -> pa.Table:
        """Every submission, approval and return, in the order they happened."""
        with self._ask() as connection:
            return read_acts(connection, self._tables, project_id)

    def add_project_act(self, act: Mapping[str, Any], stage: str | None, acts_before: int, change: Change) -> None:
        """Add an act, and with an approval the stage it leads to, in one transaction.

        ``acts_before`` is how many acts of the project its writer saw. Raises StaleVersionError when there are more.
        """
        tables = self._tables
        with self._write(change) as connection:
            table = tables.project_acts
            counted = sa.select(sa.func.count()).where(table.c.project_id == act["project_id"])
            if connection.execute(counted).scalar_one() != acts_before:
                raise StaleVersionError(
                    f"somebody else moved {act['project_id']} just now",
                    where=act["project_id"],
                    hint="look at it again",
                )
            columns: Columns = {name: [_cell(name, act.get(name))] for name in ACT_COLUMNS}
            insert_columns(connection, table, columns)
            if stage is not None:
                put_row(connection, tables.projects, {"id": act["project_id"]}, {"stage": stage})
            self._touch(connection, "project_acts", "projects")

    def _find(self, connection: sa.Connection, project_id: str) -> bool:
        table = self._tables.projects
        return connection.execute(sa.select(table.c.fid).where(table.c.id == project_id)).first() is not None


def _cell(name: str, value: object) -> object:
    if name in LIST_FIELDS or name == "evidence":
        return json.dumps(value, ensure_ascii=False) if value else None
    return int(value) if isinstance(value, bool) else value
