"""``building-height`` 建筑高度: the height of a building above its lowest adjacent ground, between two limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    "ridge": ("屋脊", "ridge"),
}
_BOUND_EN = "The {} is not recorded; the highest point already holds the limit."
ABOVE_NAMES = {"ground": ("", ""), "datum": ("标高 ", "elevation ")}


@dataclass(frozen=True, slots=True)
class HeightParameters:
    """Limits in metres. ``reference``: the highest point, the eave, the ridge, or the mean of eave and highest point.

    ``above``: what the limits count from, the lowest adjacent ground or the height datum (an absolute elevation).

    ``tolerance_m``: how far the limit may be passed by measuring error. ``estimate_uncertainty_m``: half-width of
    the band around a limit in which an estimated height (from storeys or a surface model) proves nothing.
    """

    max_m: float | None = parameter(number(0.0), "最大高度", "Maximum height", "m", default=None)
    min_m: float | None = parameter(number(0.0), "最小高度", "Minimum height", "m", default=None)
    reference: str = parameter(choice(*REFERENCE_NAMES), "高度基准点", "Measured at", default="highest")
    above: str = parameter(choice(*ABOVE_NAMES), "起算面", "Counted from", default="ground")
    tolerance_m: float = parameter(number(0.0), "允许误差", "Tolerance", "m", default=0.0)
    estimate_uncertainty_m: float = parameter(number(0.0), "推算误差", "Uncertainty of estimates", "m", default=1.5)

    def __post_init__(self) -> None:
        """Refuse a rule without a limit or with crossed limits. Raises ValueError."""
        if self.max_m is None and self.min_m is None:
            raise ValueError("a height rule needs max_m or min_m")
        if self.max_m is not None and self.min_m is not None and self.min_m > self.max_m:
            raise ValueError(f"min_m {self.min_m:g} is above max_m {self.max_m:g}")


def judge_height(columns: pa.Table, parameters: HeightParameters, _: ColorLookup) -> Judgement:
    """Compare heights in metres with the limits.

    An estimate closer to a limit than its uncertainty is for review. Where the eave is not recorded, a highest point
    that holds the maximum proves that the eave and the mean hold it too; one that does not proves nothing.
    """
    measured = _measure(columns, parameters)
    room = _room(measured.height_m, parameters)
    verdicts, margin = numeric_verdicts(measured.height_m, parameters.min_m, parameters.max_m, parameters.tolerance_m)
    is_unproved = measured.is_upper_bound & (room < 0)
    verdicts[is_unproved] = NO_DATA
    is_open = measured.is_estimate & (verdicts != NO_DATA) & (np.abs(room) < parameters.estimate_uncertainty_m)
    verdicts[is_open] = REVIEW
    margin[is_open] = room[is_open]
    is_unknown = verdicts == NO_DATA
    margin[is_unknown] = np.nan
    height_m = np.where(is_unknown, np.nan, measured.height_m)
    confidence = np.where(measured.is_estimate, LOW, np.where(measured.is_sure, HIGH, MEDIUM))
    confidence[is_unknown] = LOW
    text = format_numbers(height_m, 2, " m")
    limit = range_text(parameters.min_m, parameters.max_m, "m")
    zh, en = REFERENCE_NAMES[parameters.reference]
    from_zh, from_en = ABOVE_NAMES[parameters.above]
    return Judgement(
        verdicts=verdicts,
        measured_value=height_m,
        measured_text=text,
        measured_zh=text,
        measured_en=text,
        margin=margin,
        source=measured.source,
        confidence=confidence.astype(np.uint8),
        limit=Limit(
            f"{zh}{from_zh or ' '}{limit}",
            f"{from_en}{limit} ({en})",
            f"{from_en}{limit}",
            parameters.min_m,
            parameters.max_m,
        ),
        notes=(
            (
                (verdicts == PASS) & (room < 0),
                f"在允许误差 {parameters.tolerance_m:g} m 之内。",
                f"Within the tolerance of {parameters.tolerance_m:g} m.",
            ),
            (
                measured.is_estimate & (verdicts == FAIL),
                "高度由层数或地表模型推算，建议实测。",
                "The height is estimated from storeys or a surface model; a survey is advised.",
            ),
            (
                measured.is_upper_bound & ~is_unknown,
                f"{zh if parameters.reference == 'ridge' else '檐口'}高度缺失，以最高点判定。",
                _BOUND_EN.format("ridge" if parameters.reference == "ridge" else "eave"),
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    """Heights at the rule's reference and how they came about, one a row.

    ``is_upper_bound``: the eave or ridge is unknown and the highest point stands in for it. ``is_estimate``: rests on a
    height derived from storeys. ``is_sure``: every figure it rests on has a known origin.
    """

    height_m: NDArray[np.float64]
    is_upper_bound: NDArray[np.bool_]
    is_estimate: NDArray[np.bool_]
    is_sure: NDArray[np.bool_]
    source: pa.Array


def _measure(columns: pa.Table, parameters: HeightParameters) -> _Measured:
    measured = _measure_above_ground(columns, parameters)
    if parameters.above == "ground":
        return measured
    return replace(
        measured,
        height_m=measured.height_m + as_floats(columns["base_m"]),
        source=pc.binary_join_element_wise("base_m + ", measured.source, ""),
    )


def _measure_above_ground(columns: pa.Table, parameters: HeightParameters) -> _Measured:
    top_m = as_floats(columns["height_m"])
    origin = as_array(columns["height_source"])
    is_estimate = _equals(origin, "storeys") | _equals(origin, "surface")
    has_origin = ~np.asarray(pc.is_null(origin))
    nowhere = np.zeros(len(top_m), bool)
    top_source = source_text("height_m", origin)
    if parameters.reference == "highest":
        return _Measured(top_m, nowhere, is_estimate, has_origin, top_source)
    column = "ridge_height_m" if parameters.reference == "ridge" else "eave_height_m"
    eave_m = as_floats(columns[column])
    is_missing = np.isnan(eave_m)
    is_flat = _equals(as_array(columns["roof_form"]), "flat")
    is_bound = is_missing & ~is_flat & (parameters.min_m is None)
    eave_m = np.where(is_missing & (is_flat | is_bound), top_m, eave_m)
    if parameters.reference == "mean":
        return _Measured((eave_m + top_m) / 2.0, is_bound, is_estimate, has_origin & ~is_bound, top_source)
    return _Measured(
        height_m=eave_m,
        is_upper_bound=is_bound,
        is_estimate=is_estimate & is_missing,
        is_sure=~is_missing | (has_origin & ~is_bound),
        source=pc.if_else(pa.array(is_missing), top_source, f"{column}: field"),
    )


def _room(height_m: NDArray[np.float64], parameters: HeightParameters) -> NDArray[np.float64]:
    """Metres to the nearer stated limit, negative where broken; NaN for NaN."""
    above = np.full(len(height_m), np.inf) if parameters.max_m is None else parameters.max_m - height_m
    below = np.full(len(height_m), np.inf) if parameters.min_m is None else height_m - parameters.min_m
    return np.minimum(above, below)


def _equals(column: pa.Array, value: str) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(pc.equal(column, value), False))


KIND = ControlKind(
    id="building-height",
    zh="建筑高度",
    en="Building height",
    unit="m",
    attributes=("height_m", "eave_height_m", "ridge_height_m", "base_m", "roof_form", "height_source"),
    parameters=HeightParameters,
    judge=judge_height,
    formula=Message(
        "高度 = 最高点、檐口、屋脊或檐脊平均 − 四周最低地面（或为标高）；余量 = min(上限 − 高度, 高度 − 下限)",
        "height = highest point, eave, ridge or mean above the lowest adjacent ground, or (above: datum) elevation; "
        "margin = min(max_m − height, height − min_m)",
    ),
    messages={
        PASS: Message(
            "建筑高度 {measured}，符合控制要求（{limit}）。", "Height {measured} is within the limit {limit}."
        ),
        FAIL: Message(
            "建筑高度 {measured}，不符合控制要求（{limit}），相差 {excess}。",
            "Height {measured} breaks the limit {limit} by {excess}.",
        ),
        REVIEW: Message(
            "推算高度 {measured} 与限值（{limit}）之差小于推算误差，须实测复核。",
            "The estimated height {measured} is closer to the limit {limit} than its uncertainty; measure on site.",
        ),
        NO_DATA: Message("缺少建筑高度，未能判定（{limit}）。", "No height is recorded; not judged against {limit}."),
    },
)
