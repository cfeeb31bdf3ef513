"""The committed sample town: its bytes can be made again, and its layers keep what they promise."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import laspy
import numpy as np
import pytest
import rasterio
import shapely
import yaml
from shapely.geometry import shape

from cim_core.features.schema import ATTRIBUTE_BY_NAME
from sample_models.build_town import FILES, FOLDER, build_town
from sample_models.town.frame import ORIGIN_E, ORIGIN_N

#: Beside the town, not made by its generator.
WRITTEN_BY_HAND = frozenset({"rules-street.yaml"})
GEOJSON = ("buildings", "streets", "roads", "water", "green", "built-up", "zones", "units", "corridors", "projects")


def load(name: str) -> dict:
    return json.loads((FOLDER / FILES[name]).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def buildings() -> list[dict]:
    return load("buildings")["features"]


@pytest.fixture(scope="module")
def footprints(buildings: list[dict]) -> np.ndarray:
    return np.array([shape(f["geometry"]) for f in buildings], dtype=object)


def made_files(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and "ifc" not in p.relative_to(folder).parts and p.name not in WRITTEN_BY_HAND
    }


def test_a_second_run_makes_the_committed_bytes(tmp_path: Path) -> None:
    build_town(tmp_path)
    made, committed = made_files(tmp_path), made_files(FOLDER)
    assert set(made) == set(committed)
    assert [name for name in made if made[name] != committed[name]] == []


def test_about_two_thousand_valid_buildings(buildings: list[dict], footprints: np.ndarray) -> None:
    assert 1900 <= len(buildings) <= 2200
    assert shapely.is_valid(footprints).all()
    assert len({f["properties"]["id"] for f in buildings}) == len(buildings)
    assert shapely.area(footprints).min() > 6


def test_no_two_buildings_overlap(footprints: np.ndarray) -> None:
    tree = shapely.STRtree(footprints)
    left, right = tree.query(footprints, predicate="intersects")
    assert [(a, b) for a, b in zip(left, right, strict=True) if a < b] == []


@pytest.mark.parametrize("layer", ["water", "roads"])
def test_no_building_stands_in_water_or_on_a_carriageway(layer: str, footprints: np.ndarray) -> None:
    tree = shapely.STRtree(footprints)
    for feature in load(layer)["features"]:
        if feature["properties"]["kind"] != "lane":
            assert tree.query(shape(feature["geometry"]), predicate="intersects").tolist() == [], feature["id"]


def test_the_seat_is_where_yu_county_is(footprints: np.ndarray) -> None:
    w, s, e, n = shapely.total_bounds(footprints)
    assert w < ORIGIN_E < e
    assert s < ORIGIN_N < n
    assert 2200 < e - w < 3200
    assert 1600 < n - s < 2300


def test_codes_are_those_of_the_schema(buildings: list[dict]) -> None:
    on_every = set(buildings[0]["properties"])
    surveyed = {"roof_material", "sign_count", "ac_unit_count", "window_wall_ratio_north", "roof_equipment_area_m2"}
    columns = {name for f in buildings for name in f["properties"]}
    assert surveyed <= columns <= set(ATTRIBUTE_BY_NAME) | {"id"}
    assert {"height_m", "storeys", "facade_main_color", "style"} <= on_every
    for name in columns - {"id"}:
        attribute = ATTRIBUTE_BY_NAME[name]
        values = [v for f in buildings if (v := f["properties"].get(name)) is not None]
        assert values, name
        if attribute.codes:
            assert set(values) <= {code.value for code in attribute.codes}, name
        if name.endswith("_color"):
            assert all(re.fullmatch("#[0-9a-f]{6}", v) for v in values), name


def test_attributes_are_believable(buildings: list[dict]) -> None:
    for f in buildings:
        p = f["properties"]
        if p["height_m"] is not None:
            assert 2.5 < p["height_m"] < 75
            if p["storeys"] and p["use"] not in {"industrial", "heritage"}:
                assert 2.5 < p["height_m"] / p["storeys"] < 6.6, p
            if p["eave_height_m"] is not None:
                assert 0 < p["eave_height_m"] < p["height_m"], p
        if p["roof_form"] == "flat":
            assert p["eave_height_m"] is None, p
        assert 925 < p["base_m"] < 970
        if p["year_built"] is not None:
            assert 1100 <= p["year_built"] <= 2023


def test_some_attributes_are_missing_on_purpose(buildings: list[dict]) -> None:
    rows = [f["properties"] for f in buildings]
    attributes = (
        "height_m",
        "storeys",
        "facade_main_color",
        "roof_color",
        "roof_form",
        "style",
        "facade_material",
        "year_built",
    )
    gaps = sum(any(p[a] is None for a in attributes) for p in rows)
    assert 0.06 <= gaps / len(rows) <= 0.12
    assert sum(p["height_m"] is None and p["storeys"] is not None for p in rows) >= 15
    assert sum(p["height_m"] is None and p["storeys"] is None for p in rows) == 10


def test_both_home_streets_have_fronts_on_both_sides(buildings: list[dict]) -> None:
    for name, least in (("秀水西街", 50), ("金龙东街", 30)):
        numbers = [
            int(m[1]) for f in buildings if (m := re.match(rf"{name} (\d+) 号", f["properties"]["address"] or ""))
        ]
        sides = Counter(n % 2 for n in numbers)
        assert min(sides.values()) >= least
        assert len(numbers) == len(set(numbers))


def test_heritage_and_landmarks_are_there(buildings: list[dict]) -> None:
    names = {f["properties"]["name"] for f in buildings}
    assert {
        "西关三圣寺大殿",
        "大王庙大殿",
        "盂县人民政府办公楼",
        "盂县人民医院门诊楼",
        "盂县第一中学教学楼",
        "秀水购物中心",
        "旧电厂主厂房",
        "旧化肥厂主厂房",
        "晋盂钢铁厂主厂房",
    } <= names


def test_plots_for_models_are_free(footprints: np.ndarray) -> None:
    town = json.loads((FOLDER / "town.json").read_text(encoding="utf-8"))
    ifc = [d for d in town["datasets"] if d["file"].endswith(".ifc")]
    assert len(ifc) == 3
    tree = shapely.STRtree(footprints)
    for d in ifc:
        at, (width, depth) = d["at_projected"], d["size_m"]
        plot = shapely.affinity.translate(
            shapely.affinity.rotate(shapely.box(0, 0, width, depth), at["x_axis_deg"], origin=(0, 0)), at["e"], at["n"]
        )
        assert tree.query(plot, predicate="intersects").tolist() == []


def test_terrain_is_a_basin_between_hills() -> None:
    with rasterio.open(FOLDER / FILES["dem"]) as dem:
        assert dem.crs.to_epsg() == 4547
        assert dem.tags()["SYNTHETIC"] == "YES"
        assert dem.width * dem.res[0] >= 6000
        assert dem.height * dem.res[1] >= 5000
        heights = dem.read(1)
        seat = next(dem.sample([(ORIGIN_E, ORIGIN_N)]))[0]
    assert seat == pytest.approx(946.0, abs=0.5)
    assert np.allclose(heights, np.round(heights.astype(float), 1), atol=1e-4)
    assert heights[:40].max() > 1050
    assert heights[-40:].max() > 1020


def test_buildings_stand_on_the_terrain(buildings: list[dict]) -> None:
    with rasterio.open(FOLDER / FILES["dem"]) as dem:
        centers = [shape(f["geometry"]).centroid for f in buildings[::40]]
        ground = np.array([v[0] for v in dem.sample([(c.x, c.y) for c in centers])])
    base = np.array([f["properties"]["base_m"] for f in buildings[::40]])
    assert np.abs(ground - base).max() < 4


def test_the_scan_lies_on_the_street_corner(footprints: np.ndarray) -> None:
    with laspy.open(FOLDER / "models" / "scan.laz") as reader:
        assert reader.header.parse_crs().to_epsg() == 4547
        assert b"SYNTHETIC" in reader.header.system_identifier.encode()
        cloud = reader.read()
    assert 10_000 <= len(cloud) <= 20_000
    facade = np.column_stack([cloud.x, cloud.y])[np.asarray(cloud.classification) == 6]
    tree = shapely.STRtree(shapely.boundary(footprints))
    _, distance = tree.query_nearest(shapely.points(facade), return_distance=True, all_matches=False)
    assert distance.max() < 0.1


def test_the_35_projects_of_the_plan(shared_data: Path) -> None:
    facts = json.loads((shared_data.parent / "seed" / "facts.json").read_text(encoding="utf-8"))["facts"]
    wanted = {f["id"]: (f["name_zh"], f["name_en"], f["geometry"]) for f in facts if f["category"] == "project"}
    rows = {f["properties"]["id"]: f for f in load("projects")["features"]}
    assert {i: (p["properties"]["name_zh"], p["properties"]["name_en"]) for i, p in rows.items()} == {
        i: w[:2] for i, w in wanted.items()
    }
    for ident, feature in rows.items():
        geometry = feature["geometry"]
        if geometry is not None:
            kind = geometry["type"].lower().replace("multi", "").replace("string", "")
            assert kind == wanted[ident][2], ident
        else:
            assert feature["properties"]["geometry_note"]
    assert rows["prj-19"]["geometry"] is None


def test_every_file_is_small_and_says_that_it_is_synthetic() -> None:
    files = made_files(FOLDER)
    assert sum(map(len, files.values())) < 4_000_000
    for name in GEOJSON:
        assert load(name)["synthetic"] is True
        assert "合成" in load(name)["notice"]["zh"]
    for name in ("town.json", "answers.json", "rules.yaml", "models/pavilion.obj", "models/pavilion.mtl"):
        assert b"ynthetic" in files[name], name
    assert yaml.safe_load(files["rules.yaml"])["synthetic"] is True
