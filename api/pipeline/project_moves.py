"""Moves of projects through their stages: replayed from acts, submitted, decided; every act is one more row."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from api.pipeline.attachments import check_reference
from api.pipeline.projects import check_library, read_record
from cim_core.errors import ModelError, TransitionError
from cim_core.renewal import (
    STAGES,
    Evidence,
    EvidenceKind,
    MoveStatus,
    RenewalLimits,
    Stage,
    StageMove,
    allowed_transitions,
    approve_move,
    parse_instant,
    reject_move,
    submit_move,
)
from cim_core.store import Store
from cim_core.store.changes import Change

#: All of China keeps the time of Beijing: the day of a decision is the day there.
_CHINA = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Move:
    """A move with its id."""

    id: str
    move: StageMove

    def to_dict(self) -> dict[str, Any]:
        """Plain values; instants are UTC."""
        move = self.move
        return {
            "id": self.id,
            "project_id": move.project_id,
            "origin": move.origin.value,
            "target": move.target.value,
            "status": move.status.value,
            "submitted_by": move.submitted_by,
            "submitted_at": _instant(move.submitted_at),
            "evidence": [{"kind": item.kind.value, "reference": item.reference} for item in move.evidence],
            "reason": move.reason,
            "decided_by": move.decided_by or None,
            "decided_at": None if move.decided_at is None else _instant(move.decided_at),
            "decision_note": move.decision_note,
        }


def list_moves(store: Store, project_id: str) -> list[Move]:
    """The moves of a project in the order they were submitted, replayed from its acts. Raises NotFoundError."""
    store.project(project_id)
    moves: dict[str, Move] = {}
    for act in store.project_acts(project_id).to_pylist():
        at = dt.datetime.fromisoformat(act["at"])
        if act["act"] == "submit":
            evidence = [Evidence(EvidenceKind(e["kind"]), e["reference"]) for e in json.loads(act["evidence"] or "[]")]
            move = StageMove(
                project_id,
                Stage(act["origin"]),
                Stage(act["target"]),
                act["actor"],
                at,
                tuple(evidence),
                act["note"] or "",
            )
        else:
            status = MoveStatus.APPROVED if act["act"] == "approve" else MoveStatus.REJECTED
            move = replace(
                moves[act["move_id"]].move,
                status=status,
                decided_by=act["actor"],
                decided_at=at,
                decision_note=act["note"] or "",
            )
        moves[act["move_id"]] = Move(act["move_id"], move)
    return list(moves.values())


def stage_taken_over(store: Store, project_id: str) -> dict[str, Any] | None:
    """At which stage a project came in, by whom, when and why, if an import put it past the first; else None."""
    acts = store.project_acts(project_id)
    first_act = acts["at"][0].as_py() if acts.num_rows else None
    rows = [r for r in store.history("project", project_id) if first_act is None or (r.recorded_from or "") < first_act]
    stage = rows[-1].values.get("stage") if rows else None
    if stage in (None, STAGES[0].value):
        return None
    came = next(row for row in rows if row.values.get("stage") == stage)
    return {"stage": stage, "by": came.actor, "at": came.recorded_from, "reason": came.reason}


def submit(
    store: Store,
    limits: RenewalLimits,
    project_id: str,
    *,
    by: str,
    target: str | None = None,
    at: str | None = None,
    evidence: Iterable[tuple[str, str]] = (),
    reason: str = "",
) -> Move:
    """Ask for a step of a project; without ``target`` the next stage.

    Raises TransitionError, ModelError, NotFoundError.
    """
    record, _, _ = read_record(store, project_id)
    moves, acts = list_moves(store, project_id), store.project_acts(project_id)
    waiting = next((move for move in moves if move.move.status is MoveStatus.SUBMITTED), None)
    if waiting:
        raise TransitionError(
            f"a move to {waiting.move.target.value!r} waits for a decision already",
            where=project_id,
            hint="approve or return it first",
            code="move-waiting",
        )
    evidence = list(evidence)
    for _, reference in evidence:
        check_reference(store, project_id, reference)
    stage, now = Stage(record["stage"]), dt.datetime.now(dt.UTC)
    when = now if at is None else parse_instant(at, "body#/at", now)
    move = submit_move(
        project_id,
        stage,
        _target(stage, target),
        by=by,
        at=when,
        evidence=[Evidence(_evidence_kind(kind), reference) for kind, reference in evidence],
        reason=reason,
        gates=limits.gates,
        verdicts=_verdicts(store, limits, project_id, when.date()),
        not_before=_last_act(acts),
    )
    result = Move(uuid.uuid4().hex[:12], move)
    items = [{"kind": item.kind.value, "reference": item.reference} for item in move.evidence]
    _add_act(store, result, "submit", move.submitted_by, when, items, move.reason, acts.num_rows)
    return result


def decide(
    store: Store,
    limits: RenewalLimits,
    project_id: str,
    *,
    approve: bool,
    by: str,
    note: str = "",
    at: str | None = None,
) -> Move:
    """Approve or return the move that waits.

    Raises SeparationOfDutiesError when by who submitted it, TransitionError, ModelError, NotFoundError.
    """
    acts = store.project_acts(project_id)
    waiting = [move for move in list_moves(store, project_id) if move.move.status is MoveStatus.SUBMITTED]
    if not waiting:
        record, _, _ = read_record(store, project_id)
        allowed = ", ".join(allowed_transitions(Stage(record["stage"])))
        raise TransitionError(
            "no move waits for a decision", where=project_id, hint=f"submit one; allowed: {allowed}", code="no-move"
        )
    now = dt.datetime.now(dt.UTC)
    when = now if at is None else parse_instant(at, "body#/at", now)
    (pending,) = waiting
    if approve:
        verdicts = _verdicts(store, limits, project_id, when.date())
        move = approve_move(pending.move, by=by, at=when, note=note, gates=limits.gates, verdicts=verdicts)
    else:
        move = reject_move(pending.move, by=by, at=when, note=note)
    result = Move(pending.id, move)
    _add_act(store, result, "approve" if approve else "return", by.strip(), when, [], note, acts.num_rows)
    return result


def _add_act(
    store: Store,
    move: Move,
    act: str,
    actor: str,
    at: dt.datetime,
    evidence: Sequence[Mapping[str, str]],
    note: str,
    acts_before: int,
) -> None:
    row = {
        "move_id": move.id,
        "project_id": move.move.project_id,
        "act": act,
        "origin": move.move.origin.value,
        "target": move.move.target.value,
        "actor": actor,
        "at": _instant(at),
        "evidence": list(evidence),
        "note": note,
    }
    stage = move.move.target.value if act == "approve" else None
    day = at.astimezone(_CHINA).date().isoformat()
    change = Change(actor, f"{act} {row['origin']} → {row['target']}: {note}".rstrip(": "), day)
    store.add_project_act(row, stage, acts_before, change)


def _verdicts(store: Store, limits: RenewalLimits, project_id: str, on: dt.date) -> dict[str, str]:
    found = check_library(store, limits, on)
    own = found.filter(pc.equal(found["project_id"], project_id))
    return dict(zip(own["check"].to_pylist(), own["verdict"].to_pylist(), strict=True))


def _target(stage: Stage, target: str | None) -> Stage:
    if target is None:
        following = [word for word in allowed_transitions(stage) if list(Stage).index(word) > list(Stage).index(stage)]
        if not following:
            raise TransitionError("the project is at the last stage", where="stage", hint="name an earlier stage")
        return following[0]
    try:
        return Stage(target)
    except ValueError:
        raise ModelError(
            f"unknown stage {target!r}", where="body#/target", hint="one of " + ", ".join(Stage), code="unknown-stage"
        ) from None


def _evidence_kind(kind: str) -> EvidenceKind:
    try:
        return EvidenceKind(kind)
    except ValueError:
        raise ModelError(
            f"unknown evidence {kind!r}",
            where="body#/evidence",
            hint="one of " + ", ".join(EvidenceKind),
            code="unknown-evidence",
        ) from None


def _last_act(acts: pa.Table) -> dt.datetime | None:
    return dt.datetime.fromisoformat(acts["at"][acts.num_rows - 1].as_py()) if acts.num_rows else None


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
