from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import DBAPIConnection

from cim_core.errors import StoreError
from cim_core.store import Store
from cim_core.store.buildings import select_buildings
from cim_core.store.geom import BOX_PARAMETERS
from cim_core.store.schema import build_tables

ROOT = Path(__file__).resolve().parents[3]

KILLED = """
import sys, time
from pathlib import Path
from cim_core.store import Store
from tests.api.http.builders import footprints, town_record

def batches():
    yield footprints()
    print("half", flush=True)
    time.sleep(60)

Store.open(Path(sys.argv[1])).import_features(town_record(), batches())
"""


@pytest.fixture
def kind() -> str:
    return "geopackage"


def test_killing_an_import_half_way_leaves_the_old_town_whole(filled: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(filled, tmp_path / "cim.gpkg"))
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as work:
        assert work.stdout is not None
        assert work.stdout.readline() == "half\n"
        work.send_signal(signal.SIGKILL)
    with Store.open(path) as store:
        assert store.count_buildings(dataset="town") == 4
        assert store.frontages().num_rows == 2
        assert store.findings()[0] == 4
        with store._read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert connection.exec_driver_sql("SELECT rtreecheck('rtree_buildings_geom')").scalar_one() == "ok"


def test_a_full_disk_is_named_and_loses_nothing(town: Store) -> None:
    def fill_the_file(connection: DBAPIConnection, _record: object, _proxy: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite then answers SQLITE_FULL, as on a full disk

    event.listen(town._engines.writer, "checkout", fill_the_file)
    pack = {"id": "big", "name": {"zh": "大", "en": "big"}, "note": "x" * 200_000}
    with pytest.raises(StoreError) as caught:
        town.save_rule_pack(pack)
    assert caught.value.code == "disk-full"
    assert "space" in caught.value.hint
    assert [pack["id"] for pack in town.rule_packs()] == ["demo"]
    assert town.count_buildings(dataset="town") == 4


def test_the_same_query_compiles_for_postgis() -> None:
    statement = select_buildings(build_tables(4547), frozenset(BOX_PARAMETERS), ("id", "geometry"))
    text = str(statement.compile(dialect=postgresql.dialect()))
    assert "buildings.geom && ST_MakeEnvelope(" in text
    assert ", 4547)" in text
    assert "ST_AsBinary(buildings.geom)" in text
    inserted = str(build_tables(4547).buildings.insert().compile(dialect=postgresql.dialect()))
    assert "ST_GeomFromWKB(" in inserted
