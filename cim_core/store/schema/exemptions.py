"""Decisions that a building need not keep a rule, beside those that come with a rule pack."""

from __future__ import annotations

from cim_core.store.schema.spec import BUILDING_KEY, TableSpec, Topic, text

TOPIC = Topic(
    "exemptions",
    (
        TableSpec(
            "exemptions",
            "Exemptions 豁免决定",
            (
                *BUILDING_KEY,
                *text("rule_id", "reason_zh", "reason_en", "decided_by", "decided_on", "expires_on", required=True),
                *text("conditions"),
            ),
            key=("dataset", "building_id", "rule_id"),
            history="exemption",
        ),
    ),
)
