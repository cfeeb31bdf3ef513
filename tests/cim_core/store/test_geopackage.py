"""The file as other programs see it. They run in their own process: two SQLite libraries in one process would drop
each other's POSIX locks (sqlite.org/howtocorrupt, 2.2.1)."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from cim_core.errors import StoreError
from cim_core.features import FeatureBatch
from cim_core.store import Store
from cim_core.store.geom import encode_gpkg, wkb_of
from cim_core.store.geopackage import BULK_ROWS
from cim_core.store.schema import TOPICS
from cim_core.store.sqlite import SqliteLibrary, has_safe_wal, open_sqlite
from tests.api.http.builders import X0, Y0, box, footprints, town_record

INSPECT = """
import json, sys, pyogrio
path = sys.argv[1]
layers = {name: kind for name, kind in pyogrio.list_layers(path)}
info = pyogrio.read_info(path, layer="buildings")
box = tuple(map(float, sys.argv[2:6]))
_, hits = pyogrio.read_arrow(path, layer="buildings", bbox=box)
_, links = pyogrio.read_arrow(path, layer="project_buildings")
_, projects = pyogrio.read_arrow(path, layer="projects")
print(json.dumps({
    "layers": layers, "crs": info["crs"], "fields": dict(zip(info["fields"], info["dtypes"])),
    "hits": hits.column("id").to_pylist(), "links": links.num_rows,
    "no_geometry": projects.column("geom").null_count, "bounds": info["total_bounds"],
}))
"""
APPEND = """
import sys, numpy as np, pyogrio, shapely
x, y = map(float, sys.argv[2:4])
columns = {"dataset": "town", "id": "foreign", "gid": 77, "kind": "building", "version": 1}
arrays = [np.array([value]) for value in columns.values()]
pyogrio.raw.write(sys.argv[1], np.array(shapely.to_wkb([shapely.box(x, y, x + 5, y + 5)]), dtype=object), arrays,
                  list(columns), layer="buildings", driver="GPKG", geometry_type="Polygon",
                  crs="EPSG:4547", append=True)
"""


@pytest.fixture
def kind() -> str:
    return "geopackage"


def grid(count: int) -> FeatureBatch:
    """``count`` 5 m squares, 10 m apart, eastwards."""
    squares = [box(10 * i, 0, 5, 5) for i in range(count)]
    columns = {"id": [f"g{i}" for i in range(count)], "kind": ["building"] * count, "geometry": shapely.to_wkb(squares)}
    return replace(footprints(), records=pa.RecordBatch.from_pydict(columns))


def run(program: str, path: Path, *words: float) -> str:
    command = [sys.executable, "-W", "error", "-c", program, str(path), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def inspect(path: Path) -> dict[str, Any]:
    return json.loads(run(INSPECT, path, X0 + 15, Y0 - 5, X0 + 45, Y0 + 3))


def test_gdal_sees_every_layer_with_types_crs_and_spatial_filter(town: Store) -> None:
    seen = inspect(town.path)
    declared = {spec.name: spec for topic in TOPICS for spec in topic.tables}
    assert seen["layers"].keys() == declared.keys()
    assert {name for name, kind in seen["layers"].items() if kind is not None} == {
        name for name, spec in declared.items() if spec.geometry
    }
    assert seen["crs"] == "EPSG:4547"
    assert seen["hits"] == ["b1", "b2"]
    assert (seen["fields"]["height_m"], seen["fields"]["storeys"]) == ("float64", "int64")
    assert seen["fields"]["use"] == "object"
    assert (seen["links"], seen["no_geometry"]) == (2, 1)


def test_gdal_reads_while_a_write_is_open(town: Store) -> None:
    def batches() -> object:
        yield footprints()
        assert inspect(town.path)["hits"] == ["b1", "b2"]

    town.import_features(town_record(), batches())


def test_a_row_gdal_appends_is_found_through_the_rtree(town: Store) -> None:
    run(APPEND, town.path, X0 + 900, Y0)
    found = town.buildings(bbox=(X0 + 890, Y0 - 1, X0 + 910, Y0 + 10))
    assert found.column("id").to_pylist() == ["foreign"]


def test_the_header_says_geopackage_1_4_even_before_a_checkpoint(store: Store) -> None:
    head = store.path.read_bytes()[:100]
    assert head[68:72] == b"GPKG"
    assert int.from_bytes(head[60:64], "big") == 10400


def test_updates_of_single_rows_keep_the_rtree_right(town: Store) -> None:
    moved = shapely.to_wkb(shapely.box(X0 + 500, Y0, X0 + 505, Y0 + 5))
    table = town._tables.buildings
    with town._write() as connection:
        connection.execute(table.update().where(table.c.id == "b0").values(geom=moved))
        connection.execute(table.update().where(table.c.id == "b1").values(geom=None))
    assert town.buildings(bbox=(X0 + 499, Y0, X0 + 506, Y0 + 5)).column("id").to_pylist() == ["b0"]
    assert town.buildings(bbox=(X0 - 1, Y0, X0 + 31, Y0 + 5)).num_rows == 0
    with town._read() as connection:
        assert connection.exec_driver_sql("SELECT rtreecheck('rtree_buildings_geom')").scalar_one() == "ok"
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_contents_have_the_extent_of_the_layer(town: Store) -> None:
    with town._read() as connection:
        row = connection.exec_driver_sql(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name='buildings'"
        ).one()
    assert tuple(row) == pytest.approx((X0, Y0, X0 + 210, Y0 + 8), abs=0.5)


def test_geometry_is_little_endian_with_an_envelope() -> None:
    point, empty = shapely.Point(2, 3), shapely.Polygon()
    blob, nothing, missing = encode_gpkg(np.array([point, empty, None], dtype=object), 4547)
    assert (nothing, missing) == (None, None)
    assert blob is not None
    assert blob[:8] == b"GP\x00\x03" + (4547).to_bytes(4, "little")
    assert np.frombuffer(blob[8:40], "<f8").tolist() == [2.0, 2.0, 3.0, 3.0]
    assert wkb_of(blob) == shapely.to_wkb(point, byte_order=1)
    bare = b"GP\x00\x01" + (4547).to_bytes(4, "little") + shapely.to_wkb(point)
    assert wkb_of(bare) == shapely.to_wkb(point)


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
        ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_wal_is_only_trusted_with_the_fix(version: tuple[int, int, int], is_safe: bool) -> None:
    assert has_safe_wal(version) is is_safe


def test_an_affected_sqlite_runs_without_wal_and_says_so(tmp_path: Path) -> None:
    engines = open_sqlite(tmp_path / "old.gpkg", SqliteLibrary(sqlite3, (3, 40, 1)))
    try:
        assert engines.journal_mode == "delete"
        assert "3.40.1" in engines.notes[0]
        assert "pysqlite3" in engines.notes[1]
    finally:
        engines.dispose()


def test_files_that_are_no_store_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        Store.open(tmp_path / "nothing.gpkg")
    (tmp_path / "text.gpkg").write_text("this is not a database, only long enough to look like one" * 20)
    with pytest.raises(StoreError):
        Store.open(tmp_path / "text.gpkg")
    other = sqlite3.connect(tmp_path / "other.gpkg")
    other.execute("CREATE TABLE buildings (id TEXT)")
    other.close()
    with pytest.raises(StoreError, match="not a store"):
        Store.open(tmp_path / "other.gpkg")


def test_a_store_of_a_newer_version_is_refused_untouched(town: Store) -> None:
    with town._write() as connection:
        connection.exec_driver_sql("UPDATE store_info SET value = '99' WHERE id = 'schema_version'")
    town.close()
    before = town.path.read_bytes()
    with pytest.raises(StoreError, match="newer version"):
        Store.open(town.path)
    assert town.path.read_bytes() == before


def test_creating_over_an_existing_file_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="exists"):
        Store.create(store.path, "EPSG:4547")
    with Store.open(store.path) as again:
        assert again.work_crs.to_epsg() == 4547


@pytest.mark.parametrize("count", [BULK_ROWS - 1, BULK_ROWS + 1])
def test_the_index_is_the_same_by_triggers_and_in_bulk(store: Store, count: int) -> None:
    store.import_features(town_record(), [grid(count)])
    with store._read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT r.minx, r.maxx, b.gid FROM rtree_buildings_geom r JOIN buildings b ON b.fid = r.id ORDER BY b.gid"
        ).all()
    found = np.array([tuple(row) for row in rows])
    assert len(found) == count
    expected = X0 + 10 * np.arange(count)
    assert np.all((found[:, 0] <= expected) & (found[:, 0] > expected - 0.5))  # 32-bit, rounded outwards
    assert np.all((found[:, 1] >= expected + 5) & (found[:, 1] < expected + 5.5))
    with store._read() as connection:
        triggers = connection.exec_driver_sql(
            "SELECT count(*) FROM sqlite_master WHERE type='trigger' AND tbl_name='buildings'"
        ).scalar_one()
    assert triggers == 7
