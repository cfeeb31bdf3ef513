"""``street-enclosure`` 街道宽高比: the width of the street between facing walls, divided by their height (D/H)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement, Message, Scope
from cim_core.townscape.kinds.parameters import number, parameter
from cim_core.townscape.kinds.stretch import judge_stretches, stretch_messages
from cim_core.townscape.sides import Stretches, find_stretches
from cim_core.townscape.texts import as_array, as_floats, format_numbers
from cim_core.townscape.verdicts import NO_DATA

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StreetEnclosureParameters:
    """Limits of D/H, how often along the street it is measured, and the gap that ends a stretch."""

    min_d_h: float | None = parameter(number(0.0), "最小宽高比 D/H", "Least D/H", default=None)
    max_d_h: float | None = parameter(number(0.0), "最大宽高比 D/H", "Greatest D/H", default=None)
    step_m: float = parameter(number(1.0), "测点间距", "Spacing of positions", "m", default=10.0)
    break_m: float = parameter(number(0.0), "分段间距", "Gap that ends a stretch", "m", default=40.0)
    tolerance: float = parameter(number(0.0), "允许误差", "Tolerance", default=0.0)

    def __post_init__(self) -> None:
        """Refuse a rule without a limit or with crossed limits. Raises ValueError."""
        if self.min_d_h is None and self.max_d_h is None:
            raise ValueError("a street-enclosure rule needs min_d_h or max_d_h")
        if self.min_d_h is not None and self.max_d_h is not None and self.min_d_h > self.max_d_h:
            raise ValueError(f"min_d_h {self.min_d_h:g} is above max_d_h {self.max_d_h:g}")


def judge_street_enclosure(columns: pa.Table, parameters: StreetEnclosureParameters, _: ColorLookup) -> Judgement:
    """The median D/H of the positions of a stretch that have a wall on both sides of the street.

    D = setback left + width of the right of way + setback right; H = mean height of the two buildings. A position
    where one of these is not known could have any value. Junctions have no walls and so no position.
    """
    stretches = find_stretches(columns, parameters.break_m)
    stretch, ratio = _measure_positions(columns, stretches, parameters.step_m)
    count = len(stretches.from_m)
    values = _medians(stretch, ratio, count)
    limits = (parameters.min_d_h, parameters.max_d_h)
    source = "setback_m, street_width_m, height_m across the street"
    judged = judge_stretches(columns, stretches, values, limits, parameters.tolerance, "", source)
    d_h = judged.measured_value
    h_w = format_numbers(np.divide(1.0, d_h, out=np.full(len(d_h), np.nan), where=d_h > 0), 2)
    positions = np.append(np.bincount(stretch, minlength=count), 0)[stretches.of_row]
    is_unopposed = (judged.verdicts == NO_DATA) & (positions == 0)
    return replace(
        judged,
        measured_zh=pc.binary_join_element_wise(judged.measured_zh, h_w, "，高宽比 H/W "),
        measured_en=pc.binary_join_element_wise(judged.measured_en, h_w, ", H/W "),
        notes=(*judged.notes, (is_unopposed, "街道对侧没有建筑界面。", "No front stands across the street.")),
    )


def _measure_positions(columns: pa.Table, stretches: Stretches, step_m: float) -> tuple[Ints, Floats]:
    """The stretch and D/H (NaN: not known) of every position with walls on both sides, once for each side's stretch."""
    start_m, end_m = as_floats(columns["chainage_from_m"]), as_floats(columns["chainage_to_m"])
    street = as_array(columns["street_id"]).dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    side = pc.index_in(as_array(columns["line_side"]), pa.array(["left", "right"])).fill_null(-1)
    side = side.to_numpy(zero_copy_only=False).astype(np.int64)
    setback_m, height_m = as_floats(columns["setback_m"]), as_floats(columns["height_m"])
    usable = np.flatnonzero(np.isfinite(start_m + end_m) & (side >= 0))
    first = np.ceil(start_m[usable] / step_m - 0.5).astype(np.int64)
    count = np.maximum(np.ceil(end_m[usable] / step_m - 0.5).astype(np.int64) - first, 0)
    row = np.repeat(usable, count)
    index = np.repeat(first, count) + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    index -= index.min() if len(index) else 0
    place = (street[row] * (index.max() + 1 if len(index) else 1) + index) * 2 + side[row]
    order = np.lexsort((setback_m[row], place))
    row, place = row[order], place[order]
    is_nearest = np.ones(len(row), bool)
    is_nearest[1:] = place[1:] != place[:-1]
    row, position = row[is_nearest], place[is_nearest] // 2
    left = np.flatnonzero(position[1:] == position[:-1]) if len(row) > 1 else np.empty(0, np.int64)
    a, b = row[left], row[left + 1]
    distance_m = setback_m[a] + setback_m[b] + as_floats(columns["street_width_m"])[a]
    mean_height_m = (height_m[a] + height_m[b]) / 2.0
    ratio = np.divide(distance_m, mean_height_m, out=np.full(len(a), np.nan), where=mean_height_m > 0)
    stretch = stretches.of_row[np.concatenate([a, b])]
    both = np.concatenate([ratio, ratio])
    return stretch[stretch >= 0], both[stretch >= 0]


def _medians(group: Ints, values: Floats, count: int) -> tuple[Floats, Floats, Floats]:
    """The median of the known values (not NaN) of each group, and the least and greatest it could be with the others.

    NaN for a group of which nothing is known, the first, or without values.
    """
    order = np.lexsort((values, group))  # unknown values come last in their group
    group, values = group[order], values[order]
    size = np.bincount(group, minlength=count)
    unknown = np.bincount(group[np.isnan(values)], minlength=count)
    first = np.cumsum(size) - size

    def middle(length: Ints, shift: Ints, beyond: float) -> Floats:
        """The median of ``length`` values of which the first ``shift`` are, and all past the known, ``beyond``."""
        ends = ((length - 1) // 2 - shift, length // 2 - shift)
        picked = [
            np.where((at >= 0) & (at < size - unknown), np.append(values, np.nan)[first + np.maximum(at, 0)], beyond)
            for at in ends
        ]
        return np.where(length > 0, (picked[0] + picked[1]) / 2.0, np.nan)

    nothing = np.zeros_like(size)
    known = middle(size - unknown, nothing, np.nan)
    return known, middle(size, unknown, -np.inf), middle(size, nothing, np.inf)


KIND = ControlKind(
    id="street-enclosure",
    zh="街道宽高比",
    en="Street enclosure",
    unit="",
    attributes=("height_m",),
    parameters=StreetEnclosureParameters,
    judge=judge_street_enclosure,
    formula=Message(
        "D/H = (左侧退线 + 红线宽度 + 右侧退线) ÷ 两侧平均高度，取街段各测点中位数；H/W = 1 ÷ (D/H)",
        "D/H = (setback left + right of way + setback right) ÷ mean height of both walls, "
        "median over the positions of a stretch; H/W = 1 ÷ (D/H)",
    ),
    messages=stretch_messages("宽高比 D/H", "D/H"),
    scope=Scope.STREET_SIDE,
)
