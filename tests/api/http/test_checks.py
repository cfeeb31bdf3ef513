"""Runs, what-if, exemptions, conflicts and the catalogue over HTTP, on the small town."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from api.cli.main import main
from api.http.app import create_app
from api.pipeline.exemptions import list_exemptions
from api.workspace import Workspace
from cim_core.store import Change
from cim_core.townscape.rules import Exemption, Text


@pytest.fixture
def town(workspace: Path, viewer: Path):
    with TestClient(create_app(workspace, viewer)) as made:
        yield made


def check(workspace: Path) -> None:
    done = CliRunner().invoke(main, ["check", "--workspace", str(workspace), "--quiet", "--json"])
    assert done.exit_code == 0, done.output


def test_a_check_is_kept_and_a_decision_explains_the_flip(town: TestClient, workspace: Path) -> None:
    check(workspace)
    failed = town.get("/api/v1/findings?verdict=fail").json()["findings"][0]
    path = f"/api/v1/exemptions/{failed['rule_id']}/{failed['dataset']}/{failed['building_id']}"
    body = {"reason_zh": "既有", "decided_by": "委员会", "decided_on": "2026-01-01", "expires_on": "2099-01-01"}
    answer = town.put(path, json=body)
    assert (answer.status_code, answer.json()["state"]) == (201, "valid")
    runs = town.get("/api/v1/checks/runs").json()["runs"]
    assert [run["id"] for run in runs] == ["1", "2", "3", answer.json()["effect"]["run"]]
    assert runs[3]["counts"]["exempt"] == runs[2]["counts"].get("exempt", 0) + 1
    diff = town.get("/api/v1/checks/runs/diff?from=previous&to=last").json()
    (flip,) = diff["flips"]
    assert (flip["building_id"], flip["verdict_from"], flip["verdict_to"]) == (failed["building_id"], "fail", "exempt")
    assert flip["reasons"] == ["exemption"]
    kept = [f for f in town.get("/api/v1/findings?verdict=exempt").json()["findings"] if f["id"] == failed["id"]]
    assert kept[0]["original_verdict"] == "fail"
    withdrawn = town.delete(path, params={"by": "委员会", "reason": "改造"}).json()["effect"]["findings"]
    assert [(row["verdict_before"], row["verdict"]) for row in withdrawn] == [("exempt", "fail")]
    assert town.get(f"/api/v1/findings?verdict=exempt&building={failed['building_id']}").json()["total"] == 0
    assert town.delete(path).status_code == 404


def test_what_if_judges_without_storing(town: TestClient, workspace: Path) -> None:
    check(workspace)
    before = town.get("/api/v1/findings?limit=1000").json()
    failed = next(f for f in before["findings"] if f["kind"] == "building-height" and f["verdict"] == "fail")
    limit_m = failed["limit"]["max"]
    change = {
        "dataset": failed["dataset"],
        "building_id": failed["building_id"],
        "set": {"height_m": limit_m - 5, "storeys": 2},
    }
    answer = town.post("/api/v1/checks/what-if", json={"changes": [change]}).json()
    found = next(f for f in answer["findings"] if f["rule_id"] == failed["rule_id"])
    assert (found["verdict"], found["verdict_before"]) == ("pass", "fail")
    assert found["measured"] == limit_m - 5
    assert answer["flips"] >= 1
    assert town.post("/api/v1/checks/what-if", json={"changes": [change]}).json()["was_ready"]
    assert town.get("/api/v1/findings?limit=1000").json() == before
    gone = town.post("/api/v1/checks/what-if", json={"changes": [{**change, "set": {}, "removed": True}]}).json()
    assert failed["rule_id"] in {g["rule_id"] for g in gone["gone"]}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"dataset": "town", "building_id": "nobody", "set": {"height_m": 3}}, 404),
        ({"dataset": "town", "building_id": "b1", "set": {"colour": "red"}}, 422),
        ({"dataset": "town", "building_id": "b1", "footprint": {"type": "Polygon", "coordinates": []}}, 422),
        ({"dataset": "town", "building_id": "b1", "heigth": 3}, 422),
    ],
)
def test_a_change_that_cannot_be_is_refused(client: TestClient, change: dict, status: int) -> None:
    assert client.post("/api/v1/checks/what-if", json={"changes": [change]}).status_code == status


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"reason_zh": " "}, "reason"),
        ({"expires_on": "2025-01-01"}, "expires before"),
        ({"expires_on": "9999-12-31"}, "no expiry"),
        ({"decided_on": "2098-01-01", "expires_on": "2099-01-01"}, "is to come"),
        ({"decided_by": ""}, "String should have at least 1"),
    ],
)
def test_an_exemption_needs_reason_decider_and_expiry(town: TestClient, body: dict, word: str) -> None:
    rule_id = town.get("/api/v1/findings").json()["findings"][0]["rule_id"]
    whole = {"reason_zh": "因", "decided_by": "x", "decided_on": "2026-01-01", "expires_on": "2027-01-01", **body}
    answer = town.put(f"/api/v1/exemptions/{rule_id}/town/b1", json=whole)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


def test_a_decision_about_a_building_that_is_gone_is_not_called_valid(town: TestClient, workspace: Path) -> None:
    with Workspace.load(workspace).open_store() as store:
        rule_id = store.rule_packs()[0]["rules"][0]["id"]
        decided = Exemption("b1", rule_id, Text("因", "why"), "x", date(2026, 1, 1), date(2090, 1, 1), "town")
        store.put_exemption(decided, Change("x", "因"))
        before = list_exemptions(store, date(2026, 6, 1))
        store.delete_dataset("town")
        after = list_exemptions(store, date(2026, 6, 1))
    assert [[row["state"] for row in rows if row["building_id"] == "b1"] for rows in (before, after)] == [
        ["valid"],
        ["gone"],
    ]


def test_the_catalogue_says_what_is_known_and_what_is_assumed(town: TestClient) -> None:
    record = town.get("/api/v1/catalogue/town").json()
    assert (record["category"], record["cim_level"]) == ("1.4.4", 2)
    assert set(record["assumed"]) == {"category", "cim_level"}
    assert town.get("/api/v1/buildings/town/b1").json()["cim_level"] == 2
    said = town.put("/api/v1/catalogue/town", json={"cim_level": 3, "security_class": "内部"}).json()
    assert town.get("/api/v1/buildings/town/b1").json()["cim_level"] == 3
    assert (said["cim_level"], said["security_class"], said["assumed"]) == (3, "internal", ["category"])
    assert town.put("/api/v1/catalogue/town", json={"category": "9.9"}).status_code == 422
    assert town.put("/api/v1/catalogue/nothing", json={"scale": "1:500"}).status_code == 404
    coverage = town.get("/api/v1/catalogue/coverage").json()
    assert coverage["basis"] == "derived"
    assert coverage["by_level"].get("3", 0) > 0
