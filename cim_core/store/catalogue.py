"""Catalogue entries, one a dataset or layer that somebody described."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from cim_core.catalogue.records import FIELDS, CatalogueEntry
from cim_core.store.base import StoreBase
from cim_core.store.changes import Change
from cim_core.store.prepared import Prepared, Row
from cim_core.store.rows import equal_to_parameters
from cim_core.store.schema import Tables
from cim_core.store.writing import put_row


@cache
def _entry_query(tables: Tables, *, is_one: bool) -> Prepared:
    table = tables.catalogue
    statement = sa.select(table.c.dataset, *(table.c[name] for name in FIELDS)).order_by(table.c.dataset)
    return Prepared(statement.where(*equal_to_parameters(table, ("dataset",) if is_one else ())))


def _entry(row: Row) -> CatalogueEntry:
    return CatalogueEntry(row[0], **dict(zip(FIELDS, row[1:], strict=True)))


class CataloguePart(StoreBase):
    """The store as seen by the catalogue."""

    def catalogue_entries(self) -> dict[str, CatalogueEntry]:
        """What was said of datasets and layers, by id."""
        with self._ask() as connection:
            rows = _entry_query(self._tables, is_one=False).rows(connection)
        return {row[0]: _entry(row) for row in rows}

    def catalogue_entry(self, dataset: str) -> CatalogueEntry | None:
        """What was said of one dataset or layer."""
        with self._ask() as connection:
            row = _entry_query(self._tables, is_one=True).first(connection, {"dataset": dataset})
        return None if row is None else _entry(row)

    def put_catalogue_entry(self, entry: CatalogueEntry, change: Change) -> None:
        """Record what is said of a dataset; history keeps what was said before."""
        values = {name: getattr(entry, name) for name in FIELDS}
        with self._write(change) as connection:
            put_row(connection, self._tables.catalogue, {"dataset": entry.dataset}, values)
            self._touch(connection, "catalogue")
