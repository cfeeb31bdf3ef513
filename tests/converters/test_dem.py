"""Elevation models: cells where they belong, and a datum that is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.errors import GeoreferenceError, SourceError, UnreadableSourceError, UnsupportedFeatureError
from converters.dem import MAX_CELLS, read_height_grid

CHINA_1985 = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
NORTH_UP = rasterio.Affine(10, 0, 447_000, 0, -10, 4_217_030)
VALUES = np.arange(12, dtype="float32").reshape(3, 4) + 900


def write_dem(
    folder: Path, values: np.ndarray = VALUES, crs: str | None = "EPSG:4547", transform: Any = NORTH_UP, **options: Any
) -> Path:
    path = folder / "dem.tif"
    bands = np.atleast_3d(values.T).T
    with rasterio.open(
        path, "w", driver="GTiff", height=bands.shape[1], width=bands.shape[2], count=bands.shape[0],
        dtype=values.dtype.name, crs=crs, transform=transform, **options,
    ) as dataset:  # fmt: skip
        dataset.write(bands)
    return path


def test_cells_keep_their_place_and_value(tmp_path: Path) -> None:
    grid = read_height_grid(write_dem(tmp_path), CHINA_1985)
    assert grid.elevation_m.tolist() == VALUES.tolist()
    assert (grid.x_origin, grid.y_origin, grid.x_step, grid.y_step) == (447_000, 4_217_030, 10, 10)
    assert grid.crs.to_epsg() == 4547
    assert grid.heights == CHINA_1985
    assert float(grid.sample(447_015.0, 4_217_015.0, grid.crs)) == 905.0


def test_no_data_becomes_nan(tmp_path: Path) -> None:
    values = VALUES.copy()
    values[0, 0] = -9999
    grid = read_height_grid(write_dem(tmp_path, values, nodata=-9999), CHINA_1985)
    assert np.isnan(grid.elevation_m[0, 0])
    assert np.isnan(grid.elevation_m).sum() == 1


def test_whole_numbers_are_read_as_metres(tmp_path: Path) -> None:
    grid = read_height_grid(write_dem(tmp_path, VALUES.astype("int16"), nodata=900), CHINA_1985)
    assert grid.elevation_m.dtype == np.float32
    assert np.isnan(grid.elevation_m[0, 0])


def test_a_south_up_raster_is_turned(tmp_path: Path) -> None:
    south_up = rasterio.Affine(10, 0, 447_000, 0, 10, 4_217_000)
    grid = read_height_grid(write_dem(tmp_path, VALUES[::-1], transform=south_up), CHINA_1985)
    assert grid.elevation_m.tolist() == VALUES.tolist()
    assert grid.y_origin == 4_217_030


def test_an_unnamed_datum_is_refused_with_the_option_to_give(tmp_path: Path) -> None:
    with pytest.raises(GeoreferenceError) as caught:
        read_height_grid(write_dem(tmp_path))
    assert caught.value.code == "no-height-datum"
    assert "--geoid-undulation" in caught.value.hint


def test_a_three_dimensional_geographic_crs_counts_from_the_ellipsoid(tmp_path: Path) -> None:
    degrees = rasterio.Affine(0.001, 0, 113.4, 0, -0.001, 38.1)
    grid = read_height_grid(write_dem(tmp_path, crs="EPSG:4979", transform=degrees))
    assert grid.heights == HeightPolicy()
    assert grid.crs.to_epsg() == 4326


def refused(kind: type[SourceError], path: Path, **options: Any) -> SourceError:
    with pytest.raises(kind) as caught:
        read_height_grid(path, CHINA_1985, **options)
    return caught.value


def test_a_raster_without_crs_asks_for_it(tmp_path: Path) -> None:
    path = write_dem(tmp_path, crs=None)
    assert refused(GeoreferenceError, path).code == "no-crs"
    assert read_height_grid(path, CHINA_1985, crs="EPSG:4547").crs.to_epsg() == 4547


def test_what_is_no_elevation_model_is_refused(tmp_path: Path) -> None:
    refused(UnsupportedFeatureError, write_dem(tmp_path, np.stack([VALUES, VALUES])))
    refused(UnsupportedFeatureError, write_dem(tmp_path, transform=rasterio.Affine(7, 7, 447_000, 7, -7, 4_217_000)))
    refused(UnreadableSourceError, write_dem(tmp_path, np.full((3, 4), -1, "float32"), nodata=-1))
    assert refused(UnreadableSourceError, write_dem(tmp_path, VALUES - 99_999)).code == "implausible-elevation"


def test_a_raster_too_large_to_hold_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.tif"
    side = int(MAX_CELLS**0.5) + 64
    with rasterio.open(
        path, "w", driver="GTiff", height=side, width=side, count=1, dtype="uint8", crs="EPSG:4547",
        transform=NORTH_UP, sparse_ok=True, tiled=True,
    ):  # fmt: skip
        pass
    assert refused(UnsupportedFeatureError, path).code == "too-large"


def test_a_cut_off_raster_and_a_text_file_are_refused(tmp_path: Path) -> None:
    path = write_dem(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    refused(UnreadableSourceError, path)
    (tmp_path / "a.tif").write_text("<VRTDataset/>")
    assert "VRT" in refused(UnreadableSourceError, tmp_path / "a.tif").message
