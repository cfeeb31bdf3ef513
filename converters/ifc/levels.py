"""The CIM level a building model reaches by its content; the rule is data in ``levels.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml

_RULE = Path(__file__).with_name("levels.yaml")
_SPACES = ("IfcSpace", "IfcSpatialZone", "IfcZone")


def measure_content(objects: dict[str, list[Any]], with_body: set[str]) -> dict[str, float]:
    """Counts and shares that the rule asks for; ``with_body`` are the ids of elements that have a shape."""
    production = set(_rule()["production_sets"])
    rows = [
        (orjson.loads(semantics) if semantics else {}, material, type_name)
        for key, semantics, material, type_name in zip(
            objects["id"], objects["semantics"], objects["material"], objects["type_name"], strict=True
        )
        if key in with_body
    ]
    described = [
        (bool(m), bool(s.get("property_sets") or (s.get("type") or {}).get("property_sets")), bool(t))
        for s, m, t in rows
    ]
    made = sum(
        not production.isdisjoint({*s.get("property_sets", {}), *(s.get("type") or {}).get("property_sets", {})})
        for s, _, _ in rows
    )
    count = max(len(rows), 1)
    return {
        "elements_with_body": len(rows),
        "spaces": sum(kind in _SPACES for kind in objects["kind"]),
        "share_with_material_and_properties": sum(m and p for m, p, _ in described) / count,
        "share_with_type_material_and_properties": sum(m and p and t for m, p, t in described) / count,
        "elements_with_production_information": made,
    }


def cim_level_of(content: dict[str, float]) -> int | None:
    """The highest level whose conditions all hold; None where not even the first does."""
    reached = [level["level"] for level in _rule()["levels"] if _holds(level, content)]
    return max(reached, default=None)


def _holds(level: dict[str, Any], content: dict[str, float]) -> bool:
    least = {name: value for name, value in level.items() if name in content}
    either = level.get("any_of")
    return all(content[name] >= value for name, value in least.items()) and (
        either is None or any(content[name] >= value for name, value in either.items())
    )


@cache
def _rule() -> dict[str, Any]:
    rule: dict[str, Any] = yaml.safe_load(_RULE.read_text(encoding="utf-8"))
    return rule
