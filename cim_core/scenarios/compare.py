"""Findings before and after a scenario, joined by building and rule: what got better, what got worse."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.renewal.vocabulary import Term
from cim_core.townscape.summary import worst_verdict
from cim_core.townscape.texts import as_array, as_floats
from cim_core.townscape.verdicts import SEVERITY_ORDER, VERDICT_ORDER, Verdict

_SHARED = ("dataset", "building_id", "gid", "rule_id", "kind", "clause", "nature", "zone_id", "street_id", "unit")
_COMPARED = ("verdict", "measured_value", "measured_text", "limit_text", "margin", "message_zh", "message_en")

#: Rows appear with new buildings (or a new reach of a rule), and go with demolished ones. What was judged and no longer
#: can be has lost its evidence, which is no improvement whatever it was judged to be.
DIFFERENCES = (
    Term("worse", "变差", "Worse", 1),
    Term("lost", "失去依据", "Evidence lost", 2),
    Term("better", "变好", "Better", 3),
    Term("changed", "数值变化", "Changed", 4),
    Term("appeared", "新增", "Appeared", 5),
    Term("gone", "消失", "Gone", 6),
)
DIFFERENCE_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.uint32() if name == "gid" else pa.string()) for name in _SHARED),
        pa.field("difference", pa.string(), nullable=False),
        *(
            pa.field(f"{when}_{name}", pa.float64() if name in ("measured_value", "margin") else pa.string())
            for when in ("before", "after")
            for name in _COMPARED
        ),
    ]
)
_WORSE, _LOST, _BETTER, _CHANGED, _APPEARED, _GONE = range(len(DIFFERENCES))
_SEVERITIES = pa.array([verdict.value for verdict in SEVERITY_ORDER])
#: Measurements closer than this are the same measurement.
_SAME = 1e-9


def compare_findings(before: pa.Table, after: pa.Table) -> pa.Table:
    """Every finding that differs, ``DIFFERENCE_SCHEMA``: by building and clause, before → after.

    Findings belong together by building, rule, zone and street, and by their order where a rule says several things of
    one building. ``worse`` and ``better`` go by the verdict (pass, exempt, no data, review, fail); what was judged and
    is no data afterwards is ``lost``; with the same verdict another measure or margin is ``changed``. Worst first.
    """
    keys_before, keys_after = _finding_keys(before), _finding_keys(after)
    at = pc.index_in(keys_before, keys_after)
    left = np.arange(before.num_rows)
    right = np.asarray(pc.fill_null(at, -1), np.int64)
    added = np.flatnonzero(np.asarray(pc.invert(pc.is_in(keys_after, keys_before)), bool))
    left = np.concatenate([left, np.full(len(added), -1)])
    right = np.concatenate([right, added])
    difference = _differences(before, after, left, right)
    kept = np.flatnonzero(difference >= 0)
    order = kept[np.lexsort((left[kept], difference[kept]))]
    return _difference_table(before, after, left[order], right[order], difference[order])


def compare_buildings(before: pa.Table, after: pa.Table) -> pa.Table:
    """The worst verdict of each building whose worst verdict differs: dataset, building_id, gid, before, after."""
    first, second = worst_verdict(before), worst_verdict(after)
    keys = [
        pc.binary_join_element_wise(as_array(t["dataset"]), as_array(t["building_id"]), "\x1f") for t in (first, second)
    ]
    everyone = pa.concat_arrays(keys).unique()
    rows = [pc.index_in(everyone, key) for key in keys]
    verdicts = [as_array(t["verdict"]).take(row) for t, row in zip((first, second), rows, strict=True)]

    def either(name: str) -> pa.Array:
        return pc.coalesce(*(as_array(t[name]).take(row) for t, row in zip((first, second), rows, strict=True)))

    table = pa.table(
        {name: either(name) for name in ("dataset", "building_id", "gid")}
        | {"before": verdicts[0], "after": verdicts[1]}
    )
    is_same = pc.fill_null(pc.equal(verdicts[0], verdicts[1]), False)
    return table.filter(pc.invert(is_same))


def summarise_differences(differences: pa.Table, before: pa.Table, after: pa.Table) -> pa.Table:
    """By clause: clause, kind, rule_id, the number of each difference, and the verdicts before and after."""
    columns = ["clause", "kind", "rule_id"]
    base = pa.concat_tables([before.select(columns), after.select(columns)]).group_by(columns, use_threads=False)
    rows = base.aggregate([]).sort_by([(name, "ascending") for name in columns])
    names = [term.value for term in DIFFERENCES]
    counted: dict[str, pa.Array] = {name: rows[name] for name in columns}
    for name in names:
        counted[name] = _count(rows, differences.filter(pc.equal(differences["difference"], name)))
    for when, findings in (("before", before), ("after", after)):
        for verdict in VERDICT_ORDER:
            is_so = pc.equal(findings["verdict"], verdict.value)
            counted[f"{when}_{verdict.value}"] = _count(rows, findings.filter(is_so))
    table = pa.table(counted)
    total = sum(as_floats(table[name]) for name in names)
    return table.filter(pa.array(np.asarray(total) > 0))


def _count(rows: pa.Table, findings: pa.Table) -> pa.Array:
    at = pc.index_in(as_array(findings["rule_id"]), as_array(rows["rule_id"]))
    return pa.array(np.bincount(np.asarray(at, np.int64), minlength=rows.num_rows).astype(np.int64))


def _finding_keys(findings: pa.Table) -> pa.Array:
    names = ("dataset", "building_id", "rule_id", "zone_id", "street_id")
    parts = [as_array(findings[name]).cast(pa.string()) for name in names]
    key = pc.binary_join_element_wise(*parts, "\x1f", null_handling="replace")
    codes = np.asarray(key.dictionary_encode().indices, np.int64)
    order = np.argsort(codes, kind="stable")
    number = np.arange(len(codes))
    starts = np.r_[True, np.diff(codes[order]) != 0] if len(codes) else np.zeros(0, bool)
    nth = np.empty(len(codes), np.int64)
    nth[order] = number - np.maximum.accumulate(np.where(starts, number, 0))
    return pc.binary_join_element_wise(key, pc.cast(pa.array(nth), pa.string()), "\x1f")


def _differences(
    before: pa.Table, after: pa.Table, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Position in ``DIFFERENCES`` of each pair, -1 for one that is the same."""
    result = np.full(len(left), -1)
    result[left < 0] = _APPEARED
    result[right < 0] = _GONE
    both = np.flatnonzero((left >= 0) & (right >= 0))
    rank = [
        np.asarray(pc.index_in(as_array(t["verdict"]), _SEVERITIES), np.int64)[rows[both]]
        for t, rows in ((before, left), (after, right))
    ]
    is_other = np.zeros(len(both), bool)
    for name in ("measured_value", "margin"):
        a, b = as_floats(before[name])[left[both]], as_floats(after[name])[right[both]]
        is_other |= (np.isnan(a) != np.isnan(b)) | (np.abs(a - b) > _SAME)
    texts = [as_array(t["measured_text"]).take(pa.array(r[both])) for t, r in ((before, left), (after, right))]
    is_other |= ~np.asarray(pc.fill_null(pc.equal(*texts), False), bool) & ~np.asarray(
        pc.and_(pc.is_null(texts[0]), pc.is_null(texts[1])), bool
    )
    no_data = SEVERITY_ORDER.index(Verdict.NO_DATA)
    conditions = [(rank[1] == no_data) & (rank[0] != no_data), rank[1] < rank[0], rank[1] > rank[0], is_other]
    result[both] = np.select(conditions, [_LOST, _WORSE, _BETTER, _CHANGED], -1)
    return result


def _difference_table(
    before: pa.Table,
    after: pa.Table,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    difference: NDArray[np.int64],
) -> pa.Table:
    rows = [pa.array(side, mask=side < 0) for side in (left, right)]
    columns: dict[str, pa.Array] = {
        name: pc.coalesce(as_array(before[name]).take(rows[0]), as_array(after[name]).take(rows[1])) for name in _SHARED
    }
    columns["difference"] = pa.array([term.value for term in DIFFERENCES]).take(pa.array(difference))
    for when, table, taken in (("before", before, rows[0]), ("after", after, rows[1])):
        columns |= {f"{when}_{name}": as_array(table[name]).take(taken) for name in _COMPARED}
    return pa.table({name: columns[name] for name in DIFFERENCE_SCHEMA.names}, schema=DIFFERENCE_SCHEMA)
