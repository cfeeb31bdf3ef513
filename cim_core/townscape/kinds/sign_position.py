"""``sign-position`` 店招位置: how far the highest shop sign rises above the second-floor sill."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind, unless_none
from cim_core.townscape.texts import as_floats


def measure_sign_position(columns: pa.Table, _: Any) -> Measured:  # noqa: ANN401
    """``sign_top_m`` − ``second_floor_sill_m``; below zero the sign stays under the sill."""
    above_m = as_floats(columns["sign_top_m"]) - as_floats(columns["second_floor_sill_m"])
    return unless_none(columns, "sign_count", Measured(above_m, "sign_top_m − second_floor_sill_m"))


KIND = number_kind(
    id="sign-position",
    zh="店招高出二层窗台",
    en="Sign above the second-floor sill",
    unit="m",
    attributes=("sign_top_m", "second_floor_sill_m", "sign_count"),
    measure=measure_sign_position,
    formula=Message(
        "最高店招上沿高度 − 二层窗台高度；没有店招不判定",
        "top of the highest sign − second-floor sill; a building without signs is not judged",
    ),
    high=Bound("max_above_m", "最多高出", "Most above the sill", is_required=True, least=None),
)
