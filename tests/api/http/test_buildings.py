from __future__ import annotations

import pytest
from starlette.testclient import TestClient


def test_a_page_of_buildings_in_a_box(client: TestClient) -> None:
    answer = client.get(
        "/api/v1/buildings", params={"bbox": "114.55,39.82,114.561,39.84", "limit": 2, "offset": 1}
    ).json()
    assert (answer["numberMatched"], answer["numberReturned"]) == (4, 2)
    first = answer["features"][0]
    assert (first["id"], first["properties"]["verdict"], first["properties"]["height_m"]) == ("b1", "pass", 12.0)
    lon, lat = first["geometry"]["coordinates"][0][0]
    assert (lon, lat) == (pytest.approx(114.5597, abs=5e-4), pytest.approx(39.8290, abs=5e-4))


def test_buildings_of_a_street(client: TestClient) -> None:
    answer = client.get("/api/v1/buildings?street=west").json()
    assert [feature["id"] for feature in answer["features"]] == ["b0", "b1"]


def test_one_building_with_everything_known(client: TestClient) -> None:
    answer = client.get("/api/v1/buildings/town/b0").json()
    assert answer["attributes"]["use"] == "residential"
    assert answer["extra"] == {"surveyor": "Li"}
    # base 900 m (1985), undulation -15.6 m: it stands at 884.4 m above the ellipsoid
    assert answer["position_deg"][2] == pytest.approx(884.4)
    assert [finding["rule_id"] for finding in answer["findings"]] == ["height-all"]
    assert answer["projects"] == [
        {
            "id": "prj-01",
            "name": {"zh": "整治", "en": "Facades"},
            "type": "culture",
            "batch": "implementation",
            "stage": "scheme_design",
            "area_share": 1.0,
            "origin": "geometry",
            "action": None,
        }
    ]
    assert answer["frontages"][0]["street_name"] == {"zh": "西街", "en": "West Street"}
    assert answer["source"] == {
        "dataset": "town",
        "file": "town.geojson",
        "height_source": "field",
        "height_confidence": "high",
        "color_source": "card",
        "synthetic": True,
    }


def test_a_missing_height_counts_as_none_and_text_stays_text(client: TestClient) -> None:
    answer = client.get("/api/v1/buildings/town/way/3").json()  # an id with a slash
    assert answer["attributes"]["height_m"] is None
    assert answer["position_deg"][2] == pytest.approx(903 - 15.6)
    assert answer["name"] == "<script>alert(1)</script>"  # stored raw; whoever shows it escapes it


def test_an_element_with_its_property_sets(client: TestClient) -> None:
    answer = client.get("/api/v1/elements/school/wall$1").json()
    assert answer["properties"] == {"Pset_WallCommon": {"IsExternal": True}}
    assert answer["building_id"] == "school-1"
    assert client.get("/api/v1/buildings/school/school-1").json()["elements"] == 1


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/buildings/town/nothing",
        "/api/v1/buildings/nowhere/b0",
        "/api/v1/buildings/town/%00",
        "/api/v1/buildings/town/" + "x" * 10_000,
        "/api/v1/elements/school/nothing",
        "/api/v1/streets/nothing",
        "/api/v1/layers/nothing",
        "/api/v1/projects/nothing",
        "/api/v1/state/nothing",
        "/api/v1/state/town/nothing",
        "/api/v1/nothing",
        "/api/v2/town",
    ],
)
def test_unknown_ids_and_routes_are_404(client: TestClient, url: str) -> None:
    answer = client.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "where", "hint"}
    assert problem["status"] == 404


@pytest.mark.parametrize(
    ("url", "status", "where"),
    [
        ("/api/v1/buildings?box=1,2,3,4", 400, "query#/box"),
        ("/api/v1/town?lang=zh", 400, "query#/lang"),
        ("/health?x=1", 400, "query#/x"),
        ("/api/v1/buildings?limit=1&limit=2", 400, "query#/limit"),
        ("/api/v1/buildings?bbox=1,2,3", 422, "query#/bbox"),
        ("/api/v1/buildings?bbox=a,b,c,d", 422, "query#/bbox"),
        ("/api/v1/buildings?bbox=nan,39,115,40", 422, "query#/bbox"),
        ("/api/v1/buildings?bbox=115,39,114,40", 422, "query#/bbox"),
        ("/api/v1/buildings?bbox=500000,4400000,600000,4500000", 422, "query#/bbox"),
        ("/api/v1/buildings?limit=0", 422, "query#/limit"),
        ("/api/v1/buildings?limit=-1", 422, "query#/limit"),
        ("/api/v1/buildings?limit=abc", 422, "query#/limit"),
        ("/api/v1/buildings?limit=1000000000", 422, "query#/limit"),
        ("/api/v1/buildings?offset=-1", 422, "query#/offset"),
        ("/api/v1/buildings?offset=99999999999999999999", 422, "query#/offset"),
        ("/api/v1/findings?sort=id", 422, "query#/sort"),
        ("/api/v1/findings?verdict=maybe", 422, "query#/verdict"),
        ("/api/v1/findings/summary?by=building", 422, "query#/by"),
    ],
)
def test_bad_parameters_are_problems_that_say_where(client: TestClient, url: str, status: int, where: str) -> None:
    answer = client.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["where"] == where


@pytest.mark.parametrize("value", ["'; DROP TABLE buildings --", "%", "\x00", "town' OR '1'='1"])
def test_values_are_never_sql(client: TestClient, value: str) -> None:
    assert client.get("/api/v1/buildings", params={"dataset": value}).json()["numberMatched"] == 0
    assert client.get("/api/v1/findings", params={"building": value}).json()["total"] == 0
    assert client.get("/api/v1/buildings").json()["numberMatched"] == 5
