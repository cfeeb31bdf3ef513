"""What a check leaves behind, small enough to keep: verdicts, the data they rest on, and the rules as they stood."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.errors import StoreError, UsageError
from cim_core.features.schema import BUILDING_ATTRIBUTES
from cim_core.townscape.check import RuleSet
from cim_core.townscape.color.palette import Palette
from cim_core.townscape.rules import Rule
from cim_core.townscape.texts import as_array, as_floats

FOOTPRINT = "footprint"
#: Columns of the data a run keeps: who, every attribute, where the height came from, a digest of the footprint.
DATA_COLUMNS = ("dataset", "id", *(a.name for a in BUILDING_ATTRIBUTES), "height_source", FOOTPRINT)
FINDING_COLUMNS = (
    "dataset", "building_id", "rule_id", "zone_id", "street_id", "verdict", "original_verdict", "measured_value",
    "measured_text",
)  # fmt: skip
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One check. ``findings``: ``FINDING_COLUMNS``; ``data``: ``DATA_COLUMNS``; ``rules``: a record a rule in force."""

    findings: pa.Table
    data: pa.Table
    rules: Mapping[str, Mapping[str, Any]]


def take_snapshot(buildings: pa.Table, findings: pa.Table, rules: RuleSet) -> Snapshot:
    """Keep of a check what a later comparison needs."""
    columns = {
        name: _plain(buildings[name]) for name in DATA_COLUMNS if name in buildings.column_names and name != FOOTPRINT
    }
    columns[FOOTPRINT] = _digests(buildings["geometry"])
    return Snapshot(_kept_findings(findings), pa.table(columns), rule_records(rules))


def with_findings(kept: pa.Table, findings: pa.Table) -> pa.Table:
    """Kept findings (``FINDING_COLUMNS``) with those of the same buildings under the same rules in their places.

    Raises UsageError where there were more or fewer.
    """
    own, new = (
        pc.binary_join_element_wise(*(as_array(t[name]) for name in ("dataset", "building_id", "rule_id")), "\x1f")
        for t in (kept, findings)
    )
    places = np.flatnonzero(np.asarray(pc.is_in(own, new)))
    if len(places) != findings.num_rows:
        raise UsageError(f"{len(places)} findings cannot become {findings.num_rows}", hint="check the whole town")
    order = np.arange(kept.num_rows)
    order[places] = kept.num_rows + np.arange(len(places))
    return pa.concat_tables([kept, _kept_findings(findings)]).take(pa.array(order))


def _kept_findings(findings: pa.Table) -> pa.Table:
    kept = {name: _plain(findings[name]) for name in FINDING_COLUMNS}
    kept["measured_value"] = pa.array(np.round(as_floats(findings["measured_value"]), _DECIMALS), from_pandas=True)
    return pa.table(kept)


def rule_records(rules: RuleSet) -> dict[str, dict[str, Any]]:
    """Every rule in force as a record that changes when its answers may: parameters, palettes, reach, exemptions."""
    pack_of = {rule.id: pack for pack in rules.packs for rule in pack.rules}
    return {rule.id: _record(rule, pack_of[rule.id].id, rules) for rule in rules.in_force}


def _record(rule: Rule, pack_id: str, rules: RuleSet) -> dict[str, Any]:
    values = (getattr(rule.parameters, name) for name in rule.parameters.__dataclass_fields__)
    palettes = [entry for value in values if isinstance(value, tuple) for entry in value if isinstance(entry, Palette)]
    decisions = [
        {
            "building_id": decision.building_id,
            "dataset": decision.dataset,
            "valid": decision.is_valid(rules.on),
            "expires_on": decision.expires_on.isoformat(),
        }
        for decision in rules.exemptions.get(rule.id, ())
    ]
    return {
        **rule.to_dict(),
        "pack": pack_id,
        "scope": rule.kind.scope.value,
        "attributes": sorted(rule.attributes),
        "palettes": {palette.id: [r.describe() for r in palette.ranges] for palette in palettes},
        "exemptions": decisions,
    }


def encode_table(table: pa.Table) -> bytes:
    """Arrow IPC bytes, texts as dictionaries, zstd; the same table gives the same bytes."""
    columns = {}
    for name in table.column_names:
        column = as_array(table[name])
        columns[name] = column.dictionary_encode() if pa.types.is_string(column.type) else column
    sink = pa.BufferOutputStream()
    packed = pa.table(columns)
    with pa.ipc.new_file(sink, packed.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(packed)
    return bytes(sink.getvalue())


def decode_table(content: bytes) -> pa.Table:
    """The table ``encode_table`` packed. Raises StoreError for other bytes."""
    try:
        packed = pa.ipc.open_file(pa.BufferReader(content)).read_all()
    except (pa.ArrowInvalid, OSError) as error:
        raise StoreError("a kept check cannot be read", hint=str(error), code="run-file") from error
    return pa.table({name: _plain(packed[name]) for name in packed.column_names})


def digest_of(content: bytes) -> str:
    """SHA-256, the first 24 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:24]


def digest_table(table: pa.Table, leave_out: Sequence[str] = ()) -> str:
    """A digest of the rows and columns of a table, whatever its chunks."""
    names = [name for name in table.column_names if name not in leave_out]
    sink = pa.BufferOutputStream()
    part = table.select(names).combine_chunks()
    with pa.ipc.new_stream(sink, part.schema.remove_metadata()) as writer:
        for batch in part.to_batches():
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, names=names))
    return digest_of(bytes(sink.getvalue()))


def digest_json(value: object) -> str:
    """A digest of a JSON value."""
    return digest_of(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode("utf-8"))


def _plain(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    array = as_array(column)
    return pc.cast(array, array.type.value_type) if pa.types.is_dictionary(array.type) else array


def _digests(geometry: pa.ChunkedArray) -> pa.Array:
    """64 bits of SHA-256 of every footprint; null where there is none."""
    found = [
        None if wkb is None else int.from_bytes(hashlib.sha256(wkb).digest()[:8], "little", signed=True)
        for wkb in geometry.to_pylist()
    ]
    return pa.array(found, pa.int64())
