"""``roof-signs`` 屋顶招牌: number of signs on the roof."""

from __future__ import annotations

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, number_kind, recorded

KIND = number_kind(
    id="roof-signs",
    zh="屋顶招牌",
    en="Signs on the roof",
    unit="",
    attributes=("roof_sign_count",),
    measure=lambda columns, _: recorded(columns, "roof_sign_count"),
    formula=Message(
        "屋顶上的招牌数",
        "number of signs on the roof",
    ),
    high=Bound("max_count", "最多块数", "Most signs", is_required=True),
    decimals=0,
)
