"""``height-to-width`` 建筑高宽比: the height of a building divided by the width of its front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.townscape.kinds.base import (
    ColorLookup,
    ControlKind,
    Judgement,
    Limit,
    Message,
    Scope,
    numeric_verdicts,
    range_text,
)
from cim_core.townscape.kinds.parameters import number, parameter
from cim_core.townscape.texts import as_array, as_floats, format_numbers
from cim_core.townscape.verdicts import FAIL, HIGH, LOW, MEDIUM, NO_DATA, PASS


@dataclass(frozen=True, slots=True)
class HeightToWidthParameters:
    """Limits of the ratio, without unit, and how far they may be passed."""

    max: float | None = parameter(number(0.0), "最大高宽比", "Greatest ratio", default=None)
    min: float | None = parameter(number(0.0), "最小高宽比", "Least ratio", default=None)
    tolerance: float = parameter(number(0.0), "允许误差", "Tolerance", default=0.0)

    def __post_init__(self) -> None:
        """Refuse a rule without a limit or with crossed limits. Raises ValueError."""
        if self.max is None and self.min is None:
            raise ValueError("a height-to-width rule needs max or min")
        if self.max is not None and self.min is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")


def judge_height_to_width(columns: pa.Table, parameters: HeightToWidthParameters, _: ColorLookup) -> Judgement:
    """Compare ``height_m`` ÷ frontage ``length_m`` with the limits."""
    height_m, width_m = as_floats(columns["height_m"]), as_floats(columns["length_m"])
    ratio = np.divide(height_m, width_m, out=np.full(len(height_m), np.nan), where=width_m > 0)
    verdicts, margin = numeric_verdicts(ratio, parameters.min, parameters.max, parameters.tolerance)
    is_estimate = np.asarray(pc.fill_null(pc.equal(as_array(columns["height_source"]), "storeys"), False), bool)
    confidence = np.where(is_estimate, MEDIUM, HIGH)
    confidence[verdicts == NO_DATA] = LOW
    text = format_numbers(ratio, 2)
    limit = range_text(parameters.min, parameters.max, "")
    return Judgement(
        verdicts=verdicts,
        measured_value=ratio,
        measured_text=text,
        measured_zh=text,
        measured_en=text,
        margin=margin,
        source=pa.repeat(pa.scalar("height_m ÷ length_m"), len(ratio)),
        confidence=confidence.astype(np.uint8),
        limit=Limit(limit, limit, limit, parameters.min, parameters.max),
    )


KIND = ControlKind(
    id="height-to-width",
    zh="建筑高宽比",
    en="Height to width",
    unit="",
    attributes=("height_m", "height_source"),
    parameters=HeightToWidthParameters,
    judge=judge_height_to_width,
    scope=Scope.FRONTAGE,
    formula=Message(
        "建筑高度 ÷ 沿街面宽",
        "height of the building ÷ width of its front",
    ),
    messages={
        PASS: Message("高宽比 {measured}，符合控制要求（{limit}）。", "Height to width {measured} is within {limit}."),
        FAIL: Message(
            "高宽比 {measured}，不符合控制要求（{limit}），相差 {excess}。",
            "Height to width {measured} breaks {limit} by {excess}.",
        ),
        NO_DATA: Message(
            "缺少建筑高度或面宽，高宽比未能判定（{limit}）。",
            "Height or width is not known; height to width is not judged against {limit}.",
        ),
    },
)
