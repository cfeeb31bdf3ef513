"""Renewal projects of a workspace: the library, moves and gates, checks, totals."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import sample_models
from cim_core.errors import ModelError, NotFoundError, SourceError, TransitionError
from cim_core.renewal import (
    LIBRARIES,
    PARTS_SCHEMA,
    Evidence,
    EvidenceKind,
    MoveStatus,
    RenewalLimits,
    Stage,
    StageMove,
    approve_move,
    build_parts,
    check_projects,
    from_cells,
    measure_figures,
    measure_maturity,
    merge_scenario_parts,
    parse_instant,
    parse_project,
    project_exemptions,
    read_renewal_limits,
    reject_move,
    submit_move,
    total_projects,
)
from cim_core.renewal.gates import Gate
from cim_core.renewal.stages import allowed_transitions
from cim_core.scenarios import PlaceState
from cim_core.store import Store
from cim_core.store.changes import Change

LIMITS_FILE = "renewal-limits.yaml"
#: The map layer with red lines, farmland and other lines a project may not cross.
CONTROL_LINES = "control-lines"
_PACKAGED_LIMITS = Path(sample_models.__file__).resolve().parent / "packs" / LIMITS_FILE
_ACTION_OF_STATE = {PlaceState.REMOVED.value: "demolish", PlaceState.PROPOSED.value: "new"}


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


def load_limits(folder: Path) -> RenewalLimits:
    """Limits and gates of a workspace: its own ``renewal-limits.yaml``, else those that come with the program."""
    own = folder / LIMITS_FILE
    return read_renewal_limits(own if own.is_file() else _PACKAGED_LIMITS)


def check_project_rows(rows: pa.Table, path: Path) -> pa.Table:
    """Rows of a project file with every value held against the fields; unknown columns stay for the store to keep.

    Raises SourceError naming the file, the project and the field.
    """
    records = rows.drop_columns(["geometry"]).to_pylist()
    try:
        parsed = [parse_project(record, is_strict=False) for record in records]
    except ModelError as error:
        raise SourceError(
            error.message, where=f"{path}: {error.where}", hint=error.hint, code="project-field"
        ) from error
    columns = {name: rows[name] for name in rows.column_names if not parsed or name not in parsed[0]}
    for name in parsed[0] if parsed else ():
        values = [record[name] for record in parsed]
        is_list = any(isinstance(value, list) for value in values)
        columns[name] = pa.array(
            [json.dumps(v, ensure_ascii=False) if v else None for v in values] if is_list else values
        )
    return pa.table(columns)


def select_library(projects: pa.Table, library: str) -> pa.Table:
    """The projects of one of the three libraries. Raises NotFoundError for another name."""
    found = next((entry for entry in LIBRARIES if entry.value == library), None)
    if found is None:
        known = ", ".join(entry.value for entry in LIBRARIES)
        raise NotFoundError(f"there is no library {library!r}", hint=f"one of {known}", code="no-library")
    for name, wanted in (("batch", found.batches), ("stage", found.stages)):
        if wanted:
            projects = projects.filter(pc.is_in(projects[name], pa.array([word.value for word in wanted])))
    return projects


def read_record(store: Store, project_id: str) -> tuple[dict[str, Any], int, bytes | None]:
    """A project's record, its version and its place (WKB, work CRS). Raises NotFoundError."""
    row = store.project(project_id).to_pylist()[0]
    return from_cells(row), row["version"], row["geometry"]


def project_parts(store: Store) -> pa.Table:
    """``PARTS_SCHEMA`` of all projects, with the newest checked draft scenario of each on top."""
    buildings = store.buildings(columns=("dataset", "id", "geometry", "storeys"), with_verdict=True)
    parts = build_parts(store.project_links(), buildings)
    for scenario in _scenarios_by_project(store).values():
        parts = merge_scenario_parts(parts, _scenario_parts(store, scenario, parts))
    return parts


def check_library(store: Store, limits: RenewalLimits, on: dt.date) -> pa.Table:
    """``PROJECT_FINDINGS_SCHEMA`` of every project of a store."""
    projects = store.projects()
    lines = store.map_layer(CONTROL_LINES)
    figures = measure_figures(projects, project_parts(store), lines if lines.num_rows else None)
    return check_projects(figures, limits, on, project_exemptions(projects))


def total_library(store: Store, by: str | None, library: str | None = None) -> tuple[pa.Table, pa.Table]:
    """Totals by group, and all together. Raises UsageError for an unknown grouping."""
    projects = store.projects()
    if library:
        projects = select_library(projects, library)
    parts = project_parts(store)
    return total_projects(projects, parts, by), total_projects(projects, parts)


def describe_progress(record: Mapping[str, Any], limits: RenewalLimits) -> dict[str, Any]:
    """Where a project may go, what its gate asks, and how far it is with its papers."""
    stage = Stage(record["stage"])
    gate, maturity = limits.gates.get(stage, Gate()), measure_maturity(record)
    return {
        "maturity_percent": maturity.percent,
        "missing_procedures": list(maturity.missing),
        "allowed_transitions": [target.value for target in allowed_transitions(stage)],
        "gate": {"evidence": [kind.value for kind in gate.evidence], "checks": list(gate.checks)},
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
    change = Change(actor, f"{act} {row['origin']} → {row['target']}: {note}".rstrip(": "))
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


def _scenarios_by_project(store: Store) -> dict[str, dict[str, Any]]:
    rows = store.scenarios().to_pylist()
    checked = [row for row in rows if row["project_id"] and row["state"] == "draft" and row["checked_at"]]
    return {row["project_id"]: row for row in sorted(checked, key=lambda row: str(row["checked_at"]))}


def _scenario_parts(store: Store, scenario: Mapping[str, Any], parts: pa.Table) -> pa.Table:
    """What a scenario does, as parts of its project; a neighbour it only judges anew counts if it is linked."""
    places = store.scenario_places(scenario["id"])
    own = parts.filter(pc.equal(parts["project_id"], scenario["project_id"]))
    linked = set(zip(own["dataset"].to_pylist(), own["building_id"].to_pylist(), strict=True))
    rows = [
        {
            "project_id": scenario["project_id"],
            "action": _ACTION_OF_STATE.get(row["state"]),
            "verdict": row["verdict_before"],
            "verdict_after": row["verdict_after"],
            **{name: row[name] for name in ("dataset", "building_id", "floor_m2", "floor_after_m2")},
        }
        for row in places.to_pylist()
        if row["state"] != PlaceState.EXISTING.value or (row["dataset"], row["building_id"]) in linked
    ]
    return pa.Table.from_pylist(rows, schema=PARTS_SCHEMA)
