"""What IFC classes are called in the tree of a building model."""

from __future__ import annotations

import re

#: By the beginning of the class name, the longest match; "IfcWallStandardCase" is a wall.
_NAMES = {
    "IfcProject": ("项目", "Project"),
    "IfcSite": ("场地", "Site"),
    "IfcBuilding": ("建筑", "Building"),
    "IfcBuildingStorey": ("楼层", "Storey"),
    "IfcSpace": ("空间", "Space"),
    "IfcFacility": ("设施", "Facility"),
    "IfcBridge": ("桥梁", "Bridge"),
    "IfcWall": ("墙", "Wall"),
    "IfcCurtainWall": ("幕墙", "Curtain wall"),
    "IfcSlab": ("楼板", "Slab"),
    "IfcRoof": ("屋顶", "Roof"),
    "IfcColumn": ("柱", "Column"),
    "IfcBeam": ("梁", "Beam"),
    "IfcPlate": ("板", "Plate"),
    "IfcMember": ("杆件", "Member"),
    "IfcDoor": ("门", "Door"),
    "IfcWindow": ("窗", "Window"),
    "IfcStair": ("楼梯", "Stair"),
    "IfcStairFlight": ("梯段", "Stair flight"),
    "IfcRamp": ("坡道", "Ramp"),
    "IfcRailing": ("栏杆", "Railing"),
    "IfcCovering": ("面层", "Covering"),
    "IfcFooting": ("基础", "Footing"),
    "IfcPile": ("桩", "Pile"),
    "IfcFurn": ("家具", "Furniture"),
    "IfcBuildingElementProxy": ("构件", "Building element"),
    "IfcElementAssembly": ("组合构件", "Assembly"),
    "IfcFlow": ("管线设备", "Building service"),
    "IfcDistribution": ("管线设备", "Building service"),
    "IfcSanitaryTerminal": ("卫生器具", "Sanitary terminal"),
    "IfcGeographicElement": ("地理要素", "Geographic element"),
    "IfcTransportElement": ("运输设备", "Transport element"),
}


def class_name(kind: str) -> dict[str, str]:
    """A class in Chinese and English; one that is not in the list by the words it is made of.

    >>> class_name("IfcWallStandardCase")
    {'zh': '墙', 'en': 'Wall'}
    >>> class_name("IfcSolarDevice")["en"]
    'Solar device'
    """
    start = max((name for name in _NAMES if kind.startswith(name)), key=len, default=None)
    if start is not None:
        zh, en = _NAMES[start]
        return {"zh": zh, "en": en}
    words = " ".join(re.findall(r"[A-Z][a-z0-9]*", kind.removeprefix("Ifc"))) or kind
    return {"zh": words.capitalize(), "en": words.capitalize()}
