from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from cim_core.errors import RulePackError
from cim_core.renewal import PROJECT_FINDINGS_SCHEMA, ProjectExemption, RenewalLimits, check_projects
from cim_core.renewal.checks import FIGURES_SCHEMA, read_renewal_limits

ON = dt.date(2026, 6, 1)
LIMITS = RenewalLimits(0.2, 2.0, 0.5)
FILE = Path(__file__).resolve().parents[3] / "sample_models" / "packs" / "renewal-limits.yaml"


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
    assert (limits.max_demolition_share, limits.max_rebuild_ratio, limits.min_resettlement_share) == (0.2, 2.0, 0.5)
    assert "2021" in limits.source
    bad = tmp_path / "limits.yaml"
    bad.write_text(FILE.read_text(encoding="utf-8").replace("0.20 ", "20 "), encoding="utf-8")
    with pytest.raises(RulePackError, match="out of range"):
        read_renewal_limits(bad)
