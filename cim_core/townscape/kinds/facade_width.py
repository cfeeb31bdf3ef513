"""``facade-width`` 建筑面宽: the length of a front along the street, by the height of the building."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement, Message, Scope
from cim_core.townscape.kinds.parameters import number, parameter
from cim_core.townscape.kinds.stepped import Step, judge_steps, step_list
from cim_core.townscape.texts import as_floats
from cim_core.townscape.verdicts import FAIL, NO_DATA, PASS


@dataclass(frozen=True, slots=True)
class FacadeWidthParameters:
    """Greatest widths in metres, and how far they may be passed by measuring error."""

    limits: tuple[Step, ...] = parameter(step_list, "分级限值", "Limits by class and height", "m")
    tolerance_m: float = parameter(number(0.0), "允许误差", "Tolerance", "m", default=0.0)


def judge_facade_width(columns: pa.Table, parameters: FacadeWidthParameters, _: ColorLookup) -> Judgement:
    """Compare the length of the front, metres, with the limit that fits it."""
    length_m = as_floats(columns["length_m"])
    return judge_steps(columns, length_m, "length_m", parameters.limits, parameters.tolerance_m, is_minimum=False)


KIND = ControlKind(
    id="facade-width",
    zh="建筑面宽",
    en="Facade width",
    unit="m",
    attributes=("height_m", "height_source"),
    parameters=FacadeWidthParameters,
    judge=judge_facade_width,
    scope=Scope.FRONTAGE,
    missing="length_m",
    formula=Message(
        "沿街立面长度 ≤ limit_m",
        "length of the front along the street ≤ limit_m",
    ),
    messages={
        PASS: Message(
            "沿街面宽 {measured}，符合控制要求（{limit}）。", "The front is {measured} wide, within {limit}."
        ),
        FAIL: Message(
            "沿街面宽 {measured}，不符合控制要求（{limit}），相差 {excess}。",
            "The front is {measured} wide; {limit} is broken by {excess}.",
        ),
        NO_DATA: Message("面宽未能判定（{limit}）。", "The facade width is not judged against {limit}."),
    },
)
