"""``signs-per-shop`` 一店一招: the number of shop signs for each shop of a building."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind, ratio
from cim_core.townscape.texts import as_floats


def measure_signs_per_shop(columns: pa.Table, _: Any) -> Measured:  # noqa: ANN401
    """``sign_count`` ÷ ``shop_count``; a building without shops is not judged."""
    shops = as_floats(columns["shop_count"])
    return Measured(ratio(as_floats(columns["sign_count"]), shops), "sign_count ÷ shop_count", applies=shops != 0)


KIND = number_kind(
    id="signs-per-shop",
    zh="每店店招数",
    en="Signs per shop",
    unit="",
    attributes=("sign_count", "shop_count"),
    measure=measure_signs_per_shop,
    formula=Message("店招数 ÷ 店铺数；没有店铺不判定", "shop signs ÷ shops; a building without shops is not judged"),
    high=Bound("max_ratio", "最大比值", "Greatest ratio", is_required=True),
)
