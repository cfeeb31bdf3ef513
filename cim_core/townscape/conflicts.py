"""Rules that contradict or shadow each other, and zones that give one parcel two key-zone types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from cim_core.features.schema import Code
from cim_core.townscape.judging import Town
from cim_core.townscape.kinds.parameters import parameters_to_dict
from cim_core.townscape.places import area_shapes
from cim_core.townscape.precedence import Outcome, Relation, relate
from cim_core.townscape.rules import AppliesTo, Rule

CONFLICTS = (
    Code("contradiction", "要求相互矛盾", "No value meets both"),
    Code("heights-differ", "高度要求不一致", "Heights differ and neither rule stands above the other"),
    Code("different-limits", "限值不同", "Limits differ"),
    Code("same", "内容相同", "The same twice"),
    Code("key-zones", "同一地块有两类重点区", "One parcel in two key zones"),
)
#: Zones of these levels are key zones: a parcel belongs to one of them at most.
KEY_LEVELS = frozenset({"key"})
#: Overlaps of zones below this are slivers of drawing.
SLIVER_M2 = 1.0


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules (or two zones) in conflict.

    ``outcome``: ``overrides`` (the first speaks), ``review``, or ``both_hold`` (the stricter decides); ``because``: see
    ``precedence``. ``buildings``: how many both reach, None where the town is not known.
    """

    kind: str
    first: str
    second: str
    element: str
    outcome: str
    because: str
    differences: tuple[tuple[str, Any, Any], ...]
    buildings: int | None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        names = ("kind", "first", "second", "element", "outcome", "because", "buildings")
        differences = [{"parameter": name, "first": a, "second": b} for name, a, b in self.differences]
        return {**{name: getattr(self, name) for name in names}, "differences": differences}


def find_conflicts(rules: Sequence[Rule], town: Town | None = None) -> list[Conflict]:
    """Pairs of rules about one element that can reach the same building and do not say the same of it.

    Without a town two rules are taken to meet unless their uses exclude each other. Pairs that share no building of the
    town are left out.
    """
    found = []
    for a, b in combinations(rules, 2):
        relation = relate(a, b)
        if relation is None or not _may_meet(a.applies_to, b.applies_to):
            continue
        conflict = _describe(relation, None if town is None else _shared(a, b, town))
        if conflict.buildings != 0:
            found.append(conflict)
    return found


def find_key_zone_overlaps(zones: pa.Table) -> list[Conflict]:
    """Pairs of key zones (``level`` among ``KEY_LEVELS``) that overlap by more than a sliver."""
    if "level" not in zones.column_names:
        return []
    rows = [i for i, level in enumerate(zones["level"].to_pylist()) if level in KEY_LEVELS]
    shapes = area_shapes(zones["geometry"])
    ids = zones["id"].to_pylist()
    found = []
    for i, k in combinations(rows, 2):
        area_m2 = float(shapely.area(shapely.intersection(shapes[i], shapes[k])))
        if area_m2 > SLIVER_M2:
            difference = (("overlap_m2", round(area_m2, 1), round(area_m2, 1)),)
            found.append(
                Conflict("key-zones", ids[i], ids[k], "zone", Outcome.REVIEW.value, "one-key-zone", difference, None)
            )
    return found


def _describe(relation: Relation, buildings: int | None) -> Conflict:
    a, b = parameters_to_dict(relation.first.parameters), parameters_to_dict(relation.second.parameters)
    differences = tuple((n, a.get(n), b.get(n)) for n in dict.fromkeys((*a, *b)) if a.get(n) != b.get(n))
    kind = "different-limits"
    if _contradict(a, b):
        kind = "contradiction"
    elif not differences:
        kind = "same"
    elif relation.because == "heights-differ":
        kind = "heights-differ"
    return Conflict(
        kind=kind,
        first=relation.first.id,
        second=relation.second.id,
        element=relation.first.kind.id,
        outcome=relation.outcome.value,
        because=relation.because,
        differences=differences,
        buildings=buildings,
    )


def _contradict(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether no value can meet both: least above greatest, no common entry allowed, or all of it forbidden."""
    for low, high in ((a, b), (b, a)):
        for name, value in low.items():
            other = high.get(f"max{name[3:]}") if name.startswith("min") else None
            if isinstance(value, int | float) and isinstance(other, int | float) and value > other:
                return True
    allowed = [set(side["allowed"]) for side in (a, b) if side.get("allowed")]
    if len(allowed) == 2 and not allowed[0] & allowed[1]:
        return True
    pairs = ((a, b), (b, a))
    return any(x.get("allowed") and set(x["allowed"]) <= set(y.get("forbidden") or ()) for x, y in pairs)


def _may_meet(a: AppliesTo, b: AppliesTo) -> bool:
    lists = ((a.uses, b.uses),)
    return all(not x or not y or set(x) & set(y) for x, y in lists)


def _shared(a: Rule, b: Rule, town: Town) -> int:
    return len(np.intersect1d(_buildings(a, town), _buildings(b, town)))


def _buildings(rule: Rule, town: Town) -> NDArray[np.int64]:
    return np.unique(town.reach(rule).rows)
