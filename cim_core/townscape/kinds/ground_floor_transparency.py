"""``ground-floor-transparency`` 首层通透度: openings and clear glass of the ground-floor front."""

from __future__ import annotations

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, number_kind, recorded

KIND = number_kind(
    id="ground-floor-transparency",
    zh="首层通透度",
    en="Ground-floor transparency",
    unit="%",
    attributes=("ground_floor_transparency",),
    measure=lambda columns, _: recorded(columns, "ground_floor_transparency", 100.0),
    formula=Message(
        "100 × 首层（0–3 m）门窗洞口与透明玻璃面积 ÷ 首层墙面面积",
        "100 × openings and clear glass ÷ wall of the ground floor, 0–3 m",
    ),
    low=Bound("min_percent", "最小通透度", "Least transparency", is_required=True),
    decimals=1,
)
