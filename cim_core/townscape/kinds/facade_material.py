"""``facade-material`` 外墙材料: the recorded facade material of a building against lists of codes."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement
from cim_core.townscape.kinds.coded import CODES_FORMULA, coded_messages, judge_codes
from cim_core.townscape.kinds.parameters import codes, parameter


@dataclass(frozen=True, slots=True)
class FacadeMaterialParameters:
    """Codes of ``facade_material``; forbidden beats review, review beats allowed. At least one list is given."""

    allowed: tuple[str, ...] = parameter(codes("facade_material"), "允许", "Allowed", default=())
    forbidden: tuple[str, ...] = parameter(codes("facade_material"), "禁止", "Forbidden", default=())
    review: tuple[str, ...] = parameter(codes("facade_material"), "须复核", "Needs review", default=())

    def __post_init__(self) -> None:
        """Refuse a rule without any code. Raises ValueError."""
        if not (self.allowed or self.forbidden or self.review):
            raise ValueError("a rule of kind facade-material needs a list of allowed, forbidden or review codes")


def judge_facade_material(columns: pa.Table, parameters: FacadeMaterialParameters, _: ColorLookup) -> Judgement:
    """Look the code up in the rule's lists."""
    return judge_codes(
        columns["facade_material"],
        "facade_material",
        allowed=parameters.allowed,
        forbidden=parameters.forbidden,
        review=parameters.review,
    )


KIND = ControlKind(
    id="facade-material",
    zh="外墙材料",
    en="Facade material",
    unit="",
    attributes=("facade_material",),
    parameters=FacadeMaterialParameters,
    judge=judge_facade_material,
    formula=CODES_FORMULA,
    messages=coded_messages("外墙材料", "Facade material"),
)
