"""Checks that were made: when, on what, with what result. What they found is kept in files, named by digest."""

from __future__ import annotations

from cim_core.store.schema.spec import TableSpec, Topic, text, whole

TOPIC = Topic(
    "runs",
    (
        TableSpec(
            "check_runs",
            "Check runs 核查记录",
            (
                *text("id", "checked_on", "checked_at", "code_version", required=True),
                *whole("buildings", "findings", required=True),
                *text("inputs", "counts", required=True),  # JSON
                *text("data_file", "findings_file", "rules_file"),  # null once forgotten
            ),
            key=("id",),
        ),
    ),
)
