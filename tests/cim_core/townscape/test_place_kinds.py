"""Kinds about view corridors, streets and plan units, on a toy street of three boxes 10 m square at x = 0, 20, 40."""

from __future__ import annotations

import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from cim_core.errors import RulePackError
from cim_core.townscape import Places, check_buildings

from .builders import TODAY, buildings_of, frontages_of, pack_of, rule, zones_of

PARCEL = shapely.box(-5, -5, 35, 20)  # 40 × 25 = 1,000 m² around b0 and b1
UNIT = shapely.box(-10, -10, 70, 40)  # 80 × 50 = 4,000 m² around all three


def units_of(*rows: dict) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.Table.from_pylist([dict.fromkeys(names) | row | {"geometry": row["geometry"].wkb} for row in rows])


UNITS = (
    {"id": "D", "level": "district", "geometry": UNIT.buffer(10)},
    {"id": "U", "parent_id": "D", "level": "unit", "geometry": UNIT},
    {
        "id": "P",
        "parent_id": "U",
        "level": "parcel",
        "geometry": PARCEL,
        "name_zh": "一号地块",
        "land_use": "residential",
        "far_max": 0.5,
        "coverage_max_percent": 25.0,
        "green_min_percent": 30.0,
        "green_area_m2": 250.0,
        "hard_area_m2": 25000.0,
        "population": 20.0,
    },
    {"id": "Q", "parent_id": "U", "level": "parcel", "geometry": shapely.box(36, -5, 60, 20), "land_use": "plaza"},
)
THREE = ({"storeys": 2}, {"storeys": 4}, {"storeys": 6})


def judge(kind: str, parameters: str, *, records=THREE, applies_to="{}", streets=None, zones=None, **places) -> list:
    pack = pack_of(rule(kind, parameters, applies_to=applies_to))
    fronts = places.pop("frontages", frontages_of())
    found = check_buildings(
        buildings_of(*records), zones or zones_of(), fronts, [pack], TODAY, streets, places=Places(**places)
    )
    return found.to_pylist()


def on_units(kind: str, parameters: str, **more) -> list:
    return judge(kind, parameters, plan_units=units_of(*UNITS), **more)


def test_floor_area_ratio_of_a_parcel_and_of_its_unit():
    parcel, empty = on_units("floor-area-ratio", "{max: 0.6}")
    # (100 × 2 + 100 × 4) ÷ 1,000, at the limit
    assert (parcel["building_id"], parcel["dataset"], parcel["gid"]) == ("P", "plan_units", None)
    assert (parcel["verdict"], parcel["measured_value"], parcel["margin"]) == ("pass", 0.6, 0.0)
    # b2 stands on Q: 100 × 6 ÷ (24 × 25)
    assert (empty["building_id"], empty["measured_value"], empty["verdict"]) == ("Q", 1.0, "fail")
    assert "一号地块" in parcel["message_zh"]
    (unit,) = on_units("floor-area-ratio", "{max: 0.25, level: unit}")
    assert (unit["building_id"], unit["measured_value"], unit["verdict"]) == ("U", 0.3, "fail")
    assert shapely.from_wkb(unit["evidence"]).equals(UNIT)


def test_the_planned_figure_of_each_parcel_is_its_limit():
    parcel, other = on_units("floor-area-ratio", "{by_plan: true}")
    assert (parcel["verdict"], parcel["limit_max"], parcel["margin"]) == ("fail", 0.5, pytest.approx(-0.1))
    assert (other["verdict"], other["limit_max"]) == ("no_data", None)
    assert other["message_en"] == "Floor area ratio: no limit; not judged (planned figure not recorded)."
    assert (other["source"], other["limit_text"]) == ("far_max: missing", "planned figure not recorded")


def test_a_planned_figure_with_three_decimals_is_told_from_the_value():
    """594.4 m² ÷ 1,000 m²; two decimals would say 0.59 of both limits."""
    floors = ({"floor_area_m2": 594.4}, {"floor_area_m2": 0.0}, {"storeys": 6})
    shown = [on_units("floor-area-ratio", f"{{max: {most}}}", records=floors)[0] for most in (0.5944, 0.5943)]
    assert [f["verdict"] for f in shown] == ["pass", "fail"]
    assert shown[0]["message_en"] == "Floor area ratio 0.5944 (P) holds ≤ 0.5944."
    assert shown[1]["message_en"] == "Floor area ratio 0.5944 (P); ≤ 0.5943 is broken by 0.0001."


def test_unknown_storeys_stand_only_where_they_cannot_matter():
    records = ({"storeys": 2}, {"storeys": None}, {"storeys": 6})
    bounds = [(0.29, "fail"), (1.0, "no_data"), (2.0, "pass")]  # 100 × 2 + 100 × (1 … 18) = 300 … 2,000
    for most, verdict in bounds:
        assert on_units("floor-area-ratio", f"{{max: {most}}}", records=records)[0]["verdict"] == verdict
    recorded = ({"storeys": 2}, {"floor_area_m2": 350.0}, {"storeys": 6})
    assert on_units("floor-area-ratio", "{max: 1}", records=recorded)[0]["measured_value"] == 0.55


def test_coverage_green_hard_surface_and_population():
    coverage, _ = on_units("building-coverage", "{by_plan: true}")
    assert (coverage["measured_value"], coverage["verdict"], coverage["margin"]) == (20.0, "pass", 5.0)
    green, unknown = on_units("green-ratio", "{min_percent: 30}")
    assert (green["measured_value"], green["verdict"], green["margin"]) == (25.0, "fail", -5.0)
    assert (unknown["verdict"], unknown["source"]) == ("no_data", "green_area_m2: missing")
    hard, _ = on_units("hard-surface", "{max_ha: 2}")
    assert (hard["measured_value"], hard["verdict"], hard["unit"]) == (2.5, "fail", "ha")
    people, _ = on_units("population-density", "{min_per_km2: 6000, max_per_km2: 10000}")
    assert (people["measured_value"], people["verdict"]) == (20000.0, "fail")


def test_zones_uses_units_and_streets_choose_parcels():
    ids = lambda found: [f["building_id"] for f in found]  # noqa: E731
    assert ids(on_units("building-coverage", "{max_percent: 90}", applies_to="{units: [U]}")) == ["P", "Q"]
    assert ids(on_units("building-coverage", "{max_percent: 90}", applies_to="{units: [Q]}")) == ["Q"]
    assert ids(on_units("building-coverage", "{max_percent: 90}", applies_to="{uses: [residential]}")) == ["P"]
    fronts = frontages_of(("b2", "high", 10.0))
    found = on_units("building-coverage", "{max_percent: 90}", applies_to="{streets: [high]}", frontages=fronts)
    assert ids(found) == ["Q"]
    west = zones_of(z=shapely.box(-100, -100, 15, 100))  # half of P
    for share, expected in ((40, ["P"]), (60, [])):
        where = f"{{zones: [z], relation: intersects, min_overlap_percent: {share}}}"
        assert ids(on_units("building-coverage", "{max_percent: 90}", applies_to=where, zones=west)) == expected


def test_an_unknown_unit_is_refused():
    with pytest.raises(RulePackError, match="unknown plan unit 'X'"):
        on_units("storeys", "{max: 9}", applies_to="{units: [U, X]}")


def test_a_building_is_reached_through_its_parcel_and_the_units_above_it():
    for unit, expected in (("P", ["b0", "b1"]), ("U", ["b0", "b1", "b2"]), ("D", ["b0", "b1", "b2"])):
        found = on_units("storeys", "{max: 9}", applies_to=f"{{units: [{unit}]}}")
        assert [f["building_id"] for f in found] == expected


def test_a_zone_reaches_buildings_by_centroid_overlap_or_whole():
    zone = zones_of(z=shapely.box(-5, -5, 24, 20))  # all of b0, 40 % of b1
    for relation, expected in (
        ("{zones: [z]}", ["b0"]),
        ("{zones: [z], relation: intersects}", ["b0", "b1"]),
        ("{zones: [z], relation: intersects, min_overlap_percent: 50}", ["b0"]),
        ("{zones: [z], relation: contains}", ["b0"]),
    ):
        found = judge("storeys", "{max: 9}", applies_to=relation, zones=zone)
        assert [f["building_id"] for f in found] == expected
        assert all("crosses" not in f["message_en"] for f in found)


@settings(max_examples=20, deadline=None)
@given(st.floats(-180, 180), st.floats(0.2, 5.0))
def test_ratios_do_not_change_when_the_town_is_turned_or_scaled(angle, scale):
    def moved(shape):
        turned = affinity.rotate(shape, angle, origin=(0, 0))
        return affinity.scale(turned, scale, scale, origin=(0, 0))

    records = [
        {**record, "geometry": moved(shapely.box(20.0 * i, 0.0, 20.0 * i + 10.0, 10.0)).wkb}
        for i, record in enumerate(THREE)
    ]
    units = units_of(*({**row, "geometry": moved(row["geometry"])} for row in UNITS))
    for kind, parameters, value in (
        ("floor-area-ratio", "{max: 9}", 0.6),
        ("building-coverage", "{max_percent: 99}", 20.0),
    ):
        found = judge(kind, parameters, records=records, plan_units=units)
        assert found[0]["measured_value"] == pytest.approx(value, rel=1e-6)


STREETS = pa.table(
    {
        "id": ["high", "back", "new"],
        "class": ["trunk", "lane", None],
        "name_zh": ["大街", None, None],
        "width_m": [42.0, 6.0, None],
        "footway_width_m": [2.0, 1.2, None],
        "overhead_line_m": [0.0, 150.0, None],
        "geometry": [shapely.LineString([(0, y), (300, y)]).wkb for y in (0, 50, 100)],
    }
)


def test_streets_are_judged_as_a_whole():
    width = judge("right-of-way", "{max_m: 40}", streets=STREETS)
    assert [(f["building_id"], f["verdict"], f["margin"]) for f in width] == [
        ("high", "fail", -2.0),
        ("back", "pass", 34.0),
        ("new", "no_data", None),
    ]
    assert {f["dataset"] for f in width} == {"streets"}
    assert shapely.from_wkb(width[0]["evidence"]).length == 300.0
    assert "大街" in width[0]["message_zh"]
    footway = judge("footway-width", "{min_m: 2, classes: [trunk, lane]}", streets=STREETS)
    assert [f["verdict"] for f in footway] == ["pass", "fail"]
    lines = judge("overhead-lines", "{max_m: 0, per: 100_m}", streets=STREETS)
    assert [(f["verdict"], f["measured_value"]) for f in lines] == [("pass", 0.0), ("fail", 50.0), ("no_data", None)]


def test_zones_and_names_choose_streets():
    north = zones_of(z=shapely.box(-10, 40, 310, 200))
    found = judge("right-of-way", "{max_m: 40}", streets=STREETS, zones=north, applies_to="{zones: [z]}")
    assert [f["building_id"] for f in found] == ["back", "new"]
    found = judge("right-of-way", "{max_m: 40}", streets=STREETS, applies_to="{streets: [high]}")
    assert [f["building_id"] for f in found] == ["high"]


#: From an eye at 8 + 2 = 10 m at x = -60 to a wall from 20 m to 30 m at x = 40: the line of sight rises 0.1 m a metre.
CORRIDOR = pa.table(
    {
        "id": ["view"],
        "geometry": [shapely.LineString([(-60, 5), (40, 5)]).wkb],
        "viewpoint_ground_m": [8.0],
        "target_low_m": [20.0],
        "target_high_m": [30.0],
        "width_from_m": [20.0],
        "width_to_m": [20.0],
    }
)
SEEN = (
    {"base_m": 8.0, "height_m": 8.0, "height_source": "field"},  # top 16 at 60 m: the line is at 16
    {"base_m": 8.0, "height_m": 12.5, "height_source": "field"},  # top 20.5 at 80 m: the line is at 18
    {"base_m": 8.0, "height_m": 90.0, "height_source": "field"},  # at the far side of the wall
)


def test_an_intrusion_is_measured_from_the_line_of_sight():
    rule_text = "{max_intrusion_m: 0, eye_height_m: 2}"
    found = judge("view-corridor", rule_text, records=SEEN, view_corridors=CORRIDOR)
    assert [(f["building_id"], f["verdict"]) for f in found] == [("b0", "pass"), ("b1", "fail")]
    assert [f["measured_value"] for f in found] == pytest.approx([0.0, 2.5])
    assert found[1]["margin"] == pytest.approx(-2.5)
    assert "80 m from the viewpoint" in found[1]["message_en"]
    assert found[0]["evidence"] is None
    lid, sight = shapely.get_parts(shapely.from_wkb(found[1]["evidence"]))
    assert shapely.get_coordinates(lid, include_z=True)[:, 2] == pytest.approx(18.0)
    assert lid.area == pytest.approx(100.0)
    assert shapely.get_coordinates(sight, include_z=True).tolist() == [[-60, 5, 10], [40, 5, 20]]
    (_, unknown) = judge("view-corridor", rule_text, records=(SEEN[0], {"height_m": 9.0}), view_corridors=CORRIDOR)
    assert (unknown["verdict"], unknown["source"]) == ("no_data", "base_m or height_m: missing")


def test_the_evidence_of_an_intrusion_is_the_part_inside_the_corridor():
    narrow = CORRIDOR.set_column(5, "width_from_m", [[8.0]]).set_column(6, "width_to_m", [[8.0]])  # y from 1 to 9
    (_, found) = judge("view-corridor", "{max_intrusion_m: 0, eye_height_m: 2}", records=SEEN, view_corridors=narrow)
    lid, _ = shapely.get_parts(shapely.from_wkb(found["evidence"]))
    assert shapely.normalize(shapely.force_2d(lid)) == shapely.normalize(shapely.box(20, 1, 30, 9))


@pytest.mark.parametrize("kind", ["view-corridor", "target-visibility"])
def test_an_unknown_corridor_is_refused(kind: str):
    limit = "max_intrusion_m: 0" if kind == "view-corridor" else "min_percent: 50"
    with pytest.raises(RulePackError, match="unknown view corridor 'vista'") as refused:
        judge(kind, f"{{corridors: [view, vista], eye_height_m: 2, {limit}}}", records=SEEN, view_corridors=CORRIDOR)
    assert refused.value.hint == "view corridors of this town: view"


def test_a_line_of_sight_that_falls_is_lowest_at_the_far_end():
    falling = CORRIDOR.set_column(3, "target_low_m", [[0.0]])  # from 10 m down 0.1 m a metre: 3 m at 70 m
    (low, _) = judge(
        "view-corridor",
        "{max_intrusion_m: 0, eye_height_m: 2}",
        records=({"base_m": 0.0, "height_m": 4.0}, {"base_m": 0.0, "height_m": 0.5}),
        view_corridors=falling,
    )
    assert (low["verdict"], low["measured_value"]) == ("fail", pytest.approx(1.0))


def test_the_visible_share_of_the_target():
    # b1 hides to 10 + 10.5 × 100 / 80 = 23.125 m, over its half width 5 / 80 × 100 = 6.25 of 10 m on both sides
    found = judge("target-visibility", "{min_percent: 50, eye_height_m: 2}", records=SEEN[:2], view_corridors=CORRIDOR)
    assert [f["building_id"] for f in found] == ["b0", "b1"]
    assert [f["measured_value"] for f in found] == pytest.approx([100 - 31.25 * 0.625] * 2, abs=0.2)
    assert {f["verdict"] for f in found} == {"pass"}
    blind = judge(
        "target-visibility", "{min_percent: 50, eye_height_m: 2}", records=({}, SEEN[0]), view_corridors=CORRIDOR
    )
    assert {f["verdict"] for f in blind} == {"no_data"}  # the first may hide all: 5 / 60 × 100 = 8.3 of 10 m


def test_without_places_such_rules_find_nothing():
    for kind, parameters in (
        ("view-corridor", "{max_intrusion_m: 0, eye_height_m: 2}"),
        ("floor-area-ratio", "{max: 1}"),
        ("right-of-way", "{max_m: 40}"),
    ):
        assert judge(kind, parameters) == []
