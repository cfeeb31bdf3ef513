"""What was surveyed of frontages; it stays when these are derived anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from cim_core.errors import StaleVersionError
from cim_core.store.base import StoreBase
from cim_core.store.changes import Change
from cim_core.store.rows import KEPT, TableQuery, equal_to_parameters
from cim_core.store.schema import Tables, data_columns
from cim_core.store.writing import put_row, version_query


def read_frontage_surveys(connection: sa.Connection, tables: Tables, given: Mapping[str, str]) -> pa.Table:
    """The surveys whose columns have the given values, with ``version``."""
    return _query(tables, frozenset(given)).read(connection, given)


@lru_cache(KEPT)
def _query(tables: Tables, given: frozenset[str]) -> TableQuery:
    table = tables.frontage_surveys
    statement = sa.select(*data_columns(table), table.c.version).where(*equal_to_parameters(table, given))
    return TableQuery(statement.order_by(table.c.fid))


class FrontageSurveysPart(StoreBase):
    """The store as seen by surveyed frontages."""

    def frontage_surveys(self, *, key: str | None = None) -> pa.Table:
        """All surveys, or that of one frontage: ``id`` (its key), facts, ``surveyed_on``, ``source``, ``version``."""
        with self._ask() as connection:
            return read_frontage_surveys(connection, self._tables, {} if key is None else {"id": key})

    def put_frontage_surveys(
        self, surveys: Sequence[Mapping[str, Any]], change: Change, *, version: int | None = None
    ) -> list[int]:
        """Insert surveys, or set the columns given of those that are there, in one transaction; returns their versions.

        ``version`` is the one the writer saw, 0 for none. Raises StaleVersionError.
        """
        table = self._tables.frontage_surveys
        with self._write(change) as connection:
            if version is not None:
                for survey in surveys:
                    _check(survey["id"], version_query(table).scalar(connection, {"id": survey["id"]}) or 0, version)
            numbers = [
                put_row(connection, table, {"id": survey["id"]}, {k: v for k, v in survey.items() if k != "id"})
                for survey in surveys
            ]
            self._touch(connection, "frontage_surveys")
        return numbers


def _check(key: str, present: int, wanted: int) -> None:
    if present != wanted:
        raise StaleVersionError(
            f"the survey of {key} has version {present}, the change was made to version {wanted}",
            where="If-Match",
            hint="read it again, then repeat the change on what is there now",
        )
