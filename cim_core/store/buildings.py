"""Reading buildings and elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from cim_core.features import BUILDING_ATTRIBUTES, building_schema
from cim_core.scenarios.changes import PlaceState
from cim_core.store.base import StoreBase, not_found
from cim_core.store.geom import BOX_PARAMETERS, bbox_hits
from cim_core.store.prepared import Prepared
from cim_core.store.records import VERDICTS_BY_SEVERITY, Box, BuildingFilter
from cim_core.store.rows import KEPT, TableQuery, equal_to_parameters, page_of, page_values
from cim_core.store.schema import GEOMETRY, Tables, data_columns
from cim_core.store.standing import has_state

_IDENTITY = ("dataset", "id", "gid", "parent_id", "kind", GEOMETRY, "height_source")
BUILDING_COLUMNS = (*_IDENTITY, *(attribute.name for attribute in BUILDING_ATTRIBUTES), "extra")

_STATE = {state: f"is_{state.value}" for state in (PlaceState.EXISTING, PlaceState.PROPOSED, PlaceState.REMOVED)}
_FIELDS = {field.name: field.with_nullable(True) for field in building_schema()}


def select_buildings(
    tables: Tables, given: frozenset[str], columns: Sequence[str] = BUILDING_COLUMNS, *, with_verdict: bool = False
) -> sa.Select[Any]:
    """The select behind every building query, ordered by dataset and gid; ``given`` names what restricts it."""
    table = tables.buildings
    selected: list[Any] = [table.c[GEOMETRY if name == "geometry" else name] for name in columns]
    if with_verdict:
        selected.append(worst_verdict(tables, table, table.c.id).label("verdict"))
    return sa.select(*selected).where(*_conditions(tables, given)).order_by(table.c.dataset, table.c.gid)


@lru_cache(KEPT)
def _building_query(
    tables: Tables, given: frozenset[str], columns: tuple[str, ...], page: frozenset[str], *, with_verdict: bool
) -> TableQuery:
    """A page of buildings; attribute fields carry their unit and labels as metadata."""
    statement = select_buildings(tables, given, columns, with_verdict=with_verdict)
    return TableQuery(page_of(statement, page), _FIELDS)


@lru_cache(KEPT)
def _building_count(tables: Tables, given: frozenset[str]) -> Prepared:
    return Prepared(sa.select(sa.func.count()).select_from(tables.buildings).where(*_conditions(tables, given)))


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


@lru_cache(KEPT)
def _element_query(tables: Tables, given: frozenset[str]) -> TableQuery:
    table = tables.elements
    statement = sa.select(*data_columns(table)).where(*equal_to_parameters(table, given))
    return TableQuery(statement.order_by(table.c.gid))


@lru_cache(KEPT)
def _element_count(tables: Tables) -> Prepared:
    table = tables.elements
    is_part = equal_to_parameters(table, ("dataset", "parent_id"))
    return Prepared(sa.select(sa.func.count()).select_from(table).where(*is_part))


def _read_elements(connection: sa.Connection, tables: Tables, **wanted: str) -> pa.Table:
    return _element_query(tables, frozenset(wanted)).read(connection, wanted)


def _values(where: BuildingFilter) -> dict[str, Any]:
    """The parameters of a filter; their names say what restricts it."""
    values: dict[str, Any] = {} if where.box is None else dict(zip(BOX_PARAMETERS, map(float, where.box), strict=True))
    one, several = (where.ids[0], None) if len(where.ids) == 1 else (None, where.ids or None)
    named = {"dataset": where.dataset, "id": one, "ids": several, "street": where.street}
    return values | {name: value for name, value in named.items() if value is not None}


def _given(where: BuildingFilter, values: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(values if where.state is None else (*values, _STATE[where.state]))


def _conditions(tables: Tables, given: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    table, frontages = tables.buildings, tables.frontages
    conditions: list[sa.ColumnElement[bool]] = []
    if BOX_PARAMETERS[0] in given:
        conditions.append(bbox_hits(table.c[GEOMETRY]))
    if "dataset" in given:
        conditions.append(table.c.dataset == sa.bindparam("dataset"))
    if "id" in given:
        conditions.append(table.c.id == sa.bindparam("id"))
    if "ids" in given:
        conditions.append(table.c.id.in_(sa.bindparam("ids", expanding=True)))
    if "street" in given:
        fronting = table.alias("fronting")
        is_it = (fronting.c.dataset == frontages.c.dataset) & (fronting.c.id == frontages.c.building_id)
        along = sa.select(fronting.c.fid).select_from(frontages.join(fronting, is_it))
        # by the street's frontages; with EXISTS SQLite would look at every building
        conditions.append(table.c.fid.in_(along.where(frontages.c.street_id == sa.bindparam("street"))))
    conditions += [has_state(tables, state) for state, name in _STATE.items() if name in given]
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
        state: PlaceState | None = None,
    ) -> pa.Table:
        """Buildings ordered by dataset and gid: ``building_schema`` columns plus ``dataset`` and ``extra`` (JSON).

        ``bbox`` is in the work CRS and matches footprint envelopes; ``street`` matches frontages; ``with_verdict`` adds
        the worst verdict; ``state`` gives only what stands (existing), is a proposal or is gone (removed).
        """
        where = BuildingFilter(bbox, street, dataset, tuple(ids), state)
        values, page = _values(where), page_values(limit, offset)
        query = _building_query(
            self._tables, _given(where, values), tuple(columns), frozenset(page), with_verdict=with_verdict
        )
        with self._ask() as connection:
            return query.read(connection, values | page)

    def building_rows(
        self,
        *,
        bbox: Box | None = None,
        street: str | None = None,
        dataset: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        columns: Sequence[str] = BUILDING_COLUMNS,
        state: PlaceState | None = None,
    ) -> list[dict[str, Any]]:
        """``buildings`` with the worst verdict, a mapping a row: what becomes JSON at once is never columns."""
        where = BuildingFilter(bbox, street, dataset, (), state)
        values, page = _values(where), page_values(limit, offset)
        query = _building_query(self._tables, _given(where, values), tuple(columns), frozenset(page), with_verdict=True)
        with self._ask() as connection:
            return query.mappings(connection, values | page)

    def count_buildings(
        self,
        *,
        bbox: Box | None = None,
        street: str | None = None,
        dataset: str | None = None,
        ids: Sequence[str] = (),
        state: PlaceState | None = None,
    ) -> int:
        """Number of buildings the same filter matches without a limit."""
        where = BuildingFilter(bbox, street, dataset, tuple(ids), state)
        values = _values(where)
        with self._ask() as connection:
            return int(_building_count(self._tables, _given(where, values)).scalar(connection, values))

    def building(self, dataset: str, building_id: str) -> pa.Table:
        """One building as a table of one row, with ``verdict``. Raises NotFoundError."""
        found = self.buildings(dataset=dataset, ids=(building_id,), with_verdict=True)
        if found.num_rows == 0:
            raise not_found("building", f"{dataset}/{building_id}")
        return found

    def elements(self, dataset: str, building_id: str | None = None) -> pa.Table:
        """Elements of a dataset or of one building in it; ``properties`` is JSON text."""
        with self._ask() as connection:
            of_building = {} if building_id is None else {"parent_id": building_id}
            return _read_elements(connection, self._tables, dataset=dataset, **of_building)

    def element(self, dataset: str, element_id: str) -> pa.Table:
        """One element as a table of one row. Raises NotFoundError."""
        with self._ask() as connection:
            found = _read_elements(connection, self._tables, dataset=dataset, id=element_id)
        if found.num_rows == 0:
            raise not_found("element", f"{dataset}/{element_id}")
        return found

    def count_elements(self, dataset: str, building_id: str) -> int:
        """Number of elements of one building."""
        with self._ask() as connection:
            return int(_element_count(self._tables).scalar(connection, {"dataset": dataset, "parent_id": building_id}))
