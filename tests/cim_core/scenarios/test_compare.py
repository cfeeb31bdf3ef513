from __future__ import annotations

import pyarrow as pa

from cim_core.scenarios import compare_buildings, compare_findings, summarise_differences
from cim_core.townscape.findings import FINDINGS_SCHEMA


def findings(*rows: tuple[str, str, str, float | None]) -> pa.Table:
    """Building, rule, verdict, measured metres against at most 12 m."""
    return pa.Table.from_pylist(
        [
            {
                "dataset": "town", "building_id": building, "gid": int(building[1:]), "rule_id": rule, "kind": "height",
                "clause": f"clause {rule}", "nature": "rigid", "verdict": verdict, "measured_value": value,
                "measured_text": None if value is None else f"{value:g} m", "confidence": "high",
                "limit_text": "≤ 12 m",
                "margin": None if value is None else 12 - value, "unit": "m", "message_zh": "", "message_en": "",
            }
            for building, rule, verdict, value in rows
        ],
        schema=FINDINGS_SCHEMA,
    )  # fmt: skip


BEFORE = findings(
    ("b0", "r", "fail", 15.0), ("b1", "r", "pass", 9.0), ("b2", "r", "pass", 9.0), ("b3", "r", "no_data", None),
    ("b4", "r", "pass", 6.0), ("b4", "s", "fail", 6.0), ("b4", "s", "pass", 1.0),
)  # fmt: skip
AFTER = findings(
    ("b0", "r", "pass", 12.0), ("b1", "r", "fail", 13.0), ("b2", "r", "pass", 10.0), ("b3", "r", "no_data", None),
    ("b4", "s", "fail", 6.0), ("b4", "s", "fail", 1.0), ("b5", "r", "pass", 3.0),
)  # fmt: skip


def test_differences_by_building_and_clause():
    table = compare_findings(BEFORE, AFTER)
    found = {(r["building_id"], r["rule_id"]): r for r in table.to_pylist()}
    assert {key: row["difference"] for key, row in found.items()} == {
        ("b0", "r"): "better", ("b1", "r"): "worse", ("b2", "r"): "changed", ("b4", "r"): "gone",
        ("b4", "s"): "worse", ("b5", "r"): "appeared",
    }  # fmt: skip
    row = found["b0", "r"]
    assert (row["before_verdict"], row["before_measured_value"], row["before_margin"]) == ("fail", 15.0, -3.0)
    assert (row["after_verdict"], row["after_margin"], row["clause"]) == ("pass", 0.0, "clause r")
    assert (found["b4", "r"]["after_verdict"], found["b5", "r"]["before_verdict"]) == (None, None)
    assert table["difference"].to_pylist()[:2] == ["worse", "worse"]
    assert (found["b4", "s"]["before_measured_value"], found["b5", "r"]["gid"]) == (1.0, 5)


def test_worst_verdicts_and_counts_by_clause():
    changed = {r["building_id"]: (r["before"], r["after"]) for r in compare_buildings(BEFORE, AFTER).to_pylist()}
    assert changed == {"b0": ("fail", "pass"), "b1": ("pass", "fail"), "b5": (None, "pass")}
    rows = summarise_differences(compare_findings(BEFORE, AFTER), BEFORE, AFTER).to_pylist()
    assert [(r["rule_id"], r["worse"], r["better"], r["appeared"], r["gone"]) for r in rows] == [
        ("r", 1, 1, 1, 1), ("s", 1, 0, 0, 0),
    ]  # fmt: skip
    assert (rows[0]["before_pass"], rows[0]["after_pass"], rows[1]["after_fail"]) == (3, 3, 2)


def test_nothing_changed_is_no_difference():
    assert compare_findings(BEFORE, BEFORE).num_rows == 0
    assert compare_buildings(BEFORE, BEFORE).num_rows == 0
    empty = FINDINGS_SCHEMA.empty_table()
    assert compare_findings(empty, empty).num_rows == 0
    assert compare_findings(empty, AFTER).num_rows == AFTER.num_rows


def test_what_can_no_longer_be_judged_is_lost_and_never_better():
    before = findings(("b0", "r", "fail", 15.0), ("b1", "r", "pass", 9.0), ("b2", "r", "no_data", None))
    after = findings(("b0", "r", "no_data", None), ("b1", "r", "no_data", None), ("b2", "r", "no_data", None))
    table = compare_findings(before, after)
    assert dict(zip(table["building_id"].to_pylist(), table["difference"].to_pylist(), strict=True)) == {
        "b0": "lost", "b1": "lost",
    }  # fmt: skip
    (row,) = summarise_differences(table, before, after).to_pylist()
    assert (row["lost"], row["better"], row["worse"]) == (2, 0, 0)
