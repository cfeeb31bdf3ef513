"""``sign-height`` 店招高度: height of the tallest shop sign itself."""

from __future__ import annotations

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, number_kind, recorded, unless_none

KIND = number_kind(
    id="sign-height",
    zh="店招高度",
    en="Sign height",
    unit="m",
    attributes=("sign_height_m", "sign_count"),
    measure=lambda columns, _: unless_none(columns, "sign_count", recorded(columns, "sign_height_m")),
    formula=Message(
        "最高一块店招自身的高度；没有店招不判定",
        "height of the tallest shop sign itself; a building without signs is not judged",
    ),
    high=Bound("max_m", "最大高度", "Greatest height", is_required=True),
    decimals=2,
)
