"""PostgreSQL that ends a connection, refuses an order, is restarted or has no connection left.

A transaction that was undone is run once more, else the user is told; no write is there twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.http.app import create_app
from api.workspace import Workspace
from cim_core.errors import StaleVersionError, StoreError
from cim_core.store import Change, Store
from tests.api.http.builders import WORK_CRS, footprints, town_record
from tests.cim_core.store.conftest import Made
from tests.postgis_server import PostgisServer, running_server

NAME = "town/b0"


@pytest.fixture(params=["postgis"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(location: Made) -> str:
    return location("town")


@pytest.fixture
def admin(url: str) -> Iterator[psycopg.Connection[object]]:
    """Somebody else's connection to the same schema."""
    with psycopg.connect(url, autocommit=True, options="-csearch_path=xiushui,public") as connection:
        yield connection


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        yield opened


def edit(store: Store, storeys: int = 7) -> int:
    return store.edit("building", NAME, {"storeys": storeys}, version=1, change=Change("Li", "counted"))


def assert_written_once(store: Store, changes_before: int) -> None:
    assert store.version("building", NAME) == 2
    assert [row.values["storeys"] for row in store.history("building", NAME)] == [2, 7]
    assert store.chain_head()[0] == changes_before + 1


#: Ends the server's process of the writer: at the COMMIT of a write, or while it alters a building.
ENDING = """
CREATE SEQUENCE ended;
CREATE FUNCTION end_backend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF nextval('ended') <= {times} THEN
    PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5);
  END IF;
  RETURN NULL;
END $$;
"""
AT_COMMIT = """CREATE CONSTRAINT TRIGGER ending AFTER INSERT ON changes DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION end_backend()"""
WHILE_WRITING = "CREATE TRIGGER ending AFTER UPDATE ON buildings FOR EACH ROW EXECUTE FUNCTION end_backend()"


@pytest.mark.parametrize("when", [AT_COMMIT, WHILE_WRITING], ids=["in the commit", "while writing"])
def test_a_write_the_server_ended_is_made_once(store: Store, admin: psycopg.Connection[object], when: str) -> None:
    before = store.chain_head()[0]
    admin.execute(ENDING.format(times=1).encode())
    admin.execute(when.encode())
    assert edit(store) == 2
    assert_written_once(store, before)


@pytest.mark.parametrize("when", [AT_COMMIT, WHILE_WRITING], ids=["in the commit", "while writing"])
def test_a_write_that_is_ended_twice_is_told_and_not_there(
    store: Store, admin: psycopg.Connection[object], when: str
) -> None:
    before = store.chain_head()
    admin.execute(ENDING.format(times=2).encode())
    admin.execute(when.encode())
    with pytest.raises(StoreError) as caught:
        edit(store)
    assert (caught.value.code, "nothing of this was kept" in caught.value.hint) == ("store-unavailable", True)
    assert (store.version("building", NAME), store.chain_head()) == (1, before)
    assert edit(store) == 2


def test_a_commit_whose_answer_is_lost_is_not_made_again(store: Store) -> None:
    before = store.chain_head()[0]

    def commit_and_hang_up(connection: sa.Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.commit()
        raw.close()

    sa.event.listen(store._engines.writer, "commit", commit_and_hang_up, once=True)
    assert edit(store) == 2
    assert_written_once(store, before)


def test_two_that_cannot_be_put_in_order_are_tried_again(url: str, admin: psycopg.Connection[object]) -> None:
    """Somebody writes past the lock of the store while it waits for the same row (SQLSTATE 40001)."""
    database = url.split("/")[3].split("?")[0]
    admin.execute(f"ALTER DATABASE {database} SET default_transaction_isolation = 'serializable'".encode())
    with Store.open(url) as store:
        before = store.chain_head()[0]
        refusals: list[object] = []
        sa.event.listen(store._engines.writer, "rollback", refusals.append)
        with ThreadPoolExecutor(1) as pool:
            admin.execute(b"BEGIN")
            admin.execute(b"UPDATE buildings SET name = 'elsewhere' WHERE id = 'b0'")
            edited = pool.submit(edit, store)
            wait_for_a_lock(url)
            admin.execute(b"COMMIT")
            assert edited.result(20) == 2
        assert len(refusals) == 1
        assert_written_once(store, before)
        assert store.building("town", "b0").column("name").to_pylist() == ["elsewhere"]


def wait_for_a_lock(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        for _ in range(200):
            if other.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                return
            time.sleep(0.02)
    pytest.fail("nobody waits for a lock")


def test_a_read_the_server_ended_is_read_again(store: Store, server: PostgisServer, url: str) -> None:
    database = url.split("/")[3].split("?")[0]
    endings: list[int] = []

    def end_it(raw: object, *_: object) -> None:
        if not endings:
            endings.append(server.kill_backends(database))

    store.buildings()
    sa.event.listen(store._engines.reader, "checkout", end_it)  # after it was found alive
    assert store.count_buildings(dataset="town") == 4
    assert endings[0] >= 1


def test_what_came_as_a_stream_is_not_read_twice(store: Store, server: PostgisServer, url: str) -> None:
    database = url.split("/")[3].split("?")[0]
    with pytest.raises(StoreError) as caught:
        store.import_features(town_record(), (server.kill_backends(database) and footprints() for _ in range(1)))
    assert caught.value.code == "store-unavailable"
    assert store.count_buildings(dataset="town") == 4


def test_no_connection_left_is_503_and_nothing_is_written(url: str, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, crs=str(WORK_CRS), store_url=url)
    workspace.save()
    with TestClient(create_app(tmp_path, tmp_path)) as client:
        engines = client.app.state.town.store._engines  # type: ignore[attr-defined]
        changes = client.app.state.town.store.chain_head()  # type: ignore[attr-defined]
        put = "/api/v1/projects/prj-01/buildings/town/b1"
        for engine, ask in (
            (engines.reader, lambda: client.get("/api/v1/buildings")),
            (engines.writer, lambda: client.put(put, json={"included": True, "by": "Li"})),
        ):
            engine.pool._timeout = 0.1
            with ExitStack() as held:
                for _ in range(engine.pool.size()):
                    held.enter_context(engine.connect())
                refused = ask()
                assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
                assert refused.headers["retry-after"] == "2"
            assert ask().status_code in {200, 201}
        assert client.app.state.town.store.chain_head()[0] == changes[0] + 1  # type: ignore[attr-defined]


def test_a_restarted_server_is_used_again() -> None:
    with running_server() as own:
        url = own.url(own.create())
        with Store.create(url, WORK_CRS) as store:
            store.import_features(town_record(), [footprints()])
            own.stop()
            for ask in (store.datasets, lambda: edit(store)):
                with pytest.raises(StoreError) as caught:
                    ask()
                assert caught.value.code == "store-unavailable"
            own.start()
            assert edit(store) == 2
            with pytest.raises(StaleVersionError):
                edit(store)
            assert store.count_buildings() == 4
