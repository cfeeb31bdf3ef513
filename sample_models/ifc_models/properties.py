"""Property sets and base quantities, shared by all objects that have the same."""

from __future__ import annotations

from typing import Any

from sample_models.ifc_models.entities import Entity
from sample_models.ifc_models.shapes import ShapeWriter


class PropertyWriter(ShapeWriter):
    """Makes property sets and notes who has which; the relations are written last."""

    def __init__(self, schema: str, key: str, unit_m: float) -> None:
        super().__init__(schema, key, unit_m)
        self._by_pset: dict[str, tuple[Entity, list[Entity]]] = {}

    def pset(self, name: str, **values: Any) -> Entity:  # noqa: ANN401 - property values
        """A property set; the IFC type of a value follows from its Python type, or give ("IfcLabel", value)."""
        properties = [
            self.add("IfcPropertySingleValue", Name=key, NominalValue=self._value(value))
            for key, value in values.items()
        ]
        return self.root("IfcPropertySet", name, HasProperties=properties)

    def _value(self, value: Any) -> Entity:  # noqa: ANN401 - property values
        if isinstance(value, tuple):
            kind, raw = value
        else:
            kind = {bool: "IfcBoolean", int: "IfcInteger", float: "IfcReal", str: "IfcLabel"}[type(value)]
            raw = value
        return self.file.create_entity(kind, raw)

    def with_pset(self, element: Entity, pset: Entity) -> None:
        """Attach a property set, which may be shared, to an object."""
        self._by_pset.setdefault(str(pset.id()), (pset, []))[1].append(element)

    def with_quantities(self, element: Entity, subject: str, **metres: float) -> None:
        """Attach base quantities: names that end in "Area" are m², all others lengths."""
        key = ("quantities", subject, *metres.items())
        if key not in self._cache:
            quantities = [
                self.add("IfcQuantityArea", Name=name, AreaValue=round(value, 4))
                if name.endswith("Area")
                else self.add("IfcQuantityLength", Name=name, LengthValue=self.length(value))
                for name, value in metres.items()
            ]
            name = "BaseQuantities" if self.schema == "IFC2X3" else f"Qto_{subject}BaseQuantities"
            self._cache[key] = self.root("IfcElementQuantity", name, Quantities=quantities)
        self.with_pset(element, self._cache[key])
