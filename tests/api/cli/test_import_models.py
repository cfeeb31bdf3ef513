"""``cim import`` of building models into a town: laid on a footprint, refused where it fits badly, twice or far off.

The town is the sample town's buildings, and three footprints of no neighbour: the outline of the sample shophouse
turned by 30°, a square ten times as large, and a rectangle of the office's size.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ifcopenshell
import numpy as np
import pytest
import shapely
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from api.cli.main import main
from api.http.app import create_app
from api.workspace import Workspace
from sample_models.ifc_models.build import FOLDER
from sample_models.ifc_models.plots import OFFICE, SHOPHOUSE
from tests.api.cli.test_convert import write_geojson

TURN_DEG = 30.0
BASE_M = 950.25
#: Where the footprints stand: a field beside the town, grid metres of EPSG:4547.
EAST, NORTH = 447900.0, 4216200.0


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def imported(*arguments: object) -> dict[str, Any]:
    result = run("import", *arguments, "--json")
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def refused(*arguments: object) -> dict[str, Any]:
    result = run("import", *arguments, "--json")
    assert result.exit_code == 3, result.output
    error: dict[str, Any] = json.loads(result.stdout)["error"]
    return error


def buildings(workspace: Path, dataset: str) -> dict[str, dict[str, Any]]:
    with Workspace.load(workspace).open_store() as store:
        rows = store.buildings(dataset=dataset, columns=("id", "geometry", "base_m", "cim_level")).to_pylist()
    return {row["id"]: {**row, "geometry": shapely.from_wkb(row["geometry"])} for row in rows}


@pytest.fixture(scope="module")
def outline(tmp_path_factory: pytest.TempPathFactory) -> shapely.Geometry:
    """The shophouse's footprint where the model says it stands, in its work CRS."""
    workspace = tmp_path_factory.mktemp("placed") / "town"
    heights = ("--height-datum", "china-1985", "--geoid-undulation", "-15.6", "--work-crs", "EPSG:4547")
    imported(FOLDER / "shophouse-ifc4.ifc", "-w", workspace, "--dataset", "shop", *heights)
    (row,) = buildings(workspace, "shop").values()
    assert shapely.distance(row["geometry"], shapely.Point(SHOPHOUSE.easting_m, SHOPHOUSE.northing_m)) < 1.0
    return row["geometry"]


@pytest.fixture(scope="module")
def town(repository: Path, outline: shapely.Geometry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("match")
    workspace = folder / "town"
    heights = ("--height-datum", "china-1985", "--geoid-undulation", "-15.6")
    source = repository / "sample_models" / "yuxian" / "buildings.geojson"
    imported(source, "-w", workspace, "--dataset", "buildings", "--work-crs", "EPSG:4547", *heights)
    centre = shapely.centroid(outline)
    shapes = {
        "shop": shapely.transform(shapely.affinity.rotate(outline, TURN_DEG), lambda xy: xy - [centre.x, centre.y]),
        "square": shapely.box(100.0, 0.0, 190.0, 90.0),
        "block": shapely.affinity.translate(shapely.box(0.0, 0.0, OFFICE.size_x_m, OFFICE.size_y_m), 0.0, 100.0),
    }
    features = [
        {
            "type": "Feature",
            "properties": {"id": name, "height": 9.0, "base_elevation": BASE_M},
            "geometry": shapely.geometry.mapping(shapely.affinity.translate(shape, EAST, NORTH)),
        }
        for name, shape in shapes.items()
    ]
    imported(write_geojson(folder / "plots.geojson", features, "EPSG:4547"), "-w", workspace, "--dataset", "plots")
    return workspace


@pytest.fixture(scope="module")
def homeless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The shophouse and the office as they come from a desk: no map coordinates, no latitude, true north as it is."""
    folder = tmp_path_factory.mktemp("homeless")
    models = {}
    for name in ("shophouse-ifc4", "office-ifc4x3"):
        model = ifcopenshell.open(str(FOLDER / f"{name}.ifc"))
        for kind in ("IfcMapConversion", "IfcProjectedCRS"):
            for item in model.by_type(kind):
                model.remove(item)
        for site in model.by_type("IfcSite"):
            site.RefLatitude = site.RefLongitude = site.RefElevation = None
        for context in model.by_type("IfcGeometricRepresentationContext", include_subtypes=False):
            context.TrueNorth = None
        models[name] = folder / f"{name}.ifc"
        model.write(str(models[name]))
    return models


def test_a_model_without_a_position_is_laid_on_the_footprint_named(town: Path, homeless: dict[str, Path]) -> None:
    report = imported(
        homeless["shophouse-ifc4"],
        "-w",
        town,
        "--dataset",
        "shop",
        "--match-footprint",
        "plots/shop",
        "--bearing",
        "-30",
    )
    assert report["buildings"] == 1
    goal, (laid,) = buildings(town, "plots")["shop"], buildings(town, "shop").values()
    common = shapely.area(shapely.intersection(goal["geometry"], laid["geometry"]))
    assert common / shapely.area(shapely.union(goal["geometry"], laid["geometry"])) > 0.97
    assert shapely.distance(shapely.centroid(goal["geometry"]), shapely.centroid(laid["geometry"])) < 0.1
    assert laid["base_m"] == pytest.approx(BASE_M, abs=0.01)
    assert "plots/shop" in report["source"]["crs_reason"]
    # A model is placed by turning and shifting alone: it is as large as it was drawn.
    assert np.sqrt(shapely.area(laid["geometry"]) / shapely.area(goal["geometry"])) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("model", "target", "code", "word"),
    [
        ("shophouse-ifc4", "square", "match-poor", "IoU"),
        ("office-ifc4x3", "block", "match-ambiguous", "--bearing"),
        ("office-ifc4x3", "nowhere", "not-found", "id"),
    ],
)
def test_a_match_that_cannot_be_decided_takes_nothing_in(
    town: Path, homeless: dict[str, Path], model: str, target: str, code: str, word: str
) -> None:
    error = refused(homeless[model], "-w", town, "--dataset", "refused", "--match-footprint", target)
    assert error["code"] == code
    assert word in error["message"] + error["hint"]
    with Workspace.load(town).open_store() as store:
        assert "refused" not in {record.id for record in store.datasets()}


def test_an_ambiguous_match_is_settled_by_a_bearing(town: Path, homeless: dict[str, Path]) -> None:
    imported(
        homeless["office-ifc4x3"], "-w", town, "--dataset", "office", "--match-footprint", "block", "--bearing", "0"
    )
    goal, (laid,) = buildings(town, "plots")["block"], buildings(town, "office").values()
    assert shapely.distance(shapely.centroid(goal["geometry"]), shapely.centroid(laid["geometry"])) < 0.5


def test_a_model_far_outside_the_town_is_refused_unless_it_is_said_to_be_right(
    town: Path, homeless: dict[str, Path]
) -> None:
    far = (homeless["shophouse-ifc4"], "-w", town, "--dataset", "far", "--at", "113.9,38.3")
    error = refused(*far)
    assert error["code"] == "outside-town"
    assert "--allow-far" in error["hint"]
    with Workspace.load(town).open_store() as store:
        assert "far" not in {record.id for record in store.datasets()}
    assert imported(*far, "--allow-far")["buildings"] == 1


def test_what_is_imported_has_its_level_and_the_answer_and_the_coverage_use_it(town: Path, tmp_path: Path) -> None:
    corners = [[EAST - 500, NORTH], [EAST - 491, NORTH], [EAST - 491, NORTH + 9], [EAST - 500, NORTH]]
    outline = {"type": "Feature", "properties": {"id": "o"}, "geometry": {"type": "Polygon", "coordinates": [corners]}}
    imported(write_geojson(tmp_path / "outlines.geojson", [outline], "EPSG:4547"), "-w", town, "--dataset", "outlines")
    imported(FOLDER / "walkup-ifc2x3.ifc", "-w", town, "--dataset", "walkup")
    with Workspace.load(town).open_store() as store:
        levels = {record.id: record.cim_level for record in store.datasets()}
    assert (levels["buildings"], levels["outlines"]) == ("CIM2", "CIM1")
    ((walkup, own),) = [(row["id"], row["cim_level"]) for row in buildings(town, "walkup").values()]
    assert own in (4, 5, 6)
    assert levels["walkup"] == f"CIM{own}"
    coverage = json.loads(run("catalogue", "coverage", "-w", town, "--json").stdout)
    assert coverage["by_level"].keys() >= {"1", "2", str(own)}
    with TestClient(create_app(town, tmp_path)) as client:
        for dataset, name, level in (("walkup", walkup, own), ("plots", "square", 2), ("outlines", "o", 1)):
            assert client.get(f"/api/v1/buildings/{dataset}/{name}").json()["cim_level"] == level
