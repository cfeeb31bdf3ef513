"""Entities of one file: rooted ones with lasting GlobalIds, shared points and placements, lengths in its unit."""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from typing import Any, TypeAlias

import ifcopenshell
import ifcopenshell.guid

Entity: TypeAlias = Any
Point3 = tuple[float, float, float]
_NAMESPACE = uuid.UUID("6f1d7c1e-3b0a-5c3e-9c47-2f6d6a9f4547")


class EntityWriter:
    """An open IFC file. All arguments are in metres; the file is in ``unit_m`` metres a unit."""

    #: Set by the frame of the file before the first rooted entity.
    _history: Entity = None

    def __init__(self, schema: str, key: str, unit_m: float) -> None:
        new_file: Entity = ifcopenshell.file
        self.file = new_file(schema=schema)
        self.schema = schema
        self._unit_m = unit_m
        self._key = key
        self._cache: dict[tuple[Any, ...], Entity] = {}
        self._counts: dict[str, int] = defaultdict(int)

    def add(self, kind: str, **values: Any) -> Entity:  # noqa: ANN401 - attribute values of any IFC type
        """A new entity; attributes the schema does not have are left out."""
        known = self._attributes(kind)
        return self.file.create_entity(kind, **{k: v for k, v in values.items() if k in known and v is not None})

    def root(self, kind: str, name: str | None = None, **values: Any) -> Entity:  # noqa: ANN401
        """A new rooted entity with a GlobalId that depends on the model, the class and the order only."""
        self._counts[kind] += 1
        seed = uuid.uuid5(_NAMESPACE, f"{self._key}/{kind}/{self._counts[kind]}")
        guid = ifcopenshell.guid.compress(seed.hex)
        return self.add(kind, GlobalId=guid, OwnerHistory=self._history, Name=name, **values)

    def _attributes(self, kind: str) -> set[str]:
        key = ("attributes", kind)
        if key not in self._cache:
            schema: Entity = ifcopenshell.ifcopenshell_wrapper.schema_by_name(self.schema)
            entity = schema.declaration_by_name(kind).as_entity()
            self._cache[key] = {a.name() for a in entity.all_attributes()}
        return set(self._cache[key])

    def _once(self, key: tuple[Any, ...], kind: str, **values: Any) -> Entity:  # noqa: ANN401
        if key not in self._cache:
            self._cache[key] = self.add(kind, **values)
        return self._cache[key]

    def length(self, metres: float) -> float:
        """Metres in the file's unit, rounded to a hundredth of a millimetre."""
        return round(metres / self._unit_m, 5 if self._unit_m == 1.0 else 2) + 0.0

    def point(self, *metres: float) -> Entity:
        """A cartesian point."""
        values = tuple(self.length(v) for v in metres)
        return self._once(("point", values), "IfcCartesianPoint", Coordinates=values)

    def direction(self, *ratios: float) -> Entity:
        """A direction."""
        values = tuple(round(v, 12) + 0.0 for v in ratios)
        return self._once(("direction", values), "IfcDirection", DirectionRatios=values)

    def axes(self, at: Point3, z: Point3 | None = None, x: Point3 | None = None) -> Entity:
        """A right-handed placement in space."""
        return self._once(
            ("axes", at, z, x),
            "IfcAxis2Placement3D",
            Location=self.point(*at),
            Axis=self.direction(*z) if z else None,
            RefDirection=self.direction(*x) if x else None,
        )

    def place(self, parent: Entity | None, at: Point3 = (0.0, 0.0, 0.0), turn_deg: float = 0.0) -> Entity:
        """A local placement, turned counter-clockwise about the vertical."""
        x = None
        if turn_deg:
            angle = math.radians(turn_deg)
            x = (math.cos(angle), math.sin(angle), 0.0)
        relative = self.axes(at, (0.0, 0.0, 1.0) if x else None, x)
        return self.add("IfcLocalPlacement", PlacementRelTo=parent, RelativePlacement=relative)
