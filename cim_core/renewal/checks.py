"""The automatic checks of a renewal project or unit: demolition, rebuilding and resettlement against the limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.errors import RulePackError
from cim_core.townscape.texts import as_array, as_floats, fill_template, format_numbers, repeat
from cim_core.townscape.verdicts import EXEMPT, FAIL, NO_DATA, PASS, REVIEW, VERDICT_ORDER
from cim_core.townscape.yaml_nodes import parse_yaml

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Figures of a project or unit; a missing column counts as all null.
FIGURES_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("existing_floor_m2", pa.float64(), metadata={"unit": "m²"}),
        pa.field("demolished_floor_m2", pa.float64(), metadata={"unit": "m²"}),
        pa.field("new_floor_m2", pa.float64(), metadata={"unit": "m²"}),
        pa.field("households_to_resettle", pa.float64()),
        pa.field("households_resettled_near", pa.float64()),
    ]
)

PROJECT_FINDINGS_SCHEMA = pa.schema(
    [
        pa.field("project_id", pa.string(), nullable=False),
        pa.field("check", pa.string(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),
        pa.field("original_verdict", pa.string()),
        pa.field("measured_value", pa.float64()),
        pa.field("limit_min", pa.float64()),
        pa.field("limit_max", pa.float64()),
        pa.field("margin", pa.float64()),
        pa.field("message_zh", pa.string(), nullable=False),
        pa.field("message_en", pa.string(), nullable=False),
    ]
)

_VERDICT_TEXTS = pa.array([verdict.value for verdict in VERDICT_ORDER])


@dataclass(frozen=True, slots=True)
class RenewalLimits:
    """Shares and ratios without unit: 0.2 is 20 %. ``source`` names the document."""

    max_demolition_share: float
    max_rebuild_ratio: float
    min_resettlement_share: float
    source: str = ""


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


def read_renewal_limits(path: Path) -> RenewalLimits:
    """Load the limits from YAML. Raises RulePackError with file, line and column."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RulePackError(f"cannot be read: {error.strerror}", where=str(path)) from error
    names = ("max_demolition_share", "max_rebuild_ratio", "min_resettlement_share")
    found = parse_yaml(text, path.name).fields(required=(*names, "document"), optional=("published",))
    values = {name: found[name].number() for name in names}
    for name, value in values.items():
        if value < 0 or (name.endswith("_share") and value > 1):
            raise found[name].error(f"{value:g} is out of range", "shares are between 0 and 1")
    return RenewalLimits(**values, source=found["document"].fields(required=("zh", "en"))["en"].text())


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


@dataclass(frozen=True, slots=True)
class ProjectCheck:
    """One automatic check: its id, labels, and whether its limit is a least or a greatest value."""

    id: str
    zh: str
    en: str
    is_minimum: bool
    is_percent: bool
    measure: Callable[[dict[str, Floats]], _Measured]
    limit: Callable[[RenewalLimits], float]


PROJECT_CHECKS = (
    ProjectCheck(
        "demolition-share", "拆除比例", "Demolished share", False, True, _demolition, lambda x: x.max_demolition_share
    ),
    ProjectCheck(
        "rebuild-ratio", "拆建比", "New to demolished floor", False, False, _rebuilding, lambda x: x.max_rebuild_ratio
    ),
    ProjectCheck(
        "resettlement-share",
        "就地就近安置率",
        "Resettled on site or near",
        True,
        True,
        _resettlement,
        lambda x: x.min_resettlement_share,
    ),
)

_MESSAGES = {
    PASS: ("{name} {measured}，符合要求（{limit}）。", "{name} {measured} holds {limit}."),
    FAIL: ("{name} {measured}，不符合要求（{limit}）。", "{name} {measured} breaks {limit}."),
    REVIEW: ("{name}所依据的数字相互矛盾，须复核（{limit}）。", "{name}: the figures contradict each other ({limit})."),
    NO_DATA: ("缺少{name}所需数据，未能判定（{limit}）。", "{name}: figures are missing; not judged against {limit}."),
}


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
        Missing figures are no data, contradicting ones (more demolished than there is) are for review.
    """
    numbers = {name: _numbers(figures, name) for name in FIGURES_SCHEMA.names if name != "id"}
    pieces = [_check(check, as_array(figures["id"]), numbers, limits, on, exemptions) for check in PROJECT_CHECKS]
    return pa.concat_tables(pieces)


def _check(
    check: ProjectCheck,
    ids: pa.Array,
    numbers: dict[str, Floats],
    limits: RenewalLimits,
    on: dt.date,
    exemptions: Sequence[ProjectExemption],
) -> pa.Table:
    measured, limit = check.measure(numbers), check.limit(limits)
    margin = measured.value - limit if check.is_minimum else limit - measured.value
    is_unknown = np.isnan(measured.value)
    verdicts = np.where(is_unknown, NO_DATA, np.where(margin >= -1e-9, PASS, FAIL)).astype(np.uint8)
    verdicts[measured.is_odd] = REVIEW
    is_exempt = np.zeros(len(verdicts), bool)
    for exemption in exemptions:
        if exemption.check == check.id and exemption.is_valid(on):
            is_exempt |= np.asarray(pc.fill_null(pc.equal(ids, exemption.project_id), False), bool)
    is_exempt &= verdicts != PASS
    is_open = is_unknown | measured.is_odd
    message = [_messages(check, verdicts, measured.value, limit, language) for language in (0, 1)]
    rows = len(verdicts)
    bound = pa.repeat(pa.scalar(limit), rows)
    return pa.table(
        {
            "project_id": ids,
            "check": repeat(check.id, rows),
            "verdict": _VERDICT_TEXTS.take(pa.array(np.where(is_exempt, EXEMPT, verdicts))),
            "original_verdict": _VERDICT_TEXTS.take(pa.array(verdicts, mask=~is_exempt)),
            "measured_value": pa.array(measured.value, mask=is_unknown),
            "limit_min": bound if check.is_minimum else pa.nulls(rows, pa.float64()),
            "limit_max": pa.nulls(rows, pa.float64()) if check.is_minimum else bound,
            "margin": pa.array(np.round(margin, 9) + 0.0, mask=is_open),
            "message_zh": message[0],
            "message_en": message[1],
        },
        schema=PROJECT_FINDINGS_SCHEMA,
    )


def _messages(check: ProjectCheck, verdicts: NDArray[np.uint8], value: Floats, limit: float, language: int) -> pa.Array:
    factor, unit = (100.0, " %") if check.is_percent else (1.0, "")
    texts = format_numbers(value * factor, 2, unit)
    columns = {
        "name": (check.zh, check.en)[language],
        "measured": texts,
        "limit": f"{'≥' if check.is_minimum else '≤'} {limit * factor:g}{unit}",
    }
    choices = [fill_template(_MESSAGES[code][language], columns, len(verdicts)) for code in sorted(_MESSAGES)]
    return pc.choose(pa.array(verdicts.astype(np.int64)), *choices)


def _numbers(figures: pa.Table, name: str) -> Floats:
    return as_floats(figures[name]) if name in figures.column_names else np.full(figures.num_rows, np.nan)
