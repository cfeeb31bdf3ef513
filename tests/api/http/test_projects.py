from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.http.builders import links

LINK = "/api/v1/projects/prj-01/buildings/town/"


def project(own: TestClient, project_id: str = "prj-01") -> dict[str, Any]:
    return own.get(f"/api/v1/projects/{project_id}").json()


def test_projects_without_a_drawing_have_no_geometry(own: TestClient) -> None:
    features = {f["id"]: f for f in own.get("/api/v1/projects").json()["features"]}
    assert features["prj-02"]["geometry"] is None
    assert features["prj-02"]["properties"]["geometry_note"] == "not drawn yet"
    assert features["prj-01"]["geometry"]["type"] == "Polygon"
    assert (features["prj-01"]["properties"]["buildings"], features["prj-01"]["properties"]["stage_order"]) == (2, 6)


def test_a_building_put_into_a_project_stays_when_links_are_derived_again(own: TestClient) -> None:
    body = {"included": True, "action": "reface", "reason": "立面普查", "by": "planner"}
    link = own.put(LINK + "way/3", json=body).json()["link"]
    assert (link["origin"], link["included"], link["action"], link["by"]) == ("manual", True, "reface", "planner")
    own.app.state.town.store.save_project_links(links())
    assert [row["building_id"] for row in project(own)["links"]] == ["b0", "b1", "way/3"]
    building = own.get("/api/v1/buildings/town/way/3").json()
    assert [(row["id"], row["origin"]) for row in building["projects"]] == [("prj-01", "manual")]


def test_a_building_taken_out_can_be_taken_back(own: TestClient) -> None:
    link = own.put(LINK + "b0", json={"included": False, "reason": "not part of it", "by": "planner"}).json()["link"]
    assert (link["included"], link["area_share"]) == (False, 1.0)
    assert project(own)["properties"]["buildings"] == 1
    assert own.get("/api/v1/buildings/town/b0").json()["projects"] == []
    assert [row["included"] for row in project(own)["links"]] == [False, True]
    back = own.delete(LINK + "b0").json()["link"]
    assert (back["origin"], back["included"]) == ("geometry", True)
    assert own.delete(LINK + "b0").status_code == 404


def test_forgetting_a_correction_of_a_building_outside_leaves_no_link(own: TestClient) -> None:
    own.put(LINK + "b2", json={"included": True, "by": "planner"})
    assert own.delete(LINK + "b2").json() == {"link": None}


def test_putting_twice_replaces(own: TestClient) -> None:
    own.put(LINK + "b2", json={"included": True, "action": "keep", "by": "planner"})
    own.put(LINK + "b2", json={"included": True, "action": "demolish", "by": "planner"})
    assert [row["action"] for row in project(own)["links"] if row["building_id"] == "b2"] == ["demolish"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"included": "perhaps", "by": "me"},
        {"included": True},
        {"included": True, "by": ""},
        {"included": True, "by": "  "},
        {"included": True, "action": "explode", "by": "me"},
        {"included": False, "action": "keep", "by": "me"},
        {"included": True, "reason": "x" * 2001, "by": "me"},
        {"included": True, "reason": "nul \x00", "by": "me"},
        {"included": True, "owner": "me", "by": "me"},
        {"included": True, "by": "me", "valid_from": "yesterday"},
        [],
    ],
)
def test_bad_bodies_are_refused_and_change_nothing(own: TestClient, body: object) -> None:
    answer = own.put(LINK + "b2", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["where"].startswith("body#/")
    assert len(project(own)["links"]) == 2


def test_unknown_projects_and_buildings_are_404(own: TestClient) -> None:
    for url in ("/api/v1/projects/prj-99/buildings/town/b0", LINK + "b99"):
        assert own.put(url, json={"included": True, "by": "planner"}).status_code == 404


def test_only_json_of_a_sensible_size_is_read(own: TestClient) -> None:
    as_text = own.put(LINK + "b2", content='{"included": true, "by": "me"}', headers={"Content-Type": "text/plain"})
    assert as_text.status_code == 422
    huge = own.put(LINK + "b2", json={"included": True, "reason": "x" * 1_100_000})
    assert (huge.status_code, huge.headers["content-type"]) == (413, "application/problem+json")
    for content, status in ((b'{"included": true, "reason": "\\ud800"}', 422), (b'{"reason": "\xff"}', 400)):
        answer = own.put(LINK + "b2", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    broken = own.put(LINK + "b2", content="{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 422


def test_other_methods_are_405(own: TestClient) -> None:
    answer = own.put("/api/v1/projects", json={})
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert "GET" in answer.headers["allow"]


def test_a_correction_is_made_once_and_altered_by_its_version(own: TestClient) -> None:
    body = {"included": True, "by": "planner", "reason": "seen"}
    made = own.put(LINK + "b1", json=body)
    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, LINK + "b1", '"1"')
    again = own.put(LINK + "b1", json={**body, "reason": "seen twice"}, headers={"If-Match": '"1"'})
    assert (again.status_code, again.headers["etag"], "location" in again.headers) == (200, '"2"', False)
    for tag in ('"1"', '"nonsense"'):
        for stale in (
            own.put(LINK + "b1", json=body, headers={"If-Match": tag}),
            own.delete(LINK + "b1", headers={"If-Match": tag}),
        ):
            assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    assert own.delete(LINK + "b1", headers={"If-Match": '"2"'}).status_code == 200
    assert own.delete(LINK + "b1").status_code == 404


def test_a_correction_holds_from_a_day(own: TestClient) -> None:
    own.put(LINK + "b2", json={"included": True, "action": "keep", "by": "Li", "valid_from": "2024-03-01"})
    own.put(LINK + "b2", json={"included": True, "action": "demolish", "by": "Li", "valid_from": "2026-05-04"})
    name = "prj-01/town/b2/manual"
    store = own.app.state.town.store
    at = {day: store.as_of("link", name, valid_at=day) for day in ("2024-02-28", "2025-01-01", "2026-05-04")}
    assert [row and row.values["action"] for row in at.values()] == [None, "keep", "demolish"]
