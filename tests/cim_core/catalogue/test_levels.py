"""The CIM level of what does not say it, by kind of data; of a building by its own, its dataset's and its height."""

from __future__ import annotations

import pytest

from cim_core.catalogue.levels import level_number, level_of_building, level_of_dataset
from cim_core.store import DatasetKind


@pytest.mark.parametrize(
    ("kind", "measured", "has_heights", "level"),
    [
        (DatasetKind.BUILDINGS, [], True, 2),  # footprints with heights: blocks
        (DatasetKind.BUILDINGS, [], False, 1),  # outlines alone
        (DatasetKind.BUILDINGS, [4, None], True, 2),  # one building that says more does not lift the others
        (DatasetKind.MESH, [], False, 3),
        (DatasetKind.POINT_CLOUD, [], False, 3),
        (DatasetKind.ELEMENTS, [], True, 4),
        (DatasetKind.ELEMENTS, [None, 5], True, 5),
        (DatasetKind.ELEMENTS, [6, 4], True, 4),
    ],
)
def test_a_dataset_gets_the_level_of_its_kind_or_of_its_content(kind, measured, has_heights, level):
    assert level_of_dataset(kind.value, measured, has_heights=has_heights) == level


def test_a_mesh_of_plain_colors_is_a_frame_and_no_standard_model():
    assert level_of_dataset("mesh", [None], has_heights=True, is_textured=False) == 2
    assert level_of_dataset("mesh", [None], has_heights=True, is_textured=True) == 3
    assert level_of_dataset("elements", [5], has_heights=True, is_textured=False) == 5


@pytest.mark.parametrize(
    ("own", "said", "of_dataset", "kind", "has_height", "level"),
    [
        (None, None, 2, "buildings", True, 2),
        (None, None, 2, "buildings", False, 1),  # an outline without height is drawn flat
        (4, None, 2, "buildings", False, 4),  # unless the source says more
        (None, 3, 2, "buildings", False, 3),  # or the catalogue does
        (5, 3, 2, "buildings", True, 5),
        (None, None, 4, "elements", False, 4),
    ],
)
def test_a_building_has_its_own_level_before_that_of_its_dataset(own, said, of_dataset, kind, has_height, level):
    assert level_of_building(own, said, of_dataset, kind, has_height=has_height) == level


@pytest.mark.parametrize(("text", "number"), [("CIM4", 4), ("3", 3), ("", None), (None, None), ("CIM", None)])
def test_a_stated_level_is_read_with_or_without_its_prefix(text, number):
    assert level_number(text) == number
