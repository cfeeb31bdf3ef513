"""A rule pack: the control rules of one plan with their palettes, provenance and exemptions, read from YAML.

Limits are data of the pack, never constants of the code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from cim_core.errors import RulePackError
from cim_core.features.places import LAND_USES
from cim_core.townscape.builtin import BUILTIN
from cim_core.townscape.color.hue import parse_hue
from cim_core.townscape.color.palette import VALUE_MAX, MunsellRange, Palette, neutral_range
from cim_core.townscape.exemptions import check_days
from cim_core.townscape.expressions import Condition, ExpressionError, parse_condition
from cim_core.townscape.kinds.base import ControlKind
from cim_core.townscape.kinds.parameters import parse_parameters, percent
from cim_core.townscape.rules import AppliesTo, Document, Exemption, Rule, RulePack, Text, Validity
from cim_core.townscape.verdicts import Nature, Precedence, Protected, Strength
from cim_core.townscape.yaml_nodes import Node, parse_yaml

_USES = tuple(code.value for code in LAND_USES)
_SIZE_LIMIT_BYTES = 4 * 1024 * 1024
#: So many names a hint lists.
_NAMES_SHOWN = 30
_IN_FORCE = ("valid_from", "valid_until")
_RELATION = ("relation", "min_overlap_percent")
_RELATIONS = ("centroid", "intersects", "contains")

__all__ = [
    "AppliesTo",
    "Document",
    "Exemption",
    "Rule",
    "RulePack",
    "Text",
    "Validity",
    "check_references",
    "parse_rule_pack",
    "read_rule_pack",
]


def read_rule_pack(path: Path, *, kinds: Sequence[ControlKind] = BUILTIN) -> RulePack:
    """Load a pack from a YAML file. Raises RulePackError with file, line and column."""
    try:
        if path.stat().st_size > _SIZE_LIMIT_BYTES:
            raise RulePackError("the file is larger than 4 MiB", where=str(path))
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RulePackError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise RulePackError("is not UTF-8 text", where=str(path), hint="save it as UTF-8") from error
    return parse_rule_pack(text, where=path.name, kinds=kinds)


def parse_rule_pack(text: str, *, where: str = "rule pack", kinds: Sequence[ControlKind] = BUILTIN) -> RulePack:
    """Load a pack from YAML text.

    Raises RulePackError naming the unknown kind, parameter, palette or key and its place. Zones and streets are
    only names until they meet a town: see ``check_references``.
    """
    document = parse_yaml(text, where)
    root = document.fields(
        required=("id", "name", "version", "document", "rules"),
        optional=("synthetic", "notice", "palettes", "exemptions", "precedence", *_IN_FORCE),
    )
    palettes = _parse_palettes(root["palettes"]) if "palettes" in root else {}
    kind_by_id = {kind.id: kind for kind in kinds}
    rules: dict[str, Rule] = {}
    for node in root["rules"].sequence():
        rule = _parse_rule(node, kind_by_id, palettes, root)
        if rule.id in rules:
            raise node.error(f"the rule id {rule.id!r} appears twice")
        rules[rule.id] = rule
    exemption_nodes = _optional_sequence(root.get("exemptions"))
    return RulePack(
        id=root["id"].text(),
        name=_parse_text(root["name"]),
        version=root["version"].text(),
        is_synthetic=root["synthetic"].boolean() if "synthetic" in root else False,
        document=_parse_document(root["document"]),
        palettes=palettes,
        rules=tuple(rules.values()),
        exemptions=tuple(_parse_exemption(node, rules) for node in exemption_nodes),
        notice=_parse_text(root["notice"]) if "notice" in root else None,
        warnings=tuple(document.warnings),
    )


def check_references(
    pack: RulePack,
    *,
    zones: Collection[str],
    streets: Collection[str] | None = None,
    units: Collection[str] | None = None,
    corridors: Collection[str] | None = None,
) -> None:
    """Raise RulePackError for the first zone, street, plan unit or view corridor a rule names and the town lacks.

    A rule for a zone that does not exist would silently judge nothing. What is ``None`` is left unchecked.
    """
    layers = (("zone", zones), ("street", streets), ("plan unit", units), ("view corridor", corridors))
    for rule in pack.rules:
        at = rule.applies_to
        named = (at.zones, at.streets, at.units, getattr(rule.parameters, "corridors", ()))
        for (what, known), wanted in zip(layers, named, strict=True):
            missing = [] if known is None else [name for name in wanted if name not in known]
            if missing:
                raise RulePackError(
                    f"rule {rule.id!r} applies to the unknown {what} {missing[0]!r}",
                    where=pack.id,
                    hint=f"{what}s of this town: {_listed(known or ())}",
                )


def _listed(names: Collection[str]) -> str:
    """The first of the names, and how many there are if not all are shown."""
    shown = ", ".join(sorted(names)[:_NAMES_SHOWN]) or "none"
    return shown if len(names) <= _NAMES_SHOWN else f"{shown}, … ({len(names)} in all)"


def _parse_rule(
    node: Node, kinds: Mapping[str, ControlKind], palettes: Mapping[str, Palette], pack: Mapping[str, Node]
) -> Rule:
    """One rule; the level and the days in force are those of the pack where the rule does not say."""
    found = node.fields(
        required=("id", "kind", "clause", "nature", "text", "parameters"),
        optional=("applies_to", "exemptible", "provenance", "strength", "precedence", "protects", *_IN_FORCE),
    )
    kind = kinds[found["kind"].choice(kinds)]
    protects = Protected(found["protects"].choice(list(Protected))) if "protects" in found else None
    is_exemptible = found["exemptible"].boolean() if "exemptible" in found else protects is None
    if protects and is_exemptible:
        raise found["exemptible"].error(f"what protects {protects.value} cannot be exempted from")
    return Rule(
        id=found["id"].text(),
        kind=kind,
        clause=found["clause"].text(),
        nature=Nature(found["nature"].choice([nature.value for nature in Nature])),
        text=_parse_text(found["text"]),
        applies_to=_parse_applies_to(found["applies_to"]) if "applies_to" in found else AppliesTo(),
        parameters=parse_parameters(kind.parameters, found["parameters"], palettes),
        is_exemptible=is_exemptible,
        provenance=found["provenance"].text() if "provenance" in found else "",
        strength=Strength(found["strength"].choice(list(Strength))) if "strength" in found else None,
        precedence=_parse_precedence(found.get("precedence", pack.get("precedence"))),
        validity=_parse_validity({**pack, **found}),
        protects=protects,
    )


def _parse_precedence(node: Node | None) -> Precedence | None:
    return None if node is None or node.is_null else Precedence(node.choice(list(Precedence)))


def _parse_validity(found: Mapping[str, Node]) -> Validity:
    first, last = (found[name].date() if name in found and not found[name].is_null else None for name in _IN_FORCE)
    if first is not None and last is not None and last < first:
        raise found["valid_until"].error(f"ends on {last}, before it begins on {first}")
    return Validity(first, last)


def _parse_applies_to(node: Node) -> AppliesTo:
    if node.is_null:
        return AppliesTo()
    found = node.fields(optional=("zones", "units", "streets", "uses", "built_from", "when", *_RELATION))
    return AppliesTo(
        zones=tuple(child.text() for child in _optional_sequence(found.get("zones"))),
        streets=tuple(child.text() for child in _optional_sequence(found.get("streets"))),
        uses=tuple(child.choice(_USES) for child in _optional_sequence(found.get("uses"))),
        built_from=found["built_from"].integer() if "built_from" in found else None,
        when=_parse_condition(found["when"]) if "when" in found else None,
        units=tuple(child.text() for child in _optional_sequence(found.get("units"))),
        relation=found["relation"].choice(_RELATIONS) if "relation" in found else "centroid",
        min_overlap_percent=percent(found["min_overlap_percent"]) if "min_overlap_percent" in found else 0.0,
    )


def _parse_condition(node: Node) -> Condition:
    try:
        return parse_condition(node.text())
    except ExpressionError as error:
        raise node.error_at(error.offset, str(error), "attributes, numbers, 'texts', [lists], and/or/not/in") from error


def _parse_exemption(node: Node, rules: Mapping[str, Rule]) -> Exemption:
    found = node.fields(
        required=("building_id", "rule_id", "reason", "decided_by", "decided_on", "expires_on"), optional=("dataset",)
    )
    rule = rules[found["rule_id"].choice(rules)]
    if not rule.is_exemptible:
        raise node.error(f"rule {rule.id!r} cannot be exempted from")
    decided_on = found["decided_on"].date()
    expires_on = found["expires_on"].date()
    try:
        check_days(decided_on, expires_on)
    except RulePackError as error:
        raise found["expires_on"].error(error.message, error.hint) from error
    return Exemption(
        building_id=found["building_id"].text(),
        rule_id=rule.id,
        reason=_parse_text(found["reason"]),
        decided_by=found["decided_by"].text(),
        decided_on=decided_on,
        expires_on=expires_on,
        dataset=found["dataset"].text() if "dataset" in found and not found["dataset"].is_null else None,
    )


def _parse_document(node: Node) -> Document:
    found = node.fields(required=("title", "provenance"), optional=("issued",))
    return Document(
        title=_parse_text(found["title"]),
        provenance=found["provenance"].text(),
        issued=found["issued"].date() if "issued" in found and not found["issued"].is_null else None,
    )


def _parse_text(node: Node) -> Text:
    found = node.fields(required=("zh", "en"))
    return Text(found["zh"].text(), found["en"].text())


def _parse_palettes(node: Node) -> dict[str, Palette]:
    if node.is_null:
        return {}
    palettes = {}
    for palette_id, child in node.items().items():
        found = child.fields(required=("name", "ranges"))
        name = _parse_text(found["name"])
        ranges = tuple(_parse_range(entry) for entry in found["ranges"].sequence())
        if not ranges:
            raise found["ranges"].error("a palette needs at least one range")
        palettes[palette_id] = Palette(palette_id, name.zh, name.en, ranges)
    return palettes


def _parse_range(node: Node) -> MunsellRange:
    found = node.fields(required=("hue",), optional=("value", "chroma"))
    value = _parse_interval(found["value"], VALUE_MAX) if "value" in found else (0.0, VALUE_MAX)
    hue = found["hue"]
    if not hue.is_sequence and hue.text().upper() == "N":
        if "chroma" in found:
            raise found["chroma"].error("neutrals (hue N) take no chroma")
        return neutral_range(value)
    chroma = _parse_interval(found["chroma"], float("inf")) if "chroma" in found else (0.0, float("inf"))
    if not hue.is_sequence and hue.text().lower() == "any":
        return MunsellRange(value=value, chroma=chroma)
    ends = hue.sequence()
    if len(ends) != 2:
        raise hue.error("expected two hue names, e.g. [5YR, 5Y], or N, or any")
    return MunsellRange(value=value, chroma=chroma, hue=(_parse_hue(ends[0]), _parse_hue(ends[1])))


def _parse_hue(node: Node) -> float:
    try:
        return parse_hue(node.text())
    except ValueError as error:
        raise node.error(str(error), "steps 0–10 and a family: R YR Y GY G BG B PB P RP") from error


def _parse_interval(node: Node, ceiling: float) -> tuple[float, float]:
    ends = node.sequence()
    if len(ends) != 2:
        raise node.error("expected two numbers, lowest and highest")
    low = 0.0 if ends[0].is_null else ends[0].number()
    high = ceiling if ends[1].is_null else ends[1].number()
    if not 0.0 <= low <= high <= ceiling:
        raise node.error(f"{low:g} to {high:g} is not an interval within 0 to {ceiling:g}")
    return low, high


def _optional_sequence(node: Node | None) -> list[Node]:
    return [] if node is None or node.is_null else node.sequence()
