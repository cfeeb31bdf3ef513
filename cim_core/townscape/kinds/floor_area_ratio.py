"""``floor-area-ratio`` 容积率: floor area of a plan unit ÷ its area."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from cim_core.townscape.kinds.base import Message, Scope
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind, ratio
from cim_core.townscape.kinds.parameters import integer, parameter
from cim_core.townscape.kinds.planned import BY_PLAN, LEVEL, measured_unit, planned
from cim_core.townscape.texts import as_floats
from cim_core.townscape.verdicts import MEDIUM


def measure_floor_area_ratio(columns: pa.Table, parameters: Any) -> Measured:  # noqa: ANN401
    """Floor area ÷ area; buildings of unknown storeys have at least one and at most ``unknown_storeys``."""
    area_m2, floor_m2 = as_floats(columns["area_m2"]), as_floats(columns["floor_m2"])
    unknown_m2 = as_floats(columns["unknown_footprint_m2"])
    return measured_unit(
        columns,
        parameters,
        ratio(floor_m2 + unknown_m2, area_m2),
        "floor_area_m2, or footprint × storeys, ÷ area",
        least=ratio(floor_m2 + unknown_m2, area_m2),
        greatest=ratio(floor_m2 + unknown_m2 * parameters.unknown_storeys, area_m2),
        high=planned(columns, "far_max", parameters),
        confidence=np.full(columns.num_rows, MEDIUM, np.uint8),
        limit_name="far_max",
    )


KIND = number_kind(
    id="floor-area-ratio",
    zh="容积率",
    en="Floor area ratio",
    unit="",
    attributes=("storeys", "floor_area_m2"),
    measure=measure_floor_area_ratio,
    formula=Message(
        "Σ 建筑面积 ÷ 用地面积；缺建筑面积时 = 基底面积 × 层数",
        "Σ floor area ÷ area of the unit; footprint × storeys where floor area is not recorded",
    ),
    low=Bound("min", "最小容积率", "Least ratio"),
    high=Bound("max", "最大容积率", "Greatest ratio"),
    more=(
        BY_PLAN,
        LEVEL,
        ("unknown_storeys", int, parameter(integer(1), "层数不明时的上限", "Most storeys where unknown", default=18)),
    ),
    needs=("min", "max", "by_plan"),
    scope=Scope.PLAN_UNIT,
    missing="storeys",
)
