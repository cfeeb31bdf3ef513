"""Files that are not what they say, or are not whole, stop with a sentence that helps."""

from __future__ import annotations

import contextlib
import json
import stat
import zipfile
from pathlib import Path

import pytest

from cim_core.errors import SourceError, UnknownFormatError, UnreadableSourceError, UnsupportedFeatureError, UsageError
from cim_core.issues import IssueLog
from cim_core.progress import SilentProgress
from converters.base import ReadOptions, Source
from converters.builtin import REGISTRY
from tests.converters.vector_files import (
    WRITERS,
    collection,
    convert,
    feature,
    polygon,
    write_json,
    write_ogr,
    write_shapefile,
    write_zip,
)


def refusal(path: Path, options: ReadOptions | None = None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        convert(path, options)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.geojson", b"<!DOCTYPE html><html><body>404</body></html>", "HTML page"),
        ("a.geojson", b"\x89PNG\r\n\x1a\n\x00\x00", "PNG image"),
        ("a.geojson", b'var buildings = {"type": "FeatureCollection"}', "JavaScript file"),
        ("a.geojson", b"\xff\xfe{\x00", "UTF-16 text"),
        ("a.json", b'{"type": "CityJSON", "version": "2.0"}', "CityJSON file"),
        ("a.json", b'{"type": "Topology", "arcs": []}', "TopoJSON file"),
        ("a.json", b'{"serviceDescription": "", "spatialReference": {}}', "ArcGIS JSON file"),
        ("a.vrt", b'<OGRVRTDataSource><OGRVRTLayer name="passwd"/></OGRVRTDataSource>', "VRT"),
        ("a.geojson", b'<OGRVRTDataSource><OGRVRTLayer name="passwd"/></OGRVRTDataSource>', "VRT"),
        ("a.gpkg", b"PK\x03\x04", "ZIP archive"),
        ("a.dwg", b"AC1032\x00", "DWG"),
        ("a.xlsx", b"PK\x03\x04", "ZIP archive"),
        ("a.json", b'{"tilejson": "2.2.0", "tiles": []}', "JSON file"),
    ],
)
def test_the_refusal_names_what_the_file_is(name: str, content: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    error = refusal(path)
    assert isinstance(error, UnknownFormatError)
    assert kind in error.message
    assert "GeoJSON" in error.message


def test_html_handed_to_the_geojson_reader_itself_is_named_too(tmp_path: Path) -> None:
    path = write_json(tmp_path, "<html></html>")
    with pytest.raises(UnreadableSourceError, match="HTML page"):
        REGISTRY.by_id("geojson").read(Source.open(path), ReadOptions(), IssueLog(), SilentProgress())


def test_an_empty_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.geojson").touch()
    assert refusal(tmp_path / "empty.geojson").code == "empty-file"
    assert "No such file" in refusal(tmp_path / "none.geojson").hint


@pytest.mark.parametrize("cut", [1, 2, 40, 100])
def test_a_cut_off_geojson_is_refused(cut: int, tmp_path: Path) -> None:
    text = json.dumps(collection(feature(height=5), feature(height=6)))
    assert isinstance(refusal(write_json(tmp_path, text[:-cut])), UnreadableSourceError)


@pytest.mark.parametrize("format_id", ["geopackage", "flatgeobuf", "shapefile", "geoparquet"])
@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_a_cut_off_file_never_ends_in_a_foreign_exception(format_id: str, keep: float, tmp_path: Path) -> None:
    path = WRITERS[format_id](tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    # A shapefile may lose only its last rows; then they are rejected, and the books balance.
    with contextlib.suppress(SourceError):
        assert convert(path).log.is_balanced()


def test_an_empty_collection_is_no_error(tmp_path: Path) -> None:
    result = convert(write_json(tmp_path, collection()))
    assert result.rows == []
    assert result.log.features_in == 0


def test_coordinates_too_large_for_a_number_are_refused(tmp_path: Path) -> None:
    text = json.dumps(collection(feature(polygon(), height=5))).replace("447834.0", "1e400")
    assert "1e400" in refusal(write_json(tmp_path, text)).message


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    text = '{"type": "FeatureCollection", "features": ' + "[" * 100_000 + "]" * 100_000 + "}"
    assert isinstance(refusal(write_json(tmp_path, text)), UnreadableSourceError)


def test_a_nul_in_text_is_refused(tmp_path: Path) -> None:
    path = write_json(tmp_path, collection(feature(height=5, name="a\x00b")))
    assert refusal(path).code == "nul-in-text"


@pytest.mark.parametrize("half", ["\\ud800", "x\\uDC00", "\\ud800\\u0041"])
def test_half_a_character_in_text_is_refused(half: str, tmp_path: Path) -> None:
    text = json.dumps(collection(feature(height=5, name="NAME"))).replace("NAME", half)
    assert refusal(write_json(tmp_path, text)).code == "half-character"


def test_a_whole_character_beyond_the_first_plane_is_no_hindrance(tmp_path: Path) -> None:
    text = json.dumps(collection(feature(height=5, name="𠀀")))
    assert "\\ud840" in text
    assert convert(write_json(tmp_path, text)).rows[0]["name"] == "𠀀"


def test_a_number_of_five_thousand_digits_is_refused(tmp_path: Path) -> None:
    text = json.dumps(collection(feature(height=5, n=0))).replace('"n": 0', '"n": ' + "9" * 5000)
    assert isinstance(refusal(write_json(tmp_path, text)), UnreadableSourceError)


def test_numbers_that_lost_digits_are_warned_of_once(tmp_path: Path) -> None:
    rows = [feature(height=5, id=str(number), parcel=2**70 + number) for number in range(30)]
    result = convert(write_json(tmp_path, collection(*rows)), ReadOptions(batch_size=10))
    assert [issue.code for issue in result.log].count("imprecise-number") == 1
    assert len(result.rows) == 30


def test_a_nan_among_attributes_is_no_value(tmp_path: Path) -> None:
    text = json.dumps(collection(feature(height=5, area=float("nan")), feature(height=float("inf"))))
    result = convert(write_json(tmp_path, text))
    assert [row["area"] for row in result.rows] == [None]
    assert result.rejected == ["unusable-height"]


def test_the_last_of_two_equal_keys_wins(tmp_path: Path) -> None:
    text = json.dumps(collection(feature(height=5))).replace('"height": 5', '"height": 5, "height": 9')
    assert convert(write_json(tmp_path, text)).rows[0]["height_m"] == 9.0


def test_markup_in_a_name_is_kept_as_it_is(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>"
    assert convert(write_json(tmp_path, collection(feature(height=5, name=name)))).rows[0]["name"] == name


def test_a_geojson_in_gbk_is_read_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "gbk.geojson"
    path.write_bytes(json.dumps(collection(feature(height=5, name="县衙")), ensure_ascii=False).encode("gb18030"))
    result = convert(path)
    assert result.rows[0]["name"] == "县衙"
    assert any(issue.code == "encoding" and "GB18030" in issue.message for issue in result.log)


def test_a_geojson_that_is_neither_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.geojson"
    path.write_bytes(b'{"type": "FeatureCollection", "features": [], "x": "\x80\xff"}')
    assert refusal(path).code == "encoding"


def test_a_byte_order_mark_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "bom.geojson"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(collection(feature(height=5))).encode())
    assert len(convert(path).rows) == 1


@pytest.mark.parametrize("declared", [None, "GBK", "UTF-8", "nonsense"])
def test_shapefile_text_in_gbk_is_read_whatever_the_cpg_says(declared: str | None, tmp_path: Path) -> None:
    path = write_shapefile(tmp_path, encoding="GB18030")
    cpg = path.with_suffix(".cpg")
    cpg.unlink(missing_ok=True)
    if declared is not None:
        cpg.write_text(declared)
    result = convert(path)
    assert [row["name"] for row in result.rows] == ["县衙", "大王庙", "Hall"]
    assert any(issue.code == "encoding" for issue in result.log)


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_a_missing_companion_is_named_beside_those_there(suffix: str, tmp_path: Path) -> None:
    path = write_shapefile(tmp_path)
    path.with_suffix(suffix).unlink()
    error = refusal(path)
    assert error.code == "missing-companion"
    assert suffix in error.message
    assert "buildings.shp" in error.message


def test_a_companion_in_capitals_is_found(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path)
    path.with_suffix(".dbf").rename(path.with_suffix(".DBF"))
    assert len(convert(path).rows) == 3


def zip_of(tmp_path: Path, *entries: tuple[str, bytes]) -> Path:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../a.shp", "/etc/a.shp", "a/../../b.shp", "..\\a.shp", "C:\\a.shp"])
def test_an_archive_with_names_that_leave_it_is_refused(name: str, tmp_path: Path) -> None:
    assert refusal(zip_of(tmp_path, (name, b"x"))).code == "unsafe-archive"


def test_an_archive_bomb_is_refused(tmp_path: Path) -> None:
    assert refusal(zip_of(tmp_path, ("a.shp", bytes(20_000_000)))).code == "unsafe-archive"


def test_an_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refusal(path).code == "unsafe-archive"


def test_an_archive_of_very_many_files_is_refused(tmp_path: Path) -> None:
    entries = [(f"{number}.txt", b"") for number in range(1_001)]
    assert refusal(zip_of(tmp_path, *entries)).code == "unsafe-archive"


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path, ("a.shp", b"x"))
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag in the local header …
    content[content.index(b"PK\x01\x02") + 8] |= 1  # … and in the directory
    path.write_bytes(content)
    error = refusal(path)
    assert (error.code, error.message) == ("unsafe-archive", "is encrypted")


def test_an_archive_within_an_archive_is_not_opened(tmp_path: Path) -> None:
    inner = write_zip(tmp_path)
    path = tmp_path / "outer.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "inner.zip")
    assert refusal(path).code == "no-shapefile"


def test_an_archive_without_a_shapefile_lists_what_it_holds(tmp_path: Path) -> None:
    error = refusal(zip_of(tmp_path, ("plan.dwg", b"x"), ("readme.txt", b"y")))
    assert "plan.dwg, readme.txt" in error.message


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path)
    path.write_bytes(path.read_bytes()[:-200])
    assert isinstance(refusal(path), UnreadableSourceError)


def test_an_archive_with_two_shapefiles_asks_which(tmp_path: Path) -> None:
    path = write_zip(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        for file in sorted((tmp_path / "inner").iterdir()):
            archive.write(file, f"other{file.suffix}")
    with pytest.raises(UsageError, match="buildings, other"):
        convert(path)
    assert len(convert(path, ReadOptions(layer="other")).rows) == 3


def test_a_geopackage_with_two_polygon_layers_asks_which(tmp_path: Path) -> None:
    path = write_ogr(tmp_path / "a.gpkg", "GPKG")
    import pyogrio

    pyogrio.raw.write(
        path,
        geometry=pyogrio.raw.read(path)[2],
        field_data=[],
        fields=[],
        layer="more",
        driver="GPKG",
        crs="EPSG:4547",
        geometry_type="Polygon",
    )
    with pytest.raises(UsageError, match="several layers"):
        convert(path)
    assert len(convert(path, ReadOptions(layer="a")).rows) == 3
    with pytest.raises(UsageError, match="no layer 'b'"):
        convert(path, ReadOptions(layer="b"))


def test_geoparquet_in_another_encoding_is_refused(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    path = WRITERS["geoparquet"](tmp_path)
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    geo["columns"]["geometry"]["encoding"] = "point"
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    assert isinstance(refusal(path), UnsupportedFeatureError)
