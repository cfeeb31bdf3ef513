"""Former states of a building, and the names of all, over HTTP on the small town."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.workspace import Workspace
from cim_core.store.changes import Change


@pytest.fixture
def town(workspace: Path, viewer: Path):
    with TestClient(create_app(workspace, viewer)) as made:
        yield made


def test_a_building_is_told_as_it_was_and_as_it_is(town: TestClient, workspace: Path) -> None:
    (first,) = town.get("/api/v1/history/building/town/b1").json()["rows"]
    assert first["values"]["geometry"]["type"] in {"Polygon", "MultiPolygon"}
    assert "height_m" in first["changed"]
    with Workspace.load(workspace).open_store() as store:
        store.edit("building", "town/b1", {"storeys": 9}, version=1, change=Change("planner", "survey of May"))
    rows = town.get("/api/v1/history/building/town/b1").json()["rows"]
    assert rows[-1]["values"]["storeys"] == 9
    assert rows[-1]["changed"] == ["storeys"]
    assert (rows[-1]["actor"], rows[-1]["reason"]) == ("planner", "survey of May")
    then = town.get(f"/api/v1/history/building/town/b1?known_at={first['recorded_from']}").json()["rows"]
    assert [row["values"]["storeys"] for row in then] == [first["values"]["storeys"]]


@pytest.mark.parametrize(
    ("path", "status"),
    [("building/town/none", 404), ("weather/town/b1", 422), ("building/town/b1?known_at=yesterday", 422)],
)
def test_what_has_no_history_is_a_problem(town: TestClient, path: str, status: int) -> None:
    answer = town.get(f"/api/v1/history/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_names_are_columns_of_all_buildings(town: TestClient) -> None:
    names = town.get("/api/v1/building-names").json()
    assert names["total"] == len(names["id"]) == len(names["address"]) == len(names["verdict"])
    assert town.get("/api/v1/building-names?limit=2&offset=1").json()["id"] == names["id"][1:3]
