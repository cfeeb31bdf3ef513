"""Catalogue entries, one a dataset or layer that somebody described."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from cim_core.catalogue.records import FIELDS, CatalogueEntry
from cim_core.store.base import StoreBase
from cim_core.store.changes import Change
from cim_core.store.rows import equal_to_parameters
from cim_core.store.schema import Tables
from cim_core.store.writing import put_row


@cache
def _entry_query(tables: Tables) -> sa.Select[Any]:
    return sa.select(tables.catalogue).where(*equal_to_parameters(tables.catalogue, ("dataset",)))


def _entry(row: sa.RowMapping) -> CatalogueEntry:
    return CatalogueEntry(row["dataset"], **{name: row[name] for name in FIELDS})


class CataloguePart(StoreBase):
    """The store as seen by the catalogue."""

    def catalogue_entries(self) -> dict[str, CatalogueEntry]:
        """What was said of datasets and layers, by id."""
        table = self._tables.catalogue
        with self._read() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.dataset)).mappings()
            return {row["dataset"]: _entry(row) for row in rows}

    def catalogue_entry(self, dataset: str) -> CatalogueEntry | None:
        """What was said of one dataset or layer."""
        with self._read() as connection:
            row = connection.execute(_entry_query(self._tables), {"dataset": dataset}).mappings().first()
        return None if row is None else _entry(row)

    def put_catalogue_entry(self, entry: CatalogueEntry, change: Change) -> None:
        """Record what is said of a dataset; history keeps what was said before."""
        values = {name: getattr(entry, name) for name in FIELDS}
        with self._write(change) as connection:
            put_row(connection, self._tables.catalogue, {"dataset": entry.dataset}, values)
            self._touch(connection, "catalogue")
