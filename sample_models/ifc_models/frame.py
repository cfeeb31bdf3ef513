"""The frame of a file: header, owner, contexts, units, project, site and building, and where on the map they stand."""

from __future__ import annotations

from sample_models.ifc_models.entities import Entity
from sample_models.ifc_models.plots import CRS, Plot
from sample_models.ifc_models.properties import PropertyWriter

_STAMP, _STAMP_S = "2026-01-01T00:00:00", 1767225600
NOTICE = "示意数据 synthetic: invented building of the Xiushui CIM sample town"


class FrameWriter(PropertyWriter):
    """A file with one project, one site and one building, placed on the map."""

    def __init__(self, schema: str, key: str, name_zh: str, plot: Plot, *, unit_m: float = 1.0) -> None:
        super().__init__(schema, key, unit_m)
        self.plot = plot
        self._write_header(name_zh)
        self._start_project(name_zh)

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
