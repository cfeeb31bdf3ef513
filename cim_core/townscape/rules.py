"""What a rule pack holds, once it is read: rules with where and when they are in force, exemptions, the document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cim_core.townscape.color.palette import Palette
from cim_core.townscape.expressions import Condition
from cim_core.townscape.kinds.base import ControlKind
from cim_core.townscape.kinds.parameters import parameters_to_dict
from cim_core.townscape.verdicts import Nature, Precedence, Protected, Strength
from cim_core.townscape.yaml_nodes import Warned


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and English."""

    zh: str
    en: str

    def to_dict(self) -> dict[str, str]:
        """Both, ready for JSON."""
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Document:
    """The plan a pack comes from."""

    title: Text
    provenance: str
    issued: dt.date | None = None


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Where a rule holds: any of the zones and any of the streets and any of the uses; an empty list does not restrict.

    ``built_from``: only buildings of this year or later. ``when``: only buildings the condition is true for. Where the
    year or the condition cannot be known the building is reached, but cannot fail.

    ``units``: only what stands in one of these districts, units or parcels, or in one below them.

    A building is in a zone by the centroid of its footprint; with the ``relation`` ``intersects`` if at least
    ``min_overlap_percent`` of it is inside, with ``contains`` if all of it is. It is on a street by a frontage.
    """

    zones: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    built_from: int | None = None
    when: Condition | None = None
    units: tuple[str, ...] = ()
    relation: str = "centroid"
    min_overlap_percent: float = 0.0

    @property
    def least_overlap(self) -> float:
        """Share of a thing, from 0 to 1, that must lie in a zone unless its centroid decides; contained means all."""
        return 1.0 if self.relation == "contains" else self.min_overlap_percent / 100.0

    @property
    def attributes(self) -> tuple[str, ...]:
        """Building attributes that decide whether the rule reaches a building."""
        by_use = ("use",) if self.uses else ()
        by_year = ("year_built",) if self.built_from is not None else ()
        return (*by_use, *by_year, *(self.when.attributes if self.when else ()))

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; a year and a condition only where there is one."""
        found: dict[str, Any] = {"zones": list(self.zones), "streets": list(self.streets), "uses": list(self.uses)}
        if self.built_from is not None:
            found["built_from"] = self.built_from
        if self.when is not None:
            found["when"] = self.when.text
        if self.units:
            found["units"] = list(self.units)
        if self.relation != "centroid":
            found |= {"relation": self.relation, "min_overlap_percent": self.min_overlap_percent}
        return found


@dataclass(frozen=True, slots=True)
class Validity:
    """The days a rule is in force, both included; None leaves an end open."""

    first: dt.date | None = None
    last: dt.date | None = None

    def holds(self, on: dt.date) -> bool:
        """Whether the day is within."""
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)


@dataclass(frozen=True, slots=True)
class Rule:
    """One clause: a control kind with parameters, and where it holds. ``parameters`` is the kind's own dataclass.

    ``precedence`` is the level of the plan it comes from (None: it takes no part in merging), ``strength`` how binding
    it is among rules about the same element, ``protects`` what no exemption may touch.
    """

    id: str
    kind: ControlKind
    clause: str
    nature: Nature
    text: Text
    applies_to: AppliesTo
    parameters: Any
    is_exemptible: bool = True
    provenance: str = ""
    strength: Strength | None = None
    precedence: Precedence | None = None
    validity: Validity = Validity()
    protects: Protected | None = None

    @property
    def attributes(self) -> frozenset[str]:
        """Building attributes that can change what the rule says of a building."""
        return frozenset((*self.kind.attributes, *self.applies_to.attributes))

    def to_dict(self) -> dict[str, Any]:
        """The rule as JSON-ready values; palettes by id; how it binds only where that is stated."""
        return {
            "id": self.id,
            "kind": self.kind.id,
            "clause": self.clause,
            "nature": self.nature.value,
            "text": self.text.to_dict(),
            "applies_to": self.applies_to.to_dict(),
            "parameters": parameters_to_dict(self.parameters),
            "exemptible": self.is_exemptible,
            "provenance": self.provenance,
            **self.stated(),
        }

    def stated(self) -> dict[str, str]:
        """How the rule binds, only what is stated."""
        words = {"strength": self.strength, "precedence": self.precedence, "protects": self.protects}
        days = {"valid_from": self.validity.first, "valid_until": self.validity.last}
        stated = {name: word.value for name, word in words.items() if word is not None}
        return stated | {name: day.isoformat() for name, day in days.items() if day is not None}


@dataclass(frozen=True, slots=True)
class Exemption:
    """A decision that one building need not keep one rule, from ``decided_on`` to ``expires_on`` (both included).

    ``dataset`` narrows it to one dataset; None matches the building id in any. ``conditions``: what it depends on.
    """

    building_id: str
    rule_id: str
    reason: Text
    decided_by: str
    decided_on: dt.date
    expires_on: dt.date
    dataset: str | None = None
    conditions: str = ""

    def is_valid(self, on: dt.date) -> bool:
        """Whether the decision holds on that day."""
        return self.decided_on <= on <= self.expires_on


@dataclass(frozen=True, slots=True)
class RulePack:
    """All rules of one plan. ``warnings``: what may be mistakes of its text."""

    id: str
    name: Text
    version: str
    is_synthetic: bool
    document: Document
    palettes: Mapping[str, Palette]
    rules: tuple[Rule, ...]
    exemptions: tuple[Exemption, ...] = ()
    notice: Text | None = None
    warnings: tuple[Warned, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The pack as JSON-ready values, as the interface shows it."""
        issued = self.document.issued
        return {
            "id": self.id,
            "name": self.name.to_dict(),
            "version": self.version,
            "synthetic": self.is_synthetic,
            "notice": self.notice.to_dict() if self.notice else None,
            "document": {
                "title": self.document.title.to_dict(),
                "provenance": self.document.provenance,
                "issued": issued.isoformat() if issued else None,
            },
            "palettes": [
                {"id": p.id, "name": {"zh": p.zh, "en": p.en}, "ranges": [r.describe() for r in p.ranges]}
                for p in self.palettes.values()
            ],
            "rules": [rule.to_dict() for rule in self.rules],
        }
