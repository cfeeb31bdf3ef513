"""What a project must show before it leaves a stage."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cim_core.renewal.vocabulary import Term


class EvidenceKind(StrEnum):
    """Kinds of evidence a gate asks for."""

    UNIT_POLYGON = "unit_polygon"
    PLAN_CLAUSE = "plan_clause"
    INDICATOR_RUN = "indicator_run"
    PROBLEM_LIST = "problem_list"
    RULE_PACK = "rule_pack"
    AREA_SCHEME = "area_scheme"
    OWNERSHIP = "ownership"
    FUNDING = "funding"
    RED_LINE_CHECK = "red_line_check"
    SCHEME_MODEL = "scheme_model"
    CHECK_REPORT = "check_report"
    PERMIT = "permit"
    PROGRESS = "progress"
    INSPECTION = "inspection"


EVIDENCE_KINDS = (
    Term("unit_polygon", "更新单元范围", "Unit boundary", 1),
    Term("plan_clause", "规划条文", "Plan clause", 2),
    Term("indicator_run", "体检指标结果", "Indicator run", 3),
    Term("problem_list", "问题清单", "Problem list", 4),
    Term("rule_pack", "管控规则包", "Rule pack", 5),
    Term("area_scheme", "片区方案", "Area scheme", 6),
    Term("ownership", "权属情况", "Ownership", 7),
    Term("funding", "资金思路", "Funding idea", 8),
    Term("red_line_check", "控制线核查", "Control line check", 9),
    Term("scheme_model", "方案模型", "Scheme model", 10),
    Term("check_report", "管控检查报告", "Check report", 11),
    Term("permit", "许可文件", "Permit", 12),
    Term("progress", "进度与照片", "Progress and photos", 13),
    Term("inspection", "检查记录", "Inspection record", 14),
)


@dataclass(frozen=True, slots=True)
class Gate:
    """What a project must show before it leaves a stage: evidence, and checks that hold or are validly waived."""

    evidence: tuple[EvidenceKind, ...] = ()
    checks: tuple[str, ...] = ()
