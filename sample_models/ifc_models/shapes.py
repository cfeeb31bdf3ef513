"""Bodies and their surfaces: boxes, prisms and cylinders by extrusion, painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sample_models.ifc_models.entities import Entity, EntityWriter, Point3


@dataclass(frozen=True, slots=True)
class Style:
    """A surface color, sRGB "#rrggbb", and its transparency from 0 to 1."""

    name: str
    color: str
    transparency: float = 0.0


class ShapeWriter(EntityWriter):
    """Makes bodies in the file's body context."""

    #: The context of bodies, set by the frame of the file.
    _body: Entity = None

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
