"""``green-ratio`` 绿地率: green area of a plan unit ÷ its area."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cim_core.townscape.kinds.base import Message, Scope
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind, ratio
from cim_core.townscape.kinds.planned import BY_PLAN, LEVEL, measured_unit, planned
from cim_core.townscape.texts import as_floats


def measure_green_ratio(columns: pa.Table, parameters: Any) -> Measured:  # noqa: ANN401
    """100 × ``green_area_m2`` ÷ area; a unit whose green was not surveyed has no figure."""
    green = ratio(as_floats(columns["green_area_m2"]), as_floats(columns["area_m2"]), 100.0)
    low = planned(columns, "green_min_percent", parameters)
    return measured_unit(columns, parameters, green, "green_area_m2 ÷ area", low=low, limit_name="green_min_percent")


KIND = number_kind(
    id="green-ratio",
    zh="绿地率",
    en="Green ratio",
    unit="%",
    attributes=(),
    measure=measure_green_ratio,
    formula=Message("100 × 绿地面积 ÷ 用地面积", "100 × green area ÷ area of the unit"),
    low=Bound("min_percent", "最小绿地率", "Least green ratio"),
    more=(BY_PLAN, LEVEL),
    needs=("min_percent", "by_plan"),
    scope=Scope.PLAN_UNIT,
    missing="green_area_m2",
    decimals=1,
)
