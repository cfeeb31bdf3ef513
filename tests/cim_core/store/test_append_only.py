"""The log, the acts and the former rows cannot be altered or removed, not even by SQL, on either kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from cim_core.errors import StoreError
from cim_core.store import Change, Store
from tests.cim_core.store.released_stores import VERSIONS, restore

ACT = {
    "move_id": "m1", "project_id": "prj-01", "act": "submit", "origin": "reserve", "target": "survey", "actor": "Li",
    "at": "2026-05-01T08:00:00Z", "evidence": None, "note": "",
}  # fmt: skip
TRIES = [
    "UPDATE changes SET actor = 'nobody'",
    "DELETE FROM changes",
    "UPDATE project_acts SET actor = 'nobody'",
    "DELETE FROM project_acts",
    "UPDATE buildings_history SET storeys = 99",
    "DELETE FROM buildings_history",
]


def try_all(store: Store) -> None:
    before = store.digest()
    for statement in TRIES:
        with pytest.raises((StoreError, sa.exc.DBAPIError), match="is only added to"), store._write() as connection:
            assert connection.exec_driver_sql(statement).rowcount != 0, statement
    assert store.digest() == before


def test_what_happened_cannot_be_altered_or_removed(town: Store) -> None:
    town.edit("building", "town/b0", {"storeys": 5}, version=1, change=Change("Li", "counted"))
    town.add_project_act(ACT, None, 0, Change("Li", "moved"))
    try_all(town)
    if town.backend == "postgresql":
        with pytest.raises(sa.exc.DBAPIError, match="is only added to"), town._engines.writer.begin() as connection:
            connection.exec_driver_sql("TRUNCATE changes")
    # a former state of earlier days is still ended by a later write, once
    town.edit("building", "town/b0", {"storeys": 6}, version=2, change=Change("Li", "", "2026-06-01"))
    town.edit("building", "town/b0", {"storeys": 7}, version=3, change=Change("Li", "", "2026-05-01"))
    may = town.as_of("building", "town/b0", valid_at="2026-05-15")
    assert may is not None
    assert may.values["storeys"] == 7


@pytest.mark.parametrize("version", VERSIONS)
def test_a_store_of_an_older_release_is_guarded_too(tmp_path: Path, version: int) -> None:
    with Store.open(restore(version, tmp_path / "cim.gpkg")) as store:
        store.edit("building", "town/b0", {"storeys": 5}, version=1)
        store.add_project_act(ACT, None, 0, Change("Li", "moved"))
        try_all(store)
