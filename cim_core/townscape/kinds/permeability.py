"""``permeability`` 通透率: the share of a street-side stretch that is open between its fronts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement, Message, Scope
from cim_core.townscape.kinds.numbers import PERCENT
from cim_core.townscape.kinds.parameters import number, parameter
from cim_core.townscape.kinds.stretch import exact, judge_stretches, show_gaps, stretch_messages
from cim_core.townscape.sides import find_stretches


@dataclass(frozen=True, slots=True)
class PermeabilityParameters:
    """Limits of the open share, and the gap that ends a stretch and no longer counts as an opening of it."""

    min_percent: float | None = parameter(number(0.0), "最小通透率", "Least permeability", "%", default=None)
    max_percent: float | None = parameter(number(0.0), "最大通透率", "Greatest permeability", "%", default=None)
    break_m: float = parameter(number(0.0), "分段间距", "Gap that ends a stretch", "m", default=80.0)
    tolerance_percent: float = parameter(number(0.0), "允许误差", "Tolerance", "%", default=0.0)

    def __post_init__(self) -> None:
        """Refuse a rule without a limit or with crossed limits. Raises ValueError."""
        if self.min_percent is None and self.max_percent is None:
            raise ValueError("a permeability rule needs min_percent or max_percent")
        if (self.min_percent or 0.0) > (100.0 if self.max_percent is None else self.max_percent):
            raise ValueError("min_percent is above max_percent")


def judge_permeability(columns: pa.Table, parameters: PermeabilityParameters, _: ColorLookup) -> Judgement:
    """100 × Σ gaps ÷ front length: the part of the chainage from the first to the last front that none covers."""
    stretches = find_stretches(columns, parameters.break_m)
    length_m = stretches.length_m
    gaps_m = length_m - stretches.wall_m
    open_percent = 100.0 * np.divide(gaps_m, length_m, out=np.full(len(length_m), np.nan), where=length_m > 0)
    return judge_stretches(
        columns,
        stretches,
        exact(open_percent),
        (parameters.min_percent, parameters.max_percent),
        parameters.tolerance_percent,
        "%",
        "gaps between fronts",
        show_gaps(columns, stretches),
    )


KIND = ControlKind(
    id="permeability",
    zh="通透率",
    en="Permeability",
    unit="%",
    attributes=(),
    parameters=PermeabilityParameters,
    judge=judge_permeability,
    formula=Message(
        "100 × Σ 开口长度 ÷ 街段界面总长",
        "100 × Σ gaps ÷ front length of the stretch",
    ),
    messages=stretch_messages("通透率", "Permeability", PERCENT),
    scope=Scope.STREET_SIDE,
    missing="chainage_from_m",
)
