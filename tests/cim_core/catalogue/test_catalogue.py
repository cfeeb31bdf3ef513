from __future__ import annotations

import numpy as np
import pytest
import shapely

from cim_core.catalogue import CATEGORIES, CIM_LEVELS, CatalogueEntry, measure_coverage, parse_entry
from cim_core.catalogue.coverage import CLOSING_M
from cim_core.errors import UsageError


def shapes(*boxes: tuple[float, float, float, float]) -> np.ndarray:
    return np.array([shapely.box(*box) for box in boxes], object)


def test_every_category_hangs_on_the_tree_and_levels_run_from_one_to_seven():
    codes = [category.code for category in CATEGORIES]
    assert len(codes) == len(set(codes))
    assert {category.parent for category in CATEGORIES} - set(codes) == {""}
    assert [c.code for c in CATEGORIES if not c.parent] == ["1", "2", "3", "4", "5", "6"]
    assert [level.level for level in CIM_LEVELS] == [1, 2, 3, 4, 5, 6, 7]


def test_coverage_is_model_area_over_the_drawn_built_up_area():
    built_up = shapely.box(0, 0, 1000, 1000)
    # A model that covers the left half once grown by CLOSING_M: 450 + 50 of 1000.
    found = measure_coverage({2: shapes((0, 0, 450, 1000))}, built_up)
    assert found.basis == "layer"
    assert found.percent == pytest.approx(50.0)
    assert found.by_level == {2: pytest.approx(500_000.0)}


def test_a_place_counts_for_its_finest_model_and_only_frames_and_better_count():
    built_up = shapely.box(0, 0, 1000, 100)
    footprints = {1: shapes((0, 0, 1000, 100)), 2: shapes((0, 0, 450, 100)), 4: shapes((0, 0, 150, 100))}
    found = measure_coverage(footprints, built_up)
    assert found.by_level == {4: pytest.approx(20_000), 2: pytest.approx(30_000), 1: pytest.approx(50_000)}
    assert found.percent == pytest.approx(50.0)


def test_without_a_drawn_area_footprints_are_joined_over_gaps():
    near, far = (0, 0, 100, 100), (100 + 2 * CLOSING_M - 10, 0, 290, 100)
    found = measure_coverage({None: shapes(near, far)})
    assert found.basis == "derived"
    assert found.built_up_m2 > 2 * 10_000 + 5_000  # the gap of 90 m is closed, but for its rounded ends
    assert (found.percent, found.unknown_m2) == (None, pytest.approx(found.built_up_m2, rel=0.01))
    own = measure_coverage({2: shapes(near, far)})
    assert (own.percent, own.covered_m2) == (None, pytest.approx(own.built_up_m2, rel=0.01))  # all, by construction
    assert measure_coverage({2: shapes()}).percent is None


def test_extents_of_meshes_cover_only_what_they_lie_on():
    built_up = shapely.box(0, 0, 100, 100)
    found = measure_coverage({1: shapes((0, 0, 100, 100))}, built_up, {3: shapes((50, 0, 200, 100))})
    assert found.by_level == {3: pytest.approx(5_000), 1: pytest.approx(5_000)}


def test_an_entry_is_set_field_by_field():
    entry = parse_entry("town", {"category": "1.4.4", "cim_level": "2", "obligation": "必选"})
    assert (entry.category, entry.cim_level, entry.obligation) == ("1.4.4", 2, "M")
    again = parse_entry("town", {"category": "", "data_date": "2026-01-31"}, entry)
    assert again == CatalogueEntry("town", obligation="M", cim_level=2, data_date="2026-01-31")


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"category": "9"}, "no category"),
        ({"cim_level": 8}, "no CIM level"),
        ({"cim_level": True}, "no CIM level"),
        ({"security_class": "top"}, "public 公开"),
        ({"data_date": "yesterday"}, "no day"),
        ({"colour": "red"}, "no field"),
        ({"lineage": "x" * 5000}, "at most 4000"),
    ],
)
def test_a_value_that_cannot_be_is_refused(values: dict, word: str):
    with pytest.raises(UsageError) as raised:
        parse_entry("town", values)
    assert word in f"{raised.value.message} {raised.value.hint}"
