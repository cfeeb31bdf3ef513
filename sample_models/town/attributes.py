"""Attributes of the buildings: what each type is, and colors that go by compound and comply with its zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator
from shapely.geometry import Polygon

from sample_models.town import palette
from sample_models.town.network import STREET
from sample_models.town.palette import Scheme
from sample_models.town.site import Item
from sample_models.town.terrain import Ground


@dataclass(slots=True)
class Building:
    """One building record as it is written; colors are Munsell notations until then. ``facts``: survey columns."""

    id: str
    shape: Polygon
    item: Item
    zone: str | None
    use: str
    storeys: int | None
    height_m: float | None
    eave_height_m: float | None
    base_m: float
    year_built: int | None
    structure: str | None
    style: str | None
    roof_form: str | None
    roof_color: str | None
    main: str | None
    secondary: str | None
    accent: str | None
    facade_material: str | None
    color_source: str | None
    name: str | None = None
    address: str | None = None
    planted: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Type:
    """What is usual for a building type."""

    use: str
    storeys: tuple[int, int]
    storey_m: float
    parapet_m: float
    roofs: tuple[str, ...]
    years: tuple[int, int]
    structure: str
    style: str
    rise_m: float = 0.0


TYPES: dict[str, Type] = {
    "court_main": Type("residential", (1, 2), 3.4, 0.0, ("gable",), (1860, 1985), "砖木", "traditional", 1.7),
    "court_wing": Type("residential", (1, 1), 2.9, 0.0, ("gable", "shed"), (1880, 1988), "砖木", "traditional", 1.1),
    "court_gate": Type("residential", (1, 1), 2.8, 0.0, ("gable", "shed"), (1880, 1988), "砖木", "traditional", 0.9),
    "court_house": Type("residential", (1, 2), 3.1, 0.0, ("gable",), (1900, 1995), "砖木", "traditional", 1.3),
    "village_main": Type(
        "residential", (1, 2), 3.2, 0.6, ("flat", "gable", "flat"), (1975, 2012), "砖混", "harmonised", 1.3
    ),
    "village_wing": Type("residential", (1, 1), 2.9, 0.4, ("flat", "shed"), (1975, 2012), "砖混", "harmonised", 0.8),
    "village_gate": Type("residential", (1, 1), 2.8, 0.4, ("flat",), (1980, 2015), "砖混", "harmonised"),
    "village_house": Type(
        "residential", (1, 2), 3.1, 0.5, ("flat", "gable", "flat"), (1975, 2015), "砖混", "harmonised", 1.2
    ),
    "walkup": Type("residential", (5, 6), 2.85, 1.0, ("flat",), (1984, 2008), "砖混", "modern"),
    "midrise": Type("residential", (6, 11), 2.9, 1.2, ("flat",), (2006, 2018), "框架剪力墙", "modern"),
    "tower": Type("residential", (11, 18), 2.9, 1.3, ("flat",), (2011, 2022), "框架剪力墙", "modern"),
    "shop": Type("mixed", (2, 4), 3.4, 0.9, ("flat", "flat", "gable"), (1986, 2010), "砖混", "modern", 1.6),
    "shop_small": Type("commercial", (1, 2), 3.3, 0.5, ("gable", "flat"), (1980, 2005), "砖混", "harmonised", 1.3),
    "shop_new": Type("commercial", (3, 5), 3.7, 1.2, ("flat",), (2005, 2020), "框架", "modern"),
    "annex": Type("utility", (1, 1), 3.3, 0.4, ("flat",), (1985, 2012), "砖混", "modern"),
    "shed_big": Type(
        "industrial", (1, 1), 12.0, 0.0, ("gable", "shed", "gable"), (1966, 1994), "钢结构", "modern", 2.4
    ),
    "chimney": Type("industrial", (1, 1), 45.0, 0.0, ("flat",), (1966, 1985), "砖混", "other"),
    "school": Type("education", (4, 4), 3.7, 1.0, ("flat",), (1996, 2015), "框架", "modern"),
    "hospital": Type("medical", (4, 5), 3.8, 1.2, ("flat",), (1995, 2014), "框架", "modern"),
    "government": Type("public", (3, 5), 3.5, 0.0, ("hip",), (1988, 1996), "框架", "harmonised", 2.2),
    "public": Type("public", (3, 4), 4.4, 1.5, ("flat",), (2008, 2019), "框架", "modern"),
    "mall": Type("commercial", (4, 5), 4.4, 1.5, ("flat",), (2010, 2019), "框架", "modern"),
    "office": Type("office", (6, 8), 3.6, 1.5, ("flat",), (2004, 2018), "框架", "modern"),
    "temple_hall": Type("heritage", (1, 1), 7.2, 0.0, ("hip",), (1120, 1300), "木", "traditional", 4.0),
    "temple_side": Type("heritage", (1, 1), 4.0, 0.0, ("gable",), (1700, 1800), "砖木", "traditional", 2.0),
    "temple_gate": Type("heritage", (1, 1), 4.2, 0.0, ("gable", "hip"), (1700, 1800), "砖木", "traditional", 2.2),
}

#: Facade schemes a zone accepts, for buildings of its usual kinds.
ZONE_SCHEMES: dict[str, tuple[Scheme, ...]] = {
    "core": palette.GREY_BRICK,
    "xiushui-corridor": tuple(s for s in palette.WARM) + palette.RED_BRICK[:1],
    "jinlong-corridor": palette.WARM + palette.COOL,
    "waterfront": palette.LIGHT + palette.COOL,
    "new-district": palette.WARM + palette.COOL + palette.WARM,
    "housing": palette.WARM + palette.RED_BRICK + palette.GREY_BRICK[:2],
    "factory-power": palette.FACTORY,
    "factory-fertiliser": palette.FACTORY,
    "factory-steel": palette.FACTORY,
    "nanping": palette.RED_BRICK + palette.WARM[4:8],
}
OPEN_SCHEMES = palette.RED_BRICK + palette.WARM[4:9] + palette.GREY_BRICK[:2]


def furnish(items: list[Item], zones: list[str | None], ground: Ground, rng: Generator) -> list[Building]:
    """Give every footprint its attributes; everything made here complies with the rules of its zone."""
    group_zones: dict[str, list[str | None]] = {}
    for item, zone in zip(items, zones, strict=True):
        group_zones.setdefault(item.group, []).append(zone)
    picks = {group: _group(rng, zs) for group, zs in group_zones.items()}
    return [
        _building(index, item, zone, picks[item.group], ground, rng)
        for index, (item, zone) in enumerate(zip(items, zones, strict=True), start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Pick:
    """What the buildings of one compound share."""

    scheme: Scheme
    year: float
    storey_add_m: float
    roof: int
    source: str
    draw: float


def _group(rng: Generator, zones: list[str | None]) -> _Pick:
    """Draw what a compound shares; its facade is one that every zone it touches accepts, if there is such a one."""
    accepted = [ZONE_SCHEMES[z] if z else OPEN_SCHEMES for z in dict.fromkeys(zones)]
    usual = accepted[0] if len(accepted) == 1 else max(accepted, key=len)
    schemes = [s for s in usual if all(s in others for others in accepted)] or list(accepted[0])
    scheme = schemes[int(rng.integers(len(schemes)))]
    return _Pick(
        scheme,
        float(rng.random()),
        float(rng.choice([-0.05, 0.0, 0.05, 0.1])),
        int(rng.integers(8)),
        str(rng.choice(["card", "photo", "photo", "design"])),
        float(rng.random()),
    )


def _scheme(item: Item, zone: str | None, pick: _Pick, rng: Generator) -> Scheme:
    choices = ZONE_SCHEMES[zone] if zone else OPEN_SCHEMES
    lone = item.type.startswith(("court", "village", "shop")) or item.type in {"public", "mall", "office"}
    if item.type.startswith("shop") and rng.random() < 0.35:
        lone = False
    if lone or pick.scheme not in choices:
        if item.type.startswith("village") and zone in {"housing", None}:
            choices = palette.RED_BRICK + palette.RED_BRICK + palette.WARM[4:8]
        return choices[int(rng.integers(len(choices)))]
    return pick.scheme


def _storeys(item: Item, kind: Type, zone: str | None, pick: _Pick, rng: Generator) -> int:
    if item.storeys is not None:
        return item.storeys
    low, high = kind.storeys
    if zone == "core":
        high = min(high, 2)
        low = min(low, high)
    if zone == "xiushui-corridor":
        high = min(high, 4)
    if high == low:
        return low
    if item.type.startswith(("court", "village")):
        return high if rng.random() < (0.10 if item.type == "court_house" else 0.28) else low
    return int(rng.integers(low, high + 1))


def _building(index: int, item: Item, zone: str | None, pick: _Pick, ground: Ground, rng: Generator) -> Building:
    kind = TYPES[item.type]
    storeys = _storeys(item, kind, zone, pick, rng)
    roof = kind.roofs[int(rng.integers(len(kind.roofs)))]
    if zone == "core" and roof == "flat":
        roof = "gable" if rng.random() < 0.8 else "hip"
    storey_m = kind.storey_m + (
        pick.storey_add_m + float(rng.choice([-0.1, 0.0, 0.1])) if item.type != "tower" else 0.0
    )
    if item.type == "shed_big":
        storey_m = float(rng.uniform(8.5, 17.0))
    eave = round(storeys * storey_m + 0.3, 1)
    rise = kind.rise_m or 1.4
    height = (
        round(eave + rise + float(rng.uniform(-0.2, 0.3)), 1) if roof != "flat" else round(eave + kind.parapet_m, 1)
    )
    scheme = _scheme(item, zone, pick, rng)
    if item.type == "chimney":
        scheme = palette.FACTORY[2]
        eave = height = round(item.height_m or eave, 1)
    if item.type.startswith("temple"):
        scheme = Scheme("10YR 5.4/1.0", "10YR 6.7/1.2", "7.5R 3.6/6.0", "grey_brick")
    style = kind.style
    if zone == "core" and style == "modern":
        style = "harmonised"
    if item.type in {"village_house", "village_main"} and rng.random() < 0.3:
        style = "other" if zone not in {"core", "xiushui-corridor"} and rng.random() < 0.3 else "modern"
    low, high = kind.years
    year = item.year or (
        int(low + pick.year * (high - low))
        if item.type in {"walkup", "midrise", "tower"}
        else int(rng.integers(low, high + 1))
    )
    return Building(
        f"yx-{index:06d}",
        item.shape,
        item,
        zone,
        _use(item, kind, rng),
        None if item.type == "chimney" else storeys,
        height,
        eave if roof != "flat" else None,
        ground.lowest_under(item.shape),
        year,
        kind.structure,
        style,
        roof,
        _roof_color(item, zone, roof, pick, rng),
        scheme.main,
        scheme.secondary,
        scheme.accent,
        scheme.material,
        _source(pick, scheme),
        item.name,
    )


def _use(item: Item, kind: Type, rng: Generator) -> str:
    if item.type == "shop":
        return str(rng.choice(["mixed", "mixed", "commercial"]))
    return kind.use


def _source(pick: _Pick, scheme: Scheme) -> str:
    return "card" if scheme.material == "red_brick" and pick.source == "photo" else pick.source


def _roof_color(item: Item, zone: str | None, roof: str, pick: _Pick, rng: Generator) -> str:
    if item.type == "shed_big" and (zone or "").startswith("factory"):
        return palette.ROOF_SHED[int(rng.integers(len(palette.ROOF_SHED)))]
    if roof == "flat":
        return palette.ROOF_FLAT[pick.roof % len(palette.ROOF_FLAT)]
    if item.type.startswith("village") and zone != "core" and rng.random() < 0.45:
        return palette.ROOF_RED[pick.roof % len(palette.ROOF_RED)]
    return palette.ROOF_TILE[int(rng.integers(len(palette.ROOF_TILE)))]


def distance_to_streets(building: Building, ids: tuple[str, ...]) -> float:
    """Distance of a footprint to the nearest of some streets' centrelines."""
    return float(np.min([building.shape.distance(STREET[i].line) for i in ids]))
