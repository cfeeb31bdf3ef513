"""``building-height`` 建筑高度: the height of a building above its lowest adjacent ground, between two limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.features.plausible import find_contradictions
from cim_core.townscape.kinds.base import (
    ColorLookup,
    ControlKind,
    Judgement,
    Lacking,
    Limit,
    Message,
    numeric_verdicts,
    range_text,
    source_text,
)
from cim_core.townscape.kinds.parameters import choice, number, parameter
from cim_core.townscape.texts import as_array, as_floats, format_apart
from cim_core.townscape.verdicts import FAIL, HIGH, LOW, MEDIUM, NO_DATA, PASS, REVIEW

REFERENCE_NAMES = {
    "highest": ("最高点", "highest point"),
    "eave": ("檐口", "eave"),
    "mean": ("檐脊平均", "mean of eave and ridge"),
    "ridge": ("屋脊", "ridge"),
}
#: A figure, and its name in both languages.
_WORDS = {
    "height_m": ("height_m", "建筑高度", "height"),
    "eave_height_m": ("eave_height_m", "檐口高度", "eave height"),
    "ridge_height_m": ("ridge_height_m", "屋脊高度", "ridge height"),
    "base_m": ("base_m", "地面高程", "ground elevation"),
}
#: What the highest point stands in for where it is not recorded.
_STAND_IN = {"eave": ("檐口", "eave"), "ridge": ("屋脊", "ridge"), "mean": ("檐口或屋脊", "eave or ridge")}
ABOVE_NAMES = {"ground": ("", ""), "datum": ("标高 ", "elevation ")}


@dataclass(frozen=True, slots=True)
class HeightParameters:
    """Limits in metres. ``reference``: the highest point, the eave, the ridge, or the mean of eave and ridge.

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

    An estimate closer to a limit than its uncertainty is for review, and so is what would pass on figures that
    contradict each other. Where the eave or ridge is not recorded, a highest point that holds the maximum proves that
    they hold it too; one that does not proves nothing, unless the eave alone breaks the maximum of a mean.
    """
    measured = _measure(columns, parameters)
    room = _room(measured.height_m, parameters)
    verdicts, margin = numeric_verdicts(measured.height_m, parameters.min_m, parameters.max_m, parameters.tolerance_m)
    is_unproved = measured.is_upper_bound & (room < 0) & ~(measured.least_m > _most(parameters))
    verdicts[is_unproved] = NO_DATA
    is_open = measured.is_estimate & (verdicts != NO_DATA) & (np.abs(room) < parameters.estimate_uncertainty_m)
    contradictions = find_contradictions(columns)
    against = np.logical_or.reduce([c.holds for c in contradictions]) if contradictions else np.zeros_like(is_open)
    is_in_doubt = against & (verdicts == PASS)
    verdicts[is_open | is_in_doubt] = REVIEW
    margin[is_open | is_in_doubt] = room[is_open | is_in_doubt]
    is_unknown = verdicts == NO_DATA
    margin[is_unknown] = np.nan
    height_m = np.where(is_unknown, np.nan, measured.height_m)
    confidence = np.where(measured.is_estimate, LOW, np.where(measured.is_sure, HIGH, MEDIUM))
    confidence[is_unknown] = LOW
    text = format_apart(height_m, (parameters.min_m, parameters.max_m), 2, " m")
    limit = range_text(parameters.min_m, parameters.max_m, "m")
    zh, en = REFERENCE_NAMES[parameters.reference]
    by_zh, by_en = _STAND_IN.get(parameters.reference, ("", ""))
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
                is_open,
                "推算高度与限值之差小于推算误差，须实测复核。",
                "The estimated height is closer to the limit than its uncertainty; measure on site.",
            ),
            *((c.holds & (verdicts != NO_DATA), f"{c.zh}。", f"{c.en}.") for c in contradictions),
            (
                measured.is_estimate & (verdicts == FAIL),
                "高度由层数或地表模型推算，建议实测。",
                "The height is estimated from storeys or a surface model; a survey is advised.",
            ),
            (
                measured.is_upper_bound & ~is_unknown,
                f"{by_zh}高度缺失，以最高点判定。",
                f"The {by_en} is not recorded; the highest point stands in for it.",
            ),
        ),
        lacking=_lacking(columns, parameters),
    )


def _most(parameters: HeightParameters) -> float:
    return np.inf if parameters.max_m is None else parameters.max_m + parameters.tolerance_m + 1e-9


def _lacking(columns: pa.Table, parameters: HeightParameters) -> Lacking:
    """Which figure the height at the reference wants first: of the eave or ridge, the highest point, the ground."""
    needs = {"highest": (), "eave": ("eave_height_m",), "ridge": ("ridge_height_m",)}.get(
        parameters.reference, ("eave_height_m", "ridge_height_m")
    )
    wanted = [*needs, "height_m"] if not needs else list(needs)
    wanted += ["base_m"] if parameters.above == "datum" else []
    first = np.full(columns.num_rows, len(wanted) - 1)
    for i in reversed(range(len(wanted))):
        first[np.asarray(pc.is_null(as_array(columns[wanted[i]])), bool)] = i
    rows = pa.array(first)
    return Lacking(*(pa.array([word[i] for word in (_WORDS[n] for n in wanted)]).take(rows) for i in range(3)))


@dataclass(frozen=True, slots=True)
class _Measured:
    """Heights at the rule's reference and how they came about, one a row.

    ``is_upper_bound``: the eave or ridge is unknown and the highest point stands in for it; ``least_m``: what it is at
    least then (NaN: not known). ``is_estimate``: rests on a height derived from storeys. ``is_sure``: every figure it
    rests on has a known origin.
    """

    height_m: NDArray[np.float64]
    is_upper_bound: NDArray[np.bool_]
    is_estimate: NDArray[np.bool_]
    is_sure: NDArray[np.bool_]
    source: pa.Array
    least_m: NDArray[np.float64]


def _measure(columns: pa.Table, parameters: HeightParameters) -> _Measured:
    measured = _measure_above_ground(columns, parameters)
    if parameters.above == "ground":
        return measured
    return replace(
        measured,
        height_m=measured.height_m + as_floats(columns["base_m"]),
        least_m=measured.least_m + as_floats(columns["base_m"]),
        source=pc.binary_join_element_wise("base_m + ", measured.source, ""),
    )


def _measure_above_ground(columns: pa.Table, parameters: HeightParameters) -> _Measured:
    top_m = as_floats(columns["height_m"])
    origin = as_array(columns["height_source"])
    is_estimate = _equals(origin, "storeys") | _equals(origin, "surface")
    has_origin = ~np.asarray(pc.is_null(origin))
    top_source = source_text("height_m", origin)
    unknown_m = np.full(len(top_m), np.nan)
    if parameters.reference == "highest":
        return _Measured(top_m, np.zeros(len(top_m), bool), is_estimate, has_origin, top_source, unknown_m)
    is_flat = _equals(as_array(columns["roof_form"]), "flat")
    eave, ridge = (_or_top(columns, name, top_m, is_flat, parameters) for name in ("eave_height_m", "ridge_height_m"))
    if parameters.reference == "mean":
        is_bound, by_top = eave.is_bound | ridge.is_bound, eave.by_top | ridge.by_top
        source = pc.if_else(
            pa.array(by_top),
            pc.binary_join_element_wise("eave_height_m, ", top_source, ""),
            "eave_height_m, ridge_height_m: field",
        )
        source = pc.if_else(pa.array(eave.by_top), top_source, source)
        mean_m = (eave.height_m + ridge.height_m) / 2.0
        least_m = np.where(eave.by_top, np.nan, eave.height_m)
        return _Measured(mean_m, is_bound, is_estimate & by_top, ~by_top | (has_origin & ~is_bound), source, least_m)
    chosen, name = (ridge, "ridge_height_m") if parameters.reference == "ridge" else (eave, "eave_height_m")
    return _Measured(
        height_m=chosen.height_m,
        is_upper_bound=chosen.is_bound,
        is_estimate=is_estimate & chosen.by_top,
        is_sure=~chosen.by_top | (has_origin & ~chosen.is_bound),
        source=pc.if_else(pa.array(chosen.by_top), top_source, f"{name}: field"),
        least_m=unknown_m,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """An eave or ridge; ``by_top``: not recorded; ``is_bound``: the highest point stands in and may be too much."""

    height_m: NDArray[np.float64]
    by_top: NDArray[np.bool_]
    is_bound: NDArray[np.bool_]


def _or_top(
    columns: pa.Table,
    name: str,
    top_m: NDArray[np.float64],
    is_flat: NDArray[np.bool_],
    parameters: HeightParameters,
) -> _Part:
    """What is recorded; else on a flat roof the roof, and where only a maximum is asked the highest point as bound."""
    height_m = as_floats(columns[name])
    by_top = np.isnan(height_m)
    is_bound = by_top & ~is_flat & (parameters.min_m is None)
    return _Part(np.where(by_top & (is_flat | is_bound), top_m, height_m), by_top, is_bound)


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
    attributes=("height_m", "eave_height_m", "ridge_height_m", "base_m", "roof_form", "height_source", "storeys"),
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
        REVIEW: Message("建筑高度 {measured}，须复核（{limit}）。", "Height {measured} needs a review ({limit})."),
        NO_DATA: Message(
            "缺少{lacking}，未能判定（{limit}）。", "No {lacking} is recorded; not judged against {limit}."
        ),
    },
)
