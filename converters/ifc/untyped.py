"""Names for the objects of ifcopenshell, which ships no types, and a quick way to their attributes."""

from __future__ import annotations

from typing import Any, TypeAlias

#: an open ``ifcopenshell.file``
Model: TypeAlias = Any
#: an ``ifcopenshell.entity_instance``
Entity: TypeAlias = Any
#: an iterator's or ``create_shape``'s result
Element: TypeAlias = Any

_attributes_of_class: dict[str, frozenset[str]] = {}


def attribute_of(entity: Entity, name: str) -> Any:  # noqa: ANN401 - any attribute
    """An attribute, or None where the class has none of that name; ``getattr`` takes twenty times as long for that."""
    kind = entity.is_a(True)
    known = _attributes_of_class.get(kind)
    if known is None:
        known = _attributes_of_class[kind] = frozenset(entity.get_attribute_names())
    return getattr(entity, name) if name in known else None
