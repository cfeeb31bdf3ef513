from __future__ import annotations

import datetime as dt

import pytest
import shapely

from cim_core.errors import RulePackError
from cim_core.townscape.check import RuleSet, check_buildings
from cim_core.townscape.conflicts import find_conflicts, find_key_zone_overlaps
from cim_core.townscape.judging import Town
from cim_core.townscape.rulepack import parse_rule_pack

from .builders import HEAD, TODAY, buildings_of, check, frontages_of, pack_of, rule, zones_of

MIDDLE = {"height_m": 15.0, "height_source": "field"}


def height(id: str, max_m: float, more: str, nature: str = "rigid") -> str:
    text = rule("building-height", f"{{max_m: {max_m}}}", id=id, more=f", {more}" if more else "")
    return text.replace("nature: rigid", f"nature: {nature}")


def verdicts(rules: str, **record: object) -> dict[str, tuple[str, str | None]]:
    found = check(pack_of(rules), buildings_of({**MIDDLE, **record}))
    return {f["rule_id"]: (f["verdict"], f["related_rules"]) for f in found}


def test_a_height_above_ground_and_an_elevation_are_different_elements():
    above_sea = rule("building-height", "{max_m: 900, above: datum}", id="b", more=", precedence: overlay")
    rules = height("a", 12, "precedence: overlay") + above_sea
    assert verdicts(rules, base_m=880.0) == {"a": ("fail", None), "b": ("pass", None)}


def test_rules_that_say_nothing_of_their_level_hold_side_by_side():
    rules = rule("storeys", "{max: 3}", id="a") + rule("storeys", "{max: 6}", id="b")
    assert verdicts(rules, storeys=4) == {"a": ("fail", None), "b": ("pass", None)}


def test_rival_heights_that_say_nothing_of_their_level_are_for_review():
    rules = height("a", 12, "") + height("b", 18, "")
    assert verdicts(rules) == {"a": ("review", "conflicts with b"), "b": ("review", "conflicts with a")}
    assert [(c.kind, c.outcome) for c in find_conflicts(pack_of(rules).rules)] == [("heights-differ", "review")]


def test_a_most_and_a_least_height_that_both_can_be_met_are_no_rivals():
    rules = height("a", 12, "precedence: base") + height("b", 6, "precedence: base").replace("max_m", "min_m")
    assert verdicts(rules, height_m=4.0) == {"a": ("pass", None), "b": ("fail", None)}


def test_the_strongest_strength_wins_and_names_what_it_merged():
    rules = height("a", 12, "strength: optional", "elastic") + height("b", 18, "strength: mandatory")
    assert verdicts(rules) == {"b": ("pass", "overrides a")}
    (found,) = check(pack_of(rules), buildings_of(MIDDLE))
    assert "Rule a (1.1) is merged into this one." in found["message_en"]


def test_the_more_particular_level_wins_over_an_elastic_general_rule():
    rules = height("general", 12, "precedence: base", "elastic") + height("own", 18, "precedence: project")
    assert verdicts(rules) == {"own": ("pass", "overrides general")}


def test_a_rigid_rule_of_a_higher_level_is_never_weakened():
    rules = height("general", 12, "precedence: base") + height("own", 18, "precedence: project")
    assert verdicts(rules) == {"general": ("fail", None), "own": ("pass", None)}
    strong = height("general", 12, "precedence: base, strength: optional") + height(
        "own", 18, "precedence: project, strength: mandatory"
    )
    assert verdicts(strong)["general"] == ("fail", None)


@pytest.mark.parametrize("fixed", ["protects: heritage", "protects: fire", "exemptible: false"])
@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("precedence: base", "precedence: building"),
        ("precedence: base, strength: conditional", "precedence: base, strength: mandatory"),
        ("precedence: building, strength: optional", "precedence: base, strength: mandatory"),
        ("precedence: base", "precedence: base"),
        ("strength: optional", "strength: mandatory"),
    ],
)
def test_what_protects_or_cannot_be_exempted_from_is_never_weakened(fixed: str, own: str, other: str):
    rules = height("own", 12, f"{fixed}, {own}", "guidance") + height("other", 50, other, "guidance")
    assert verdicts(rules, height_m=18.0) == {"own": ("fail", None), "other": ("pass", None)}
    (conflict,) = find_conflicts(pack_of(rules).rules)
    assert (conflict.outcome, conflict.because) == ("both_hold", "not-weakened")


@pytest.mark.parametrize("own", ["precedence: base", "precedence: building", "precedence: overlay"])
def test_a_rigid_rule_is_not_weakened_by_a_stronger_one_of_any_level(own: str):
    rules = rule("storeys", "{max: 4}", id="own", more=f", strength: conditional, {own}")
    other = rule("storeys", "{max: 99}", id="other", more=", strength: mandatory, precedence: overlay")
    assert verdicts(rules + other.replace("rigid", "guidance"), storeys=6) == {
        "own": ("fail", None),
        "other": ("pass", None),
    }


def test_of_two_equal_rules_the_one_that_protects_speaks():
    rules = height("a", 12, "precedence: base") + height("b", 12, "precedence: base, protects: heritage")
    assert verdicts(rules) == {"b": ("fail", "overrides a")}


@pytest.mark.parametrize(("height_m", "expected"), [(15.0, "review"), (10.0, "pass"), (20.0, "fail")])
def test_conflicting_heights_of_one_level_are_not_chosen_between(height_m: float, expected: str):
    rules = height("a", 12, "precedence: overlay") + height("b", 18, "precedence: overlay")
    found = verdicts(rules, height_m=height_m)
    assert {verdict for verdict, _ in found.values()} == {expected}
    assert found["a"][1] == "conflicts with b"


def test_a_review_of_rival_heights_does_not_speak_of_estimates():
    rules = height("a", 12, "precedence: overlay") + height("b", 18, "precedence: overlay")
    found = check(pack_of(rules), buildings_of(MIDDLE))
    assert [f["message_en"] for f in found] == [
        f"Height 15 m needs a review (≤ {limit} m (highest point)). Rule {other} (1.1) asks another height; which one"
        " speaks needs a 3D review."
        for limit, other in ((12, "b"), (18, "a"))
    ]


def test_heights_to_different_references_are_different_elements():
    rules = height("a", 12, "precedence: overlay")
    rules += rule("building-height", "{max_m: 18, reference: eave}", id="b", more=", precedence: overlay")
    assert verdicts(rules, eave_height_m=14.0) == {"a": ("fail", None), "b": ("pass", None)}


def test_a_forbidden_color_beats_a_suggestion_of_accents():
    level = ", precedence: overlay"
    rules = rule("facade-accent-color", "{allowed: [loud]}", id="suggest", more=level)
    rules += rule("forbidden-color", "{forbidden: [loud]}", id="forbid", more=level)
    colors = {"facade_main_color": "#c8c0b0", "facade_accent_color": "#ff0000", "color_source": "card"}
    assert verdicts(rules, **colors) == {"forbid": ("fail", "overrides suggest")}
    assert set(verdicts(rules, **{**colors, "facade_accent_color": None})) == {"suggest", "forbid"}


def test_a_rule_that_may_not_apply_overrides_nothing():
    rules = height("general", 12, "precedence: base", "elastic")
    where = "{when: 'storeys > 2'}"
    own = rule("building-height", "{max_m: 18}", id="own", applies_to=where, more=", precedence: project")
    assert set(verdicts(rules + own)) == {"general", "own"}
    assert set(verdicts(rules + own, storeys=5)) == {"own"}


def test_rules_hold_only_between_their_days():
    rules = height("old", 12, "valid_until: 2020-12-31") + height("new", 12, "valid_from: 2026-06-01")
    pack = pack_of(rules + height("coming", 12, "valid_from: 2026-06-02"))
    assert {f["rule_id"] for f in check(pack, buildings_of(MIDDLE))} == {"new"}
    assert [r.id for r in RuleSet([pack], TODAY).dormant] == ["old", "coming"]
    assert [r.id for r in RuleSet([pack], dt.date(2020, 6, 1)).in_force] == ["old"]


def test_days_of_the_pack_hold_where_a_rule_says_nothing():
    text = HEAD + "valid_until: 2020-12-31\nprecedence: base\nrules:\n" + height("a", 12, "")
    pack = parse_rule_pack(text + height("b", 12, "valid_until: 2030-01-01, precedence: overlay"))
    assert [r.id for r in RuleSet([pack], TODAY).in_force] == ["b"]
    assert [r.precedence.value for r in pack.rules] == ["base", "overlay"]


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("valid_from: 2026-02-01, valid_until: 2026-01-01", "ends on 2026-01-01"),
        ("strength: strong", "unknown value 'strong'"),
        ("precedence: city", "unknown value 'city'"),
        ("protects: heritage, exemptible: true", "cannot be exempted"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(more: str, word: str):
    with pytest.raises(RulePackError, match=word):
        pack_of(height("a", 12, more))


def test_conflicts_are_listed_with_what_becomes_of_them():
    rules = height("a", 12, "precedence: overlay") + height("b", 18, "precedence: overlay")
    rules += rule("storeys", "{min: 5}", id="c") + rule("storeys", "{max: 3}", id="d")
    rules += rule("roof-form", "{allowed: [flat]}", id="e") + rule("roof-form", "{forbidden: [flat, shed]}", id="f")
    found = {(c.first, c.second): (c.kind, c.outcome) for c in find_conflicts(pack_of(rules).rules)}
    assert found == {
        ("a", "b"): ("heights-differ", "review"),
        ("c", "d"): ("contradiction", "both_hold"),
        ("e", "f"): ("contradiction", "both_hold"),
    }


def test_rules_that_share_no_building_are_not_in_conflict():
    zones = zones_of(west=shapely.box(-5, -5, 15, 15), east=shapely.box(15, -5, 60, 15))
    rules = rule("storeys", "{max: 3}", id="a", applies_to="{zones: [west]}")
    rules += rule("storeys", "{max: 6}", id="b", applies_to="{zones: [east]}") + rule("storeys", "{max: 9}", id="c")
    town = Town(buildings_of(MIDDLE, MIDDLE, MIDDLE), zones, frontages_of(), None)
    found = {(c.first, c.second): c.buildings for c in find_conflicts(pack_of(rules).rules, town)}
    assert found == {("a", "c"): 1, ("b", "c"): 2}


def test_one_parcel_has_one_key_zone():
    zones = zones_of(a=shapely.box(0, 0, 10, 10), b=shapely.box(9, 0, 20, 10), c=shapely.box(0, 0, 5, 5))
    leveled = zones.append_column("level", [["key", "key", "unit"]])
    (found,) = find_key_zone_overlaps(leveled)
    assert (found.first, found.second, found.differences[0][1]) == ("a", "b", 10.0)


def test_merging_does_not_change_the_order_of_findings():
    rules = height("z", 12, "precedence: overlay") + rule("storeys", "{max: 3}", id="m")
    pack = pack_of(rules + height("a", 18, "precedence: overlay"))
    buildings = buildings_of({**MIDDLE, "storeys": 2})
    table = check_buildings(buildings, zones_of(), frontages_of(), [pack], TODAY)
    assert table["rule_id"].to_pylist() == ["z", "m", "a"]
