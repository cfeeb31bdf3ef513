from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyproj
import pytest
import shapely
import sqlalchemy as sa

from cim_core.errors import NotFoundError, StoreError
from cim_core.features import BUILDING_ATTRIBUTES, FeatureBatch
from cim_core.store import DatasetKind, DatasetRecord, FindingFilter, ManualLink, Store, TilesetInfo
from tests.api.http.builders import HEIGHTS, X0, Y0, box, fill, footprints, links, school, town_record

EVERYWHERE = (-1e7, -1e7, 1e7, 1e7)


def rows_of(store: Store, table: str) -> int:
    with store._read() as connection:
        return connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_import_keeps_every_attribute_and_the_footprint(store: Store) -> None:
    counts = store.import_features(town_record(), [footprints()])
    assert (counts.buildings, counts.elements, counts.features) == (4, 0, 4)
    rows = store.buildings().to_pylist()
    assert [row["id"] for row in rows] == ["b0", "b1", "b2", "way/3"]
    assert [row["height_m"] for row in rows] == [6.0, 12.0, 15.0, None]
    assert [row["storeys"] for row in rows] == [2, 4, 5, None]
    assert shapely.from_wkb(rows[1]["geometry"]).equals(box(20, 0))
    assert rows[0]["extra"] == '{"surveyor": "Li"}'
    assert rows[1]["extra"] is None


def test_columns_come_back_with_their_types_and_units(town: Store) -> None:
    schema = town.buildings().schema
    assert schema.field("gid").type == pa.uint32()
    for attribute in BUILDING_ATTRIBUTES:
        assert schema.field(attribute.name).type == attribute.type
    assert schema.field("height_m").metadata[b"unit"] == b"m"


def test_rows_that_are_no_buildings_become_elements(store: Store) -> None:
    counts = store.import_features(DatasetRecord("school", "学校", "School", DatasetKind.ELEMENTS), [school()])
    assert (counts.buildings, counts.elements) == (1, 2)
    elements = store.elements("school", "school-1").to_pylist()
    assert [(row["id"], row["storey"], row["material"]) for row in elements] == [("wall$1", "1F", "Brick")]
    assert store.count_elements("school", "school-1") == 1
    assert store.element("school", "wall2").num_rows == 1


def test_importing_again_replaces_the_rows_and_what_was_derived_from_them(town: Store) -> None:
    town.import_features(town_record(), [footprints()])
    assert rows_of(town, "buildings") == 5  # four of the town and the school
    assert town.count_buildings(bbox=EVERYWHERE) == 5
    assert town.frontages().num_rows == 0
    assert town.findings(FindingFilter(dataset="town"))[0] == 0
    assert town.project_links().num_rows == 0


def test_manual_links_survive_a_new_import_and_derivation(town: Store) -> None:
    town.set_project_link(ManualLink("prj-01", "town", "b2", included=True, action="keep", decided_by="planner"))
    town.set_project_link(ManualLink("prj-01", "town", "b0", included=False, reason="moved"))
    town.import_features(town_record(), [footprints()])
    town.save_project_links(links())
    found = {row["building_id"]: row for row in town.project_links(project="prj-01").to_pylist()}
    assert sorted(found) == ["b1", "b2"]
    assert (found["b2"]["origin"], found["b2"]["action"]) == ("manual", "keep")
    everything = town.project_links(project="prj-01", with_excluded=True).to_pylist()
    assert [(row["building_id"], row["included"], row["area_share"]) for row in everything] == [
        ("b0", 0, 1.0),
        ("b1", 1, 0.25),
        ("b2", 1, None),
    ]
    town.delete_project_link("prj-01", "town", "b0")
    assert town.project_counts() == {"prj-01": 3}


def test_a_manual_link_needs_a_project_and_a_building(town: Store) -> None:
    with pytest.raises(NotFoundError, match="project"):
        town.set_project_link(ManualLink("prj-99", "town", "b0", included=True))
    with pytest.raises(NotFoundError, match="building"):
        town.set_project_link(ManualLink("prj-01", "town", "b99", included=True))
    with pytest.raises(NotFoundError, match="manual-link"):
        town.delete_project_link("prj-01", "town", "b0")


def test_footprints_in_degrees_are_brought_into_the_work_crs(store: Store) -> None:
    x, y = pyproj.Transformer.from_crs(4547, 4326, always_xy=True).transform([X0], [Y0])
    degrees = shapely.box(x[0], y[0], x[0] + 1e-4, y[0] + 1e-4)
    batch = footprints()
    columns = {"id": ["p"], "kind": ["building"], "geometry": shapely.to_wkb([degrees])}
    meta = replace(batch.meta, crs=pyproj.CRS(4326))
    store.import_features(town_record(), [FeatureBatch(pa.RecordBatch.from_pydict(columns), meta)])
    stored = shapely.from_wkb(store.buildings().column("geometry")[0].as_py())
    west, south, east, north = stored.bounds
    assert (west, south) == pytest.approx((X0, Y0), abs=0.08)  # turned by 0.56° × sin(39.8°) = 0.36°
    assert (east - west, north - south) == pytest.approx((8.56, 11.10), abs=0.1)
    assert store.dataset("town").extent_deg == pytest.approx((x[0], y[0], x[0] + 1e-4, y[0] + 1e-4), abs=2e-6)


def test_a_failing_source_leaves_the_old_rows(town: Store) -> None:
    def batches() -> object:
        yield footprints()
        raise RuntimeError("the file ended")

    with pytest.raises(RuntimeError):
        town.import_features(town_record(), batches())
    assert town.count_buildings(dataset="town") == 4
    assert town.frontages().num_rows == 2


def test_repeated_ids_are_refused_with_the_old_rows_kept(town: Store) -> None:
    with pytest.raises(StoreError) as caught:
        town.import_features(town_record(), [footprints(), footprints()])
    assert caught.value.code == "duplicate-id"
    assert town.count_buildings(dataset="town") == 4


def test_rows_without_gid_are_numbered_in_reading_order(store: Store) -> None:
    batch = footprints()
    plain = replace(batch, records=batch.records.drop_columns(["gid"]))
    later = plain.with_column("id", pa.array(["c0", "c1", "c2", "c3"]))
    store.import_features(town_record(), [plain, later])
    assert store.buildings(columns=("gid",)).column("gid").to_pylist() == list(range(8))


def test_deleting_a_dataset_takes_everything_with_it(town: Store) -> None:
    town.delete_dataset("town")
    assert [record.id for record in town.datasets()] == ["school"]
    assert town.count_buildings() == 1
    assert town.count_buildings(bbox=EVERYWHERE) == 1
    for table in ("frontages", "findings", "project_buildings"):
        assert rows_of(town, table) == 0
    with pytest.raises(NotFoundError):
        town.delete_dataset("town")


def test_a_tileset_gives_its_extent_to_a_dataset_without_footprints(store: Store) -> None:
    store.import_features(DatasetRecord("scan", "点云", "Scan", DatasetKind.POINT_CLOUD, heights=HEIGHTS), [])
    tileset = TilesetInfo("0a1b2c3d4e5f", (114.1, 39.1, 114.2, 39.2), (880.0, 900.0), 3, 4096, 15_000)
    store.set_dataset_tileset("scan", tileset)
    record = store.dataset("scan")
    assert record.tileset == tileset
    assert (record.extent_deg, record.features) == ((114.1, 39.1, 114.2, 39.2), 15_000)
    with pytest.raises(NotFoundError):
        store.set_dataset_tileset("nothing", tileset)


def test_importing_counts_versions_of_a_dataset(store: Store) -> None:
    fill(store)
    store.import_features(town_record(), [footprints()])
    with store._read() as connection:
        version = connection.exec_driver_sql("SELECT version FROM datasets WHERE id='town'").scalar_one()
    assert version == 2


@pytest.mark.parametrize("ids", [["a", "a"], ["a", None]])
def test_layers_need_ids_that_differ(store: Store, ids: list[str | None]) -> None:
    rows = pa.table({"id": pa.array(ids, pa.string()), "geometry": shapely.to_wkb([box(0, 0), box(1, 1)])})
    with pytest.raises(StoreError):
        store.import_zones(rows, "EPSG:4547")


def test_layer_columns_without_a_place_of_their_own_are_kept_as_properties(store: Store) -> None:
    rows = pa.table({"id": ["a"], "geometry": shapely.to_wkb([box(0, 0)]), "owner": ["town"], "age": [3]})
    store.import_zones(rows, "EPSG:4547")
    assert store.zones().column("properties").to_pylist() == ['{"owner": "town", "age": 3}']
