from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pyarrow as pa
import pytest

from cim_core.errors import RulePackError
from cim_core.renewal import (
    PROJECT_CHECKS,
    PROJECT_FINDINGS_SCHEMA,
    EvidenceKind,
    ProjectExemption,
    Stage,
    check_projects,
    read_renewal_limits,
)
from cim_core.renewal.checks import FIGURES_SCHEMA
from cim_core.renewal.limits import CHECK_IDS

ON = dt.date(2026, 6, 1)
FILE = Path(__file__).resolve().parents[3] / "sample_models" / "packs" / "renewal-limits.yaml"
LIMITS = read_renewal_limits(FILE)


def judge(*rows: dict, exemptions: tuple[ProjectExemption, ...] = ()) -> dict[tuple[str, str], dict]:
    figures = pa.Table.from_pylist([{"id": f"p{i}", **row} for i, row in enumerate(rows)], schema=FIGURES_SCHEMA)
    table = check_projects(figures, LIMITS, ON, exemptions)
    assert table.schema == PROJECT_FINDINGS_SCHEMA
    return {(f["project_id"], f["check"]): f for f in table.to_pylist()}


def test_demolition_is_a_share_of_what_stands():
    found = judge(
        {"existing_floor_m2": 10_000, "demolished_floor_m2": 2_000},
        {"existing_floor_m2": 10_000, "demolished_floor_m2": 2_500},
        {"existing_floor_m2": 10_000},
        {"existing_floor_m2": 100, "demolished_floor_m2": 200},
    )
    rows = [found[f"p{i}", "demolition-share"] for i in range(4)]
    assert [r["verdict"] for r in rows] == ["pass", "fail", "no_data", "review"]
    assert [r["margin"] for r in rows] == [0.0, pytest.approx(-0.05), None, None]
    assert rows[1]["message_zh"] == "拆除比例 25 %，不符合要求（≤ 20 %）。"
    assert "contradict" in rows[3]["message_en"]


def test_rebuilding_and_resettlement():
    found = judge(
        {
            "demolished_floor_m2": 1000,
            "new_floor_m2": 1900,
            "households_to_resettle": 40,
            "households_resettled_near": 20,
        },
        {
            "demolished_floor_m2": 1000,
            "new_floor_m2": 2100,
            "households_to_resettle": 40,
            "households_resettled_near": 19,
        },
        {"demolished_floor_m2": 0, "new_floor_m2": 0, "households_to_resettle": 0},
        {"demolished_floor_m2": 0, "new_floor_m2": 500, "households_to_resettle": 3, "households_resettled_near": 4},
    )
    ratios = [found[f"p{i}", "rebuild-ratio"] for i in range(4)]
    assert [(r["verdict"], r["measured_value"]) for r in ratios] == [
        ("pass", 1.9),
        ("fail", 2.1),
        ("pass", 0.0),
        ("review", None),
    ]
    shares = [found[f"p{i}", "resettlement-share"] for i in range(4)]
    assert [r["verdict"] for r in shares] == ["pass", "fail", "pass", "review"]
    assert (shares[1]["margin"], shares[1]["limit_min"]) == (pytest.approx(-0.025), 0.5)


def test_an_exemption_keeps_the_first_answer_while_it_is_valid():
    row = {"existing_floor_m2": 100, "demolished_floor_m2": 50}

    def verdict(expires_on: dt.date | None) -> tuple[str, str | None]:
        decision = ProjectExemption("p0", "demolition-share", "unsafe", "county", dt.date(2025, 1, 1), expires_on)
        found = judge(row, exemptions=(decision,))["p0", "demolition-share"]
        return found["verdict"], found["original_verdict"]

    assert verdict(None) == ("exempt", "fail")
    assert verdict(dt.date(2026, 1, 1)) == ("fail", None)


def test_no_projects_and_no_columns_are_no_trouble():
    assert check_projects(FIGURES_SCHEMA.empty_table(), LIMITS, ON).num_rows == 0
    bare = check_projects(pa.table({"id": ["p0"]}), LIMITS, ON)
    assert set(bare["verdict"].to_pylist()) == {"no_data"}


def test_the_limits_come_from_a_file_that_names_its_document(tmp_path):
    limits = read_renewal_limits(FILE)
    assert [limits.checks[name].value for name in CHECK_IDS] == [0.2, 2.0, 0.5, 0.0, 0.05]
    assert [name for name, limit in limits.checks.items() if limit.is_minimum] == ["resettlement-share"]
    assert {name for name, limit in limits.checks.items() if limit.provenance == "verified"} == set(CHECK_IDS[:3])
    assert limits.gates[Stage.IMPLEMENTATION].evidence == (EvidenceKind.PERMIT, EvidenceKind.PROGRESS)
    assert "2021" in limits.source


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("max: 0.20", "max: 20", r"limits.yaml:7:10: .*out of range"),
        ("max: 0.20", "top: 20", "unknown key 'top'"),
        ("    max: 2.0\n", "", "either 'min' or 'max'"),
        ("[permit, progress]", "[permits]", "unknown value 'permits'"),
        ("checks: [control-lines", "checks: [lines", "unknown value 'lines'"),
    ],
)
def test_a_mistake_in_the_limits_is_named_with_its_place(tmp_path, old, new, message):
    bad = tmp_path / "limits.yaml"
    bad.write_text(FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulePackError) as caught:
        read_renewal_limits(bad)
    assert re.search(message, str(caught.value))


def test_every_check_has_a_limit():
    assert tuple(check.id for check in PROJECT_CHECKS) == CHECK_IDS


def test_control_lines_cannot_be_waived_and_overlaps_name_the_other_project():
    decision = ProjectExemption("p0", "control-lines", "agreed", "county", dt.date(2025, 1, 1))
    row = {"control_line_share": 0.1, "overlap_share": 0.3, "overlaps_with": "prj-07"}
    found = judge(row, exemptions=(decision,))
    lines, overlap = found["p0", "control-lines"], found["p0", "project-overlap"]
    assert (lines["verdict"], lines["original_verdict"], lines["waivable"]) == ("fail", None, False)
    assert lines["message_en"].endswith("This check cannot be waived.")
    assert (overlap["verdict"], overlap["margin"], overlap["provenance"]) == ("fail", -0.25, "proposed")
    assert "30 % (prj-07)" in overlap["message_zh"]


def test_a_ratio_that_rounds_to_its_limit_is_shown_with_the_decimals_that_tell_them_apart():
    found = judge(
        {"demolished_floor_m2": 1000, "new_floor_m2": 2004}, {"demolished_floor_m2": 500, "new_floor_m2": 1000}
    )
    assert [found[f"p{i}", "rebuild-ratio"]["message_zh"] for i in (0, 1)] == [
        "拆建比 2.004，不符合要求（≤ 2）。",
        "拆建比 2，符合要求（≤ 2）。",
    ]
