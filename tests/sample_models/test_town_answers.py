"""The answers of the sample town agree with its own pack, judged here by a few lines of plain arithmetic."""

from __future__ import annotations

import json
from collections import Counter

import pytest
import shapely
import yaml
from shapely.geometry import shape

from sample_models.build_town import FILES, FOLDER
from sample_models.town.palette import MUNSELL

KINDS = ("building-height", "storeys", "facade-main-color", "roof-color", "roof-form", "facade-material", "style")
CODED = {"roof-form": "roof_form", "facade-material": "facade_material", "style": "style"}


@pytest.fixture(scope="module")
def answers() -> dict:
    return json.loads((FOLDER / FILES["answers"]).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pack() -> dict:
    return yaml.safe_load((FOLDER / FILES["rules"]).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rows() -> dict[str, dict]:
    """Building properties by id, with the zone of the footprint's centroid."""
    features = json.loads((FOLDER / FILES["buildings"]).read_text(encoding="utf-8"))["features"]
    zones = json.loads((FOLDER / FILES["zones"]).read_text(encoding="utf-8"))["features"]
    centers = shapely.centroid([shape(f["geometry"]) for f in features])
    out = {f["properties"]["id"]: f["properties"] | {"zone": None} for f in features}
    ids = list(out)
    for zone in zones:
        outline = shape(zone["geometry"])
        shapely.prepare(outline)
        for i in shapely.contains(outline, centers).nonzero()[0]:
            assert out[ids[i]]["zone"] is None, "zones overlap"
            out[ids[i]]["zone"] = zone["properties"]["id"]
    return out


@pytest.fixture(scope="module")
def places() -> dict[str, dict]:
    """Streets, plan units and their outlines by id."""
    out = {}
    for layer in ("streets", "units"):
        for f in json.loads((FOLDER / FILES[layer]).read_text(encoding="utf-8"))["features"]:
            out[f["properties"]["id"]] = f["properties"] | {"shape": shape(f["geometry"])}
    return out


def reaches(rule: dict, row: dict) -> bool:
    applies = rule["applies_to"]
    return (
        "streets" not in applies
        and ("zones" not in applies or row["zone"] in applies["zones"])
        and ("uses" not in applies or row["use"] in applies["uses"])
    )


#: Kind: what is recorded, what the rule calls its limit, and the number of a row.
SURVEYED = {
    "roof-addition-area": (("roof_addition_area_m2",), "max_m2", lambda r: r["roof_addition_area_m2"]),
    "roof-addition-height": (("roof_addition_height_m",), "max_m", lambda r: r["roof_addition_height_m"]),
    "signs-per-shop": (("sign_count", "shop_count"), "max_ratio", lambda r: r["sign_count"] / r["shop_count"]),
    "sign-position": (
        ("sign_top_m", "second_floor_sill_m"),
        "max_above_m",
        lambda r: round(r["sign_top_m"] - r["second_floor_sill_m"], 2),
    ),
    "sign-height": (("sign_height_m",), "max_m", lambda r: r["sign_height_m"]),
    "sign-depth": (("sign_depth_m",), "max_m", lambda r: r["sign_depth_m"]),
    "roof-signs": (("roof_sign_count",), "max_count", lambda r: r["roof_sign_count"]),
    "ac-units": (("ac_unit_count",), "max", lambda r: r["ac_unit_count"]),
}


@pytest.mark.parametrize("kind", SURVEYED)
def test_surveyed_facts_break_exactly_the_rules_that_are_listed(
    kind: str, answers: dict, pack: dict, rows: dict
) -> None:
    needed, limit, number = SURVEYED[kind]
    broken, unknown = set(), set()
    for rule in (rule for rule in pack["rules"] if rule["kind"] == kind):
        for ident, row in rows.items():
            if reaches(rule, row) and any(row.get(name) is None for name in needed):
                unknown.add((ident, rule["id"]))
            elif reaches(rule, row) and number(row) > rule["parameters"][limit]:
                broken.add((ident, rule["id"]))
    for found, name in ((broken, "violations"), (unknown, "no_data")):
        assert found == {(a["building_id"], a["rule_id"]) for a in answers[name] if a["kind"] == kind}
    assert broken


def test_parcels_break_exactly_the_plans_that_are_listed(answers: dict, rows: dict, places: dict) -> None:
    features = json.loads((FOLDER / FILES["buildings"]).read_text(encoding="utf-8"))["features"]
    shapes = [shape(f["geometry"]) for f in features]
    centers, area = shapely.centroid(shapes), shapely.area(shapes)
    storeys = [rows[f["properties"]["id"]]["storeys"] for f in features]
    parcels = {i: p for i, p in places.items() if p.get("level") == "parcel"}
    assert len(parcels) > 60
    broken = set()
    for ident, parcel in parcels.items():
        inside = shapely.contains(parcel["shape"], centers).nonzero()[0]
        floor = sum(area[i] * (1 if storeys[i] is None else storeys[i]) for i in inside)
        size = parcel["shape"].area
        if parcel["far_max"] is not None and floor / size > parcel["far_max"]:
            broken.add((ident, "far-plan"))
        coverage = parcel["coverage_max_percent"]
        if coverage is not None and 100 * sum(area[i] for i in inside) / size > coverage:
            broken.add((ident, "coverage-plan"))
        green = parcel["green_area_m2"]
        if green is not None and 100 * green / size < parcel["green_min_percent"]:
            broken.add((ident, "green-plan"))
        if (parcel["hard_area_m2"] or 0) > 1e4:
            broken.add((ident, "plaza-hard"))
    assert broken == {
        (a["building_id"], a["rule_id"]) for a in answers["violations"] if a["building_id"].startswith("parcel")
    }


def test_parcels_lie_in_their_units_and_units_in_their_districts(places: dict) -> None:
    units = {i: p for i, p in places.items() if p.get("level")}
    for unit in units.values():
        if unit["level"] != "district":
            parent = units[unit["parent_id"]]
            assert parent["level"] == {"parcel": "unit", "unit": "district"}[unit["level"]]
            assert unit["shape"].intersection(parent["shape"]).area > 0.5 * unit["shape"].area
    parcels = [p["shape"] for p in units.values() if p["level"] == "parcel"]
    left, right = shapely.STRtree(parcels).query(parcels, predicate="overlaps")
    assert all(parcels[a].intersection(parcels[b]).area < 1 for a, b in zip(left, right, strict=True))


def test_streets_break_exactly_the_rules_that_are_listed(answers: dict, places: dict) -> None:
    broken = set()
    for ident, street in ((i, p) for i, p in places.items() if "overhead_line_m" in p):
        if street["class"] in {"trunk", "main"} and (street["overhead_line_m"] or 0) > 0:
            broken.add((ident, "overhead-main"))
        if street["class"] != "lane" and (street["footway_width_m"] or 9) < 2:
            broken.add((ident, "footway-town"))
        if street["class"] in {"branch", "lane"} and street["width_m"] > 16:
            broken.add((ident, "row-branch"))
    street_rules = {"overhead-main", "footway-town", "row-branch"}
    assert broken == {(a["building_id"], a["rule_id"]) for a in answers["violations"] if a["rule_id"] in street_rules}


def height(row: dict, reference: str) -> float | None:
    top, eave = row["height_m"], row["eave_height_m"]
    if top is None or eave is None or reference == "highest":
        return top
    return eave if reference == "eave" else (top + eave) / 2


def steps(hue: str) -> float:
    families = ("R", "YR", "Y", "GY", "G", "BG", "B", "PB", "P", "RP")
    letters = hue.lstrip("0123456789.")
    return families.index(letters) * 10 + float(hue[: -len(letters)])


def inside(munsell: str, ranges: list[dict], room: float = 0.0) -> bool:
    hue, rest = munsell.split()
    value, chroma = map(float, rest.split("/"))
    for r in ranges:
        if r["hue"] == "N":
            continue
        low, high = map(steps, r["hue"])
        if (
            (steps(hue) - low) % 100 <= (high - low) % 100
            and r["value"][0] - room <= value <= r["value"][1] + room
            and (r["chroma"][0] - room <= chroma <= r["chroma"][1] + room)
        ):
            return True
    return False


def accepted(rule: dict, munsell: str, pack: dict, room: float = 0.0) -> bool:
    p = rule["parameters"]
    fits = [inside(munsell, pack["palettes"][name]["ranges"], room) for name in p.get("allowed", p.get("forbidden"))]
    return any(fits) if "allowed" in p else not any(fits)


def test_each_kind_has_at_least_four_violations(answers: dict) -> None:
    counts = Counter(v["kind"] for v in answers["violations"])
    assert set(KINDS) < set(counts)
    assert min(counts[kind] for kind in KINDS) >= 4
    on_home = Counter(v["kind"] for v in answers["violations"] if v["rule_id"].endswith("xiushui"))
    assert len(on_home) >= 5
    assert answers["complete"] is True


def test_every_kind_of_the_pack_is_broken_somewhere(answers: dict, pack: dict) -> None:
    assert {rule["kind"] for rule in pack["rules"]} == {v["kind"] for v in answers["violations"]}


def test_answers_name_buildings_and_rules_that_exist(answers: dict, pack: dict, rows: dict, places: dict) -> None:
    rules = {r["id"]: r for r in pack["rules"]}
    for part in ("violations", "no_data", "review", "exempt"):
        assert answers[part]
        for a in answers[part]:
            assert rules[a["rule_id"]]["kind"] == a["kind"]
            assert a["building_id"] in rows.keys() | places.keys()
    pairs = [
        (a["building_id"], a["rule_id"])
        for part in ("violations", "no_data", "review", "exempt")
        for a in answers[part]
    ]
    assert len(pairs) == len(set(pairs))


def test_height_and_storey_violations_are_exactly_those_that_exceed(answers: dict, pack: dict, rows: dict) -> None:
    found = set()
    for rule in pack["rules"]:
        p = rule["parameters"]
        for ident, row in rows.items():
            if rule["kind"] == "building-height" and reaches(rule, row):
                measured = height(row, p["reference"])
                if measured is not None and measured > p["max_m"] + p["tolerance_m"]:
                    found.add((ident, rule["id"]))
            elif rule["kind"] == "storeys" and reaches(rule, row) and (row["storeys"] or 0) > p["max"]:
                found.add((ident, rule["id"]))
    listed = {
        (a["building_id"], a["rule_id"]) for a in answers["violations"] + answers["exempt"] if a["kind"] in KINDS[:2]
    }
    assert found == listed


def test_stated_measures_are_those_of_the_buildings(answers: dict, pack: dict, rows: dict) -> None:
    rules = {r["id"]: r for r in pack["rules"]}
    for a in answers["violations"] + answers["exempt"]:
        if a["kind"] not in KINDS[:2]:
            continue
        row, p = rows[a["building_id"]], rules[a["rule_id"]]["parameters"]
        if a["kind"] == "building-height":
            assert a["measured"] == pytest.approx(height(row, p["reference"]), abs=0.01)
            assert a["limit"] == p["max_m"]
        else:
            assert (a["measured"], a["limit"]) == (row["storeys"], p["max"])
        assert a["margin"] == pytest.approx(a["limit"] - a["measured"], abs=0.011)
        assert a["margin"] < 0


@pytest.mark.parametrize(
    ("kind", "attribute"), [("facade-main-color", "facade_main_color"), ("roof-color", "roof_color")]
)
def test_color_violations_are_exactly_those_outside_the_palettes(
    kind: str, attribute: str, answers: dict, pack: dict, rows: dict
) -> None:
    munsell = {v: k for k, v in MUNSELL.items()}
    found = {
        (ident, rule["id"])
        for rule in pack["rules"]
        if rule["kind"] == kind
        for ident, row in rows.items()
        if row[attribute] and reaches(rule, row) and not accepted(rule, munsell[row[attribute]], pack)
    }
    listed = {
        (a["building_id"], a["rule_id"])
        for part in ("violations", "exempt", "review")
        for a in answers[part]
        if a["kind"] == kind
    }
    assert found == listed


def test_review_colors_come_from_photos_and_are_near_the_limit(answers: dict, pack: dict, rows: dict) -> None:
    rules = {r["id"]: r for r in pack["rules"]}
    cases = [a for a in answers["review"] if a["kind"] == "facade-main-color"]
    assert len(cases) >= 6
    for a in cases:
        assert rows[a["building_id"]]["color_source"] == "photo"
        assert accepted(rules[a["rule_id"]], a["munsell"], pack, room=0.5)
    for a in answers["violations"]:
        if a["kind"] == "facade-main-color":
            assert not accepted(rules[a["rule_id"]], a["munsell"], pack, room=1.0)


def test_coded_values_outside_the_lists_are_listed(answers: dict, pack: dict, rows: dict) -> None:
    listed = {(a["building_id"], a["rule_id"]): "fail" for a in answers["violations"]}
    listed |= {(a["building_id"], a["rule_id"]): "review" for a in answers["review"]}
    for rule in pack["rules"]:
        if rule["kind"] not in CODED or "streets" in rule["applies_to"]:
            continue
        p = rule["parameters"]
        for ident, row in rows.items():
            value = row[CODED[rule["kind"]]]
            if value is None or not reaches(rule, row):
                continue
            verdict = "review" if value in p.get("review", ()) else "fail" if value not in p["allowed"] else None
            assert listed.get((ident, rule["id"])) == verdict, (ident, rule["id"])


def test_street_materials_are_listed(answers: dict, rows: dict) -> None:
    bad = {ident for ident, row in rows.items() if row["facade_material"] in {"mirror_glass", "glass_curtain"}}
    rules = {"material-xiushui", "material-jinlong"}
    listed = {a["building_id"] for part in ("violations", "review") for a in answers[part] if a["rule_id"] in rules}
    metal = {i for i in listed if rows[i]["facade_material"] == "metal_sheet"}
    assert listed == bad | metal
    assert all(rows[i]["address"].startswith(("秀水西街", "金龙东街")) for i in listed)


def test_gaps_are_listed_as_no_data(answers: dict, pack: dict, rows: dict) -> None:
    column = CODED | {"facade-main-color": "facade_main_color", "roof-color": "roof_color", "storeys": "storeys"}
    listed = {
        (a["building_id"], a["rule_id"])
        for a in answers["no_data"]
        if not a["rule_id"].startswith(("material-x", "material-j"))
    }
    found = set()
    listed = {(i, r) for i, r in listed if r in {rule["id"] for rule in pack["rules"] if rule["kind"] in KINDS}}
    for rule in (rule for rule in pack["rules"] if rule["kind"] in KINDS):
        for ident, row in rows.items():
            if not reaches(rule, row):
                continue
            if rule["kind"] == "building-height":
                missing = row["height_m"] is None and row["storeys"] is None
            elif rule["kind"] == "storeys":
                missing = row["storeys"] is None
            else:
                missing = row[column[rule["kind"]]] is None
            if missing:
                found.add((ident, rule["id"]))
    assert found == listed


def test_most_judged_pairs_pass(answers: dict, pack: dict, rows: dict) -> None:
    judged = sum(reaches(rule, row) for rule in pack["rules"] for row in rows.values())
    assert (len(answers["violations"]) + len(answers["review"])) / judged < 0.05


def test_exemptions_cover_the_exempt_cases_and_one_has_run_out(answers: dict, pack: dict) -> None:
    valid = {(e["building_id"], e["rule_id"]) for e in pack["exemptions"] if str(e["expires_on"]) > "2026-01-01"}
    expired = {(e["building_id"], e["rule_id"]) for e in pack["exemptions"]} - valid
    assert {(a["building_id"], a["rule_id"]) for a in answers["exempt"]} == valid
    assert expired
    assert expired <= {(a["building_id"], a["rule_id"]) for a in answers["violations"]}
