"""Checking a model against its EXPRESS schema, with the rules; runs in the child process."""

from __future__ import annotations

from collections import Counter
from typing import Any

import ifcopenshell.validate

from converters.ifc.untyped import Model

_MAX_LISTED = 200


def validate_model(model: Model) -> dict[str, Any]:
    """Statements of ifcopenshell's validator: attribute types, cardinalities, inverse references and WHERE rules."""
    logger: Any = ifcopenshell.validate.json_logger()  # type: ignore[no-untyped-call]
    ifcopenshell.validate.validate(model, logger, express_rules=True)
    found = [_finding(statement) for statement in logger.statements]
    return {
        "schema": model.schema_identifier,
        "status": "fail" if found else "pass",
        "count": len(found),
        "by_level": dict(Counter(finding["level"] for finding in found)),
        "findings": found[:_MAX_LISTED],
    }


def _in_one_line(message: str) -> str:
    """The message without its last part, which repeats the instance."""
    lines = [line.strip() for line in message.split("\n\nOn instance:")[0].splitlines()]
    return " ".join(line for line in lines if line)


def _finding(statement: dict[str, Any]) -> dict[str, Any]:
    instance: Any = statement.get("instance")
    is_entity = hasattr(instance, "is_a")
    return {
        "level": str(statement.get("level", "error")).lower(),
        "message": _in_one_line(str(statement.get("message", "")))[:500],
        "step": instance.id() if is_entity else None,
        "kind": instance.is_a() if is_entity else None,
        "id": getattr(instance, "GlobalId", None) if is_entity else None,
        "attribute": str(statement.get("attribute") or "") or None,
    }
