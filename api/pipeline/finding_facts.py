"""What is told of a finding, the same on the command line and over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cim_core.townscape.builtin import measured_words

_PLAIN = (
    "dataset", "building_id", "gid", "building_name", "rule_id", "kind", "clause", "nature", "zone_id", "street_id",
    "verdict", "original_verdict",
)  # fmt: skip


def both_languages(row: Mapping[str, Any], zh: str, en: str) -> dict[str, str]:
    """A bilingual text from two columns; a missing language falls back to the other."""
    first, second = row.get(zh) or "", row.get(en) or ""
    return {"zh": first or second, "en": second or first}


def finding_facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """Every fact of a row of ``FINDINGS_SCHEMA`` (with ``building_name``, ``name_en`` where known) but its shapes.

    ``related_rules`` is what was merged into it: ``overrides a``, ``conflicts with b``.
    """
    limits = {language: row[f"limit_{language}"] or row["limit_text"] or "" for language in ("zh", "en")}
    return {
        **{name: row[name] for name in _PLAIN},
        "name": both_languages(row, "building_name", "name_en"),
        "measured": {
            "value": row["measured_value"],
            "text": row["measured_text"],
            "words": measured_words(row["kind"], row["measured_text"]),
        },
        "limit": {"min": row["limit_min"], "max": row["limit_max"], "text": row["limit_text"], "words": limits},
        **{name: row[name] for name in ("margin", "unit", "source", "confidence")},
        "indicative": bool(row["indicative"]),
        "related_rules": [part for part in (row["related_rules"] or "").split("; ") if part],
        "message": both_languages(row, "message_zh", "message_en"),
    }
