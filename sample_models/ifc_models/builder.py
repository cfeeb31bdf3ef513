"""Writes small, deterministic IFC files in three schemas with one vocabulary: walls, openings, types, storeys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from sample_models.ifc_models.classification import classify
from sample_models.ifc_models.entities import Entity, Point3
from sample_models.ifc_models.frame import FrameWriter
from sample_models.ifc_models.plots import Plot
from sample_models.ifc_models.shapes import Style


@dataclass(frozen=True, slots=True)
class Layer:
    """One material layer of a wall or slab, from the outside in."""

    material: str
    thickness_m: float


@dataclass(frozen=True, slots=True)
class Opening:
    """A hole in a wall: distance from the wall's start, sill above its foot, size, and what fills it."""

    offset_m: float
    sill_m: float
    width_m: float
    height_m: float
    fill: Entity | None = None
    name: str = "窗"
    inset_m: float = 0.0


@dataclass(slots=True)
class Storey:
    """A storey of the building under construction."""

    entity: Entity
    placement: Entity
    elevation_m: float


class IfcBuilder(FrameWriter):
    """One building in one file. All arguments are in metres; the file is in ``unit_m`` metres a unit."""

    def __init__(self, schema: str, key: str, name_zh: str, plot: Plot, *, unit_m: float = 1.0) -> None:
        super().__init__(schema, key, name_zh, plot, unit_m=unit_m)
        self._storeys: list[Entity] = []
        self._contained: dict[int, tuple[Entity, list[Entity]]] = {}
        self._by_material: dict[str, tuple[Entity, list[Entity]]] = {}
        self._by_type: dict[int, tuple[Entity, list[Entity]]] = {}

    def type_map(self, kind: str, name: str, items: Sequence[Entity], **values: Any) -> Entity:  # noqa: ANN401
        """A type object whose shape is drawn once and used by every occurrence (IfcRepresentationMap)."""
        mapped = self.add(
            "IfcRepresentationMap",
            MappingOrigin=self.axes((0.0, 0.0, 0.0)),
            MappedRepresentation=self.add(
                "IfcShapeRepresentation",
                ContextOfItems=self._body,
                RepresentationIdentifier="Body",
                RepresentationType="SweptSolid",
                Items=list(items),
            ),
        )
        return self.root(kind, name, RepresentationMaps=[mapped], **values)

    def element(
        self,
        kind: str,
        name: str,
        storey: Storey | None,
        items: Sequence[Entity] = (),
        *,
        of_type: Entity | None = None,
        at: Point3 = (0.0, 0.0, 0.0),
        turn_deg: float = 0.0,
        parent: Entity | None = None,
        material: str | None = None,
        pset: Entity | None = None,
        **values: Any,  # noqa: ANN401 - further attributes of the class
    ) -> Entity:
        """An element placed in its storey (or in ``parent``'s placement, uncontained), drawn or of a type."""
        base = parent.ObjectPlacement if parent is not None else storey.placement if storey is not None else None
        shape = None
        if of_type is not None:
            key = ("mapped", of_type.id())
            if key not in self._cache:
                target = self._once(
                    ("identity",), "IfcCartesianTransformationOperator3D", LocalOrigin=self.point(0.0, 0.0, 0.0)
                )
                source = of_type.RepresentationMaps[0]
                self._cache[key] = self.add("IfcMappedItem", MappingSource=source, MappingTarget=target)
            shape = self._shape([self._cache[key]], "MappedRepresentation")
        elif items:
            shape = self._shape(items)
        element = self.root(kind, name, ObjectPlacement=self.place(base, at, turn_deg), Representation=shape, **values)
        if storey is not None:
            self._contained.setdefault(storey.entity.id(), (storey.entity, []))[1].append(element)
        if of_type is not None:
            self._by_type.setdefault(of_type.id(), (of_type, []))[1].append(element)
        if material is not None:
            self.with_material(element, material)
        if pset is not None:
            self.with_pset(element, pset)
        return element

    def wall(
        self,
        name: str,
        storey: Storey,
        start: tuple[float, float],
        turn_deg: float,
        length: float,
        height: float,
        layers: Sequence[Layer],
        style: Style,
        *,
        foot_m: float = 0.0,
        openings: Iterable[Opening] = (),
        gable: Sequence[tuple[float, float]] | None = None,
        pset: Entity | None = None,
    ) -> Entity:
        """A straight wall with its outer face on its local x axis and its thickness inwards (local y).

        ``gable`` replaces the rectangle by an outline of (along, up) in the wall's plane.
        """
        thickness = sum(layer.thickness_m for layer in layers)
        if gable is None:
            body = self.box((length, thickness, height))
            area = length * height
        else:
            body = self.prism(gable, thickness, (0.0, thickness, 0.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0))
            closed = [*gable, gable[0]]
            area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(closed))) / 2
        wall = self.element(
            "IfcWallStandardCase" if self.schema == "IFC2X3" and gable is None else "IfcWall",
            name,
            storey,
            self.styled(style, body),
            at=(*start, foot_m),
            turn_deg=turn_deg,
            pset=pset,
            PredefinedType="SOLIDWALL",
        )
        self._with_layers(wall, layers)
        holes = list(openings)
        for hole in holes:
            self._cut(wall, storey, thickness, hole)
        net = area - sum(hole.width_m * hole.height_m for hole in holes)
        self.with_quantities(wall, "Wall", Length=length, Height=height, Width=thickness, NetSideArea=net)
        return wall

    def _cut(self, wall: Entity, storey: Storey, thickness: float, hole: Opening) -> None:
        opening = self.element(
            "IfcOpeningElement",
            f"{hole.name} 洞口",
            None,
            [self.box((hole.width_m, thickness + 0.2, hole.height_m), (0.0, -0.1, 0.0))],
            at=(hole.offset_m, 0.0, hole.sill_m),
            parent=wall,
            PredefinedType="OPENING",
        )
        self.root("IfcRelVoidsElement", RelatingBuildingElement=wall, RelatedOpeningElement=opening)
        if hole.fill is None:
            return
        kind = "IfcDoor" if "Door" in hole.fill.is_a() else "IfcWindow"
        filling = self.element(
            kind,
            hole.name,
            None,
            of_type=hole.fill,
            at=(0.0, hole.inset_m, 0.0),
            parent=opening,
            OverallHeight=self.length(hole.height_m),
            OverallWidth=self.length(hole.width_m),
        )
        self._contained.setdefault(storey.entity.id(), (storey.entity, []))[1].append(filling)
        self.root("IfcRelFillsElement", RelatingOpeningElement=opening, RelatedBuildingElement=filling)

    def assemble(self, whole: Entity, parts: Sequence[Entity]) -> None:
        """Make the parts components of the whole."""
        self.root("IfcRelAggregates", RelatingObject=whole, RelatedObjects=list(parts))

    def with_material(self, element: Entity, name: str) -> None:
        """Give an element one material by name."""
        material = self._once(("material", name), "IfcMaterial", Name=name)
        self._by_material.setdefault(name, (material, []))[1].append(element)

    def _with_layers(self, wall: Entity, layers: Sequence[Layer]) -> None:
        key = " / ".join(f"{layer.material} {layer.thickness_m}" for layer in layers)
        if key not in self._by_material:
            parts = [
                self.add(
                    "IfcMaterialLayer",
                    Material=self._once(("material", layer.material), "IfcMaterial", Name=layer.material),
                    LayerThickness=self.length(layer.thickness_m),
                )
                for layer in layers
            ]
            usage = self.add(
                "IfcMaterialLayerSetUsage",
                ForLayerSet=self.add("IfcMaterialLayerSet", MaterialLayers=parts, LayerSetName=key),
                LayerSetDirection="AXIS2",
                DirectionSense="POSITIVE",
                OffsetFromReferenceLine=0.0,
            )
            self._by_material[key] = (usage, [])
        self._by_material[key][1].append(wall)

    def add_storey(self, name: str, elevation_m: float) -> Storey:
        """A storey of the building."""
        placement = self.place(self.building.ObjectPlacement, (0.0, 0.0, elevation_m))
        storey = self.root(
            "IfcBuildingStorey",
            name,
            ObjectPlacement=placement,
            CompositionType="ELEMENT",
            Elevation=self.length(elevation_m),
        )
        self._storeys.append(storey)
        return Storey(storey, placement, elevation_m)

    def write(self, path: Path) -> None:
        """Close all relations and write the file."""
        self.root("IfcRelAggregates", RelatingObject=self.project, RelatedObjects=[self.site])
        self.root("IfcRelAggregates", RelatingObject=self.site, RelatedObjects=[self.building])
        self.root("IfcRelAggregates", RelatingObject=self.building, RelatedObjects=self._storeys)
        for structure, elements in self._contained.values():
            self.root("IfcRelContainedInSpatialStructure", RelatingStructure=structure, RelatedElements=elements)
        for material, elements in self._by_material.values():
            if elements:
                self.root("IfcRelAssociatesMaterial", RelatingMaterial=material, RelatedObjects=elements)
        for pset, elements in self._by_pset.values():
            self.root("IfcRelDefinesByProperties", RelatingPropertyDefinition=pset, RelatedObjects=elements)
        for kind, elements in self._by_type.values():
            self.root("IfcRelDefinesByType", RelatingType=kind, RelatedObjects=elements)
        classify(self)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file.write(str(path))
