"""``building-height`` 建筑高度: the height of a building above its lowest adjacent ground, between two limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

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
from cim_core.townscape.kinds.parameters import choice, number, parameter
from cim_core.townscape.texts import as_array, as_floats, format_numbers
from cim_core.townscape.verdicts import FAIL, HIGH, LOW, MEDIUM, NO_DATA, PASS, REVIEW

REFERENCE_NAMES = {
    "highest": ("最高点", "highest point"),
    "eave": ("檐口", "eave"),
    "mean": ("檐脊平均", "mean of eave and ridge"),
}


@dataclass(frozen=True, slots=True)
class HeightParameters:
    """Limits in metres. ``reference``: the highest point, the eave, or the mean of the two (pitched roofs).

    ``tolerance_m``: how far the limit may be passed by measuring error. ``estimate_uncertainty_m``: half-width of
    the band around a limit in which a height estimated from storeys proves nothing.
    """

    max_m: float | None = parameter(number(0.0), "最大高度", "Maximum height", "m", default=None)
    min_m: float | None = parameter(number(0.0), "最小高度", "Minimum height", "m", default=None)
    reference: str = parameter(choice(*REFERENCE_NAMES), "高度基准点", "Measured at", default="highest")
    tolerance_m: float = parameter(number(0.0), "允许误差", "Tolerance", "m", default=0.0)
    estimate_uncertainty_m: float = parameter(number(0.0), "推算误差", "Uncertainty of estimates", "m", default=1.5)

    def __post_init__(self) -> None:
        """Refuse a rule without a limit or with crossed limits. Raises ValueError."""
        if self.max_m is None and self.min_m is None:
            raise ValueError("a height rule needs max_m or min_m")
        if self.max_m is not None and self.min_m is not None and self.min_m > self.max_m:
            raise ValueError(f"min_m {self.min_m:g} is above max_m {self.max_m:g}")


def judge_height(columns: pa.Table, parameters: HeightParameters, _: ColorLookup) -> Judgement:
    """Compare heights in metres with the limits; an estimate closer to a limit than its uncertainty is for review."""
    height_source = as_array(columns["height_source"])
    measured_m, uses_height, column = _measure(columns, parameters.reference)
    verdicts, margin = numeric_verdicts(measured_m, parameters.min_m, parameters.max_m, parameters.tolerance_m)
    is_estimate = uses_height & _equals(height_source, "storeys")
    raw_room = np.fmin(
        np.inf if parameters.max_m is None else parameters.max_m - measured_m,
        np.inf if parameters.min_m is None else measured_m - parameters.min_m,
    )
    is_open = is_estimate & (verdicts != NO_DATA) & (np.abs(raw_room) < parameters.estimate_uncertainty_m)
    verdicts[is_open] = REVIEW
    margin[is_open] = raw_room[is_open]
    is_tolerated = (verdicts == PASS) & (raw_room < 0)
    is_known_source = uses_height & ~np.asarray(pc.is_null(height_source))
    confidence = np.where(is_estimate, LOW, np.where(is_known_source | ~uses_height, HIGH, MEDIUM))
    confidence[verdicts == NO_DATA] = LOW
    text = format_numbers(measured_m, 2, " m")
    limit = range_text(parameters.min_m, parameters.max_m, "m")
    zh, en = REFERENCE_NAMES[parameters.reference]
    origin = pc.if_else(pa.array(uses_height), height_source, "field")
    return Judgement(
        verdicts=verdicts,
        measured_value=measured_m,
        measured_text=text,
        measured_zh=text,
        measured_en=text,
        margin=margin,
        source=pc.if_else(pa.array(uses_height), source_text("height_m", origin), source_text(column, origin)),
        confidence=confidence.astype(np.uint8),
        limit=Limit(f"{limit}（{zh}）", f"{limit} ({en})", limit, parameters.min_m, parameters.max_m),
        notes=(
            (
                is_tolerated,
                f"在允许误差 {parameters.tolerance_m:g} m 之内。",
                f"Within the tolerance of {parameters.tolerance_m:g} m.",
            ),
            (
                is_estimate & (verdicts == FAIL),
                "高度由层数推算，建议实测。",
                "The height is estimated from storeys; a survey is advised.",
            ),
        ),
    )


def _measure(columns: pa.Table, reference: str) -> tuple[NDArray[np.float64], NDArray[np.bool_], str]:
    """Height in metres at the reference, whether it rests on ``height_m``, and the column it rests on otherwise."""
    height_m = as_floats(columns["height_m"])
    if reference == "highest":
        return height_m, np.ones(len(height_m), bool), "height_m"
    eave_m = as_floats(columns["eave_height_m"])
    is_flat = _equals(as_array(columns["roof_form"]), "flat") & np.isnan(eave_m)
    eave_m = np.where(is_flat, height_m, eave_m)
    if reference == "eave":
        return eave_m, is_flat, "eave_height_m"
    return (eave_m + height_m) / 2.0, np.ones(len(height_m), bool), "height_m"


def _equals(column: pa.Array, value: str) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(pc.equal(column, value), False))


KIND = ControlKind(
    id="building-height",
    zh="建筑高度",
    en="Building height",
    unit="m",
    attributes=("height_m", "eave_height_m", "roof_form", "height_source"),
    parameters=HeightParameters,
    judge=judge_height,
    messages={
        PASS: Message("建筑高度 {measured}，符合控制要求 {limit}。", "Height {measured} holds the limit {limit}."),
        FAIL: Message(
            "建筑高度 {measured}，超出控制要求 {limit}，相差 {excess}。",
            "Height {measured} breaks the limit {limit} by {excess}.",
        ),
        REVIEW: Message(
            "推算高度 {measured} 与限值 {limit} 之差小于推算误差，须实测复核。",
            "The estimated height {measured} is closer to the limit {limit} than its uncertainty; measure on site.",
        ),
        NO_DATA: Message("缺少建筑高度，未能判定（{limit}）。", "No height is recorded; not judged against {limit}."),
    },
)
