"""Documents and photographs that belong to a building, a project or an exemption; the files lie beside the store."""

from __future__ import annotations

from cim_core.store.schema.spec import IndexSpec, TableSpec, Topic, text, whole

TOPIC = Topic(
    "attachments",
    (
        TableSpec(
            "attachments",
            "Attachments 附件",
            (
                *text("id", "kind", "subject", "name", "media_type", "sha256", required=True),
                *whole("bytes", required=True),
                *text("note", "added_by"),
                *whole("location_removed"),
            ),
            key=("id",),
            indexes=(IndexSpec("attachments_subject", ("kind", "subject")),),
            history="attachment",
        ),
    ),
)
