"""``facade-accent-color`` 立面点缀色: the recorded accent facade color of a building against palettes."""

from __future__ import annotations

import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement
from cim_core.townscape.kinds.colored import COLOR_FORMULA, ColorParameters, color_messages, judge_color


def judge_facade_accent_color(columns: pa.Table, parameters: ColorParameters, colors: ColorLookup) -> Judgement:
    """Compare ``facade_accent_color`` with the palettes of the rule."""
    return judge_color(columns, "facade_accent_color", parameters, colors)


KIND = ControlKind(
    id="facade-accent-color",
    zh="立面点缀色",
    en="Facade accent color",
    unit="steps",
    attributes=("facade_accent_color", "color_source"),
    parameters=ColorParameters,
    judge=judge_facade_accent_color,
    formula=COLOR_FORMULA,
    messages=color_messages("立面点缀色", "Facade accent color"),
)
