"""Catalogue entries, one a dataset or layer that somebody described."""

from __future__ import annotations

import sqlalchemy as sa

from cim_core.catalogue.records import FIELDS, CatalogueEntry
from cim_core.store.base import StoreBase
from cim_core.store.changes import Change
from cim_core.store.writing import put_row


class CataloguePart(StoreBase):
    """The store as seen by the catalogue."""

    def catalogue_entries(self) -> dict[str, CatalogueEntry]:
        """What was said of datasets and layers, by id."""
        table = self._tables.catalogue
        with self._read() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.dataset)).mappings()
            return {
                row["dataset"]: CatalogueEntry(row["dataset"], **{name: row[name] for name in FIELDS}) for row in rows
            }

    def put_catalogue_entry(self, entry: CatalogueEntry, change: Change) -> None:
        """Record what is said of a dataset; history keeps what was said before."""
        values = {name: getattr(entry, name) for name in FIELDS}
        with self._write(change) as connection:
            put_row(connection, self._tables.catalogue, {"dataset": entry.dataset}, values)
            self._touch(connection, "catalogue")
