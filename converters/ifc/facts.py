"""Everything about a model but its shapes, as plain values that fit into JSON; runs in the child process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np
from numpy.typing import NDArray

from converters.ifc.georeference_facts import georeference_facts
from converters.ifc.identity import Names, name_objects
from converters.ifc.levels import cim_level_of, measure_content
from converters.ifc.materials import material_names
from converters.ifc.properties import Properties, PropertyReader, find_value, to_json
from converters.ifc.selection import Selection
from converters.ifc.semantics import collect_objects
from converters.ifc.structure import read_structure
from converters.ifc.untyped import Entity, Model, attribute_of

_HOSTS = ("IfcBuilding", "IfcFacility")
_INHABITED_BY = ("IfcDoor", "IfcWindow", "IfcCurtainWall")
_MAX_DEPTH = 64


def collect_facts(model: Model, selection: Selection) -> dict[str, Any]:
    """Units, position, spatial structure, and per element its class, name, storey, building, material, properties."""
    unit_m = float(ifcopenshell.util.unit.calculate_unit_scale(model))
    projects = model.by_type("IfcProject")
    structure, names = read_structure(model), name_objects(model, selection.representation_by_product)
    parents = structure.parents
    reader = PropertyReader(model)
    facts: dict[str, Any] = {
        "schema": model.schema_identifier if hasattr(model, "schema_identifier") else model.schema,
        "entities": len(model.by_type("IfcRoot")),
        "length_unit_m": unit_m,
        "has_length_unit": any(_has_length_unit(project) for project in projects),
        "project": {"id": names.of(projects[0]), "name": projects[0].LongName or projects[0].Name}
        if projects
        else None,
        "left_out": dict(selection.left_out),
        "without_body": [[item.is_a(), item.GlobalId, item.id()] for item in map(model.by_id, selection.without_body)],
        "renamed": names.complaints,
        "cut": [
            {"child": [c.is_a(), c.GlobalId, c.id()], "parent": [p.is_a(), p.GlobalId, p.id()]}
            for c, p in structure.cut
        ],
    }
    facts["georeference"] = georeference_facts(model, unit_m, reader)
    materials = material_names(model)
    facts["elements"] = _elements(model, selection, names, parents, reader, materials)
    facts["objects"] = collect_objects(model, names, parents, reader, materials, unit_m)
    level = cim_level_of(measure_content(facts["objects"], set(facts["elements"]["id"])))
    facts["objects"]["cim_level"] = [level] * len(facts["objects"]["id"])
    facts["buildings"] = [{**b, "cim_level": level} for b in _buildings(model, unit_m, names, parents, reader)]
    return facts


def _has_length_unit(project: Entity) -> bool:
    units = attribute_of(project, "UnitsInContext")
    return units is not None and any(getattr(unit, "UnitType", None) == "LENGTHUNIT" for unit in units.Units or ())


def _ancestors(item: Entity, parents: dict[int, Entity]) -> list[Entity]:
    """Parents from near to far; a cycle in the structure is cut where it closes."""
    chain: list[Entity] = []
    seen = {item.id()}
    current = parents.get(item.id())
    while current is not None and current.id() not in seen and len(chain) < _MAX_DEPTH:
        chain.append(current)
        seen.add(current.id())
        current = parents.get(current.id())
    return chain


def _is_any(item: Entity, classes: tuple[str, ...]) -> bool:
    for name in classes:
        try:
            if item.is_a(name):
                return True
        except RuntimeError:  # not in this schema
            continue
    return False


def _elements(
    model: Model,
    selection: Selection,
    names: Names,
    parents: dict[int, Entity],
    reader: PropertyReader,
    materials: dict[int, str],
) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        key: []
        for key in (
            "step", "id", "kind", "role", "name", "storey", "building", "material", "properties", "external",
            "predefined", "roof",
        )
    }  # fmt: skip
    surroundings: dict[int, _Surroundings] = {}
    for step in sorted(selection.representation_by_product):
        item = model.by_id(step)
        parent = parents.get(step)
        parent_id = parent.id() if parent is not None else 0
        if parent_id not in surroundings:
            surroundings[parent_id] = _surroundings(item, parents, materials)
        around = surroundings[parent_id]
        properties = reader.read(item)
        external = find_value(properties, "IsExternal")
        own_roof = _predefined(item) if item.is_a("IfcRoof") else None
        columns["step"].append(step)
        columns["id"].append(names.by_step[step])
        columns["kind"].append(item.is_a())
        columns["role"].append(around.assembly or item.is_a())
        columns["name"].append(item.Name or None)
        columns["storey"].append(around.storey)
        columns["building"].append(around.building)
        columns["material"].append(materials.get(step) or around.material)
        columns["properties"].append(to_json(properties) if properties else None)
        columns["external"].append(external if isinstance(external, bool) else None)
        columns["predefined"].append(_predefined(item))
        columns["roof"].append(own_roof or around.roof)
    return columns


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the parents of an element say; the same for all elements with the same parent."""

    storey: str | None
    building: int | None
    assembly: str | None
    material: str | None
    roof: str | None


def _surroundings(item: Entity, parents: dict[int, Entity], materials: dict[int, str]) -> _Surroundings:
    ancestors = _ancestors(item, parents)
    storey = next((a for a in ancestors if a.is_a("IfcBuildingStorey")), None)
    building = next((a for a in ancestors if _is_any(a, _HOSTS)), None)
    assembly = next((a for a in ancestors if _is_any(a, ("IfcCurtainWall", "IfcRoof", "IfcStair"))), None)
    roof = next((a for a in ancestors if a.is_a("IfcRoof")), None)
    return _Surroundings(
        (storey.Name or storey.LongName) if storey is not None else None,
        building.id() if building is not None else None,
        assembly.is_a() if assembly is not None else None,
        next((materials[a.id()] for a in ancestors if a.id() in materials), None),
        _predefined(roof) if roof is not None else None,
    )


def _predefined(item: Entity) -> str | None:
    value = attribute_of(item, "PredefinedType") or attribute_of(item, "ShapeType")
    return str(value) if value else None


def _placement(item: Entity, unit_m: float) -> NDArray[np.float64]:
    placement = attribute_of(item, "ObjectPlacement")
    if placement is None:
        return np.eye(4)
    matrix: NDArray[np.float64] = np.array(ifcopenshell.util.placement.get_local_placement(placement), float)
    matrix[:3, 3] *= unit_m
    return matrix


def _buildings(
    model: Model, unit_m: float, names: Names, parents: dict[int, Entity], reader: PropertyReader
) -> list[dict[str, Any]]:
    hosts = list(model.by_type("IfcBuilding"))
    if not hosts:
        try:
            facilities = list(model.by_type("IfcFacility"))
        except RuntimeError:
            facilities = []
        hosts = [f for f in facilities if not any(_is_any(a, ("IfcFacility",)) for a in _ancestors(f, parents))]
    inhabited = _inhabited_storeys(model, parents)
    storeys_by_building: dict[int, list[Entity]] = {host.id(): [] for host in hosts}
    for storey in model.by_type("IfcBuildingStorey"):
        owner = next((a.id() for a in _ancestors(storey, parents) if a.id() in storeys_by_building), None)
        if owner is not None:
            storeys_by_building[owner].append(storey)
    return [_building(host, unit_m, names, storeys_by_building[host.id()], inhabited, reader) for host in hosts]


def _inhabited_storeys(model: Model, parents: dict[int, Entity]) -> set[int]:
    """Storeys with doors or windows: a level that only carries the roof, a parapet or footings is no storey."""
    inhabited: set[int] = set()
    for name in _INHABITED_BY:
        for item in model.by_type(name):
            if _is_skylight(item):
                continue
            inhabited |= {a.id() for a in _ancestors(item, parents) if a.is_a("IfcBuildingStorey")}
    return inhabited


def _is_skylight(item: Entity) -> bool:
    for fills in getattr(item, "FillsVoids", None) or ():
        for voids in fills.RelatingOpeningElement.VoidsElements or ():
            if _is_any(voids.RelatingBuildingElement, ("IfcRoof", "IfcSlab")):
                return True
    return False


def _building(
    host: Entity,
    unit_m: float,
    names: Names,
    storeys: list[Entity],
    inhabited: set[int],
    reader: PropertyReader,
) -> dict[str, Any]:
    properties: Properties = reader.read(host)
    base_z = float(_placement(host, unit_m)[2, 3])
    reference, terrain = (_number(attribute_of(host, n)) for n in ("ElevationOfRefHeight", "ElevationOfTerrain"))
    has_terrain = reference is not None and terrain is not None and abs(terrain - reference) * unit_m < 20.0
    ground_z = base_z + ((terrain - reference) * unit_m if has_terrain else 0.0)  # type: ignore[operator]
    above = [s for s in storeys if _placement(s, unit_m)[2, 3] > ground_z - 1.5]
    stated = _number(find_value(properties, "NumberOfStoreys"))
    counted = sum(s.id() in inhabited for s in above) or len(above)
    # Some tools write the number of their levels, footings and roof included, as the number of storeys.
    is_stated = stated is not None and stated >= 1 and not (stated == len(storeys) and counted < stated)
    return {
        "step": host.id(),
        "id": names.of(host),
        "kind": host.is_a(),
        "name": host.LongName or host.Name or None,
        "ground_z": ground_z,
        "ground_reason": "IfcBuilding.ElevationOfTerrain" if has_terrain else f"origin of the {host.is_a()}",
        "storeys": int(stated) if is_stated and stated else (counted or None),
        "storeys_reason": "NumberOfStoreys"
        if is_stated
        else f"{counted} of {len(storeys)} IfcBuildingStorey have doors or windows",
        "year": _year(find_value(properties, "YearOfConstruction")),
        "occupancy": find_value(properties, "OccupancyType"),
        "address": _address(attribute_of(host, "BuildingAddress")),
        "properties": to_json(properties) if properties else None,
    }


def _number(value: Any) -> float | None:  # noqa: ANN401 - any property value
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _year(value: Any) -> int | None:  # noqa: ANN401 - any property value
    digits = "".join(c for c in str(value or "")[:4] if c.isdigit())
    return int(digits) if len(digits) == 4 else None


def _address(address: Entity | None) -> str | None:
    if address is None:
        return None
    parts = [address.Region, address.Town, *(address.AddressLines or ())]
    return " ".join(part for part in parts if part) or None
