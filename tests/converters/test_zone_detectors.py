"""Eastings with a zone prefix too many or too few are refused, with the code to try."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim_core.errors import GeoreferenceError
from converters.base import ReadOptions
from tests.converters.vector_files import EAST, NORTH, collection, convert, feature, polygon, write_json


def refusal(path: Path, crs: str | None) -> GeoreferenceError:
    with pytest.raises(GeoreferenceError) as caught:
        convert(path, ReadOptions(crs=crs))
    return caught.value


@pytest.mark.parametrize(
    ("east", "crs", "right"),
    [
        (EAST, "EPSG:4526", 4547),
        (EAST + 38_000_000, "EPSG:4547", 4526),
        (EAST + 38_000_000, "EPSG:4525", 4526),
        (EAST + 263_000 + 19_000_000, "EPSG:4508", 4497),
    ],
)
def test_a_zone_prefix_too_many_or_too_few_is_refused_with_the_code_to_try(
    east: float, crs: str, right: int, tmp_path: Path
) -> None:
    path = write_json(tmp_path, collection(feature(polygon(east, NORTH), height=5), crs=crs))
    error = refusal(path, None)
    assert error.code == "zone-prefix"
    assert f"--crs EPSG:{right}" in error.hint
    assert convert(path, ReadOptions(crs=f"EPSG:{right}")).stream.meta.crs.to_epsg() == right


def test_metres_in_degrees_with_a_zone_prefix_name_their_zone(tmp_path: Path) -> None:
    path = write_json(tmp_path, collection(feature(polygon(EAST + 38_000_000, NORTH), height=5), crs=None))
    error = refusal(path, None)
    assert error.code == "metres-as-degrees"
    assert "--crs EPSG:4526" in error.hint


def test_swapped_axes_of_a_prefixed_zone_are_refused(tmp_path: Path) -> None:
    path = write_json(tmp_path, collection(feature(polygon(NORTH, EAST + 38_000_000), height=5), crs="EPSG:4526"))
    assert refusal(path, None).code == "axes-swapped"


def test_data_far_outside_their_zone_are_warned_of(tmp_path: Path) -> None:
    path = write_json(tmp_path, collection(feature(polygon(EAST - 300_000, NORTH), height=5), crs="EPSG:4547"))
    assert "outside-area-of-use" in convert(path).warned


@pytest.mark.parametrize(
    ("corner", "says"),
    [
        ((EAST, NORTH), "EPSG:4547 is the one of 114 E"),
        ((NORTH, EAST), "with x and y swapped"),
        ((EAST + 38_000_000, NORTH), "give --crs EPSG:4526"),
        ((113.4054, 38.0848), "EPSG:4490"),
        ((1200.0, 3400.0), "local grid"),
    ],
)
def test_where_nobody_says_the_crs_the_refusal_tells_what_the_numbers_look_like(
    corner: tuple[float, float], says: str, tmp_path: Path
) -> None:
    shape = polygon(*corner) if corner[0] > 180 else polygon(*corner, 0.0001, 0.0001)
    data = {"crs": None, **collection(feature(shape, height=5), crs=None)}
    error = refusal(write_json(tmp_path, data), None)
    assert error.code == "no-crs"
    assert says in error.hint
    assert "--crs" in error.hint
