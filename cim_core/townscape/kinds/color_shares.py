"""Facade colors with shares: a rule holds the color against palettes, or its share of the facade against limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement, Lacking, Message, source_text
from cim_core.townscape.kinds.colored import (
    COLOR_FORMULA,
    NO_TOLERANCE,
    SOURCE_CONFIDENCE,
    ColorParameters,
    color_messages,
    color_sources,
    indicative_notes,
    is_hint,
    judge_color,
)
from cim_core.townscape.kinds.numbers import PERCENT, Measured, judge_measured, number_messages
from cim_core.townscape.kinds.parameters import parameter, share
from cim_core.townscape.texts import as_array, as_floats
from cim_core.townscape.verdicts import NO_DATA

_FORMULA = Message(
    f"{COLOR_FORMULA.zh}；占比规则：颜色面积 ÷ 立面面积",
    f"{COLOR_FORMULA.en}; of a share: area of the color ÷ area of the facade",
)


@dataclass(frozen=True, slots=True)
class FacadeColorParameters(ColorParameters):
    """Palettes of a facade color, or limits of its share of the facade (0 to 1)."""

    min_share: float | None = parameter(share(), "占立面最小比例", "Smallest share of the facade", default=None)
    max_share: float | None = parameter(share(), "占立面最大比例", "Largest share of the facade", default=None)

    def __post_init__(self) -> None:
        """Refuse a rule about nothing, about color and share at once, or with crossed limits. Raises ValueError."""
        if not self.is_share:
            if not (self.allowed or self.forbidden):
                raise ValueError("a facade color rule needs allowed or forbidden palettes, min_share or max_share")
            return
        if self.allowed or self.forbidden or self.tolerance != NO_TOLERANCE or self.tolerance_by_source:
            raise ValueError("a rule is about the palettes of a color or about its share; write a rule for each")
        if self.min_share is not None and self.max_share is not None and self.min_share > self.max_share:
            raise ValueError(f"min_share {self.min_share:g} is above max_share {self.max_share:g}")

    @property
    def is_share(self) -> bool:
        """Whether the rule is about the share of the color and not about the color."""
        return self.min_share is not None or self.max_share is not None


def facade_color_kind(part: str, zh: str, en: str) -> ControlKind:
    """The kind of the ``part`` (main, secondary, accent) of the colors of a facade."""
    color, share_of = f"facade_{part}_color", f"facade_{part}_share"

    def judge(columns: pa.Table, parameters: FacadeColorParameters, colors: ColorLookup) -> Judgement:
        if parameters.is_share:
            return judge_share(columns, share_of, parameters, (zh, en))
        return judge_color(columns, color, parameters, colors)

    return ControlKind(
        id=f"facade-{part}-color",
        zh=zh,
        en=en,
        unit="steps",
        attributes=(color, share_of, "color_source"),
        parameters=FacadeColorParameters,
        judge=judge,
        formula=_FORMULA,
        messages=color_messages(zh, en),
    )


def judge_share(columns: pa.Table, column: str, parameters: FacadeColorParameters, label: tuple[str, str]) -> Judgement:
    """Compare the recorded shares of a color with the limits, in per cent; a share nobody recorded is no data.

    A share is worth what its color is: one from a photo or of unknown origin is indicative.
    """
    shares = 100.0 * as_floats(columns[column])
    low, high = (None if end is None else 100.0 * end for end in (parameters.min_share, parameters.max_share))
    origin = color_sources(columns)
    judged = judge_measured(
        Measured(shares, source_text(column, as_array(columns["color_source"])), confidence=SOURCE_CONFIDENCE[origin]),
        low,
        high,
        unit="%",
        limit_words=("占立面", "of the facade"),
        missing=column,
    )
    return replace(
        judged,
        is_indicative=is_hint(origin) & (judged.verdicts != NO_DATA),
        notes=(*judged.notes, *indicative_notes(origin, judged.verdicts)),
        lacking=Lacking(column, "缺少数据", "not known"),
        unit="%",
        messages=number_messages(f"{label[0]}占比", f"{label[1]}, share,", PERCENT),
    )
