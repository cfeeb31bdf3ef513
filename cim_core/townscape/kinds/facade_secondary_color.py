"""``facade-secondary-color`` 立面辅色: the recorded secondary facade color of a building against palettes."""

from __future__ import annotations

import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement
from cim_core.townscape.kinds.colored import COLOR_FORMULA, ColorParameters, color_messages, judge_color


def judge_facade_secondary_color(columns: pa.Table, parameters: ColorParameters, colors: ColorLookup) -> Judgement:
    """Compare ``facade_secondary_color`` with the palettes of the rule."""
    return judge_color(columns, "facade_secondary_color", parameters, colors)


KIND = ControlKind(
    id="facade-secondary-color",
    zh="立面辅色",
    en="Facade secondary color",
    unit="steps",
    attributes=("facade_secondary_color", "color_source"),
    parameters=ColorParameters,
    judge=judge_facade_secondary_color,
    formula=COLOR_FORMULA,
    messages=color_messages("立面辅色", "Facade secondary color"),
)
