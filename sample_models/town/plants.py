"""Planted departures: violations, review cases, exemptions and gaps in the data, with the answers they must give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from numpy.random import Generator

from sample_models.town import palette
from sample_models.town.attributes import Building, distance_to_streets
from sample_models.town.rules import HEIGHT_TOLERANCE_M, rules_for

NUMERIC = ("building-height", "storeys")


@dataclass(slots=True)
class Answers:
    """What a correct check of the written town must find."""

    violations: list[dict[str, Any]] = field(default_factory=list)
    no_data: list[dict[str, Any]] = field(default_factory=list)
    review: list[dict[str, Any]] = field(default_factory=list)
    exempt: list[dict[str, Any]] = field(default_factory=list)
    exemptions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Planter:
    """Chooses compliant buildings with a seeded generator and makes each break exactly what is asked."""

    buildings: list[Building]
    rules: list[dict[str, Any]]
    rng: Generator
    answers: Answers = field(default_factory=Answers)

    def pick(
        self, count: int, zone: str, types: tuple[str, ...], where: Callable[[Building], bool] = lambda _: True
    ) -> list[Building]:
        """``count`` untouched buildings of some types in a zone, spread over it; they become planted."""
        pool = [
            b for b in self.buildings if b.zone == zone and not b.planted and b.item.type.startswith(types) and where(b)
        ]
        if len(pool) < count:
            raise ValueError(f"only {len(pool)} buildings of {types} in {zone}, {count} wanted")
        chosen = [pool[int(i)] for i in sorted(self.rng.choice(len(pool), count, replace=False))]
        for b in chosen:
            b.planted = True
        return chosen

    def rules_of(self, b: Building, kind: str) -> list[dict[str, Any]]:
        """The rules of a kind that reach a building."""
        return rules_for(self.rules, b.zone, b.item.street_id, kind)

    def fail(
        self,
        b: Building,
        rule: dict[str, Any],
        measured: float | str,
        limit: float | list[str],
        margin: float | None,
        target: str = "violations",
        **more: str,
    ) -> None:
        """Note one expected finding."""
        row = {
            "building_id": b.id,
            "rule_id": rule["id"],
            "kind": rule["kind"],
            "measured": measured,
            "limit": limit,
            "margin": margin,
            **more,
        }
        getattr(self.answers, target).append(row)

    def raise_to(self, b: Building, storeys: int | None, height_m: float, target: str = "violations") -> None:
        """Make a building too high and note every numeric rule it then breaks."""
        b.storeys, b.height_m = storeys, height_m
        b.eave_height_m = None if b.roof_form == "flat" else round(height_m - 1.6, 1)
        for rule, measured, limit in numeric_failures(
            b, self.rules_of(b, "building-height") + self.rules_of(b, "storeys")
        ):
            self.fail(b, rule, measured, limit, round(limit - measured, 2), target)

    def paint(self, b: Building, munsell: str, source: str = "card", target: str = "violations") -> None:
        """Give a building a main color outside its zone's palettes."""
        b.main, b.color_source = munsell, source
        for rule in self.rules_of(b, "facade-main-color"):
            self.fail(b, rule, palette.MUNSELL[munsell], rule["parameters"]["allowed"], None, target, munsell=munsell)

    def reroof(self, b: Building, munsell: str) -> None:
        """Give a building a vivid roof: outside its zone's palettes and of the color forbidden in the whole town."""
        b.roof_color, b.color_source = munsell, "card"
        for rule in self.rules_of(b, "roof-color"):
            limit = rule["parameters"].get("allowed", rule["parameters"].get("forbidden"))
            self.fail(b, rule, palette.MUNSELL[munsell], limit, None, munsell=munsell)

    def set_code(self, b: Building, kind: str, attribute: str, value: str, target: str = "violations") -> None:
        """Set a coded attribute to a value that the rules of ``kind`` do not accept."""
        setattr(b, attribute, value)
        for rule in self.rules_of(b, kind):
            limit = rule["parameters"].get("allowed", rule["parameters"].get("forbidden"))
            self.fail(b, rule, value, limit, None, target)

    def exempt(self, b: Building, rule_id: str, reason: tuple[str, str], decided: str, expires: str) -> None:
        """Write an exemption into the pack."""
        self.answers.exemptions.append(
            {
                "building_id": b.id,
                "rule_id": rule_id,
                "reason": {"zh": reason[0], "en": reason[1]},
                "decided_by": "盂县城市更新领导组（示意）",
                "decided_on": decided,
                "expires_on": expires,
            }
        )


def measured_height_m(b: Building, reference: str) -> float | None:
    """The height a rule looks at: highest point, eave, or their mean; flat roofs have one height."""
    if b.height_m is None or b.eave_height_m is None or reference == "highest":
        return b.height_m
    return b.eave_height_m if reference == "eave" else round((b.height_m + b.eave_height_m) / 2, 2)


def numeric_failures(b: Building, rules: list[dict[str, Any]]) -> list[tuple[dict[str, Any], float, float]]:
    """The height and storey rules a building breaks, with what was measured and the limit."""
    out: list[tuple[dict[str, Any], float, float]] = []
    for rule in rules:
        p = rule["parameters"]
        if rule["kind"] == "building-height":
            height = measured_height_m(b, p["reference"])
            if height is not None and height > p["max_m"] + HEIGHT_TOLERANCE_M:
                out.append((rule, height, float(p["max_m"])))
        elif b.storeys is not None and b.storeys > p["max"]:
            out.append((rule, float(b.storeys), float(p["max"])))
    return out


def plant(buildings: list[Building], rules: list[dict[str, Any]], rng: Generator) -> Answers:
    """Plant everything and return the answers."""
    p = Planter(buildings, rules, rng)
    _heights(p)
    _colors(p)
    _forms(p)
    _reviews(p)
    _exemptions(p)
    _gaps(p)
    unplanned = [
        b.id
        for b in buildings
        if not b.planted and numeric_failures(b, p.rules_of(b, "building-height") + p.rules_of(b, "storeys"))
    ]
    if unplanned:
        raise ValueError(f"{len(unplanned)} buildings break a height rule unplanned: {unplanned[:5]}")
    return p.answers


def _heights(p: Planter) -> None:
    for b, (n, h) in zip(
        p.pick(5, "core", ("court_house", "court_main")),
        ((4, 13.6), (5, 16.4), (4, 13.1), (4, 14.2), (5, 17.0)),
        strict=True,
    ):
        p.raise_to(b, n, h)
    for b, (n, h) in zip(
        p.pick(7, "xiushui-corridor", ("shop",), _on("xiushui-west")),
        ((6, 21.4), (7, 24.6), (6, 20.8), (5, 18.9), (8, 27.2), (5, 17.4), (6, 22.0)),
        strict=True,
    ):
        p.raise_to(b, n, h)
    for b, (n, h) in zip(p.pick(3, "jinlong-corridor", ("shop",)), ((7, 27.0), (8, 30.2), (7, 25.8)), strict=True):
        p.raise_to(b, n, h)
    for b, (n, h) in zip(p.pick(3, "waterfront", ("walkup",)), ((9, 27.4), (11, 33.0), (9, 26.9)), strict=True):
        p.raise_to(b, n, h)
    for b, (n, h) in zip(p.pick(3, "housing", ("walkup",)), ((11, 33.2), (9, 27.3), (8, 24.2)), strict=True):
        p.raise_to(b, n, h)
    for b, (n, h) in zip(p.pick(2, "new-district", ("tower",)), ((21, 62.4), (24, 71.1)), strict=True):
        p.raise_to(b, n, h)
    for b, (n, h) in zip(
        p.pick(3, "nanping", ("village_house", "village_main")), ((4, 13.2), (4, 12.7), (5, 15.6)), strict=True
    ):
        p.raise_to(b, n, h)
    for b in p.pick(1, "factory-power", ("shed",)):
        b.roof_form = "flat"
        p.raise_to(b, 1, 31.5)


def _on(street: str) -> Callable[[Building], bool]:
    return lambda b: b.item.street_id == street


def _colors(p: Planter) -> None:
    loud = palette.LOUD
    for zone, types, count, shift in (
        ("core", ("court",), 5, 0),
        ("xiushui-corridor", ("shop",), 7, 2),
        ("jinlong-corridor", ("shop",), 4, 5),
        ("waterfront", ("walkup",), 3, 4),
        ("housing", ("walkup",), 5, 1),
        ("new-district", ("midrise", "tower"), 2, 6),
    ):
        for i, b in enumerate(p.pick(count, zone, types)):
            p.paint(b, loud[(i + shift) % len(loud)], "photo" if i % 3 == 2 else "card")
    for zone, types, count in (
        ("core", ("court",), 3),
        ("xiushui-corridor", ("shop",), 4),
        ("housing", ("annex",), 5),
        ("factory-steel", ("shed",), 2),
        ("nanping", ("village",), 3),
    ):
        for i, b in enumerate(p.pick(count, zone, types)):
            p.reroof(b, palette.ROOF_BLUE[i % 2])


def _forms(p: Planter) -> None:
    for b in p.pick(6, "core", ("court", "shop")):
        p.set_code(b, "roof-form", "roof_form", "flat")
        b.eave_height_m = None
    for b in p.pick(3, "core", ("court",)):
        p.set_code(b, "facade-material", "facade_material", "metal_sheet")
    for street, zone, values in (
        ("xiushui-west", "xiushui-corridor", ("mirror_glass", "metal_sheet", "mirror_glass", "mirror_glass")),
        ("jinlong-east", "jinlong-corridor", ("mirror_glass", "mirror_glass", "metal_sheet")),
    ):
        for b, value in zip(p.pick(len(values), zone, ("shop",), _on(street)), values, strict=True):
            p.set_code(b, "facade-material", "facade_material", value)
    for b, style in zip(p.pick(4, "core", ("court",)), ("modern", "modern", "european", "modern"), strict=True):
        p.set_code(b, "style", "style", style)
    for b in p.pick(4, "xiushui-corridor", ("shop",), _on("xiushui-west")):
        p.set_code(b, "style", "style", "european")


def _reviews(p: Planter) -> None:
    for zone, types, munsell, count in (
        ("xiushui-corridor", ("shop",), "10YR 5.7/1.5", 2),
        ("jinlong-corridor", ("shop",), "2.5Y 5.75/1.5", 2),
        ("housing", ("walkup",), "10YR 7.4/3.3", 2),
        ("new-district", ("midrise",), "2.5Y 7.5/3.3", 2),
    ):
        for b in p.pick(count, zone, types):
            p.paint(b, munsell, "photo", "review")
    for b, value in zip(p.pick(2, "core", ("court",)), ("ceramic_tile", "red_brick"), strict=True):
        p.set_code(b, "facade-material", "facade_material", value, "review")
    for street, zone in (("xiushui-west", "xiushui-corridor"), ("jinlong-east", "jinlong-corridor")):
        for b in p.pick(1, zone, ("shop",), _on(street)):
            p.set_code(b, "facade-material", "facade_material", "glass_curtain", "review")
    for b in p.pick(2, "core", ("court",)):
        p.set_code(b, "style", "style", "other", "review")
    for b in p.pick(1, "core", ("court",)):
        p.set_code(b, "roof-form", "roof_form", "other", "review")


def _exemptions(p: Planter) -> None:
    kept = ("既有公共建筑，1994 年建成，更新时一并降层", "Existing public building of 1994, to be lowered when renewed")
    office = next(b for b in p.buildings if b.name == "盂县人民政府办公楼")
    office.planted = True
    p.raise_to(office, 5, 19.8, "exempt")
    p.exempt(office, "height-core", kept, "2025-06-01", "2035-06-01")
    p.exempt(office, "storeys-core", kept, "2025-06-01", "2035-06-01")
    hall = next(b for b in p.buildings if b.name == "西关三圣寺大殿")
    hall.planted = True
    p.raise_to(hall, 1, 13.4, "exempt")
    p.exempt(hall, "height-core", ("文物本体", "The listed building itself"), "2024-03-01", "2044-03-01")
    for stack in [b for b in p.buildings if b.item.type == "chimney"]:
        stack.planted = True
        p.raise_to(stack, None, stack.height_m or 0.0, "exempt")
        p.exempt(
            stack, "height-factory", ("工业遗存，予以保留", "Industrial heritage, kept"), "2025-03-01", "2045-03-01"
        )
    shop, old = p.pick(2, "xiushui-corridor", ("shop",), _on("xiushui-west"))
    p.raise_to(shop, 6, 20.6, "exempt")
    for rule in ("height-xiushui", "storeys-xiushui"):
        p.exempt(shop, rule, ("规划批准在先", "Approved before the pack was issued"), "2025-09-15", "2030-09-15")
    p.raise_to(old, 6, 21.0)
    for rule in ("height-xiushui", "storeys-xiushui"):
        p.exempt(old, rule, ("临时保留，期限已过", "Kept for a time that has passed"), "2019-05-01", "2024-05-01")
    house = p.pick(1, "housing", ("walkup",))[0]
    p.paint(house, palette.LOUD[0], "card", "exempt")
    p.exempt(
        house, "color-housing", ("校园文化墙", "Painted school wall, a public art project"), "2025-05-20", "2029-05-20"
    )


def _gaps(p: Planter) -> None:
    """Take attributes away from some untouched buildings, about one in twelve."""
    free = [b for b in p.buildings if not b.planted and b.name != "大王庙大殿"]
    order = [free[int(i)] for i in p.rng.permutation(len(free))]
    cursor = 0
    for share, attributes in (
        (0.022, ("main", "secondary", "accent", "color_source")),
        (0.014, ("roof_color",)),
        (0.010, ("roof_form",)),
        (0.010, ("style",)),
        (0.010, ("facade_material",)),
        (0.010, ("year_built", "structure")),
        (0.012, ("height_m", "eave_height_m")),
        (0.008, ("storeys",)),
    ):
        for _ in range(round(share * len(p.buildings))):
            cursor = _take(p, order, cursor, attributes)
    for _ in range(10):
        cursor = _take(p, order, cursor, ("height_m", "eave_height_m", "storeys"))


_KIND_OF = {
    "main": "facade-main-color",
    "roof_color": "roof-color",
    "roof_form": "roof-form",
    "style": "style",
    "facade_material": "facade-material",
    "storeys": "storeys",
}


def _may_take(p: Planter, b: Building, attributes: tuple[str, ...]) -> bool:
    """Whether the answers stay certain without these attributes: no unlisted front, no estimate near a limit."""
    if "facade_material" in attributes and not b.item.street_id:
        return distance_to_streets(b, ("xiushui-west", "jinlong-east")) >= 110
    if attributes == ("height_m", "eave_height_m") and b.storeys is not None:
        limits = [rule["parameters"]["max_m"] for rule in p.rules_of(b, "building-height")]
        return all(b.storeys * 3.3 <= 0.8 * limit for limit in limits)
    return True


def _take(p: Planter, order: list[Building], cursor: int, attributes: tuple[str, ...]) -> int:
    while not _may_take(p, order[cursor], attributes):
        cursor += 1
    b = order[cursor]
    b.planted = True
    for attribute in attributes:
        setattr(b, attribute, None)
    kinds = [_KIND_OF[a] for a in attributes if a in _KIND_OF]
    if "height_m" in attributes and "storeys" in attributes:
        kinds.append("building-height")
    for kind in kinds:
        for rule in p.rules_of(b, kind):
            p.answers.no_data.append({"building_id": b.id, "rule_id": rule["id"], "kind": kind})
    return cursor + 1
