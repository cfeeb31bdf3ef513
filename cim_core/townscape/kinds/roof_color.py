"""``roof-color`` 屋面颜色: the recorded roof color of a building against palettes."""

from __future__ import annotations

import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement
from cim_core.townscape.kinds.colored import COLOR_FORMULA, ColorParameters, color_messages, judge_color


def judge_roof_color(columns: pa.Table, parameters: ColorParameters, colors: ColorLookup) -> Judgement:
    """Compare ``roof_color`` with the palettes of the rule."""
    return judge_color(columns, "roof_color", parameters, colors)


KIND = ControlKind(
    id="roof-color",
    zh="屋面颜色",
    en="Roof color",
    unit="steps",
    attributes=("roof_color", "color_source"),
    parameters=ColorParameters,
    judge=judge_roof_color,
    formula=COLOR_FORMULA,
    messages=color_messages("屋面颜色", "Roof color"),
)
