"""``low-rise-share`` 低层占比: the share of an area's floor area in buildings up to a number of storeys."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement, Lacking, Message, Scope
from cim_core.townscape.kinds.numbers import PERCENT, Measured, judge_measured, number_messages
from cim_core.townscape.kinds.parameters import integer, number, parameter
from cim_core.townscape.texts import as_array, as_floats
from cim_core.townscape.verdicts import MEDIUM

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LowRiseShareParameters:
    """The least share, what counts as low, and how high a building of unknown storeys could at most be."""

    min_percent: float = parameter(number(0.0), "最小占比", "Least share", "%")
    low_storeys: int = parameter(integer(1), "低层上限", "Storeys that count as low", default=6)
    unknown_storeys: int = parameter(integer(1), "层数不明时的上限", "Most storeys where unknown", default=18)
    tolerance_percent: float = parameter(number(0.0), "允许误差", "Tolerance", "%", default=0.0)


def judge_low_rise_share(columns: pa.Table, parameters: LowRiseShareParameters, _: ColorLookup) -> Judgement:
    """100 × floor area of buildings up to ``low_storeys`` ÷ floor area of all, by area.

    Floor area = footprint × storeys. The answer must be the same in the worst and the best case: unknown storeys are
    up to ``unknown_storeys`` or up to ``low_storeys``, and a building that may not be meant counts where it hurts.
    """
    areas = as_array(columns["area_id"]).dictionary_encode(null_encoding="encode")
    area, names = areas.indices.to_numpy().astype(np.int64), areas.dictionary
    count = len(names)
    storeys, footprint_m2 = as_floats(columns["storeys"]), np.nan_to_num(as_floats(columns["footprint_m2"]))
    is_sure = np.asarray(as_array(columns["is_certain"]), bool)
    is_unknown = np.isnan(storeys)
    is_low = storeys <= parameters.low_storeys
    floor_m2 = footprint_m2 * np.nan_to_num(storeys)
    unknown_low_m2 = np.where(is_unknown, footprint_m2 * parameters.low_storeys, 0.0)
    unknown_high_m2 = np.where(is_unknown, footprint_m2 * parameters.unknown_storeys, 0.0)
    low_m2, high_m2 = np.where(is_low, floor_m2, 0.0), np.where(is_low, 0.0, floor_m2)

    def share(low: Floats, high: Floats) -> Floats:
        low_m2, all_m2 = np.bincount(area, low, count), np.bincount(area, low + high, count)
        percent: Floats = np.full(count, np.nan)
        np.divide(100.0 * low_m2, all_m2, out=percent, where=all_m2 > 0)
        return percent

    known = share(low_m2 * is_sure, high_m2 * is_sure)
    least = share(low_m2 * is_sure, high_m2 + unknown_high_m2)
    greatest = share(low_m2 + unknown_low_m2, high_m2 * is_sure)
    in_zone = pc.not_equal(names, "")
    limit = f"{parameters.low_storeys} 层及以下", f"up to {parameters.low_storeys} storeys:"
    measured = Measured(
        known,
        "footprint × storeys of the area",
        least=least,
        greatest=greatest,
        confidence=np.full(count, MEDIUM, np.uint8),
        where_zh=pc.if_else(in_zone, pc.binary_join_element_wise("（", names, "）", ""), "（全城）"),
        where_en=pc.if_else(in_zone, pc.binary_join_element_wise(" in ", names, ""), " in the whole town"),
    )
    tolerance = parameters.tolerance_percent
    judged = judge_measured(
        measured, parameters.min_percent, None, tolerance=tolerance, unit="%", decimals=1, limit_words=limit
    )
    lacking = pc.if_else(pa.array(is_unknown), "storeys", "storeys of other buildings")
    return replace(judged.take(area), lacking=Lacking(lacking, "缺少数据", "not known"))


KIND = ControlKind(
    id="low-rise-share",
    zh="低层占比",
    en="Low-rise share",
    unit="%",
    attributes=("storeys",),
    parameters=LowRiseShareParameters,
    judge=judge_low_rise_share,
    scope=Scope.AREA,
    formula=Message(
        "100 × 低层建筑面积 ÷ 总建筑面积；建筑面积 = 基底面积 × 层数",
        "100 × floor area of low buildings ÷ floor area of all; floor area = footprint × storeys",
    ),
    messages=number_messages("所在片区低层占比", "Low-rise share", PERCENT),
)
