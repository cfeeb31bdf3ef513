"""Checking a model against an IDS (buildingSMART Information Delivery Specification 1.0); runs in the child process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import ifcopenshell.ifcopenshell_wrapper as wrapper
import ifcopenshell.util.placement
import ifcopenshell.util.unit
from ifctester import ids

from converters.ifc.untyped import Entity, Model

_MAX_LISTED = 1_000
#: How ifctester words a restriction by pattern.
_PATTERN = re.compile(r"\{'pattern': '(.*?)'\}")


class DamagedSpecificationError(Exception):
    """The file to check against is not an IDS."""


def check_model(model: Model, specification: Path) -> dict[str, Any]:
    """Every specification with how many objects it is about, and of every requirement who fails it and why.

    Raises:
        DamagedSpecificationError: the specification is no IDS.
    """
    _bridge_versions()
    try:
        document = ids.open(str(specification), validate=True)
    except Exception as error:  # the XML library and ifctester raise whatever they like
        raise DamagedSpecificationError(str(error).strip().splitlines()[0][:300]) from error
    document.validate(model)
    specifications = [_specification(spec, model) for spec in document.specifications]
    return {
        "title": document.info.get("title", ""),
        "schema": model.schema_identifier,
        "status": "fail" if any(s["status"] == "fail" for s in specifications) else "pass",
        "specifications": specifications,
    }


def _bridge_versions() -> None:
    """Give ifctester 0.8 the object it looks for behind an entity; in ifcopenshell 0.9 the entity is that object."""
    itself = property(lambda entity: entity)
    for name in ("entity_instance", "file"):
        kind: Any = getattr(wrapper, name)
        if not hasattr(kind, "wrapped_data"):
            kind.wrapped_data = itself


def _specification(spec: Any, model: Model) -> dict[str, Any]:  # noqa: ANN401 - ifctester ships no types
    applies = spec.check_ifc_version(model)
    requirements = [_requirement(facet) for facet in spec.requirements]
    is_failed = applies and (spec.status is False or any(r["status"] == "fail" for r in requirements))
    return {
        "name": spec.name,
        "description": spec.description or "",
        "instructions": spec.instructions or "",
        "status": "fail" if is_failed else "pass" if applies else "not_applicable",
        "applicable": len(spec.applicable_entities),
        "required": spec.minOccurs != 0,
        "requirements": requirements if applies else [],
    }


def _requirement(facet: Any) -> dict[str, Any]:  # noqa: ANN401 - ifctester ships no types
    failures = list(facet.failures)
    return {
        "text": _PATTERN.sub(r"like \1", facet.to_string("requirement")),
        "status": "fail" if failures else "pass",
        "failed": len(failures),
        "origin_m": next((o for o in map(_origin_m, (f["element"] for f in failures[:20])) if o), None),
        "objects": [_object(failure["element"], str(failure["reason"])) for failure in failures[:_MAX_LISTED]],
    }


def _origin_m(item: Entity) -> list[float] | None:
    """Where an object stands in the model, metres: where a view of it looks to."""
    placement = getattr(item, "ObjectPlacement", None)
    if placement is None:
        return None
    matrix = ifcopenshell.util.placement.get_local_placement(placement)
    unit_m = ifcopenshell.util.unit.calculate_unit_scale(item.file)
    return [float(value) * unit_m for value in matrix[:3, 3]]


def _object(item: Entity, reason: str) -> dict[str, Any]:
    return {
        "id": getattr(item, "GlobalId", None),
        "step": item.id(),
        "kind": item.is_a(),
        "name": getattr(item, "Name", None),
        "reason": reason,
    }
