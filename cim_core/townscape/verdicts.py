"""The five answers a check can give, how bad each is, and the words that say how a rule binds."""

from __future__ import annotations

from enum import StrEnum

from cim_core.features.schema import Code


class Verdict(StrEnum):
    """What a rule says of a building. No data is never a pass."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    REVIEW = "review"
    NO_DATA = "no_data"
    EXEMPT = "exempt"


class Nature(StrEnum):
    """How strictly a rule binds."""

    RIGID = "rigid"
    ELASTIC = "elastic"
    GUIDANCE = "guidance"


class Strength(StrEnum):
    """How binding a rule is among rules about the same element, strongest first."""

    MANDATORY = "mandatory"
    CONDITIONAL = "conditional"
    OPTIONAL = "optional"


class Precedence(StrEnum):
    """The level of the plan a rule comes from, most general first."""

    BASE = "base"
    OVERLAY = "overlay"
    PROJECT = "project"
    BUILDING = "building"


class Protected(StrEnum):
    """What a rule protects so that no exemption from it is possible."""

    HERITAGE = "heritage"
    FIRE = "fire"
    SAFETY = "safety"
    THREE_LINES = "three_lines"
    DEMOLITION = "demolition"


class Confidence(StrEnum):
    """How far the measured value can be trusted, by its source."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


VERDICTS = (
    Code("pass", "符合", "Pass"),
    Code("fail", "不符合", "Fail"),
    Code("review", "待复核", "Review"),
    Code("no_data", "缺数据", "No data"),
    Code("exempt", "豁免", "Exempt"),
)
NATURES = (
    Code("rigid", "刚性", "Rigid"),
    Code("elastic", "弹性", "Elastic"),
    Code("guidance", "引导", "Guidance"),
)

STRENGTHS = (
    Code("mandatory", "必选", "Mandatory"),
    Code("conditional", "条件适用", "Conditional"),
    Code("optional", "可选", "Optional"),
)
PRECEDENCES = (
    Code("base", "上位规划", "Base"),
    Code("overlay", "叠加区", "Overlay"),
    Code("project", "项目", "Project"),
    Code("building", "单体", "Building"),
)
PROTECTED = (
    Code("heritage", "文物与历史建筑", "Heritage"),
    Code("fire", "消防", "Fire safety"),
    Code("safety", "安全", "Safety"),
    Code("three_lines", "三条控制线", "Three control lines"),
    Code("demolition", "拆除比例不超过 20 %", "Demolition of at most 20 %"),
)

#: Small integers for verdict columns: the position of a verdict here is its code.
VERDICT_ORDER = (Verdict.PASS, Verdict.FAIL, Verdict.REVIEW, Verdict.NO_DATA, Verdict.EXEMPT)
PASS, FAIL, REVIEW, NO_DATA, EXEMPT = range(5)

CONFIDENCE_ORDER = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)
HIGH, MEDIUM, LOW = range(3)

#: Worst first: what a building is reported as when several rules judge it.
SEVERITY_ORDER = (Verdict.FAIL, Verdict.REVIEW, Verdict.NO_DATA, Verdict.EXEMPT, Verdict.PASS)
