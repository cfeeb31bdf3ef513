"""Judging one figure of a street-side stretch, reported on every front that stands in it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.kinds.base import Judgement, Limit, Message, numeric_verdicts, range_text
from cim_core.townscape.sides import Stretches
from cim_core.townscape.texts import format_numbers
from cim_core.townscape.verdicts import FAIL, LOW, MEDIUM, NO_DATA, PASS

Floats = NDArray[np.float64]


def judge_stretches(
    columns: pa.Table,
    stretches: Stretches,
    values: tuple[Floats, Floats, Floats],
    limits: tuple[float | None, float | None],
    tolerance: float,
    unit: str,
    source: str,
) -> Judgement:
    """Compare a figure of every stretch with (least, greatest) and give each front the answer of its stretch.

    ``values``: the figure from what is known, and the least and greatest it could be with what is not; where these
    two are judged alike the answer stands, otherwise there is no data. NaN: no figure. Confidence is medium: the
    figure rests on derived fronts.
    """
    known, least, greatest = values
    low, high = limits
    lower, _ = numeric_verdicts(least, low, high, tolerance)
    upper, _ = numeric_verdicts(greatest, low, high, tolerance)
    verdicts, margin = numeric_verdicts(known, low, high, tolerance)
    verdicts = np.where((lower == upper) & (lower == verdicts), verdicts, NO_DATA)
    is_open = np.isfinite(known) & (verdicts == NO_DATA)
    verdicts_of_row = np.append(verdicts, NO_DATA)[stretches.of_row].astype(np.uint8)
    is_unknown = verdicts_of_row == NO_DATA
    value = np.where(is_unknown, np.nan, stretches.spread(known))
    text = format_numbers(value, 1 if unit == "%" else 2, f" {unit}" if unit else "")
    name_zh, name_en = stretches.name_rows(columns)
    limit = range_text(low, high, unit)
    return Judgement(
        verdicts=verdicts_of_row,
        measured_value=value,
        measured_text=text,
        measured_zh=pc.binary_join_element_wise(text, name_zh, "，"),
        measured_en=pc.binary_join_element_wise(text, name_en, " on the "),
        margin=np.where(is_unknown, np.nan, stretches.spread(margin)),
        source=pa.repeat(pa.scalar(source), columns.num_rows),
        confidence=np.where(is_unknown, LOW, MEDIUM).astype(np.uint8),
        limit=Limit(limit, limit, limit, low, high),
        notes=(
            (
                np.append(is_open, False)[stretches.of_row],
                "街段内部分建筑缺数据，结果可能改变判定。",
                "What is not known of some buildings of the stretch could turn the answer.",
            ),
        ),
    )


def exact(values: Floats) -> tuple[Floats, Floats, Floats]:
    """A figure nothing is missing of."""
    return values, values, values


def stretch_messages(zh: str, en: str, excess_zh: str = "", excess_en: str = "") -> dict[int, Message]:
    """The three sentences of a street-side kind; ``excess_*`` is the unit of the difference."""
    return {
        PASS: Message(
            f"所在街段{zh} {{measured}}，符合控制要求（{{limit}}）。",
            f"{en} of the stretch: {{measured}}; holds {{limit}}.",
        ),
        FAIL: Message(
            f"所在街段{zh} {{measured}}，不符合控制要求（{{limit}}），相差 {{excess}}{excess_zh}。",
            f"{en} of the stretch: {{measured}}; {{limit}} is broken by {{excess}}{excess_en}.",
        ),
        NO_DATA: Message(
            f"所在街段{zh}缺少数据，未能判定（{{limit}}）。", f"{en} of the stretch is not judged against {{limit}}."
        ),
    }


PERCENT = (" 个百分点", " percentage points")
