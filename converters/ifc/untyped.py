"""Names for the objects of ifcopenshell, which ships no types."""

from __future__ import annotations

from typing import Any, TypeAlias

#: an open ``ifcopenshell.file``
Model: TypeAlias = Any
#: an ``ifcopenshell.entity_instance``
Entity: TypeAlias = Any
#: an iterator's or ``create_shape``'s result
Element: TypeAlias = Any
