"""``target-visibility`` 目标可见率: how much of what a corridor looks at is seen past the buildings in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.analysis.corridors import Sight, measure_visible_share
from cim_core.townscape.kinds.base import Message, Scope
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind
from cim_core.townscape.kinds.view_corridor import CORRIDORS, EYE_HEIGHT, corridor_names, in_corridors
from cim_core.townscape.places import shapes
from cim_core.townscape.texts import as_array, as_floats
from cim_core.townscape.verdicts import MEDIUM


def measure_target_visibility(columns: pa.Table, parameters: Any) -> Measured:  # noqa: ANN401
    """100 × the visible share of the target, on each building of its corridor; an unknown top may hide it all."""
    corridor = as_array(columns["corridor_id"])
    sight = Sight(
        corridor=corridor.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64),
        eye_m=as_floats(columns["viewpoint_ground_m"]) + parameters.eye_height_m,
        **{name: as_floats(columns[name]) for name in Sight.__slots__ if name not in ("corridor", "eye_m")},
    )
    top_m = as_floats(columns["base_m"]) + as_floats(columns["height_m"])
    greatest = 100.0 * measure_visible_share(sight, top_m)
    least = 100.0 * measure_visible_share(sight, np.where(np.isnan(top_m), np.inf, top_m))
    in_zh, in_en = corridor_names(columns)
    lines = as_array(columns["corridor_line"])
    return Measured(
        greatest,
        "base_m + height_m of the corridor",
        least=least,
        greatest=greatest,
        confidence=np.full(columns.num_rows, MEDIUM, np.uint8),
        where_zh=pc.binary_join_element_wise("（", in_zh, "）", ""),
        where_en=pc.binary_join_element_wise(" (", in_en, ")", ""),
        applies=in_corridors(columns, parameters),
        evidence=lambda rows: shapes(lines.take(pa.array(rows))),
    )


KIND = number_kind(
    id="target-visibility",
    zh="目标可见率",
    en="Visible share of the target",
    unit="%",
    attributes=("base_m", "height_m"),
    measure=measure_target_visibility,
    formula=Message(
        "100 × 目标立面未被廊内建筑遮挡的面积 ÷ 目标立面面积（视廊末端、可见下沿至上沿）",
        "100 × part of the target's face, from its lower to its upper edge across the corridor, that no building hides",
    ),
    low=Bound("min_percent", "最小可见率", "Least visible share", is_required=True),
    more=(EYE_HEIGHT, CORRIDORS),
    scope=Scope.VIEW_TARGET,
    missing="base_m or height_m",
    decimals=1,
)
