"""Records with versions, moves through gates, checks and totals over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

URL = "/api/v1/projects/prj-01"
RECORD = {"id": "prj-09", "name_zh": "新", "name_en": "New", "type": "culture", "batch": "reserve"}
EVIDENCE = [{"kind": "scheme_model", "reference": "s.ifc"}, {"kind": "check_report", "reference": "r.pdf"}]
#: prj-01 with what its gate asks: a tenth demolished (as much as its scenario demolishes: b2), as much rebuilt,
#: everybody stays near.
HELD = {
    "existing_floor_m2": 4000, "demolished_floor_m2": 400, "new_floor_m2": 400, "households_to_resettle": 4,
    "households_resettled_near": 4,
}  # fmt: skip


def patch(own: TestClient, body: dict[str, Any], tag: str | None = None) -> Any:
    return own.patch(URL, json=body, headers={"If-Match": tag or own.get(URL).headers["etag"]})


def move(own: TestClient, **body: Any) -> Any:
    return own.post(URL + "/moves", json=body)


def test_a_record_is_made_read_and_changed_by_version(own: TestClient) -> None:
    point = {"type": "Point", "coordinates": [114.56, 39.83]}
    made = own.post("/api/v1/projects", json={**RECORD, "households": 12, "geometry": point, "by": "planner"})
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/projects/prj-09")
    assert own.get(made.headers["location"]).headers["etag"] == made.headers["etag"]
    body = made.json()
    assert (body["record"]["households"], body["record"]["stage"], body["properties"]["version"]) == (
        12,
        "unit_planning",
        1,
    )
    assert body["geometry"]["coordinates"] == pytest.approx(point["coordinates"], abs=1e-8)
    url, tag = "/api/v1/projects/prj-09", made.headers["etag"]
    changed = own.patch(url, json={"address": "西街 1 号", "households": None}, headers={"If-Match": tag})
    assert (changed.json()["record"]["address"], changed.json()["record"]["households"]) == ("西街 1 号", None)
    assert changed.json()["geometry"] is not None
    stale = own.patch(url, json={"address": "x"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    assert own.post("/api/v1/projects", json=RECORD).status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"colour": "red"}, 422, "body#/colour"),
        ({"stage": "operation"}, 422, "body#/stage"),
        ({"id": "prj-77"}, 409, "body#/id"),
        ({"ends_on": "2026-01-01", "starts_on": "2026-02-01"}, 422, "body#/ends_on"),
        ({"starts_on": "0001-01-01"}, 422, "body#/starts_on"),
        ({"households": -1}, 422, "body#/households"),
        (
            {"investment": [{"source": "central", "year": 2026, "amount_cny": "many"}]},
            422,
            "body#/investment/0/amount_cny",
        ),
        ({"geometry": {"type": "Point", "coordinates": [447000, 4217000]}}, 422, "body#/geometry"),
        ({"geometry": "here"}, 422, "body#/geometry"),
    ],
)
def test_bad_changes_are_refused_by_place_and_change_nothing(
    own: TestClient, body: dict, status: int, where: str
) -> None:
    before = own.get(URL).json()
    answer = patch(own, body)
    assert (answer.status_code, answer.json()["where"]) == (status, where)
    assert own.get(URL).json() == before


def test_a_new_project_begins_at_the_first_stage_whatever_it_says(own: TestClient) -> None:
    for stage in ("checkup", "operation"):
        answer = own.post("/api/v1/projects", json={**RECORD, "stage": stage})
        assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (
            422,
            "read-only-field",
            "body#/stage",
        )
    assert own.get("/api/v1/projects/prj-09").status_code == 404
    assert own.post("/api/v1/projects", json={**RECORD, "stage": "unit_planning"}).status_code == 201
    assert own.get("/api/v1/projects/prj-09/moves").json()["taken_over"] is None


def test_a_stage_that_came_with_an_imported_library_says_who_took_it_over(own: TestClient) -> None:
    from cim_core.store import Change
    from tests.api.http.builders import projects

    store = own.app.state.town.store
    table = projects()
    stages = ["supervision", *table["stage"].to_pylist()[1:]]
    index = table.schema.get_field_index("stage")
    later = table.set_column(index, "stage", [stages])
    store.import_projects(later, "EPSG:4547", Change("Wang", "projects taken over from library.xlsx"))
    taken = own.get(URL + "/moves").json()["taken_over"]
    assert (taken["stage"], taken["by"]) == ("supervision", "Wang")
    assert taken["reason"] == "projects taken over from library.xlsx"
    move(own, act="submit", by="Wang", target="checkup", reason="new survey")
    move(own, act="approve", by="Li")
    assert own.get(URL + "/moves").json()["taken_over"] == taken


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("PATCH", URL, b'{"address": "x", "address": "y"}'),
        ("PATCH", URL, b'{"investment": [{"source": "central", "year": 2026, "year": 2027, "amount_cny": 1}]}'),
        ("PATCH", URL, b'{"households": NaN}'),
        ("PATCH", URL, b'{"address": "\\ud800"}'),
        ("POST", "/api/v1/projects", b'{"id": "a", "id": "b"}'),
        ("POST", "/api/v1/scenarios", b'{"id": "a", "id": "b", "changes": []}'),
        ("PUT", URL + "/buildings/town/b2", b'{"included": true, "included": false, "by": "me"}'),
        ("POST", URL + "/moves", b'{"act": "approve", "act": "return", "by": "Li"}'),
    ],
)
def test_json_that_parsers_read_in_two_ways_is_refused(own: TestClient, method: str, url: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "If-Match": own.get(URL).headers["etag"]}
    answer = own.request(method, url, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "not-strict-json")


def test_a_change_must_say_its_version(own: TestClient) -> None:
    assert own.patch(URL, json={"address": "x"}).status_code == 428
    assert patch(own, {"address": "x"}, '"prj-02.1"').status_code == 412


def test_a_project_passes_its_gate_by_two_people(own: TestClient) -> None:
    assert patch(own, HELD).status_code == 200
    submitted = move(own, act="submit", by="Wang", evidence=EVIDENCE)
    assert (submitted.status_code, submitted.json()["move"]["target"]) == (201, "implementation")
    assert submitted.headers["location"] == URL + "/moves"
    assert submitted.json()["stage"] == "scheme_design"
    again = move(own, act="submit", by="Wang", evidence=EVIDENCE)
    assert (again.status_code, again.json()["code"]) == (409, "move-waiting")
    own_work = move(own, act="approve", by=" wang ")
    assert (own_work.status_code, own_work.json()["code"]) == (403, "separation-of-duties")
    approved = move(own, act="approve", by="Li", reason="complete")
    assert (approved.status_code, approved.json()["stage"]) == (200, "implementation")
    history = own.get(URL + "/moves").json()
    assert [(m["status"], m["submitted_by"], m["decided_by"]) for m in history["moves"]] == [("approved", "Wang", "Li")]
    assert history["moves"][0]["submitted_at"].endswith("Z")
    nothing = move(own, act="approve", by="Li")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "no-move")


def test_a_closed_gate_a_skipped_stage_and_a_missing_attachment_are_conflicts(own: TestClient) -> None:
    closed = move(own, act="submit", by="Wang", evidence=EVIDENCE)
    assert (closed.status_code, closed.json()["code"]) == (409, "gate-closed")
    assert "demolition-share is" in closed.json()["detail"]
    patch(own, HELD)
    missing = move(own, act="submit", by="Wang", evidence=EVIDENCE[:1])
    assert (missing.status_code, "check report missing" in missing.json()["detail"]) == (409, True)
    skipped = move(own, act="submit", by="Wang", target="operation", evidence=EVIDENCE)
    assert skipped.status_code == 409
    assert skipped.json()["hint"].startswith("allowed from here: implementation, programme")
    assert own.get(URL + "/moves").json()["moves"] == []


def test_figures_that_the_scenario_of_a_project_contradicts_close_its_gate(own: TestClient) -> None:
    """Stated are 100 of 4,000 m² demolished; the scenario demolishes b2 of 400 m², which is a tenth and still holds."""
    patch(own, HELD | {"demolished_floor_m2": 100, "new_floor_m2": 100})
    assert move(own, act="submit", by="Wang", evidence=EVIDENCE).status_code == 201
    move(own, act="return", by="Li", reason="figures")
    # now 400 of 1,000 m², more than a fifth
    patch(own, HELD | {"existing_floor_m2": 1000, "demolished_floor_m2": 100, "new_floor_m2": 100})
    closed = move(own, act="submit", by="Wang", evidence=EVIDENCE)
    assert (closed.json()["code"], "demolition-share is review" in closed.json()["detail"]) == ("gate-closed", True)
    (found,) = [c for c in own.get(URL + "/checks").json()["checks"] if c["check"] == "demolition-share"]
    assert (found["measured"], found["linked"]) == (0.1, 0.4)


def test_a_return_needs_a_reason_and_leaves_the_stage(own: TestClient) -> None:
    patch(own, HELD)
    move(own, act="submit", by="Wang", evidence=EVIDENCE)
    assert move(own, act="return", by="Li").status_code == 409
    returned = move(own, act="return", by="Li", reason="the report is old").json()
    assert (returned["move"]["status"], returned["stage"]) == ("rejected", "scheme_design")


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2026-05-01T09:00:00", 422),
        ("2016-12-31T23:59:60Z", 422),
        ("9999-01-01T00:00:00Z", 422),
        ("0001-01-01T00:00:00Z", 422),
        ("1800-01-01T00:00:00Z", 422),
        ("2020-01-01T00:00:00Z", 409),
    ],
)
def test_a_move_is_neither_local_nor_future_nor_dated_back(own: TestClient, at: str, status: int) -> None:
    back = {"act": "submit", "by": "Wang", "target": "checkup", "reason": "new survey"}
    assert move(own, **back).status_code == 201
    assert move(own, act="return", by="Li", reason="no").status_code == 200
    assert move(own, **back, at=at).status_code == status


def test_an_import_leaves_the_stage_people_moved_a_project_to(own: TestClient) -> None:
    from tests.api.http.builders import projects

    move(own, act="submit", by="Wang", target="checkup", reason="new survey")
    move(own, act="approve", by="Li")
    own.app.state.town.store.import_projects(projects(), "EPSG:4547")
    assert own.get(URL).json()["record"]["stage"] == "checkup"


def test_checks_say_measured_limit_clause_and_verdict(own: TestClient) -> None:
    patch(own, HELD | {"demolished_floor_m2": 1000})
    checks = {c["check"]: c for c in own.get(URL + "/checks").json()["checks"]}
    share = checks["demolition-share"]
    assert (share["measured"], share["limit_max"], share["verdict"], share["provenance"]) == (
        0.25,
        0.2,
        "fail",
        "verified",
    )
    assert share["clause"]["zh"].startswith("2021")
    assert (checks["control-lines"]["verdict"], checks["control-lines"]["measured"]) == ("no_data", None)
    assert checks["project-overlap"]["verdict"] == "pass"


def test_totals_count_buildings_by_verdict_before_and_after(own: TestClient) -> None:
    total = own.get(URL + "/totals").json()["total"]
    # b0 (2 storeys, share 1) and b1 (4 storeys, share 0.25) are 80 m² each; the scenario replaces b2 by n1.
    assert total["existing_floor_m2"] == 80 * 2 + 80 * 4 * 0.25 + 80 * 5
    assert (total["demolished_floor_m2"], total["new_floor_m2"]) == (400, 240)
    assert (total["verdicts_before"]["fail"], total["verdicts_after"]["fail"]) == (1, 1)
    by_type = own.get("/api/v1/project-totals?by=type").json()
    assert [(g["key"], g["name"]["en"], g["projects"]) for g in by_type["groups"]] == [
        ("culture", "Culture", 1), ("industry", "Industry", 1),
    ]  # fmt: skip
    assert own.get("/api/v1/project-totals?by=colour").status_code == 422


def test_the_three_libraries_are_views_of_one_table(own: TestClient) -> None:
    found = {
        name: [f["id"] for f in own.get(f"/api/v1/projects?library={name}").json()["features"]]
        for name in ("information", "reserve", "dynamic")
    }
    assert found == {"information": ["prj-01", "prj-02"], "reserve": ["prj-02"], "dynamic": ["prj-01"]}


def test_a_project_without_a_place_or_buildings_is_warned_of(own: TestClient) -> None:
    assert own.get(URL).json()["warnings"] == []
    (nowhere,) = own.get("/api/v1/projects/prj-02").json()["warnings"]
    assert nowhere["en"].startswith("has no place")
    far = {"type": "Point", "coordinates": [114.9, 39.83]}
    made = own.post("/api/v1/projects", json={**RECORD, "geometry": far}).json()
    assert [warning["en"] for warning in made["warnings"]] == ["touches no building"]
    placeless = own.post("/api/v1/projects", json={**RECORD, "id": "prj-10", "placeless": True}).json()
    assert placeless["warnings"] == []
