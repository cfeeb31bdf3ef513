"""The five answers a check can give, how bad each is, and the three natures of a rule."""

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

#: Small integers for verdict columns: the position of a verdict here is its code.
VERDICT_ORDER = (Verdict.PASS, Verdict.FAIL, Verdict.REVIEW, Verdict.NO_DATA, Verdict.EXEMPT)
PASS, FAIL, REVIEW, NO_DATA, EXEMPT = range(5)

CONFIDENCE_ORDER = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)
HIGH, MEDIUM, LOW = range(3)

#: Worst first: what a building is reported as when several rules judge it.
SEVERITY_ORDER = (Verdict.FAIL, Verdict.REVIEW, Verdict.NO_DATA, Verdict.EXEMPT, Verdict.PASS)
