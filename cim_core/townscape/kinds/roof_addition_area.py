"""``roof-addition-area`` 屋顶加建面积: area of new structures on the roof against the baseline model."""

from __future__ import annotations

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, number_kind, recorded

KIND = number_kind(
    id="roof-addition-area",
    zh="屋顶加建面积",
    en="Area added to the roof",
    unit="m²",
    attributes=("roof_addition_area_m2",),
    measure=lambda columns, _: recorded(columns, "roof_addition_area_m2"),
    formula=Message(
        "相对基准模型新增的屋顶建筑面积",
        "area of new structures on the roof against the baseline model",
    ),
    high=Bound("max_m2", "最大面积", "Greatest area", is_required=True),
    decimals=1,
)
