"""The process that looks at an untrusted model: ``python -m converters.ifc.audit.child TASK ANSWER FILE…``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ifcopenshell

from converters.ifc.limits import default_memory_bytes, forbid_core_dumps, limit_memory


def look_at_position(path: str) -> dict[str, Any]:
    """What a model says about its position, and where the origins of its products lie."""
    from converters.ifc.audit.position import position_facts

    return position_facts(ifcopenshell.open(path))


def check_ids(path: str, specification: str) -> dict[str, Any]:
    """Check a model against an IDS."""
    from converters.ifc.audit.ids import DamagedSpecificationError, check_model

    try:
        return check_model(ifcopenshell.open(path), Path(specification))
    except DamagedSpecificationError as error:
        return {"error": str(error), "where": Path(specification).name}


def validate_schema(path: str) -> dict[str, Any]:
    """Check a model against its EXPRESS schema."""
    from converters.ifc.audit.validate import validate_model

    return validate_model(ifcopenshell.open(path))


def compare(old: str, new: str) -> dict[str, Any]:
    """Differences between two versions of a model."""
    from converters.ifc.audit.diff import compare_models

    return compare_models(ifcopenshell.open(old), ifcopenshell.open(new))


_TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "position": look_at_position,
    "ids": check_ids,
    "validate": validate_schema,
    "diff": compare,
}


def main(arguments: list[str]) -> int:
    """Run one task and write its answer; an error is an answer too."""
    task, answer, *rest = arguments
    forbid_core_dumps()
    limit_memory(default_memory_bytes())
    try:
        result = _TASKS[task](*rest)
    except Exception as error:  # whatever the parser raises is the user's answer
        result = {"error": f"{type(error).__name__}: {error}"}
    staging = Path(answer).with_suffix(".tmp")
    staging.write_text(json.dumps(result, ensure_ascii=False, default=str), encoding="utf-8")
    staging.replace(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
