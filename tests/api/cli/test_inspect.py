"""``cim inspect``: a look before the leap, without a trace on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from api.pipeline.convert import convert_source
from api.pipeline.inspect import inspect_source
from api.pipeline.statistics import measure_heights
from cim_core.errors import GeoreferenceError
from cim_core.progress import SilentProgress
from converters.base import PointPosition, ReadOptions
from tests.api.cli.test_convert import SQUARE, feature, run, write_geojson
from tests.converters.vector_files import WRITERS
from tiles.options import TileOptions

AT = ReadOptions(at=PointPosition(113.4054, 38.0848, 930.0))


def shifted(step: int) -> list[list[float]]:
    return [[x + 30 * step, y] for x, y in SQUARE]


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    rows = [
        feature(shifted(0), id="a", height=12.5, floors=4, 名称="百货楼", owner=None),
        feature(shifted(1), id="b", height=None, floors=2, 名称=None, owner="县政府"),
        feature(shifted(2), id="c", height=None, floors=None, 名称=None, owner=None),
        feature(None, id="d", height=3, floors=1, 名称=None, owner=None),
    ]
    return write_geojson(tmp_path / "mixed.geojson", rows)


def test_inspection_says_what_convert_would_do_and_writes_nothing(mixed: Path) -> None:
    before = sorted(path.name for path in mixed.parent.iterdir())
    done = run("inspect", mixed, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sorted(path.name for path in mixed.parent.iterdir()) == before
    assert (found["features_in"], found["usable"], found["rejected"]) == (4, 2, 2)
    assert found["crs"] == "EPSG:4547"
    assert "crs member" in found["crs_reason"]
    assert [(i["code"], i["count"]) for i in found["issues"] if i["severity"] == "rejected"] == [
        ("no-geometry", 1), ("no-height", 1)
    ]  # fmt: skip
    west, south, east, north = found["bounds_deg"]
    assert (east - west, north - south) == (pytest.approx(40 / 87_700, rel=0.01), pytest.approx(20 / 111_000, rel=0.02))


def test_fields_tell_their_fill_and_what_they_are_taken_for(mixed: Path) -> None:
    found = inspect_source(mixed, ReadOptions(), SilentProgress())
    fields = {report.field: (report.taken_for, report.filled, report.share) for report in found.fields}
    assert fields["floors"] == ("storeys", 2, 1.0)
    assert fields["名称"] == ("name", 1, 0.5)
    assert fields["owner"] == ("", 1, 0.5)
    assert "gid" not in fields


def test_heights_tell_which_rung_they_came_from(mixed: Path) -> None:
    found = inspect_source(mixed, ReadOptions(), SilentProgress()).heights
    assert found is not None
    assert found.rungs == {"field": 1, "storeys": 1}
    assert (found.min_m, found.max_m, found.known) == (6.0, 12.5, 2)
    assert [(row.up_to_m, row.buildings) for row in found.histogram] == [(6.0, 1), (10.0, 0), (18.0, 1)]


def test_statistics_of_heights_nobody_knows_are_empty_and_not_zero() -> None:
    import numpy as np

    found = measure_heights(np.full(3, np.nan), {"none": 3})
    assert (found.known, found.unknown, found.median_m, found.histogram) == (0, 3, None, [])


@pytest.mark.parametrize("format_id", sorted(WRITERS))
def test_every_footprint_format_can_be_inspected(format_id: str, tmp_path: Path) -> None:
    source = WRITERS[format_id](tmp_path)
    found = inspect_source(source, ReadOptions(), SilentProgress())
    assert found.format == format_id
    assert found.usable == found.features_in
    assert found.estimate.bytes > 0


@pytest.mark.parametrize(
    ("name", "format_id", "becomes"),
    [
        ("ifc/shophouse-ifc4.ifc", "ifc", "elements"),
        ("models/pavilion.obj", "mesh", "mesh"),
        ("models/scan.laz", "pointcloud", "pointcloud"),
    ],
)
def test_models_and_points_can_be_inspected(repository: Path, name: str, format_id: str, becomes: str) -> None:
    options = AT if format_id == "mesh" else ReadOptions()
    found = inspect_source(repository / "sample_models" / "yuxian" / name, options, SilentProgress())
    assert (found.format, found.becomes) == (format_id, becomes)
    assert found.bounds_deg == pytest.approx((113.405, 38.083, 113.405, 38.083), abs=0.02)
    assert found.estimate.tiles >= 1


def test_what_cannot_be_placed_is_refused_as_convert_refuses_it(tmp_path: Path) -> None:
    source = write_geojson(tmp_path / "metres.geojson", [feature(SQUARE, height=3)], crs=None)
    with pytest.raises(GeoreferenceError, match="metres"):
        inspect_source(source, ReadOptions(), SilentProgress())
    assert run("inspect", source).returncode == 3


def test_text_shows_fields_heights_and_the_estimate(mixed: Path) -> None:
    text = run("inspect", mixed).stdout
    assert "floors" in text
    assert "storeys" in text
    assert "█" in text
    assert "estimate" in text


def test_markup_in_a_file_is_text(tmp_path: Path) -> None:
    source = write_geojson(tmp_path / "boxes.geojson", [feature(SQUARE, id="a", height=3, **{"[red]x": "[/bold]"})])
    done = run("inspect", source)
    assert done.returncode == 0, done.stderr
    assert "[red]x" in done.stdout
    assert "[/bold]" in done.stdout


REAL = (
    "footprints/suzhou_3076.geojson",
    "footprints/nyc_10k.gpkg",
    "ifc/Ifc2x3_Duplex_Architecture.ifc",
    "ifc/AC20-FZK-Haus.ifc",
    "ifc/Ifc4_SampleHouse.ifc",
    "ifc/Van_Brienenoordbrug-IFC4X3.ifc",
)


@pytest.mark.parametrize("name", REAL)
def test_estimated_bytes_of_real_files_are_within_a_factor_of_one_and_a_half(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    options = AT if "SampleHouse" in name else ReadOptions()
    expected = inspect_source(shared_data / name, options, SilentProgress()).estimate
    report = convert_source(shared_data / name, tmp_path / "out", options, TileOptions(), SilentProgress())
    assert 1 / 1.5 < expected.bytes / report.bytes < 1.5
    assert 1 / 2 <= expected.tiles / report.tiles <= 2


def test_elevation_model_tells_its_grid_and_heights(tmp_path: Path) -> None:
    elevation_m = np.array([[900.0, 910.0, 920.0], [930.0, np.nan, 950.0]], np.float32)
    place = rasterio.Affine(25.0, 0.0, 447_000.0, 0.0, -20.0, 4_217_000.0)
    about = {"driver": "GTiff", "width": 3, "height": 2, "count": 1, "dtype": "float32", "crs": "EPSG:4547"}
    with rasterio.open(tmp_path / "dem.tif", "w", transform=place, **about) as dataset:
        dataset.write(elevation_m, 1)
    assert run("inspect", tmp_path / "dem.tif").returncode == 3, "the datum is not known"
    done = run("inspect", tmp_path / "dem.tif", "--height-datum", "china-1985", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["becomes"], found["crs"], found["features_in"]) == ("terrain", "EPSG:4547", 0)
    grid = found["elevation"]
    assert (grid["rows"], grid["columns"], grid["cell"], grid["cell_unit"]) == (2, 3, [25.0, 20.0], "m")
    assert (grid["lowest_m"], grid["median_m"], grid["highest_m"], grid["known"]) == (900.0, 920.0, 950.0, 0.8333)
    west, south, east, north = found["bounds_deg"]
    assert (east - west) * 87_800 == pytest.approx(75, abs=1)
    assert (north - south) * 111_000 == pytest.approx(40, abs=1)
    text = run("inspect", tmp_path / "dem.tif", "--height-datum", "china-1985").stdout
    assert "3 × 2 cells of 25 × 20 m" in text
