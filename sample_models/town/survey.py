"""What a street and roof survey would find, zone by zone: what complies first, then what is planted, with answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.random import Generator

from sample_models.town.attributes import Building
from sample_models.town.plants import Planter

SHOPS = ("commercial", "mixed")
SIDES = ("north", "east", "south", "west")


def survey(buildings: list[Building], rng: Generator) -> None:
    """Give the buildings of the surveyed zones their facts; everything noted here complies."""
    notes = {"core": _core, "xiushui-corridor": _corridor, "jinlong-corridor": _roof, "new-district": _windows}
    for b in buildings:
        if b.zone in notes:
            b.facts = notes[b.zone](b, rng)


def _core(b: Building, rng: Generator) -> dict[str, Any]:
    slope = round(float(rng.uniform(26.5, 33.5)), 1)
    is_flat = b.roof_form == "flat"
    return {
        "roof_material": "membrane" if is_flat else "grey_tile",
        "roof_slope_deg": None if is_flat else slope,
        "roof_addition_area_m2": 0.0,
    }


def _corridor(b: Building, rng: Generator) -> dict[str, Any]:
    facts: dict[str, Any] = {"ac_unit_count": 0, "roof_addition_area_m2": 0.0, "roof_addition_height_m": 0.0}
    shops = int(rng.integers(1, 5))
    sill = round(float(rng.uniform(4.2, 4.8)), 2)
    top = round(sill - float(rng.uniform(0.1, 0.5)), 2)
    more = {
        "shop_count": shops,
        "sign_count": shops,
        "sign_height_m": round(float(rng.uniform(0.7, 1.4)), 2),
        "sign_depth_m": round(float(rng.uniform(0.10, 0.28)), 2),
        "sign_top_m": top,
        "second_floor_sill_m": sill,
        "roof_sign_count": 0,
        "ground_floor_transparency": round(float(rng.uniform(0.62, 0.85)), 2),
    }
    return facts | more if b.use in SHOPS else facts


def _roof(b: Building, rng: Generator) -> dict[str, Any]:
    return {"roof_equipment_area_m2": round(float(rng.uniform(0.0, 0.08)) * b.shape.area, 1)}


def _windows(b: Building, rng: Generator) -> dict[str, Any]:
    ranges = {"north": (0.20, 0.29), "east": (0.10, 0.30), "south": (0.36, 0.48), "west": (0.10, 0.30)}
    ratios = {f"window_wall_ratio_{s}": round(float(rng.uniform(*ranges[s])), 2) for s in SIDES}
    return ratios if b.use == "residential" else {}


def plant_survey(p: Planter) -> None:
    """Plant departures in untouched buildings of the surveyed zones, and take a few facts away."""
    rules = {rule["id"]: rule for rule in p.rules}

    def note(b: Building, rule_id: str, measured: float | str, limit: float | list[str], margin: float | None) -> None:
        p.fail(b, rules[rule_id], measured, limit, margin)

    def shops(count: int) -> list[Building]:
        return p.pick(count, "xiushui-corridor", ("shop",), lambda b: b.use in SHOPS)

    for b, slope in zip(p.pick(2, "core", ("court",), _is_pitched), (18.5, 41.0), strict=True):
        b.facts["roof_slope_deg"] = slope
        note(
            b,
            "roof-slope-core",
            slope,
            26.0 if slope < 26 else 34.0,
            round(slope - 26 if slope < 26 else 34 - slope, 1),
        )
    for b in p.pick(2, "core", ("court",), _is_pitched):
        b.facts["roof_material"] = "metal_sheet"
        note(b, "roof-material-core", "metal_sheet", ["metal_sheet", "glazed_tile"], None)
    for b, area in zip(p.pick(2, "core", ("court",)), (24.5, 38.0), strict=True):
        b.facts["roof_addition_area_m2"] = area
        note(b, "roof-addition-core", area, 0.0, -area)
    for b, (area, height) in zip(shops(2), ((62.0, 2.9), (45.5, 3.2)), strict=True):
        b.facts |= {"roof_addition_area_m2": area, "roof_addition_height_m": height}
        note(b, "roof-addition-xiushui", area, 0.0, -area)
        note(b, "roof-addition-height-xiushui", height, 0.0, -height)
    for b, signs in zip(shops(2), (3, 2), strict=True):
        b.facts |= {"shop_count": 1, "sign_count": signs}
        note(b, "signs-per-shop-xiushui", float(signs), 1.0, 1.0 - signs)
    for b, above in zip(shops(2), (0.6, 1.1), strict=True):
        b.facts["sign_top_m"] = round(b.facts["second_floor_sill_m"] + above, 2)
        note(b, "sign-position-xiushui", above, 0.0, -above)
    for b, height in zip(shops(2), (1.9, 2.4), strict=True):
        b.facts["sign_height_m"] = height
        note(b, "sign-height-xiushui", height, 1.5, round(1.5 - height, 2))
    for b, depth in zip(shops(2), (0.45, 0.6), strict=True):
        b.facts["sign_depth_m"] = depth
        note(b, "sign-depth-xiushui", depth, 0.3, round(0.3 - depth, 2))
    for b in shops(2):
        b.facts["roof_sign_count"] = 1
        note(b, "roof-signs-xiushui", 1.0, 0.0, -1.0)
    for b, units in zip(shops(3), (4, 7, 2), strict=True):
        b.facts["ac_unit_count"] = units
        note(b, "ac-units-xiushui", float(units), 0.0, -float(units))
    for b, share in zip(shops(2), (0.25, 0.4), strict=True):
        b.facts["ground_floor_transparency"] = share
        note(b, "transparency-xiushui", 100 * share, 60.0, 100 * share - 60)
    for b, percent in zip(p.pick(2, "jinlong-corridor", ("shop",)), (18.0, 27.0), strict=True):
        b.facts["roof_equipment_area_m2"] = round(percent / 100 * b.shape.area, 1)
        note(b, "roof-equipment-jinlong", percent, 10.0, 10 - percent)
    for b, (side, ratio, limit) in zip(
        p.pick(2, "new-district", ("tower", "midrise")), (("north", 0.42, 0.30), ("south", 0.66, 0.50)), strict=True
    ):
        b.facts[f"window_wall_ratio_{side}"] = ratio
        note(b, "windows-new", ratio, limit, round(limit - ratio, 2))
    _forget(p, rules)


def _is_pitched(b: Building) -> bool:
    return bool(b.facts.get("roof_slope_deg"))


def _forget(p: Planter, rules: dict[str, dict[str, Any]]) -> None:
    """Facts that were not surveyed: no data under every rule that needs them."""
    is_shop: Callable[[Building], bool] = lambda b: b.use in SHOPS  # noqa: E731
    anywhere: Callable[[Building], bool] = lambda _: True  # noqa: E731
    for zone, types, where, fact, ids in (
        ("core", ("court",), anywhere, "roof_material", ("roof-material-core",)),
        ("xiushui-corridor", ("shop",), is_shop, "sign_top_m", ("sign-position-xiushui",)),
        ("xiushui-corridor", ("shop",), is_shop, "ac_unit_count", ("ac-units-xiushui",)),
        ("xiushui-corridor", ("shop",), is_shop, "ground_floor_transparency", ("transparency-xiushui",)),
        ("jinlong-corridor", ("shop",), anywhere, "roof_equipment_area_m2", ("roof-equipment-jinlong",)),
        ("new-district", ("tower", "midrise"), anywhere, "window_wall_ratio_east", ("windows-new",)),
    ):
        for b in p.pick(2, zone, types, where):
            del b.facts[fact]
            for rule_id in ids:
                p.answers.no_data.append({"building_id": b.id, "rule_id": rule_id, "kind": rules[rule_id]["kind"]})
