"""Position is never guessed: what is believed, why, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.errors import CimError, GeoreferenceError
from converters.base import ReadOptions
from tests.converters.vector_files import (
    EAST,
    NORTH,
    collection,
    convert,
    feature,
    polygon,
    write_json,
    write_ogr,
    write_parquet,
    write_shapefile,
)

LONLAT = polygon(113.4054, 38.0848, 0.0001, 0.0001)


def refusal(path: Path, options: ReadOptions | None = None) -> CimError:
    with pytest.raises(GeoreferenceError) as caught:
        convert(path, options)
    assert caught.value.hint
    return caught.value


def test_geojson_without_a_crs_member_is_wgs84_and_says_why(tmp_path: Path) -> None:
    meta = convert(write_json(tmp_path, collection(feature(LONLAT, height=5), crs=None))).stream.meta
    assert meta.crs.to_epsg() == 4326
    assert "RFC 7946" in meta.crs_reason


@pytest.mark.parametrize(
    ("name", "epsg"),
    [
        ("urn:ogc:def:crs:EPSG::4490", 4490),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        ("EPSG:4326", 4326),
        ("urn:ogc:def:crs:EPSG:6.9:4490", 4490),
    ],
)
def test_the_crs_member_is_understood_in_its_spellings(name: str, epsg: int, tmp_path: Path) -> None:
    result = convert(write_json(tmp_path, collection(feature(LONLAT, height=5), crs=name)))
    assert result.stream.meta.crs.to_epsg() == epsg
    assert result.geometries[0].bounds[0] == pytest.approx(113.4054)


def test_a_crs_member_after_the_features_is_found(tmp_path: Path) -> None:
    data = collection(feature(height=5), crs=None)
    data["crs"] = {"type": "name", "properties": {"name": "EPSG:4547"}}
    assert convert(write_json(tmp_path, data)).stream.meta.crs.to_epsg() == 4547


def test_an_attribute_called_crs_is_not_taken_for_the_member(tmp_path: Path) -> None:
    data = collection(feature(LONLAT, height=5, crs="EPSG:4547"), crs=None)
    assert convert(write_json(tmp_path, data)).stream.meta.crs.to_epsg() == 4326


def test_an_unknown_epsg_code_is_refused_although_gdal_ignores_it(tmp_path: Path) -> None:
    path = write_json(tmp_path, collection(feature(LONLAT, height=5), crs="EPSG:9999999"))
    assert refusal(path).code == "unknown-crs"
    assert convert(path, ReadOptions(crs="EPSG:4326")).stream.meta.crs.to_epsg() == 4326


def test_a_linked_crs_is_refused(tmp_path: Path) -> None:
    data = collection(feature(LONLAT, height=5), crs=None)
    data = {"crs": {"type": "link", "properties": {"href": "http://example.com/crs/42"}}, **data}
    assert refusal(write_json(tmp_path, data)).code == "unknown-crs"


def test_a_null_crs_is_refused(tmp_path: Path) -> None:
    data = {"crs": None, **collection(feature(LONLAT, height=5), crs=None)}
    assert refusal(write_json(tmp_path, data)).code == "no-crs"


def test_metres_that_count_as_degrees_are_refused(tmp_path: Path) -> None:
    error = refusal(write_json(tmp_path, collection(feature(height=5), crs=None)))
    assert error.code == "metres-as-degrees"
    assert "447839" in error.message


def test_degrees_in_a_metric_crs_are_refused(tmp_path: Path) -> None:
    assert refusal(write_json(tmp_path, collection(feature(LONLAT, height=5)))).code == "degrees-as-metres"


def test_latitude_before_longitude_is_refused(tmp_path: Path) -> None:
    swapped = polygon(38.0848, 113.4054, 0.0001, 0.0001)
    error = refusal(write_json(tmp_path, collection(feature(swapped, height=5), crs=None)))
    assert error.code == "axes-swapped"


def test_swapped_axes_inside_the_number_range_show_by_the_area_of_use(tmp_path: Path) -> None:
    # 74 E, 40 N is in the area of CGCS2000; 40 E, 74 N is not.
    swapped = polygon(40.0, 74.0, 0.0001, 0.0001)
    assert refusal(write_json(tmp_path, collection(feature(swapped, height=5), crs="EPSG:4490"))).code == "axes-swapped"


def test_northing_before_easting_is_refused(tmp_path: Path) -> None:
    swapped = polygon(NORTH, EAST)
    assert refusal(write_json(tmp_path, collection(feature(swapped, height=5)))).code == "axes-swapped"


def test_one_stray_feature_is_rejected_and_not_the_city(tmp_path: Path) -> None:
    good = [feature(LONLAT, height=5) for _ in range(4)]
    path = write_json(tmp_path, collection(*good, feature(polygon(), height=5), crs=None))
    result = convert(path)
    assert len(result.rows) == 4
    assert result.rejected == ["position-impossible"]


def test_data_outside_the_area_of_use_are_warned_of(tmp_path: Path) -> None:
    result = convert(
        write_json(tmp_path, collection(feature(polygon(-73.9, 40.7, 0.001, 0.001), height=5), crs="EPSG:4490"))
    )
    assert "outside-area-of-use" in result.warned


@pytest.mark.parametrize("crs", ["EPSG:2383", "EPSG:2435", "EPSG:4555"])
def test_xian_1980_and_beijing_1954_are_refused_before_the_first_row(crs: str, tmp_path: Path) -> None:
    shape = polygon() if crs != "EPSG:4555" else LONLAT
    assert refusal(write_json(tmp_path, collection(feature(shape, height=5), crs=crs))).code == "ballpark-refused"


def test_a_shapefile_without_prj_asks_for_the_crs(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path)
    path.with_suffix(".prj").unlink()
    error = refusal(path)
    assert error.code == "no-crs"
    assert "--crs" in error.hint
    assert convert(path, ReadOptions(crs="EPSG:4547")).stream.meta.crs_reason.endswith("given with --crs")


def test_an_esri_prj_is_recognised_as_its_epsg_entry(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path)
    assert "Gauss_Kruger" in path.with_suffix(".prj").read_text() or "EPSG" not in path.with_suffix(".prj").read_text()
    meta = convert(path).stream.meta
    assert meta.crs.to_epsg() == 4547
    assert "EPSG:4547" in meta.crs_reason


@pytest.mark.parametrize("crs", ["EPSG:4547", None])
def test_a_crs_given_by_the_user_wins_and_the_file_is_quoted(crs: str | None, tmp_path: Path) -> None:
    result = convert(write_ogr(tmp_path / "a.fgb", "FlatGeobuf", crs), ReadOptions(crs="EPSG:4546"))
    assert result.stream.meta.crs.to_epsg() == 4546
    assert ("the file says EPSG:4547" in result.stream.meta.crs_reason) is (crs is not None)


def test_geoparquet_says_what_its_absent_and_null_crs_mean(tmp_path: Path) -> None:
    assert refusal(write_parquet(tmp_path, crs=None)).code == "no-crs"
    assert refusal(write_parquet(tmp_path, geo=False)).code == "no-crs"
    # An absent member means longitude and latitude, which these metres contradict.
    assert refusal(write_parquet(tmp_path, crs=...)).code == "metres-as-degrees"


def test_a_nonsense_crs_option_is_refused(tmp_path: Path) -> None:
    path = write_json(tmp_path, collection(feature(height=5)))
    assert refusal(path, ReadOptions(crs="EPSG:nope")).where == "--crs"


def base_case(tmp_path: Path, crs: str, **options: Any) -> Any:
    return convert(write_json(tmp_path, collection(feature(height=5, base_m=946.6), crs=crs)), ReadOptions(**options))


def test_base_elevations_without_a_datum_are_warned_of(tmp_path: Path) -> None:
    result = base_case(tmp_path, "EPSG:4547")
    assert "height-datum-assumed" in result.warned
    assert result.rows[0]["base_m"] == 946.6


def test_base_elevations_in_a_levelled_crs_use_the_bundled_model_or_need_the_undulation(tmp_path: Path) -> None:
    result = base_case(tmp_path, "EPSG:4547+5737")
    assert result.stream.meta.heights == HeightPolicy.by_model(HeightDatum.CHINA_1985)
    assert "height-datum-assumed" not in result.warned
    with pytest.raises(GeoreferenceError) as caught:
        base_case(tmp_path, "EPSG:4547+5736")  # the datum of 1956 is another zero
    assert caught.value.code == "no-height-datum"
    policy = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
    result = base_case(tmp_path, "EPSG:4547+5737", heights=policy)
    assert result.stream.meta.heights == policy
    assert result.stream.meta.crs.to_epsg() == 4547
    assert "height-datum-assumed" not in result.warned


def test_the_source_folder_is_left_as_it_was(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    convert(path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    shutil.rmtree(tmp_path)


def test_web_map_positions_are_moved_back_when_the_user_says_so(tmp_path: Path) -> None:
    # 615 m to the east of the seat in GCJ-02.
    shifted = polygon(113.41233, 38.08562, 0.0001, 0.0001)
    path = write_json(tmp_path, collection(feature(shifted, height=5), crs=None))
    result = convert(path, ReadOptions(crs="gcj-02"))
    assert result.geometries[0].bounds[:2] == pytest.approx((113.4054, 38.0848), abs=2e-5)
    assert result.stream.meta.crs.to_epsg() == 4326
    assert "GCJ-02" in result.stream.meta.crs_reason
