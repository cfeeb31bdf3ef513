"""Moves of a project between stages: submitted by one person with evidence, decided by another, kept for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from cim_core.errors import TransitionError
from cim_core.renewal.gates import DEFAULT_GATES, EVIDENCE_KINDS, EvidenceKind
from cim_core.renewal.stages import require_transition
from cim_core.renewal.vocabulary import Stage, stage_order


class MoveStatus(StrEnum):
    """What became of a move."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One document or record that supports a move. ``reference`` says where it is: a file, a finding, a clause."""

    kind: EvidenceKind
    reference: str


@dataclass(frozen=True, slots=True)
class StageMove:
    """A project's step from one stage to another: who asked for it when and with what, and who decided.

    ``reason`` is why it goes back (empty for a step forward); ``decision_note`` why it was decided so. Times know
    their zone.
    """

    project_id: str
    origin: Stage
    target: Stage
    submitted_by: str
    submitted_at: dt.datetime
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""
    status: MoveStatus = MoveStatus.SUBMITTED
    decided_by: str = ""
    decided_at: dt.datetime | None = None
    decision_note: str = ""

    @property
    def is_back(self) -> bool:
        """Whether the project returns to an earlier stage."""
        return stage_order(self.target) < stage_order(self.origin)


def submit_move(
    project_id: str,
    current: Stage,
    target: Stage,
    *,
    by: str,
    at: dt.datetime,
    evidence: Iterable[Evidence] = (),
    reason: str = "",
    gates: Mapping[Stage, tuple[EvidenceKind, ...]] = DEFAULT_GATES,
) -> StageMove:
    """Ask for a step: one stage on with the evidence of the current stage's gate, or back with a reason.

    Raises TransitionError for a skipped stage, a way back without reason, missing evidence, nobody, or a time
    without zone.
    """
    _require_person(by)
    _require_zone(at)
    require_transition(current, target, reason)
    shown = tuple(item for item in evidence if item.reference.strip())
    move = StageMove(project_id, current, target, by.strip(), at, shown, reason.strip())
    if not move.is_back:
        missing = missing_evidence(current, shown, gates)
        if missing:
            names = {term.value: term.en for term in EVIDENCE_KINDS}
            raise TransitionError(
                "the gate is closed: " + ", ".join(names[kind].lower() for kind in missing) + " missing",
                where=project_id,
                hint="attach the evidence with a reference to where it is",
            )
    return move


def missing_evidence(
    stage: Stage,
    evidence: Iterable[Evidence],
    gates: Mapping[Stage, tuple[EvidenceKind, ...]] = DEFAULT_GATES,
) -> tuple[EvidenceKind, ...]:
    """What a project still has to show before it leaves a stage, in the order of the gate."""
    shown = {item.kind for item in evidence}
    return tuple(kind for kind in gates.get(stage, ()) if kind not in shown)


def approve_move(move: StageMove, *, by: str, at: dt.datetime, note: str = "") -> StageMove:
    """The move, approved. Raises TransitionError when it is decided already, or by who submitted it."""
    return _decide(move, MoveStatus.APPROVED, by, at, note)


def reject_move(move: StageMove, *, by: str, at: dt.datetime, note: str) -> StageMove:
    """The move, rejected for a reason. Raises TransitionError as ``approve_move``, and without a note."""
    if not note.strip():
        raise TransitionError("a rejection needs a reason", where=move.project_id, hint="say what is missing")
    return _decide(move, MoveStatus.REJECTED, by, at, note)


def replay_moves(start: Stage, moves: Iterable[StageMove]) -> Stage:
    """The stage after a project's moves in the order they were decided; only approved ones count.

    Raises TransitionError when an approved move does not begin where the project stands: two people moved it at once.
    """
    stage = start
    approved = [move for move in moves if move.status is MoveStatus.APPROVED and move.decided_at is not None]
    for move in sorted(approved, key=lambda move: (move.decided_at, move.submitted_at)):
        if move.origin is not stage:
            raise TransitionError(
                f"a move leaves {move.origin.value!r}, but the project stands at {stage.value!r}",
                where=move.project_id,
                hint="submit it again from the present stage",
            )
        stage = move.target
    return stage


def _decide(move: StageMove, status: MoveStatus, by: str, at: dt.datetime, note: str) -> StageMove:
    _require_person(by)
    _require_zone(at)
    if move.status is not MoveStatus.SUBMITTED:
        raise TransitionError(f"the move is {move.status.value} already", where=move.project_id)
    if by.strip().casefold() == move.submitted_by.casefold():
        raise TransitionError(
            f"{move.submitted_by!r} submitted the move and cannot decide it",
            where=move.project_id,
            hint="another person decides",
        )
    if at < move.submitted_at:
        raise TransitionError("the decision is earlier than the submission", where=move.project_id)
    return replace(move, status=status, decided_by=by.strip(), decided_at=at, decision_note=note.strip())


def _require_person(by: str) -> None:
    if not by.strip():
        raise TransitionError("a move needs the name of who makes it", where="by")


def _require_zone(at: dt.datetime) -> None:
    if at.utcoffset() is None:
        raise TransitionError("the time of a move needs a time zone", where="at")
