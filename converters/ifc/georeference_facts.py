"""What a model says about its position, as stated; judged later by ``georeference``."""

from __future__ import annotations

from typing import Any

import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np

from converters.ifc.properties import PropertyReader, find_value
from converters.ifc.untyped import Entity, Model

_CONVERSION = ("Eastings", "Northings", "OrthogonalHeight", "XAxisAbscissa", "XAxisOrdinate", "Scale")
_CRS = ("Name", "Description", "GeodeticDatum", "VerticalDatum", "MapProjection", "MapZone")


def georeference_facts(model: Model, unit_m: float, reader: PropertyReader) -> dict[str, Any]:
    """World coordinate system, true north, map conversion and CRS (entities or property sets), sites."""
    contexts = model.by_type("IfcGeometricRepresentationContext", include_subtypes=False)
    context = next((c for c in contexts if c.ContextType == "Model"), contexts[0] if contexts else None)
    conversion, crs = _from_entities(model, unit_m)
    if conversion is None:
        conversion, crs = _from_property_sets(model, reader)
    north = getattr(context, "TrueNorth", None)
    return {
        "world_origin": _world_matrix(context, unit_m),
        "true_north": [float(v) for v in north.DirectionRatios] if north is not None else None,
        "conversion": conversion,
        "crs": crs,
        "sites": [_site(site, unit_m) for site in model.by_type("IfcSite")],
    }


def _world_matrix(context: Entity | None, unit_m: float) -> list[list[float]]:
    placement = getattr(context, "WorldCoordinateSystem", None)
    matrix = np.eye(4)
    if placement is not None:
        matrix = np.array(ifcopenshell.util.placement.get_axis2placement(placement), float)
        matrix[:3, 3] *= unit_m
    return [[float(v) for v in row] for row in matrix]


def _from_entities(model: Model, unit_m: float) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    try:
        operations = model.by_type("IfcCoordinateOperation")
    except RuntimeError:  # IFC2X3 has no such class
        return None, None
    others = [operation.id() for operation in operations[1:]]
    for operation in operations:
        kind = operation.is_a()
        if kind in ("IfcMapConversion", "IfcMapConversionScaled"):
            conversion = {name: _float(getattr(operation, name)) for name in _CONVERSION}
            for axis in ("FactorX", "FactorY", "FactorZ"):
                conversion[axis] = _float(getattr(operation, axis, None))
        elif kind == "IfcRigidOperation":
            conversion = _rigid(model, operation, unit_m)
        else:
            continue
        return {"source": kind, "step": operation.id(), "others": others, **conversion}, _crs_entity(
            operation.TargetCRS
        )
    return None, None


def _rigid(model: Model, operation: Entity, unit_m: float) -> dict[str, Any]:
    """A shift in map units; or, where it is in angles, these with their unit in radians, and the height in metres."""
    first, second = (operation.FirstCoordinate, operation.SecondCoordinate)
    values = [_float(value.wrappedValue) for value in (first, second)]
    if "PlaneAngle" not in first.is_a():
        keys = ("Eastings", "Northings", "OrthogonalHeight")
        return dict(zip(keys, (*values, _float(operation.Height)), strict=True))
    unit = getattr(operation.TargetCRS, "AngleUnit", None)
    project_rad = float(ifcopenshell.util.unit.calculate_unit_scale(model, "PLANEANGLEUNIT"))
    height_unit = getattr(operation.TargetCRS, "HeightUnit", None)
    height_m = (_length_unit_m(height_unit) if height_unit is not None else None) or unit_m
    height = _float(operation.Height)
    return {
        "First": values[0],
        "Second": values[1],
        "angle_unit_rad": (_unit_factor(unit) if unit is not None else None) or project_rad,
        "OrthogonalHeight": None if height is None else height * height_m,
    }


def _unit_factor(unit: Entity) -> float | None:
    """How many SI units a conversion-based unit is; 1 for the SI unit itself."""
    return float(unit.ConversionFactor.ValueComponent.wrappedValue) if unit.is_a("IfcConversionBasedUnit") else 1.0


def _crs_entity(crs: Entity) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(crs, name, None) for name in _CRS}
    unit = getattr(crs, "MapUnit", None)
    facts["map_unit_m"] = _length_unit_m(unit) if unit is not None else None
    facts["wkt"] = None
    for reference in getattr(crs, "WellKnownText", None) or ():
        facts["wkt"] = getattr(reference, "WellKnownText", None)
    return facts


def _length_unit_m(unit: Entity) -> float | None:
    if unit.is_a("IfcSIUnit"):
        return _PREFIXES.get(unit.Prefix or "", 1.0)
    if unit.is_a("IfcConversionBasedUnit"):
        factor = unit.ConversionFactor
        return float(factor.ValueComponent.wrappedValue) * (_length_unit_m(factor.UnitComponent) or 1.0)
    return None


def _from_property_sets(model: Model, reader: PropertyReader) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The convention for IFC2X3: property sets on the site or the project, in any case."""
    for owner in (*model.by_type("IfcSite"), *model.by_type("IfcProject")):
        sets = {name.lower(): {name: values} for name, values in reader.read(owner).items()}
        conversion = sets.get("epset_mapconversion")
        if conversion is None:
            continue
        crs = sets.get("epset_projectedcrs", {})
        values = {name: _float(find_value(conversion, name)) for name in _CONVERSION}
        facts: dict[str, Any] = {name: find_value(crs, name) for name in _CRS}
        unit = find_value(crs, "MapUnit")
        facts["map_unit_m"] = _NAMED_UNITS.get(str(unit).upper()) if unit else None
        return {"source": "ePSet_MapConversion", "step": owner.id(), **values}, facts if crs else None
    return None, None


_PREFIXES = {"KILO": 1000.0, "DECI": 0.1, "CENTI": 0.01, "MILLI": 0.001, "MICRO": 1e-6}
_NAMED_UNITS = {
    "METRE": 1.0,
    "METER": 1.0,
    "M": 1.0,
    "MILLIMETRE": 0.001,
    "FOOT": 0.3048,
    "US SURVEY FOOT": 1200 / 3937,
}


def _site(site: Entity, unit_m: float) -> dict[str, Any]:
    matrix = np.eye(4)
    if site.ObjectPlacement is not None:
        matrix = np.array(ifcopenshell.util.placement.get_local_placement(site.ObjectPlacement), float)
    elevation = _float(getattr(site, "RefElevation", None))
    return {
        "step": site.id(),
        "name": site.LongName or site.Name,
        "latitude": [int(v) for v in site.RefLatitude] if site.RefLatitude else None,
        "longitude": [int(v) for v in site.RefLongitude] if site.RefLongitude else None,
        "elevation_m": elevation * unit_m if elevation is not None else None,
        "origin": [float(v) * unit_m for v in matrix[:3, 3]],
    }


def _float(value: Any) -> float | None:  # noqa: ANN401 - any property value
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None
