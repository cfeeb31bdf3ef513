"""``height-to-width`` 建筑高宽比: the height of a building divided by the width of its front."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cim_core.townscape.kinds.base import Message, Scope
from cim_core.townscape.kinds.numbers import Bound, Measured, height_confidence, number_kind, ratio
from cim_core.townscape.kinds.stretch import show_fronts
from cim_core.townscape.texts import as_floats


def measure_height_to_width(columns: pa.Table, _: Any) -> Measured:  # noqa: ANN401
    """``height_m`` ÷ frontage ``length_m``."""
    return Measured(
        ratio(as_floats(columns["height_m"]), as_floats(columns["length_m"])),
        "height_m ÷ length_m",
        confidence=height_confidence(columns),
        evidence=show_fronts(columns),
    )


KIND = number_kind(
    id="height-to-width",
    zh="建筑高宽比",
    en="Height to width",
    unit="",
    attributes=("height_m", "height_source"),
    measure=measure_height_to_width,
    formula=Message("建筑高度 ÷ 沿街面宽", "height of the building ÷ width of its front"),
    low=Bound("min", "最小高宽比", "Least ratio"),
    high=Bound("max", "最大高宽比", "Greatest ratio"),
    scope=Scope.FRONTAGE,
)
