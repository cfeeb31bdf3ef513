"""Every route: documented completely, and its real answer as documented."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

#: One real request for every GET route that answers with JSON.
URLS = {
    "/health": "/health",
    "/api/v1/town": "/api/v1/town",
    "/api/v1/vocabulary": "/api/v1/vocabulary",
    "/api/v1/formats": "/api/v1/formats",
    "/api/v1/datasets": "/api/v1/datasets",
    "/api/v1/tilesets": "/api/v1/tilesets",
    "/api/v1/layers": "/api/v1/layers",
    "/api/v1/layers/{layer_id}": "/api/v1/layers/water",
    "/api/v1/buildings": "/api/v1/buildings?bbox=114.5,39.8,114.6,39.9",
    "/api/v1/buildings/{dataset}/{building_id:path}": "/api/v1/buildings/town/b1",
    "/api/v1/buildings/{dataset}/{building_id:path}/tree": "/api/v1/buildings/school/school-1/tree",
    "/api/v1/elements/{dataset}": "/api/v1/elements/school",
    "/api/v1/elements/{dataset}/{element_id:path}": "/api/v1/elements/school/wall$1",
    "/api/v1/streets": "/api/v1/streets",
    "/api/v1/streets/{street_id}": "/api/v1/streets/west",
    "/api/v1/frontages/{key:path}": "/api/v1/frontages/town/b1@west:north",
    "/api/v1/controls": "/api/v1/controls",
    "/api/v1/plan-units": "/api/v1/plan-units",
    "/api/v1/view-corridors": "/api/v1/view-corridors",
    "/api/v1/findings": "/api/v1/findings?sort=margin",
    "/api/v1/findings/summary": "/api/v1/findings/summary?by=street",
    "/api/v1/checks/runs": "/api/v1/checks/runs",
    "/api/v1/checks/runs/{run_id}": "/api/v1/checks/runs/last",
    "/api/v1/checks/runs/diff": "/api/v1/checks/runs/diff?from=1&to=last",
    "/api/v1/checks/conflicts": "/api/v1/checks/conflicts",
    "/api/v1/exemptions": "/api/v1/exemptions",
    "/api/v1/history/{kind}/{name:path}": "/api/v1/history/building/town/b1",
    "/api/v1/building-names": "/api/v1/building-names",
    "/api/v1/catalogue": "/api/v1/catalogue",
    "/api/v1/catalogue/coverage": "/api/v1/catalogue/coverage",
    "/api/v1/catalogue/{dataset}": "/api/v1/catalogue/town",
    "/api/v1/projects": "/api/v1/projects",
    "/api/v1/projects/{project_id}": "/api/v1/projects/prj-01",
    "/api/v1/projects/{project_id}/moves": "/api/v1/projects/prj-01/moves",
    "/api/v1/projects/{project_id}/checks": "/api/v1/projects/prj-01/checks",
    "/api/v1/projects/{project_id}/totals": "/api/v1/projects/prj-01/totals",
    "/api/v1/project-schema": "/api/v1/project-schema",
    "/api/v1/project-totals": "/api/v1/project-totals?by=type",
    "/api/v1/project-checks": "/api/v1/project-checks",
    "/api/v1/scenarios": "/api/v1/scenarios",
    "/api/v1/scenarios/{scenario_id}": "/api/v1/scenarios/west",
    "/api/v1/scenarios/{scenario_id}/changes": "/api/v1/scenarios/west/changes",
    "/api/v1/scenarios/{scenario_id}/diff": "/api/v1/scenarios/west/diff",
    "/api/v1/scenarios/{scenario_id}/shapes": "/api/v1/scenarios/west/shapes",
    "/api/v1/attachments": "/api/v1/attachments",
    "/api/v1/state/{dataset}": "/api/v1/state/town",
}
BINARY = {"/api/v1/state/{dataset}/{column}", "/api/v1/scenarios/{scenario_id}/state/{dataset}/{column}"}
#: Of files that a test attaches first; ``test_attachments`` holds the answers to the document.
ELSEWHERE = {"/api/v1/attachments/{attachment_id}", "/api/v1/attachments/{attachment_id}/content"}


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, op) for path, methods in document["paths"].items() for method, op in methods.items()]


def test_every_operation_is_described_with_an_answer_an_example_and_its_problems(document: dict[str, Any]) -> None:
    assert len(operations(document)) >= 22
    for path, method, operation in operations(document):
        place = f"{method} {path}"
        assert operation["summary"], place
        assert len(operation["description"]) > 20, place
        assert operation["tags"], place
        answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        assert answers, place
        for answer in answers:
            (content,) = answer["content"].values()
            assert content["schema"], place
            assert content["example"], place
        for parameter in operation.get("parameters", []):
            assert parameter["in"] == "path" or parameter["description"], f"{place} {parameter['name']}"
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")):
                assert list(response["content"]) == ["application/problem+json"], f"{place} {status}"
                assert response["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_get_route_has_a_request_here(document: dict[str, Any]) -> None:
    plain = {path.replace(":path", "") for path in (*URLS, *BINARY, *ELSEWHERE)}
    assert {path for path, method, _ in operations(document) if method == "get"} == plain


def resolve(document: dict[str, Any], path: str, method: str = "get") -> tuple[dict[str, Any], Any]:
    """The JSON schema of a route's answer, with the components it refers to, and its example."""
    responses = document["paths"][path.replace(":path", "")][method]["responses"]
    (content,) = responses.get("200", responses.get("201"))["content"].values()
    schema = {**content["schema"], "components": document["components"]}
    return schema, content["example"]


@pytest.mark.parametrize("path", URLS)
def test_the_answer_is_as_documented(client: TestClient, document: dict[str, Any], path: str) -> None:
    answer = client.get(URLS[path])
    assert answer.status_code == 200
    schema, _ = resolve(document, path)
    errors = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(answer.json())
    ]
    assert errors == []
    declared = next(iter(document["paths"][path.replace(":path", "")]["get"]["responses"]["200"]["content"]))
    assert answer.headers["content-type"] == declared


def test_every_example_is_as_documented(document: dict[str, Any]) -> None:
    for path, method, _ in operations(document):
        schema, example = resolve(document, path, method)
        errors = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(example)]
        assert errors == [], f"{method} {path}"


def test_the_service_sends_no_cors_and_no_stack_traces(client: TestClient) -> None:
    answer = client.get("/api/v1/town", headers={"Origin": "http://elsewhere.example"})
    assert not any(name.startswith("access-control") for name in answer.headers)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_unexpected_failure_is_a_problem_without_its_cause(own: TestClient) -> None:
    store = own.app.state.town.store
    own.app.state.town = None
    answer = own.get("/api/v1/town")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["code"] == "internal"
    assert "NoneType" not in answer.text
    store.close()
