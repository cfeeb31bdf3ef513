"""The tree of a building model over HTTP: a sample model imported, opened branch by branch, filtered by property."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.http.models.elements import BuildingTree, ElementAnswer, ElementList
from api.pipeline.importing import DatasetIdentity, import_source
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.progress import SilentProgress
from converters.base import ReadOptions
from sample_models.ifc_models.build import FOLDER

HEIGHTS = HeightPolicy(HeightDatum.CHINA_1985, -15.6)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("model") / "town"
    source = FOLDER / "shophouse-ifc4.ifc"
    import_source([source], folder, DatasetIdentity("shop"), ReadOptions(heights=HEIGHTS), SilentProgress())
    with TestClient(create_app(folder, folder)) as made:
        yield made


@pytest.fixture(scope="module")
def building(model: TestClient) -> str:
    answer = model.get("/api/v1/elements/shop?kind=IfcBuilding").json()
    assert answer["numberMatched"] == 1
    return str(answer["elements"][0]["id"])


def test_a_building_opens_storey_by_storey_from_below(model: TestClient, building: str) -> None:
    answer = model.get(f"/api/v1/buildings/shop/{building}/tree").json()
    BuildingTree.model_validate(answer)
    assert [node["name"] for node in answer["nodes"]] == ["一层", "二层", "屋面"]
    assert [node["elevation_m"] for node in answer["nodes"]] == [0.3, 3.9, 6.9]
    assert {node["kind_name"]["zh"] for node in answer["nodes"]} == {"楼层"}
    upper = answer["nodes"][1]
    branch = model.get(f"/api/v1/buildings/shop/{building}/tree?parent={upper['id']}&limit=3").json()
    assert branch["numberMatched"] == upper["children"] > 3
    assert len(branch["nodes"]) == 3
    assert {node["parent_id"] for node in branch["nodes"]} == {upper["id"]}


def test_an_element_tells_its_place_and_all_the_model_says_of_it(model: TestClient, building: str) -> None:
    (wall,) = model.get("/api/v1/elements/shop", params={"name": "南外墙 一层"}).json()["elements"]
    answer = model.get(f"/api/v1/elements/shop/{wall['id']}").json()
    ElementAnswer.model_validate(answer)
    assert [step["kind"] for step in answer["path"]] == ["IfcProject", "IfcSite", "IfcBuilding", "IfcBuildingStorey"]
    assert (answer["storey"], answer["building_id"], answer["gid"]) == ("一层", building, wall["gid"])
    assert answer["property_sets"]["Pset_WallCommon"]["IsExternal"] == {"value": True, "type": "IfcBoolean"}
    length = answer["quantities"]["Qto_WallBaseQuantities"]["Length"]
    assert length == {"value": 9.0, "type": "IfcQuantityLength", "unit": "m"}
    assert answer["materials"] == [
        {"name": "青砖 grey brick", "thickness_m": 0.24},
        {"name": "石灰砂浆 lime plaster", "thickness_m": 0.02},
    ]
    assert answer["height_m"] == pytest.approx(3.6)


def test_a_window_knows_its_type_and_a_storey_has_no_gid(model: TestClient, building: str) -> None:
    window = model.get("/api/v1/elements/shop?kind=IfcWindow&limit=1").json()["elements"][0]
    answer = model.get(f"/api/v1/elements/shop/{window['id']}").json()
    assert answer["type"]["kind"] == "IfcWindowType"
    assert answer["type"]["name"] == window["type_name"]
    storey = model.get(f"/api/v1/buildings/shop/{building}/tree").json()["nodes"][0]
    assert storey["gid"] is None
    assert model.get(f"/api/v1/elements/shop/{storey['id']}").json()["kind"] == "IfcBuildingStorey"


def test_elements_are_found_by_property(model: TestClient) -> None:
    def count(**params: str) -> int:
        answer = model.get("/api/v1/elements/shop", params=params).json()
        ElementList.model_validate(answer)
        return int(answer["numberMatched"])

    inside = count(property="Pset_WallCommon.IsExternal", value="false")
    outside = count(property="Pset_WallCommon.IsExternal", value="true")
    assert (inside, outside) == (2, 11)
    assert count(property="Pset_WallCommon.IsExternal") == inside + outside == count(kind="IfcWall")
    assert count(property="Pset_WallCommon.ThermalTransmittance", value="1.6") == outside
    assert count(property='Pset"); DROP TABLE.x', value="1") == 0


def test_the_building_carries_its_level_and_its_facades(model: TestClient, building: str) -> None:
    answer = model.get(f"/api/v1/buildings/shop/{building}").json()
    assert answer["cim_level"] in (4, 5)
    assert answer["attributes"]["facade_area_south_m2"] == pytest.approx(9.0 * 6.6, rel=0.01)
    assert answer["facades"]["colors"][0]["munsell"] == "N 6.3"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/api/v1/elements/nowhere", 404),
        ("/api/v1/elements/shop/nothing", 404),
        ("/api/v1/buildings/shop/nothing/tree", 404),
        ("/api/v1/elements/shop?property=IsExternal", 422),
        ("/api/v1/elements/shop?value=1", 422),
        ("/api/v1/elements/shop?color=red", 400),
    ],
)
def test_what_is_not_there_is_said(model: TestClient, url: str, status: int) -> None:
    assert model.get(url).status_code == status
