"""``roof-equipment`` 屋面外露设备: exposed equipment on a roof as a share of the roof."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind, ratio
from cim_core.townscape.texts import as_array, as_floats
from cim_core.townscape.verdicts import HIGH, MEDIUM


def measure_roof_equipment(columns: pa.Table, _: Any) -> Measured:  # noqa: ANN401
    """``roof_equipment_area_m2`` ÷ ``roof_area_m2``; a roof that is not measured is as large as the footprint."""
    roof_m2 = as_floats(columns["roof_area_m2"])
    is_footprint = np.isnan(roof_m2)
    roof_m2 = np.where(is_footprint, as_floats(columns["footprint_m2"]), roof_m2)
    divisor = pc.if_else(pa.array(is_footprint), "footprint", "roof_area_m2")
    return Measured(
        ratio(as_floats(columns["roof_equipment_area_m2"]), roof_m2, 100.0),
        pc.binary_join_element_wise("roof_equipment_area_m2", as_array(divisor), " ÷ "),
        confidence=np.where(is_footprint, MEDIUM, HIGH).astype(np.uint8),
    )


KIND = number_kind(
    id="roof-equipment",
    zh="屋面外露设备占比",
    en="Exposed roof equipment",
    unit="%",
    attributes=("roof_equipment_area_m2", "roof_area_m2"),
    measure=measure_roof_equipment,
    formula=Message(
        "100 × 外露设备投影面积 ÷ 屋面面积（缺屋面面积时用基底面积）",
        "100 × plan area of exposed equipment ÷ roof area, or footprint where the roof is not measured",
    ),
    high=Bound("max_percent", "最大占比", "Greatest share", is_required=True),
    decimals=1,
)
