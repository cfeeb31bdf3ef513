"""Districts, units and parcels with planned figures, view corridors, and what is known of streets; with answers."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from sample_models.town.attributes import Building
from sample_models.town.blocks import cut_blocks
from sample_models.town.network import SEAT, STREETS
from sample_models.town.open_space import PARKS
from sample_models.town.plants import Planter
from sample_models.town.terrain import Ground
from sample_models.town.write import write_features

#: Storeys a building of unknown storeys may have, as the rule of the floor area ratio says.
UNKNOWN_STOREYS = 7
#: Where the viewpoint on the northern hill stands, and the middle of the north side of the temple.
HILL, TEMPLE = (-300.0, 1640.0), (-114.0, 402.0)
STREET_VIEW, SANSHENG = (-37.0, -62.0), (-37.5, 82.0)
EYE_HEIGHT_M = 1.6
#: Two buildings in the first view, by name or address, and the height they are raised to.
RAISED_M = {"盂县第一中学教学楼": 19.8, "北大街 26 号": 10.5}

_COLUMNS = (("w", -2000.0, -570.0), ("c", -570.0, 240.0), ("e", 240.0, 2000.0))
_ROWS = (("n", -330.0, 2000.0), ("s", -2000.0, -330.0))
_UNIT_NAMES = {
    "wn": ("香河单元", "Xianghe unit"),
    "ws": ("西南单元", "South-western unit"),
    "cn": ("西关单元", "Xiguan unit"),
    "cs": ("滨河南单元", "South bank unit"),
    "en": ("新区北单元", "New district north unit"),
    "es": ("南坪单元", "Nanping unit"),
}
_PLAZAS = {"culture-square": 9500.0, "gov-plaza": 1500.0, "station-square": 12400.0}


@dataclass(slots=True)
class Place:
    """One district, unit or parcel in the local frame, with its columns."""

    id: str
    shape: BaseGeometry
    facts: dict[str, Any]


def build_units() -> list[Place]:
    """Two districts, six units and a parcel for every built block and every plaza; planned figures come later."""
    units = {
        f"unit-{c}{r}": Place(
            f"unit-{c}{r}",
            shapely.set_precision(SEAT.intersection(box(west, south, east, north)), 0.01),
            {
                "parent_id": "district-new" if c == "e" else "district-old",
                "level": "unit",
                "name_zh": _UNIT_NAMES[c + r][0],
                "name_en": _UNIT_NAMES[c + r][1],
            },
        )
        for c, west, east in _COLUMNS
        for r, south, north in _ROWS
    }
    districts = [
        Place(
            ident,
            shapely.set_precision(
                shapely.union_all([u.shape for u in units.values() if u.facts["parent_id"] == ident]), 0.01
            ),
            {"parent_id": None, "level": "district", "name_zh": zh, "name_en": en},
        )
        for ident, zh, en in (
            ("district-old", "老城片区", "Old town district"),
            ("district-new", "东部新城片区", "Eastern district"),
        )
    ]
    return [*districts, *units.values(), *_parcels(list(units.values()))]


def _parcels(units: list[Place]) -> list[Place]:
    shapes: list[tuple[BaseGeometry, dict[str, Any]]] = [
        (b.shape, {}) for b in cut_blocks() if SEAT.contains(b.shape.representative_point()) and b.shape.area < 2.0e5
    ]
    shapes += [
        (p.shape, {"land_use": "plaza", "hard_area_m2": _PLAZAS[p.id], "name_zh": p.name_zh, "name_en": p.name_en})
        for p in PARKS
        if p.id in _PLAZAS
    ]
    parcels = []
    for number, (shape, facts) in enumerate(shapes, start=1):
        middle = shape.representative_point()
        parent = next((u.id for u in units if u.shape.contains(middle)), None)
        names = {"name_zh": f"{number:02d} 号地块", "name_en": f"Parcel {number:02d}"}
        parcels.append(Place(f"parcel-{number:02d}", shape, {"parent_id": parent, "level": "parcel", **names, **facts}))
    return parcels


def plan_parcels(places: list[Place], p: Planter, rng: Generator) -> None:
    """Plan every parcel so that it holds, then plant what breaks its plan and what is not recorded."""
    centers = np.array(shapely.centroid([b.shape for b in p.buildings]))
    built = []
    for place in places:
        if place.facts["level"] != "parcel":
            continue
        inside = [p.buildings[int(i)] for i in np.flatnonzero(shapely.contains(place.shape, centers))]
        _plan(place, inside, rng)
        if inside and "hard_area_m2" not in place.facts and place.shape.area > 8000:
            built.append(place)
    rules = {rule["id"]: rule for rule in p.rules}
    chosen = [built[int(i)] for i in rng.permutation(len(built))[:10]]
    for place, rule_id, column, sign in (
        *((place, "far-plan", "far_max", -1) for place in chosen[:3]),
        *((place, "coverage-plan", "coverage_max_percent", -1) for place in chosen[3:5]),
        *((place, "green-plan", "green_min_percent", 1) for place in chosen[5:7]),
    ):
        least = place.facts["_" + column]
        place.facts[column] = _round(least * (0.8 if sign < 0 else 1.25), 2 if column == "far_max" else 0, math.floor)
        p.answers.violations.append(_answer(place.id, rules[rule_id]))
    for place, rule_id, column in (
        (chosen[7], "far-plan", "far_max"),
        (chosen[8], "green-plan", "green_area_m2"),
        (chosen[9], "coverage-plan", "coverage_max_percent"),
    ):
        place.facts[column] = None
        p.answers.no_data.append(_answer(place.id, rules[rule_id]))
    for place in places:
        hard_m2 = place.facts.get("hard_area_m2")
        if hard_m2 and hard_m2 / 1e4 > rules["plaza-hard"]["parameters"]["max_ha"]:
            p.answers.violations.append(_answer(place.id, rules["plaza-hard"]))
        place.facts = {name: value for name, value in place.facts.items() if not name.startswith("_")}


def _plan(place: Place, inside: list[Building], rng: Generator) -> None:
    area_m2 = place.shape.area
    known_m2 = sum(b.shape.area * b.storeys for b in inside if b.storeys is not None)
    unknown_m2 = sum(b.shape.area for b in inside if b.storeys is None)
    covered = 100 * sum(b.shape.area for b in inside) / area_m2
    green = float(rng.uniform(0.27, 0.38)) if not place.facts.get("hard_area_m2") else 0.3
    uses: Counter[str] = Counter()
    for b in inside:
        uses[b.use] += round(b.shape.area)
    most = (known_m2 + UNKNOWN_STOREYS * unknown_m2) / area_m2
    place.facts.setdefault("land_use", uses.most_common(1)[0][0] if inside else "green")
    place.facts |= {
        "far_max": _round(1.25 * most + 0.1, 1, math.ceil),
        "coverage_max_percent": _round(1.15 * covered + 2, 0, math.ceil),
        "green_min_percent": 25.0,
        "green_area_m2": round(green * area_m2, 1),
        "_far_max": (known_m2 + unknown_m2) / area_m2,
        "_coverage_max_percent": covered,
        "_green_min_percent": 100 * green,
    }


def _round(value: float, decimals: int, how: Any) -> float:  # noqa: ANN401 - math.floor or math.ceil
    return float(how(round(value, 6) * 10**decimals) / 10**decimals)


def _answer(place_id: str, rule: dict[str, Any]) -> dict[str, Any]:
    return {"building_id": place_id, "rule_id": rule["id"], "kind": rule["kind"]}


def street_facts(p: Planter) -> dict[str, dict[str, Any]]:
    """Footways and overhead lines of every street, some of them against the rules."""
    facts = {
        s.id: {
            "footway_width_m": {"trunk": 3.5, "main": 2.6, "branch": 2.0, "lane": 1.2}[s.kind],
            "overhead_line_m": {"trunk": 0.0, "main": 0.0}.get(s.kind, round(0.4 * s.line.length)),
        }
        for s in STREETS
    }
    rules = {rule["id"]: rule for rule in p.rules}
    for street_id, fact, value, rule_id in (
        ("qixiang", "footway_width_m", 1.4, "footway-town"),
        ("gongye", "footway_width_m", 1.1, "footway-town"),
        ("north", "overhead_line_m", 640.0, "overhead-main"),
        ("shuangyang", "overhead_line_m", 1870.0, "overhead-main"),
    ):
        facts[street_id][fact] = value
        p.answers.violations.append(_answer(street_id, rules[rule_id]))
    for street_id, fact, rule_id in (
        ("xinhua", "footway_width_m", "footway-town"),
        ("yingbin", "overhead_line_m", "overhead-main"),
    ):
        facts[street_id][fact] = None
        p.answers.no_data.append(_answer(street_id, rules[rule_id]))
    limit = rules["row-branch"]["parameters"]
    wide = [s for s in STREETS if s.kind in limit["classes"] and s.width_m > limit["max_m"]]
    p.answers.violations += [_answer(s.id, rules["row-branch"]) for s in wide]
    return facts


@dataclass(frozen=True, slots=True)
class Corridor:
    """One view corridor in the local frame; elevations in the datum of the town."""

    id: str
    name_zh: str
    name_en: str
    start: tuple[float, float]
    end: tuple[float, float]
    ground_m: float
    low_m: float
    high_m: float
    width_from_m: float
    width_to_m: float

    @property
    def line(self) -> LineString:
        """From the viewpoint to the middle of the target."""
        return LineString([self.start, self.end])

    @property
    def shape(self) -> Polygon:
        """The trapezoid."""
        (x0, y0), (x1, y1) = self.start, self.end
        length = math.hypot(x1 - x0, y1 - y0)
        nx, ny = (y1 - y0) / length, -(x1 - x0) / length
        a, b = self.width_from_m / 2, self.width_to_m / 2
        return Polygon(
            [
                (x0 - nx * a, y0 - ny * a),
                (x0 + nx * a, y0 + ny * a),
                (x1 + nx * b, y1 + ny * b),
                (x1 - nx * b, y1 - ny * b),
            ]
        )

    def room_m(self, b: Building) -> float | None:
        """From the top of a building up to the line of sight at the lower end of its part inside; None: not inside."""
        part = b.shape.intersection(self.shape)
        if part.area <= 0:
            return None
        (x0, y0), (x1, y1) = self.start, self.end
        length = math.hypot(x1 - x0, y1 - y0)
        xy = shapely.get_coordinates(part)
        along = ((xy[:, 0] - x0) * (x1 - x0) + (xy[:, 1] - y0) * (y1 - y0)) / length
        eye = self.ground_m + EYE_HEIGHT_M
        at = float(along.min() if self.low_m >= eye else along.max())
        height = 3.0 * (b.storeys or 0) if b.height_m is None else b.height_m
        return eye + (self.low_m - eye) * at / length - (b.base_m + height)


def build_corridors(buildings: list[Building], ground: Ground) -> list[Corridor]:
    """From the northern hill to the roof of Dawang temple, and from the street to the hall of Sansheng temple."""
    at = {
        name: float(round(float(ground.at(np.array([x]), np.array([y]))[0]), 2))
        for name, (x, y) in (("hill", HILL), ("street", STREET_VIEW))
    }
    dawang, sansheng = (next(b for b in buildings if b.name == name) for name in ("大王庙大殿", "西关三圣寺大殿"))
    return [
        Corridor(
            "dawang",
            "北山观景台望大王庙",
            "North hill to Dawang temple",
            HILL,
            TEMPLE,
            at["hill"],
            round(dawang.base_m + 8.7, 1),
            round(dawang.base_m + 11.3, 1),
            8.0,
            22.0,
        ),
        Corridor(
            "sansheng",
            "秀水西街望三圣寺",
            "Xiushui West Street to Sansheng temple",
            STREET_VIEW,
            SANSHENG,
            at["street"],
            round(sansheng.base_m + 9.0, 1),
            round(sansheng.base_m + 13.4, 1),
            4.0,
            24.0,
        ),
    ]


def plant_corridors(corridors: list[Corridor], p: Planter) -> None:
    """Raise two buildings into the first corridor; the second is hidden as it is, by the government office."""
    rules = {rule["id"]: rule for rule in p.rules}
    first, second = corridors
    for b in p.buildings:
        target_m = RAISED_M.get(b.name or "", RAISED_M.get(b.address or ""))
        if target_m is None or b.planted or b.height_m is None:
            continue
        b.planted = True
        rise_m = round(target_m - b.height_m, 1)
        b.height_m = target_m
        b.eave_height_m = None if b.eave_height_m is None else round(b.eave_height_m + rise_m, 1)
    tolerance_m = rules["view-dawang"]["parameters"]["tolerance"]
    found = []
    for b in p.buildings:
        room = first.room_m(b)
        if room is None:
            continue
        if b.height_m is None and b.storeys is None:
            p.answers.no_data.append(_answer(b.id, rules["view-dawang"]))
        elif room < -tolerance_m:
            found.append(b)
            p.fail(b, rules["view-dawang"], round(-room, 2), 0.0, round(room, 2))
    if len(found) != 2 or not all(b.planted for b in found):
        raise ValueError(f"{[(b.id, b.name) for b in found]} stand in the line of sight")
    for b in p.buildings:
        if second.room_m(b) is not None:
            p.answers.violations.append(_answer(b.id, rules["visible-sansheng"]))


def write_units(path: Path, units: list[Place]) -> None:
    """Write districts, units and parcels, every column on each."""
    columns = dict.fromkeys(name for unit in units for name in unit.facts)
    write_features(path, [(u.shape, {"id": u.id, **columns, **u.facts, "synthetic": True}) for u in units])


def write_corridors(path: Path, corridors: list[Corridor]) -> None:
    """Write the view corridors as lines from viewpoint to target."""
    write_features(
        path,
        [
            (
                c.line,
                {
                    "id": c.id,
                    "name_zh": c.name_zh,
                    "name_en": c.name_en,
                    "viewpoint_ground_m": c.ground_m,
                    "target_low_m": c.low_m,
                    "target_high_m": c.high_m,
                    "width_from_m": c.width_from_m,
                    "width_to_m": c.width_to_m,
                    "synthetic": True,
                },
            )
            for c in corridors
        ],
    )
