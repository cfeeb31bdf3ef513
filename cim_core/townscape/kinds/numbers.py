"""Judging one number a row against limits: the shared shape of most kinds, and how a kind of it is declared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, make_dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.townscape.kinds.base import (
    Bools,
    Codes,
    ColorLookup,
    ControlKind,
    Evidence,
    Floats,
    Judgement,
    Lacking,
    Limit,
    Message,
    Note,
    RowLimit,
    Scope,
    numeric_verdicts,
    range_text,
    range_texts,
)
from cim_core.townscape.kinds.parameters import number, parameter
from cim_core.townscape.texts import as_array, as_floats, format_apart, repeat
from cim_core.townscape.verdicts import FAIL, HIGH, LOW, MEDIUM, NO_DATA, PASS

PERCENT = (" 个百分点", " percentage points")
#: What a difference is counted in, where the unit is more than a letter; metres come with the number.
_EXCESS = {
    "%": PERCENT,
    "°": ("°", " degrees"),
    "m²": (" m²", " square metres"),
    "ha": (" ha", " ha"),
    "/km²": (" 人/km²", " people a square kilometre"),
}
_OPEN = (
    "部分数据缺失，结果可能改变判定。",
    "What is not known could turn the answer.",
)
#: What stands for the limit where a row has none, and what is said of its value.
_NO_LIMIT = ("规划指标未记录", "planned figure not recorded")
_NO_LIMIT_WORDS = ("没有可对照的限值", "no limit")


@dataclass(frozen=True, slots=True)
class Measured:
    """A number a row, and all there is to say about it.

    ``value``: from what is known, NaN where that is nothing. ``least``, ``greatest``: what it could be with what is not
    known; the answer stands only where both ends are judged alike. ``confidence``: codes (None: high). ``low``,
    ``high``: limits of the row's own (a plan figure; NaN: not recorded) in place of the rule's. ``where_zh``,
    ``where_en``: words after the number. ``limit_name``: the attribute with the limit of the row's own. ``notes``,
    ``applies``, ``evidence``: as in ``Judgement``.
    """

    value: Floats
    source: pa.Array | str
    least: Floats | None = None
    greatest: Floats | None = None
    confidence: Codes | None = None
    low: Floats | None = None
    high: Floats | None = None
    where_zh: pa.Array | None = None
    where_en: pa.Array | None = None
    notes: tuple[Note, ...] = ()
    applies: Bools | None = None
    evidence: Evidence | None = None
    limit_name: str = ""


def judge_measured(
    measured: Measured,
    low: float | None,
    high: float | None,
    *,
    tolerance: float = 0.0,
    unit: str = "",
    decimals: int = 2,
    limit_words: tuple[str, str] = ("", ""),
    missing: str = "",
) -> Judgement:
    """Compare numbers with a least and a greatest limit.

    ``limit_words`` stand before the limit in zh and en; ``missing``: the attribute a row without a value lacks.
    """
    value, count = measured.value, len(measured.value)
    lower_limit, upper_limit = (
        own if own is not None else limit for own, limit in ((measured.low, low), (measured.high, high))
    )
    verdicts, margin = numeric_verdicts(value, lower_limit, upper_limit, tolerance)
    is_open = np.zeros(count, bool)
    for end in (measured.least, measured.greatest):
        if end is not None:
            at_end, _ = numeric_verdicts(end, lower_limit, upper_limit, tolerance)
            is_open |= (at_end != verdicts) & (verdicts != NO_DATA)
    verdicts[is_open] = NO_DATA
    is_unknown = verdicts == NO_DATA
    confidence = np.full(count, HIGH, np.uint8) if measured.confidence is None else measured.confidence.copy()
    confidence[is_unknown] = LOW
    known = np.where(is_unknown, np.nan, value)
    text = format_apart(known, (lower_limit, upper_limit), decimals, f" {unit}" if unit else "")
    limit = _limit(lower_limit, upper_limit, count, unit, limit_words)
    has_no_limit = np.zeros(count, bool)
    if isinstance(limit, RowLimit):
        has_no_limit = np.isnan(limit.min) & np.isnan(limit.max)
    return Judgement(
        verdicts=verdicts,
        measured_value=known,
        measured_text=text,
        measured_zh=_joined(text, measured.where_zh),
        measured_en=_joined(text, measured.where_en),
        margin=np.where(is_unknown, np.nan, margin),
        source=repeat(measured.source, count) if isinstance(measured.source, str) else measured.source,
        confidence=confidence,
        limit=limit,
        notes=(
            *measured.notes,
            *_tolerated(value, verdicts, (lower_limit, upper_limit), tolerance, unit),
            (is_open, *_OPEN),
        ),
        lacking=_lacking(measured, has_no_limit, missing),
        applies=measured.applies,
        evidence=measured.evidence,
    )


def _lacking(measured: Measured, has_no_limit: Bools, missing: str) -> Lacking | None:
    """Where the value is known and only the limit of the row is not, the limit is what is missing."""
    is_limit = pa.array(has_no_limit & ~np.isnan(measured.value))
    words = zip((measured.limit_name, *_NO_LIMIT_WORDS), (missing, "缺少数据", "not known"), strict=True)
    if not has_no_limit.any() or not measured.limit_name:
        return None
    return Lacking(*(pc.if_else(is_limit, own, other) for own, other in words))


def _tolerated(
    value: Floats, verdicts: Codes, limits: tuple[Any, Any], tolerance: float, unit: str
) -> tuple[Note, ...]:
    if not tolerance:
        return ()
    strict, _ = numeric_verdicts(value, *limits, 0.0)
    suffix = f" {unit}" if unit else ""
    return (
        (
            (verdicts == PASS) & (strict == FAIL),
            f"在允许误差 {tolerance:g}{suffix} 之内。",
            f"Within the tolerance of {tolerance:g}{suffix}.",
        ),
    )


def _limit(low: Any, high: Any, count: int, unit: str, words: tuple[str, str]) -> Limit | RowLimit:  # noqa: ANN401
    zh, en = (f"{word} " if word else "" for word in words)
    if not isinstance(low, np.ndarray) and not isinstance(high, np.ndarray):
        text = range_text(low, high, unit)
        return Limit(f"{zh}{text}", f"{en}{text}", f"{en}{text}", low, high)
    low, high = (np.full(count, np.nan) if end is None else np.broadcast_to(end, count) for end in (low, high))
    texts = range_texts(low, high, unit)
    has_none = pa.array(np.isnan(low) & np.isnan(high))
    in_zh, in_en = (
        pc.if_else(has_none, none, pc.binary_join_element_wise(word, texts, "") if word else texts)
        for word, none in zip((zh, en), _NO_LIMIT, strict=True)
    )
    return RowLimit(in_zh, in_en, in_en, low, high)


def _joined(text: pa.Array, where: pa.Array | None) -> pa.Array:
    if where is None:
        return text
    return pc.binary_join_element_wise(text, where, "", null_handling="replace", null_replacement="")


def number_messages(zh: str, en: str, excess: tuple[str, str] = ("", "")) -> dict[int, Message]:
    """The three sentences of a number; ``excess`` is the unit of the difference unless that is metres."""
    return {
        PASS: Message(f"{zh} {{measured}}，符合控制要求（{{limit}}）。", f"{en} {{measured}} holds {{limit}}."),
        FAIL: Message(
            f"{zh} {{measured}}，不符合控制要求（{{limit}}），相差 {{excess}}{excess[0]}。",
            f"{en} {{measured}}; {{limit}} is broken by {{excess}}{excess[1]}.",
        ),
        NO_DATA: Message(f"{zh}{{lacking}}，未能判定（{{limit}}）。", f"{en}: {{lacking}}; not judged ({{limit}})."),
    }


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit a rule of the kind may set: the parameter's name and label; ``is_required``: it must.

    ``least``, ``most``: no limit can be beyond (None: any number).
    """

    name: str
    zh: str
    en: str
    is_required: bool = False
    least: float | None = 0.0
    most: float | None = None


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: Bound | None
    high: Bound | None

    def of(self, parameters: Any) -> tuple[float | None, float | None]:  # noqa: ANN401
        low, high = (None if b is None else getattr(parameters, b.name) for b in (self.low, self.high))
        return low, high

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(b.name for b in (self.low, self.high) if b is not None)

    def refuse(self, parameters: Any, kind_id: str, needs: tuple[str, ...]) -> None:  # noqa: ANN401
        """Raise ValueError for a rule without a limit or with crossed limits."""
        given = (getattr(parameters, name) for name in needs)
        if all(value is None or value is False for value in given):
            raise ValueError(f"a {kind_id} rule needs {' or '.join(needs)}")
        low, high = self.of(parameters)
        if low is not None and high is not None and low > high:
            raise ValueError(f"{self.names[0]} {low:g} is above {self.names[1]} {high:g}")


def number_kind(
    *,
    id: str,
    zh: str,
    en: str,
    unit: str,
    attributes: tuple[str, ...],
    measure: Callable[[pa.Table, Any], Measured],
    formula: Message,
    low: Bound | None = None,
    high: Bound | None = None,
    more: Sequence[tuple[str, Any, Any]] = (),
    needs: tuple[str, ...] = (),
    scope: Scope = Scope.BUILDING,
    missing: str = "",
    decimals: int = 2,
    limit_words: tuple[str, str] = ("", ""),
) -> ControlKind:
    """A kind that measures one number a row and holds it against limits.

    ``more``: further parameters as (name, type, ``parameter(...)``). ``tolerance`` comes by itself. ``needs``: the
    parameters of which a rule must give one (by default its limits), where ``measure`` may bring limits of the rows.
    """
    bounds = _Bounds(low, high)
    parameters = _parameters(id, unit, bounds, more, needs)

    def judge(columns: pa.Table, given: Any, _: ColorLookup) -> Judgement:  # noqa: ANN401
        least, most = bounds.of(given)
        return judge_measured(
            measure(columns, given),
            least,
            most,
            tolerance=given.tolerance,
            unit=unit,
            decimals=decimals,
            limit_words=limit_words,
            missing=missing or next(iter(attributes), ""),
        )

    return ControlKind(
        id=id,
        zh=zh,
        en=en,
        unit=unit,
        attributes=attributes,
        parameters=parameters,
        judge=judge,
        formula=formula,
        messages=number_messages(zh, en, _EXCESS.get(unit, ("", ""))),
        scope=scope,
        missing=missing,
    )


def _parameters(
    kind_id: str, unit: str, bounds: _Bounds, more: Sequence[tuple[str, Any, Any]], needs: tuple[str, ...]
) -> type[Any]:
    """The parameter dataclass of a kind: its limits, what else it has, the tolerance; required ones first."""
    fields: list[tuple[str, Any, Any]] = []
    for bound in (b for b in (bounds.high, bounds.low) if b):
        default = MISSING if bound.is_required else None
        fields.append(
            (
                bound.name,
                float | None,
                parameter(number(bound.least, bound.most), bound.zh, bound.en, unit, default=default),
            )
        )
    fields += more
    fields.append(("tolerance", float, parameter(number(0.0), "允许误差", "Tolerance", unit, default=0.0)))
    fields.sort(key=lambda field: field[2].default is not MISSING)

    def check(self: Any) -> None:  # noqa: ANN401
        bounds.refuse(self, kind_id, needs or bounds.names)

    return make_dataclass(
        "".join(word.title() for word in kind_id.split("-")) + "Parameters",
        fields,
        frozen=True,
        namespace={"__post_init__": check, "__doc__": f"Limits of {kind_id}, {unit or 'without unit'}."},
    )


def ratio(part: Floats, whole: Floats, factor: float = 1.0) -> Floats:
    """``factor`` × part ÷ whole; NaN where there is no whole."""
    share: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return factor * share


def recorded(columns: pa.Table, name: str, factor: float = 1.0) -> Measured:
    """A column as it stands, times ``factor``."""
    return Measured(factor * as_floats(columns[name]), f"{name}: field")


def height_confidence(columns: pa.Table) -> Codes:
    """High, or medium where a height is derived from storeys or a surface."""
    origin = as_array(columns["height_source"])
    is_estimate = pc.fill_null(pc.is_in(origin, pa.array(["storeys", "surface"])), False)
    return np.where(np.asarray(is_estimate, bool), MEDIUM, HIGH).astype(np.uint8)


def unless_none(columns: pa.Table, count_column: str, measured: Measured) -> Measured:
    """The same where something is counted; a count of 0 leaves nothing to judge."""
    has_some = as_floats(columns[count_column]) != 0
    return replace(measured, applies=has_some if measured.applies is None else measured.applies & has_some)
