"""The declared topics as SQLAlchemy tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from cim_core.store.geom import Geom
from cim_core.store.schema.spec import ColumnSpec, TableSpec, Topic

GEOMETRY = "geom"
_SPEC = "spec"
#: Text sorts by code point and whole numbers have 64 bits on both kinds of database.
_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
    "double": sa.Double(),
    "integer": sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
}

#: What every row says of itself: how often it was changed, and the instant it was written (UTC).
BOOKKEEPING = (ColumnSpec("version", "integer", required=True, default=1), ColumnSpec("recorded_from", "text"))

#: What a row of a table with history says besides: from when to when the thing was so (days), and the write it is from.
VALIDITY = (ColumnSpec("valid_from", "text"), ColumnSpec("valid_to", "text"), ColumnSpec("change_id", "integer"))
#: What a former row says besides: when the store ceased to hold it true (null while it still does, of former days).
ENDING = (ColumnSpec("recorded_to", "text"), ColumnSpec("ended_by", "integer"))


class Tables:
    """Every table of a store whose geometries are in one work CRS; ``tables.buildings`` is the one of that name."""

    def __init__(self, specs: Iterable[TableSpec], srs_id: int) -> None:
        self.srs_id = srs_id
        self.metadata = sa.MetaData()
        self.specs = {spec.name: spec for spec in specs}
        self._tables = {spec.name: _build_table(spec, self.metadata, srs_id) for spec in self.specs.values()}
        for table in self._tables.values():
            if spec_of(table).history:
                _build_history(table, srs_id)

    def __getattr__(self, name: str) -> sa.Table:
        try:
            return self.__dict__["_tables"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"no topic declares a table {name!r}") from None

    def __getitem__(self, name: str) -> sa.Table:
        return self._tables[name]


def spec_of(table: sa.Table) -> TableSpec:
    """How a table was declared."""
    spec: TableSpec = table.info[_SPEC]
    return spec


def data_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """The geometry and the declared columns, without those of bookkeeping."""
    declared = {GEOMETRY, *(column.name for column in spec_of(table).columns)}
    return [column for column in table.c if column.name in declared]


def has_spatial_index(table: sa.Table) -> bool:
    """Whether the geometries of a table are indexed."""
    spec: TableSpec | None = table.info.get(_SPEC)  # a history has none
    return spec is not None and spec.geometry is not None and spec.is_indexed


def history_of(table: sa.Table) -> sa.Table:
    """The former rows of a table."""
    return table.metadata.tables[f"{table.name}_history"]


def build_tables(topics: Iterable[Topic], srs_id: int) -> Tables:
    """The tables of all topics for a work CRS with that EPSG code."""
    return Tables((spec for topic in topics for spec in topic.tables), srs_id)


def _build_table(spec: TableSpec, metadata: sa.MetaData, srs_id: int) -> sa.Table:
    geometry = [sa.Column(GEOMETRY, Geom(spec.geometry, srs_id))] if spec.geometry else []
    unique = ([spec.key] if spec.key else []) + list(spec.unique)
    return sa.Table(
        spec.name,
        metadata,
        sa.Column("fid", _TYPES["integer"], primary_key=True, autoincrement=True),
        *geometry,
        *(_build_column(column) for column in (*spec.columns, *BOOKKEEPING, *(VALIDITY if spec.history else ()))),
        *(sa.UniqueConstraint(*names) for names in unique),
        *(sa.Index(index.name, *map(sa.text, index.parts)) for index in spec.indexes),
        sqlite_autoincrement=True,
        info={_SPEC: spec},
    )


def _build_history(table: sa.Table, srs_id: int) -> sa.Table:
    spec = spec_of(table)
    geometry = [sa.Column(GEOMETRY, Geom(spec.geometry, srs_id))] if spec.geometry else []
    columns = (replace(column, required=False, default=None) for column in (*spec.columns, *BOOKKEEPING, *VALIDITY))
    name = f"{spec.name}_history"
    is_open = sa.text("recorded_to IS NULL")
    return sa.Table(
        name,
        table.metadata,
        sa.Column("fid", _TYPES["integer"], primary_key=True, autoincrement=True),
        *geometry,
        *(_build_column(column) for column in (*columns, *ENDING)),
        sa.Index(f"{name}_key", *spec.key),
        # Few former rows are still held true of former days; a write must find them among all.
        sa.Index(f"{name}_open", *spec.key, sqlite_where=is_open, postgresql_where=is_open),
        sqlite_autoincrement=True,
    )


def _build_column(spec: ColumnSpec) -> sa.Column[Any]:
    default = None if spec.default is None else sa.text(str(spec.default))
    return sa.Column(spec.name, _TYPES[spec.kind], nullable=not spec.required, server_default=default)
