"""Heights from a surface model: a box on a slope, robust against a mast, refused where nothing is seen."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.surface import measure_surface_heights
from cim_core.terrain import HeightGrid

CRS = pyproj.CRS(4547)
EAST, NORTH = 447_800.0, 4_217_000.0
CHINA_1985 = HeightPolicy(HeightDatum.CHINA_1985, -15.6)


def grids(roof_m: float = 12.0, heights: HeightPolicy = CHINA_1985) -> tuple[HeightGrid, HeightGrid]:
    """Surface and ground, 1 m cells over 100 m: ground 900 m rising 1 m in 100 m to the east, a roof on 20…40 m."""
    ground = np.tile(900 + np.arange(100) / 100, (100, 1)).astype(np.float32)
    surface = ground.copy()
    surface[60:80, 20:40] = 900.2 + roof_m  # rows count from the north: north 20 to 40 m
    make = lambda elevation, policy: HeightGrid(elevation, EAST, NORTH + 100, 1.0, 1.0, CRS, policy)  # noqa: E731
    return make(surface, heights), make(ground, CHINA_1985)


def house(x: float = 20.0, y: float = 20.0, width: float = 20.0) -> np.ndarray:
    return np.array([shapely.box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + width)], dtype=object)


def test_a_roof_counts_from_the_lowest_ground_beside_it() -> None:
    surface, ground = grids()
    found = measure_surface_heights(house(), CRS, surface, ground)
    # Ground at the western wall, between cell centres: 900.195 m.
    assert found.height_m == pytest.approx([12.005], abs=0.002)
    assert found.samples.tolist() == [81]


def test_a_mast_on_the_roof_does_not_count_and_a_low_edge_neither() -> None:
    surface, ground = grids()
    surface.elevation_m[68:70, 28:30] = 960.0
    assert measure_surface_heights(house(), CRS, surface, ground).height_m == pytest.approx([12.005], abs=0.01)
    wide = measure_surface_heights(house(19.0, 19.0, 22.0), CRS, surface, ground)
    assert wide.height_m == pytest.approx([12.0], abs=0.05)


def test_two_height_datums_meet_on_the_ellipsoid() -> None:
    surface, ground = grids(heights=HeightPolicy())
    surface.elevation_m[...] -= 15.6  # the same surface, stated above the ellipsoid
    assert measure_surface_heights(house(), CRS, surface, ground).height_m == pytest.approx([12.005], abs=0.002)


def test_what_the_surface_does_not_show_has_no_height() -> None:
    surface, ground = grids()
    flat, outside = house(60.0, 60.0), house(95.0, 20.0, 50.0)
    assert np.isnan(measure_surface_heights(flat, CRS, surface, ground).height_m).all()
    assert np.isnan(measure_surface_heights(outside, CRS, surface, ground).height_m).all()
    surface.elevation_m[60:80, 20:40] = np.nan
    assert np.isnan(measure_surface_heights(house(), CRS, surface, ground).height_m).all()
    assert len(measure_surface_heights(house()[:0], CRS, surface, ground).height_m) == 0


def test_footprints_in_degrees_are_measured_too() -> None:
    surface, ground = grids()
    transformer = pyproj.Transformer.from_crs(4547, 4490, always_xy=True)
    lonlat = shapely.transform(house(), lambda xy: np.stack(transformer.transform(*xy.T), axis=-1))
    found = measure_surface_heights(np.asarray(lonlat, dtype=object), pyproj.CRS(4490), surface, ground)
    assert found.height_m == pytest.approx([12.005], abs=0.02)
