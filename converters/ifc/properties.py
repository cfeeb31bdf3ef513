"""Property sets and quantities of all objects, typed, with their units as stated."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

import orjson

from converters.ifc.untyped import Entity, Model, attribute_of

#: a string, number or boolean, or a list of them
Value: TypeAlias = Any
Properties = dict[str, dict[str, Any]]
#: ``value``, the IFC measure as ``type`` and, where there is one, ``unit``
TypedValue: TypeAlias = dict[str, Any]
TypedSets: TypeAlias = dict[str, dict[str, TypedValue]]

_PREFIX = {"MILLI": "m", "CENTI": "c", "DECI": "d", "KILO": "k", "MEGA": "M", "MICRO": "µ", "HECTO": "h", "GIGA": "G"}
_SI = {
    "METRE": "m",
    "SQUARE_METRE": "m²",
    "CUBIC_METRE": "m³",
    "RADIAN": "rad",
    "GRAM": "g",
    "SECOND": "s",
    "DEGREE_CELSIUS": "°C",
    "KELVIN": "K",
    "WATT": "W",
    "PASCAL": "Pa",
    "NEWTON": "N",
    "LUX": "lx",
    "LUMEN": "lm",
    "AMPERE": "A",
    "VOLT": "V",
    "HERTZ": "Hz",
    "JOULE": "J",
}
#: Measures whose unit type is not called after them: "IfcAreaMeasure" is in AREAUNIT, and so is most else.
_UNIT_OF_MEASURE = {
    "IfcPositiveLengthMeasure": "LENGTHUNIT",
    "IfcNonNegativeLengthMeasure": "LENGTHUNIT",
    "IfcPositivePlaneAngleMeasure": "PLANEANGLEUNIT",
}


def _unit_type(measure: str) -> str:
    """The unit type of a measure: ``IfcThermalTransmittanceMeasure`` → ``THERMALTRANSMITTANCEUNIT``."""
    known = _UNIT_OF_MEASURE.get(measure)
    return known or measure.removeprefix("Ifc").removesuffix("Measure").upper() + "UNIT"


#: How attributes of predefined sets are called that are lengths.
_LENGTHS = ("Depth", "Thickness", "Width", "Offset", "OffsetX", "OffsetY")
_QUANTITIES = {
    "IfcQuantityLength": ("LengthValue", "LENGTHUNIT"),
    "IfcQuantityArea": ("AreaValue", "AREAUNIT"),
    "IfcQuantityVolume": ("VolumeValue", "VOLUMEUNIT"),
    "IfcQuantityWeight": ("WeightValue", "MASSUNIT"),
    "IfcQuantityTime": ("TimeValue", "TIMEUNIT"),
    "IfcQuantityCount": ("CountValue", ""),
    "IfcQuantityNumber": ("NumberValue", ""),
}


def unit_symbol(unit: Entity) -> str:
    """The usual symbol of an IFC unit, or its name."""
    if unit is None:
        return ""
    if unit.is_a("IfcSIUnit"):
        return _PREFIX.get(unit.Prefix or "", "") + _SI.get(unit.Name, str(unit.Name).lower())
    if unit.is_a("IfcConversionBasedUnit") or unit.is_a("IfcContextDependentUnit"):
        return str(unit.Name).lower()
    if unit.is_a("IfcMonetaryUnit"):
        return str(unit.Currency)
    if unit.is_a("IfcDerivedUnit"):
        return "·".join(
            unit_symbol(e.Unit) + ("" if e.Exponent == 1 else f"^{e.Exponent}") for e in unit.Elements or ()
        )
    return ""


def project_units(model: Model) -> dict[str, str]:
    """Unit symbols of the project by unit type ("LENGTHUNIT" → "mm")."""
    symbols: dict[str, str] = {}
    for assignment in model.by_type("IfcUnitAssignment"):
        for unit in assignment.Units:
            symbols.setdefault(getattr(unit, "UnitType", None) or "", unit_symbol(unit))
    return symbols


class PropertyReader:
    """Properties of any object of a model: those of its type first, then its own on top."""

    def __init__(self, model: Model) -> None:
        self._units = project_units(model)
        self._sets: dict[int, tuple[str, dict[str, TypedValue]]] = {}
        self._flat_sets: dict[int, dict[str, Any]] = {}
        self._own: dict[int, list[Any]] = defaultdict(list)
        self._type: dict[int, Any] = {}
        for relation in model.by_type("IfcRelDefinesByProperties"):
            definition = relation.RelatingPropertyDefinition
            definitions = (definition,) if hasattr(definition, "is_a") else tuple(definition or ())
            for related in relation.RelatedObjects or ():
                self._own[related.id()].extend(definitions)
        for relation in model.by_type("IfcRelDefinesByType"):
            for related in relation.RelatedObjects or ():
                self._type[related.id()] = relation.RelatingType

    def read(self, item: Entity) -> Properties:
        """All property sets and quantity sets of one object by set name, as plain values.

        A value with a unit is written under its name with the unit in brackets, ``"Width [mm]": 240.0``; values are
        plain strings, numbers, booleans and lists of them.
        """
        result: Properties = {}
        for definition in (*self._of_type(item), *self._of_itself(item)):
            name, values = self._read_set(definition)
            if values:
                result[name] = {**result.get(name, {}), **self._flat(definition.id(), values)}
        return result

    def read_typed(self, item: Entity) -> tuple[TypedSets, TypedSets]:
        """The object's own property sets and quantity sets: ``{set: {name: {"value", "type", "unit"}}}``.

        ``type`` is the IFC measure; ``unit`` is left out where there is none. What its type says is not repeated.
        """
        properties: TypedSets = {}
        quantities: TypedSets = {}
        for definition in self._of_itself(item):
            name, values = self._read_set(definition)
            if values:
                target = quantities if definition.is_a("IfcElementQuantity") else properties
                target[name] = {**target.get(name, {}), **values}
        return properties, quantities

    def _of_type(self, item: Entity) -> tuple[Entity, ...]:
        of_type = self._type.get(item.id())
        return () if of_type is None else tuple(attribute_of(of_type, "HasPropertySets") or ())

    def _of_itself(self, item: Entity) -> tuple[Entity, ...]:
        return (*self._own.get(item.id(), ()), *(attribute_of(item, "HasPropertySets") or ()))

    def _read_set(self, definition: Entity) -> tuple[str, dict[str, TypedValue]]:
        key = definition.id()
        if key not in self._sets:
            values: dict[str, TypedValue] = {}
            if definition.is_a("IfcPropertySet"):
                for item in definition.HasProperties or ():
                    self._read_property(item, values, depth=0)
            elif definition.is_a("IfcElementQuantity"):
                for item in definition.Quantities or ():
                    self._read_quantity(item, values)
            else:
                self._read_predefined(definition, values)
            self._sets[key] = (definition.Name or definition.is_a(), values)
        return self._sets[key]

    def _read_predefined(self, definition: Entity, values: dict[str, TypedValue]) -> None:
        """A set whose properties are attributes of a class: linings and panels of doors and windows, reinforcement."""
        for number in range(4, len(definition)):  # behind GlobalId, OwnerHistory, Name, Description
            value = definition[number]
            if isinstance(value, (str, bool, int, float)):
                measure = definition.attribute_type(number) if hasattr(definition, "attribute_type") else ""
                is_length = isinstance(value, float) and definition.attribute_name(number).endswith(_LENGTHS)
                unit = self._units.get("LENGTHUNIT", "") if is_length else ""
                values[definition.attribute_name(number)] = _typed(value, measure, unit)

    def _flat(self, key: int, values: dict[str, TypedValue]) -> dict[str, Any]:
        if key not in self._flat_sets:
            self._flat_sets[key] = {f"{n} [{v['unit']}]" if v.get("unit") else n: v["value"] for n, v in values.items()}
        return self._flat_sets[key]

    def _read_property(self, item: Entity, values: dict[str, TypedValue], depth: int) -> None:
        kind = item.is_a()
        if kind == "IfcPropertySingleValue":
            # By number: most of all that is read are these, and a name takes four times as long.
            self._put(values, item[0], item[2], item[3])
        elif kind in ("IfcPropertyEnumeratedValue", "IfcPropertyListValue"):
            raw = (item.EnumerationValues if kind == "IfcPropertyEnumeratedValue" else item.ListValues) or ()
            holder = item if kind == "IfcPropertyListValue" else item.EnumerationReference
            unit = None if holder is None else holder.Unit
            self._put_list(values, item.Name, raw, unit)
        elif kind == "IfcPropertyBoundedValue":
            self._put(values, f"{item.Name} min", item.LowerBoundValue, item.Unit)
            self._put(values, f"{item.Name} max", item.UpperBoundValue, item.Unit)
            self._put(values, f"{item.Name} set", attribute_of(item, "SetPointValue"), item.Unit)
        elif kind == "IfcPropertyTableValue":
            self._put_list(values, f"{item.Name} of", item.DefiningValues or (), item.DefiningUnit)
            self._put_list(values, item.Name, item.DefinedValues or (), item.DefinedUnit)
        elif kind == "IfcPropertyReferenceValue" and item.PropertyReference is not None:
            named = attribute_of(item.PropertyReference, "Name") or str(item.PropertyReference).split("=", 1)[-1]
            values[item.Name] = _typed(named, item.PropertyReference.is_a(), "")
        elif kind == "IfcComplexProperty" and depth < 4:
            nested: dict[str, TypedValue] = {}
            for part in item.HasProperties or ():
                self._read_property(part, nested, depth + 1)
            values.update({f"{item.Name}/{name}": value for name, value in nested.items()})

    def _put(self, values: dict[str, TypedValue], name: str, value: Entity | None, unit: Entity) -> None:
        if value is None:
            return
        kind = value.is_a()
        symbol = unit_symbol(unit) or self._symbol_of(kind)
        values[name] = _typed(value[0], kind, symbol)

    def _put_list(self, values: dict[str, TypedValue], name: str, raw: Iterable[Entity], unit: Entity) -> None:
        kinds = [value.is_a() for value in raw]
        kind = kinds[0] if kinds else ""
        values[name] = _typed([value[0] for value in raw], kind, unit_symbol(unit) or self._symbol_of(kind))

    def _symbol_of(self, measure: str) -> str:
        return self._units.get(_unit_type(measure), "")

    def _read_quantity(self, item: Entity, values: dict[str, TypedValue], within: str = "") -> None:
        if item.is_a("IfcPhysicalComplexQuantity"):
            for part in item.HasQuantities or ():
                self._read_quantity(part, values, f"{within}{item.Name}/")
            return
        attribute, unit_type = _QUANTITIES.get(item.is_a(), ("", ""))
        value = getattr(item, attribute, None) if attribute else None
        if value is not None:
            symbol = unit_symbol(getattr(item, "Unit", None)) or self._units.get(unit_type, "")
            values[within + item.Name] = _typed(value, item.is_a(), symbol)


def _typed(value: object, kind: str, unit: str) -> TypedValue:
    entry: TypedValue = {"value": _plain(value), "type": kind}
    return {**entry, "unit": unit} if unit else entry


def to_json(values: dict[str, Any]) -> str:
    """Compact JSON; half a surrogate pair, which no file of ours may hold, becomes a question mark."""
    try:
        return orjson.dumps(values).decode()
    except TypeError:  # that, or an integer of more than 64 bits
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode(errors="replace").decode()


def find_value(properties: Properties, name: str) -> Value | None:
    """The first value of that name in any set, common sets ("Pset_…Common") first."""
    for _, values in sorted(properties.items(), key=lambda pair: not pair[0].endswith("Common")):
        for key, value in values.items():
            if key.split(" [")[0] == name and value not in (None, ""):
                return value
    return None


def _plain(value: object) -> Value:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such number
    if isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    return str(value)
