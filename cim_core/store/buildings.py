"""Reading buildings and elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from cim_core.features import BUILDING_ATTRIBUTES, building_schema
from cim_core.store.base import StoreBase, not_found
from cim_core.store.geom import bbox_hits
from cim_core.store.records import VERDICTS_BY_SEVERITY, Box, BuildingFilter
from cim_core.store.rows import read_table
from cim_core.store.schema import GEOMETRY, Tables, data_columns
from cim_core.store.standing import is_standing

_IDENTITY = ("dataset", "id", "gid", "parent_id", "kind", GEOMETRY, "height_source")
BUILDING_COLUMNS = (*_IDENTITY, *(attribute.name for attribute in BUILDING_ATTRIBUTES), "extra")

_FIELDS = {field.name: field.with_nullable(True) for field in building_schema()}


def select_buildings(
    tables: Tables, where: BuildingFilter, columns: Sequence[str] = BUILDING_COLUMNS, *, with_verdict: bool = False
) -> sa.Select[Any]:
    """The select behind every building query, ordered by dataset and gid."""
    table = tables.buildings
    selected: list[Any] = [table.c[GEOMETRY if name == "geometry" else name] for name in columns]
    if with_verdict:
        selected.append(worst_verdict(tables, table, table.c.id).label("verdict"))
    return sa.select(*selected).where(*_conditions(tables, where)).order_by(table.c.dataset, table.c.gid)


def count_buildings(connection: sa.Connection, tables: Tables, where: BuildingFilter) -> int:
    """Number of buildings a filter matches."""
    statement = sa.select(sa.func.count()).select_from(tables.buildings).where(*_conditions(tables, where))
    return int(connection.execute(statement).scalar_one())


def read_buildings(connection: sa.Connection, statement: sa.Select[Any]) -> pa.Table:
    """Run a building select; attribute fields carry their unit and labels as metadata."""
    table = read_table(connection, statement)
    return table.cast(pa.schema([_FIELDS.get(field.name, field) for field in table.schema]))


def worst_verdict(tables: Tables, outer: sa.Table, building_id: sa.ColumnElement[str]) -> sa.ColumnElement[str | None]:
    """The worst verdict of each row's building in a select from ``outer``; null for one nobody checked."""
    findings = tables.findings
    return (
        sa.select(verdict_of_severity(sa.func.max(findings.c.severity)))
        .where(findings.c.dataset == outer.c.dataset, findings.c.building_id == building_id)
        .correlate(outer)
        .scalar_subquery()
    )


def verdict_of_severity(severity: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """The verdict of a severity, a position in ``VERDICTS_BY_SEVERITY``."""
    return sa.case(dict(enumerate(VERDICTS_BY_SEVERITY)), value=severity)


def read_elements(
    connection: sa.Connection, tables: Tables, dataset: str, parent_id: str | None = None, element_id: str | None = None
) -> pa.Table:
    """Elements of a dataset, of one building, or one by id."""
    table = tables.elements
    statement = sa.select(*data_columns(table)).where(table.c.dataset == dataset).order_by(table.c.gid)
    if parent_id is not None:
        statement = statement.where(table.c.parent_id == parent_id)
    if element_id is not None:
        statement = statement.where(table.c.id == element_id)
    return read_table(connection, statement)


def count_elements(connection: sa.Connection, tables: Tables, dataset: str, parent_id: str) -> int:
    """Number of elements of one building."""
    table = tables.elements
    statement = sa.select(sa.func.count()).where(table.c.dataset == dataset, table.c.parent_id == parent_id)
    return int(connection.execute(statement.select_from(table)).scalar_one())


def _conditions(tables: Tables, where: BuildingFilter) -> list[sa.ColumnElement[bool]]:
    table, frontages = tables.buildings, tables.frontages
    conditions: list[sa.ColumnElement[bool]] = []
    if where.box is not None:
        conditions.append(bbox_hits(table.c[GEOMETRY], where.box))
    if where.dataset is not None:
        conditions.append(table.c.dataset == where.dataset)
    if where.ids:
        conditions.append(table.c.id.in_(where.ids))
    if where.street is not None:
        is_fronting = (
            frontages.c.street_id == where.street,
            frontages.c.dataset == table.c.dataset,
            frontages.c.building_id == table.c.id,
        )
        conditions.append(sa.exists().where(*is_fronting))
    if where.is_standing:
        conditions.append(is_standing(tables))
    return conditions


class BuildingsPart(StoreBase):
    """The store as seen by buildings and elements."""

    def buildings(
        self,
        *,
        bbox: Box | None = None,
        street: str | None = None,
        dataset: str | None = None,
        ids: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
        columns: Sequence[str] = BUILDING_COLUMNS,
        with_verdict: bool = False,
        standing: bool = False,
    ) -> pa.Table:
        """Buildings ordered by dataset and gid: ``building_schema`` columns plus ``dataset`` and ``extra`` (JSON).

        ``bbox`` is in the work CRS and matches footprint envelopes; ``street`` matches frontages; ``with_verdict`` adds
        the worst verdict; ``standing`` leaves out proposals and what is gone.
        """
        where = BuildingFilter(bbox, street, dataset, tuple(ids), standing)
        statement = select_buildings(self._tables, where, columns, with_verdict=with_verdict)
        with self._read() as connection:
            return read_buildings(connection, statement.limit(limit).offset(offset))

    def count_buildings(
        self, *, bbox: Box | None = None, street: str | None = None, dataset: str | None = None, ids: Sequence[str] = ()
    ) -> int:
        """Number of buildings the same filter matches without a limit."""
        with self._read() as connection:
            return count_buildings(connection, self._tables, BuildingFilter(bbox, street, dataset, tuple(ids)))

    def building(self, dataset: str, building_id: str) -> pa.Table:
        """One building as a table of one row, with ``verdict``. Raises NotFoundError."""
        found = self.buildings(dataset=dataset, ids=(building_id,), with_verdict=True)
        if found.num_rows == 0:
            raise not_found("building", f"{dataset}/{building_id}")
        return found

    def elements(self, dataset: str, building_id: str | None = None) -> pa.Table:
        """Elements of a dataset or of one building in it; ``properties`` is JSON text."""
        with self._read() as connection:
            return read_elements(connection, self._tables, dataset, building_id)

    def element(self, dataset: str, element_id: str) -> pa.Table:
        """One element as a table of one row. Raises NotFoundError."""
        with self._read() as connection:
            found = read_elements(connection, self._tables, dataset, element_id=element_id)
        if found.num_rows == 0:
            raise not_found("element", f"{dataset}/{element_id}")
        return found

    def count_elements(self, dataset: str, building_id: str) -> int:
        """Number of elements of one building."""
        with self._read() as connection:
            return count_elements(connection, self._tables, dataset, building_id)
