"""Findings in numbers: the worst verdict of a building, and counts by zone, street, clause or kind."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from cim_core.errors import UsageError
from cim_core.townscape.texts import as_array
from cim_core.townscape.verdicts import SEVERITY_ORDER, VERDICT_ORDER

GROUPINGS = {
    "zone": "zone_id",
    "street": "street_id",
    "clause": "clause",
    "kind": "kind",
    "nature": "nature",
    "rule": "rule_id",
    "dataset": "dataset",
}


def worst_verdict(findings: pa.Table) -> pa.Table:
    """One row a building: ``dataset``, ``building_id``, ``gid``, ``verdict``.

    The order is fail, review, no data, exempt, pass: an open question outweighs a settled one, and missing data
    is never hidden behind a pass. Buildings without findings are not listed.
    """
    severities = pa.array([verdict.value for verdict in SEVERITY_ORDER])
    keys = ["dataset", "building_id"]
    ranked = findings.select([*keys, "gid"]).append_column("rank", pc.index_in(findings["verdict"], severities))
    grouped = ranked.group_by(keys, use_threads=False).aggregate([("gid", "min"), ("rank", "min")])
    return pa.table(
        {
            "dataset": grouped["dataset"],
            "building_id": grouped["building_id"],
            "gid": grouped["gid_min"],
            "verdict": severities.take(as_array(grouped["rank_min"])),
        }
    )


def summarise(findings: pa.Table, by: str) -> pa.Table:
    """Counts of findings per group: ``key``, one int64 column a verdict, ``total``.

    ``by`` is a key of ``GROUPINGS``. Sorted by key; last, with a null key, what is outside every zone or street.
    Raises UsageError for another word.
    """
    if by not in GROUPINGS:
        raise UsageError(f"findings cannot be counted by {by!r}", hint=f"one of {', '.join(GROUPINGS)}")
    verdicts = [verdict.value for verdict in VERDICT_ORDER]
    ones = {name: pc.cast(pc.equal(findings["verdict"], name), pa.int64()) for name in verdicts}
    counted = pa.table({"key": findings[GROUPINGS[by]], **ones})
    grouped = counted.group_by("key", use_threads=False).aggregate([(name, "sum") for name in verdicts])
    sums = {name: as_array(grouped[f"{name}_sum"]) for name in verdicts}
    total = sums[verdicts[0]]
    for name in verdicts[1:]:
        total = pc.add(total, sums[name])
    return pa.table({"key": grouped["key"], **sums, "total": total}).sort_by([("key", "ascending")])
