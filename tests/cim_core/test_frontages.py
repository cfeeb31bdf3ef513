from __future__ import annotations

import pyarrow as pa
import pytest
import shapely

from cim_core.errors import ModelError
from cim_core.features.schema import building_schema
from cim_core.frontages import lay_on_buildings, lay_surveys, parse_facts
from cim_core.streets import derive_frontages

#: Two streets that meet at a corner: one runs east along y = 0, one north along x = 0.
STREETS = pa.table(
    {
        "id": ["main", "lane"],
        "geometry": [
            shapely.LineString([(0, 0), (200, 0)]).wkb,
            shapely.LineString([(0, 0), (0, 100)]).wkb,
        ],
        "width_m": [20.0, 10.0],
    }
)
#: A corner building with 20 m on ``main`` and 16 m on ``lane``.
CORNER = shapely.box(7, 12, 27, 28)


def buildings_of(*footprints: shapely.Polygon, **values: object) -> pa.Table:
    known = {
        "id": [f"b{i}" for i in range(len(footprints))],
        "dataset": ["town"] * len(footprints),
        "geometry": [footprint.wkb for footprint in footprints],
        **values,
    }
    types = {field.name: field.type for field in building_schema()} | {"dataset": pa.string()}
    return pa.table({name: pa.array(known.get(name, [None] * len(footprints)), type_) for name, type_ in types.items()})


def surveys_of(*rows: dict[str, object]) -> pa.Table:
    text = ("id", "color", "color_source", "material", "style", "photo", "surveyed_on", "source")
    fields = [*((name, pa.string()) for name in text), ("sign_count", pa.int64())]
    return pa.Table.from_pylist(list(rows), schema=pa.schema(fields))


def test_the_key_names_building_street_and_side() -> None:
    found = derive_frontages(buildings_of(CORNER), STREETS)
    assert sorted(found["key"].to_pylist()) == ["town/b0@lane:east", "town/b0@main:north"]


def test_keys_stay_when_a_street_is_drawn_the_other_way_and_buildings_come_in_another_order() -> None:
    footprints = [shapely.box(30, 12, 50, 26), shapely.box(60, -30, 90, -12)]
    before = derive_frontages(buildings_of(*footprints), STREETS)
    turned = STREETS.set_column(
        1,
        "geometry",
        pa.array([shapely.reverse(shapely.from_wkb(line)).wkb for line in STREETS["geometry"].to_pylist()]),
    )
    after = derive_frontages(buildings_of(*footprints).take(pa.array([1, 0])), turned)
    assert sorted(before["key"].to_pylist()) == ["town/b0@main:north", "town/b1@main:south"]
    assert sorted(after["key"].to_pylist()) == sorted(before["key"].to_pylist())
    assert sorted(after["line_side"].to_pylist()) == ["left", "right"]


def test_of_two_fronts_on_one_side_the_western_has_the_plain_key() -> None:
    two_parts = shapely.MultiLineString([[(100, 0), (200, 0)], [(0, 0), (90, 0)]])  # the eastern part comes first
    streets = pa.table({"id": ["main"], "geometry": [two_parts.wkb], "width_m": [20.0]})
    wings = [(60, 12), (85, 12), (85, 22), (105, 22), (105, 12), (130, 12), (130, 26), (60, 26)]
    found = derive_frontages(buildings_of(shapely.Polygon(wings)), streets).to_pylist()
    at = {row["key"]: shapely.from_wkb(row["facade"]).centroid.x < 95 for row in found}
    assert at == {"town/b0@main:north": True, "town/b0@main:north-2": False}


def test_a_survey_is_laid_over_its_own_frontage_and_says_so() -> None:
    town = buildings_of(CORNER, facade_main_color=["#aabbcc"], color_source=["card"], facade_material=["render"])
    survey = {"id": "town/b0@lane:east", "color": "#102030", "surveyed_on": "2026-05-01", "source": "Li"}
    laid = lay_surveys(derive_frontages(town, STREETS), surveys_of(survey))
    told = ("color", "color_source", "material", "surveyed", "surveyed_on", "survey_source")
    rows = {row["key"]: tuple(row[name] for name in told) for row in laid.to_pylist()}
    assert rows == {
        # The origin of the surveyed color is not stated: it is not that of the building's color.
        "town/b0@lane:east": ("#102030", None, "render", "color", "2026-05-01", "Li"),
        "town/b0@main:north": ("#aabbcc", "card", "render", None, None, None),
    }


def test_a_building_is_judged_by_the_survey_of_its_longest_front() -> None:
    town = buildings_of(CORNER, facade_main_color=["#aabbcc"], color_source=["card"], sign_count=[5])
    fronts = derive_frontages(town, STREETS)
    on_lane = {"id": "town/b0@lane:east", "color": "#102030", "sign_count": 1}
    on_main = {"id": "town/b0@main:north", "color": "#405060", "color_source": "photo", "sign_count": 2}
    (only_lane,) = lay_on_buildings(town, fronts, surveys_of(on_lane)).to_pylist()
    (both,) = lay_on_buildings(town, fronts, surveys_of(on_lane, on_main)).to_pylist()
    assert (only_lane["facade_main_color"], only_lane["color_source"]) == ("#aabbcc", "card")
    assert (both["facade_main_color"], both["color_source"]) == ("#405060", "photo")
    assert both["sign_count"] == 5  # two signs on one of two fronts are not all signs of the building


def test_the_signs_of_an_only_front_are_those_of_the_building() -> None:
    town = buildings_of(shapely.box(60, 12, 80, 26), shapely.box(100, 50, 120, 60), sign_count=[5, 7])
    survey = {"id": "town/b0@main:north", "sign_count": 2}
    laid = lay_on_buildings(town, derive_frontages(town, STREETS), surveys_of(survey))
    assert laid["sign_count"].to_pylist() == [2, 7]
    assert laid.schema == town.schema


def test_facts_are_read_with_their_words_and_empty_ones_are_nothing() -> None:
    given = {"color": "AABBCC", "material": "青砖", "style": "Modern", "sign_count": "3", "photo": "", "source": None}
    assert parse_facts(given, "row 1") == {
        "color": "#aabbcc",
        "material": "grey_brick",
        "style": "modern",
        "sign_count": 3,
        "photo": None,
        "source": None,
    }


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("color", "red", "unreadable-color"),
        ("color", "#aabbc", "unreadable-color"),
        ("material", "cheese", "frontage-field"),
        ("sign_count", -1, "frontage-field"),
        ("sign_count", True, "frontage-field"),
        ("sign_count", "2.5", "frontage-field"),
        ("surveyed_on", "yesterday", "project-field"),
        ("photo", "javascript:alert(1)", "frontage-field"),
        ("source", "a\x00b", "frontage-field"),
        ("height_m", 3, "frontage-field"),
    ],
)
def test_what_is_no_fact_is_refused_with_its_place(name: str, value: object, code: str) -> None:
    with pytest.raises(ModelError) as refused:
        parse_facts({name: value}, "body#")
    assert (refused.value.code, refused.value.where) == (code, f"body#/{name}")
