"""The findings table: one row for every rule that reaches a building, with what was measured against what.

``related_rules`` says what was merged into the row: ``overrides a; conflicts with b``, null for most.
``evidence`` is WKB in the work CRS of what to show where a rule is broken or open; null: the thing itself.
``indicative``: the measure hints and proves nothing, a color from a photo or of unknown origin.
A finding about a street or plan unit has its id as ``building_id`` and its layer, ``streets`` or ``plan_units``, as
``dataset``.
"""

from __future__ import annotations

import pyarrow as pa

_TEXT = pa.string()

FINDINGS_SCHEMA = pa.schema(
    [
        pa.field("building_id", _TEXT, nullable=False),
        pa.field("dataset", _TEXT),
        pa.field("gid", pa.uint32()),
        pa.field("rule_id", _TEXT, nullable=False),
        pa.field("kind", _TEXT, nullable=False),
        pa.field("clause", _TEXT, nullable=False),
        pa.field("nature", _TEXT, nullable=False),
        pa.field("zone_id", _TEXT),
        pa.field("street_id", _TEXT),
        pa.field("verdict", _TEXT, nullable=False),
        pa.field("original_verdict", _TEXT),
        pa.field("measured_value", pa.float64()),
        pa.field("measured_text", _TEXT),
        pa.field("limit_min", pa.float64()),
        pa.field("limit_max", pa.float64()),
        pa.field("limit_text", _TEXT),
        pa.field("limit_zh", _TEXT),
        pa.field("limit_en", _TEXT),
        pa.field("margin", pa.float64()),
        pa.field("unit", _TEXT),
        pa.field("source", _TEXT),
        pa.field("confidence", _TEXT, nullable=False),
        pa.field("indicative", pa.bool_(), nullable=False),
        pa.field("related_rules", _TEXT),
        pa.field("evidence", pa.binary()),
        pa.field("message_zh", _TEXT, nullable=False),
        pa.field("message_en", _TEXT, nullable=False),
    ]
)
