"""Stores of every released schema open, whole, with a copy of what they were."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cim_core.errors import StoreError
from cim_core.store import Change, Store
from cim_core.store.schema import SCHEMA_VERSION
from tests.cim_core.store.released_stores import VERSIONS, restore


def test_every_older_schema_has_a_store_to_test_with() -> None:
    assert list(range(1, SCHEMA_VERSION)) == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_released_store_opens_with_all_it_held(tmp_path: Path, version: int) -> None:
    path = restore(version, tmp_path / "cim.gpkg")
    before = sqlite3.connect(path)
    held = {
        table: before.execute(f"SELECT * FROM {table} ORDER BY fid").fetchall()
        for (table,) in before.execute("SELECT table_name FROM gpkg_contents").fetchall()
    }
    before.close()
    with Store.open(path) as store:
        assert f"schema {version}" in store.notes[-1]
        with store._read() as connection:
            for table, rows in held.items():
                found = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY fid").all()
                assert [tuple(row)[: len(rows[0])] for row in found] == rows, table
            known = set(connection.exec_driver_sql("SELECT table_name FROM gpkg_contents").scalars())
            assert known == store._tables.specs.keys()
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    copy = sqlite3.connect(tmp_path / f"cim.schema-{version}.gpkg")
    for table, rows in held.items():
        assert copy.execute(f"SELECT * FROM {table} ORDER BY fid").fetchall() == rows
    copy.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migrated_store_works_like_a_new_one(tmp_path: Path, version: int) -> None:
    path = restore(version, tmp_path / "cim.gpkg")
    with Store.open(path) as store:
        assert store.edit("building", "town/b0", {"storeys": 3}, version=1, change=Change("Li")) == 2
        former, present = store.history("building", "town/b0")
        assert (former.values["storeys"], former.actor, present.values["storeys"], present.actor) == (2, "", 3, "Li")
        (link,) = store.history("link", "prj-01/town/b2/manual")
        assert (link.values["decided_by"], link.recorded_to) == ("planner", None)
    with Store.open(path) as again:
        assert again.notes == ()


def test_what_was_added_to_a_topic_since_the_store_was_made_is_added(tmp_path: Path) -> None:
    path = tmp_path / "cim.gpkg"
    with Store.create(path, "EPSG:4547") as store, store._write() as connection:
        connection.exec_driver_sql("ALTER TABLE elements DROP COLUMN storey")
        connection.exec_driver_sql("DROP TABLE buildings_history")
    with Store.open(path) as store:
        assert store.elements("town").num_rows == 0
        assert store.notes
    assert not list(tmp_path.glob("*.schema-*"))


def test_two_that_open_an_old_store_keep_one_true_copy(tmp_path: Path) -> None:
    path = restore(1, tmp_path / "cim.gpkg")
    with Store.open(path), Store.open(path) as second:
        assert second.notes == ()
    copy = sqlite3.connect(tmp_path / "cim.schema-1.gpkg")
    assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'store_info'").fetchone() == (0,)
    copy.close()


def test_a_newer_server_store_is_refused(store: Store) -> None:
    with store._write() as connection:
        connection.exec_driver_sql("UPDATE store_info SET value = '99' WHERE id = 'schema_version'")
    location = (
        store._engines.writer.url.render_as_string(hide_password=False).replace("+psycopg", "")
        if store.backend == "postgresql"
        else store.location
    )
    with pytest.raises(StoreError, match="newer version"):
        Store.open(location)
