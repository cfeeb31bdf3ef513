"""``facade-main-color`` 立面主色: the recorded main facade color of a building against palettes."""

from __future__ import annotations

import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement
from cim_core.townscape.kinds.colored import COLOR_FORMULA, ColorParameters, color_messages, judge_color


def judge_facade_main_color(columns: pa.Table, parameters: ColorParameters, colors: ColorLookup) -> Judgement:
    """Compare ``facade_main_color`` with the palettes of the rule."""
    return judge_color(columns, "facade_main_color", parameters, colors)


KIND = ControlKind(
    id="facade-main-color",
    zh="立面主色",
    en="Facade main color",
    unit="steps",
    attributes=("facade_main_color", "color_source"),
    parameters=ColorParameters,
    judge=judge_facade_main_color,
    formula=COLOR_FORMULA,
    messages=color_messages("立面主色", "Facade main color"),
)
