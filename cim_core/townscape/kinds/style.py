"""``style`` 建筑风格: the recorded style of a building against lists of codes."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement
from cim_core.townscape.kinds.coded import CODES_FORMULA, coded_messages, judge_codes
from cim_core.townscape.kinds.parameters import codes, parameter


@dataclass(frozen=True, slots=True)
class StyleParameters:
    """Codes of ``style``; forbidden beats review, review beats allowed. At least one list is given."""

    allowed: tuple[str, ...] = parameter(codes("style"), "允许", "Allowed", default=())
    forbidden: tuple[str, ...] = parameter(codes("style"), "禁止", "Forbidden", default=())
    review: tuple[str, ...] = parameter(codes("style"), "须复核", "Needs review", default=())

    def __post_init__(self) -> None:
        """Refuse a rule without any code. Raises ValueError."""
        if not (self.allowed or self.forbidden or self.review):
            raise ValueError("a rule of kind style needs a list of allowed, forbidden or review codes")


def judge_style(columns: pa.Table, parameters: StyleParameters, _: ColorLookup) -> Judgement:
    """Look the code up in the rule's lists."""
    return judge_codes(
        columns["style"],
        "style",
        allowed=parameters.allowed,
        forbidden=parameters.forbidden,
        review=parameters.review,
    )


KIND = ControlKind(
    id="style",
    zh="建筑风格",
    en="Style",
    unit="",
    attributes=("style",),
    parameters=StyleParameters,
    judge=judge_style,
    formula=CODES_FORMULA,
    messages=coded_messages("建筑风格", "Style"),
)
