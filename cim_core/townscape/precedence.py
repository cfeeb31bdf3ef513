"""Rules about the same element of the same building: which one speaks, and where a person must decide.

Two rules are about the same element if they are of one kind (heights: and of one reference above one zero; facade
colors: both about the color or both about its share). They are
merged only where both say their strength or both say their level (``precedence``); all others hold side by side: the
strictest decides.

* The stronger rule wins: mandatory over conditional over optional.
* Of equal strength, the rule of the more particular level wins: building over project over overlay over base.
* A rule that is rigid, protects something or cannot be exempted from is never weakened, whatever the strength and level
  of the other: it holds beside what would replace it, and the stricter decides.
* Two different heights of one nature and one level, or both without a level, are not chosen between: where they differ
  the building is for review, unless one of them protects or cannot be exempted from.
* A forbidden color beats a suggestion of accents.

What is overridden gives no finding of its own; the finding of the winner names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.judging import Judged
from cim_core.townscape.kinds.parameters import parameters_to_dict
from cim_core.townscape.rules import Rule
from cim_core.townscape.texts import as_array
from cim_core.townscape.verdicts import FAIL, PASS, REVIEW, Nature, Precedence, Strength

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HEIGHT_KIND = "building-height"
ACCENT_KIND = "facade-accent-color"
FORBIDDEN_KIND = "forbidden-color"
NOT_WEAKENED = "not-weakened"


class Outcome(StrEnum):
    """What becomes of two rules about one element."""

    OVERRIDES = "overrides"
    REVIEW = "review"
    BOTH_HOLD = "both_hold"


@dataclass(frozen=True, slots=True)
class Relation:
    """Two rules about one element; for ``OVERRIDES`` the first is the winner. ``because`` is a word of the docs."""

    first: Rule
    second: Rule
    outcome: Outcome
    because: str


def element_of(rule: Rule) -> str:
    """What a rule is about: its kind, and for heights what they are measured to and from, for colors if by share."""
    ends = (getattr(rule.parameters, name, None) for name in ("reference", "above"))
    share = ["share"] if getattr(rule.parameters, "is_share", False) else []
    return ":".join([rule.kind.id, *(end for end in ends if end is not None), *share])


def relate(a: Rule, b: Rule) -> Relation | None:
    """How two rules stand to each other; None where they are about different elements."""
    if {a.kind.id, b.kind.id} == {ACCENT_KIND, FORBIDDEN_KIND}:
        forbids, suggests = (a, b) if a.kind.id == FORBIDDEN_KIND else (b, a)
        is_merged = _takes_part(a, b) and bool(suggests.parameters.allowed)
        outcome = Outcome.OVERRIDES if is_merged else Outcome.BOTH_HOLD
        return Relation(forbids, suggests, outcome, "forbidden-color") if suggests.parameters.allowed else None
    if element_of(a) != element_of(b):
        return None
    if a.strength and b.strength and a.strength != b.strength:
        first, second = sorted((a, b), key=lambda rule: list(Strength).index(rule.strength or Strength.OPTIONAL))
        return _override(first, second, "stronger")
    if a.precedence == b.precedence and _are_rival_heights(a, b):
        is_fixed = _is_fixed(a) or _is_fixed(b)
        return Relation(a, b, *((Outcome.BOTH_HOLD, NOT_WEAKENED) if is_fixed else (Outcome.REVIEW, "heights-differ")))
    if a.precedence is None or b.precedence is None:
        return Relation(a, b, Outcome.BOTH_HOLD, "no-level")
    if a.precedence != b.precedence:
        first, second = sorted((a, b), key=_level, reverse=True)
        return _override(first, second, "more-particular")
    if parameters_to_dict(a.parameters) == parameters_to_dict(b.parameters):
        first, second = sorted((a, b), key=lambda rule: (_is_fixed(rule), rule.nature is Nature.RIGID), reverse=True)
        return Relation(first, second, Outcome.OVERRIDES, "same")
    return Relation(a, b, Outcome.BOTH_HOLD, "same-level")


def group_rules(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Rules that must be judged together because one may override another or meet it in review; order is kept."""
    group_of = {rule.id: [rule] for rule in rules}
    for a, b in combinations(rules, 2):
        relation = relate(a, b)
        if relation is None or relation.outcome is Outcome.BOTH_HOLD or group_of[a.id] is group_of[b.id]:
            continue
        group_of[a.id].extend(group_of[b.id])
        for rule in group_of[b.id]:
            group_of[rule.id] = group_of[a.id]
    seen: set[int] = set()
    groups = [group_of[rule.id] for rule in rules]
    return [group for group in groups if not (id(group) in seen or seen.add(id(group)))]  # type: ignore[func-returns-value]


def merge(judged: Sequence[Judged]) -> list[Judged]:
    """Apply every relation to the rows both rules reach: drop overridden rows, open conflicting heights for review."""
    if len(judged) < 2:
        return list(judged)
    pieces = [_Piece.of(one) for one in judged]
    for i, k in combinations(range(len(judged)), 2):
        relation = relate(judged[i].rule, judged[k].rule)
        if relation is None or relation.outcome is Outcome.BOTH_HOLD:
            continue
        first, second = (pieces[i], pieces[k]) if relation.first is judged[i].rule else (pieces[k], pieces[i])
        _, rows_a, rows_b = np.intersect1d(first.keys, second.keys, assume_unique=True, return_indices=True)
        if relation.outcome is Outcome.REVIEW:
            _open_for_review(first, second, rows_a, rows_b)
        else:
            _override_rows(first, second, rows_a, rows_b, is_color=relation.because == "forbidden-color")
    return [piece.finish() for piece in pieces]


def _takes_part(a: Rule, b: Rule) -> bool:
    return (a.precedence is not None and b.precedence is not None) or (
        a.strength is not None and b.strength is not None
    )


def _override(first: Rule, second: Rule, because: str) -> Relation:
    """The first wins, unless the second may not be weakened."""
    if second.nature is Nature.RIGID or _is_fixed(second):
        return Relation(first, second, Outcome.BOTH_HOLD, NOT_WEAKENED)
    return Relation(first, second, Outcome.OVERRIDES, because)


def _is_fixed(rule: Rule) -> bool:
    """Whether nobody may decide against the rule: it protects something or cannot be exempted from."""
    return rule.protects is not None or not rule.is_exemptible


def _are_rival_heights(a: Rule, b: Rule) -> bool:
    """Whether two rules of one nature ask another height: another most, another least, or a least above the most."""
    if a.kind.id != HEIGHT_KIND or a.nature != b.nature:
        return False
    (low, high), (low_b, high_b) = ((rule.parameters.min_m, rule.parameters.max_m) for rule in (a, b))
    is_other = any(x is not None and y is not None and x != y for x, y in ((low, low_b), (high, high_b)))
    return is_other or any(x is not None and y is not None and x > y for x, y in ((low, high_b), (low_b, high)))


def _level(rule: Rule) -> int:
    return list(Precedence).index(rule.precedence) if rule.precedence else 0


@dataclass(slots=True)
class _Piece:
    """The rows of one rule while they are merged. ``keys``: one number a building, or a front; ``texts``: relations."""

    judged: Judged
    keys: Ints
    verdicts: NDArray[np.uint8]
    is_dropped: Bools
    texts: list[tuple[Bools, str]]
    notes: list[tuple[Bools, str, str]]

    @classmethod
    def of(cls, judged: Judged) -> _Piece:
        reach = judged.reach
        # A front, or a building in a corridor, is one number by itself; the same in every rule of the kind.
        keys = reach.frontage if (reach.frontage >= 0).any() else reach.rows.astype(np.int64)
        return cls(judged, keys, judged.judgement.verdicts, np.zeros(len(keys), bool), [], [])

    def mark(self, rows: Ints) -> Bools:
        marked = np.zeros(len(self.keys), bool)
        marked[rows] = True
        return marked

    def finish(self) -> Judged:
        if not self.texts and not self.is_dropped.any():
            return self.judged
        related = pa.repeat("", len(self.keys))
        for holds, text in self.texts:
            after = pc.binary_join_element_wise(related, text, "; ")
            both = pc.if_else(pc.equal(related, ""), text, after)
            related = pc.if_else(pa.array(holds), both, related)
        related = pc.if_else(pc.equal(related, ""), pa.scalar(None, pa.string()), related)
        notes = (*self.judged.judgement.notes, *self.notes)
        judgement = replace(self.judged.judgement, verdicts=self.verdicts, notes=notes)
        merged = replace(self.judged, judgement=judgement, related=as_array(related))
        return merged.take(np.flatnonzero(~self.is_dropped)) if self.is_dropped.any() else merged


def _override_rows(winner: _Piece, loser: _Piece, rows: Ints, lost: Ints, *, is_color: bool) -> None:
    is_sure = ~winner.judged.reach.is_doubtful[rows]
    if is_color:
        same = pc.equal(
            winner.judged.judgement.measured_text.take(pa.array(rows)),
            loser.judged.judgement.measured_text.take(pa.array(lost)),
        )
        is_sure &= np.asarray(pc.fill_null(same, False), bool) & (winner.verdicts[rows] == FAIL)
        is_sure &= loser.verdicts[lost] == PASS
    rows, lost = rows[is_sure], lost[is_sure]
    if len(rows) == 0:
        return
    loser.is_dropped[lost] = True
    rule = loser.judged.rule
    winner.texts.append((winner.mark(rows), f"overrides {rule.id}"))
    zh = f"已并入规则 {rule.id}（{rule.clause}）。"
    winner.notes.append((winner.mark(rows), zh, f"Rule {rule.id} ({rule.clause}) is merged into this one."))


def _open_for_review(a: _Piece, b: _Piece, rows_a: Ints, rows_b: Ints) -> None:
    """Rival heights: where one holds and the other is broken, neither verdict stands."""
    if len(rows_a) == 0:
        return
    first, second = a.verdicts[rows_a], b.verdicts[rows_b]
    differ = ((first == PASS) & (second == FAIL)) | ((first == FAIL) & (second == PASS))
    for piece, other, rows in ((a, b, rows_a), (b, a, rows_b)):
        piece.texts.append((piece.mark(rows), f"conflicts with {other.judged.rule.id}"))
        verdicts = piece.verdicts.copy()
        verdicts[rows[differ]] = REVIEW
        piece.verdicts = verdicts
        rule = other.judged.rule
        piece.notes.append(
            (
                piece.mark(rows[differ]),
                f"与规则 {rule.id}（{rule.clause}）的高度要求不一致且无法分出上下级，须经三维人工审查确定。",
                f"Rule {rule.id} ({rule.clause}) asks another height; which one speaks needs a 3D review.",
            )
        )
