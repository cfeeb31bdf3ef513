"""Local grids and web-map positions as ``--crs``: footprints and layers land where they are, or are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from cim_core.crs.local import LocalSystem
from cim_core.crs.local_file import format_local_system
from cim_core.crs.shifted import wgs84_to_bd09, wgs84_to_gcj02
from cim_core.crs.similarity import Similarity
from cim_core.crs.transform import to_lonlat
from cim_core.errors import GeoreferenceError, UnreadableSourceError
from converters.base import ReadOptions
from converters.control_points import read_control_points
from converters.georeference import DeclaredCrs, resolve_crs
from converters.layers import read_layer
from tests.converters.vector_files import collection, convert, feature, polygon, write_json

TURN = Similarity(447_000.0, 4_216_000.0, 1.000_116, -1321.0)
AREA = (113.2, 37.9, 113.6, 38.3)


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    path = tmp_path / "grid.yaml"
    system = LocalSystem(
        "独立系", "Grid", pyproj.CRS(4547), TURN, valid_area_deg=AREA, fit={"points": 5, "rmse_m": 0.01}
    )
    path.write_text(format_local_system(system, "EPSG:4547"), encoding="utf-8")
    return path


def test_footprints_in_a_local_grid_land_where_the_parameters_say(grid: Path, tmp_path: Path) -> None:
    path = write_json(tmp_path, collection(feature(polygon(800.0, 1000.0), height=5), crs=None))
    result = convert(path, ReadOptions(crs=str(grid)))
    meta = result.stream.meta
    assert "独立系" in meta.crs_reason
    assert "RMSE 0.010 m" in meta.crs_reason
    corner = shapely.get_coordinates(result.geometries[0])
    lon, lat = to_lonlat(corner[:, 0], corner[:, 1], meta.crs)
    independent = pyproj.Transformer.from_crs(4547, 4490, always_xy=True).transform(*TURN.apply(*corner.T))
    assert np.abs(np.array([lon, lat]) - independent).max() < 1e-9


def test_data_outside_the_area_of_a_local_grid_are_refused(grid: Path, tmp_path: Path) -> None:
    path = write_json(tmp_path, collection(feature(polygon(90_000.0, 1000.0), height=5), crs=None))
    with pytest.raises(GeoreferenceError) as caught:
        convert(path, ReadOptions(crs=str(grid)))
    assert caught.value.code == "outside-local-system"


def test_a_file_cannot_name_a_local_system_by_its_path(grid: Path, tmp_path: Path) -> None:
    path = write_json(tmp_path, collection(feature(polygon(800.0, 1000.0), height=5), crs=str(grid)))
    with pytest.raises(GeoreferenceError) as caught:
        convert(path)
    assert caught.value.code == "unknown-crs"


def test_a_missing_description_is_refused(tmp_path: Path) -> None:
    path = write_json(tmp_path, collection(feature(height=5)))
    with pytest.raises(GeoreferenceError) as caught:
        convert(path, ReadOptions(crs=str(tmp_path / "none.yaml")))
    assert caught.value.code == "bad-crs-file"


@pytest.mark.parametrize("spelling", ["GCJ-02", "gcj02", "GCJ 02"])
def test_web_map_positions_are_named_in_any_spelling(spelling: str, tmp_path: Path) -> None:
    shifted = polygon(113.41233, 38.08562, 0.0001, 0.0001)
    result = convert(write_json(tmp_path, collection(feature(shifted, height=5), crs=None)), ReadOptions(crs=spelling))
    assert result.geometries[0].bounds[:2] == pytest.approx((113.4054, 38.0848), abs=2e-5)


@pytest.mark.parametrize(("name", "forward"), [("GCJ-02", wgs84_to_gcj02), ("BD-09", wgs84_to_bd09)])
def test_layers_are_moved_back_vertex_by_vertex(name: str, forward: object, tmp_path: Path) -> None:
    true = shapely.box(113.40, 38.08, 113.42, 38.09)
    shifted = shapely.transform(true, forward)
    ring = [[float(x), float(y)] for x, y in shapely.get_coordinates(shifted)]
    lake = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    layer = read_layer(write_json(tmp_path, collection(lake, crs=None)), name)
    found = shapely.from_wkb(layer.table.column("geometry")[0].as_py())
    assert np.abs(shapely.get_coordinates(found) - shapely.get_coordinates(true)).max() < 1e-8


def test_a_model_in_gcj02_is_refused_with_the_way_out() -> None:
    with pytest.raises(GeoreferenceError) as caught:
        resolve_crs("GCJ-02", lambda: DeclaredCrs(None, "none"), "model.las")
    assert caught.value.code == "shifted-crs"
    assert "--at" in caught.value.hint


def test_control_points_are_read_with_their_names(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes("点名,local_east,local_north,east,north\n西关,1,2,3,4\n\n大王庙, 5, 6, 7, 8\n".encode("gb18030"))
    points = read_control_points(path)
    assert points.names == ("西关", "大王庙")
    assert points.local_xy.tolist() == [[1, 2], [5, 6]]
    assert points.known_xy.tolist() == [[3, 4], [7, 8]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,x,y,east,north\na,1,2,3,4\n", "call the northing X"),
        ("name,local_east,local_north,east\na,1,2,3\n", "lacks the columns north"),
        ("local_east,local_north,east,north\n1,2,3,four\n", "no number"),
        ("local_east,local_north,east,north\n1,2,3\n", "no number"),
        ("", "lacks the columns"),
    ],
)
def test_control_points_that_are_not_plain_are_refused(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableSourceError) as caught:
        read_control_points(path)
    assert says in str(caught.value)
