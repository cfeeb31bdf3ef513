"""Judging a measure of a front against limits that step with the road class and the height of the building."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.features.places import ROAD_CLASSES
from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Evidence, Judgement, Message, RowLimit, Scope
from cim_core.townscape.kinds.numbers import number_messages
from cim_core.townscape.kinds.parameters import Palettes, number, parameter
from cim_core.townscape.texts import as_array, as_floats, format_apart, format_numbers
from cim_core.townscape.verdicts import FAIL, HIGH, LOW, MEDIUM, NO_DATA, PASS
from cim_core.townscape.yaml_nodes import Node

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_CLASSES = tuple(code.value for code in ROAD_CLASSES)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a table of limits: ``limit_m`` for streets of these classes and buildings up to this height.

    No ``classes``: every street. No ``up_to_height_m``: every height.
    """

    limit_m: float
    classes: tuple[str, ...] = ()
    up_to_height_m: float | None = None


def step_list(node: Node, palettes: Palettes) -> tuple[Step, ...]:
    """A list of ``{classes, up_to_height_m, limit_m}``; the first line that fits a front counts."""
    read = number(0.0)
    steps = []
    for child in node.sequence():
        found = child.fields(required=("limit_m",), optional=("classes", "up_to_height_m"))
        classes = [c.choice(_CLASSES) for c in found["classes"].sequence()] if "classes" in found else []
        height_m = read(found["up_to_height_m"], palettes) if "up_to_height_m" in found else None
        steps.append(Step(read(found["limit_m"], palettes), tuple(classes), height_m))
    if not steps:
        raise node.error("at least one limit is needed")
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class StepParameters:
    """The table of limits in metres, and how far they may be missed by measuring error."""

    limits: tuple[Step, ...] = parameter(step_list, "分级限值", "Limits by class and height", "m")
    tolerance_m: float = parameter(number(0.0), "允许误差", "Tolerance", "m", default=0.0)


def stepped_kind(
    *,
    id: str,
    zh: str,
    en: str,
    column: str,
    is_minimum: bool,
    formula: Message,
    show: Callable[[pa.Table, Floats], Evidence],
) -> ControlKind:
    """A kind that holds a column of frontages, in metres, against a table of limits.

    ``show(columns, limit_m)`` gives the evidence; ``limit_m`` is the limit each front must surely keep.
    """

    def judge(columns: pa.Table, parameters: StepParameters, _: ColorLookup) -> Judgement:
        steps, tolerance_m = parameters.limits, parameters.tolerance_m
        judged = judge_steps(columns, as_floats(columns[column]), column, steps, tolerance_m, is_minimum=is_minimum)
        limits = _pick(steps, as_array(columns["street_class"]), as_floats(columns["height_m"]))
        return replace(judged, evidence=show(columns, limits.low_m if is_minimum else limits.high_m))

    return ControlKind(
        id=id,
        zh=zh,
        en=en,
        unit="m",
        attributes=("height_m", "height_source"),
        parameters=StepParameters,
        judge=judge,
        formula=formula,
        messages=number_messages(zh, en),
        scope=Scope.FRONTAGE,
        missing=column,
    )


@dataclass(frozen=True, slots=True)
class _Limits:
    """The least and the greatest limit that may hold for each row. ``is_sure``: one line certainly fits."""

    low_m: Floats
    high_m: Floats
    is_sure: Bools

    @property
    def exists(self) -> Bools:
        """Whether any line may fit."""
        return np.isfinite(self.low_m)


def judge_steps(
    columns: pa.Table, measured_m: Floats, column: str, steps: Sequence[Step], tolerance_m: float, *, is_minimum: bool
) -> Judgement:
    """Compare metres with the line of the table that fits each front.

    Where the road class or the height that picks the line is unknown, a value that holds every line in question passes
    and any other has no data. A front no line fits is not judged.
    """
    limits = _pick(steps, as_array(columns["street_class"]), as_floats(columns["height_m"]))
    strict_m, lenient_m = (limits.high_m, limits.low_m) if is_minimum else (limits.low_m, limits.high_m)
    sign = 1.0 if is_minimum else -1.0
    strict_room, lenient_room = sign * (measured_m - strict_m), sign * (measured_m - lenient_m)
    holds = strict_room >= -tolerance_m - 1e-9
    is_broken = limits.is_sure & (lenient_room < -tolerance_m - 1e-9)
    verdicts = np.where(holds, PASS, np.where(is_broken, FAIL, NO_DATA)).astype(np.uint8)
    verdicts[np.isnan(measured_m)] = NO_DATA
    margin = np.where(verdicts == FAIL, lenient_room, np.maximum(strict_room, 0.0))
    margin[verdicts == NO_DATA] = np.nan
    is_open = ~np.isnan(measured_m) & (verdicts == NO_DATA)
    is_estimate = np.asarray(pc.fill_null(pc.equal(as_array(columns["height_source"]), "storeys"), False), bool)
    rests_on_height = any(step.up_to_height_m is not None for step in steps)
    confidence = np.where(is_estimate & rests_on_height, MEDIUM, HIGH)
    confidence[verdicts == NO_DATA] = LOW
    value_m = np.where(verdicts == NO_DATA, np.nan, measured_m)
    text = format_apart(value_m, (limits.low_m, limits.high_m), 2, " m")
    return Judgement(
        verdicts=verdicts,
        measured_value=value_m,
        measured_text=text,
        measured_zh=text,
        measured_en=text,
        margin=margin,
        source=pa.repeat(pa.scalar(f"{column}: derived"), len(measured_m)),
        confidence=confidence.astype(np.uint8),
        limit=_row_limit(limits, is_minimum),
        notes=(
            (
                (verdicts == PASS) & (strict_room < 0),
                f"在允许误差 {tolerance_m:g} m 之内。",
                f"Within the tolerance of {tolerance_m:g} m.",
            ),
            (
                is_open,
                "道路等级或建筑高度缺失，无法确定适用限值。",
                "The road class or the height that picks the limit is not known.",
            ),
        ),
        applies=limits.exists,
    )


def _pick(steps: Sequence[Step], classes: pa.Array, height_m: Floats) -> _Limits:
    has_class = np.asarray(pc.is_valid(classes), bool)
    has_height = ~np.isnan(height_m)
    low_m, high_m = np.full(len(height_m), np.inf), np.full(len(height_m), -np.inf)
    is_sure = np.zeros(len(height_m), bool)
    for step in steps:
        in_class = np.asarray(pc.is_in(classes, pa.array(step.classes, pa.string())), bool) | (not step.classes)
        is_low = height_m <= (np.inf if step.up_to_height_m is None else step.up_to_height_m)
        fits_height = is_low | (step.up_to_height_m is None)
        may = ~is_sure & (in_class | ~has_class) & (fits_height | ~has_height)
        low_m[may] = np.minimum(low_m[may], step.limit_m)
        high_m[may] = np.maximum(high_m[may], step.limit_m)
        is_sure |= may & in_class & fits_height
    return _Limits(low_m, high_m, is_sure)


def _row_limit(limits: _Limits, is_minimum: bool) -> RowLimit:
    """``≥ 5 m``, or ``≥ 3–5 m`` where it is not settled which line fits."""
    sign = "≥" if is_minimum else "≤"
    is_one = limits.low_m == limits.high_m
    low, high = format_numbers(limits.low_m, 2), format_numbers(limits.high_m, 2, " m")
    span = pc.binary_join_element_wise(low, high, "–")
    text = pc.binary_join_element_wise(sign, pc.if_else(pa.array(is_one), high, span), " ")
    number_m = np.where(is_one, limits.low_m, np.nan)
    nothing = np.full(len(number_m), np.nan)
    return RowLimit(text, text, text, number_m if is_minimum else nothing, nothing if is_minimum else number_m)
