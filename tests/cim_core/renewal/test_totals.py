from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from cim_core.errors import UsageError
from cim_core.renewal import (
    PARTS_SCHEMA,
    PROJECTS_SCHEMA,
    RenewalLimits,
    build_parts,
    check_projects,
    measure_figures,
    merge_scenario_parts,
    read_renewal_limits,
    total_projects,
)

BASE = {"name_zh": "甲", "name_en": "A", "type": "residential", "batch": "reserve", "stage": "programme"}


@pytest.fixture(scope="module")
def limits(repository: Path) -> RenewalLimits:
    return read_renewal_limits(repository / "sample_models" / "packs" / "renewal-limits.yaml")


def projects(*rows: dict) -> pa.Table:
    return pa.Table.from_pylist([{**BASE, **row} for row in rows], schema=PROJECTS_SCHEMA)


def buildings(*storeys: int | None) -> pa.Table:
    """b0, b1 … each 10 × 10 m, 20 m apart; all but the last judged to fail."""
    return pa.table(
        {
            "dataset": ["town"] * len(storeys),
            "id": [f"b{i}" for i in range(len(storeys))],
            "geometry": shapely.to_wkb([shapely.box(20 * i, 0, 20 * i + 10, 10) for i in range(len(storeys))]),
            "storeys": pa.array(storeys, pa.int32()),
            "verdict": ["fail"] * (len(storeys) - 1) + ["pass"],
        }
    )


def links(*rows: tuple[str, str, float | None, str | None]) -> pa.Table:
    names = ("project_id", "building_id", "area_share", "action")
    columns = [pa.array(values, t) for values, t in zip(zip(*rows, strict=True), _TYPES, strict=True)]
    return pa.table(dict(zip(names, columns, strict=True)) | {"dataset": ["town"] * len(rows)})


_TYPES = (pa.string(), pa.string(), pa.float64(), pa.string())
#: Floors: b0 200, b1 300, b2 400 m².
TOWN = buildings(2, 3, 4)


def row(table: pa.Table, key: str | None) -> dict:
    return next(r for r in table.to_pylist() if r["key"] == key)


def test_floor_before_and_after_by_actions():
    parts = build_parts(
        links(("p", "b0", 1.0, "demolish"), ("p", "b1", 0.5, None), ("p", "b2", None, "new"), ("p", "gone", 1.0, None)),
        TOWN,
    )
    assert parts.schema == PARTS_SCHEMA
    total = row(total_projects(projects({"id": "p"}), parts), "all")
    assert (total["buildings"], total["existing_floor_m2"]) == (3, 200 + 150)
    assert (total["demolished_floor_m2"], total["new_floor_m2"], total["floor_after_m2"]) == (200, 400, 550)
    assert (total["before_fail"], total["after_fail"], total["before_pass"], total["after_pass"]) == (2, 1, 0, 1)


def test_a_building_counts_once_in_a_group_with_its_larger_share():
    parts = build_parts(links(("p", "b0", 0.25, None), ("q", "b0", 1.0, None), ("r", "b0", 1.0, None)), TOWN)
    rows = projects({"id": "p"}, {"id": "q"}, {"id": "r", "batch": "planned"})
    table = total_projects(rows, parts, "batch")
    assert (row(table, "reserve")["existing_floor_m2"], row(table, "reserve")["buildings"]) == (200, 1)
    assert (row(table, "planned")["projects"], row(table, "planned")["buildings"]) == (1, 1)
    assert row(total_projects(rows, parts, "project"), "p")["existing_floor_m2"] == 50


def test_money_has_its_own_year_and_floor_the_year_of_completion():
    plan = json.dumps([{"source": "central", "year": y, "amount_cny": a} for y, a in ((2026, 5e6), (2027, 7e6))])
    rows = projects({"id": "p", "ends_on": "2027-06-30", "investment": plan, "households": 9}, {"id": "q"})
    table = total_projects(rows, build_parts(links(("p", "b1", 1.0, None)), TOWN), "year")
    assert table["key"].to_pylist() == ["2026", "2027", None]
    first, second = row(table, "2026"), row(table, "2027")
    assert (first["investment_cny"], first["projects"], second["investment_cny"]) == (5e6, 0, 7e6)
    assert (second["existing_floor_m2"], second["households"], row(table, None)["projects"]) == (300, 9, 1)
    assert row(total_projects(rows, table_of_no_parts(), "stage"), "programme")["investment_cny"] == 12e6


def test_areas_are_the_districts_above_the_units_of_the_projects():
    units = pa.table(
        {
            "id": ["parcel", "unit", "north", "south", "alone", "ring-a", "ring-b"],
            "parent_id": ["unit", "north", None, None, None, "ring-b", "ring-a"],
            "level": ["parcel", "unit", "district", "district", "unit", "unit", "unit"],
        }
    )
    of = {"p": "unit", "q": "parcel", "r": "south", "s": "alone", "t": "ring-a", "u": "elsewhere", "v": None}
    rows = projects(*({"id": id_, "unit_id": unit, "households": 10} for id_, unit in of.items()))
    parts = build_parts(links(("p", "b0", 1.0, None), ("q", "b0", 0.5, None), ("q", "b1", 1.0, "demolish")), TOWN)
    table = total_projects(rows, parts, "area", units)
    assert table["key"].to_pylist() == ["north", "south", None]
    north = row(table, "north")
    assert (north["projects"], north["households"], north["buildings"]) == (2, 20, 2)
    assert (north["existing_floor_m2"], north["demolished_floor_m2"], north["floor_after_m2"]) == (500, 300, 200)
    assert (north["before_fail"], north["after_fail"]) == (2, 1)
    assert (row(table, "south")["projects"], row(table, None)["projects"]) == (1, 4)
    assert total_projects(rows, parts, "area")["key"].to_pylist() == [None]


def table_of_no_parts() -> pa.Table:
    return PARTS_SCHEMA.empty_table()


def test_an_unknown_grouping_is_refused_and_no_projects_are_no_trouble():
    with pytest.raises(UsageError, match="colour"):
        total_projects(projects({"id": "p"}), table_of_no_parts(), "colour")
    assert total_projects(PROJECTS_SCHEMA.empty_table(), table_of_no_parts(), "year").num_rows == 0


def test_a_scenario_overrides_the_action_and_adds_its_new_buildings():
    parts = build_parts(links(("p", "b0", 1.0, "keep"), ("p", "b1", 1.0, None)), TOWN)
    scenario = pa.Table.from_pylist(
        [
            {"project_id": "p", "dataset": "town", "building_id": "b0", "action": "demolish", "floor_m2": 200.0,
             "floor_after_m2": 0.0, "verdict": "fail"},
            {"project_id": "p", "dataset": "new", "building_id": "n1", "action": "new", "floor_m2": 0.0,
             "floor_after_m2": 500.0, "verdict_after": "pass"},
        ],
        schema=PARTS_SCHEMA,
    )  # fmt: skip
    merged = merge_scenario_parts(parts, scenario)
    total = row(total_projects(projects({"id": "p"}), merged), "all")
    assert (total["existing_floor_m2"], total["demolished_floor_m2"], total["new_floor_m2"]) == (500, 200, 500)
    assert (total["before_fail"], total["after_fail"], total["after_pass"]) == (2, 1, 1)
    assert merge_scenario_parts(parts, PARTS_SCHEMA.empty_table()).equals(parts)


def test_figures_are_stated_or_measured_and_unknown_without_actions_or_storeys():
    parts = build_parts(links(("p", "b0", 1.0, "demolish"), ("p", "b1", 1.0, None), ("q", "b0", 1.0, None)), TOWN)
    rows = projects({"id": "p", "existing_floor_m2": 1000.0}, {"id": "q"}, {"id": "r"})
    found = measure_figures(rows, parts).to_pylist()
    assert [f["existing_floor_m2"] for f in found] == [1000, 200, None]
    assert [f["demolished_floor_m2"] for f in found] == [200, None, None]
    unknown = build_parts(links(("p", "b0", 1.0, "demolish")), buildings(None, 3, 4))
    assert measure_figures(projects({"id": "p"}), unknown).to_pylist()[0]["demolished_floor_m2"] is None


@pytest.mark.parametrize(
    ("stated_m2", "actions", "verdict", "linked"),
    [
        (135, ("demolish", "demolish", "demolish"), "review", 1.0),  # 135 of 900 m² is 15 %, the links say all 900 m²
        (135, ("demolish", "keep", "keep"), "review", 2 / 9),  # 200 of 900 m²
        (135, ("keep", "keep", "keep"), "pass", 0.0),
        (135, (None, None, None), "pass", None),
        (200, (None, None, None), "fail", None),
        (200, ("keep", "keep", "keep"), "review", 0.0),
        (200, ("keep", None, None), "fail", 0.0),  # what is not decided yet may be demolished
        (200, ("demolish", "keep", "keep"), "fail", 2 / 9),
    ],
)
def test_a_stated_share_that_the_linked_buildings_contradict_is_for_review(
    stated_m2: float, actions: tuple[str | None, ...], verdict: str, linked: float | None, limits: RenewalLimits
) -> None:
    parts = build_parts(links(*(("p", f"b{i}", 1.0, action) for i, action in enumerate(actions))), TOWN)
    stated = projects({"id": "p", "existing_floor_m2": 900, "demolished_floor_m2": stated_m2})
    (found,) = [
        row
        for row in check_projects(measure_figures(stated, parts), limits, dt.date(2026, 6, 1)).to_pylist()
        if row["check"] == "demolition-share"
    ]
    assert (found["verdict"], found["measured_value"]) == (verdict, pytest.approx(stated_m2 / 900))
    assert found["linked_value"] == (None if linked is None else pytest.approx(linked))
    if verdict == "review":
        assert f"{round(linked * 100, 2):g} % by the linked buildings" in found["message_en"]
        assert "申报数据得" in found["message_zh"]


def test_overlaps_and_control_lines_are_shares_of_the_own_place():
    def wkb(shape: shapely.Geometry) -> bytes:
        return bytes(shapely.to_wkb(shape))

    line = shapely.LineString([(0, 5), (40, 5)])
    rows = projects(
        {"id": "p", "geometry": wkb(shapely.box(0, 0, 10, 10))},
        {"id": "q", "geometry": wkb(shapely.box(8, 0, 18, 20))},
        {"id": "r", "geometry": wkb(shapely.box(9, 0, 10, 10))},
        {"id": "s", "geometry": wkb(line)},
        {"id": "t"},
        {"id": "u", "placeless": True},
    )
    lines = pa.table({"geometry": [wkb(shapely.box(0, 0, 5, 10)), wkb(shapely.box(3, 0, 5, 10))]})
    found = measure_figures(rows, table_of_no_parts(), lines).to_pylist()
    assert [f["overlap_share"] for f in found] == [0.2, 0.1, 1.0, 0.0, None, 0.0]
    assert [f["overlaps_with"] for f in found[:3]] == ["q, r", "p, r", "p, q"]
    assert [f["control_line_share"] for f in found] == [0.5, 0.0, 0.0, 0.125, None, 0.0]
    nobody_knows = measure_figures(rows, table_of_no_parts()).to_pylist()
    assert [f["control_line_share"] for f in nobody_knows] == [None] * 5 + [0.0]
