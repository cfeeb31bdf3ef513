"""Bad shapes are repaired or rejected one by one, with a reason, and the books balance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from tests.converters.vector_files import (
    EAST,
    NORTH,
    Result,
    box_rings,
    collection,
    convert,
    feature,
    polygon,
    write_json,
)


def ring(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[[EAST + x, NORTH + y] for x, y in points]]}


def read(tmp_path: Path, *geometries: dict[str, Any] | None) -> Result:
    features = [feature(shape, empty=shape is None, height=5) for shape in geometries]
    return convert(write_json(tmp_path, collection(*features)))


def test_an_open_ring_is_closed_and_counted(tmp_path: Path) -> None:
    result = read(tmp_path, ring((0, 0), (10, 0), (10, 10), (0, 10)))
    assert result.geometries[0].area == pytest.approx(100)
    assert result.warned == ["ring-closed"]


def test_a_bow_tie_is_repaired_and_flagged(tmp_path: Path) -> None:
    result = read(tmp_path, ring((0, 0), (10, 10), (10, 0), (0, 10), (0, 0)))
    assert result.geometries[0].geom_type == "MultiPolygon"
    assert result.geometries[0].area == pytest.approx(50)
    assert result.warned == ["repaired-changed"]


def test_a_small_repair_is_told_but_not_flagged(tmp_path: Path) -> None:
    # A spike without width: the ring runs out to x = 20 and back on the same line.
    result = read(tmp_path, ring((0, 0), (10, 0), (20, 0), (10, 0), (10, 10), (0, 10), (0, 0)))
    assert result.geometries[0].area == pytest.approx(100)
    assert result.warned == ["repaired"]


def test_a_hole_outside_its_shell_is_repaired(tmp_path: Path) -> None:
    shape = {
        "type": "Polygon",
        "coordinates": [*box_rings(width=10, depth=10), *box_rings(EAST + 50, width=5, depth=5)],
    }
    result = read(tmp_path, shape)
    assert result.geometries[0].is_valid
    assert result.warned == ["repaired-changed"]


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (None, "no-geometry"),
        ({"type": "Polygon", "coordinates": []}, "empty-geometry"),
        ({"type": "Point", "coordinates": [EAST, NORTH]}, "not-a-polygon"),
        ({"type": "LineString", "coordinates": [[EAST, NORTH], [EAST + 1, NORTH]]}, "not-a-polygon"),
        (ring((0, 0), (10, 0), (0, 0)), "degenerate"),
        (ring((0, 0), (10, 0)), "degenerate"),
        (ring((0, 0), (10, 0), (20, 0), (0, 0)), "degenerate"),
        (ring((0, 0), (10, 0), (float("nan"), 10), (0, 0)), "not-finite"),
        (ring((float("nan"), 0), (10, 0), (10, 10), (float("nan"), 0)), "not-finite"),
        ({"type": "Polygon", "coordinates": [[["0", "0"], [1, 0], [1, 1], [0, 0]]]}, "no-geometry"),
        (
            {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [EAST, NORTH]}]},
            "not-a-polygon",
        ),
    ],
)
def test_a_bad_shape_is_rejected_and_its_neighbour_stays(
    shape: dict[str, Any] | None, code: str, tmp_path: Path
) -> None:
    result = read(tmp_path, polygon(), shape)
    assert result.rejected == [code]
    assert len(result.rows) == 1
    issue = next(issue for issue in result.log if issue.code == code)
    assert issue.feature_id == "row-2"
    assert issue.where == "row 2"


def test_polygons_of_a_mixed_collection_are_kept(tmp_path: Path) -> None:
    mixed = {
        "type": "GeometryCollection",
        "geometries": [{"type": "Point", "coordinates": [EAST, NORTH]}, polygon(width=4, depth=5)],
    }
    result = read(tmp_path, mixed)
    assert result.geometries[0].area == pytest.approx(20)
    assert result.warned == ["parts-dropped"]


def test_a_multipolygon_stays_one_feature(tmp_path: Path) -> None:
    shape = {"type": "MultiPolygon", "coordinates": [box_rings(), box_rings(EAST + 50)]}
    result = read(tmp_path, shape)
    assert [geometry.geom_type for geometry in result.geometries] == ["MultiPolygon"]


def test_z_is_dropped_and_shells_run_counter_clockwise(tmp_path: Path) -> None:
    clockwise = [[EAST, NORTH, 900], [EAST, NORTH + 5, 900], [EAST + 5, NORTH + 5, 900], [EAST, NORTH, 900]]
    shape = read(tmp_path, {"type": "Polygon", "coordinates": [clockwise]}).geometries[0]
    assert not shape.has_z
    assert shapely.is_ccw(shape.exterior)


def test_a_footprint_across_the_antimeridian_is_rejected(tmp_path: Path) -> None:
    wide = {"type": "Polygon", "coordinates": [[[-179.9, 10], [179.9, 10], [179.9, 11], [-179.9, 10]]]}
    path = write_json(tmp_path, collection(feature(wide, height=5), crs=None))
    assert convert(path).rejected == ["antimeridian"]


def test_a_shape_with_too_many_vertices_is_rejected(tmp_path: Path) -> None:
    angle_rad = np.linspace(0, 2 * np.pi, 100_002)
    circle = shapely.Polygon(np.column_stack([EAST + 100 * np.cos(angle_rad), NORTH + 100 * np.sin(angle_rad)]))
    assert read(tmp_path, polygon(), json.loads(shapely.to_geojson(circle))).rejected == ["too-many-vertices"]


def test_heights_in_coordinates_are_told_of_once(tmp_path: Path) -> None:
    rings = [[[x, y, 930.0] for x, y in ring] for ring in box_rings()]
    result = read(tmp_path, {"type": "Polygon", "coordinates": rings})
    assert not result.geometries[0].has_z
    assert [issue.code for issue in result.log if issue.code == "z-not-used"] == ["z-not-used"]
    flat = read(tmp_path, {"type": "Polygon", "coordinates": box_rings()})
    assert "z-not-used" not in [issue.code for issue in flat.log]
