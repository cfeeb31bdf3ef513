"""``roof-form`` 屋顶形式: the recorded roof form of a building against lists of codes."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement
from cim_core.townscape.kinds.coded import CODES_FORMULA, coded_messages, judge_codes
from cim_core.townscape.kinds.parameters import codes, parameter


@dataclass(frozen=True, slots=True)
class RoofFormParameters:
    """Codes of ``roof_form``; forbidden beats review, review beats allowed. At least one list is given."""

    allowed: tuple[str, ...] = parameter(codes("roof_form"), "允许", "Allowed", default=())
    forbidden: tuple[str, ...] = parameter(codes("roof_form"), "禁止", "Forbidden", default=())
    review: tuple[str, ...] = parameter(codes("roof_form"), "须复核", "Needs review", default=())

    def __post_init__(self) -> None:
        """Refuse a rule without any code. Raises ValueError."""
        if not (self.allowed or self.forbidden or self.review):
            raise ValueError("a rule of kind roof-form needs a list of allowed, forbidden or review codes")


def judge_roof_form(columns: pa.Table, parameters: RoofFormParameters, _: ColorLookup) -> Judgement:
    """Look the code up in the rule's lists."""
    return judge_codes(
        columns["roof_form"],
        "roof_form",
        allowed=parameters.allowed,
        forbidden=parameters.forbidden,
        review=parameters.review,
    )


KIND = ControlKind(
    id="roof-form",
    zh="屋顶形式",
    en="Roof form",
    unit="",
    attributes=("roof_form",),
    parameters=RoofFormParameters,
    judge=judge_roof_form,
    formula=CODES_FORMULA,
    messages=coded_messages("屋顶形式", "Roof form"),
)
