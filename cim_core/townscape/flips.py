"""What became of verdicts between two checks, and why: the data, a neighbour, the rule, a decision, or the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.features.schema import Code
from cim_core.townscape.runs import FOOTPRINT, Snapshot
from cim_core.townscape.texts import as_array

Bools = NDArray[np.bool_]

REASONS = (
    Code("building_added", "新增建筑", "Building added"),
    Code("building_removed", "建筑消失", "Building removed"),
    Code("rule_added", "规则新增或生效", "Rule added or come into force"),
    Code("rule_removed", "规则删除或失效", "Rule removed or no longer in force"),
    Code("rule", "规则修改", "Rule changed"),
    Code("exemption", "豁免决定变化", "Exemption decided or expired"),
    Code("data", "建筑数据变化", "Data of the building changed"),
    Code("neighbour", "相邻建筑变化", "Data of a neighbour changed"),
    Code("surroundings", "控制区、街道或临街面变化", "Zones, streets or frontages changed"),
    Code("code", "程序版本变化", "Program changed"),
    Code("unknown", "原因不明", "Not known"),
)
_DECIDED_BY_NEIGHBOURS = frozenset({"street_side", "street", "area", "plan_unit"})
_KEY = ("dataset", "building_id", "rule_id", "street_id", "turn")
_NOT_THE_RULE = frozenset({"exemptions", "attributes", "scope", "text", "provenance"})

FLIPS_SCHEMA = pa.schema(
    [pa.field(n, pa.string()) for n in ("dataset", "building_id", "rule_id", "street_id", "zone_id")]
    + [pa.field(n, pa.string()) for n in ("verdict_from", "verdict_to")]
    + [pa.field(n, pa.float64()) for n in ("measured_from", "measured_to")]
    + [pa.field("reasons", pa.list_(pa.string()))]
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What differs between two checks beside data and rules."""

    surroundings_changed: bool = False
    code_changed: bool = False


def find_flips(before: Snapshot, after: Snapshot, circumstances: Circumstances) -> pa.Table:
    """``FLIPS_SCHEMA``: findings whose verdict is another, or that are there in one check only.

    Every flip has at least one reason: ``data`` names a changed attribute the rule reads, ``neighbour`` that of another
    building on the street or in the zone the rule judges as a whole; ``code`` and ``unknown`` only where nothing else
    is found.
    """
    pairs = _pair(before.findings, after.findings)
    is_flipped = pc.fill_null(pc.not_equal(pairs["verdict"], pairs["verdict_after"]), True)
    pairs = pairs.append_column("flipped", is_flipped)
    changed = changed_attributes(before.data, after.data)
    pieces = [
        _explain(pairs.filter(pc.equal(pairs["rule_id"], rule_id)), rule_id, before, after, changed, circumstances)
        for rule_id in pc.unique(pairs["rule_id"]).to_pylist()
    ]
    return pa.concat_tables([FLIPS_SCHEMA.empty_table(), *pieces])


def changed_attributes(before: pa.Table, after: pa.Table) -> dict[str, set[str]]:
    """The ``dataset/id`` of buildings by what differs: an attribute, ``footprint``; or ``added``, ``removed``."""
    names = [n for n in before.column_names if n in after.column_names and n not in {"dataset", "id"}]
    keyed = [_with_place(table) for table in (before, after)]
    places = [as_array(table["place"]) for table in keyed]
    row = pc.index_in(places[1], places[0])
    is_both = pc.is_valid(row)
    new, old = keyed[1].filter(is_both), keyed[0].take(row.drop_null())
    changed = {}
    for name in names:
        a, b = as_array(old[name]), as_array(new[name])
        same = pc.if_else(pc.and_(pc.is_null(a), pc.is_null(b)), True, pc.fill_null(pc.equal(a, b), False))
        changed[name] = set(as_array(new["place"]).filter(pc.invert(same)).to_pylist())
    changed["added"] = set(places[1].filter(pc.invert(is_both)).to_pylist())
    changed["removed"] = set(places[0].filter(pc.invert(pc.is_in(places[0], places[1]))).to_pylist())
    return changed


def rule_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs between two records of a rule, one entry a path: ``parameters.max_m`` from 12 to 15."""
    return [
        entry
        for name in dict.fromkeys((*before, *after))
        if name not in _NOT_THE_RULE
        for entry in _differences(name, before.get(name), after.get(name))
    ]


def _differences(path: str, a: object, b: object) -> list[dict[str, Any]]:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        names = dict.fromkeys((*a, *b))
        return [entry for name in names for entry in _differences(f"{path}.{name}", a.get(name), b.get(name))]
    return [] if a == b else [{"path": path, "from": a, "to": b}]


def _explain(
    pairs: pa.Table,
    rule_id: str,
    before: Snapshot,
    after: Snapshot,
    changed: Mapping[str, set[str]],
    circumstances: Circumstances,
) -> pa.Table:
    """The flips of one rule with their reasons."""
    flipped = pairs.filter(pairs["flipped"])
    count = flipped.num_rows
    old, new = before.rules.get(rule_id), after.rules.get(rule_id)
    place = _places(flipped)
    all_rows = np.ones(count, bool)
    found: list[tuple[str, Bools]] = [
        ("building_added", _among(place, changed["added"])),
        ("building_removed", _among(place, changed["removed"])),
        ("rule_added", all_rows & (old is None)),
        ("rule_removed", all_rows & (new is None)),
    ]
    if old is not None and new is not None:
        read = {name for name in (*new["attributes"], FOOTPRINT, "height_source") if name in changed}
        touched = set().union(*(changed[name] for name in read)) if read else set()
        found += [
            ("rule", all_rows & bool(rule_changes(old, new))),
            ("exemption", _among_buildings(flipped, _changed_decisions(old, new))),
            ("data", _among(place, touched)),
            ("neighbour", _near(pairs, flipped, touched | changed["added"] | changed["removed"], str(new["scope"]))),
        ]
    is_explained = np.logical_or.reduce([holds for _, holds in found]) if count else np.zeros(0, bool)
    found.append(("surroundings", ~is_explained & circumstances.surroundings_changed))
    is_explained = is_explained | found[-1][1]
    found.append(("code", ~is_explained & circumstances.code_changed))
    found.append(("unknown", ~(is_explained | found[-1][1])))
    reasons = [[name for name, holds in found if holds[i]] for i in range(count)]
    columns = {
        "verdict_from": flipped["verdict"],
        "verdict_to": flipped["verdict_after"],
        "measured_from": flipped["measured_value"],
        "measured_to": flipped["measured_value_after"],
        "reasons": pa.array(reasons, pa.list_(pa.string())),
        "zone_id": pc.coalesce(flipped["zone_id_after"], flipped["zone_id"]),
        "street_id": pc.if_else(pc.equal(flipped["street_id"], ""), None, flipped["street_id"]),
    }
    columns |= {name: flipped[name] for name in ("dataset", "building_id", "rule_id")}
    return pa.table({name: columns[name] for name in FLIPS_SCHEMA.names}, schema=FLIPS_SCHEMA)


def _pair(before: pa.Table, after: pa.Table) -> pa.Table:
    """Findings of both checks side by side; columns of the later one end in ``_after``."""
    left, right = (_with_turn(table) for table in (before, after))
    values = ["verdict", "measured_value", "zone_id"]
    right = right.select([*_KEY, *values]).rename_columns([*_KEY, *(f"{name}_after" for name in values)])
    return left.select([*_KEY, *values]).join(right, list(_KEY), join_type="full outer", use_threads=False)


def _with_turn(findings: pa.Table) -> pa.Table:
    """The table with ``turn``: which of several findings of a rule on one building and street a row is."""
    columns = {name: pc.fill_null(as_array(findings[name]), "") for name in _KEY[:-1]}
    key = np.zeros(findings.num_rows, np.int64)
    for column in columns.values():
        index = column.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
        key = np.unique(key * (int(index.max(initial=0)) + 1) + index, return_inverse=True)[1].astype(np.int64)
    order = np.argsort(key, kind="stable")
    first = np.r_[True, key[order][1:] != key[order][:-1]] if len(key) else np.zeros(0, bool)
    turn = np.empty(len(key), np.int64)
    turn[order] = np.arange(len(key)) - np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
    for name, column in columns.items():
        findings = findings.set_column(findings.column_names.index(name), name, column)
    return findings.append_column("turn", pa.array(turn))


def _with_place(data: pa.Table) -> pa.Table:
    return data.append_column("place", pc.binary_join_element_wise(data["dataset"], data["id"], "/"))


def _places(findings: pa.Table) -> pa.Array:
    return as_array(pc.binary_join_element_wise(findings["dataset"], findings["building_id"], "/"))


def _among(places: pa.Array, wanted: set[str]) -> Bools:
    return np.asarray(pc.is_in(places, pa.array(sorted(wanted), pa.string())), bool)


def _changed_decisions(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """Ids of buildings whose exemption came, went, or is valid in one of the checks only."""
    sides = [{(d["building_id"], d["dataset"], d["valid"]) for d in record["exemptions"]} for record in (old, new)]
    return {building_id for building_id, _, _ in sides[0] ^ sides[1]}


def _among_buildings(findings: pa.Table, wanted: set[str]) -> Bools:
    return _among(as_array(findings["building_id"]), wanted)


def _near(pairs: pa.Table, flipped: pa.Table, touched: set[str], scope: str) -> Bools:
    """Whether another finding of the rule on the same street (for areas: in the same zone) is of a changed building."""
    if scope not in _DECIDED_BY_NEIGHBOURS or not touched:
        return np.zeros(flipped.num_rows, bool)
    if scope in {"street", "plan_unit"}:
        return np.ones(flipped.num_rows, bool)
    groups = pc.unique(_group(pairs, scope).filter(pa.array(_among(_places(pairs), touched))))
    is_near = np.asarray(pc.is_in(_group(flipped, scope), groups), bool)
    only_itself = _among(_places(flipped), touched) & (len(touched) == 1)
    return is_near & ~only_itself


def _group(pairs: pa.Table, scope: str) -> pa.Array:
    """What the rule judges as a whole: the street, or the zone (empty: the whole town)."""
    if scope == "street_side":
        return as_array(pairs["street_id"])
    return as_array(pc.fill_null(pc.coalesce(pairs["zone_id"], pairs["zone_id_after"]), ""))
