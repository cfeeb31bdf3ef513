"""One frontage over HTTP: read, surveyed by its version, judged at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cim_core.store import Store

URL = "/api/v1/frontages/town/b1@west:north"
RULE: dict[str, Any] = {
    "id": "stone",
    "kind": "facade-material",
    "clause": "5",
    "nature": "rigid",
    "text": {"zh": "不得用彩钢板", "en": "No metal sheet"},
    "parameters": {"forbidden": ["metal_sheet"]},
}


@pytest.fixture
def ruled(workspace: Path, own: TestClient) -> TestClient:
    with Store.open(workspace / "cim.gpkg") as store:
        (pack,) = store.rule_packs()
        store.save_rule_pack({**pack, "rules": [*pack["rules"], RULE]})
    return own


def verdict(client: TestClient, building: str = "b1") -> list[str]:
    found = client.get(f"/api/v1/findings?building={building}&rule=stone").json()["findings"]
    return [row["verdict"] for row in found]


def survey(client: TestClient, tag: str, **facts: object) -> Any:
    return client.patch(URL, json={"by": "Li", **facts}, headers={"If-Match": tag})


def test_the_first_survey_is_made_the_next_altered_and_each_is_judged(ruled: TestClient) -> None:
    read = ruled.get(URL)
    assert (read.headers["etag"], read.json()["version"], read.json()["surveyed"]) == ('"0"', 0, [])
    made = survey(ruled, '"0"', material="彩钢板", surveyed_on="2026-05-01", source="walk 3")
    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, URL, '"1"')
    answer = made.json()
    assert (answer["material"], answer["surveyed"]) == ("metal_sheet", ["material"])
    assert (answer["surveyed_on"], answer["survey_source"]) == ("2026-05-01", "walk 3")
    assert (answer["color"], answer["street_name"]["en"]) == ("#aabbcc", "West Street")
    assert verdict(ruled) == ["fail"]
    altered = survey(ruled, '"1"', material="stone")
    assert (altered.status_code, altered.headers["etag"]) == (200, '"2"')
    assert verdict(ruled) == ["pass"]
    assert survey(ruled, '"2"', material=None).json()["surveyed"] == []
    assert verdict(ruled) == ["no_data"]
    rows = ruled.get("/api/v1/history/frontage/town/b1@west:north").json()["rows"]
    assert [row["values"]["material"] for row in rows] == ["metal_sheet", "stone", None]
    assert {row["actor"] for row in rows} == {"Li"}


def test_a_proposal_for_the_facade_counts_more_than_what_was_surveyed(ruled: TestClient) -> None:
    assert survey(ruled, '"0"', material="metal_sheet").status_code == 201
    change = {"dataset": "town", "building_id": "b1", "set": {"facade_material": "stone"}}
    findings = ruled.post("/api/v1/checks/what-if", json={"changes": [change]}).json()["findings"]
    assert [(f["verdict_before"], f["verdict"]) for f in findings if f["rule_id"] == "stone"] == [("fail", "pass")]


def test_a_survey_of_another_version_or_of_nonsense_is_refused_and_changes_nothing(own: TestClient) -> None:
    assert own.patch(URL, json={"by": "Li", "color": "#102030"}).status_code == 428
    for tag in ('"1"', "nonsense", "*"):
        assert survey(own, tag, color="#102030").status_code == 412, tag
    for facts in ({"color": "red"}, {"sign_count": -1}, {"material": "cheese"}, {"height_m": 3.0}, {"by": " "}):
        assert survey(own, '"0"', **facts).status_code == 422, facts
    missing = own.patch(f"{URL}-2", json={"by": "Li", "color": "#102030"}, headers={"If-Match": '"0"'})
    assert (missing.status_code, missing.json()["code"]) == (404, "no-frontage")
    assert own.get(URL).json()["version"] == 0


def test_streets_and_buildings_name_their_frontages(client: TestClient) -> None:
    street = client.get("/api/v1/streets/west").json()["frontages"]
    assert [row["key"] for row in street] == ["town/b0@west:north", "town/b1@west:north"]
    (own,) = client.get("/api/v1/buildings/town/b1").json()["frontages"]
    assert client.get(f"/api/v1/frontages/{own['key']}").json()["chainage_from_m"] == 30.0
