"""Fields are found where one obviously is, asked for where several might be, and their values made plain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cim_core.errors import UsageError
from converters.base import ReadOptions
from converters.footprints.report import MAX_SINGLE_WARNINGS
from tests.converters.vector_files import Result, collection, convert, feature, write_json


def read(tmp_path: Path, *properties: dict[str, Any], **options: Any) -> Result:
    data = collection(*(feature(**values) for values in properties))
    return convert(write_json(tmp_path, data), ReadOptions(**options))


@pytest.mark.parametrize("field", ["height", "HEIGHT", "建筑高度", "heightroof", "measuredHeight", "height_m"])
def test_a_height_field_is_found_by_its_usual_names(field: str, tmp_path: Path) -> None:
    result = read(tmp_path, {field: 7.5})
    assert result.rows[0]["height_m"] == 7.5
    assert result.stream.meta.fields["height_m"] == field


def test_two_height_fields_that_differ_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, {"height": 5, "hgt": 6})
    assert caught.value.code == "ambiguous-field"
    assert "--height-field height" in caught.value.hint
    assert "--height-field hgt" in caught.value.hint
    assert read(tmp_path, {"height": 5, "hgt": 6}, height_field="hgt").rows[0]["height_m"] == 6


def test_two_height_fields_that_agree_are_no_question(tmp_path: Path) -> None:
    assert read(tmp_path, {"height": 5, "hgt": 5}, batch_size=10).rows[0]["height_m"] == 5


def test_the_agreed_name_wins_over_its_aliases(tmp_path: Path) -> None:
    assert read(tmp_path, {"height": 5, "height_m": 6}).rows[0]["height_m"] == 6


def test_an_ambiguous_field_without_an_option_is_warned_of(tmp_path: Path) -> None:
    result = read(tmp_path, {"height": 5, "usage": "office", "class": "school"})
    assert "ambiguous-field" in result.warned
    assert result.rows[0]["use"] == "office"


def test_a_named_field_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, {"h": 5, "owner": "x"}, height_field="height")
    assert "h, owner" in caught.value.message
    assert caught.value.where == "--height-field"


def test_numbers_with_units_are_read(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        {"height": "10 m", "floors": "3层"},
        {"height": "12.5米", "floors": "4F"},
        {"height": "100 ft", "floors": " 7 "},
        {"height": "", "floors": "2 floors"},
    ).rows
    assert [row["height_m"] for row in rows] == pytest.approx([10.0, 12.5, 30.48, 6.0])
    assert [row["storeys"] for row in rows] == [3, 4, 7, 2]
    assert [row["height_source"] for row in rows] == ["field", "field", "field", "storeys"]


def test_heights_nobody_builds_are_not_used(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        {"height": -3.0, "floors": 2},
        {"height": 1e9, "floors": 3},
        {"height": 0.0, "floors": None},
        {"height": 1000.0, "floors": None},
        {"height": None, "floors": None},
        {"height": None, "floors": 0},
        storey_height_m=3.2,
    )
    assert [row["height_m"] for row in result.rows] == pytest.approx([6.4, 9.6, 1000.0])
    assert [row["height_source"] for row in result.rows] == ["storeys", "storeys", "field"]
    assert result.warned.count("height-not-used") == 2
    assert result.rejected == ["unusable-height", "no-height", "no-height"]


def test_a_height_that_is_no_number_is_named_in_the_issue(tmp_path: Path) -> None:
    result = read(tmp_path, {"id": "a", "height": "tall"}, {"id": "b", "height": "5"})
    issue = next(issue for issue in result.log if issue.code == "unusable-height")
    assert issue.feature_id == "a"
    assert issue.where == "row 1"
    assert "'tall'" in issue.message


def test_storeys_that_are_no_number_are_named_whether_the_building_stays_or_not(tmp_path: Path) -> None:
    rows: tuple[dict[str, Any], ...] = ({"floors": "abc"}, {"floors": "-2"}, {"floors": "3层"}, {"floors": None})
    result = read(tmp_path, *rows)
    assert [issue.message for issue in result.log if issue.code == "no-height"] == [
        "has no height, and storeys 'abc' cannot be used",
        "has no height, and storeys '-2' cannot be used",
        "has neither a height nor storeys",
    ]
    kept = read(tmp_path, *rows, keep_without_height=True)
    assert [row["height_m"] for row in kept.rows] == [None, None, 9.0, None]
    assert [issue.code for issue in kept.log].count("unusable-storeys") == 2


def test_buildings_without_height_stay_when_they_are_to_be_judged(tmp_path: Path) -> None:
    result = read(tmp_path, {"id": "a", "height": None}, {"id": "b", "height": 5.0}, keep_without_height=True)
    assert [(row["id"], row["height_m"], row["height_source"]) for row in result.rows] == [
        ("a", None, None),
        ("b", 5.0, "field"),
    ]
    assert result.rejected == []


def test_coded_values_are_known_by_code_alias_and_both_labels(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        {"height": 5, "use": "residential", "roof": "双坡", "facade_material": "Grey brick"},
        {"height": 5, "use": "住宅", "roof": "gabled", "facade_material": "grey_brick"},
        {"height": 5, "use": "居住", "roof": "GABLE", "facade_material": "青砖"},
        {"height": 5, "use": "casino", "roof": None, "facade_material": ""},
    )
    assert [row["use"] for row in result.rows] == ["residential"] * 3 + [None]
    assert [row["roof_form"] for row in result.rows] == ["gable"] * 3 + [None]
    assert [row["facade_material"] for row in result.rows] == ["grey_brick"] * 3 + [None]
    issue = next(issue for issue in result.log if issue.code == "unknown-use")
    assert "'casino'" in issue.message
    assert "residential" in issue.hint


def test_colors_are_checked_and_lower_case(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        {"height": 5, "主色": "#AABBCC"},
        {"height": 5, "主色": "00ff00"},
        {"height": 5, "主色": "reddish"},
        {"height": 5, "主色": "#12345"},
    )
    assert [row["facade_main_color"] for row in result.rows] == ["#aabbcc", "#00ff00", None, None]
    assert result.warned.count("unreadable-color") == 2


def test_years_and_base_elevations_outside_reason_become_null(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        {"height": 5, "year_built": "1994年", "base_m": 946.6},
        {"height": 5, "year_built": "0", "base_m": 99999.0},
    )
    assert [row["year_built"] for row in result.rows] == [1994, None]
    assert [row["base_m"] for row in result.rows] == [946.6, None]


def test_warnings_are_listed_up_to_a_number_and_then_summed(tmp_path: Path) -> None:
    result = read(tmp_path, *({"height": 5, "use": "?"} for _ in range(100)))
    assert result.warned.count("unknown-use") == MAX_SINGLE_WARNINGS + 1
    assert any("100 features in all" in issue.message for issue in result.log)


def test_repeated_ids_get_a_suffix_also_across_batches(tmp_path: Path) -> None:
    ids = ["a", "b", "a", "a-2", "b", "a"]
    result = read(tmp_path, *({"id": id_, "height": 5} for id_ in ids), batch_size=2)
    assert [row["id"] for row in result.rows] == ["a", "b", "a-2", "a-2-2", "b-2", "a-3"]
    assert result.warned.count("repeated-id") == 4


def test_missing_ids_are_replaced_by_the_row_number(tmp_path: Path) -> None:
    result = read(tmp_path, {"id": "x", "height": 5}, {"id": None, "height": 5}, {"id": " ", "height": 5})
    assert [row["id"] for row in result.rows] == ["x", "row-2", "row-3"]
    assert result.warned.count("missing-id") == 2


def test_without_an_id_field_row_numbers_are_the_ids_and_that_is_stated(tmp_path: Path) -> None:
    result = read(tmp_path, {"height": 5}, {"height": 6})
    assert [row["id"] for row in result.rows] == ["row-1", "row-2"]
    assert any(issue.code == "ids" for issue in result.log)


def test_an_id_field_with_one_value_for_all_is_no_id(tmp_path: Path) -> None:
    result = read(tmp_path, {"Id": 0, "height": 5}, {"Id": 0, "height": 6})
    assert [row["id"] for row in result.rows] == ["row-1", "row-2"]
    assert "constant-id" in result.warned
    named = read(tmp_path, {"Id": 0, "height": 5}, {"Id": 0, "height": 6}, id_field="Id")
    assert [row["id"] for row in named.rows] == ["0", "0-2"]


def test_whole_numbers_in_a_float_column_are_ids_without_a_fraction(tmp_path: Path) -> None:
    result = read(tmp_path, {"id": 12.0, "height": 5}, {"id": 13.5, "height": 5})
    assert [row["id"] for row in result.rows] == ["12", "13.5"]
    result = read(tmp_path, {"id": 12.0, "height": 5}, {"id": 13.0, "height": 5})
    assert [row["id"] for row in result.rows] == ["12", "13"]


def test_feature_ids_of_geojson_are_ids(tmp_path: Path) -> None:
    data = collection({**feature(height=5), "id": 700}, {**feature(height=5), "id": 900})
    assert [row["id"] for row in convert(write_json(tmp_path, data)).rows] == ["700", "900"]


def test_a_whole_number_id_property_of_geojson_is_the_id_even_where_it_repeats(tmp_path: Path) -> None:
    result = read(tmp_path, {"id": 7, "height": 5}, {"id": 7, "height": 6}, {"id": 9, "height": 7})
    assert [(row["id"], row["height_m"]) for row in result.rows] == [("7", 5), ("7-2", 6), ("9", 7)]


def test_fields_may_be_called_whatever_the_reader_calls_its_own_columns(tmp_path: Path) -> None:
    named = {"height": 5, "geometry": "brick", "wkb_geometry": "x", "OGC_FID": 4, "gid": 8, "height_source": "lidar"}
    data = collection({**feature(), "properties": named})
    (row,) = convert(write_json(tmp_path, data)).rows
    assert row["geometry"] != "brick"
    assert row["source_geometry"] == "brick"
    assert (row["wkb_geometry"], row["OGC_FID"], row["source_gid"]) == ("x", 4, 8)
    assert (row["height_source"], row["source_height_source"]) == ("field", "lidar")


def test_ids_too_long_for_a_number_are_warned_of(tmp_path: Path) -> None:
    assert "imprecise-id" in read(tmp_path, {"id": 2**70, "height": 5}, {"id": 3, "height": 5}).warned


def test_nested_values_end_as_text_or_as_an_issue(tmp_path: Path) -> None:
    result = read(tmp_path, {"id": {"x": 1}, "height": {"a": 5}}, {"id": [1], "height": 6})
    assert len(result.rows) + result.log.rejected == 2


def test_every_row_has_the_decisions_of_its_source(tmp_path: Path) -> None:
    result = read(tmp_path, {"编号": "B1", "height": 5, "层数": 2, "名称": "庙"})
    assert result.stream.meta.fields == {"id": "编号", "name": "名称", "height_m": "height", "storeys": "层数"}
    note = next(issue for issue in result.log if issue.code == "fields")
    assert "storeys ← 层数" in note.message


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("roof_slope_deg", 91, None),
        ("window_wall_ratio", 0.45, 0.45),
        ("window_wall_ratio", 1.2, None),
        ("sign_count", -1, None),
        ("base_m", -20, -20),
    ],
)
def test_every_number_has_values_that_are_not_believed(
    name: str, value: float, expected: float | None, tmp_path: Path
) -> None:
    result = read(tmp_path, {"height": 9, name: value})
    assert result.rows[0][name] == expected
    assert any(issue.code.startswith("unusable") for issue in result.log) == (expected is None)


def test_figures_that_contradict_each_other_are_warned_of_and_kept(tmp_path: Path) -> None:
    """An eave of 15 m is above a top of 9 m; 60 m in one storey is above 20 m and 10 m of roof."""
    result = read(
        tmp_path,
        {"height_m": 9, "eave_height_m": 15},
        {"height_m": 60, "storeys": 1},
        {"height_m": 9, "eave_height_m": 6, "storeys": 3},
    )
    warned = [issue for issue in result.log.issues if issue.code == "contradicting-figures"]
    assert [issue.message.split(": ")[1] for issue in warned] == [
        "the eave above the top (eave_height_m, height_m)",
        "too few storeys for the height (storeys, height_m)",
    ]
    assert [row["height_m"] for row in result.rows] == [9, 60, 9]
