from __future__ import annotations

import datetime as dt

import pytest

from cim_core.errors import RulePackError
from cim_core.townscape.builtin import BUILTIN
from cim_core.townscape.rulepack import check_references, parse_rule_pack, read_rule_pack
from cim_core.townscape.verdicts import Nature

from .builders import HEAD, pack_of, rule

HEIGHT = rule("building-height", "{max_m: 12, reference: eave, tolerance_m: 0.3}", applies_to="{zones: [core]}")


def test_a_pack_is_read_into_rules_palettes_and_exemptions():
    pack = pack_of(
        HEIGHT,
        "  - {building_id: b7, rule_id: r1, reason: {zh: 因, en: why}, decided_by: 委员会,"
        " decided_on: 2025-06-01, expires_on: 2030-01-01}",
    )
    (only,) = pack.rules
    assert (only.kind.id, only.nature, only.clause) == ("building-height", Nature.RIGID, "1.1")
    assert (only.parameters.max_m, only.parameters.reference, only.parameters.tolerance_m) == (12.0, "eave", 0.3)
    assert only.applies_to.zones == ("core",)
    assert pack.palettes["warm"].ranges[0].hue == (15.0, 25.0)
    assert pack.palettes["loud"].ranges[0].describe() == "* */≥8"
    assert pack.document.issued == dt.date(2026, 1, 1)
    assert pack.exemptions[0].is_valid(dt.date(2030, 1, 1))
    assert not pack.exemptions[0].is_valid(dt.date(2030, 1, 2))


def test_a_rule_becomes_json_ready():
    pack = pack_of(rule("roof-color", "{allowed: [warm, grey], tolerance: {hue_steps: 2.5}}"))
    assert pack.to_dict()["rules"][0]["parameters"] == {
        "allowed": ["warm", "grey"],
        "tolerance": {"hue_steps": 2.5, "value": 0.0, "chroma": 0.0},
    }


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (rule("building-hight", "{max_m: 12}"), ["building-hight"]),
        (rule("building-height", "{max: 12}"), ["'max'", "parameters"]),
        (rule("building-height", "{max_m: twelve}"), ["number", "twelve"]),
        (rule("building-height", "{max_m: -1}"), ["below 0"]),
        (rule("building-height", "{}"), ["needs max_m or min_m"]),
        (rule("building-height", "{max_m: 3, min_m: 6}"), ["above"]),
        (rule("building-height", "{max_m: .inf}"), ["number"]),
        (rule("building-height", "{max_m: 12, reference: chimney}"), ["chimney"]),
        (rule("storeys", "{max: 2.5}"), ["whole number"]),
        (rule("storeys", "{max: true}"), ["whole number"]),
        (rule("roof-color", "{allowed: [cold]}"), ["cold"]),
        (rule("roof-color", "{}"), ["palettes"]),
        (rule("roof-form", "{allowed: [dome]}"), ["dome"]),
        (rule("style", "{}"), ["needs a list"]),
        (rule("storeys", "{max: 3}", applies_to="{uses: [castle]}"), ["castle"]),
        (rule("storeys", "{max: 3}", applies_to="{areas: [x]}"), ["areas"]),
        (rule("storeys", "{max: 3}", more=", color: red"), ["'color'"]),
        (rule("storeys", "{max: 3}") * 2, ["'r1' appears twice"]),
        (rule("storeys", "{max: 3, max: 4}"), ["max", "appears twice"]),
        ("  - {id: r1}\n", ["'kind' is missing"]),
        ("  - just words\n", ["expected a mapping"]),
    ],
)
def test_a_wrong_rule_is_refused_by_name(rules: str, words: list[str]):
    with pytest.raises(RulePackError) as caught:
        pack_of(rules)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.where.startswith("demo.yaml:")


def test_an_error_names_line_and_column():
    text = HEAD + "rules:\n" + rule("storeys", "{max: 3}")
    with pytest.raises(RulePackError) as caught:
        parse_rule_pack(text.replace("max: 3", "max: three"), where="plan.yaml")
    line = text.splitlines().index(rule("storeys", "{max: 3}").rstrip("\n")) + 1
    assert caught.value.where.startswith(f"plan.yaml:{line}:")


@pytest.mark.parametrize(
    "text",
    ["", "- a\n- b\n", "a: [1, 2", "a: !!python/object/apply:os.system [echo]\n", "a: &x 1\nb: *x\n", "--- 1\n--- 2\n"],
)
def test_text_that_is_no_pack_is_refused(text: str):
    with pytest.raises(RulePackError):
        parse_rule_pack(text)


@pytest.mark.parametrize(
    "entry",
    [
        "{hue: [5YR], value: [1, 2]}",
        "{hue: [5XX, 5Y]}",
        "{hue: [11R, 5Y]}",
        "{hue: N, chroma: [0, 1]}",
        "{hue: any, value: [6, 11]}",
        "{hue: any, value: [6, 5]}",
        "{value: [6, 7]}",
    ],
)
def test_a_wrong_palette_is_refused(entry: str):
    text = HEAD.replace("{hue: N, value: [4, 6.5]}", entry) + "rules: []\n"
    with pytest.raises(RulePackError, match=r"palettes\.grey"):
        parse_rule_pack(text)


@pytest.mark.parametrize(
    ("more", "entry", "word"),
    [
        ("", "rule_id: r9, expires_on: 2030-01-01", "r9"),
        (", exemptible: false", "rule_id: r1, expires_on: 2030-01-01", "cannot be exempted"),
        (", protects: fire", "rule_id: r1, expires_on: 2030-01-01", "cannot be exempted"),
        ("", "rule_id: r1", "'expires_on' is missing"),
        ("", "rule_id: r1, expires_on: 2020-01-01", "before"),
        ("", "rule_id: r1, expires_on: soon", "date"),
        ("", "rule_id: r1, expires_on: 9999-12-31", "no expiry"),
    ],
)
def test_a_wrong_exemption_is_refused(more: str, entry: str, word: str):
    exemption = f"  - {{building_id: b0, {entry}, reason: {{zh: 因, en: why}}, decided_by: x, decided_on: 2025-01-01}}"
    with pytest.raises(RulePackError, match=word):
        pack_of(rule("storeys", "{max: 3}", more=more), exemption)


def test_a_zone_the_town_does_not_have_is_named():
    pack = pack_of(HEIGHT)
    check_references(pack, zones={"core"})
    with pytest.raises(RulePackError, match="unknown zone 'core'"):
        check_references(pack, zones={"rim"})


def test_a_street_the_town_does_not_have_is_named():
    pack = pack_of(rule("storeys", "{max: 3}", applies_to="{streets: [main]}"))
    check_references(pack, zones=())
    with pytest.raises(RulePackError, match="unknown street 'main'"):
        check_references(pack, zones=(), streets={"side"})


def test_a_missing_or_foreign_file_is_a_rule_pack_error(tmp_path):
    with pytest.raises(RulePackError, match="cannot be read"):
        read_rule_pack(tmp_path / "none.yaml")
    (tmp_path / "gbk.yaml").write_bytes("名: 盂县".encode("gbk"))
    with pytest.raises(RulePackError, match="UTF-8"):
        read_rule_pack(tmp_path / "gbk.yaml")


def test_kinds_have_distinct_ids_and_sentences_in_both_languages():
    assert len({kind.id for kind in BUILTIN}) == len(BUILTIN)
    for kind in BUILTIN:
        assert all(m.zh.isascii() is False and m.en.isascii() for m in kind.messages.values())


def test_a_plan_unit_the_town_does_not_have_is_named():
    pack = pack_of(rule("storeys", "{max: 3}", applies_to="{units: [u1]}"))
    check_references(pack, zones=())
    many = {f"p{i:03d}" for i in range(100)}
    with pytest.raises(RulePackError, match="unknown plan unit 'u1'") as refused:
        check_references(pack, zones=(), units=many)
    assert refused.value.hint.endswith("p029, … (100 in all)")


@pytest.mark.parametrize(
    ("kind", "parameters", "word"),
    [
        ("window-wall-ratio", "{max_north: 30}", "30 is above 1"),
        ("building-coverage", "{max_percent: 500}", "500 is not within 0 to 100 %"),
        ("roof-slope", "{max_deg: 500}", "500 is not within 0 to 90 °"),
        ("frontage-rate", "{min_percent: 101, line_setback_m: 3}", "101 is not within 0 to 100 %"),
        ("floor-area-ratio", "{max: -1}", "-1 is below 0"),
        ("ac-units", "{max: -1}", "-1 is below 0"),
    ],
)
def test_a_number_that_its_unit_cannot_be_is_refused_with_its_place(kind: str, parameters: str, word: str):
    with pytest.raises(RulePackError, match=word) as error:
        pack_of(rule(kind, parameters))
    assert str(error.value.where).startswith("demo.yaml:12:")


def test_an_overlap_of_more_than_all_is_refused():
    where = "{zones: [core], relation: intersects, min_overlap_percent: 150}"
    with pytest.raises(RulePackError, match="150 is not within 0 to 100 %"):
        pack_of(rule("storeys", "{max: 3}", applies_to=where))


def test_a_percentage_below_one_is_read_and_warned_of():
    text = rule("green-ratio", "{min_percent: 0.3}")
    (warning,) = pack_of(text).warnings
    assert warning.where == f"demo.yaml:12:{text.index('0.3') + 1}"
    assert "0.3 % is less than one per cent" in warning.message
    assert warning.hint == "write 30 if 30 % is meant"
    assert pack_of(rule("green-ratio", "{min_percent: 30, tolerance: 0.5}")).warnings == ()


def test_an_intrusion_may_be_required_to_stay_below_the_line_of_sight():
    pack_of(rule("view-corridor", "{max_intrusion_m: -2, eye_height_m: 1.6}"))
