"""Heights of the ground between cell centres, by numbers one can do in the head."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from cim_core.crs.heights import HeightPolicy
from cim_core.terrain import HeightGrid

CRS = pyproj.CRS(4547)


def grid(values: list[list[float]], crs: pyproj.CRS = CRS) -> HeightGrid:
    """Cells of 10 m whose north-west corner is at 447 000, 4 217 030."""
    return HeightGrid(np.array(values, np.float32), 447_000.0, 4_217_030.0, 10.0, 10.0, crs, HeightPolicy())


THREE_BY_TWO = grid([[10, 20], [30, 40], [50, 60]])


@pytest.mark.parametrize(
    ("east", "north", "expected"),
    [
        (5, 25, 10.0),  # the first cell's centre
        (15, 5, 60.0),  # the last cell's centre
        (10, 25, 15.0),  # halfway between two columns
        (5, 20, 20.0),  # halfway between two rows
        (10, 20, 25.0),  # the corner of four cells
        (7.5, 22.5, 10 * 0.5625 + 20 * 0.1875 + 30 * 0.1875 + 40 * 0.0625),
        (0, 30, 10.0),  # the outer corner keeps the value of its cell
        (-0.1, 25, np.nan),
        (5, 30.1, np.nan),
        (20.1, 5, np.nan),
    ],
)
def test_samples_are_bilinear_between_centres(east: float, north: float, expected: float) -> None:
    value = THREE_BY_TWO.sample(447_000.0 + east, 4_217_000.0 + north, CRS)
    assert float(value) == pytest.approx(expected, nan_ok=True)


def test_a_cell_without_data_spoils_only_where_it_has_weight() -> None:
    with_hole = grid([[10, np.nan], [30, 40]])
    values = with_hole.sample([447_005.0, 447_015.0, 447_010.0], [4_217_025.0, 4_217_015.0, 4_217_020.0], CRS)
    assert values == pytest.approx([10.0, 40.0, np.nan], nan_ok=True)


def test_samples_may_be_asked_in_another_crs() -> None:
    lon, lat = 113.4054, 38.0848
    around = HeightGrid(
        np.array([[1, 2], [3, 4]], np.float32), lon - 0.01, lat + 0.01, 0.01, 0.01, pyproj.CRS(4490), HeightPolicy()
    )
    assert float(around.sample(447_834.788, 4_217_077.553, CRS)) == pytest.approx(2.5, abs=1e-4)


def test_positions_that_are_no_numbers_have_no_height() -> None:
    assert np.isnan(THREE_BY_TWO.sample([np.nan, np.inf], [4_217_010.0, 4_217_010.0], CRS)).all()


def test_a_grid_of_one_row_is_linear() -> None:
    assert float(grid([[10, 20]]).sample(447_010.0, 4_217_025.0, CRS)) == pytest.approx(15.0)


def test_a_building_stands_on_its_lowest_ground() -> None:
    inside = shapely.box(447_005, 4_217_005, 447_015, 4_217_025)
    leaving = shapely.box(447_005, 4_217_005, 447_095, 4_217_025)
    footprints = np.array([inside, leaving, None], dtype=object)
    lowest = THREE_BY_TWO.lowest_under(footprints, CRS)
    assert lowest == pytest.approx([10.0, np.nan, np.nan], nan_ok=True)
