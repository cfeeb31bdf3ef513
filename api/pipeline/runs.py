"""Checks that are kept: what went in, what came out, and what flipped between two of them and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import cim_core.townscape
from cim_core.errors import UsageError
from cim_core.files import write_atomically
from cim_core.store import Store
from cim_core.store.runs import CheckRun
from cim_core.townscape.check import RuleSet
from cim_core.townscape.flips import Circumstances, changed_attributes, find_flips, rule_changes
from cim_core.townscape.runs import (
    FOOTPRINT,
    Snapshot,
    decode_table,
    digest_json,
    digest_of,
    digest_table,
    encode_table,
    rule_records,
    take_snapshot,
    with_findings,
)

RUNS_FOLDER = "runs"
#: So many checks can be compared; of older ones only the line in the list is kept.
KEEP = 30
FLIPS_MAX = 1000
_PARTS = ("data", "findings", "rules")


def record_run(
    store: Store, folder: Path, buildings: pa.Table, findings: pa.Table, rules: RuleSet, counts: dict[str, int]
) -> CheckRun:
    """Keep a check of the whole town: files beside the store, named by digest, and a line in the list."""
    snapshot = take_snapshot(buildings, findings, rules)
    files = {
        "data": _keep(folder, "data", encode_table(snapshot.data)),
        "findings": _keep(folder, "findings", encode_table(snapshot.findings)),
        "rules": _keep(folder, "rules", _encode_rules(snapshot.rules)),
    }
    sizes = {"buildings": buildings.num_rows, "findings": findings.num_rows}
    return _record(store, folder, rules, _inputs(store, buildings, rules), counts, sizes, files)


def record_decision(
    store: Store, folder: Path, last: CheckRun, findings: pa.Table, rules: RuleSet, counts: dict[str, int]
) -> CheckRun:
    """Keep a check that differs from the last by the findings of one building under one rule, and by decisions.

    Raises UsageError where the last check has another number of them.
    """
    kept = decode_table((folder / RUNS_FOLDER / str(last.findings_file)).read_bytes())
    files = {
        "data": str(last.data_file),
        "findings": _keep(folder, "findings", encode_table(with_findings(kept, findings))),
        "rules": _keep(folder, "rules", _encode_rules(rule_records(rules))),
    }
    sizes = {"buildings": last.buildings, "findings": last.findings}
    inputs = {**last.inputs, "rule_packs": _pack_digests(rules)}
    return _record(store, folder, rules, inputs, counts, sizes, files)


def is_kept(run: CheckRun, folder: Path) -> bool:
    """Whether the files of a check are all there."""
    return len(run.files) == len(_PARTS) and all((folder / RUNS_FOLDER / name).is_file() for name in run.files)


def _encode_rules(records: Mapping[str, Mapping[str, Any]]) -> bytes:
    return json.dumps(records, ensure_ascii=False, sort_keys=True).encode("utf-8")


def _keep(folder: Path, part: str, content: bytes) -> str:
    """Write a file unless it is there; returns its name."""
    name = f"{part}-{digest_of(content)}"
    path = folder / RUNS_FOLDER / name
    if not path.exists():
        write_atomically(path, content)
    return name


def _record(
    store: Store,
    folder: Path,
    rules: RuleSet,
    inputs: Mapping[str, Any],
    counts: Mapping[str, int],
    sizes: Mapping[str, int],
    files: Mapping[str, str],
) -> CheckRun:
    run = CheckRun(
        id=store.next_run_id(),
        checked_on=rules.on.isoformat(),
        checked_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        code_version=code_version(),
        buildings=sizes["buildings"],
        findings=sizes["findings"],
        inputs=inputs,
        counts=counts,
        **{f"{part}_file": files[part] for part in _PARTS},
    )
    store.put_check_run(run)
    _forget_old(store, folder)
    return run


@cache
def code_version() -> str:
    """The version of the program and a digest of the modules that decide verdicts."""
    root = Path(next(iter(cim_core.townscape.__path__))).parent
    sources = sorted([*root.glob("townscape/**/*.py"), *root.glob("analysis/**/*.py"), root / "streets.py"])
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:10]
    return f"{version('xiushui-cim')}+{digest}"


def _inputs(store: Store, buildings: pa.Table, rules: RuleSet) -> dict[str, Any]:
    datasets = {
        name: digest_table(buildings.filter(pc.equal(buildings["dataset"], name)), leave_out=("gid",))
        for name in pc.unique(buildings["dataset"]).to_pylist()
    }
    layers = {
        "zones": store.zones(),
        "streets": store.streets(),
        "frontages": store.frontages().drop_columns(["verdict"]),
        "plan_units": store.plan_units(),
        "view_corridors": store.view_corridors(),
    }
    return {
        "datasets": datasets,
        "rule_packs": _pack_digests(rules),
        "layers": {name: digest_table(table) for name, table in layers.items()},
        "dormant_rules": [rule.id for rule in rules.dormant],
    }


def _pack_digests(rules: RuleSet) -> dict[str, Any]:
    records = rule_records(rules)
    return {
        pack.id: {
            "version": pack.version,
            "digest": digest_json([records[rule.id] for rule in pack.rules if rule.id in records]),
        }
        for pack in rules.packs
    }


def _forget_old(store: Store, folder: Path) -> None:
    """Delete the files of checks beyond ``KEEP`` that no kept check shares."""
    runs = [run for run in store.check_runs() if run.files]
    old, kept = runs[:-KEEP], runs[-KEEP:]
    if not old:
        return
    used = {name for run in kept for name in run.files}
    store.forget_run_files([run.id for run in old])
    for name in {name for run in old for name in run.files} - used:
        (folder / RUNS_FOLDER / name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class RunDiff:
    """What ``cim runs diff --json`` prints. ``flips``: the first of ``total``, the worst new verdict first.

    ``reasons``: flips by reason (one may have several); ``verdicts``: flips by ``from → to``; ``rules``: changed rules.
    """

    first: dict[str, Any]
    second: dict[str, Any]
    total: int
    reasons: dict[str, int]
    verdicts: dict[str, int]
    rules: list[dict[str, Any]]
    flips: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "from": self.first,
            "to": self.second,
            **{name: getattr(self, name) for name in ("total", "reasons", "verdicts", "rules", "flips")},
        }


def diff_runs(store: Store, folder: Path, first: str, second: str, limit: int = 100, offset: int = 0) -> RunDiff:
    """Compare two checks by id (or ``last``, ``previous``).

    Raises NotFoundError, UsageError for a check whose files are forgotten.
    """
    a, b = store.check_run(first), store.check_run(second)
    before, after = _load(a, folder), _load(b, folder)
    circumstances = Circumstances(
        surroundings_changed=a.inputs.get("layers") != b.inputs.get("layers"),
        code_changed=a.code_version != b.code_version,
    )
    flips = find_flips(before, after, circumstances)
    order = pc.index_in(flips["verdict_to"], pa.array(["fail", "review", "no_data", "exempt", "pass"]))
    flips = flips.append_column("order", order).sort_by([("order", "ascending"), ("building_id", "ascending")])
    page = flips.drop_columns(["order"]).slice(offset, min(limit, FLIPS_MAX)).to_pylist()
    changed = changed_attributes(before.data, after.data)
    data = (_rows_of(before.data, page), _rows_of(after.data, page))
    rules = _changed_rules(before, after)
    return RunDiff(
        first=a.to_dict(),
        second=b.to_dict(),
        total=flips.num_rows,
        reasons=_count(pc.list_flatten(flips["reasons"])),
        verdicts=_count(_from_to(flips)),
        rules=rules,
        flips=[_with_details(flip, before, after, changed, data) for flip in page],
    )


def _load(run: CheckRun, folder: Path) -> Snapshot:
    if len(run.files) < 3:
        raise UsageError(
            f"check {run.id} is too old to be compared", hint=f"the last {KEEP} checks can be", code="run-forgotten"
        )
    data, findings, rules = ((folder / RUNS_FOLDER / name).read_bytes() for name in run.files)
    return Snapshot(decode_table(findings), decode_table(data), json.loads(rules))


def _changed_rules(before: Snapshot, after: Snapshot) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for rule_id in dict.fromkeys((*before.rules, *after.rules)):
        old, new = before.rules.get(rule_id), after.rules.get(rule_id)
        if old is None or new is None:
            found.append({"rule_id": rule_id, "change": "added" if old is None else "removed", "changes": []})
        elif changes := rule_changes(old, new):
            found.append({"rule_id": rule_id, "change": "changed", "changes": changes})
    return found


def _rows_of(data: pa.Table, page: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    ids = pa.array(sorted({flip["building_id"] for flip in page}), pa.string())
    rows = data.filter(pc.is_in(data["id"], ids)).to_pylist()
    return {(row["dataset"], row["id"]): row for row in rows}


def _with_details(
    flip: dict[str, Any],
    before: Snapshot,
    after: Snapshot,
    changed: dict[str, set[str]],
    data: tuple[dict[tuple[str, str], dict[str, Any]], ...],
) -> dict[str, Any]:
    """The flip with what exactly changed: attributes of the building, parameters of the rule."""
    key = (flip["dataset"], flip["building_id"])
    place = "/".join(key)
    rule = after.rules.get(flip["rule_id"]) or before.rules[flip["rule_id"]]
    read = {*rule["attributes"], "height_source", FOOTPRINT}
    attributes = [
        {"attribute": name, "from": _shown(name, data[0], key), "to": _shown(name, data[1], key)}
        for name in sorted(read & set(changed))
        if place in changed[name]
    ]
    old, new = before.rules.get(flip["rule_id"]), after.rules.get(flip["rule_id"])
    parameters = rule_changes(old, new) if old and new and "rule" in flip["reasons"] else []
    return {**flip, "attributes": attributes, "rule_changes": parameters}


def _shown(name: str, rows: dict[tuple[str, str], dict[str, Any]], key: tuple[str, str]) -> Any:  # noqa: ANN401
    value = rows.get(key, {}).get(name)
    return ("changed" if value is not None else None) if name == FOOTPRINT else value


def _from_to(flips: pa.Table) -> pa.ChunkedArray:
    ends = (pc.fill_null(flips[name], "none") for name in ("verdict_from", "verdict_to"))
    return pc.binary_join_element_wise(*ends, " → ")


def _count(values: pa.ChunkedArray | pa.Array) -> dict[str, int]:
    counted = pc.value_counts(values).to_pylist()
    return {str(row["values"]): int(row["counts"]) for row in sorted(counted, key=lambda row: -row["counts"])}
