from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.workspace import Workspace
from cim_core.errors import NotFoundError, StoreError
from cim_core.features import BUILDING_ATTRIBUTES
from cim_core.store import Store


def test_the_town_says_what_it_is(client: TestClient) -> None:
    answer = client.get("/api/v1/town").json()
    assert answer["synthetic"] is True
    assert answer["name"] == {"zh": "小镇", "en": "Small town"}
    assert answer["terrain"] == {"url": "/terrain/aaaabbbbcccc/"}
    assert answer["heights"] == {"datum": "china-1985", "undulation_m": -15.6, "geoid": None}
    west, south, east, north = answer["extent_deg"]
    assert 114.55 < west < east < 114.57
    assert 39.82 < south < north < 39.84


def test_the_newest_terrain_is_named(own: TestClient, workspace: Path) -> None:
    folder = workspace / "terrain" / "0123"
    folder.mkdir()
    assert own.get("/api/v1/town").json()["terrain"]["url"].endswith("aaaabbbbcccc/")  # not finished
    (folder / "layer.json").write_text("{}")
    assert own.get("/api/v1/town").json()["terrain"]["url"].endswith("0123/")


def test_datasets_name_their_tileset(client: TestClient) -> None:
    datasets = {row["id"]: row for row in client.get("/api/v1/datasets").json()["datasets"]}
    assert datasets["town"]["tileset_url"] == "/tiles/town/0123456789ab/tileset.json"
    assert datasets["school"]["tileset_url"] is None
    assert (datasets["school"]["features"], datasets["school"]["buildings"]) == (3, 1)
    assert client.get(datasets["town"]["tileset_url"]).status_code == 200
    assert [row["dataset"] for row in client.get("/api/v1/tilesets").json()["tilesets"]] == ["town"]


def test_the_vocabulary_is_the_one_list(client: TestClient) -> None:
    answer = client.get("/api/v1/vocabulary").json()
    assert [row["name"] for row in answer["attributes"]] == [a.name for a in BUILDING_ATTRIBUTES]
    assert [row["order"] for row in answer["stages"]] == list(range(1, 10))
    assert {row["value"] for row in answer["verdicts"]} == {"pass", "fail", "review", "no_data", "exempt"}
    assert "building-height" in {row["value"] for row in answer["control_kinds"]}


def test_streets_count_their_buildings_by_worst_verdict(client: TestClient) -> None:
    (street,) = client.get("/api/v1/streets").json()["streets"]
    assert (street["length_m"], street["buildings"], street["verdicts"]) == (120.0, 2, {"pass": 2})
    detail = client.get("/api/v1/streets/west").json()
    assert [row["building_id"] for row in detail["frontages"]] == ["b0", "b1"]
    assert detail["frontages"][0]["facade"]["type"] == "LineString"
    looks = ("height_m", "eave_height_m", "color", "material", "style", "sign_count", "photo")
    assert [[row[name] for name in looks] for row in detail["frontages"]] == [
        [6.0, None, None, "grey_brick", None, 2, None],
        [12.0, 11.0, "#aabbcc", None, "modern", None, "west/b1.jpg"],
    ]


def test_zones_have_their_limit_and_ground(client: TestClient) -> None:
    answer = client.get("/api/v1/controls").json()
    zones = {feature["id"]: feature["properties"] for feature in answer["zones"]["features"]}
    assert (zones["core"]["height_limit_m"], zones["core"]["rules"]) == (12.0, ["height-core", "height-all"])
    assert (zones["far"]["height_limit_m"], zones["far"]["rules"]) == (24.0, ["height-all"])
    assert zones["core"]["ground_m"] == pytest.approx(901 - 15.6)  # b1 is the lowest in it
    assert zones["far"]["ground_m"] == pytest.approx(900 - 15.6)  # nothing stands there: the town's lowest
    assert [pack["id"] for pack in answer["packs"]] == ["demo"]


def test_findings_have_a_position_at_the_foot_of_the_building(client: TestClient) -> None:
    answer = client.get("/api/v1/findings?verdict=fail").json()
    (finding,) = answer["findings"]
    assert answer["total"] == 1
    assert finding["measured"] == {"value": 15.0, "text": "15 m", "words": {"zh": "15 m", "en": "15 m"}}
    words = {"zh": "最高点 ≤ 12 m", "en": "≤ 12 m (highest point)"}
    assert finding["limit"] == {"min": None, "max": 12.0, "text": "≤ 12 m", "words": words}
    assert finding["position_deg"][2] == pytest.approx(902 - 15.6)
    assert finding["message"] == {"zh": "超高 3 m", "en": "3 m too high"}


def test_the_summary_names_its_groups(client: TestClient) -> None:
    answer = client.get("/api/v1/findings/summary?by=zone").json()
    groups = {group["key"]: group for group in answer["groups"]}
    assert groups["core"]["name"] == {"zh": "核心区", "en": "Core"}
    assert groups["core"]["counts"] == {"fail": 1, "no_data": 1, "pass": 1}
    assert answer["total"] == {"fail": 1, "no_data": 1, "pass": 2}


def test_state_bytes_are_little_endian_by_gid(client: TestClient) -> None:
    described = client.get("/api/v1/state/town").json()
    assert described["features"] == 4
    for column in described["columns"]:
        body = client.get(f"/api/v1/state/town/{column['name']}").content
        assert len(body) == 4 * column["components"] * np.dtype(column["dtype"]).itemsize
    heights = np.frombuffer(client.get("/api/v1/state/town/height_m").content, "<f4")
    assert heights[:3].tolist() == [6.0, 12.0, 15.0]
    codes = next(column["codes"] for column in described["columns"] if column["name"] == "verdict")
    verdicts = client.get("/api/v1/state/town/verdict").content
    assert [codes[value] for value in verdicts] == ["pass", "pass", "fail", "no_data"]


def test_an_unchanged_state_column_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/api/v1/state/town/verdict")
    again = client.get("/api/v1/state/town/verdict", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_empty_store_answers_everything_with_nothing(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "empty")
    workspace.save()
    Store.create(workspace.store_path, workspace.crs).close()
    with TestClient(create_app(workspace.folder)) as client:
        for path in (
            "town",
            "datasets",
            "tilesets",
            "layers",
            "buildings",
            "streets",
            "controls",
            "findings",
            "projects",
        ):
            assert client.get(f"/api/v1/{path}").status_code == 200, path
        assert client.get("/api/v1/findings/summary").json() == {"by": "zone", "groups": [], "total": {}}
        assert client.get("/api/v1/town").json()["extent_deg"] is None


def test_health_names_the_journal(client: TestClient) -> None:
    answer = client.get("/health").json()
    assert answer["store"]["journal_mode"] in {"wal", "delete"}
    assert answer["store"]["datasets"] == 2
    assert str(client.app.state.town.workspace.folder) not in client.get("/health").text


def test_a_folder_without_workspace_or_store_cannot_be_served(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="not a workspace"):
        create_app(tmp_path)
    Workspace(tmp_path).save()
    with pytest.raises(StoreError, match="does not exist"):
        create_app(tmp_path)
