"""``cim check design.ifc``: verdicts before submission, from a file through the command line; nothing is stored."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import shapely
from click.testing import CliRunner, Result

from api.cli.main import main
from api.pipeline.importing import DatasetIdentity, import_source
from api.workspace import Workspace
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.progress import SilentProgress
from converters.base import ReadOptions
from sample_models.ifc_models.build import FOLDER
from sample_models.ifc_models.plots import OFFICE

RULES: dict[str, Any] = {
    "id": "pack",
    "name": {"zh": "规则", "en": "Rules"},
    "version": "1",
    "synthetic": True,
    "document": {"title": {"zh": "规则", "en": "Rules"}, "provenance": "test", "issued": "2026-01-01"},
}


def rule(number: int, kind: str, **parameters: Any) -> dict[str, Any]:
    return {
        "id": f"r{number}",
        "kind": kind,
        "clause": str(number),
        "nature": "rigid",
        "text": {"zh": kind, "en": kind},
        "provenance": "test",
        "parameters": parameters,
    }


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town of three footprints around the plot of the office: one under it, one beside it, one far."""
    folder = tmp_path_factory.mktemp("design")
    east, north = OFFICE.easting_m, OFFICE.northing_m
    shapes = {"under": (2, 2, 30, 20), "beside": (60, 0, 80, 20), "far": (900, 0, 920, 20)}
    features = [
        {
            "type": "Feature",
            "properties": {"id": name, "height": 12.0, "base_elevation": 942.4},
            "geometry": shapely.geometry.mapping(shapely.affinity.translate(shapely.box(*box), east, north)),
        }
        for name, box in shapes.items()
    ]
    source = folder / "town.geojson"
    crs = {"type": "name", "properties": {"name": "EPSG:4547"}}
    source.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    heights = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
    workspace = folder / "town"
    options = ReadOptions(crs="EPSG:4547", heights=heights)
    import_source([source], workspace, DatasetIdentity("buildings"), options, SilentProgress())
    with Workspace.load(workspace).open_store() as store:
        rules = [rule(1, "building-height", max_m=24, reference="highest"), rule(2, "storeys", max=8)]
        store.save_rule_pack({**RULES, "rules": rules})
    return workspace


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_design_is_judged_in_place_of_what_it_covers(town: Path) -> None:
    before = (town / "workspace.json").read_bytes()
    result = run("check", FOLDER / "office-ifc4x3.ifc", "--workspace", town, "--json")
    assert result.exit_code == 4, result.output  # it fails, and says so
    report = json.loads(result.stdout)
    assert report["replaces"] == ["buildings/under"]
    assert report["overlaps"] == []
    verdicts = {row["kind"]: (row["verdict"], row["measured_value"]) for row in report["findings"]}
    assert verdicts["building-height"][0] == "fail"
    assert verdicts["building-height"][1] > 24
    assert verdicts["storeys"] == ("pass", 8.0)
    (building,) = report["buildings"]
    assert building["attributes"]["window_wall_ratio"] == pytest.approx(0.7, abs=0.03)
    assert (town / "workspace.json").read_bytes() == before
    with Workspace.load(town).open_store() as store:
        assert sorted(store.buildings()["id"].to_pylist()) == ["beside", "far", "under"]


def test_what_makes_way_beside_it_can_be_named(town: Path) -> None:
    result = run("check", FOLDER / "office-ifc4x3.ifc", "-w", town, "--replaces", "beside", "--json")
    assert sorted(json.loads(result.stdout)["replaces"]) == ["buildings/beside", "buildings/under"]
    missing = run("check", FOLDER / "office-ifc4x3.ifc", "-w", town, "--replaces", "nowhere", "--json")
    assert missing.exit_code == 3
    assert json.loads(missing.stdout)["error"]["code"] == "not-found"


def test_the_table_names_position_measures_and_verdicts(town: Path) -> None:
    result = run("check", FOLDER / "office-ifc4x3.ifc", "-w", town, "--fail-on", "review")
    assert result.exit_code == 0, result.output
    assert "building-height" in result.output
    assert "Window-to-wall ratio" in result.output
    assert "buildings/under" in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("--at", "113.9,38.3"), 3, "outside-town"),
        (("--match-footprint", "far"), 3, "match-poor"),
        (("--bearing", "10"), 2, "usage"),
    ],
)
def test_a_design_that_cannot_stand_there_is_refused(
    town: Path, arguments: tuple[str, ...], code: int, word: str
) -> None:
    result = run("check", FOLDER / "office-ifc4x3.ifc", "-w", town, *arguments, "--json")
    assert result.exit_code == code, result.output
    assert json.loads(result.stdout)["error"]["code"] == word


def test_options_of_a_design_need_a_design(town: Path) -> None:
    result = run("check", "-w", town, "--replaces", "far", "--json")
    assert result.exit_code == 2
    assert "design" in json.loads(result.stdout)["error"]["message"]


def test_ifc_commands_answer_with_json_and_exit_codes(tmp_path: Path) -> None:
    shophouse = FOLDER / "shophouse-ifc4.ifc"
    position = run("ifc", "inspect", shophouse, "--json")
    assert position.exit_code == 0
    assert json.loads(position.stdout)["crs"].startswith("CGCS2000")
    remarks = tmp_path / "remarks.bcf"
    assert run("ifc", "ids", shophouse).exit_code == 0
    unclassified = tmp_path / "unclassified.ifc"
    text = shophouse.read_text(encoding="utf-8")
    unclassified.write_text(re.sub(r"#\d+=IFCRELASSOCIATESCLASSIFICATION\(.*?\);\n", "", text), encoding="utf-8")
    checked = run("ifc", "ids", unclassified, "--report", remarks)
    assert checked.exit_code == 4
    assert remarks.stat().st_size > 500
    assert run("ifc", "validate", shophouse).exit_code == 0
    same = run("ifc", "diff", shophouse, shophouse, "--json")
    assert json.loads(same.stdout)["counts"]["changed"] == 0
