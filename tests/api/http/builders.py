"""A small real workspace, built in code through the store: four buildings on one street, one zone, two projects."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyproj
import shapely

from api.pipeline.derive import count_verdicts, judge, stored_rules
from api.pipeline.runs import record_run
from api.pipeline.scenarios import check_scenario, draft_scenario
from api.workspace import Workspace
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.features import FeatureBatch, SourceMeta
from cim_core.progress import SilentProgress
from cim_core.scenarios import parse_scenario
from cim_core.store import DatasetKind, DatasetRecord, Store, TilesetInfo

WORK_CRS = pyproj.CRS(4547)
HEIGHTS = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
X0, Y0 = 547_900.0, 4_410_700.0  # well inside the zone of EPSG:4547

RULE_PACK = {
    "id": "demo",
    "name": {"zh": "示例", "en": "Demo"},
    "version": "1",
    "synthetic": True,
    "document": {
        "title": {"zh": "导则", "en": "Guide"},
        "provenance": "made up",
        "issued": date(2026, 1, 1),
    },
    "rules": [
        {
            "id": "height-core",
            "kind": "building-height",
            "clause": "3.2.1",
            "nature": "rigid",
            "text": {"zh": "不超过 12 m", "en": "At most 12 m"},
            "applies_to": {"zones": ["core"]},
            "precedence": "overlay",
            "parameters": {"max_m": 12},
        },
        {
            "id": "height-all",
            "kind": "building-height",
            "clause": "3.1",
            "nature": "rigid",
            "text": {"zh": "不超过 24 m", "en": "At most 24 m"},
            "precedence": "base",
            "parameters": {"max_m": 24},
        },
    ],
}


def box(x: float, y: float, width: float = 10.0, depth: float = 8.0) -> shapely.Polygon:
    """A rectangle with its south-west corner x, y metres from the town's origin."""
    return shapely.box(X0 + x, Y0 + y, X0 + x + width, Y0 + y + depth)


def footprints() -> FeatureBatch:
    """b0 … b3 every 20 m eastwards, 6, 12, 15 and 30 m high, base at 900 m (1985)."""
    columns = {
        "id": ["b0", "b1", "b2", "way/3"],
        "gid": pa.array([0, 1, 2, 3], pa.uint32()),
        "kind": ["building"] * 4,
        "geometry": shapely.to_wkb([box(20 * i, 0) for i in range(4)]),
        "name": ["甲", "乙", None, "<script>alert(1)</script>"],
        "height_source": ["field", "field", "storeys", "field"],
        "height_m": [6.0, 12.0, 15.0, None],
        "base_m": [900.0, 901.0, 902.0, 903.0],
        "storeys": pa.array([2, 4, 5, None], pa.int32()),
        "use": ["residential", "commercial", None, "spaceport"],
        "facade_main_color": ["#aabbcc", "not a color", None, "#000102"],
        "color_source": ["card", None, None, None],
        "surveyor": ["Li", None, "Wang", None],
    }
    meta = SourceMeta("town", "/data/town.geojson", "geojson", WORK_CRS, "stated in the file", HEIGHTS)
    return FeatureBatch(pa.RecordBatch.from_pydict(columns), meta)


def school() -> FeatureBatch:
    """An IFC-like building with two elements, one of which belongs to nobody."""
    columns = {
        "id": ["school-1", "wall$1", "wall2"],
        "gid": pa.array([0, 1, 2], pa.uint32()),
        "parent_id": [None, "school-1", None],
        "kind": ["building", "IfcWall", "IfcWall"],
        "geometry": [shapely.to_wkb(box(200, 0)), None, None],
        "name": ["School", "Wall 1", None],
        "height_m": [9.0, None, None],
        "base_m": [900.0, None, None],
        "storey": [None, "1F", None],
        "material": [None, "Brick", None],
        "properties": [None, '{"Pset_WallCommon": {"IsExternal": true}}', None],
    }
    meta = SourceMeta("school", "/data/school.ifc", "ifc", WORK_CRS, "IfcProjectedCRS", HEIGHTS)
    return FeatureBatch(pa.RecordBatch.from_pydict(columns), meta)


def town_record() -> DatasetRecord:
    return DatasetRecord(
        "town", "县城", "Town", DatasetKind.BUILDINGS, "EPSG:4547", "stated in the file", HEIGHTS, "town.geojson",
        "geojson", synthetic=True, cim_level="CIM2", tileset=TilesetInfo("0123456789ab", (114.5, 39.8, 114.6, 39.9)),
    )  # fmt: skip


def streets() -> pa.Table:
    lines = [shapely.LineString([(X0 - 10, Y0 - 6), (X0 + 110, Y0 - 6)])]
    return pa.table(
        {
            "id": ["west"],
            "name_zh": ["西街"],
            "name_en": ["West Street"],
            "class": ["main"],
            "width_m": [12.0],
            "geometry": shapely.to_wkb(lines),
        }
    )


def frontages() -> pa.Table:
    facades = [shapely.LineString([(X0 + x, Y0), (X0 + x + 10, Y0)]) for x in (0, 20)]
    return pa.table(
        {
            "key": ["town/b1@west:north", "town/b0@west:north"],
            "building_id": ["b1", "b0"],
            "dataset": ["town", "town"],
            "street_id": ["west", "west"],
            "side": ["north", "north"],
            "line_side": ["left", "left"],
            "chainage_from_m": [30.0, 10.0],
            "chainage_to_m": [40.0, 20.0],
            "length_m": [10.0, 10.0],
            "setback_m": [0.0, 0.0],
            "height_m": [12.0, 6.0],
            "eave_height_m": [11.0, None],
            "color": ["#aabbcc", None],
            "material": [None, "grey_brick"],
            "style": ["modern", None],
            "sign_count": pa.array([None, 2], pa.int32()),
            "photo": ["west/b1.jpg", None],
            "facade": shapely.to_wkb(facades[::-1]),
        }
    )


def zones() -> pa.Table:
    return pa.table(
        {
            "id": ["core", "far"],
            "name_zh": ["核心区", "远区"],
            "name_en": ["Core", "Far"],
            "level": ["area", "area"],
            "geometry": shapely.to_wkb([box(15, -5, 60, 40), box(5000, 0)]),
        }
    )


def projects() -> pa.Table:
    return pa.table(
        {
            "id": ["prj-01", "prj-02"],
            "name_zh": ["整治", "无图项目"],
            "name_en": ["Facades", "No drawing"],
            "type": ["culture", "industry"],
            "batch": ["implementation", "reserve"],
            "stage": ["scheme_design", "unit_planning"],
            "geometry_note": ["", "not drawn yet"],
            "synthetic_geometry": [True, True],
            "geometry": [shapely.to_wkb(box(-1, -1, 12, 12)), None],
        }
    )


def links() -> pa.Table:
    return pa.table(
        {
            "project_id": ["prj-01", "prj-01"],
            "dataset": ["town", "town"],
            "building_id": ["b0", "b1"],
            "area_share": [1.0, 0.25],
            "relation": ["within", "overlaps"],
            "buffer_m": pa.array([None, None], pa.float64()),
        }
    )


def findings() -> pa.Table:
    return pa.table(
        {
            "building_id": ["b1", "b2", "way/3", "b0"],
            "dataset": ["town"] * 4,
            "gid": pa.array([1, 2, 3, 0], pa.uint32()),
            "rule_id": ["height-core", "height-core", "height-core", "height-all"],
            "kind": ["building-height"] * 4,
            "clause": ["3.2.1", "3.2.1", "3.2.1", "3.1"],
            "nature": ["rigid"] * 4,
            "zone_id": ["core", "core", "core", None],
            "street_id": pa.array([None] * 4, pa.string()),
            "verdict": ["pass", "fail", "no_data", "pass"],
            "original_verdict": pa.array([None] * 4, pa.string()),
            "measured_value": [12.0, 15.0, None, 6.0],
            "measured_text": ["12 m", "15 m", "", "6 m"],
            "limit_min": pa.array([None] * 4, pa.float64()),
            "limit_max": [12.0, 12.0, 12.0, 24.0],
            "limit_text": ["≤ 12 m"] * 3 + ["≤ 24 m"],
            "limit_zh": ["最高点 ≤ 12 m"] * 3 + ["最高点 ≤ 24 m"],
            "limit_en": ["≤ 12 m (highest point)"] * 3 + ["≤ 24 m (highest point)"],
            "margin": [0.0, -3.0, None, 18.0],
            "unit": ["m"] * 4,
            "source": ["height_m: field"] * 4,
            "confidence": ["high"] * 4,
            "message_zh": ["符合", "超高 3 m", "缺高度", "符合"],
            "message_en": ["holds", "3 m too high", "no height", "holds"],
        }
    )


def build_workspace(folder: Path) -> Workspace:
    """Write the whole workspace and a tileset and terrain of a few bytes."""
    workspace = Workspace(
        folder,
        {"zh": "小镇", "en": "Small town"},
        True,
        {"zh": "合成数据", "en": "Synthetic data"},
        "EPSG:4547",
        HEIGHTS,
        {"street_id": "west"},
    )
    workspace.save()
    with Store.create(workspace.store_path, workspace.crs) as store:
        fill(store)
        add_scenario(store)
        add_runs(store, folder)
    tileset = workspace.tileset_folder("town", "0123456789ab")
    (tileset / "tiles").mkdir(parents=True)
    (tileset / "tileset.json").write_bytes(b'{"asset":{"version":"1.1"}}')
    (tileset / "tiles" / "0.glb").write_bytes(bytes(range(100)))
    terrain = workspace.terrain_version_folder("aaaabbbbcccc")
    (terrain / "0" / "0").mkdir(parents=True)
    (terrain / "layer.json").write_bytes(b"{}")
    return workspace


def scenario_text() -> str:
    """b2 gives way to 9 m of the scenario's own, b1 gets a color, b0 is 30 m high; the school stands."""
    ring = [[X0 + x, Y0 + y] for x, y in ((40, 0), (50, 0), (50, 8), (40, 8))]
    return f"""
id: west
name: {{zh: 西街, en: West}}
project: prj-01
changes:
- replace:
    buildings: town/b2
    by: {{id: n1, footprint: {ring}, height_m: 9, storeys: 3, base_m: 902}}
- set: {{buildings: town/b1, facade_main_color: '#112233'}}
- set: {{buildings: town/b0, height_m: 30}}
"""


def add_runs(store: Store, folder: Path) -> None:
    """Two checks as they are kept, of the same town."""
    on, buildings = date(2026, 5, 1), store.buildings()
    found = judge(store, buildings, store.frontages(), on)
    for _ in range(2):
        record_run(store, folder, buildings, found, stored_rules(store, on), count_verdicts(found))


def add_scenario(store: Store) -> None:
    draft_scenario(store, parse_scenario(scenario_text(), "west.yaml", store.work_crs), by="planner")
    check_scenario(store, "west", SilentProgress(), on=date(2026, 5, 1))


def fill(store: Store) -> None:
    store.import_features(town_record(), [footprints()])
    store.import_features(DatasetRecord("school", "学校", "School", DatasetKind.ELEMENTS, heights=HEIGHTS), [school()])
    store.import_streets(streets(), "EPSG:4547")
    store.import_zones(zones(), "EPSG:4547")
    store.import_projects(projects(), "EPSG:4547")
    water = pa.table(
        {"id": ["river"], "name_zh": ["河"], "name_en": ["River"], "geometry": shapely.to_wkb([box(0, 300)])}
    )
    store.import_map_layer("water", water, "EPSG:4547")
    store.save_frontages(frontages())
    store.save_project_links(links())
    store.save_rule_pack(RULE_PACK)
    store.save_findings(findings(), date(2026, 5, 1))
