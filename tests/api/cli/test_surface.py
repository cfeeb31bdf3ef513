"""The ladder of heights on the command line: field, storeys, surface minus ground, else an issue."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from fastapi.testclient import TestClient
from rasterio import Affine

from api.http.app import create_app
from tests.api.cli.test_convert import feature, write_geojson
from tests.api.cli.test_crs import run

EAST, NORTH = 447_800.0, 4_217_000.0
HEIGHTS = ("--height-datum", "china-1985", "--geoid-undulation", "-15.6")


def write_grid(path: Path, elevation_m: np.ndarray) -> Path:
    transform = Affine(1.0, 0.0, EAST - 50, 0.0, -1.0, NORTH + 150)
    profile = {"driver": "GTiff", "width": 200, "height": 200, "count": 1, "dtype": "float32", "crs": "EPSG:4547"}
    with rasterio.open(path, "w", transform=transform, **profile) as file:
        file.write(elevation_m.astype(np.float32), 1)
    return path


@pytest.fixture
def models(tmp_path: Path) -> tuple[Path, Path]:
    """Ground at 900 m; on the surface a roof 15.5 m higher over 20…40 m east, 20…40 m north."""
    ground = np.full((200, 200), 900.0)
    surface = ground.copy()
    surface[110:130, 70:90] += 15.5
    return write_grid(tmp_path / "dem.tif", ground), write_grid(tmp_path / "dsm.tif", surface)


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    def ring(x: float, y: float) -> list[list[float]]:
        west, south = EAST + x, NORTH + y
        return [[west, south], [west + 20, south], [west + 20, south + 20], [west, south + 20], [west, south]]

    rows = [
        feature(ring(20, 20), id="surface", height=None, floors=None),
        feature(ring(-20, 20), id="field", height=7.5, floors=9),
        feature(ring(-20, 60), id="storeys", height=None, floors=4),
        feature(ring(60, 60), id="none", height=None, floors=None),
    ]
    return write_geojson(tmp_path / "houses.geojson", rows)


def test_each_building_takes_the_first_rung_that_holds(houses: Path, models: tuple[Path, Path], tmp_path: Path) -> None:
    dem, dsm = models
    grounds = ("--terrain", dem, "--dsm", dsm, *HEIGHTS)
    done = run("convert", houses, "-o", tmp_path / "out", *grounds, "--json", "-q")
    assert done.exit_code == 0, done.output
    source = json.loads(done.stdout)["sources"][0]
    assert (source["features_in"], source["features_out"], source["rejected"]) == (4, 3, 1)
    rejected = [issue for issue in source["issues"] if issue["severity"] == "rejected"]
    assert [(issue["code"], issue["feature_id"]) for issue in rejected] == [("no-height", "none")]
    assert "height-from-surface" in [issue["code"] for issue in source["issues"]]
    assert source["height_range_m"][1] == pytest.approx(900 - 15.6 + 15.5, abs=0.06)


def test_the_store_knows_the_rung_and_how_far_to_trust_it(
    houses: Path, models: tuple[Path, Path], tmp_path: Path
) -> None:
    dem, dsm = models
    town = tmp_path / "town"
    done = run("import", houses, "-w", town, "--dataset", "a", "--terrain", dem, "--dsm", dsm, *HEIGHTS, "-q")
    assert done.exit_code == 0, done.output
    with TestClient(create_app(town)) as client:
        answers = {
            name: client.get(f"/api/v1/buildings/a/{name}").json() for name in ("surface", "field", "storeys", "none")
        }
    rungs = {name: (a["source"]["height_source"], a["source"]["height_confidence"]) for name, a in answers.items()}
    assert rungs == {
        "surface": ("surface", "medium"),
        "field": ("field", "high"),
        "storeys": ("storeys", "medium"),
        "none": (None, None),
    }
    assert answers["surface"]["attributes"]["height_m"] == pytest.approx(15.5, abs=0.01)
    assert answers["storeys"]["attributes"]["height_m"] == 12.0


def test_a_surface_without_a_ground_is_refused(houses: Path, models: tuple[Path, Path], tmp_path: Path) -> None:
    done = run("convert", houses, "-o", tmp_path / "out", "--dsm", models[1], *HEIGHTS)
    assert done.exit_code == 2
    assert "--terrain" in done.output
