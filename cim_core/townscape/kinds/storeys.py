"""``storeys`` 层数: the number of storeys above ground, between two limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cim_core.features.plausible import find_contradictions
from cim_core.townscape.kinds.base import (
    ColorLookup,
    ControlKind,
    Judgement,
    Limit,
    Message,
    numeric_verdicts,
    range_text,
    source_text,
)
from cim_core.townscape.kinds.parameters import integer, parameter
from cim_core.townscape.texts import as_floats, format_numbers, repeat
from cim_core.townscape.verdicts import FAIL, HIGH, LOW, NO_DATA, PASS, REVIEW


@dataclass(frozen=True, slots=True)
class StoreysParameters:
    """Largest and smallest permitted number of storeys."""

    max: int | None = parameter(integer(1), "最多层数", "Most storeys", default=None)
    min: int | None = parameter(integer(0), "最少层数", "Fewest storeys", default=None)

    def __post_init__(self) -> None:
        """Refuse a rule without a limit or with crossed limits. Raises ValueError."""
        if self.max is None and self.min is None:
            raise ValueError("a storeys rule needs max or min")
        if self.max is not None and self.min is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")


def judge_storeys(columns: pa.Table, parameters: StoreysParameters, _: ColorLookup) -> Judgement:
    """Compare recorded storeys with the limits; a pass that the height contradicts is for review."""
    storeys = as_floats(columns["storeys"])
    verdicts, margin = numeric_verdicts(storeys, parameters.min, parameters.max, 0.0)
    contradictions = [c for c in find_contradictions(columns) if "storeys" in c.attributes]
    for contradiction in contradictions:
        verdicts[contradiction.holds & (verdicts == PASS)] = REVIEW
    limit = range_text(parameters.min, parameters.max, "")
    return Judgement(
        verdicts=verdicts,
        measured_value=storeys,
        measured_text=format_numbers(storeys, 0),
        measured_zh=format_numbers(storeys, 0),
        measured_en=format_numbers(storeys, 0),
        margin=margin,
        source=source_text("storeys", repeat("field", len(storeys))),
        confidence=np.where(verdicts == NO_DATA, LOW, HIGH).astype(np.uint8),
        limit=Limit(f"{limit} 层", limit, limit, parameters.min, parameters.max),
        notes=tuple((c.holds, f"{c.zh}。", f"{c.en}.") for c in contradictions),
    )


KIND = ControlKind(
    id="storeys",
    zh="层数",
    en="Storeys",
    unit="storeys",
    attributes=("storeys", "height_m"),
    parameters=StoreysParameters,
    judge=judge_storeys,
    formula=Message(
        "余量 = min(max − 层数, 层数 − min)",
        "margin = min(max − storeys, storeys − min)",
    ),
    messages={
        PASS: Message("层数 {measured}，符合控制要求（{limit}）。", "Storeys: {measured}, within the limit {limit}."),
        FAIL: Message(
            "层数 {measured}，不符合控制要求（{limit}），相差 {excess} 层。",
            "Storeys: {measured}; the limit {limit} is broken by {excess}.",
        ),
        REVIEW: Message("层数 {measured}，须复核（{limit}）。", "Storeys: {measured}; needs a review ({limit})."),
        NO_DATA: Message("缺少层数，未能判定（{limit}）。", "No storeys are recorded; not judged against {limit}."),
    },
)
