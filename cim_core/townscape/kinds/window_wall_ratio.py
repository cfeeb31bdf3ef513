"""``window-wall-ratio`` 窗墙比: window area ÷ wall area of each orientation against the limit of that orientation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from cim_core.townscape.kinds.base import Floats, Message
from cim_core.townscape.kinds.numbers import Measured, number_kind
from cim_core.townscape.kinds.parameters import parameter, share
from cim_core.townscape.texts import as_floats

_SIDES = (
    ("north", "max_north", "北向", "north"),
    ("east", "max_east_west", "东向", "east"),
    ("south", "max_south", "南向", "south"),
    ("west", "max_east_west", "西向", "west"),
)


def measure_window_wall_ratio(columns: pa.Table, parameters: Any) -> Measured:  # noqa: ANN401
    """The orientation with the least room to its limit; a side that is not recorded could be the one that breaks it."""
    sides = [(s, getattr(parameters, p), zh, en) for s, p, zh, en in _SIDES if getattr(parameters, p) is not None]
    ratios = np.stack([as_floats(columns[f"window_wall_ratio_{side}"]) for side, *_ in sides], axis=1)
    limits: Floats = np.array([limit for _, limit, *_ in sides])
    room = limits - ratios
    worst = np.argmin(np.where(np.isnan(room), np.inf, room), axis=1)
    rows = np.arange(len(worst))
    value, high = ratios[rows, worst], limits[worst]
    is_settled = ~np.isnan(ratios).any(axis=1) | (room[rows, worst] < -parameters.tolerance - 1e-9)
    names = pa.array(worst)
    return Measured(
        value,
        "window_wall_ratio: field",
        greatest=np.where(is_settled, value, np.inf),
        high=high,
        where_zh=pa.array([f"（{zh}）" for *_, zh, _ in sides]).take(names),
        where_en=pa.array([f" ({en})" for *_, en in sides]).take(names),
    )


def _limit(zh: str, en: str) -> Any:  # noqa: ANN401
    return parameter(share(), zh, en, default=None)


KIND = number_kind(
    id="window-wall-ratio",
    zh="窗墙比",
    en="Window-to-wall ratio",
    unit="",
    attributes=tuple(f"window_wall_ratio_{side}" for side, *_ in _SIDES),
    measure=measure_window_wall_ratio,
    formula=Message(
        "各朝向窗面积 ÷ 墙面面积（含窗），取余量最小的朝向",
        "window area ÷ wall area with windows of each orientation; the one with the least room counts",
    ),
    more=(
        ("max_north", float | None, _limit("北向上限", "Greatest, north")),
        ("max_east_west", float | None, _limit("东西向上限", "Greatest, east and west")),
        ("max_south", float | None, _limit("南向上限", "Greatest, south")),
    ),
    needs=("max_north", "max_east_west", "max_south"),
)
