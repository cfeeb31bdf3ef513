"""Writes small, deterministic IFC files in three schemas with one vocabulary: walls, openings, boxes, prisms, types."""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import ifcopenshell
import ifcopenshell.guid

from sample_models.ifc_models.classification import classify
from sample_models.ifc_models.plots import CRS, Plot

Entity: TypeAlias = Any
Point3 = tuple[float, float, float]
_NAMESPACE = uuid.UUID("6f1d7c1e-3b0a-5c3e-9c47-2f6d6a9f4547")
_STAMP, _STAMP_S = "2026-01-01T00:00:00", 1767225600
NOTICE = "示意数据 synthetic: invented building of the Xiushui CIM sample town"


@dataclass(frozen=True, slots=True)
class Style:
    """A surface color, sRGB "#rrggbb", and its transparency from 0 to 1."""

    name: str
    color: str
    transparency: float = 0.0


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


class IfcBuilder:
    """One building in one file. All arguments are in metres; the file is in ``unit_m`` metres a unit."""

    def __init__(self, schema: str, key: str, name_zh: str, plot: Plot, *, unit_m: float = 1.0) -> None:
        new_file: Entity = ifcopenshell.file
        self.file = new_file(schema=schema)
        self.schema = schema
        self.plot = plot
        self._unit_m = unit_m
        self._key = key
        self._cache: dict[tuple[Any, ...], Entity] = {}
        self._counts: dict[str, int] = defaultdict(int)
        self._contained: dict[int, tuple[Entity, list[Entity]]] = {}
        self._by_material: dict[str, tuple[Entity, list[Entity]]] = {}
        self._by_pset: dict[str, tuple[Entity, list[Entity]]] = {}
        self._by_type: dict[int, tuple[Entity, list[Entity]]] = {}
        self._write_header(name_zh)
        self._start_project(name_zh)

    # --- entities -------------------------------------------------------------------------------------------

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

    # --- geometry -------------------------------------------------------------------------------------------

    def box(self, size: Point3, at: Point3 = (0.0, 0.0, 0.0)) -> Entity:
        """A box with its lowest corner at ``at``."""
        dx, dy, dz = size
        profile = self._once(
            ("rectangle", self.length(dx), self.length(dy)),
            "IfcRectangleProfileDef",
            ProfileType="AREA",
            Position=self._once(("axes2",), "IfcAxis2Placement2D", Location=self.point(0.0, 0.0)),
            XDim=self.length(dx),
            YDim=self.length(dy),
        )
        return self._extrude(profile, dz, self.axes((at[0] + dx / 2, at[1] + dy / 2, at[2])))

    def prism(
        self,
        outline: Sequence[tuple[float, float]],
        depth: float,
        at: Point3 = (0.0, 0.0, 0.0),
        z: Point3 | None = None,
        x: Point3 | None = None,
    ) -> Entity:
        """An outline (counter-clockwise, not closed) in the plane at ``at``, extruded along its normal ``z``."""
        key = ("outline", tuple(outline))
        if key not in self._cache:
            points = [self.point(*p) for p in outline]
            line = self.add("IfcPolyline", Points=[*points, points[0]])
            self._cache[key] = self.add("IfcArbitraryClosedProfileDef", ProfileType="AREA", OuterCurve=line)
        return self._extrude(self._cache[key], depth, self.axes(at, z, x))

    def cylinder(
        self, radius: float, depth: float, at: Point3, z: Point3 | None = None, x: Point3 | None = None
    ) -> Entity:
        """A cylinder from ``at`` along ``z``."""
        profile = self._once(
            ("circle", self.length(radius)),
            "IfcCircleProfileDef",
            ProfileType="AREA",
            Position=self._once(("axes2",), "IfcAxis2Placement2D", Location=self.point(0.0, 0.0)),
            Radius=self.length(radius),
        )
        return self._extrude(profile, depth, self.axes(at, z, x))

    def _extrude(self, profile: Entity, depth: float, position: Entity) -> Entity:
        up = self.direction(0.0, 0.0, 1.0)
        return self.add(
            "IfcExtrudedAreaSolid",
            SweptArea=profile,
            Position=position,
            ExtrudedDirection=up,
            Depth=self.length(depth),
        )

    def styled(self, style: Style, *items: Entity) -> list[Entity]:
        """The same items, painted."""
        for item in items:
            self.add("IfcStyledItem", Item=item, Styles=[self._style(style)])
        return list(items)

    def _style(self, style: Style) -> Entity:
        key = ("style", style.name)
        if key not in self._cache:
            red, green, blue = (round(int(style.color[i : i + 2], 16) / 255, 6) for i in (1, 3, 5))
            shading = self.add(
                "IfcSurfaceStyleRendering",
                SurfaceColour=self.add("IfcColourRgb", Name=style.name, Red=red, Green=green, Blue=blue),
                Transparency=style.transparency,
                ReflectanceMethod="NOTDEFINED",
            )
            surface = self.add("IfcSurfaceStyle", Name=style.name, Side="BOTH", Styles=[shading])
            if self.schema == "IFC2X3":
                surface = self.add("IfcPresentationStyleAssignment", Styles=[surface])
            self._cache[key] = surface
        return self._cache[key]

    def _shape(self, items: Sequence[Entity], kind: str = "SweptSolid") -> Entity:
        body = self.add(
            "IfcShapeRepresentation",
            ContextOfItems=self._body,
            RepresentationIdentifier="Body",
            RepresentationType=kind,
            Items=list(items),
        )
        return self.add("IfcProductDefinitionShape", Representations=[body])

    # --- types and elements ---------------------------------------------------------------------------------

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

    # --- materials and properties ---------------------------------------------------------------------------

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

    # --- the frame of the file ------------------------------------------------------------------------------

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

    def _write_header(self, name: str) -> None:
        header = self.file.header
        view = "CoordinationView_V2.0" if self.schema == "IFC2X3" else "ReferenceView_V1.2"
        header.file_description.description = (f"ViewDefinition [{view}]", NOTICE)
        header.file_name.name = f"{self._key}.ifc"
        header.file_name.time_stamp = _STAMP
        header.file_name.author = ("Xiushui CIM sample models",)
        header.file_name.organization = ("Xiushui CIM",)
        header.file_name.preprocessor_version = "Xiushui CIM sample models"
        header.file_name.originating_system = "Xiushui CIM sample models"
        header.file_name.authorization = "Apache-2.0"
        self._project_name = name

    def _start_project(self, name: str) -> None:
        organization = self.add("IfcOrganization", Name="Xiushui CIM")
        person = self.add("IfcPerson", FamilyName="Xiushui CIM")
        self._history = self.add(
            "IfcOwnerHistory",
            OwningUser=self.add("IfcPersonAndOrganization", ThePerson=person, TheOrganization=organization),
            OwningApplication=self.add(
                "IfcApplication",
                ApplicationDeveloper=organization,
                Version="1",
                ApplicationFullName="Xiushui CIM sample models",
                ApplicationIdentifier="xiushui-cim",
            ),
            ChangeAction="NOCHANGE",
            CreationDate=_STAMP_S,
        )
        context = self.add(
            "IfcGeometricRepresentationContext",
            ContextType="Model",
            CoordinateSpaceDimension=3,
            Precision=1e-5,
            WorldCoordinateSystem=self.axes((0.0, 0.0, 0.0)),
            TrueNorth=self.direction(*self.plot.true_north),
        )
        self._body = self.add(
            "IfcGeometricRepresentationSubContext",
            ContextIdentifier="Body",
            ContextType="Model",
            ParentContext=context,
            TargetView="MODEL_VIEW",
        )
        self.project = self.root(
            "IfcProject",
            name,
            Description=NOTICE,
            LongName=name,
            RepresentationContexts=[context],
            UnitsInContext=self.add("IfcUnitAssignment", Units=self._units()),
        )
        lat, lon = _compound(self.plot.lat_deg), _compound(self.plot.lon_deg)
        self.site = self.root(
            "IfcSite",
            "场地 Site",
            Description=NOTICE,
            ObjectPlacement=self.place(None),
            CompositionType="ELEMENT",
            RefLatitude=lat,
            RefLongitude=lon,
            RefElevation=self.length(self.plot.ground_elevation_m),
        )
        self.building = self.root(
            "IfcBuilding",
            name,
            Description=NOTICE,
            LongName=name,
            ObjectPlacement=self.place(self.site.ObjectPlacement),
            CompositionType="ELEMENT",
            BuildingAddress=self.add("IfcPostalAddress", Town="盂县", Region="山西省", Country="中国"),
        )
        self._storeys: list[Entity] = []
        self._georeference(context)

    def _units(self) -> list[Entity]:
        prefix = "MILLI" if self._unit_m == 0.001 else None
        return [
            self.add("IfcSIUnit", UnitType="LENGTHUNIT", Prefix=prefix, Name="METRE"),
            self.add("IfcSIUnit", UnitType="AREAUNIT", Name="SQUARE_METRE"),
            self.add("IfcSIUnit", UnitType="VOLUMEUNIT", Name="CUBIC_METRE"),
            self.add("IfcSIUnit", UnitType="PLANEANGLEUNIT", Name="RADIAN"),
        ]

    def _georeference(self, context: Entity) -> None:
        x_east, x_north = self.plot.x_axis
        crs = {
            "Name": CRS,
            "Description": "CGCS2000 / 3-degree Gauss-Kruger CM 114E",
            "GeodeticDatum": "CGCS2000",
            "VerticalDatum": "1985国家高程基准",
            "MapProjection": "Gauss-Kruger",
        }
        conversion = {
            "Eastings": self.plot.easting_m,
            "Northings": self.plot.northing_m,
            "OrthogonalHeight": self.plot.ground_elevation_m,
            "XAxisAbscissa": round(x_east, 12),
            "XAxisOrdinate": round(x_north, 12),
            "Scale": self._unit_m,
        }
        if self.schema == "IFC2X3":
            lengths = ("Eastings", "Northings", "OrthogonalHeight")
            typed = {k: ("IfcLengthMeasure" if k in lengths else "IfcReal", v) for k, v in conversion.items()}
            self.with_pset(self.site, self.pset("ePSet_MapConversion", **typed))
            self.with_pset(self.site, self.pset("ePSet_ProjectedCRS", **crs, MapUnit="METRE"))
            return
        target = self.add("IfcProjectedCRS", **crs, MapUnit=self.add("IfcSIUnit", UnitType="LENGTHUNIT", Name="METRE"))
        self.add("IfcMapConversion", SourceCRS=context, TargetCRS=target, **conversion)


def _compound(degrees: float) -> tuple[int, int, int, int]:
    millionths = round(degrees * 3600e6)
    whole, rest = divmod(millionths, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    return whole, minutes, *divmod(rest, 1_000_000)
