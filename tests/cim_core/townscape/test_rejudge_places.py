"""What an edited building does to its parcel and to the view through it, as a check of the whole changed town says."""

from __future__ import annotations

import pyarrow as pa
import shapely

from cim_core.townscape import Places, check_buildings
from cim_core.townscape.check import RuleSet
from cim_core.townscape.rejudge import BuildingEdit, Checker

from .builders import TODAY, buildings_of, frontages_of, pack_of, rule, zones_of

RULES = (
    rule("floor-area-ratio", "{max: 1}", id="far")
    + rule("target-visibility", "{min_percent: 50, eye_height_m: 0}", id="seen")
    + rule("view-corridor", "{max_intrusion_m: 0, eye_height_m: 0}", id="view")
    + rule("right-of-way", "{max_m: 40}", id="row")
)
#: Five parcels for two buildings: places must not be taken for buildings of the same row.
UNITS = pa.table(
    {
        "id": [f"p{i}" for i in range(5)],
        "level": ["parcel"] * 5,
        "geometry": [shapely.box(20.0 * i, 0, 20.0 * i + 10, 20).wkb for i in range(5)],
    }
)
VIEW = pa.table(
    {
        "id": ["view"],
        "geometry": [shapely.LineString([(-50, 5), (50, 5)]).wkb],
        "viewpoint_ground_m": [10.0],
        "target_low_m": [10.0],
        "target_high_m": [20.0],
        "width_from_m": [10.0],
        "width_to_m": [10.0],
    }
)
STREETS = pa.table({"id": ["high"], "class": ["main"], "width_m": [50.0]})
PLACES = Places(plan_units=UNITS, view_corridors=VIEW)
LOW = {"height_m": 6.0, "storeys": 2, "base_m": 0.0, "height_source": "field"}


def verdicts(table: pa.Table) -> dict[tuple[str, str, str], str]:
    return {(f["dataset"], f["building_id"], f["rule_id"]): f["verdict"] for f in table.to_pylist()}


def whole(buildings: pa.Table) -> dict[tuple[str, str, str], str]:
    pack = pack_of(RULES)
    return verdicts(check_buildings(buildings, zones_of(), frontages_of(), [pack], TODAY, STREETS, places=PLACES))


def test_an_edit_reaches_the_parcel_and_the_view():
    buildings = buildings_of(LOW, LOW)
    checker = Checker(buildings, zones_of(), frontages_of(), RuleSet([pack_of(RULES)], TODAY), STREETS, PLACES)
    before = verdicts(checker.check())
    assert before == whole(buildings)
    assert before["plan_units", "p0", "far"] == "pass"  # 100 × 2 ÷ 200
    assert len([key for key in before if key[2] == "far"]) == 5
    edit = BuildingEdit("town", "b0", {"storeys": 5, "height_m": 19.0})
    changed = verdicts(checker.rejudge([edit]).findings)
    after = whole(buildings_of({**LOW, "storeys": 5, "height_m": 19.0}, LOW))
    assert changed["plan_units", "p0", "far"] == "fail"
    assert changed["town", "b0", "view"] == "fail"
    assert changed["town", "b1", "seen"] == "fail"  # its neighbour hides the target from it
    assert {key: value for key, value in after.items() if before[key] != value}.items() <= changed.items()
    assert all(after[key] == value for key, value in changed.items())
    checker.apply([edit])
    assert verdicts(checker.check()) == after


def test_a_building_outside_a_corridor_changes_nothing_of_the_view():
    """The edited building comes first, so that numbering the edited last would take others for new."""
    records = [
        {"id": "n2", "height_m": 18.0, "geometry": shapely.box(20, 15, 50, 25).wkb},
        {"id": "v1", "height_m": 15.6, "geometry": shapely.box(148, 40, 152, 50).wkb},
        {"id": "v2", "height_m": 18.0, "geometry": shapely.box(145, 60, 155, 66).wkb},
    ]
    corridor = {
        "id": "c1",
        "geometry": shapely.LineString([(150, -100), (150, 100)]).wkb,
        "viewpoint_ground_m": 940.0,
        "target_low_m": 961.6,
        "target_high_m": 971.6,
        "width_from_m": 4.0,
        "width_to_m": 20.0,
    }
    rules = RuleSet([pack_of(rule("target-visibility", "{min_percent: 33.3, eye_height_m: 1.6}"))], TODAY)
    places = Places(view_corridors=pa.Table.from_pylist([corridor]))
    town = buildings_of(*({**record, "base_m": 940.0} for record in records))
    checker = Checker(town, zones_of(), frontages_of(), rules, None, places)
    assert [f["building_id"] for f in checker.check().to_pylist()] == ["v1", "v2"]
    done = checker.rejudge([BuildingEdit("town", "n2", {"height_m": 25.0})])
    assert (done.findings.num_rows, done.gone.num_rows) == (0, 0)
