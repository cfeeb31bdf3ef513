"""``hard-surface`` 连续硬质铺装: the largest continuous hard surface of a plan unit, a plaza above all."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cim_core.townscape.kinds.base import Message, Scope
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind
from cim_core.townscape.kinds.planned import LEVEL, measured_unit
from cim_core.townscape.texts import as_floats


def measure_hard_surface(columns: pa.Table, parameters: Any) -> Measured:  # noqa: ANN401
    """``hard_area_m2`` as surveyed, in hectares."""
    return measured_unit(columns, parameters, as_floats(columns["hard_area_m2"]) / 1e4, "hard_area_m2: field")


KIND = number_kind(
    id="hard-surface",
    zh="连续硬质铺装",
    en="Continuous hard surface",
    unit="ha",
    attributes=(),
    measure=measure_hard_surface,
    formula=Message("最大一片连续硬质铺装的面积", "area of the largest continuous hard surface"),
    high=Bound("max_ha", "最大面积", "Greatest area", is_required=True),
    more=(LEVEL,),
    scope=Scope.PLAN_UNIT,
    missing="hard_area_m2",
)
