"""Codes for the building and its elements, in a classification of the sample town's own: no standard's are claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from sample_models.ifc_models.builder import IfcBuilder

Entity: TypeAlias = Any
SYSTEM = "秀水示意分类 Xiushui sample classification (synthetic)"

#: Code and name by class; a class with several names in the schemas has one row each.
_CODES = {
    "IfcBuilding": ("10", "建筑 building"),
    "IfcWall": ("20.10", "墙 wall"),
    "IfcWallStandardCase": ("20.10", "墙 wall"),
    "IfcCurtainWall": ("20.20", "幕墙 curtain wall"),
    "IfcPlate": ("20.21", "幕墙板 panel"),
    "IfcMember": ("20.22", "杆件 member"),
    "IfcColumn": ("20.30", "柱 column"),
    "IfcBeam": ("20.40", "梁 beam"),
    "IfcSlab": ("20.50", "板 slab"),
    "IfcRoof": ("20.60", "屋顶 roof"),
    "IfcStair": ("20.70", "楼梯 stair"),
    "IfcStairFlight": ("20.71", "梯段 stair flight"),
    "IfcRailing": ("20.72", "栏杆 railing"),
    "IfcWindow": ("30.10", "窗 window"),
    "IfcDoor": ("30.20", "门 door"),
    "IfcCovering": ("30.30", "面层 covering"),
    "IfcFlowSegment": ("40.10", "管段 pipe segment"),
    "IfcFurniture": ("50.10", "家具 furniture"),
    "IfcBuildingElementProxy": ("90", "其他 other"),
}


def classify(builder: IfcBuilder) -> None:
    """Give the building and every element but holes its code; a class without a code is an error of the generator."""
    source = builder.add("IfcClassification", Source="Xiushui CIM", Edition="1", Name=SYSTEM)
    by_code: dict[tuple[str, str], list[Entity]] = {}
    for item in (builder.building, *builder.file.by_type("IfcElement")):
        if not item.is_a("IfcFeatureElement"):
            by_code.setdefault(_CODES[item.is_a()], []).append(item)
    for (code, name), items in by_code.items():
        reference = builder.add(
            "IfcClassificationReference", Identification=code, ItemReference=code, Name=name, ReferencedSource=source
        )
        builder.root("IfcRelAssociatesClassification", RelatingClassification=reference, RelatedObjects=items)
