"""``same-eave-rate`` 同高率: the share of a street-side stretch whose eaves stand at the height of its middle eave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement, Message, Scope
from cim_core.townscape.kinds.numbers import PERCENT
from cim_core.townscape.kinds.parameters import number, parameter
from cim_core.townscape.kinds.stretch import judge_stretches, show_stretches, stretch_messages
from cim_core.townscape.sides import Stretches, find_stretches
from cim_core.townscape.texts import as_array, as_floats

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SameEaveRateParameters:
    """The least share, how far an eave may stand off the middle one, and the gap that ends a stretch."""

    min_percent: float = parameter(number(0.0), "最小同高率", "Least rate", "%")
    band_m: float = parameter(number(0.0), "同高容许差", "Difference that counts as equal", "m", default=0.5)
    break_m: float = parameter(number(0.0), "分段间距", "Gap that ends a stretch", "m", default=40.0)
    tolerance_percent: float = parameter(number(0.0), "允许误差", "Tolerance", "%", default=0.0)


def judge_same_eave_rate(columns: pa.Table, parameters: SameEaveRateParameters, _: ColorLookup) -> Judgement:
    """100 × (length of fronts whose eave is within ``band_m`` of the middle eave) ÷ length of all fronts.

    The middle eave is the median of the known eaves, weighted by front length. A front without a known eave may be
    equal or not. On a flat roof an unrecorded eave is the roof.
    """
    stretches = find_stretches(columns, parameters.break_m)
    eave_m, length_m = _eaves(columns), as_floats(columns["length_m"])
    middle_m = stretches.spread(weighted_medians(stretches, eave_m, length_m))
    is_in = (stretches.of_row >= 0) & np.isfinite(length_m)
    is_known = is_in & np.isfinite(eave_m)
    is_equal = is_known & (np.abs(eave_m - middle_m) <= parameters.band_m + 1e-9)
    count = len(stretches.from_m)
    total_m, known_m, equal_m = (
        np.bincount(stretches.of_row[mask], length_m[mask], count).astype(np.float64)
        for mask in (is_in, is_known, is_equal)
    )

    def percent(part_m: Floats, whole_m: Floats) -> Floats:
        share: Floats = np.divide(part_m, whole_m, out=np.full(count, np.nan), where=whole_m > 0)
        return 100.0 * share

    values = (percent(equal_m, known_m), percent(equal_m, total_m), percent(equal_m + total_m - known_m, total_m))
    return judge_stretches(
        columns,
        stretches,
        values,
        (parameters.min_percent, None),
        parameters.tolerance_percent,
        "%",
        "eave_height_m along the street side",
        show_stretches(columns, stretches, is_in & ~is_equal),
    )


def weighted_medians(stretches: Stretches, values: Floats, weights: Floats) -> Floats:
    """The value of each stretch at which half the weight of its known values is reached; NaN where none is known."""
    rows = np.flatnonzero((stretches.of_row >= 0) & np.isfinite(values) & (weights > 0))
    rows = rows[np.lexsort((values[rows], stretches.of_row[rows]))]
    group = stretches.of_row[rows]
    medians = np.full(len(stretches.from_m), np.nan)
    if len(rows) == 0:
        return medians
    whole = np.bincount(group, weights[rows], len(medians))
    running = np.cumsum(weights[rows]) - np.concatenate([[0.0], np.cumsum(whole)])[group]
    is_past = running >= whole[group] / 2.0 - 1e-9
    reached, first = np.unique(group[is_past], return_index=True)
    medians[reached] = values[rows][is_past][first]
    return medians


def _eaves(columns: pa.Table) -> Floats:
    eave_m, top_m = as_floats(columns["eave_height_m"]), as_floats(columns["height_m"])
    is_flat = np.asarray(pc.fill_null(pc.equal(as_array(columns["roof_form"]), "flat"), False), bool)
    return np.where(np.isnan(eave_m) & is_flat, top_m, eave_m)


KIND = ControlKind(
    id="same-eave-rate",
    zh="同高率",
    en="Same-eave rate",
    unit="%",
    attributes=("eave_height_m", "height_m", "roof_form"),
    parameters=SameEaveRateParameters,
    judge=judge_same_eave_rate,
    formula=Message(
        "100 × 檐口与加权中位檐高之差不大于 band_m 的界面长度 ÷ 界面总长",
        "100 × length of fronts whose eave is within band_m of the weighted median eave ÷ length of all fronts",
    ),
    messages=stretch_messages("同高率", "Same-eave rate", PERCENT),
    scope=Scope.STREET_SIDE,
)
