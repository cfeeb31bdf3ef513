"""Files that others made: every feature is accounted for."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from cim_core.crs.heights import HeightDatum, HeightPolicy
from converters.base import ReadOptions
from tests.converters.vector_files import convert


@pytest.mark.parametrize(
    ("name", "count", "fields"),
    [
        ("suzhou_3076.geojson", 3076, {"height_m": "height", "storeys": "Floor"}),
        ("nyc_10k.gpkg", 10_000, {"id": "id", "height_m": "height"}),
        ("nyc_100k.fgb", 100_000, {"id": "id", "height_m": "height"}),
    ],
)
def test_real_footprints_are_all_there(name: str, count: int, fields: dict[str, str], shared_data: Path) -> None:
    result = convert(shared_data / "footprints" / name)
    ids = [id_ for batch in result.batches for id_ in batch.records.column("id").to_pylist()]
    assert len(set(ids)) == count == result.log.features_in
    assert result.log.rejected == 0
    assert result.stream.meta.fields == fields
    assert result.stream.meta.crs.to_epsg() == 4326


def test_a_hundred_thousand_footprints_take_seconds_and_not_minutes(shared_data: Path) -> None:
    started = time.perf_counter()
    convert(shared_data / "footprints" / "nyc_100k.fgb")
    assert time.perf_counter() - started < 10  # measured: 0.7 s alone on one core


@pytest.mark.parametrize("name", ["yuxian_boundary_epsg4490.geojson", "yuxian_boundary_gcj02.geojson"])
def test_a_boundary_has_no_height_and_says_so(name: str, shared_data: Path) -> None:
    result = convert(shared_data / "china" / name)
    assert result.log.features_in == result.log.rejected > 0
    assert set(result.rejected) == {"no-height"}


def test_the_sample_town_reads_whole(repository: Path) -> None:
    path = repository / "sample_models" / "yuxian" / "buildings.geojson"
    announced = len(json.loads(path.read_text(encoding="utf-8"))["features"])
    options = ReadOptions(heights=HeightPolicy(HeightDatum.CHINA_1985, -15.6), keep_without_height=True)
    result = convert(path, options)
    assert len(result.rows) == announced
    assert result.warned == ["contradicting-figures"]  # the hall of the old power station: one storey of 31.5 m
    assert result.stream.meta.crs.to_epsg() == 4547
