"""Every footprint format says the same of the same layer."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from cim_core.features import building_schema
from converters.base import Produces, ReadOptions, Source
from converters.builtin import REGISTRY
from converters.footprints import FORMATS
from tests.converters.vector_files import EAST, NORTH, WRITERS, convert, write_zip


def test_the_cases_here_cover_every_registered_footprint_format() -> None:
    assert {one.info.id for one in FORMATS} == set(WRITERS)


@pytest.mark.parametrize("format_id", WRITERS)
def test_a_layer_reads_the_same_from_every_format(format_id: str, tmp_path: Path) -> None:
    path = WRITERS[format_id](tmp_path)
    result = convert(path)

    rows = {row["id"]: row for row in result.rows}
    assert {key: row["height_m"] for key, row in rows.items()} == {"yx-1": 9.0, "yx-2": 12.5, "yx-3": 6.0}
    assert {key: row["height_source"] for key, row in rows.items()} == {
        "yx-1": "field",
        "yx-2": "field",
        "yx-3": "storeys",
    }
    assert {key: row["storeys"] for key, row in rows.items()} == {"yx-1": 3, "yx-2": 4, "yx-3": 2}
    assert {key: row["name"] for key, row in rows.items()} == {"yx-1": "县衙", "yx-2": "大王庙", "yx-3": "Hall"}
    assert {row["kind"] for row in rows.values()} == {"building"}
    second = shapely.from_wkb(rows["yx-2"]["geometry"])
    assert second.bounds == pytest.approx((EAST + 20, NORTH, EAST + 30, NORTH + 12))
    assert second.area == pytest.approx(120.0)

    meta = result.stream.meta
    assert meta.crs.to_epsg() == 4547
    assert "EPSG:4547" in meta.crs_reason
    assert "declared" in meta.crs_reason
    assert meta.format_id == format_id
    assert meta.fields == {"id": "id", "height_m": "height", "storeys": "floors", "name": "名称"}
    assert result.stream.total == (None if format_id == "geojson" else 3)
    assert result.log.features_in == 3


@pytest.mark.parametrize("format_id", WRITERS)
def test_batches_are_bounded_and_together_whole(format_id: str, tmp_path: Path) -> None:
    result = convert(WRITERS[format_id](tmp_path), ReadOptions(batch_size=2))
    assert [len(batch) for batch in result.batches] == [2, 1]
    assert sorted(row["id"] for row in result.rows) == ["yx-1", "yx-2", "yx-3"]


@pytest.mark.parametrize("format_id", WRITERS)
def test_records_begin_with_the_agreed_schema(format_id: str, tmp_path: Path) -> None:
    schema = convert(WRITERS[format_id](tmp_path)).batches[0].records.schema
    agreed = building_schema()
    assert [schema.field(i) for i in range(len(agreed))] == list(agreed)


@pytest.mark.parametrize("format_id", WRITERS)
def test_the_content_decides_and_not_the_suffix(format_id: str, tmp_path: Path) -> None:
    path = WRITERS[format_id](tmp_path)
    assert REGISTRY.for_source(Source.open(path)).info.id == format_id
    assert REGISTRY.by_id(format_id).info.produces is Produces.BUILDINGS


@pytest.mark.parametrize("suffix", [".zip", ".shz"])
def test_a_zipped_shapefile_in_a_chinese_folder_is_read(suffix: str, tmp_path: Path) -> None:
    result = convert(write_zip(tmp_path, suffix))
    assert [row["name"] for row in result.rows] == ["县衙", "大王庙", "Hall"]
    assert result.stream.meta.name == "buildings"


def test_fields_outside_the_list_travel_under_their_own_names(tmp_path: Path) -> None:
    from tests.converters.vector_files import collection, feature, write_json

    data = collection(
        feature(height=5, kind="shed", owner="王", cells=[1, 2], when="2024-05-01"),
        feature(height=6, kind="barn", owner=None, cells=None, when=None),
    )
    rows = convert(write_json(tmp_path, data)).rows
    assert [row["kind"] for row in rows] == ["building", "building"]
    assert [row["source_kind"] for row in rows] == ["shed", "barn"]
    assert [row["owner"] for row in rows] == ["王", None]
    assert [row["cells"] for row in rows] == ["[1, 2]", None]
    assert [row["when"] for row in rows] == ["2024-05-01", None]
