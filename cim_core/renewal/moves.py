"""Moves of a project between stages: submitted by one person with evidence, decided by another, kept for good."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from cim_core.errors import ModelError, SeparationOfDutiesError, TransitionError
from cim_core.renewal.gates import EVIDENCE_KINDS, EvidenceKind, Gate
from cim_core.renewal.stages import require_transition
from cim_core.renewal.vocabulary import Stage, stage_order

_OPENING = frozenset({"pass", "exempt"})
#: Clocks differ; a time further ahead than this has not come.
CLOCK_TOLERANCE = dt.timedelta(minutes=5)
#: Renewal libraries are younger; an earlier time (0001, 1800) is a mistake of typing.
EARLIEST_MOVE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


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
    gates: Mapping[Stage, Gate],
    verdicts: Mapping[str, str] | None = None,
    not_before: dt.datetime | None = None,
) -> StageMove:
    """Ask for a step: one stage on through the gate of the current stage, or back with a reason.

    Args:
        project_id: which project.
        current: where it stands.
        target: where it shall go.
        by: who asks.
        at: when; knows its zone.
        evidence: what is shown; an entry without a reference does not count.
        reason: why it goes back.
        gates: what must be shown and held at each stage.
        verdicts: check id → verdict, as ``check_projects`` gives them; a check without a verdict is no data.
        not_before: the time of the last act on this project.

    Raises:
        TransitionError: for a skipped stage, a way back without reason, a closed gate, nobody, a time without zone,
            or one before what happened already.
    """
    _require_person(by)
    _require_zone(at)
    _require_after(at, not_before, project_id)
    require_transition(current, target, reason)
    shown = tuple(item for item in evidence if item.reference.strip())
    move = StageMove(project_id, current, target, by.strip(), at, shown, reason.strip())
    if not move.is_back:
        require_open_gate(move, gates, verdicts or {})
    return move


def missing_evidence(
    stage: Stage, evidence: Iterable[Evidence], gates: Mapping[Stage, Gate]
) -> tuple[EvidenceKind, ...]:
    """What a project still has to show before it leaves a stage, in the order of the gate."""
    shown = {item.kind for item in evidence}
    return tuple(kind for kind in gates.get(stage, Gate()).evidence if kind not in shown)


def closed_checks(
    stage: Stage, verdicts: Mapping[str, str], gates: Mapping[Stage, Gate]
) -> tuple[tuple[str, str], ...]:
    """The checks that keep a gate closed with their verdicts; only a pass or a valid exemption opens it."""
    asked = [(name, verdicts.get(name, "no_data")) for name in gates.get(stage, Gate()).checks]
    return tuple((name, verdict) for name, verdict in asked if verdict not in _OPENING)


def require_open_gate(move: StageMove, gates: Mapping[Stage, Gate], verdicts: Mapping[str, str]) -> None:
    """Raise TransitionError naming the evidence and the checks that keep the gate of a forward move closed."""
    names = {term.value: term.en.lower() for term in EVIDENCE_KINDS}
    missing = [names[kind] + " missing" for kind in missing_evidence(move.origin, move.evidence, gates)]
    closed = [f"{name} is {verdict}" for name, verdict in closed_checks(move.origin, verdicts, gates)]
    if missing or closed:
        raise TransitionError(
            "the gate is closed: " + ", ".join([*missing, *closed]),
            where=move.project_id,
            hint="attach the evidence with a reference to where it is"
            if missing
            else "change the project, complete its figures, or record a decision where the check may be waived",
            code="gate-closed",
        )


def approve_move(
    move: StageMove,
    *,
    by: str,
    at: dt.datetime,
    note: str = "",
    gates: Mapping[Stage, Gate] | None = None,
    verdicts: Mapping[str, str] | None = None,
) -> StageMove:
    """The move, approved; with ``gates`` it must still pass its gate.

    Raises TransitionError when it is decided already or the gate closed meanwhile, SeparationOfDutiesError when by
    who submitted it.
    """
    decided = _decide(move, MoveStatus.APPROVED, by, at, note)
    if gates is not None and not move.is_back:
        require_open_gate(move, gates, verdicts or {})
    return decided


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
    if is_same_person(by, move.submitted_by):
        raise SeparationOfDutiesError(
            f"{move.submitted_by!r} submitted the move and cannot decide it",
            where=move.project_id,
            hint="another person decides",
        )
    if at < move.submitted_at:
        raise TransitionError("the decision is earlier than the submission", where=move.project_id, code="back-dated")
    return replace(move, status=status, decided_by=by.strip(), decided_at=at, decision_note=note.strip())


def is_same_person(first: str, second: str) -> bool:
    """Whether two names are one, however they are typed: case, width of letters, blanks, marks nobody sees.

    >>> is_same_person(" Ｗang  Li", "wang li")
    True
    """
    return _spelling(first) == _spelling(second)


def _spelling(name: str) -> str:
    seen = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", seen).casefold().split())


def _require_person(by: str) -> None:
    if not by.strip():
        raise TransitionError("a move needs the name of who makes it", where="by")


def _require_zone(at: dt.datetime) -> None:
    if at.utcoffset() is None:
        raise TransitionError("the time of a move needs a time zone", where="at")


def _require_after(at: dt.datetime, last: dt.datetime | None, project_id: str) -> None:
    if last is not None and at < last:
        raise TransitionError(
            f"{at.isoformat()} is before what happened already ({last.isoformat()})",
            where=project_id,
            hint="a move cannot be dated back",
            code="back-dated",
        )


def parse_instant(text: str, where: str, now: dt.datetime) -> dt.datetime:
    """An instant in UTC from ISO 8601 with a zone.

    Raises ModelError for text that is none (``:60``), a local time without zone, a time that has not come, or one
    before ``EARLIEST_MOVE``.
    """
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ModelError(
            f"{text!r} is not an instant", where=where, hint="write it as 2026-01-31T09:00:00+08:00", code="bad-instant"
        ) from None
    if at.utcoffset() is None:
        raise ModelError(
            f"{text!r} does not say its time zone", where=where, hint="add +08:00 or Z", code="bad-instant"
        )
    if at > now + CLOCK_TOLERANCE:
        raise ModelError(
            f"{text!r} has not come yet", where=where, hint="give the time it happened", code="bad-instant"
        )
    if at < EARLIEST_MOVE:
        raise ModelError(
            f"{text!r} is before {EARLIEST_MOVE.year}",
            where=where,
            hint="give the time it happened",
            code="bad-instant",
        )
    return at.astimezone(dt.UTC)
