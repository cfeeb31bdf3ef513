"""Height datums on the command line: the bundled model, one number, a grid of one's own, and refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

from api.http.app import create_app
from cim_core.crs.geoid import bundled_geoid, encode_gtx
from tests.api.cli.test_convert import run as run_process
from tests.api.cli.test_crs import run

SEAT_DEG = (113.4054, 38.0848)


def write_house(path: Path, lon_deg: float, lat_deg: float) -> Path:
    house = shapely.box(lon_deg, lat_deg, lon_deg + 2e-4, lat_deg + 2e-4)
    properties = {"id": "h", "height": 10.0, "base_m": 950.0}
    feature = {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(house))}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return write_house(tmp_path / "house.geojson", *SEAT_DEG)


def grid(path: Path, raised_m: float) -> Path:
    model = bundled_geoid()
    path.write_bytes(encode_gtx(replace(model, undulation_m=model.undulation_m + np.float32(raised_m))))
    return path


def test_levelled_heights_use_the_bundled_model_and_say_so(house: Path, tmp_path: Path) -> None:
    done = run("convert", house, "-o", tmp_path / "out", "--height-datum", "china-1985", "--json", "-q")
    assert done.exit_code == 0, done.output
    source = json.loads(done.stdout)["sources"][0]
    assert source["height_range_m"][1] == pytest.approx(944.41, abs=0.06)
    assert "EGM96 15′" in source["heights"]
    assert "each point" in source["heights"]


def test_one_number_and_a_grid_of_ones_own_win_over_the_model(house: Path, tmp_path: Path) -> None:
    own = grid(tmp_path / "survey.gtx", 0.3)
    for arguments, top_m, says in (
        (("--geoid-undulation", "-15"), 945.0, "-15.0 m"),
        (("--geoid", own), 944.71, "survey"),
    ):
        out = tmp_path / says.replace(" ", "")
        done = run("convert", house, "-o", out, "--height-datum", "china-1985", *arguments, "--json", "-q")
        assert done.exit_code == 0, done.output
        source = json.loads(done.stdout)["sources"][0]
        assert source["height_range_m"][1] == pytest.approx(top_m, abs=0.06)
        assert says in source["heights"]


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (("--geoid-undulation", "-15"), "needs to know which heights", 2),
        (("--height-datum", "ellipsoid", "--geoid-undulation", "-15"), "take no geoid undulation", 3),
    ],
)
def test_half_a_statement_is_refused(
    house: Path, tmp_path: Path, arguments: tuple[str, ...], code: str, exit_code: int
) -> None:
    done = run("convert", house, "-o", tmp_path / "out", *arguments)
    assert done.exit_code == exit_code
    assert code in done.output


def test_a_place_outside_the_model_and_a_damaged_grid_are_refused(tmp_path: Path) -> None:
    far = write_house(tmp_path / "shanghai.geojson", 121.5, 31.2)
    arguments = ("convert", far, "-o", tmp_path / "out", "--height-datum", "china-1985")
    done = run_process(*arguments)
    assert done.returncode == 3
    assert "outside-geoid" in done.stderr
    assert "--geoid" in done.stderr
    assert not (tmp_path / "out").exists()
    broken = tmp_path / "broken.gtx"
    broken.write_bytes(b"not a grid")
    done = run_process(*arguments, "--geoid", broken)
    assert done.returncode == 3
    assert "bad-geoid-grid" in done.stderr


def test_a_workspace_keeps_its_model_for_every_later_look(house: Path, tmp_path: Path) -> None:
    town, own = tmp_path / "town", grid(tmp_path / "survey.gtx", 0.3)
    arguments = ("-w", town, "--dataset", "a", "--height-datum", "china-1985", "-q")
    assert run("import", house, *arguments, "--geoid", own).exit_code == 0
    assert (town / "geoid.gtx").read_bytes() == own.read_bytes()
    with TestClient(create_app(town)) as client:
        assert client.get("/api/v1/buildings/a/h").json()["position_deg"][2] == pytest.approx(934.71, abs=0.005)
        assert client.get("/api/v1/town").json()["heights"]["geoid"] == "geoid"
    again = run("import", house, "-w", town, "--dataset", "b", "--height-datum", "china-1985", "--json", "-q")
    assert json.loads(again.stdout)["source"]["height_range_m"][1] == pytest.approx(944.71, abs=0.06)
    other = run("import", house, *arguments, "--geoid", grid(tmp_path / "other.gtx", 0.5))
    assert other.exit_code == 2
    assert "another geoid model" in other.output


def test_a_workspace_without_a_grid_uses_the_bundled_model(house: Path, tmp_path: Path) -> None:
    town = tmp_path / "town"
    assert run("import", house, "-w", town, "--dataset", "a", "--height-datum", "china-1985", "-q").exit_code == 0
    assert not (town / "geoid.gtx").exists()
    with TestClient(create_app(town)) as client:
        assert client.get("/api/v1/buildings/a/h").json()["position_deg"][2] == pytest.approx(934.41, abs=0.005)
        heights = client.get("/api/v1/town").json()["heights"]
    assert heights == {"datum": "china-1985", "undulation_m": None, "geoid": "EGM96 15′"}
