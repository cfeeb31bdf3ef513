"""``facade-width`` 建筑面宽: the length of a front along the street, by the height of the building."""

from __future__ import annotations

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.stepped import stepped_kind
from cim_core.townscape.kinds.stretch import show_fronts

KIND = stepped_kind(
    id="facade-width",
    zh="建筑面宽",
    en="Facade width",
    column="length_m",
    is_minimum=False,
    formula=Message("沿街立面长度 ≤ limit_m", "length of the front along the street ≤ limit_m"),
    show=lambda columns, _: show_fronts(columns),
)
