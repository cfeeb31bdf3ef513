"""What is said of every dataset in the terms of the CIM standards."""

from __future__ import annotations

from cim_core.store.schema.spec import TableSpec, Topic, text, whole

TOPIC = Topic(
    "catalogue",
    (
        TableSpec(
            "catalogue",
            "Data catalogue 数据目录",
            (
                *text("dataset", required=True),
                *text("category", "obligation", "department", "security_class", "licence", "update_cycle", "scale"),
                *whole("cim_level"),
                *text("data_date", "lineage", "quality"),
            ),
            key=("dataset",),
            history="catalogue",
        ),
    ),
)
