"""Buildings, terrain and models take the same undulation at the same place, so that nothing floats across a county."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyproj
import pytest
import shapely

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.crs.placement import MapPlacement
from cim_core.crs.transform import to_lonlat
from cim_core.features import FeatureBatch, FeatureStream, SourceMeta, building_schema
from cim_core.issues import IssueLog
from cim_core.progress import SilentProgress
from cim_core.terrain import HeightGrid
from tiles.build import build_tileset
from tiles.options import TileOptions
from tiles.terrain.surface import build_surface

CRS = pyproj.CRS(4547)
MODEL = HeightPolicy.by_model(HeightDatum.CHINA_1985)
ONE = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
#: The west and the east end of the county, where N differs by more than a metre.
EAST_M, NORTH_M = np.array([404_700.0, 485_200.0]), np.array([4_230_000.0, 4_230_000.0])


def ground(heights: HeightPolicy) -> HeightGrid:
    return HeightGrid(np.full((70, 90), 900.0, np.float32), 400_000.0, 4_270_000.0, 1000.0, 1000.0, CRS, heights)


def buildings(heights: HeightPolicy, base_m: float | None) -> FeatureBatch:
    boxes = shapely.box(EAST_M - 5, NORTH_M - 5, EAST_M + 5, NORTH_M + 5)
    columns = {
        "id": ["west", "east"],
        "kind": ["building"] * 2,
        "geometry": shapely.to_wkb(boxes),
        "height_m": [10.0, 10.0],
        "base_m": [base_m] * 2,
        "gid": [0, 1],
    }
    schema = building_schema()
    arrays = [pa.array(columns.get(field.name, [None] * 2), field.type) for field in schema]
    meta = SourceMeta("a", "a", "test", CRS, "test", heights)
    return FeatureBatch(pa.RecordBatch.from_arrays(arrays, schema=schema), meta)


def tops_m(folder: Path, heights: HeightPolicy, base_m: float | None, options: TileOptions) -> np.ndarray:
    """Highest point of the western and of the eastern building as drawn, metres above the ellipsoid."""
    tops = []
    for row in range(2):
        batch = buildings(heights, base_m)
        one = FeatureStream(batch.meta, iter([FeatureBatch(batch.records.slice(row, 1), batch.meta)]), 1)
        tops.append(build_tileset(one, folder / str(row), options, IssueLog(), SilentProgress()).height_range_m[1])
    return np.array(tops)


def test_a_building_a_model_and_the_ground_at_one_place_stand_on_one_height(tmp_path: Path) -> None:
    lon_deg, lat_deg = to_lonlat(EAST_M, NORTH_M, CRS)
    expected = 900.0 + MODEL.undulation_at(lon_deg, lat_deg)
    assert abs(expected[0] - expected[1]) > 1
    assert build_surface(ground(MODEL)).heights_m(lon_deg, lat_deg) == pytest.approx(expected, abs=1e-6)
    given = tops_m(tmp_path / "given", MODEL, 900.0, TileOptions())
    assert given == pytest.approx(expected + 10, abs=0.06)
    stood = tops_m(tmp_path / "stood", MODEL, None, TileOptions(ground=ground(MODEL)))
    assert stood == pytest.approx(given, abs=1e-6)
    placed = MapPlacement(CRS, 0.0, 0.0, 900.0).to_ecef(np.stack([EAST_M, NORTH_M, [0.0, 0.0]], axis=-1), MODEL)
    assert ecef_to_lonlat(placed)[:, 2] == pytest.approx(expected, abs=1e-4)


def test_one_number_for_the_whole_source_stays_one_number(tmp_path: Path) -> None:
    lon_deg, lat_deg = to_lonlat(EAST_M, NORTH_M, CRS)
    assert build_surface(ground(ONE)).heights_m(lon_deg, lat_deg) == pytest.approx(884.4, abs=1e-6)
    assert tops_m(tmp_path, ONE, 900.0, TileOptions()) == pytest.approx(894.4, abs=0.06)


def test_a_ground_by_model_carries_buildings_with_one_number(tmp_path: Path) -> None:
    expected = 910.0 + MODEL.undulation_at(*to_lonlat(EAST_M, NORTH_M, CRS))
    assert tops_m(tmp_path, ONE, None, TileOptions(ground=ground(MODEL))) == pytest.approx(expected, abs=0.06)
