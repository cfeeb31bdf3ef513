"""Why a verdict flipped between two checks: data, a neighbour, the rule, a decision, the surroundings, the program."""

from __future__ import annotations

import pyarrow as pa
import pytest

from cim_core.errors import StoreError
from cim_core.townscape.check import RuleSet, check_buildings
from cim_core.townscape.flips import Circumstances, find_flips
from cim_core.townscape.runs import Snapshot, decode_table, encode_table, take_snapshot

from .builders import TODAY, buildings_of, pack_of, rule, zones_of

LOW = {"height_m": 6.0, "eave_height_m": 6.0, "height_source": "field", "roof_form": "flat"}
TALL = {**LOW, "height_m": 20.0, "eave_height_m": 20.0}
HEIGHT = rule("building-height", "{max_m: 12}", id="height")
EAVES = rule("same-eave-rate", "{min_percent: 60}", id="eaves")


def fronts(count: int) -> pa.Table:
    x = [20.0 * i for i in range(count)]
    return pa.table(
        {
            "building_id": [f"b{i}" for i in range(count)],
            "dataset": ["town"] * count,
            "street_id": ["main"] * count,
            "side": ["north"] * count,
            "line_side": ["left"] * count,
            "chainage_from_m": x,
            "chainage_to_m": [value + 10.0 for value in x],
            "length_m": [10.0] * count,
            "setback_m": [3.0] * count,
        }
    )


def snapshot(rules: str, *records: dict, exemptions: str = "") -> Snapshot:
    buildings, chosen = buildings_of(*records), RuleSet([pack_of(rules, exemptions)], TODAY)
    found = check_buildings(buildings, zones_of(), fronts(len(records)), chosen.packs, TODAY)
    return take_snapshot(buildings, found, chosen)


def flips(before: Snapshot, after: Snapshot, **circumstances: bool) -> list[tuple]:
    table = find_flips(before, after, Circumstances(**circumstances))
    return sorted(
        (f["building_id"], f["rule_id"], f["verdict_from"], f["verdict_to"], tuple(f["reasons"]))
        for f in table.to_pylist()
    )


def test_nothing_flips_between_two_checks_of_the_same():
    assert flips(snapshot(HEIGHT + EAVES, LOW, TALL), snapshot(HEIGHT + EAVES, LOW, TALL), code_changed=True) == []


def test_data_of_the_building():
    assert flips(snapshot(HEIGHT, LOW, LOW), snapshot(HEIGHT, LOW, TALL)) == [
        ("b1", "height", "pass", "fail", ("data",))
    ]


def test_another_attribute_of_the_building_is_no_reason():
    before, after = snapshot(HEIGHT, LOW), snapshot(HEIGHT.replace("12", "5"), {**LOW, "style": "modern"})
    assert flips(before, after) == [("b0", "height", "pass", "fail", ("rule",))]


def test_a_neighbour_on_the_street():
    before, after = snapshot(EAVES, LOW, LOW, TALL), snapshot(EAVES, LOW, TALL, {**TALL, "eave_height_m": 9.0})
    assert flips(before, after) == [
        ("b0", "eaves", "pass", "fail", ("neighbour",)),
        ("b1", "eaves", "pass", "fail", ("data", "neighbour")),
        ("b2", "eaves", "pass", "fail", ("data", "neighbour")),
    ]


def test_rules_and_buildings_that_come_and_go():
    before = snapshot(HEIGHT, LOW, TALL)
    after = snapshot(rule("storeys", "{max: 3}", id="storeys"), {**LOW, "storeys": 2})
    assert flips(before, after) == [
        ("b0", "height", "pass", None, ("rule_removed",)),
        ("b0", "storeys", None, "pass", ("rule_added",)),
        ("b1", "height", "fail", None, ("building_removed", "rule_removed")),
    ]


def test_a_decision():
    decision = (
        "  - {building_id: b0, rule_id: height, reason: {zh: 因, en: why}, decided_by: x, decided_on: 2025-01-01,"
        " expires_on: 2030-01-01}\n"
    )
    before, after = snapshot(HEIGHT, TALL, TALL), snapshot(HEIGHT, TALL, TALL, exemptions=decision)
    assert flips(before, after) == [("b0", "height", "fail", "exempt", ("exemption",))]


@pytest.mark.parametrize(
    ("circumstances", "reason"),
    [
        ({"surroundings_changed": True, "code_changed": True}, "surroundings"),
        ({"code_changed": True}, "code"),
        ({}, "unknown"),
    ],
)
def test_the_program_is_blamed_only_where_nothing_else_is_found(circumstances: dict, reason: str):
    before = snapshot(HEIGHT, LOW)
    verdict = before.findings.column_names.index("verdict")
    after = Snapshot(before.findings.set_column(verdict, "verdict", pa.array(["fail"])), before.data, before.rules)
    assert flips(before, after, **circumstances) == [("b0", "height", "pass", "fail", (reason,))]


def test_a_kept_table_comes_back_and_is_small():
    many = snapshot(HEIGHT + EAVES, *[LOW if i % 3 else TALL for i in range(600)])
    packed = encode_table(many.findings)
    assert decode_table(packed).equals(many.findings)
    assert packed == encode_table(many.findings)
    assert len(packed) < 30 * many.findings.num_rows
    with pytest.raises(StoreError):
        decode_table(b"not arrow")
