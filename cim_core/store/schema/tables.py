"""The declared topics as SQLAlchemy tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from cim_core.store.geom import Geom
from cim_core.store.schema.spec import ColumnSpec, TableSpec, Topic

GEOMETRY = "geom"
_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {"text": sa.Text, "double": sa.Double, "integer": sa.Integer}

#: What every row says of itself: how often it was changed, and the instant it was written (UTC).
BOOKKEEPING = (ColumnSpec("version", "integer", required=True, default=1), ColumnSpec("recorded_from", "text"))


class Tables:
    """Every table of a store whose geometries are in one work CRS; ``tables.buildings`` is the one of that name."""

    def __init__(self, specs: Iterable[TableSpec], srs_id: int) -> None:
        self.metadata = sa.MetaData()
        self.specs = {spec.name: spec for spec in specs}
        self._tables = {spec.name: _build_table(spec, self.metadata, srs_id) for spec in self.specs.values()}

    def __getattr__(self, name: str) -> sa.Table:
        try:
            return self.__dict__["_tables"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"no topic declares a table {name!r}") from None

    def __getitem__(self, name: str) -> sa.Table:
        return self._tables[name]

    def is_indexed(self, table: sa.Table) -> bool:
        """Whether the table has a spatial index."""
        spec = self.specs[table.name]
        return spec.geometry is not None and spec.is_indexed


def build_tables(topics: Iterable[Topic], srs_id: int) -> Tables:
    """The tables of all topics for a work CRS with that EPSG code."""
    return Tables((spec for topic in topics for spec in topic.tables), srs_id)


def _build_table(spec: TableSpec, metadata: sa.MetaData, srs_id: int) -> sa.Table:
    geometry = [sa.Column(GEOMETRY, Geom(spec.geometry, srs_id))] if spec.geometry else []
    unique = ([spec.key] if spec.key else []) + list(spec.unique)
    return sa.Table(
        spec.name,
        metadata,
        sa.Column("fid", sa.Integer, primary_key=True, autoincrement=True),
        *geometry,
        *(_build_column(column) for column in (*spec.columns, *BOOKKEEPING)),
        *(sa.UniqueConstraint(*names) for names in unique),
        *(sa.Index(index.name, *map(sa.text, index.parts)) for index in spec.indexes),
        sqlite_autoincrement=True,
    )


def _build_column(spec: ColumnSpec) -> sa.Column[Any]:
    default = None if spec.default is None else sa.text(str(spec.default))
    return sa.Column(spec.name, _TYPES[spec.kind], nullable=not spec.required, server_default=default)
