"""Altering one thing that is there, by the version its editor saw."""

from __future__ import annotations

from cim_core.errors import UsageError
from cim_core.store.base import StoreBase, not_found
from cim_core.store.changes import Change
from cim_core.store.history import split_key, table_of_kind
from cim_core.store.schema import data_columns, spec_of
from cim_core.store.writing import Values, put_row, version_query


class EditsPart(StoreBase):
    """The store as seen by who alters one thing."""

    def edit(self, kind: str, name: str, values: Values, *, version: int, change: Change | None = None) -> int:
        """Alter columns of one thing, e.g. ``edit("building", "town/b0", {"storeys": 3}, version=1)``.

        Returns the new version. Raises StaleVersionError when ``version`` is no longer the present one, NotFoundError,
        UsageError for a column it does not have or that tells things apart.
        """
        table = table_of_kind(self._tables, kind)
        spec = spec_of(table)
        editable = {column.name for column in data_columns(table)} - {*spec.key, *spec.ignored}
        unknown = sorted(values.keys() - editable)
        if unknown:
            raise UsageError(
                f"a {kind} has no column {unknown[0]!r} to edit", hint="one of: " + ", ".join(sorted(editable))
            )
        with self._write(change) as connection:
            return put_row(connection, table, split_key(table, name), values, version=version)

    def version(self, kind: str, name: str) -> int:
        """The present version of one thing, for its ETag. Raises NotFoundError."""
        table = table_of_kind(self._tables, kind)
        key = split_key(table, name)
        with self._ask() as connection:
            found = version_query(table).scalar(connection, key)
        if found is None:
            raise not_found(kind, name)
        return int(found)
