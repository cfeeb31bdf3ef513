"""Headers of point clouds, made by laspy itself."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import pyproj
import pytest
import shapely

from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.errors import GeoreferenceError, UnreadableSourceError
from converters.base import Produces, ReadOptions
from converters.pointcloud import FORMAT
from tests.converters.vector_files import convert

CHINA_1985 = HeightPolicy(HeightDatum.CHINA_1985, -15.6)


def write_cloud(path: Path, crs: int | str | None = 4547, points: int = 11) -> Path:
    """Points on the diagonal of a box of 10 × 20 × 5 m."""
    header = laspy.LasHeader(point_format=3, version="1.4")
    header.scales, header.offsets = [0.01] * 3, [447_000.0, 4_217_000.0, 900.0]
    if crs is not None:
        header.add_crs(pyproj.CRS(crs))
    cloud = laspy.LasData(header)
    share = np.linspace(0, 1, points)
    cloud.x, cloud.y, cloud.z = 447_834 + 10 * share, 4_217_077 + 20 * share, 940 + 5 * share
    cloud.write(path)
    return path


@pytest.mark.parametrize("suffix", ["las", "laz"])
def test_the_header_becomes_one_row(suffix: str, tmp_path: Path) -> None:
    path = write_cloud(tmp_path / f"street.{suffix}")
    result = convert(path, ReadOptions(heights=CHINA_1985))
    (row,) = result.rows
    assert (row["id"], row["kind"], row["points"], row["path"]) == ("street", "pointcloud", 11, str(path))
    assert shapely.from_wkb(row["geometry"]).bounds == pytest.approx((447_834, 4_217_077, 447_844, 4_217_097))
    assert (row["lowest_m"], row["highest_m"]) == pytest.approx((940, 945))
    assert row["density_per_m2"] == pytest.approx(11 / 200)
    assert result.stream.meta.crs.to_epsg() == 4547
    assert result.stream.meta.heights == CHINA_1985
    assert FORMAT.info.produces is Produces.POINT_CLOUD


def test_without_a_crs_it_is_refused_and_with_one_given_it_is_read(tmp_path: Path) -> None:
    path = write_cloud(tmp_path / "a.las", crs=None)
    with pytest.raises(GeoreferenceError) as caught:
        convert(path)
    assert "--crs" in caught.value.hint
    assert convert(path, ReadOptions(crs="EPSG:4547")).stream.meta.crs.to_epsg() == 4547


def test_heights_without_a_datum_are_warned_of(tmp_path: Path) -> None:
    assert "height-datum-assumed" in convert(write_cloud(tmp_path / "a.las")).warned


def test_a_levelled_crs_is_placed_by_the_bundled_model_or_needs_the_undulation(tmp_path: Path) -> None:
    path = write_cloud(tmp_path / "a.las")
    heights = convert(path, ReadOptions(crs="EPSG:4547+5737")).stream.meta.heights
    assert heights == HeightPolicy.by_model(HeightDatum.CHINA_1985)
    with pytest.raises(GeoreferenceError) as caught:
        convert(path, ReadOptions(crs="EPSG:4547+5736"))  # the datum of 1956 is another zero
    assert caught.value.code == "no-height-datum"


def test_a_cut_off_cloud_is_refused(tmp_path: Path) -> None:
    path = write_cloud(tmp_path / "a.las")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(UnreadableSourceError, match="11 points"):
        convert(path)


def test_a_broken_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.las"
    path.write_bytes(b"LASF" + b"\x00" * 60)
    with pytest.raises(UnreadableSourceError):
        convert(path)


def test_a_cloud_without_points_is_rejected(tmp_path: Path) -> None:
    assert convert(write_cloud(tmp_path / "a.las", points=0)).rejected == ["no-points"]


def test_degrees_in_a_metric_crs_are_refused(tmp_path: Path) -> None:
    path = write_cloud(tmp_path / "a.las", crs=4326)
    with pytest.raises(GeoreferenceError) as caught:
        convert(path)
    assert caught.value.code == "metres-as-degrees"
