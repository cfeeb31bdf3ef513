"""``sign-depth`` 店招厚度: how far the deepest sign stands out from the wall."""

from __future__ import annotations

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, number_kind, recorded, unless_none

KIND = number_kind(
    id="sign-depth",
    zh="店招厚度",
    en="Sign depth",
    unit="m",
    attributes=("sign_depth_m", "sign_count"),
    measure=lambda columns, _: unless_none(columns, "sign_count", recorded(columns, "sign_depth_m")),
    formula=Message(
        "最厚一块店招外缘到墙面的距离；没有店招不判定",
        "how far the deepest sign stands out from the wall; a building without signs is not judged",
    ),
    high=Bound("max_m", "最大厚度", "Greatest depth", is_required=True),
    decimals=2,
)
