"""Attributes on their way from a file to the property tables of tiles: exact, typed, coded, in any script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.pipeline.convert import convert_source
from cim_core.features import ATTRIBUTE_BY_NAME
from cim_core.progress import SilentProgress
from converters.base import PointPosition, ReadOptions
from tests.api.cli.test_convert import SQUARE, feature, write_geojson
from tiles.options import TileOptions
from tiles.readglb import Glb, parse_glb


def shifted(step: int) -> list[list[float]]:
    return [[x + 30 * step, y] for x, y in SQUARE]


def convert_all(source: Path, out: Path, options: ReadOptions | None = None) -> list[Glb]:
    convert_source(source, out, options or ReadOptions(), TileOptions(), SilentProgress())
    return [parse_glb(tile.read_bytes()) for tile in sorted((out / "tiles").glob("*.glb"))]


def convert(source: Path, out: Path, options: ReadOptions | None = None) -> Glb:
    (glb,) = convert_all(source, out, options)
    return glb


def convert_rows(tmp_path: Path, *rows: dict[str, Any]) -> Glb:
    tmp_path.mkdir(exist_ok=True)
    features = [feature(shifted(step), id=f"b{step}", **row) for step, row in enumerate(rows)]
    return convert(write_geojson(tmp_path / "rows.geojson", features), tmp_path / "out")


def described(glb: Glb) -> dict[str, Any]:
    schema = glb.document["extensions"]["EXT_structural_metadata"]["schema"]
    (only,) = schema["classes"].values()
    return dict(only["properties"])


@pytest.mark.parametrize("heights_m", [[3.1, 12.35, 3.0], [3.0, 7.5, 999.0], [0.1, 0.2, 0.30000000000000004]])
def test_numbers_come_back_exactly_as_they_were_written(heights_m: list[float], tmp_path: Path) -> None:
    glb = convert_rows(tmp_path, *({"height": height_m} for height_m in heights_m))
    assert sorted(float(value) for value in glb.property_column("height")) == sorted(heights_m)


def test_numbers_take_four_bytes_only_where_nothing_is_lost(tmp_path: Path) -> None:
    assert described(convert_rows(tmp_path, {"height": 3.0}, {"height": 7.5}))["height"]["componentType"] == "FLOAT32"
    assert described(convert_rows(tmp_path / "b", {"height": 3.1}))["height"]["componentType"] == "FLOAT64"


def test_use_is_an_enum_of_the_agreed_codes_with_a_value_for_none(tmp_path: Path) -> None:
    glb = convert_rows(
        tmp_path, {"height": 3, "用途": "居住"}, {"height": 4, "用途": "学校"}, {"height": 5, "用途": None}
    )
    assert sorted(glb.property_column("use")) == ["education", "residential", "unknown"]
    assert described(glb)["use"] == {"type": "ENUM", "enumType": "building_use", "noData": "unknown"}
    values = glb.document["extensions"]["EXT_structural_metadata"]["schema"]["enums"]["building_use"]["values"]
    codes = [code.value for code in ATTRIBUTE_BY_NAME["use"].codes]
    assert [(value["name"], value["value"]) for value in values] == [
        (name, at) for at, name in enumerate([*codes, "unknown"])
    ]


def test_use_that_nobody_knows_is_left_out(tmp_path: Path) -> None:
    glb = convert_rows(tmp_path, {"height": 3})
    assert "use" not in described(glb)
    assert list(glb.property_column("class")) == ["building"]


def test_classes_of_a_model_are_an_enum_of_what_occurs(repository: Path, tmp_path: Path) -> None:
    glbs = convert_all(repository / "sample_models" / "yuxian" / "ifc" / "shophouse-ifc4.ifc", tmp_path / "out")
    with_elements = [glb for glb in glbs if "default" not in described(glb)["class"]]
    assert len(with_elements) >= 1
    for glb in with_elements:  # the shell of the building is one class, said once
        assert described(glb)["class"]["type"] == "ENUM"
        assert len(glb.property_column("class")) == len(glb.property_column("id"))
    assert {"IfcWall", "IfcWindow", "IfcDoor"} <= {
        kind for glb in with_elements for kind in glb.property_column("class")
    }


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_text_of_every_script_arrives_whole(encoding: str, tmp_path: Path) -> None:
    names = ["县衙", "大王庙㐂", "Hall of Ælfred", "𠀀"]
    rows = [feature(shifted(step), id=f"b{step}", height=5, name=name) for step, name in enumerate(names)]
    source = write_geojson(tmp_path / "rows.geojson", rows)

    source.write_bytes(json.dumps(json.loads(source.read_text()), ensure_ascii=False).encode(encoding))
    assert sorted(convert(source, tmp_path / "out").property_column("name")) == sorted(names)


def test_a_model_of_one_class_says_it_once(repository: Path, tmp_path: Path) -> None:
    options = ReadOptions(at=PointPosition(113.4, 38.08, 930.0))
    glb = convert(repository / "sample_models" / "yuxian" / "models" / "pavilion.obj", tmp_path / "out", options)
    assert "default" in described(glb)["class"]
