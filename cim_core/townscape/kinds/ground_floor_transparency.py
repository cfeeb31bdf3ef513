"""``ground-floor-transparency`` 首层通透度: openings and clear glass of a ground floor on the side that faces a street.

A front is judged by the side of its building that looks to the street, so that glass at the back opens no front.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim_core.townscape.kinds.base import Ints, Message, Scope
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind
from cim_core.townscape.kinds.stretch import show_fronts
from cim_core.townscape.places import shapes
from cim_core.townscape.texts import as_array, as_floats
from cim_core.townscape.verdicts import HIGH, MEDIUM

_WHOLE = "ground_floor_transparency"
_SIDES = ("north", "east", "south", "west")
_COLUMNS = tuple(f"{_WHOLE}_{side}" for side in _SIDES)
#: ``side`` of a frontage is where the building stands seen from the street; its front looks the other way.
_BEHIND = pa.array(["south", "west", "north", "east"])
_BY_SIDE = ("（北立面）", "（东立面）", "（南立面）", "（西立面）"), tuple(f" ({side} side)" for side in _SIDES)
_BY_WHOLE = "（整栋）", " (whole building)"


def street_sides(columns: pa.Table) -> Ints:
    """The quarter of the compass each front looks to: 0 north, 1 east, 2 south, 3 west; -1 where nothing tells.

    It is the quarter of the facade's outward normal, the mean over its edges by length, which is the normal of the
    line's chord: the line runs along the street with the building on ``line_side``. Without a line it is opposite to
    ``side``.
    """
    lines = shapes(columns["facade"])
    ends = (shapely.get_point(lines, index) for index in (0, -1))
    (from_x, from_y), (to_x, to_y) = ((shapely.get_x(end), shapely.get_y(end)) for end in ends)
    along_x, along_y = to_x - from_x, to_y - from_y
    line_side = as_array(columns["line_side"])
    turn = pc.if_else(pc.equal(line_side, "left"), 1.0, -1.0).fill_null(np.nan).to_numpy(zero_copy_only=False)
    azimuth = np.degrees(np.arctan2(turn * along_y, -turn * along_x))
    quarter = np.floor(((azimuth + 45.0) % 360.0) / 90.0)
    behind = pc.index_in(as_array(columns["side"]), _BEHIND).fill_null(-1).to_numpy(zero_copy_only=False)
    is_told = np.isfinite(quarter) & (np.hypot(along_x, along_y) > 0)
    return np.where(is_told, quarter, behind).astype(np.int64)


def measure_transparency(columns: pa.Table, _: Any) -> Measured:  # noqa: ANN401
    """The figure of the side that faces the street, else that of the whole building with lower confidence."""
    side = street_sides(columns)
    of_sides = np.stack([as_floats(columns[name]) for name in _COLUMNS], axis=1)
    own = np.where(side < 0, np.nan, of_sides[np.arange(len(side)), side])
    is_own = np.isfinite(own)
    value = np.where(is_own, own, as_floats(columns[_WHOLE]))
    chosen = pa.array(np.where(is_own, side, len(_SIDES)))
    sources = pa.array([f"{name}: field" for name in (*_COLUMNS, _WHOLE)])
    where_zh, where_en = (
        pa.array([*by_side, whole]).take(chosen) for by_side, whole in zip(_BY_SIDE, _BY_WHOLE, strict=True)
    )
    return Measured(
        100.0 * value,
        sources.take(chosen),
        confidence=np.where(is_own, HIGH, MEDIUM).astype(np.uint8),
        where_zh=where_zh,
        where_en=where_en,
        evidence=show_fronts(columns),
        notes=(
            (
                ~is_own & np.isfinite(value),
                "沿街一侧没有数据，采用整栋建筑的数值。",
                "The side that faces the street has no figure of its own; that of the whole building is used.",
            ),
        ),
    )


KIND = number_kind(
    id="ground-floor-transparency",
    zh="首层通透度",
    en="Ground-floor transparency",
    unit="%",
    attributes=(_WHOLE, *_COLUMNS),
    measure=measure_transparency,
    formula=Message(
        "100 × 沿街一侧首层（0–3 m）门窗洞口与透明玻璃面积 ÷ 该侧首层墙面面积",
        "100 × openings and clear glass ÷ wall of the ground floor, 0–3 m, on the side that faces the street",
    ),
    low=Bound("min_percent", "最小通透度", "Least transparency", is_required=True),
    scope=Scope.FRONTAGE,
    decimals=1,
)
