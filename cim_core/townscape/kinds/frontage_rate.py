"""``frontage-rate`` 贴线率: the share of a street-side stretch whose walls stand on the build-to line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement, Message, Scope
from cim_core.townscape.kinds.numbers import PERCENT
from cim_core.townscape.kinds.parameters import number, parameter
from cim_core.townscape.kinds.stretch import judge_stretches, show_stretches, stretch_messages
from cim_core.townscape.sides import covered_m, find_stretches
from cim_core.townscape.texts import as_floats


@dataclass(frozen=True, slots=True)
class FrontageRateParameters:
    """The build-to line, how far a wall may stand off it, the least share, and the gap that ends a stretch."""

    min_percent: float = parameter(number(0.0), "最小贴线率", "Least rate", "%")
    line_setback_m: float = parameter(number(0.0), "建筑界面线退线", "Setback of the build-to line", "m")
    line_tolerance_m: float = parameter(
        number(0.0), "贴线容许偏差", "Tolerance of standing on the line", "m", default=1.0
    )
    break_m: float = parameter(number(0.0), "分段间距", "Gap that ends a stretch", "m", default=40.0)
    tolerance_percent: float = parameter(number(0.0), "允许误差", "Tolerance", "%", default=0.0)


def judge_frontage_rate(columns: pa.Table, parameters: FrontageRateParameters, _: ColorLookup) -> Judgement:
    """100 × (chainage covered by fronts whose ``setback_m`` is on the line ± tolerance) ÷ front length.

    A front whose setback is not known may stand on the line or not.
    """
    stretches = find_stretches(columns, parameters.break_m)
    setback_m = as_floats(columns["setback_m"])
    is_on_line = np.abs(setback_m - parameters.line_setback_m) <= parameters.line_tolerance_m + 1e-9
    start_m, end_m = as_floats(columns["chainage_from_m"]), as_floats(columns["chainage_to_m"])

    def rate(counts: NDArray[np.bool_]) -> NDArray[np.float64]:
        rows = np.flatnonzero(counts & (stretches.of_row >= 0))
        wall_m = covered_m(stretches.of_row[rows], start_m[rows], end_m[rows], len(stretches.from_m))
        length_m = stretches.length_m
        share: NDArray[np.float64] = np.full(len(length_m), np.nan)
        np.divide(wall_m, length_m, out=share, where=length_m > 0)
        return 100.0 * share

    least, greatest = rate(is_on_line), rate(is_on_line | np.isnan(setback_m))
    limits = (parameters.min_percent, None)
    values = (least, least, greatest)
    return judge_stretches(
        columns,
        stretches,
        values,
        limits,
        parameters.tolerance_percent,
        "%",
        "setback_m along the street side",
        show_stretches(columns, stretches, ~is_on_line),
    )


KIND = ControlKind(
    id="frontage-rate",
    zh="贴线率",
    en="Frontage rate",
    unit="%",
    attributes=(),
    parameters=FrontageRateParameters,
    judge=judge_frontage_rate,
    formula=Message(
        "100 × 贴线界面里程长度 ÷ 街段界面总长",
        "100 × chainage of the fronts on the build-to line ÷ front length of the stretch",
    ),
    messages=stretch_messages("贴线率", "Frontage rate", PERCENT),
    scope=Scope.STREET_SIDE,
    missing="setback_m",
)
