"""What the store knows of itself: its version, and who wrote when and why."""

from __future__ import annotations

from cim_core.store.schema.spec import TableSpec, Topic, text, whole

TOPIC = Topic(
    "bookkeeping",
    (
        TableSpec(
            "store_info",
            "About this store 关于本库",
            (*text("id", required=True), *text("value")),
            key=("id",),
        ),
        TableSpec(
            "changes",  # one row a write; each hash covers the one before, so that a row taken out shows
            "Log of changes 变更日志",
            (
                *whole("id", required=True),
                *text("recorded_at", "actor", "reason", "summary", "previous_hash", "hash"),
            ),
            key=("id",),
            is_append_only=True,
        ),
    ),
)
