"""Check buildings against rule packs: one vectorised judgement a rule, no loop over buildings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pyarrow as pa

from cim_core.errors import RulePackError
from cim_core.townscape.exemptions import apply_exemptions, check_exemptions
from cim_core.townscape.findings import FINDINGS_SCHEMA
from cim_core.townscape.judging import Judged, Town
from cim_core.townscape.places import Places
from cim_core.townscape.precedence import group_rules, merge
from cim_core.townscape.rulepack import check_references
from cim_core.townscape.rules import Exemption, Rule, RulePack
from cim_core.townscape.texts import as_array
from cim_core.townscape.writing import write_findings


def check_buildings(
    buildings: pa.Table,
    zones: pa.Table,
    frontages: pa.Table,
    packs: Sequence[RulePack],
    on: dt.date,
    streets: pa.Table | None = None,
    exemptions: Sequence[Exemption] = (),
    places: Places | None = None,
) -> pa.Table:
    """Judge every building, street and plan unit under every rule that reaches it.

    Args:
        buildings: columns of ``building_schema`` (missing ones count as all null) and ``dataset``; ``geometry`` is
            a WKB footprint in the work CRS, metres.
        zones: ``id``, ``geometry`` (WKB polygons, same CRS).
        frontages: ``building_id``, ``dataset``, ``street_id``, ``length_m`` as ``derive_frontages`` gives them; the
            kinds that judge frontages need its other columns too, and say no data without them.
        packs: rule packs; a rule id may appear in one of them only.
        on: the day on which rules must be in force and exemptions valid.
        streets: ``id``, ``class``, ``width_m`` (m), for the kinds that go by road class or width.
        exemptions: decisions beside those of the packs.
        places: plan units and view corridors, for the kinds about them.

    Returns:
        ``FINDINGS_SCHEMA``, ordered by pack, rule and building. ``zone_id`` is the zone the rule applies through,
        or, for a rule without zones, the smallest zone the building stands in; ``street_id`` likewise (longest
        frontage). A rule about frontages or street sides gives one row a frontage, ``street_id`` its street; a building
        without frontage has none. A building no rule reaches has no row, nor has a rule that another overrides there
        (see ``precedence``) or that is not in force on the day.

    Raises:
        RulePackError: a rule names a zone, plan unit or view corridor that is not there, two packs share a rule id, or
            an exemption is from a rule nobody can be exempted from.
    """
    rules = RuleSet(packs, on, exemptions)
    rules.check_names(zones, places)
    pieces = list(iterate_findings(Town(buildings, zones, frontages, streets, places=places), rules))
    return pa.concat_tables([FINDINGS_SCHEMA.empty_table(), *pieces])


class RuleSet:
    """The rules of several packs on one day.

    ``in_force``: the rules that hold on the day, in order; ``dormant``: those that do not (yet, or any more).
    ``exemptions``: decisions of the packs and others, by rule id.
    """

    def __init__(self, packs: Sequence[RulePack], on: dt.date, exemptions: Sequence[Exemption] = ()) -> None:
        _refuse_shared_rule_ids(packs)
        self.packs = tuple(packs)
        self.on = on
        every = [rule for pack in packs for rule in pack.rules]
        self.in_force = tuple(rule for rule in every if rule.validity.holds(on))
        self.dormant = tuple(rule for rule in every if not rule.validity.holds(on))
        check_exemptions(exemptions, every)
        self.exemptions: dict[str, list[Exemption]] = {}
        for exemption in (*(e for pack in packs for e in pack.exemptions), *exemptions):
            self.exemptions.setdefault(exemption.rule_id, []).append(exemption)
        self.groups = group_rules(self.in_force)

    def check_names(self, zones: pa.Table, places: Places | None = None) -> None:
        """Raise RulePackError for a rule that names a zone, plan unit or view corridor the town does not have."""
        places = places or Places()
        zone_ids, units, corridors = (
            frozenset(as_array(ids).to_pylist()) for ids in (zones["id"], places.units["id"], places.corridors.ids)
        )
        for pack in self.packs:
            check_references(pack, zones=zone_ids, units=units, corridors=corridors)

    def with_exemptions(self, exemptions: Sequence[Exemption]) -> RuleSet:
        """The same rules with other decisions beside those of the packs."""
        return RuleSet(self.packs, self.on, exemptions)


def iterate_findings(town: Town, rules: RuleSet) -> Iterator[pa.Table]:
    """The findings of one rule after the other, in the order of the packs, in pieces a large town does not overflow."""
    position = {rule.id: i for i, rule in enumerate(rules.in_force)}
    waiting: dict[int, pa.Table] = {}
    following = 0
    for group in rules.groups:
        if len(group) == 1:  # all before it are out: groups come in the order of their first rule
            yield from (write_rule(town, judged, rules) for judged in town.judge_blocks(group[0]))
            following += 1
        else:
            for judged in judge_group(town, group):
                waiting[position[judged.rule.id]] = write_rule(town, judged, rules)
        while following in waiting:
            yield waiting.pop(following)
            following += 1


def judge_group(town: Town, group: Sequence[Rule]) -> list[Judged]:
    """The answers of rules that may override each other."""
    return merge([town.judge(rule) for rule in group])


def write_rule(town: Town, judged: Judged, rules: RuleSet) -> pa.Table:
    """The findings of one judged rule, exemptions applied."""
    identity = town.identify(judged)
    ids, datasets = as_array(identity["id"]), as_array(identity["dataset"])
    decisions = rules.exemptions.get(judged.rule.id, ())
    exempted = apply_exemptions(judged.judgement.verdicts, ids, datasets, decisions, rules.on)
    return write_findings(judged, identity, town.site, exempted)


def _refuse_shared_rule_ids(packs: Sequence[RulePack]) -> None:
    owner: dict[str, str] = {}
    for pack in packs:
        for rule in pack.rules:
            if rule.id in owner:
                raise RulePackError(
                    f"the rule id {rule.id!r} is in the packs {owner[rule.id]!r} and {pack.id!r}",
                    where=pack.id,
                    hint="rule ids are unique across the packs of a town",
                )
            owner[rule.id] = pack.id
