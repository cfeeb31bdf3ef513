"""Processes killed in the middle, a disk that ends, a server that goes away: nothing acknowledged is lost."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely
import sqlalchemy as sa

from cim_core.errors import CimError, StoreError
from cim_core.features import FeatureBatch
from cim_core.store import Store
from cim_core.store.changes import hash_change
from tests.api.http.builders import box, footprints, town_record
from tests.cim_core.store.conftest import Made
from tests.cim_core.store.released_stores import restore
from tests.killing import run, run_and_kill
from tests.postgis_server import PostgisServer

Send = Callable[[Any], None]
BUILDINGS = 2_500
#: The pass line: nothing acknowledged lost, everything whole, after as many kills of each kind.
KILLS = 25


def batch_of(storeys: int) -> FeatureBatch:
    """Buildings that all have one number of storeys, so that a half import would show two."""
    columns = {
        "id": [f"g{i}" for i in range(BUILDINGS)],
        "kind": ["building"] * BUILDINGS,
        "storeys": pa.array([storeys] * BUILDINGS, pa.int16()),
        "geometry": shapely.to_wkb([box(10 * i, storeys, 5, 5) for i in range(BUILDINGS)]),
    }
    return replace(footprints(), records=pa.RecordBatch.from_pydict(columns))


def check_whole(store: Store) -> None:
    with store._read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert connection.exec_driver_sql("SELECT rtreecheck('rtree_buildings_geom')").scalar_one() == "ok"
        rows = list(connection.execute(sa.select(store._tables.changes).order_by(sa.text("id"))).mappings())
    previous = ""
    for row in rows:
        assert (row["previous_hash"], row["hash"]) == (previous, hash_change(dict(row)))
        previous = row["hash"]


def edit_on(send: Send, path: str) -> None:
    with Store.open(path) as store:
        version = store.version("building", "town/b0")
        while True:
            version = store.edit("building", "town/b0", {"storeys": version % 1000}, version=version)
            send(version)


def test_no_acknowledged_edit_is_lost(filled: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(filled, tmp_path / "cim.gpkg"))
    for _ in range(KILLS):
        acknowledged = run_and_kill(edit_on, str(path), seconds=0.03)[-1]
        with Store.open(path) as store:
            version = store.version("building", "town/b0")
            assert version in {acknowledged, acknowledged + 1}  # one may be committed and not yet acknowledged
            assert store.building("town", "b0").column("storeys").to_pylist() == [(version - 1) % 1000]
            assert len(store.history("building", "town/b0")) == version
            check_whole(store)


def import_on(send: Send, path: str) -> None:
    with Store.open(path) as store:
        found = store.buildings(dataset="town", limit=1, columns=("storeys",)).column("storeys").to_pylist()
        number = found[0] if found and found[0] else 0
        send(number)
        while True:
            number += 1
            store.import_features(town_record(), [batch_of(number)])
            send(number)


def test_an_import_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "cim.gpkg"
    Store.create(path, "EPSG:4547").close()
    for _ in range(KILLS):
        acknowledged = run_and_kill(import_on, str(path), seconds=0.3)[-1]
        with Store.open(path) as store:
            numbers = set(store.buildings(dataset="town").column("storeys").to_pylist())
            assert numbers <= {acknowledged, acknowledged + 1}
            assert len(numbers) == (1 if acknowledged else len(numbers))
            assert store.count_buildings() in {0, BUILDINGS}
            check_whole(store)


def migrate_on(send: Send, folder: str) -> None:
    for number in range(100):
        path = restore(1, Path(folder) / f"{number}.gpkg")
        send(number)
        Store.open(path).close()
        send(number)


def test_a_migration_is_done_or_not_begun(tmp_path: Path) -> None:
    for turn in range(KILLS):
        folder = tmp_path / str(turn)
        folder.mkdir()
        last = run_and_kill(migrate_on, str(folder), seconds=0.12)[-1]
        path = folder / f"{last}.gpkg"
        with Store.open(path) as store:
            assert (store.count_buildings(), store.findings()[0]) == (5, 4)
            check_whole(store)
        with Store.open(path) as again:
            assert again.notes == ()
        kept = folder / f"{last}.schema-1.gpkg"
        with closing(sqlite3.connect(kept)) as before:
            assert before.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert before.execute("SELECT count(*) FROM buildings").fetchone() == (5,)
            assert before.execute("SELECT count(*) FROM sqlite_master WHERE name = 'store_info'").fetchone() == (0,)


def import_with_little_room(send: Send, path: str, room: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        with Store.open(path) as store:
            store.import_features(town_record(), [batch_of(1)])
    except CimError as error:
        send((error.code, error.hint))
    else:
        send(("done", ""))


def test_no_room_is_said_and_what_was_there_stays(filled: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(filled, tmp_path / "cim.gpkg"))
    code, hint = run(import_with_little_room, str(path), path.stat().st_size + 100_000)
    assert code in {"disk-full", "store-busy"}
    assert "disk" in hint or "space" in hint
    with Store.open(path) as store:
        assert store.count_buildings(dataset="town") == 4
        assert store.findings()[0] == 4
        check_whole(store)


def migrate_with_little_room(send: Send, path: str, room: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        Store.open(path).close()
    except CimError as error:
        send((error.code, error.hint))
    else:
        send(("done", ""))


@pytest.mark.parametrize("room", [60_000, 300_000])
def test_a_store_that_cannot_be_migrated_is_left_as_it_was(tmp_path: Path, room: int) -> None:
    path = restore(1, tmp_path / "cim.gpkg")
    before = path.read_bytes()
    code, hint = run(migrate_with_little_room, str(path), room)
    assert code == "store-migration"
    assert "left as it was" in hint
    assert path.read_bytes() == before
    with Store.open(path) as store:
        assert "schema 1" in store.notes[-1]
        assert store.count_buildings() == 5
    assert (tmp_path / "cim.schema-1.gpkg").exists()


@pytest.mark.parametrize("kind", ["postgis"])
def test_a_server_that_ends_a_write_leaves_nothing_of_it(server: PostgisServer, location: Made) -> None:
    url = location("town")
    database = url.split("/")[3].split("?")[0]
    with Store.open(url) as store:
        changes = store.chain_head()

        def batches() -> Any:
            yield footprints()
            assert server.kill_backends(database) > 0
            yield footprints()

        with pytest.raises(StoreError) as caught:
            store.import_features(town_record(), batches())
        assert caught.value.code == "store-unavailable"
        assert store.count_buildings(dataset="town") == 4  # the dead connection is replaced without a word
        assert store.findings()[0] == 4
        assert store.chain_head() == changes
        server.kill_backends(database)
        store.edit("building", "town/b0", {"storeys": 3}, version=1)  # so is an idle one
        assert store.chain_head()[0] == changes[0] + 1
