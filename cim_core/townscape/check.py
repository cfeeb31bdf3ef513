"""Check buildings against rule packs: one vectorised judgement a rule, no loop over buildings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.errors import RulePackError
from cim_core.features.schema import building_schema
from cim_core.townscape.applicability import AREA_COLUMNS, FRONTAGE_COLUMNS, Reach, Site, build_site
from cim_core.townscape.color.lookup import ColorTable
from cim_core.townscape.exemptions import Exempted, apply_exemptions
from cim_core.townscape.findings import FINDINGS_SCHEMA
from cim_core.townscape.kinds.base import Judgement, Message, RowLimit, Scope
from cim_core.townscape.rulepack import AppliesTo, Rule, RulePack, check_references
from cim_core.townscape.texts import as_array, fill_template, format_numbers, repeat
from cim_core.townscape.verdicts import CONFIDENCE_ORDER, FAIL, NO_DATA, REVIEW, VERDICT_ORDER

_VERDICT_TEXTS = pa.array([verdict.value for verdict in VERDICT_ORDER])
_CONFIDENCE_TEXTS = pa.array([confidence.value for confidence in CONFIDENCE_ORDER])
_COLOR_COLUMNS = tuple(name for name in building_schema().names if name.endswith("_color"))
_CROSSING = (
    "轮廓跨越控制区边界，按形心归属。",
    "The footprint crosses the zone boundary; it is judged by its centroid.",
)


_UNKNOWN_YEAR = (
    "建成年份缺失，是否适用须复核。",
    "The year built is not known; whether the rule is about this building needs a review.",
)
_REVIEW = Message("{measured}，须人工复核（{limit}）。", "{measured} needs a review ({limit}).")


def check_buildings(
    buildings: pa.Table,
    zones: pa.Table,
    frontages: pa.Table,
    packs: Sequence[RulePack],
    on: dt.date,
    streets: pa.Table | None = None,
) -> pa.Table:
    """Judge every building under every rule that reaches it.

    Args:
        buildings: columns of ``building_schema`` (missing ones count as all null) and ``dataset``; ``geometry`` is
            a WKB footprint in the work CRS, metres.
        zones: ``id``, ``geometry`` (WKB polygons, same CRS).
        frontages: ``building_id``, ``dataset``, ``street_id``, ``length_m`` as ``derive_frontages`` gives them; the
            kinds that judge frontages need its other columns too, and say no data without them.
        packs: rule packs; a rule id may appear in one of them only.
        on: the day on which exemptions must be valid.
        streets: ``id``, ``class``, ``width_m`` (m), for the kinds that go by road class or width.

    Returns:
        ``FINDINGS_SCHEMA``, ordered by pack, rule and building. ``zone_id`` is the zone the rule applies through,
        or, for a rule without zones, the smallest zone the building stands in; ``street_id`` likewise (longest
        frontage). A rule about frontages or street sides gives one row a frontage, ``street_id`` its street; a building
        without frontage has none. A building no rule reaches has no row.

    Raises:
        RulePackError: a rule names a zone that is not there, or two packs share a rule id.
    """
    _refuse_shared_rule_ids(packs)
    zone_ids = frozenset(as_array(zones["id"]).to_pylist())
    for pack in packs:
        check_references(pack, zones=zone_ids)
    run = _Run(_with_all_columns(buildings), zones, frontages, streets, on)
    pieces = [run.check_rule(rule, pack) for pack in packs for rule in pack.rules]
    return pa.concat_tables([FINDINGS_SCHEMA.empty_table(), *pieces])


class _Run:
    """One check of one set of buildings: what all rules share is computed once, and only if a rule needs it."""

    def __init__(
        self, buildings: pa.Table, zones: pa.Table, frontages: pa.Table, streets: pa.Table | None, on: dt.date
    ) -> None:
        self._buildings = buildings
        self._on = on
        self._site: Site = build_site(buildings, zones, frontages, streets)

    @cached_property
    def _colors(self) -> ColorTable:
        return ColorTable.of([as_array(self._buildings[c]) for c in _COLOR_COLUMNS])

    def check_rule(self, rule: Rule, pack: RulePack) -> pa.Table:
        """The findings of one rule."""
        reach, judgement = self._judge(rule)
        if judgement.applies is not None and not judgement.applies.all():
            kept = np.flatnonzero(judgement.applies)
            reach, judgement = reach.take(kept), judgement.take(kept)
        judgement = _without_doubtful_failures(judgement, reach)
        identity = self._buildings.select(["id", "dataset", "gid"]).take(pa.array(reach.rows))
        ids, datasets = as_array(identity["id"]), as_array(identity["dataset"])
        exempted = apply_exemptions(judgement.verdicts, ids, datasets, rule.id, pack.exemptions, self._on)
        return _findings_table(rule, identity, reach, self._site, judgement, exempted)

    def _judge(self, rule: Rule) -> tuple[Reach, Judgement]:
        """The rows of a rule and their judgement; a street side is judged as a whole before rows are left out."""
        site, applies_to = self._site, rule.applies_to
        if rule.kind.scope in (Scope.BUILDING, Scope.AREA):
            reach = site.reach(applies_to)
            return reach, self._judge_rows(rule, reach)
        reach = site.reach_frontages(applies_to)
        if rule.kind.scope is Scope.FRONTAGE:
            return reach, self._judge_rows(rule, reach)
        whole = site.reach_frontages(AppliesTo())
        judged = site.reach_frontages(replace(applies_to, uses=()))
        is_reached = np.isin(whole.frontage, judged.frontage)
        kept = np.flatnonzero(np.isin(whole.frontage, reach.frontage))
        return reach, self._judge_rows(rule, whole, is_reached).take(kept)

    def _judge_rows(self, rule: Rule, reach: Reach, is_reached: NDArray[np.bool_] | None = None) -> Judgement:
        rows = pa.array(reach.rows)
        columns = {name: self._buildings[name].take(rows) for name in rule.kind.attributes}
        if rule.kind.scope is Scope.AREA:
            area = self._site.area_columns(reach, rule.applies_to)
            columns |= {name: area[name] for name in AREA_COLUMNS.names}
        elif rule.kind.scope is not Scope.BUILDING:
            frontages = self._site.frontages.take(pa.array(reach.frontage))
            columns |= {name: frontages[name] for name in FRONTAGE_COLUMNS.names}
            if is_reached is not None:
                columns["is_reached"] = pa.array(is_reached)
        return rule.kind.judge(pa.table(columns), rule.parameters, lambda hex_colors: self._colors.lookup(hex_colors))


def _without_doubtful_failures(judgement: Judgement, reach: Reach) -> Judgement:
    """What breaks a rule that may not be about it, for want of its year, is for review."""
    is_open = reach.is_doubtful & (judgement.verdicts == FAIL)
    if not is_open.any():
        return judgement
    verdicts = np.where(is_open, REVIEW, judgement.verdicts).astype(np.uint8)
    return replace(judgement, verdicts=verdicts, notes=(*judgement.notes, (is_open, *_UNKNOWN_YEAR)))


def _findings_table(
    rule: Rule, identity: pa.Table, reach: Reach, site: Site, judgement: Judgement, exempted: Exempted
) -> pa.Table:
    count = identity.num_rows
    alike = _find_alike(judgement)
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
        "unit": repeat(rule.kind.unit, count),
        "source": _sources(rule, judgement),
        "confidence": _CONFIDENCE_TEXTS.take(pa.array(judgement.confidence)),
        "message_zh": _messages(rule, judgement, reach, exempted, alike, "zh"),
        "message_en": _messages(rule, judgement, reach, exempted, alike, "en"),
    }
    return pa.table(columns, schema=FINDINGS_SCHEMA)


def _sources(rule: Rule, judgement: Judgement) -> pa.Array:
    """Where the measured value comes from; for no data, which attribute is missing."""
    is_unknown = pa.array(judgement.verdicts == NO_DATA)
    missing = rule.kind.missing or rule.kind.attributes[0]
    return pc.if_else(is_unknown, f"{missing}: missing", judgement.source)


def _limit_texts(text: str | pa.Array, count: int) -> pa.Array:
    return text if isinstance(text, pa.Array) else repeat(text, count)


def _limit_numbers(limit: float | NDArray[np.float64] | None, count: int) -> pa.Array:
    return _nullable(limit) if isinstance(limit, np.ndarray) else pa.repeat(pa.scalar(limit, pa.float64()), count)


@dataclass(frozen=True, slots=True)
class _Alike:
    """Rows that get the same sentence: one row of each, and which of these every row is like (None: all differ)."""

    rows: NDArray[np.int64]
    of_row: pa.Array | None


def _find_alike(judgement: Judgement) -> _Alike:
    """Group rows by verdict, measured texts, margin and limit, so that each sentence is written once."""
    count = len(judgement.verdicts)
    texts = {id(a): a for a in (judgement.measured_zh, judgement.measured_en)}
    limit = judgement.limit
    if isinstance(limit, RowLimit):
        texts |= {id(a): a for a in (limit.zh, limit.en)}
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
    rule: Rule, judgement: Judgement, reach: Reach, exempted: Exempted, alike: _Alike, language: str
) -> pa.Array:
    """One sentence a row by verdict, then the notes that hold for the row."""
    limit = judgement.limit
    rows = pa.array(alike.rows)
    measured = judgement.measured_zh if language == "zh" else judgement.measured_en
    margin = np.abs(judgement.margin[alike.rows])
    columns: dict[str, pa.Array | str] = {
        "measured": measured.take(rows),
        "limit": getattr(limit.take(alike.rows) if isinstance(limit, RowLimit) else limit, language),
        "excess": format_numbers(margin, 2, f" {rule.kind.unit}" if rule.kind.unit == "m" else ""),
    }
    text = _by_verdict(judgement.verdicts[alike.rows], rule.kind.messages, columns, language)
    if alike.of_row is not None:
        text = text.take(alike.of_row)
    gap = "" if language == "zh" else " "
    notes = [*judgement.notes, (reach.is_crossing, *_CROSSING), *exempted.notes]
    for holds, zh, en in notes:
        if holds.any():
            note = pc.if_else(pa.array(holds), gap + (zh if language == "zh" else en), "")
            text = pc.binary_join_element_wise(text, note, "")
    return text


def _by_verdict(
    verdicts: NDArray[np.uint8], messages: Mapping[int, Message], columns: dict[str, pa.Array | str], language: str
) -> pa.Array:
    """Fill the template of each verdict for its own rows only, then put the rows back in order."""
    order, texts = [], []
    for code in np.unique(verdicts):
        rows = np.flatnonzero(verdicts == code)
        chosen = pa.array(rows)
        own = {name: c if isinstance(c, str) else c.take(chosen) for name, c in columns.items()}
        order.append(rows)
        texts.append(fill_template(getattr(messages.get(int(code), _REVIEW), language), own, len(rows)))
    if len(texts) == 1:
        return as_array(texts[0])
    if not texts:
        return pa.array([], pa.string())
    return pa.concat_arrays([as_array(t) for t in texts]).take(pa.array(np.argsort(np.concatenate(order))))


def _with_all_columns(buildings: pa.Table) -> pa.Table:
    """The table with every agreed column in its agreed type, so that a kind may rely on it."""
    columns = {"dataset": _column(buildings, "dataset", pa.string())}
    columns |= {field.name: _column(buildings, field.name, field.type) for field in building_schema()}
    return pa.table(columns)


def _column(table: pa.Table, name: str, type_: pa.DataType) -> pa.Array:
    if name not in table.column_names:
        return pa.nulls(table.num_rows, type_)
    column = as_array(table[name])
    return column if column.type == type_ else pc.cast(column, type_)


def _nullable(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))


def _take_or_null(texts: pa.Array, rows: NDArray[np.int64]) -> pa.Array:
    return texts.take(pa.array(rows, mask=rows < 0)).cast(pa.string())


def _refuse_shared_rule_ids(packs: Sequence[RulePack]) -> None:
    owner: dict[str, str] = {}
    for pack in packs:
        for rule in pack.rules:
            if rule.id in owner:
                raise RulePackError(
                    f"the rule id {rule.id!r} is in the packs {owner[rule.id]!r} and {pack.id!r}",
                    where=pack.id,
                    hint="rule ids are unique across the packs of a town",
                )
            owner[rule.id] = pack.id
