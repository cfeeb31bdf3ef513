from __future__ import annotations

import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim_core.renewal import LINKS_SCHEMA, MERGED_LINKS_SCHEMA, link_buildings, merge_links


def buildings_of(*footprints):
    return pa.table(
        {
            "id": [f"b{i}" for i in range(len(footprints))],
            "dataset": ["town"] * len(footprints),
            "geometry": pa.array([None if f is None else f.wkb for f in footprints], pa.binary()),
        }
    )


def projects_of(buffer_m=None, **shapes):
    return pa.table(
        {
            "id": list(shapes),
            "geometry": pa.array([None if s is None else s.wkb for s in shapes.values()], pa.binary()),
            "buffer_m": pa.array([buffer_m] * len(shapes), pa.float64()),
        }
    )


def rows(table):
    return [
        (r["project_id"], r["building_id"], r["area_share"], r["relation"], r["buffer_m"]) for r in table.to_pylist()
    ]


def manual_of(*corrections: dict) -> pa.Table:
    text = {n: pa.string() for n in ("project_id", "dataset", "building_id", "action", "reason", "by")}
    schema = pa.schema([*text.items(), ("included", pa.bool_())])
    return pa.Table.from_pylist([{"dataset": "town", "by": "someone", **c} for c in corrections], schema=schema)


AREA = projects_of(p=shapely.box(0, 0, 100, 100))


def test_an_area_holds_buildings_whole_or_in_part():
    links = link_buildings(
        buildings_of(
            shapely.box(10, 10, 20, 20),
            shapely.box(95, 0, 115, 10),
            shapely.box(100, 50, 110, 60),
            shapely.box(99.95, 50, 110, 60),
        ),
        AREA,
    )
    assert links.schema == LINKS_SCHEMA
    assert rows(links) == [("p", "b0", 1.0, "inside", None), ("p", "b1", 0.25, "crosses", None)]


def test_a_line_takes_the_buildings_within_its_buffer():
    line = projects_of(street=shapely.LineString([(0, 0), (200, 0)]))
    links = link_buildings(
        buildings_of(
            shapely.box(50, 12, 60, 28),
            shapely.box(80, 20, 90, 40),
            shapely.box(100, -5, 110, 5),
            shapely.box(50, 31, 60, 40),
        ),
        line,
    )
    assert rows(links) == [
        ("street", "b0", 1.0, "near", 30.0),
        ("street", "b1", 0.5, "near", 30.0),
        ("street", "b2", 1.0, "crosses", 30.0),
    ]


def test_points_have_their_own_buffer_and_a_row_may_state_another():
    near, far = shapely.box(10, -5, 20, 5), shapely.box(40, -5, 50, 5)
    points = shapely.MultiPoint([(0, 0), (500, 500)])
    assert rows(link_buildings(buildings_of(near, far), projects_of(stop=points))) == [
        ("stop", "b0", 1.0, "near", 25.0)
    ]
    wide = link_buildings(buildings_of(near, far), projects_of(buffer_m=60.0, stop=points))
    assert [(r[1], r[4]) for r in rows(wide)] == [("b0", 60.0), ("b1", 60.0)]
    none = link_buildings(buildings_of(near), projects_of(stop=points), {"point": 5.0, "line": 5.0})
    assert none.num_rows == 0


def test_a_project_without_place_and_a_building_without_outline_link_nothing():
    assert link_buildings(buildings_of(shapely.box(0, 0, 1, 1)), projects_of(system=None)).num_rows == 0
    assert link_buildings(buildings_of(None), AREA).num_rows == 0
    assert link_buildings(buildings_of(), AREA).num_rows == 0
    assert link_buildings(buildings_of(shapely.box(0, 0, 1, 1)), AREA.slice(0, 0)).schema == LINKS_SCHEMA


def derived():
    return link_buildings(buildings_of(shapely.box(10, 10, 20, 20), shapely.box(90, 0, 110, 10)), AREA)


def merged(*corrections: dict):
    table = merge_links(derived(), manual_of(*corrections))
    assert table.schema == MERGED_LINKS_SCHEMA
    return [(r["building_id"], r["area_share"], r["relation"], r["origin"], r["action"]) for r in table.to_pylist()]


def test_without_corrections_all_links_come_from_geometry():
    assert merged() == [("b0", 1.0, "inside", "geometry", None), ("b1", 0.5, "crosses", "geometry", None)]


def test_an_exclusion_by_hand_removes_a_derived_link():
    assert merged({"project_id": "p", "building_id": "b1", "included": False}) == [
        ("b0", 1.0, "inside", "geometry", None)
    ]


def test_an_inclusion_by_hand_adds_a_link_or_marks_a_derived_one():
    assert merged(
        {"project_id": "p", "building_id": "b9", "included": True, "action": "repair"},
        {"project_id": "p", "building_id": "b0", "included": True, "action": "keep"},
    ) == [
        ("b0", 1.0, "inside", "manual", "keep"),
        ("b1", 0.5, "crosses", "geometry", None),
        ("b9", None, "manual", "manual", "repair"),
    ]


def test_the_last_correction_counts():
    first = {"project_id": "p", "building_id": "b0", "included": False}
    assert merged(first, {**first, "included": True})[0][3] == "manual"
    assert [m[0] for m in merged({**first, "included": True}, first)] == ["b1"]


def test_a_correction_of_another_dataset_or_project_does_not_apply():
    assert len(merged({"project_id": "p", "building_id": "b0", "dataset": "other", "included": False})) == 2
    assert len(merged({"project_id": "q", "building_id": "b0", "included": False})) == 2


def test_an_unknown_action_is_refused():
    with pytest.raises(ValueError, match="explode"):
        merged({"project_id": "p", "building_id": "b0", "included": True, "action": "explode"})


@given(
    st.lists(
        st.fixed_dictionaries(
            {"project_id": st.just("p"), "building_id": st.sampled_from(["b0", "b1", "b2"]), "included": st.booleans()}
        ),
        max_size=6,
    )
)
def test_deriving_again_never_undoes_a_decision(corrections):
    manual = manual_of(*corrections)
    once = merge_links(derived(), manual)
    again = merge_links(derived(), manual)
    assert once.equals(again)
    last = {c["building_id"]: c["included"] for c in corrections}
    linked = set(once["building_id"].to_pylist())
    assert all((b in linked) == included for b, included in last.items())
