from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest

from cim_core.errors import ModelError, SeparationOfDutiesError, TransitionError
from cim_core.renewal import (
    EVIDENCE_KINDS,
    STAGES,
    Evidence,
    EvidenceKind,
    MoveStatus,
    Stage,
    StageMove,
    allowed_transitions,
    approve_move,
    missing_evidence,
    parse_instant,
    read_renewal_limits,
    reject_move,
    replay_moves,
    submit_move,
)

NINE = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
GATES = read_renewal_limits(Path(__file__).resolve().parents[3] / "sample_models/packs/renewal-limits.yaml").gates
HELD = {check: "pass" for gate in GATES.values() for check in gate.checks}


def shown(stage: Stage) -> list[Evidence]:
    return [Evidence(kind, f"archive/{kind}.pdf") for kind in (GATES[stage].evidence if stage in GATES else ())]


def forward(current: Stage, target: Stage, day: int = 0) -> StageMove:
    at = NINE + dt.timedelta(days=day)
    return submit_move("prj-01", current, target, by="Wang", at=at, evidence=shown(current), gates=GATES, verdicts=HELD)


def test_a_project_walks_through_all_nine_stages_with_two_people():
    stages = [Stage(term.value) for term in STAGES]
    moves = []
    for day, (current, target) in enumerate(pairwise(stages)):
        move = forward(current, target, day)
        assert move.status is MoveStatus.SUBMITTED
        moves.append(approve_move(move, by="Li", at=NINE + dt.timedelta(days=day, hours=1), note="complete"))
    assert replay_moves(Stage.UNIT_PLANNING, reversed(moves)) is Stage.OPERATION
    assert (moves[0].decided_by, moves[0].evidence[0].reference) == ("Li", "archive/unit_polygon.pdf")


def test_a_gate_names_what_is_missing():
    evidence = [Evidence(EvidenceKind.SCHEME_MODEL, "scheme.ifc"), Evidence(EvidenceKind.CHECK_REPORT, " ")]
    with pytest.raises(TransitionError, match="check report missing"):
        submit_move("p", Stage.SCHEME_DESIGN, Stage.IMPLEMENTATION, by="Wang", at=NINE, evidence=evidence, gates=GATES)
    assert missing_evidence(Stage.PROGRAMME, [], GATES) == GATES[Stage.PROGRAMME].evidence
    assert submit_move("p", Stage.CHECKUP, Stage.URBAN_DESIGN, by="Wang", at=NINE, gates={}).evidence == ()


def test_who_submits_cannot_decide_and_nothing_is_decided_twice():
    move = forward(Stage.CHECKUP, Stage.URBAN_DESIGN)
    for name in ("Wang", " wang "):
        with pytest.raises(SeparationOfDutiesError, match="cannot decide"):
            approve_move(move, by=name, at=NINE)
    approved = approve_move(move, by="Li", at=NINE)
    with pytest.raises(TransitionError, match="approved already"):
        reject_move(approved, by="Zhao", at=NINE, note="late")
    with pytest.raises(TransitionError, match="earlier"):
        approve_move(move, by="Li", at=NINE - dt.timedelta(seconds=1))


def test_the_way_back_needs_a_reason_but_no_evidence_and_no_stage_is_skipped():
    with pytest.raises(TransitionError, match="needs a reason"):
        submit_move("p", Stage.IMPLEMENTATION, Stage.SCHEME_DESIGN, by="Wang", at=NINE, gates=GATES)
    back = submit_move(
        "p", Stage.IMPLEMENTATION, Stage.CHECKUP, by="Wang", at=NINE, reason="the ground gave way", gates=GATES
    )
    assert back.is_back
    assert replay_moves(Stage.IMPLEMENTATION, [approve_move(back, by="Li", at=NINE)]) is Stage.CHECKUP
    with pytest.raises(TransitionError, match="skip"):
        forward(Stage.CHECKUP, Stage.PROGRAMME)


def test_a_rejection_needs_a_reason_and_moves_nothing():
    move = forward(Stage.CHECKUP, Stage.URBAN_DESIGN)
    with pytest.raises(TransitionError, match="reason"):
        reject_move(move, by="Li", at=NINE, note=" ")
    rejected = reject_move(move, by="Li", at=NINE, note="the list is old")
    assert replay_moves(Stage.CHECKUP, [rejected, move]) is Stage.CHECKUP


def test_two_moves_from_one_stage_do_not_both_count():
    moves = [approve_move(forward(Stage.CHECKUP, Stage.URBAN_DESIGN, d), by="Li", at=NINE) for d in (0, 0)]
    with pytest.raises(TransitionError, match="stands at"):
        replay_moves(Stage.CHECKUP, moves)


@pytest.mark.parametrize(("by", "at"), [(" ", NINE), ("Wang", dt.datetime(2026, 6, 1))])
def test_a_move_needs_a_person_and_a_time_with_zone(by, at):
    with pytest.raises(TransitionError):
        submit_move("p", Stage.CHECKUP, Stage.URBAN_DESIGN, by=by, at=at, gates={})


def test_every_kind_of_evidence_has_labels_and_every_stage_but_the_last_a_gate():
    assert [term.value for term in EVIDENCE_KINDS] == [kind.value for kind in EvidenceKind]
    assert set(GATES) == set(Stage) - {Stage.OPERATION}


@pytest.mark.parametrize(
    ("verdict", "is_open"), [("pass", True), ("exempt", True), ("fail", False), ("review", False), (None, False)]
)
def test_a_gate_opens_only_to_checks_that_hold_or_are_waived(verdict, is_open):
    verdicts = HELD | {"control-lines": verdict} if verdict else {"project-overlap": "pass"}

    def ask() -> StageMove:
        return submit_move(
            "p", Stage.PROGRAMME, Stage.SCHEME_DESIGN, by="Wang", at=NINE, evidence=shown(Stage.PROGRAMME),
            gates=GATES, verdicts=verdicts,
        )  # fmt: skip

    if is_open:
        assert approve_move(ask(), by="Li", at=NINE, gates=GATES, verdicts=verdicts).status is MoveStatus.APPROVED
        with pytest.raises(TransitionError, match="control-lines is no_data"):
            approve_move(ask(), by="Li", at=NINE, gates=GATES, verdicts={"project-overlap": "pass"})
    else:
        with pytest.raises(TransitionError, match=f"control-lines is {verdict or 'no_data'}") as caught:
            ask()
        assert caught.value.code == "gate-closed"


def test_a_move_is_not_dated_before_what_happened():
    with pytest.raises(TransitionError, match="before what happened") as caught:
        submit_move(
            "p",
            Stage.CHECKUP,
            Stage.URBAN_DESIGN,
            by="Wang",
            at=NINE,
            gates={},
            not_before=NINE + dt.timedelta(hours=1),
        )
    assert caught.value.code == "back-dated"


def test_allowed_transitions_are_the_next_stage_and_every_earlier_one():
    assert allowed_transitions(Stage.URBAN_DESIGN) == (Stage.CHARACTER_AREA, Stage.CHECKUP, Stage.UNIT_PLANNING)
    assert allowed_transitions(Stage.UNIT_PLANNING) == (Stage.CHECKUP,)
    assert Stage.OPERATION not in allowed_transitions(Stage.OPERATION)


@pytest.mark.parametrize("name", ["wang", " WANG ", "Ｗang", "W\u200bang", "wａｎｇ"])
def test_one_name_typed_otherwise_is_still_who_submitted(name):
    move = submit_move("p", Stage.CHECKUP, Stage.UNIT_PLANNING, by="Wang", at=NINE, reason="new", gates={})
    with pytest.raises(SeparationOfDutiesError):
        approve_move(move, by=name, at=NINE)
    assert approve_move(move, by="Wang Li", at=NINE).decided_by == "Wang Li"


@pytest.mark.parametrize("year", ["0001", "1500", "1800", "1999"])
def test_a_time_before_any_renewal_library_is_refused(year):
    with pytest.raises(ModelError, match="before 2000") as caught:
        parse_instant(f"{year}-01-01T00:00:00+08:00", "body#/at", NINE)
    assert caught.value.code == "bad-instant"


@pytest.mark.parametrize("text", ["2026-06-01T09:00:00", "2016-12-31T23:59:60Z", "yesterday", "2026-06-02T09:00:00Z"])
def test_an_instant_without_zone_with_a_leap_second_or_not_yet_come_is_refused(text):
    with pytest.raises(ModelError, match=r"instant|zone|not come"):
        parse_instant(text, "body#/at", NINE)


def test_an_instant_is_kept_in_utc():
    assert parse_instant("2026-06-01T16:30:00+08:00", "at", NINE).isoformat() == "2026-06-01T08:30:00+00:00"
