"""``setback`` 建筑退线: how far a front stands behind the edge of the right of way, by road class and height."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement, Message, Scope
from cim_core.townscape.kinds.parameters import number, parameter
from cim_core.townscape.kinds.stepped import Step, judge_steps, step_list
from cim_core.townscape.texts import as_floats
from cim_core.townscape.verdicts import FAIL, NO_DATA, PASS


@dataclass(frozen=True, slots=True)
class SetbackParameters:
    """Least setbacks in metres, and how far they may be missed by measuring error."""

    limits: tuple[Step, ...] = parameter(step_list, "分级限值", "Limits by class and height", "m")
    tolerance_m: float = parameter(number(0.0), "允许误差", "Tolerance", "m", default=0.0)


def judge_setback(columns: pa.Table, parameters: SetbackParameters, _: ColorLookup) -> Judgement:
    """Compare the least distance of the facade to the right of way, metres, with the limit that fits the front."""
    setback_m = as_floats(columns["setback_m"])
    return judge_steps(columns, setback_m, "setback_m", parameters.limits, parameters.tolerance_m, is_minimum=True)


KIND = ControlKind(
    id="setback",
    zh="建筑退线",
    en="Setback",
    unit="m",
    attributes=("height_m", "height_source"),
    parameters=SetbackParameters,
    judge=judge_setback,
    scope=Scope.FRONTAGE,
    missing="setback_m",
    formula=Message(
        "沿街立面到道路红线的最小距离 ≥ limit_m",
        "least distance from the facade to the edge of the right of way ≥ limit_m",
    ),
    messages={
        PASS: Message(
            "沿街立面退道路红线 {measured}，符合控制要求（{limit}）。",
            "The front stands {measured} behind the right of way, as required ({limit}).",
        ),
        FAIL: Message(
            "沿街立面退道路红线 {measured}，不符合控制要求（{limit}），相差 {excess}。",
            "The front stands {measured} behind the right of way, {excess} short of {limit}.",
        ),
        NO_DATA: Message("退线未能判定（{limit}）。", "The setback is not judged against {limit}."),
    },
)
