"""From judgements to the findings table: numbers, limits and one sentence a row in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.townscape.applicability import Reach, Site
from cim_core.townscape.exemptions import Exempted
from cim_core.townscape.findings import FINDINGS_SCHEMA
from cim_core.townscape.judging import Judged
from cim_core.townscape.kinds.base import Judgement, Message, RowLimit
from cim_core.townscape.rules import Rule
from cim_core.townscape.texts import as_array, fill_template, format_difference, repeat
from cim_core.townscape.verdicts import CONFIDENCE_ORDER, FAIL, NO_DATA, REVIEW, VERDICT_ORDER

_VERDICT_TEXTS = pa.array([verdict.value for verdict in VERDICT_ORDER])
_CONFIDENCE_TEXTS = pa.array([confidence.value for confidence in CONFIDENCE_ORDER])
_CROSSING = (
    "轮廓跨越控制区边界，按形心归属。",
    "The footprint crosses the zone boundary; it is judged by its centroid.",
)
_REVIEW = Message("{measured}，须人工复核（{limit}）。", "{measured} needs a review ({limit}).")


def write_findings(judged: Judged, identity: pa.Table, site: Site, exempted: Exempted) -> pa.Table:
    """``FINDINGS_SCHEMA`` rows of one rule. ``identity``: id, dataset and gid of the building of every row."""
    rule, reach, judgement = judged.rule, judged.reach, judged.judgement
    count = identity.num_rows
    alike = _find_alike(judgement)
    over = np.abs(judgement.margin[alike.rows])
    unit = rule.kind.unit if judgement.unit is None else judgement.unit
    excess = format_difference(over, 2, " m" if unit == "m" else "")
    columns = {
        "building_id": identity["id"],
        "dataset": identity["dataset"],
        "gid": identity["gid"],
        "rule_id": repeat(rule.id, count),
        "kind": repeat(rule.kind.id, count),
        "clause": repeat(rule.clause, count),
        "nature": repeat(rule.nature.value, count),
        "zone_id": _take_or_null(site.zone_ids, reach.zone_row),
        "street_id": _take_or_null(site.street_ids, reach.street_row),
        "verdict": _VERDICT_TEXTS.take(pa.array(exempted.verdicts)),
        "original_verdict": _VERDICT_TEXTS.take(pa.array(exempted.original, mask=~exempted.is_exempt)),
        "measured_value": _nullable(judgement.measured_value),
        "measured_text": judgement.measured_text,
        "limit_min": _limit_numbers(judgement.limit.min, count),
        "limit_max": _limit_numbers(judgement.limit.max, count),
        **{f"limit_{part}": _limit_texts(getattr(judgement.limit, part), count) for part in ("text", "zh", "en")},
        "margin": _nullable(np.round(judgement.margin, 6) + 0.0),
        "unit": repeat(unit, count),
        "source": _sources(rule, judgement),
        "related_rules": repeat(None, count) if judged.related is None else judged.related,
        "indicative": np.zeros(count, bool) if judgement.is_indicative is None else judgement.is_indicative,
        "confidence": _CONFIDENCE_TEXTS.take(pa.array(judgement.confidence)),
        "evidence": _evidence(judgement, exempted),
        "message_zh": _messages(rule, judgement, reach, exempted, alike, excess, "zh"),
        "message_en": _messages(rule, judgement, reach, exempted, alike, excess, "en"),
    }
    return pa.table(columns, schema=FINDINGS_SCHEMA)


def _evidence(judgement: Judgement, exempted: Exempted) -> pa.Array:
    """What to show, where there is something to look at: what fails, is for review, or did before an exemption."""
    count = len(judgement.verdicts)
    rows = np.flatnonzero(np.isin(exempted.original, (FAIL, REVIEW)))
    if judgement.evidence is None or len(rows) == 0:
        return pa.nulls(count, pa.binary())
    row = np.full(count, -1, np.int64)
    row[rows] = np.arange(len(rows))
    shown = pa.array(shapely.to_wkb(judgement.evidence(rows), include_srid=False), pa.binary())
    return shown.take(pa.array(row, mask=row < 0))


def _sources(rule: Rule, judgement: Judgement) -> pa.Array:
    """Where the measured value comes from; for no data, which attribute is missing."""
    is_unknown = pa.array(judgement.verdicts == NO_DATA)
    lacking: pa.Array | str = rule.kind.missing or rule.kind.attributes[0]
    if judgement.lacking is not None:
        lacking = judgement.lacking.source
    return pc.if_else(is_unknown, pc.binary_join_element_wise(lacking, ": missing", ""), judgement.source)


def _limit_texts(text: str | pa.Array, count: int) -> pa.Array:
    return text if isinstance(text, pa.Array) else repeat(text, count)


def _limit_numbers(limit: float | NDArray[np.float64] | None, count: int) -> pa.Array:
    return _nullable(limit) if isinstance(limit, np.ndarray) else pa.repeat(pa.scalar(limit, pa.float64()), count)


#: So few sentences are written each by itself.
_FEW = 16


@dataclass(frozen=True, slots=True)
class _Alike:
    """Rows that get the same sentence: one row of each, and which of these every row is like (None: all differ)."""

    rows: NDArray[np.int64]
    of_row: pa.Array | None

    def take(self, column: pa.Array) -> pa.Array:
        """One of each of the rows that are alike."""
        return column if self.of_row is None else column.take(pa.array(self.rows))


def _find_alike(judgement: Judgement) -> _Alike:
    """Group rows by verdict, measured texts, margin and limit, so that each sentence is written once."""
    count = len(judgement.verdicts)
    if count <= _FEW:
        return _Alike(np.arange(count), None)
    texts = {id(a): a for a in (judgement.measured_zh, judgement.measured_en)}
    limit = judgement.limit
    if isinstance(limit, RowLimit):
        texts |= {id(a): a for a in (limit.zh, limit.en)}
    if judgement.lacking is not None and isinstance(judgement.lacking.zh, pa.Array):
        texts |= {id(judgement.lacking.zh): judgement.lacking.zh}
    key = judgement.verdicts.astype(np.int64)
    for column in (*texts.values(), pa.array(judgement.margin)):
        index = as_array(column).dictionary_encode(null_encoding="encode").indices.to_numpy()
        if count and index.max() > count // 2:
            return _Alike(np.arange(count), None)
        both = pa.array(key * (int(index.max(initial=0)) + 1) + index).dictionary_encode().indices
        key = both.to_numpy().astype(np.int64)
    rows = np.empty(int(key.max(initial=-1)) + 1, np.int64)
    rows[key[::-1]] = np.arange(count)[::-1]
    return _Alike(rows, pa.array(key))


def _messages(
    rule: Rule,
    judgement: Judgement,
    reach: Reach,
    exempted: Exempted,
    alike: _Alike,
    excess: pa.Array,
    language: str,
) -> pa.Array:
    """One sentence a row by verdict, then the notes that hold for the row."""
    limit = getattr(judgement.limit, language)
    measured = judgement.measured_zh if language == "zh" else judgement.measured_en
    columns: dict[str, pa.Array | str] = {
        "measured": alike.take(measured),
        "limit": alike.take(limit) if isinstance(limit, pa.Array) else limit,
        "lacking": _lacking(judgement, language, alike),
        "excess": excess,
    }
    text = _by_verdict(judgement.verdicts[alike.rows], judgement.messages or rule.kind.messages, columns, language)
    if alike.of_row is not None:
        text = text.take(alike.of_row)
    gap = "" if language == "zh" else " "
    notes = [*judgement.notes, (reach.is_crossing, *_CROSSING), *exempted.notes]
    for holds, zh, en in notes:
        if holds.any():
            note = pc.if_else(pa.array(holds), gap + (zh if language == "zh" else en), "")
            text = pc.binary_join_element_wise(text, note, "")
    return text


def _lacking(judgement: Judgement, language: str, alike: _Alike) -> pa.Array | str:
    """The words for what is not there, where the kind has no better ones."""
    if judgement.lacking is None:
        return "缺少数据" if language == "zh" else "not known"
    words = judgement.lacking.zh if language == "zh" else judgement.lacking.en
    return words if isinstance(words, str) else alike.take(words)


def _by_verdict(
    verdicts: NDArray[np.uint8], messages: Mapping[int, Message], columns: dict[str, pa.Array | str], language: str
) -> pa.Array:
    """Fill the template of each verdict for its own rows only, then put the rows back in order."""
    if len(verdicts) and (verdicts == verdicts[0]).all():
        template = getattr(messages.get(int(verdicts[0]), _REVIEW), language)
        return as_array(fill_template(template, columns, len(verdicts)))
    order, texts = [], []
    for code in np.unique(verdicts):
        rows = np.flatnonzero(verdicts == code)
        chosen = pa.array(rows)
        own = {name: c if isinstance(c, str) else c.take(chosen) for name, c in columns.items()}
        order.append(rows)
        texts.append(fill_template(getattr(messages.get(int(code), _REVIEW), language), own, len(rows)))
    if not texts:
        return pa.array([], pa.string())
    return pa.concat_arrays([as_array(t) for t in texts]).take(pa.array(np.argsort(np.concatenate(order))))


def _nullable(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))


def _take_or_null(texts: pa.Array, rows: NDArray[np.int64]) -> pa.Array:
    return texts.take(pa.array(rows, mask=rows < 0)).cast(pa.string())
