"""The automatic checks of a renewal project or unit: demolition, rebuilding, resettlement, control lines, overlaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.renewal.limits import CheckLimit, RenewalLimits
from cim_core.townscape.texts import as_array, as_floats, fill_template, format_apart, repeat
from cim_core.townscape.verdicts import EXEMPT, FAIL, NO_DATA, PASS, REVIEW, VERDICT_ORDER

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Figures of a project or unit; a missing column counts as all null. ``linked_*`` are those of the linked buildings and
#: their actions, whatever is stated; ``is_decided``: each of them has an action; ``overlaps_with``: other projects.
FIGURES_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("existing_floor_m2", pa.float64(), metadata={"unit": "m²"}),
        pa.field("demolished_floor_m2", pa.float64(), metadata={"unit": "m²"}),
        pa.field("new_floor_m2", pa.float64(), metadata={"unit": "m²"}),
        pa.field("households_to_resettle", pa.float64()),
        pa.field("households_resettled_near", pa.float64()),
        pa.field("control_line_share", pa.float64()),
        pa.field("overlap_share", pa.float64()),
        *(
            pa.field(f"linked_{name}", pa.float64(), metadata={"unit": "m²"})
            for name in ("existing_floor_m2", "demolished_floor_m2", "new_floor_m2")
        ),
        pa.field("is_decided", pa.bool_()),
        pa.field("overlaps_with", pa.string()),
    ]
)

PROJECT_FINDINGS_SCHEMA = pa.schema(
    [
        pa.field("project_id", pa.string(), nullable=False),
        pa.field("check", pa.string(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),
        pa.field("original_verdict", pa.string()),
        pa.field("measured_value", pa.float64()),
        pa.field("linked_value", pa.float64()),
        pa.field("limit_min", pa.float64()),
        pa.field("limit_max", pa.float64()),
        pa.field("margin", pa.float64()),
        pa.field("clause_zh", pa.string(), nullable=False),
        pa.field("clause_en", pa.string(), nullable=False),
        pa.field("provenance", pa.string(), nullable=False),
        pa.field("waivable", pa.bool_(), nullable=False),
        pa.field("message_zh", pa.string(), nullable=False),
        pa.field("message_en", pa.string(), nullable=False),
    ]
)

_VERDICT_TEXTS = pa.array([verdict.value for verdict in VERDICT_ORDER])


@dataclass(frozen=True, slots=True)
class ProjectExemption:
    """A decision that one project need not keep one check, from ``decided_on`` to ``expires_on`` (both included)."""

    project_id: str
    check: str
    reason: str
    decided_by: str
    decided_on: dt.date
    expires_on: dt.date | None = None

    def is_valid(self, on: dt.date) -> bool:
        """Whether the decision holds on that day."""
        return self.decided_on <= on and (self.expires_on is None or on <= self.expires_on)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A figure a row (NaN: not known) and where the numbers behind it contradict each other."""

    value: Floats
    is_odd: Bools


def _demolition(floor: dict[str, Floats]) -> _Measured:
    """Demolished ÷ existing floor area."""
    existing_m2, demolished_m2 = floor["existing_floor_m2"], floor["demolished_floor_m2"]
    is_none = (existing_m2 == 0) & (demolished_m2 == 0)
    value = np.where(is_none, 0.0, _divide(demolished_m2, existing_m2))
    return _Measured(value, (demolished_m2 > existing_m2) | (existing_m2 < 0) | (demolished_m2 < 0))


def _rebuilding(floor: dict[str, Floats]) -> _Measured:
    """New ÷ demolished floor area; new floor without any demolition has no ratio and is for review."""
    demolished_m2, new_m2 = floor["demolished_floor_m2"], floor["new_floor_m2"]
    is_none = (demolished_m2 == 0) & (new_m2 == 0)
    value = np.where(is_none, 0.0, _divide(new_m2, demolished_m2))
    return _Measured(value, ((demolished_m2 == 0) & (new_m2 > 0)) | (demolished_m2 < 0) | (new_m2 < 0))


def _resettlement(floor: dict[str, Floats]) -> _Measured:
    """Households resettled on site or near ÷ households to resettle; nobody to resettle counts as all of them."""
    to_resettle, near = floor["households_to_resettle"], floor["households_resettled_near"]
    is_none = (to_resettle == 0) & ~(near > 0)
    value = np.where(is_none, 1.0, _divide(near, to_resettle))
    return _Measured(value, (near > to_resettle) | (to_resettle < 0) | (near < 0))


def _divide(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.full(len(part), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def _control_lines(figures: dict[str, Floats]) -> _Measured:
    """Share of the project's place that lies inside control lines."""
    return _Measured(figures["control_line_share"], np.zeros(len(figures["control_line_share"]), bool))


def _overlap(figures: dict[str, Floats]) -> _Measured:
    """Share of the project's area that other projects take too."""
    return _Measured(figures["overlap_share"], np.zeros(len(figures["overlap_share"]), bool))


@dataclass(frozen=True, slots=True)
class ProjectCheck:
    """One automatic check: its id, labels and measure.

    ``detail``: the column of figures that says more. ``is_linked``: the linked buildings can be measured beside it.
    """

    id: str
    zh: str
    en: str
    is_percent: bool
    measure: Callable[[dict[str, Floats]], _Measured]
    detail: str = ""
    is_linked: bool = False


PROJECT_CHECKS = (
    ProjectCheck("demolition-share", "拆除比例", "Demolished share", True, _demolition, is_linked=True),
    ProjectCheck("rebuild-ratio", "拆建比", "New to demolished floor", False, _rebuilding, is_linked=True),
    ProjectCheck("resettlement-share", "就地就近安置率", "Resettled on site or near", True, _resettlement),
    ProjectCheck("control-lines", "压占控制线比例", "Share inside control lines", True, _control_lines),
    ProjectCheck(
        "project-overlap", "与其他项目重叠比例", "Overlap with other projects", True, _overlap, "overlaps_with"
    ),
)

_MESSAGES = {
    PASS: ("{name} {measured}，符合要求（{limit}）。", "{name} {measured} holds {limit}."),
    FAIL: ("{name} {measured}，不符合要求（{limit}）。", "{name} {measured} breaks {limit}."),
    REVIEW: ("{name}所依据的数字相互矛盾，须复核（{limit}）。", "{name}: the figures contradict each other ({limit})."),
    NO_DATA: ("缺少{name}所需数据，未能判定（{limit}）。", "{name}: figures are missing; not judged against {limit}."),
}

_AGAINST_LINKS = (
    "{name}：申报数据得{measured}，关联建筑得{linked}，相互矛盾，须复核（{limit}）。",
    "{name}: {measured} by the stated figures, {linked} by the linked buildings ({limit}); they contradict each other.",
)
_NOT_WAIVABLE = ("此项不得豁免。", " This check cannot be waived.")


def check_projects(
    figures: pa.Table, limits: RenewalLimits, on: dt.date, exemptions: Sequence[ProjectExemption] = ()
) -> pa.Table:
    """Every check on every project or unit.

    Args:
        figures: ``FIGURES_SCHEMA``.
        limits: what the checks ask.
        on: the day on which exemptions must be valid.
        exemptions: decisions; an exempt row keeps the first answer in ``original_verdict``.

    Returns:
        ``PROJECT_FINDINGS_SCHEMA``, by check, then in the order of the figures. ``margin`` ≥ 0 is room to the limit.
        Missing figures are no data. Contradicting ones are for review: more demolished than there is, or a stated
        figure that holds where the linked buildings and their actions do not, or the reverse once all are decided.
    """
    numbers = {
        field.name: _numbers(figures, field.name) for field in FIGURES_SCHEMA if pa.types.is_floating(field.type)
    }
    pieces = [_check(check, figures, numbers, limits.checks[check.id], on, exemptions) for check in PROJECT_CHECKS]
    return pa.concat_tables(pieces)


def _check(
    check: ProjectCheck,
    figures: pa.Table,
    numbers: dict[str, Floats],
    limit: CheckLimit,
    on: dt.date,
    exemptions: Sequence[ProjectExemption],
) -> pa.Table:
    ids = as_array(figures["id"])
    measured = check.measure(numbers)
    margin = _margin(measured.value, limit)
    is_unknown = np.isnan(measured.value)
    verdicts = np.where(is_unknown, NO_DATA, np.where(margin >= -1e-9, PASS, FAIL)).astype(np.uint8)
    linked = _linked(check, numbers, len(verdicts))
    is_against = _is_against(verdicts, _margin(linked, limit), figures)
    verdicts[measured.is_odd | is_against] = REVIEW
    is_waived = (verdicts != PASS) & _is_named(check.id, ids, exemptions, on)
    is_exempt = is_waived & limit.is_waivable
    is_open = is_unknown | measured.is_odd | is_against
    details = as_array(figures[check.detail]) if check.detail in figures.column_names else None
    refused = pa.array(is_waived & ~is_exempt)
    message = [
        pc.binary_join_element_wise(
            _messages(check, verdicts, measured.value, linked, is_against, limit, details, language),
            pc.if_else(refused, _NOT_WAIVABLE[language], ""),
            "",
        )
        for language in (0, 1)
    ]
    rows = len(verdicts)
    bound = pa.repeat(pa.scalar(limit.value), rows)
    return pa.table(
        {
            "project_id": ids,
            "check": repeat(check.id, rows),
            "verdict": _VERDICT_TEXTS.take(pa.array(np.where(is_exempt, EXEMPT, verdicts))),
            "original_verdict": _VERDICT_TEXTS.take(pa.array(verdicts, mask=~is_exempt)),
            "measured_value": pa.array(measured.value, mask=is_unknown),
            "linked_value": pa.array(linked, mask=np.isnan(linked)),
            "limit_min": bound if limit.is_minimum else pa.nulls(rows, pa.float64()),
            "limit_max": pa.nulls(rows, pa.float64()) if limit.is_minimum else bound,
            "margin": pa.array(np.round(margin, 9) + 0.0, mask=is_open),
            "clause_zh": repeat(limit.clause_zh, rows),
            "clause_en": repeat(limit.clause_en, rows),
            "provenance": repeat(limit.provenance, rows),
            "waivable": pa.repeat(pa.scalar(limit.is_waivable), rows),
            "message_zh": message[0],
            "message_en": message[1],
        },
        schema=PROJECT_FINDINGS_SCHEMA,
    )


def _margin(value: Floats, limit: CheckLimit) -> Floats:
    return value - limit.value if limit.is_minimum else limit.value - value


def _linked(check: ProjectCheck, numbers: dict[str, Floats], rows: int) -> Floats:
    """What the linked buildings and their actions come to; NaN where they say nothing.

    Not every building need be linked, so what stands is at least what is stated.
    """
    if not check.is_linked:
        return np.full(rows, np.nan)
    linked = {name.removeprefix("linked_"): values for name, values in numbers.items() if name.startswith("linked_")}
    linked["existing_floor_m2"] = np.fmax(linked["existing_floor_m2"], numbers["existing_floor_m2"])
    found = check.measure(linked)
    return np.where(found.is_odd, np.nan, found.value)


def _is_against(verdicts: NDArray[np.uint8], linked_margin: Floats, figures: pa.Table) -> Bools:
    """Where stated figures say one thing and the linked buildings another.

    Buildings without an action may yet be demolished: those decided so far break a limit, but do not hold it.
    """
    is_decided = np.zeros(len(verdicts), bool)
    if "is_decided" in figures.column_names:
        is_decided = np.asarray(pc.fill_null(as_array(figures["is_decided"]), False), bool)
    breaks, holds = linked_margin < -1e-9, (linked_margin >= -1e-9) & is_decided
    return np.asarray(((verdicts == PASS) & breaks) | ((verdicts == FAIL) & holds), bool)


def _is_named(check: str, ids: pa.Array, exemptions: Sequence[ProjectExemption], on: dt.date) -> Bools:
    """Where a valid decision sets the check aside."""
    named = [e.project_id for e in exemptions if e.check == check and e.is_valid(on)]
    return np.asarray(pc.is_in(ids, pa.array(named, pa.string())), bool)


def _messages(
    check: ProjectCheck,
    verdicts: NDArray[np.uint8],
    value: Floats,
    linked: Floats,
    is_against: Bools,
    limit: CheckLimit,
    details: pa.Array | None,
    language: int,
) -> pa.Array:
    factor, unit = (100.0, " %") if check.is_percent else (1.0, "")
    bound = (limit.value * factor,)
    texts = format_apart(value * factor, bound, 2, unit)
    if details is not None:
        named = pc.binary_join_element_wise(texts, pc.binary_join_element_wise(" (", details, ")", ""), "")
        texts = pc.coalesce(named, texts)
    columns = {
        "name": (check.zh, check.en)[language],
        "measured": texts,
        "linked": format_apart(linked * factor, bound, 2, unit),
        "limit": f"{'≥' if limit.is_minimum else '≤'} {limit.value * factor:g}{unit}",
    }
    choices = [fill_template(_MESSAGES[code][language], columns, len(verdicts)) for code in sorted(_MESSAGES)]
    told = pc.choose(pa.array(verdicts.astype(np.int64)), *choices)
    return pc.if_else(pa.array(is_against), fill_template(_AGAINST_LINKS[language], columns, len(verdicts)), told)


def _numbers(figures: pa.Table, name: str) -> Floats:
    return as_floats(figures[name]) if name in figures.column_names else np.full(figures.num_rows, np.nan)
