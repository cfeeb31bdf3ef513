"""Judging a few changed buildings must say what a check of the whole changed town says."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.errors import NotFoundError, UsageError
from cim_core.features.edited import with_forgotten
from cim_core.streets import derive_frontages
from cim_core.townscape.check import RuleSet, check_buildings
from cim_core.townscape.edits import BuildingEdit
from cim_core.townscape.rejudge import Checker

from .builders import TODAY, buildings_of, pack_of, rule, zones_of

LOW = {"height_m": 6.0, "eave_height_m": 6.0, "height_source": "field", "roof_form": "flat", "storeys": 2}
RULES = (
    rule("building-height", "{max_m: 12}", id="height", applies_to="{zones: [core]}")
    + rule("storeys", "{max: 3}", id="storeys", applies_to="{streets: [main], when: 'height_m > 3'}")
    + rule("setback", "{limits: [{limit_m: 3}]}", id="setback")
    + rule("street-enclosure", "{max_d_h: 2}", id="enclosure")
    + rule("permeability", "{min_percent: 30}", id="gaps")
    + rule("same-eave-rate", "{min_percent: 80}", id="eaves")
    + rule("low-rise-share", "{min_percent: 70, low_storeys: 3}", id="low", applies_to="{zones: [core]}")
)
STREETS = pa.table(
    {
        "id": ["main", "side"],
        "class": ["main", "lane"],
        "width_m": [10.0, 6.0],
        "geometry": pa.array(
            [shapely.LineString([(-10, 20), (130, 20)]).wkb, shapely.LineString([(125, -20), (125, 60)]).wkb]
        ),
    }
)
ZONES = zones_of(core=shapely.box(-5, -5, 62, 60))


def town() -> pa.Table:
    """Six buildings south of the street and six north of it."""
    records = []
    for i in range(12):
        y = 0.0 if i < 6 else 28.0
        records.append({**LOW, "geometry": shapely.box(20.0 * (i % 6), y, 20.0 * (i % 6) + 12.0, y + 10.0).wkb})
    return buildings_of(*records)


def checker_of(buildings: pa.Table, exemptions: str = "") -> Checker:
    rules = RuleSet([pack_of(RULES, exemptions)], TODAY)
    return Checker(buildings, ZONES, derive_frontages(buildings, STREETS), rules, STREETS)


def full_check(buildings: pa.Table) -> dict[tuple, tuple]:
    frontages = derive_frontages(buildings, STREETS)
    found = check_buildings(buildings, ZONES, frontages, [pack_of(RULES)], TODAY, STREETS)
    return by_place(found)


def by_place(findings: pa.Table) -> dict[tuple, tuple]:
    return {
        (f["building_id"], f["rule_id"], f["street_id"]): (f["verdict"], f["measured_value"], f["message_en"])
        for f in findings.to_pylist()
    }


def edited(buildings: pa.Table, edits: list[BuildingEdit]) -> pa.Table:
    """The town with the edits done by hand, row by row."""
    rows = {row["id"]: row for row in buildings.to_pylist()}
    for edit in edits:
        row = rows.setdefault(edit.building_id, {"id": edit.building_id, "kind": "building", "dataset": edit.dataset})
        row |= with_forgotten(edit.values)
        if edit.footprint is not None:
            row["geometry"] = edit.footprint
        if edit.is_removed:
            del rows[edit.building_id]
    return pa.Table.from_pylist(list(rows.values()), schema=buildings.schema)


values = st.fixed_dictionaries(
    {},
    optional={
        "height_m": st.one_of(st.none(), st.integers(1, 40).map(float)),
        "eave_height_m": st.integers(1, 40).map(float),
        "storeys": st.one_of(st.none(), st.integers(1, 9)),
        "use": st.sampled_from(["residential", None]),
    },
)


def wall(x: int, y: int, width: int) -> bytes:
    return shapely.box(x, y, x + width, y + 8.0).wkb


def edit_of(number: int, values: dict, footprint: bytes, is_moved: bool, is_removed: bool) -> BuildingEdit:
    """Numbers from 12 are new buildings and need a footprint."""
    is_new = number > 11
    given = footprint if is_new or is_moved else None
    return BuildingEdit("town", f"b{number}", values, given, is_removed=is_removed and not is_new)


walls = st.builds(wall, st.integers(0, 110), st.sampled_from([0, 2, 26, 30]), st.integers(4, 9))
edits_of_a_town = st.lists(
    st.builds(edit_of, st.integers(0, 13), values, walls, st.booleans(), st.booleans()),
    min_size=1,
    max_size=3,
    unique_by=lambda edit: edit.building_id,
)


@settings(max_examples=15, deadline=None)
@given(edits_of_a_town)
def test_edits_give_what_a_check_of_the_changed_town_gives(edits: list[BuildingEdit]) -> None:
    buildings = town()
    checker = checker_of(buildings)
    before = by_place(checker.check())
    after = full_check(edited(buildings, edits))
    done = checker.rejudge(edits)
    changed = by_place(done.findings)
    assert all(after[place] == answer for place, answer in changed.items())
    touched = {edit.building_id for edit in edits}
    flipped = {
        place
        for place in after
        if place[0] not in touched and place[1] != "low" and before.get(place, [None])[:2] != after[place][:2]
    }
    assert flipped <= set(changed)
    gone = {(g["building_id"], g["rule_id"], g["street_id"]) for g in done.gone.to_pylist()}
    front_rules = {"setback", "enclosure", "gaps", "eaves"}
    lost = {p for p in before if p not in after and p[1] in front_rules}
    assert lost <= gone
    assert {p for p in gone - lost if p[1] in front_rules and p[0] not in touched} == set()  # who crosses is new there
    # A what-if leaves no trace; applying the edits does.
    assert by_place(checker.check()) == before
    checker.apply(edits)
    assert by_place(checker.check()) == after


def test_an_edit_in_one_area_says_nothing_of_the_other():
    zones = zones_of(west=shapely.box(-5, -5, 55, 60), east=shapely.box(55, -5, 130, 60))
    named = "".join(
        rule("low-rise-share", "{min_percent: 70, low_storeys: 3}", id=zone, applies_to=f"{{zones: [{zone}]}}")
        for zone in ("west", "east")
    )
    buildings = town()
    checker = Checker(buildings, zones, derive_frontages(buildings, STREETS), RuleSet([pack_of(named)], TODAY), STREETS)
    found = by_place(checker.rejudge([BuildingEdit("town", "b0", {"storeys": 3})]).findings)
    assert {place[:2] for place in found} == {("b0", "west")}
    done = checker.rejudge([BuildingEdit("town", "b0", {"storeys": 90})]).findings
    assert {(f["rule_id"], f["verdict_before"], f["verdict"]) for f in done.to_pylist()} == {("west", "pass", "fail")}
    assert sorted(f["building_id"] for f in done.to_pylist()) == sorted(f"b{i}" for i in (0, 1, 2, 6, 7, 8))


def test_an_attribute_no_rule_reads_changes_nothing():
    assert checker_of(town()).rejudge([BuildingEdit("town", "b8", {"name": "x"})]).findings.num_rows == 0


def test_the_verdict_before_stands_beside_the_new_one():
    done = checker_of(town()).rejudge([BuildingEdit("town", "b0", {"height_m": 15.0})])
    found = {f["rule_id"]: f for f in done.findings.to_pylist() if f["building_id"] == "b0"}
    assert (found["height"]["verdict"], found["height"]["verdict_before"]) == ("fail", "pass")
    assert (found["height"]["measured_value"], found["height"]["measured_before"]) == (15.0, 6.0)


def test_an_exempted_building_stays_exempt_after_an_edit():
    decision = (
        "  - {building_id: b0, rule_id: height, reason: {zh: 因, en: why}, decided_by: 委员会,"
        " decided_on: 2025-01-01, expires_on: 2030-01-01}\n"
    )
    done = checker_of(town(), decision).rejudge([BuildingEdit("town", "b0", {"height_m": 15.0})])
    (found,) = [f for f in done.findings.to_pylist() if f["rule_id"] == "height"]
    assert (found["verdict"], found["original_verdict"], found["verdict_before"]) == ("exempt", "fail", "pass")


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (BuildingEdit("town", "nobody", {"height_m": 3.0}), NotFoundError),
        (BuildingEdit("town", "b0", {"colour": "#fff"}), UsageError),
        (BuildingEdit("town", "b0", {"height_m": "tall"}), UsageError),
    ],
)
def test_an_edit_that_cannot_be_is_refused(edit: BuildingEdit, error: type[Exception]):
    with pytest.raises(error):
        checker_of(town()).rejudge([edit])


def test_a_building_may_be_edited_once_only():
    with pytest.raises(UsageError, match="twice"):
        checker_of(town()).rejudge([BuildingEdit("town", "b0", {"height_m": float(h)}) for h in np.arange(2)])
