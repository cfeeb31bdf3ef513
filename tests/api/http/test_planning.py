"""The planning hierarchy and the view corridors over HTTP, with what was found about each parcel."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyproj
import pytest
import shapely
import yaml
from starlette.testclient import TestClient

from api.http.app import create_app
from api.pipeline.derive import check_store
from api.workspace import Workspace
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.features import FeatureBatch, SourceMeta
from cim_core.progress import SilentProgress
from cim_core.store import DatasetKind, DatasetRecord, Store

PACK = """
id: plan
name: {zh: 规划, en: Plan}
version: '1'
synthetic: true
document: {title: {zh: 规划, en: Plan}, provenance: made up}
rules:
- {id: green, kind: green-ratio, clause: '1', nature: rigid, text: {zh: 绿, en: Green}, parameters: {by_plan: true}}
"""
HOME = (447834.79, 4217077.55)


def square(size: float) -> bytes:
    return shapely.box(HOME[0], HOME[1], HOME[0] + size, HOME[1] + size).wkb


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    workspace = Workspace(
        tmp_path, name={"zh": "镇", "en": "Town"}, synthetic=True, notice={"zh": "合成", "en": "Synthetic"},
        crs="EPSG:4547", heights=HeightPolicy(HeightDatum.ELLIPSOID), home={},
    )  # fmt: skip
    workspace.save()
    with Store.create(workspace.store_path, "EPSG:4547") as store:
        units = [
            {"id": "U", "level": "unit", "geometry": square(200.0), "parent_id": None, "name_zh": "单元"},
            {
                "id": "P",
                "level": "parcel",
                "geometry": square(100.0),
                "parent_id": "U",
                "name_zh": "地块",
                "name_en": "Lot",
            }
            | {"green_min_percent": 30.0, "green_area_m2": 2000.0},
        ]
        columns = dict.fromkeys(name for unit in units for name in unit)
        store.import_plan_units(pa.Table.from_pylist([dict.fromkeys(columns) | u for u in units]), "EPSG:4547")
        line = shapely.LineString([HOME, (HOME[0] + 100.0, HOME[1])])
        row = {"id": "view", "geometry": line.wkb, "name_zh": "望", "target_low_m": 20.0, "width_to_m": 12.0}
        store.import_view_corridors(pa.Table.from_pylist([row]), "EPSG:4547")
        store.save_rule_pack(yaml.safe_load(PACK))
        check_store(store, SilentProgress())
    return TestClient(create_app(tmp_path))


def test_units_tell_their_figures_and_the_worst_verdict(client: TestClient) -> None:
    features = {f["id"]: f["properties"] for f in client.get("/api/v1/plan-units").json()["features"]}
    assert features["P"]["parent_id"] == "U"
    assert features["P"]["name"] == {"zh": "地块", "en": "Lot"}
    assert (features["P"]["green_area_m2"], features["P"]["verdict"]) == (2000.0, "fail")  # 20 % of 30 %
    assert features["U"]["verdict"] is None
    (finding,) = client.get("/api/v1/findings").json()["findings"]
    assert (finding["dataset"], finding["building_id"], finding["building_name"]) == ("plan_units", "P", "地块")
    assert finding["name"] == {"zh": "地块", "en": "Lot"}
    assert finding["evidence"]["type"] == "Polygon"
    assert finding["position_deg"][0] == pytest.approx(113.406, abs=1e-3)


def test_a_finding_about_a_parcel_stands_on_the_ground_of_the_nearest_building(
    client: TestClient, tmp_path: Path
) -> None:
    finding = lambda: client.get("/api/v1/findings").json()["findings"][0]  # noqa: E731
    assert finding()["position_deg"][2] == 0.0  # nothing stands anywhere: the ground is not known
    heights = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
    columns = {
        "id": ["near", "bare", "far"],
        "gid": pa.array([0, 1, 2], pa.uint32()),
        "kind": ["building"] * 3,
        "geometry": [shapely.box(HOME[0] + x, HOME[1], HOME[0] + x + 5, HOME[1] + 5).wkb for x in (120, 50, 400)],
        "base_m": [900.0, None, 700.0],
    }
    meta = SourceMeta("town", "town.geojson", "geojson", pyproj.CRS("EPSG:4547"), "stated", heights)
    with Store.open(tmp_path / "cim.gpkg") as store:
        record = DatasetRecord("town", "镇", "Town", DatasetKind.BUILDINGS, heights=heights)
        store.import_features(record, [FeatureBatch(pa.RecordBatch.from_pydict(columns), meta)])
        check_store(store, SilentProgress())
    assert finding()["position_deg"][2] == pytest.approx(900.0 - 15.6)


def test_corridors_are_lines_in_degrees(client: TestClient) -> None:
    (feature,) = client.get("/api/v1/view-corridors").json()["features"]
    assert feature["properties"]["target_low_m"] == 20.0
    assert feature["properties"]["viewpoint_ground_m"] is None
    lon = [position[0] for position in feature["geometry"]["coordinates"]]
    assert lon[1] - lon[0] == pytest.approx(100.0 / 87_700, rel=0.01)
