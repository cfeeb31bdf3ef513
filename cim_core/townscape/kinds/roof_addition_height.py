"""``roof-addition-height`` 屋顶加建高度: height of new structures on the roof above the baseline model."""

from __future__ import annotations

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, number_kind, recorded

KIND = number_kind(
    id="roof-addition-height",
    zh="屋顶加建高度",
    en="Height added to the roof",
    unit="m",
    attributes=("roof_addition_height_m",),
    measure=lambda columns, _: recorded(columns, "roof_addition_height_m"),
    formula=Message(
        "相对基准模型新增的屋顶高度",
        "height of new structures on the roof above the baseline model",
    ),
    high=Bound("max_m", "最大高度", "Greatest height", is_required=True),
    decimals=2,
)
