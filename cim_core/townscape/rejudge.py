"""Judge a few changed buildings, and their neighbours as far as they are concerned, without checking the whole town.

::

    checker = Checker(buildings, zones, frontages, RuleSet(packs, on), streets)
    checker.check()                                   # all findings; or checker.prepare() without writing them
    done = checker.rejudge([BuildingEdit("town", "b7", {"height_m": 15.0})])    # what if
    done.findings                                     # changed findings, with verdict_before
    checker.apply([...])                              # the same, and the town stays changed

A rule is judged again only if it reads a changed attribute. What a rule about street sides says of the neighbours is
judged on whole streets; rules about areas on the whole town; of these only changed verdicts of neighbours are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.check import RuleSet, judge_group, write_rule
from cim_core.townscape.edits import BuildingEdit, Edited
from cim_core.townscape.exemptions import apply_exemptions
from cim_core.townscape.findings import FINDINGS_SCHEMA
from cim_core.townscape.judging import Judged, Town
from cim_core.townscape.kinds.base import PLACE_LAYERS, Scope
from cim_core.townscape.nearby import Fronts
from cim_core.townscape.places import Places
from cim_core.townscape.rules import Rule
from cim_core.townscape.texts import as_array
from cim_core.townscape.verdicts import VERDICT_ORDER

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

#: Scopes whose answers rest on the building and its own fronts alone.
LOCAL_SCOPES = frozenset({Scope.BUILDING, Scope.FRONTAGE, Scope.VIEW_CORRIDOR})
_VERDICT_TEXTS = pa.array([verdict.value for verdict in VERDICT_ORDER])
_NONE = np.empty(0, np.int64)
#: Up to so many buildings are looked up one by one.
_FEW = 8
#: Streets and plan units are numbered from here on in states, above all buildings.
_FIRST_PLACE = 1 << 32

#: A town: the whole, or as much of it as one building's own rules read.
TownReader = Callable[[bool], Town]

CHANGED_SCHEMA = FINDINGS_SCHEMA.append(pa.field("verdict_before", pa.string())).append(
    pa.field("measured_before", pa.float64())
)
GONE_SCHEMA = pa.schema(
    [pa.field(name, pa.string()) for name in ("dataset", "building_id", "rule_id", "kind", "clause", "street_id")]
    + [pa.field("verdict_before", pa.string())]
)


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What edits change.

    ``findings``: ``CHANGED_SCHEMA``: every finding of the edited buildings under the rules the edits touch, and the
    findings of neighbours that came out otherwise; ``verdict_before`` is null where there was none.
    ``gone``: ``GONE_SCHEMA``: findings that are no more.
    """

    findings: pa.Table
    gone: pa.Table


@dataclass(frozen=True, slots=True)
class _State:
    """What one rule last said: building row, street, side and turn of every finding as one key, verdict and number."""

    buildings: Ints
    streets: Ints
    keys: Ints
    verdicts: NDArray[np.uint8]
    measured: Floats

    def ordered(self) -> _State:
        """By key, and hence by building."""
        return self.take(np.argsort(self.keys, kind="stable"))

    def of_buildings(self, rows: Ints) -> Ints:
        """Where an ordered state speaks of some buildings."""
        if len(rows) > _FEW:
            return np.flatnonzero(np.isin(self.buildings, rows))
        first = np.searchsorted(self.buildings, np.sort(rows), side="left")
        last = np.searchsorted(self.buildings, np.sort(rows), side="right")
        return np.concatenate([_NONE, *(np.arange(i, k) for i, k in zip(first, last, strict=True))])

    def take(self, rows: Ints | Bools) -> _State:
        return _State(*(getattr(self, name)[rows] for name in self.__slots__))


class Checker:
    """A town kept ready: findings of all buildings once, then of a few changed ones in milliseconds.

    Not for several threads at once.
    """

    def __init__(
        self,
        buildings: pa.Table,
        zones: pa.Table,
        frontages: pa.Table,
        rules: RuleSet,
        streets: pa.Table | None = None,
        places: Places | None = None,
    ) -> None:
        """See ``check_buildings`` for the tables. Raises RulePackError for a rule that names what is not there."""
        rules.check_names(zones, places)
        self.rules = rules
        self._zones, self._streets = zones, streets
        self.town = Town(buildings, zones, frontages, streets, places=places)
        self._index()
        self.fronts = Fronts(frontages, streets)
        self._states: dict[str, _State] = {}

    def check(self) -> pa.Table:
        """``FINDINGS_SCHEMA``: everything, in the order of the packs; keeps what it needs to judge edits."""
        pieces = {judged.rule.id: write_rule(self.town, judged, self.rules) for judged in self._judge_all()}
        ordered = [pieces[rule.id] for rule in self.rules.in_force]
        return pa.concat_tables([FINDINGS_SCHEMA.empty_table(), *ordered])

    def prepare(self) -> Checker:
        """Judge everything without writing findings, so that the next edit is fast. Returns itself."""
        if not self._states:
            for _ in self._judge_all():
                pass
        return self

    def rejudge(self, edits: Sequence[BuildingEdit]) -> Rejudged:
        """What the edits would change; the town stays as it is. Raises NotFoundError, UsageError."""
        return self._judge_edits(Edited.of(self, edits)).answer()

    def apply(self, edits: Sequence[BuildingEdit]) -> Rejudged:
        """Change the town by the edits and say what came out otherwise. Raises NotFoundError, UsageError."""
        edited = Edited.of(self, edits)
        outcome = self._judge_edits(edited)
        answer = outcome.answer()
        self.town, _ = edited.whole_town()
        if edited.moves_walls:
            self.fronts = Fronts(edited.all_frontages(), self._streets)
            self._index()
            self._states = {}
            self.prepare()
        else:
            self._states |= outcome.states()
        return answer

    def _index(self) -> None:
        ids = self.town.buildings.select(["dataset", "id"])
        pairs = zip(ids["dataset"].to_pylist(), ids["id"].to_pylist(), strict=True)
        self.row_of = {pair: row for row, pair in enumerate(pairs)}

    def _judge_all(self) -> Iterator[Judged]:
        rows = np.arange(self.town.buildings.num_rows)
        for group in self.rules.groups:
            for judged in judge_group(self.town, group):
                self._states[judged.rule.id] = self.state_of(judged, self.town, rows).ordered()
                yield judged

    def _judge_edits(self, edited: Edited) -> _Outcome:
        self.prepare()
        outcome = _Outcome(self, edited)
        for group in self.rules.groups:
            if edited.moves_walls or any(rule.attributes & edited.attributes for rule in group):
                self._judge_group(group, edited, outcome)
        return outcome

    def _judge_group(self, group: Sequence[Rule], edited: Edited, outcome: _Outcome) -> None:
        scopes = {rule.kind.scope for rule in group}
        if scopes <= LOCAL_SCOPES:
            town, rows = edited.local_town()
            meant_rows = np.unique(np.concatenate([rows, edited.rows]))
            meant: Callable[[_State], Ints] = lambda state: state.of_buildings(meant_rows)  # noqa: E731
        elif scopes == {Scope.STREET_SIDE}:
            town, rows = edited.street_town()
            on_street = edited.street_marker()
            meant = lambda state: np.flatnonzero(on_street[state.streets])  # noqa: E731
        else:
            town, rows = edited.whole_town()
            meant = lambda state: np.arange(len(state.keys))  # noqa: E731
        is_whole = not (scopes <= LOCAL_SCOPES or scopes == {Scope.STREET_SIDE})
        for judged in judge_group(town, group):
            before = self._states[judged.rule.id]
            outcome.add(judged, town, rows, before, before.take(meant(before)), is_whole=is_whole)

    def state_of(self, judged: Judged, town: Town, rows: Ints) -> _State:
        """The state of findings on a (part of a) town whose building ``i`` is row ``rows[i]`` of the whole."""
        reach = judged.reach
        is_place = judged.rule.kind.scope in PLACE_LAYERS
        buildings = _FIRST_PLACE + reach.rows if is_place else rows[reach.rows]
        streets = np.full(len(buildings), -1, np.int64)
        sides = np.zeros(len(buildings), np.int64)
        if judged.rule.kind.scope in {Scope.FRONTAGE, Scope.STREET_SIDE}:
            street_ids = town.site.street_ids.take(pa.array(reach.street_row))
            streets = self.fronts.street_numbers(street_ids)
            is_front = reach.frontage < town.site.frontages.num_rows  # else only beside the street, on no side of it
            side = as_array(town.site.frontages["line_side"]).take(pa.array(reach.frontage, mask=~is_front))
            sides = pc.index_in(side, pa.array(["left", "right"])).fill_null(2).to_numpy(zero_copy_only=False)
        place = (buildings * (1 << 20) + streets + 1) * 4 + sides
        keys = place * 16 + _turns(place)
        return _State(buildings, streets, keys, self._final(judged, town), judged.judgement.measured_value)

    def _final(self, judged: Judged, town: Town) -> NDArray[np.uint8]:
        """Verdicts after exemptions."""
        decisions = self.rules.exemptions.get(judged.rule.id)
        if not decisions:
            return judged.judgement.verdicts
        names = town.identify(judged)
        ids, datasets = as_array(names["id"]), as_array(names["dataset"])
        return apply_exemptions(judged.judgement.verdicts, ids, datasets, decisions, self.rules.on).verdicts


class _Outcome:
    """Findings collected rule by rule."""

    def __init__(self, checker: Checker, edited: Edited) -> None:
        self._checker = checker
        self._is_edited = _marker(edited.rows, edited.row_count)
        self._findings: list[pa.Table] = []
        self._gone: list[pa.Table] = []
        self._parts: dict[str, tuple[_State, _State, _State]] = {}

    def add(self, judged: Judged, town: Town, rows: Ints, whole: _State, before: _State, *, is_whole: bool) -> None:
        """Compare what one rule says now with what it said of the same places."""
        now = self._checker.state_of(judged, town, rows)
        if np.array_equal(before.keys, now.keys):  # the usual case of whole areas: nobody came or went
            is_known, verdicts, measured = np.ones(len(now.keys), bool), before.verdicts, before.measured
        else:
            at, is_known = _find(before.keys, now.keys)
            verdicts, measured = np.full(len(at), 255, np.uint8), np.full(len(at), np.nan)
            verdicts[is_known] = before.verdicts[at[is_known]]
            measured[is_known] = before.measured[at[is_known]]
            self._list_gone(judged.rule, before, now)
        is_other = verdicts != now.verdicts
        if not is_whole:
            is_other |= ~((measured == now.measured) | (np.isnan(measured) & np.isnan(now.measured)))
        is_building = now.buildings < len(self._is_edited)
        is_edited = is_building & self._is_edited[np.where(is_building, now.buildings, 0)]
        chosen = np.flatnonzero(is_other | is_edited)
        if len(chosen):
            few = judged if len(chosen) == len(now.keys) else judged.take(chosen)
            written = write_rule(town, few, self._checker.rules)
            former = pa.array(verdicts[chosen], mask=~is_known[chosen])
            written = written.append_column("verdict_before", _VERDICT_TEXTS.take(former))
            number = measured[chosen]
            self._findings.append(written.append_column("measured_before", pa.array(number, mask=np.isnan(number))))
        self._parts[judged.rule.id] = (whole, before, now)

    def _list_gone(self, rule: Rule, before: _State, now: _State) -> None:
        gone = before.take(np.flatnonzero(~np.isin(before.keys, now.keys) & (before.buildings < _FIRST_PLACE)))
        if len(gone.keys) == 0:
            return
        names = self._checker.town.buildings.select(["dataset", "id"]).take(pa.array(gone.buildings))
        count = len(gone.keys)
        columns = {
            "dataset": names["dataset"],
            "building_id": names["id"],
            "rule_id": pa.repeat(rule.id, count),
            "kind": pa.repeat(rule.kind.id, count),
            "clause": pa.repeat(rule.clause, count),
            "street_id": self._checker.fronts.street_names(gone.streets),
            "verdict_before": _VERDICT_TEXTS.take(pa.array(gone.verdicts)),
        }
        self._gone.append(pa.table(columns, schema=GONE_SCHEMA))

    def answer(self) -> Rejudged:
        """The tables of the answer."""
        findings = pa.concat_tables([CHANGED_SCHEMA.empty_table(), *self._findings])
        return Rejudged(findings, pa.concat_tables([GONE_SCHEMA.empty_table(), *self._gone]))

    def states(self) -> dict[str, _State]:
        """The states of the rules that were judged again."""
        return {rule_id: _join(*parts) for rule_id, parts in self._parts.items()}


def judge_one(read: TownReader, rules: RuleSet, rule_id: str, dataset: str, building_id: str) -> pa.Table:
    """``FINDINGS_SCHEMA``: what one rule says of one building, decisions applied; empty for a rule not in force.

    ``read`` gives the town, or with True only this building and its own fronts, which is enough for most rules. A
    decision never changes what is said of neighbours: it comes after all measuring and merging.
    """
    group = next((group for group in rules.groups if any(rule.id == rule_id for rule in group)), None)
    if group is None:
        return FINDINGS_SCHEMA.empty_table()
    town = read({rule.kind.scope for rule in group} <= LOCAL_SCOPES)
    judged = next(answer for answer in judge_group(town, group) if answer.rule.id == rule_id)
    names = town.identify(judged)
    is_it = pc.and_(pc.equal(names["id"], building_id), pc.equal(names["dataset"], dataset))
    return write_rule(town, judged.take(np.flatnonzero(np.asarray(pc.fill_null(is_it, False)))), rules)


def _join(whole: _State, before: _State, now: _State) -> _State:
    """The state of the whole town with one part of it replaced, ordered by key and hence by building."""
    kept = whole.take(~np.isin(whole.keys, before.keys))
    joined = _State(*(np.concatenate([getattr(kept, n), getattr(now, n)]) for n in _State.__slots__))
    return joined.ordered()


def _find(keys: Ints, wanted: Ints) -> tuple[Ints, Bools]:
    """Where each number stands among ordered ones, and whether it does."""
    at = np.searchsorted(keys, wanted)
    is_there = at < len(keys)
    is_there[is_there] = keys[at[is_there]] == wanted[is_there]
    return at, is_there


def _turns(place: Ints) -> Ints:
    """How many rows with the same number come before each, at most 15."""
    if (place[1:] > place[:-1]).all():
        return np.zeros(len(place), np.int64)
    order = np.argsort(place, kind="stable")
    ordered = place[order]
    first = np.ones(len(place), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    start = np.maximum.accumulate(np.where(first, np.arange(len(place)), 0))
    turns = np.empty(len(place), np.int64)
    turns[order] = np.minimum(np.arange(len(place)) - start, 15)
    return turns


def _marker(rows: Ints, count: int) -> Bools:
    marked = np.zeros(count, bool)
    marked[rows] = True
    return marked
