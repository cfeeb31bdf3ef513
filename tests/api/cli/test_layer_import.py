"""``cim import --as zones|units``: a bad outline costs one feature or a note, and no check ever stops for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from click.testing import CliRunner, Result

from api.cli.main import main
from cim_core.store import Store

EAST, NORTH = 447_000.0, 4_217_000.0
CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
BOW = [(0, 0), (100, 100), (100, 0), (0, 100), (0, 0)]
RULES = """
id: reach
name: {zh: 手, en: Hand}
version: "1"
document: {title: {zh: 手, en: Hand}, provenance: hand, issued: 2026-01-01}
rules:
- {id: by-centre, kind: building-height, clause: "1", nature: rigid, text: {zh: a, en: a},
   applies_to: {zones: [a]}, parameters: {max_m: 12}}
- {id: by-overlap, kind: building-height, clause: "2", nature: rigid, text: {zh: a, en: a},
   applies_to: {zones: [a], relation: intersects, min_overlap_percent: 10}, parameters: {max_m: 12}}
"""


def ring(*corners: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[[EAST + x, NORTH + y] for x, y in corners]]}


def box(x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    return ring((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))


def write(path: Path, *features: tuple[str, dict[str, Any] | None, dict[str, Any]]) -> Path:
    rows = [
        {"type": "Feature", "id": name, "properties": {"id": name, **values}, "geometry": geometry}
        for name, geometry, values in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": CRS, "features": rows}), encoding="utf-8")
    return path


def cim(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def take(town: Path, path: Path, part: str = "zones", *options: str) -> dict[str, Any]:
    done = cim("import", path, "-w", town, "--as", part, "--json", *options)
    assert done.exit_code in (0, 3), done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def codes(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(issue["severity"], issue["code"], issue["feature_id"]) for issue in answer["issues"]]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town of one building, 20 m × 10 m, 15 m high."""
    folder = tmp_path_factory.mktemp("layers")
    path = write(folder / "b.geojson", ("b", box(70, 40, 90, 50), {"height_m": 15, "base_m": 0, "storeys": 5}))
    done = cim("import", path, "-w", folder / "town", "--dataset", "b", "--height-datum", "ellipsoid", "--json")
    assert done.exit_code == 0, done.output
    return folder / "town"


@pytest.fixture
def town(bare: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(bare, tmp_path / "town"))


def test_a_self_crossing_zone_is_repaired_and_every_check_goes_on(town: Path, tmp_path: Path) -> None:
    """A bow-tie of 100 m: its signed area is 0, its two halves have 2,500 m² each."""
    answer = take(town, write(tmp_path / "z.geojson", ("a", ring(*BOW), {"level": "unit"})))
    assert codes(answer) == [("warning", "repaired-changed", "a")]
    assert (answer["features_in"], answer["rows"], answer["rejected"]) == (1, 1, 0)
    with Store.open(town / "cim.gpkg") as store:
        assert shapely.from_wkb(store.zones()["geometry"][0].as_py()).area == pytest.approx(5_000)
    (tmp_path / "r.yaml").write_text(RULES, encoding="utf-8")
    assert cim("import", tmp_path / "r.yaml", "-w", town, "--as", "rules").exit_code == 0
    found = json.loads(cim("check", "-w", town, "--json").stdout)["findings"]
    assert [(row["rule_id"], row["verdict"]) for row in found] == [("by-centre", "fail"), ("by-overlap", "fail")]


def test_a_self_crossing_zone_of_an_older_import_stops_no_check(town: Path, tmp_path: Path) -> None:
    bow = shapely.Polygon([(EAST + x, NORTH + y) for x, y in BOW])
    assert not bow.is_valid
    rows = pa.table({"id": ["a"], "level": ["key"], "geometry": pa.array([shapely.to_wkb(bow)], pa.binary())})
    with Store.open(town / "cim.gpkg") as store:
        store.import_zones(rows, store.work_crs)
        store.import_plan_units(rows.set_column(1, "level", pa.array(["parcel"])), store.work_crs)
    (tmp_path / "r.yaml").write_text(RULES, encoding="utf-8")
    assert cim("import", tmp_path / "r.yaml", "-w", town, "--as", "rules").exit_code == 0
    found = json.loads(cim("check", "-w", town, "--json").stdout)["findings"]
    assert [row["verdict"] for row in found] == ["fail", "fail"]
    assert cim("rules", "explain", "-w", town).exit_code == 0
    assert cim("rules", "conflicts", "-w", town).exit_code == 0


def test_a_zone_whose_ring_is_open_is_closed_and_counted(town: Path, tmp_path: Path) -> None:
    answer = take(town, write(tmp_path / "z.geojson", ("a", ring((0, 0), (100, 0), (100, 100), (0, 100)), {})))
    assert (codes(answer), answer["rows"]) == ([("warning", "ring-closed", "a")], 1)


def test_a_zone_without_shape_far_away_or_a_centimetre_wide_costs_itself_only(town: Path, tmp_path: Path) -> None:
    answer = take(
        town,
        write(
            tmp_path / "z.geojson",
            ("good", box(0, 0, 100, 100), {}),
            ("null", None, {}),
            ("far", box(100_000, 0, 100_100, 100), {}),
            ("thin", box(0, 0, 0.01, 100), {}),
        ),
    )
    assert codes(answer) == [
        ("rejected", "no-geometry", "null"),
        ("rejected", "sliver", "thin"),
        ("rejected", "outside-town", "far"),
    ]
    assert (answer["features_in"], answer["rows"], answer["rejected"]) == (4, 1, 3)


def test_a_file_of_which_nothing_is_left_is_refused_and_the_old_zones_stay(town: Path, tmp_path: Path) -> None:
    take(town, write(tmp_path / "z.geojson", ("good", box(0, 0, 100, 100), {})))
    far = write(tmp_path / "far.geojson", ("far", box(100_000, 0, 100_100, 100), {}))
    assert take(town, far)["error"]["code"] == "outside-town"
    with Store.open(town / "cim.gpkg") as store:
        assert store.zones()["id"].to_pylist() == ["good"]
    assert take(town, far, "zones", "--allow-far")["rows"] == 1


def test_an_id_twice_is_refused_by_name(town: Path, tmp_path: Path) -> None:
    twice = write(tmp_path / "z.geojson", ("a", box(0, 0, 9, 9), {}), ("a", box(20, 0, 29, 9), {}))
    error = take(town, twice)["error"]
    assert (error["code"], error["message"]) == ("duplicate-id", "control_zones has the id 'a' more than once")


def test_overlaps_go_by_the_level_of_the_zones(town: Path, tmp_path: Path) -> None:
    """Key zones share the ground out, other levels may lie over each other; a strip of 1 cm is cut off."""
    halves = (box(0, 0, 100, 100), box(50, 0, 150, 100))
    for level, severity in (("key", "warning"), ("unit", "note")):
        pair = [(name, shape, {"level": level}) for name, shape in zip("ab", halves, strict=True)]
        (issue,) = take(town, write(tmp_path / "z.geojson", *pair))["issues"]
        assert (issue["severity"], issue["code"]) == (severity, "areas-overlap")
        assert "5,000.0 m²" in issue["message"]
    strip = [("a", box(0, 0, 100, 100), {"level": "unit"}), ("b", box(99.99, 0, 150, 100), {"level": "unit"})]
    assert codes(take(town, write(tmp_path / "z.geojson", *strip))) == [("warning", "sliver-cut", "b")]
    with Store.open(town / "cim.gpkg") as store:
        a, b = shapely.from_wkb(np.asarray(store.zones()["geometry"].to_pylist(), object))
    assert (a.area, b.area) == (pytest.approx(10_000), pytest.approx(5_000))
    assert a.intersection(b).area == 0
    assert codes(take(town, write(tmp_path / "z.geojson", ("a", halves[0], {"level": "nonsense"})))) == [
        ("warning", "unknown-level", "a")
    ]


def test_a_hierarchy_that_cannot_be_is_told_of_feature_by_feature(town: Path, tmp_path: Path) -> None:
    """District 100 m × 100 m; a unit sticks out of it by 10 m × 50 m; rings, orphans and reversals have no parent."""
    answer = take(
        town,
        write(
            tmp_path / "u.geojson",
            ("d", box(0, 0, 100, 100), {"level": "district"}),
            ("out", box(60, 0, 110, 50), {"level": "unit", "parent_id": "d"}),
            ("orphan", box(0, 0, 10, 10), {"level": "parcel", "parent_id": "zzz"}),
            ("p", box(20, 0, 30, 10), {"level": "parcel"}),
            ("turned", box(200, 0, 300, 50), {"level": "district", "parent_id": "p"}),
            ("r1", box(0, 60, 10, 70), {"level": "unit", "parent_id": "r2"}),
            ("r2", box(20, 60, 30, 70), {"level": "unit", "parent_id": "r1"}),
            ("over", box(25, 0, 35, 10), {"level": "parcel"}),
        ),
        "units",
    )
    assert codes(answer) == [
        ("warning", "unknown-parent", "orphan"),
        ("warning", "parent-level", "turned"),
        ("warning", "parent-cycle", "r1"),
        ("warning", "parent-cycle", "r2"),
        ("warning", "outside-parent", "out"),
        ("warning", "areas-overlap", "over"),
    ]
    assert "500 m²" in answer["issues"][4]["message"]
    assert "50.0 m²" in answer["issues"][5]["message"]
    with Store.open(town / "cim.gpkg") as store:
        parents = dict(zip(*(store.plan_units()[name].to_pylist() for name in ("id", "parent_id")), strict=True))
    assert {name for name, parent in parents.items() if parent} == {"out"}
    assert answer["rows"] == 8


def test_a_map_layer_and_a_street_with_a_broken_shape_are_told_of(town: Path, tmp_path: Path) -> None:
    done = cim(
        "import", write(tmp_path / "l.geojson", ("x", ring(*BOW), {})), "-w", town, "--as", "layer", "--dataset",
        "control-lines", "--json",
    )  # fmt: skip
    assert codes(json.loads(done.stdout)) == [("warning", "repaired-changed", "x")]
    point = {"type": "LineString", "coordinates": [[EAST, NORTH], [EAST, NORTH]]}
    line = {"type": "LineString", "coordinates": [[EAST, NORTH], [EAST + 50, NORTH]]}
    answer = take(town, write(tmp_path / "s.geojson", ("s", line, {}), ("dot", point, {})), "streets")
    assert (codes(answer), answer["rows"]) == ([("rejected", "degenerate", "dot")], 1)
