"""Findings of the last check: replaced as a whole, then filtered, sorted, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
import sqlalchemy as sa

from cim_core.errors import UsageError
from cim_core.store.base import StoreBase
from cim_core.store.geom import Geometries, geometries_from_wkb
from cim_core.store.prepared import Prepared
from cim_core.store.records import VERDICTS_BY_SEVERITY, FindingFilter
from cim_core.store.rows import (
    KEPT,
    Columns,
    TableQuery,
    column_values,
    equal_to_parameters,
    page_of,
    page_values,
    read_table,
)
from cim_core.store.schema import GEOMETRY, Tables
from cim_core.store.writing import replace_rows

FINDING_COLUMNS = (
    "building_id", "dataset", "gid", "rule_id", "kind", "clause", "nature", "zone_id", "street_id", "verdict",
    "original_verdict", "measured_value", "measured_text", "limit_min", "limit_max", "limit_text", "limit_zh",
    "limit_en", "margin", "unit", "source", "confidence", "indicative", "related_rules", "message_zh", "message_en",
)  # fmt: skip
SORTS = ("margin", "-margin", "building", "kind")
#: The column that each field of a filter restricts.
_FILTERED = {
    "verdict": "verdict", "zone": "zone_id", "street": "street_id", "kind": "kind", "clause": "clause",
    "rule": "rule_id", "dataset": "dataset", "building": "building_id",
}  # fmt: skip
GROUPS = {"zone": "zone_id", "street": "street_id", "clause": "clause", "kind": "kind"}


def replace_findings(
    connection: sa.Connection, tables: Tables, rows: pa.Table, checked_on: date, scope: Mapping[str, str] | None = None
) -> None:
    """Replace all findings, or those of a scope, by others; each gets a readable id and the building's point."""
    table = tables.findings
    columns: Columns = {name: column_values(rows, name, table.c[name]) for name in FINDING_COLUMNS}
    columns["evidence"] = _evidence_wkt(rows)
    columns["id"] = _finding_ids(rows)
    severities = {verdict: severity for severity, verdict in enumerate(VERDICTS_BY_SEVERITY)}
    columns["severity"] = [severities.get(verdict) for verdict in columns["verdict"]]
    columns["checked_on"] = [checked_on.isoformat()] * rows.num_rows
    points = _points(connection, tables, rows, (scope or {}).get("building_id"))
    columns = {name: values for name, values in columns.items() if name not in (scope or {})}
    replace_rows(connection, table, scope or {}, columns, points)


def _finding_ids(rows: pa.Table) -> list[str]:
    """``dataset:building:rule[:zone][:street]``, and ``#2``, ``#3`` for repetitions."""
    parts = [_text_column(rows, name) for name in ("dataset", "building_id", "rule_id", "zone_id", "street_id")]
    joined = pc.binary_join_element_wise(*parts, ":", null_handling="skip")
    ids: list[str] = joined.to_pylist()
    if len(set(ids)) == len(ids):
        return ids
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for name in ids:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return unique


def _evidence_wkt(rows: pa.Table) -> list[str | None]:
    """What to show, as text to the centimetre."""
    found: list[str | None] = [None] * rows.num_rows
    if "evidence" in rows.column_names:
        column = rows.column("evidence")
        given = np.flatnonzero(np.asarray(pc.is_valid(column)))
        texts = shapely.to_wkt(shapely.from_wkb(column.take(pa.array(given)).to_numpy()), 2, output_dimension=3)
        for row, text in zip(given.tolist(), texts.tolist(), strict=True):
            found[row] = text
    return found


def _text_column(rows: pa.Table, name: str) -> pa.ChunkedArray | pa.Array:
    index = rows.schema.get_field_index(name)
    return pa.nulls(rows.num_rows, pa.string()) if index < 0 else rows.column(index).cast(pa.string())


def _points(connection: sa.Connection, tables: Tables, rows: pa.Table, only: str | None) -> Geometries:
    """A point of what every finding is about: a building, or a street or plan unit by its layer; ``only``: its id."""
    table = tables.buildings
    things = [sa.select(table.c.dataset, table.c.id, table.c[GEOMETRY])]
    things += [
        sa.select(sa.literal(name).label("dataset"), place.c.id, place.c[GEOMETRY])
        for name, place in (("streets", tables.streets), ("plan_units", tables.plan_units))
    ]
    if only is not None:
        things = [thing.where(thing.selected_columns.id == only) for thing in things]
    shown = pa.concat_tables([read_table(connection, thing) for thing in things], promote_options="permissive")
    points = shapely.point_on_surface(geometries_from_wkb(shown.column("geometry"), shown.num_rows))
    keys = pc.binary_join_element_wise(shown.column("dataset"), shown.column("id"), "\x1f")
    wanted = pc.binary_join_element_wise(_text_column(rows, "dataset"), _text_column(rows, "building_id"), "\x1f")
    position = pc.fill_null(pc.index_in(wanted, value_set=keys.combine_chunks()), -1).to_numpy()
    found = np.full(rows.num_rows, None, dtype=object)
    found[position >= 0] = np.asarray(points, dtype=object)[position[position >= 0]]
    return found


def read_findings(
    connection: sa.Connection, tables: Tables, where: FindingFilter, sort: str | None, limit: int | None, offset: int
) -> tuple[int, pa.Table]:
    """The number of findings a filter matches, and one page of them.

    Columns: id, ``FINDING_COLUMNS``, checked_on, evidence (WKT in the work CRS with elevations of the dataset's datum,
    null for most), geometry (point, work CRS), building_name, name_en (of a street or plan unit), and of a building
    base_m and height_m. Unsorted means worst first, then least room to the limit. Raises UsageError for an unknown
    sort.
    """
    wanted = {column: getattr(where, name) for name, column in _FILTERED.items()}
    values = {column: value for column, value in wanted.items() if value is not None}
    given = frozenset(values)
    asked = page_values(limit, offset)
    page = _finding_query(tables, given, sort, frozenset(asked)).read(connection, values | asked)
    if not asked:
        return int(page.num_rows), page
    return int(_finding_count(tables, given).scalar(connection, values)), page


@lru_cache(KEPT)
def _finding_query(tables: Tables, given: frozenset[str], sort: str | None, page: frozenset[str]) -> TableQuery:
    """A page of findings with what they are about; ``given`` are the columns that restrict it."""
    table, buildings, streets, units = tables.findings, tables.buildings, tables.streets, tables.plan_units
    joined = (
        table.outerjoin(
            buildings, sa.and_(buildings.c.dataset == table.c.dataset, buildings.c.id == table.c.building_id)
        )
        .outerjoin(streets, sa.and_(table.c.dataset == "streets", streets.c.id == table.c.building_id))
        .outerjoin(units, sa.and_(table.c.dataset == "plan_units", units.c.id == table.c.building_id))
    )
    name_of = sa.func.coalesce(buildings.c.name, streets.c.name_zh, units.c.name_zh)
    name_en = sa.func.coalesce(streets.c.name_en, units.c.name_en)
    statement = (
        sa.select(
            table.c.id, *(table.c[name] for name in FINDING_COLUMNS), table.c.checked_on, table.c.evidence,
            table.c[GEOMETRY], name_of.label("building_name"), name_en.label("name_en"), buildings.c.base_m,
            buildings.c.height_m,
        )
        .select_from(joined)
        .where(*equal_to_parameters(table, given))
        .order_by(*_order(tables, sort))
    )  # fmt: skip
    return TableQuery(page_of(statement, page))


@lru_cache(KEPT)
def _finding_count(tables: Tables, given: frozenset[str]) -> Prepared:
    table = tables.findings
    return Prepared(sa.select(sa.func.count()).select_from(table).where(*equal_to_parameters(table, given)))


def count_findings(connection: sa.Connection, tables: Tables, by: str | None) -> dict[str | None, dict[str, int]]:
    """Findings by verdict within each group; a null group holds those the grouping does not apply to.

    ``by`` is one of ``GROUPS`` or None for one group named None. Raises UsageError for an unknown grouping.
    """
    table = tables.findings
    if by is not None and by not in GROUPS:
        raise UsageError(f"cannot group findings by {by!r}", hint="one of: " + ", ".join(GROUPS), code="bad-grouping")
    key: sa.ColumnElement[Any] = sa.null() if by is None else table.c[GROUPS[by]]
    statement = sa.select(key.label("key"), table.c.verdict, sa.func.count()).select_from(table)
    grouping = [table.c.verdict] if by is None else [key, table.c.verdict]
    groups: dict[str | None, dict[str, int]] = {}
    for name, verdict, number in connection.execute(
        statement.group_by(*grouping).order_by(*(part.nulls_first() for part in grouping))
    ):
        groups.setdefault(name, {})[verdict] = int(number)
    return groups


def _order(tables: Tables, sort: str | None) -> list[sa.ColumnElement[Any]]:
    table = tables.findings
    tightest = [table.c.margin.is_(None), table.c.margin, table.c.fid]
    if sort is None:
        return [table.c.severity.desc(), *tightest]
    orders: dict[str, list[sa.ColumnElement[Any]]] = {
        "margin": tightest,
        "-margin": [table.c.margin.is_(None), table.c.margin.desc(), table.c.fid],
        "building": [table.c.dataset, table.c.building_id, table.c.fid],
        "kind": [table.c.kind, *tightest],
    }
    if sort not in orders:
        raise UsageError(f"cannot sort findings by {sort!r}", hint="one of: " + ", ".join(SORTS), code="bad-sort")
    return orders[sort]


class FindingsPart(StoreBase):
    """The store as seen by checks and lists of findings."""

    def save_findings(self, rows: pa.Table, checked_on: date) -> None:
        """Replace all findings by those of one check."""
        with self._write() as connection:
            replace_findings(connection, self._tables, rows, checked_on)

    def save_findings_of(self, place: tuple[str, str], rule_id: str, rows: pa.Table, checked_on: date) -> None:
        """Replace the findings of one place (dataset or layer, id) under one rule."""
        scope = {"dataset": place[0], "building_id": place[1], "rule_id": rule_id}
        with self._write() as connection:
            replace_findings(connection, self._tables, rows, checked_on, scope)

    def findings(
        self,
        where: FindingFilter | None = None,
        *,
        sort: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[int, pa.Table]:
        """Total number of matching findings and one page of them; see ``read_findings``."""
        with self._read() as connection:
            return read_findings(connection, self._tables, where or FindingFilter(), sort, limit, offset)

    def findings_summary(self, by: str | None = None) -> dict[str | None, dict[str, int]]:
        """Findings by verdict within each zone, street, clause or kind. Raises UsageError."""
        with self._ask() as connection:
            return count_findings(connection, self._tables, by)
