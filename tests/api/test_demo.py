"""The demo workspace as a whole: every judge over everything the sample town became."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from api.pipeline.catalogue import catalogue_coverage
from api.pipeline.sources import read_ground
from api.workspace import Workspace
from cim_core.crs.ecef import ecef_to_lonlat, transform_points
from cim_core.store import Store
from tiles.readglb import Glb, parse_glb
from tiles.validate import check_tileset

DATASETS = ("buildings", "ifc-shophouse", "ifc-walkup", "ifc-office", "design-shophouse", "pavilion", "scan")


def tileset_folder(workspace: Path, dataset: str) -> Path:
    with Store.open(workspace / "cim.gpkg") as store:
        record = store.dataset(dataset)
    assert record.tileset is not None
    return workspace / "tilesets" / dataset / record.tileset.version


def contents(folder: Path, name: str = "tileset.json") -> Iterator[tuple[Glb, np.ndarray]]:
    """Every GLB of a tileset, external tilesets included, with the matrix that takes its nodes to ECEF."""

    def visit(tile: dict[str, Any], parent: np.ndarray) -> Iterator[tuple[Glb, np.ndarray]]:
        matrix = parent @ np.array(tile.get("transform", np.eye(4))).reshape(4, 4).T
        uri = tile.get("content", {}).get("uri", "")
        if uri.endswith(".glb"):
            yield parse_glb((folder / uri).read_bytes()), matrix
        elif uri:
            yield from visit(json.loads((folder / uri).read_text())["root"], matrix)
        for child in tile.get("children", []):
            yield from visit(child, matrix)

    return visit(json.loads((folder / name).read_text())["root"], np.eye(4))


def highest_by_id(glb: Glb, to_ecef: np.ndarray) -> dict[str, float]:
    """Highest ellipsoidal height (m) of each feature of a tile, by the id in its property table."""
    highest: dict[str, float] = {}
    ids = glb.property_column("id")
    for mesh, node in glb.node_matrices():
        for primitive in glb.document["meshes"][mesh]["primitives"]:
            positions = transform_points(to_ecef, glb.positions(primitive, node))
            feature = np.asarray(glb.accessor(primitive["attributes"]["_FEATURE_ID_0"])).reshape(-1).astype(int)
            height = ecef_to_lonlat(positions)[:, 2]
            top = np.full(len(ids), -np.inf)
            np.maximum.at(top, feature, height)
            for row in np.flatnonzero(np.isfinite(top)):
                highest[str(ids[row])] = max(highest.get(str(ids[row]), -np.inf), float(top[row]))
    return highest


@pytest.mark.parametrize("dataset", DATASETS)
def test_tileset_passes_the_structural_checker(demo_workspace: Path, dataset: str) -> None:
    assert check_tileset(tileset_folder(demo_workspace, dataset)) == []


def test_every_glb_passes_the_khronos_validator(demo_workspace: Path, repository: Path) -> None:
    files = sorted((demo_workspace / "tilesets").rglob("*.glb"))
    script = repository / "tests" / "tiles" / "validate_glb.mjs"
    done = subprocess.run(["node", str(script), *map(str, files)], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert len(report) == len(files) >= len(DATASETS)
    assert {name: row for name, row in report.items() if row["errors"] or row["warnings"]} == {}


def test_every_dataset_of_the_town_is_there_and_labelled_synthetic(demo_workspace: Path) -> None:
    with Store.open(demo_workspace / "cim.gpkg") as store:
        records = store.datasets()
    assert {record.id for record in records} == set(DATASETS)
    assert all(record.synthetic for record in records)
    assert Workspace.load(demo_workspace).notice["zh"]


def test_cim_coverage_of_the_town_is_a_share_of_its_drawn_built_up_area(demo_workspace: Path, repository: Path) -> None:
    with Store.open(demo_workspace / "cim.gpkg") as store:
        found = catalogue_coverage(store)
    drawn = json.loads((repository / "sample_models" / "yuxian" / "built-up.geojson").read_text(encoding="utf-8"))
    (outline,) = (shapely.from_geojson(json.dumps(feature["geometry"])) for feature in drawn["features"])
    assert (found["basis"], found["built_up_layer"]) == ("layer", "built-up")
    assert found["built_up_m2"] == pytest.approx(outline.area, abs=1.0)
    assert 90.0 < found["percent"] < 99.0  # the river and the parks are built-up area without models


def test_planted_violations_are_the_failures_of_buildings_streets_and_parcels(
    demo_workspace: Path, repository: Path
) -> None:
    answers = json.loads((repository / "sample_models" / "yuxian" / "answers.json").read_text(encoding="utf-8"))
    planted = {(row["building_id"], row["rule_id"]) for row in answers["violations"]}
    _, findings = pyogrio.read_arrow(demo_workspace / "cim.gpkg", layer="findings")
    rows = findings.select(["dataset", "building_id", "rule_id", "verdict"]).to_pylist()
    failed = {
        (row["building_id"], row["rule_id"])
        for row in rows
        if row["verdict"] == "fail" and row["dataset"] in {"buildings", "streets", "plan_units"}
    }
    assert failed == planted


def test_buildings_stand_on_the_terrain_they_are_shown_with(demo_workspace: Path) -> None:
    """The lowest point of every footprint's outline touches the ground, computed here with pyproj and the DEM anew."""
    workspace = Workspace.load(demo_workspace)
    ground = read_ground(workspace.dem_path, workspace.heights)
    _, table = pyogrio.read_arrow(demo_workspace / "cim.gpkg", layer="buildings", where="dataset = 'buildings'")
    footprints = shapely.from_wkb(table.column("geom").to_numpy())
    base_m = table.column("base_m").to_numpy()
    corners, row = shapely.get_coordinates(footprints, return_index=True)
    at_corners = ground.sample(corners[:, 0], corners[:, 1], pyproj.CRS("EPSG:4547"))
    lowest = np.full(len(footprints), np.inf)
    np.minimum.at(lowest, row, at_corners)
    assert base_m == pytest.approx(lowest, abs=0.051)  # the sample gives bases to a decimetre


def test_roof_of_a_flat_building_is_where_pyproj_says(demo_workspace: Path) -> None:
    """Read the tiles back: the highest vertex of a building is its base plus height plus undulation, within 1 cm."""
    _, table = pyogrio.read_arrow(
        demo_workspace / "cim.gpkg", layer="buildings", where="dataset = 'buildings' AND roof_form = 'flat'"
    )
    expected = {
        row["id"]: row["base_m"] + row["height_m"] - 15.6
        for row in table.select(["id", "base_m", "height_m"]).to_pylist()
        if row["height_m"] is not None
    }
    highest: dict[str, float] = {}
    for glb, to_ecef in contents(tileset_folder(demo_workspace, "buildings")):
        highest |= highest_by_id(glb, to_ecef)
    assert len(expected) > 500
    assert {name: highest[name] for name in expected} == pytest.approx(expected, abs=0.01)
