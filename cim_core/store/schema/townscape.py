"""Townscape control: zones, rule packs, and the findings of the last check."""

from __future__ import annotations

from cim_core.store.schema.spec import BUILDING_KEY, IndexSpec, TableSpec, Topic, number, text, whole

TOPIC = Topic(
    "townscape",
    (
        TableSpec(
            "control_zones",
            "Control zones 控制区",
            (
                *text("id", required=True),
                *text("name_zh", "name_en", "level", "description_zh", "description_en", "properties"),
            ),
            key=("id",),
            geometry="GEOMETRY",
            history="zone",
        ),
        TableSpec(
            "rule_packs",
            "Rule packs 规则包",
            (
                *text("id", required=True),
                *text("name_zh", "name_en", "pack_version"),
                *whole("synthetic"),
                *text("content", required=True),
            ),
            key=("id",),
            history="rule-pack",
        ),
        TableSpec(
            "control_rules",  # a rule a row, for GIS programs; the pack's content says it all
            "Control rules 控制规则",
            (
                *text("pack_id", "id", required=True),
                *text("kind", "clause", "nature", "text_zh", "text_en", "applies_to", "parameters"),
            ),
            key=("pack_id", "id"),
        ),
        TableSpec(
            "findings",
            "Findings 核查结果",
            (
                *text("id", required=True),
                *BUILDING_KEY,
                *whole("gid"),
                *text("rule_id", "kind", "clause", "nature", "zone_id", "street_id", "verdict", "original_verdict"),
                *number("measured_value"),
                *text("measured_text"),
                *number("limit_min", "limit_max"),
                *text("limit_text", "limit_zh", "limit_en"),
                *number("margin"),
                *text("evidence"),  # WKT in the work CRS
                *text("unit", "source", "confidence", "related_rules", "message_zh", "message_en", "checked_on"),
                *whole("indicative"),  # 1: the measure hints and proves nothing
                *whole("severity"),  # position in VERDICTS_BY_SEVERITY
            ),
            key=("id",),
            indexes=(
                IndexSpec("findings_building", ("dataset", "building_id")),
                # The order of every list, worst first, and that of one verdict: no page of findings sorts them all.
                IndexSpec("findings_worst", ("severity DESC", "(margin IS NULL)", "margin")),
                IndexSpec("findings_verdict", ("verdict", "(margin IS NULL)", "margin")),
            ),
            geometry="POINT",
            is_indexed=False,  # half a million points are not worth a spatial index
        ),
    ),
)
