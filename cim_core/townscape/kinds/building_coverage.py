"""``building-coverage`` 建筑密度: footprints of a plan unit ÷ its area."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cim_core.townscape.kinds.base import Message, Scope
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind, ratio
from cim_core.townscape.kinds.planned import BY_PLAN, LEVEL, measured_unit, planned
from cim_core.townscape.texts import as_floats


def measure_building_coverage(columns: pa.Table, parameters: Any) -> Measured:  # noqa: ANN401
    """100 × Σ footprints ÷ area, square metres of the work CRS."""
    covered = ratio(as_floats(columns["footprint_m2"]), as_floats(columns["area_m2"]), 100.0)
    high = planned(columns, "coverage_max_percent", parameters)
    return measured_unit(
        columns, parameters, covered, "footprints ÷ area", high=high, limit_name="coverage_max_percent"
    )


KIND = number_kind(
    id="building-coverage",
    zh="建筑密度",
    en="Building coverage",
    unit="%",
    attributes=(),
    measure=measure_building_coverage,
    formula=Message("100 × Σ 基底面积 ÷ 用地面积", "100 × Σ footprints ÷ area of the unit"),
    low=Bound("min_percent", "最小建筑密度", "Least coverage"),
    high=Bound("max_percent", "最大建筑密度", "Greatest coverage"),
    more=(BY_PLAN, LEVEL),
    needs=("min_percent", "max_percent", "by_plan"),
    scope=Scope.PLAN_UNIT,
    missing="geometry",
    decimals=1,
)
