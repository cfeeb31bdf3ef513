"""The sample town's planted answers, written by its generator without this checker, against what the checker finds."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from cim_core.features.schema import building_schema
from cim_core.streets import derive_frontages
from cim_core.townscape import Places, check_buildings, check_references, read_rule_pack
from cim_core.townscape.color.hue import hue_difference, parse_hue

TOWN = Path(__file__).resolve().parents[3] / "sample_models" / "yuxian"
ON = dt.date(2026, 6, 1)


def read_features(name: str) -> list[dict]:
    features = json.loads((TOWN / name).read_text(encoding="utf-8"))["features"]
    return [
        {**f["properties"], "geometry": shapely.from_geojson(json.dumps(f["geometry"])).wkb if f["geometry"] else None}
        for f in features
    ]


def table_of(rows: list[dict], columns: dict[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array([row.get(name) for row in rows], type_) for name, type_ in columns.items()})


def with_height(row: dict) -> dict:
    """The height as an import gives it: the field, else three metres a storey."""
    if row["height_m"] is not None:
        return {**row, "height_source": "field"}
    if row["storeys"] is not None:
        return {**row, "height_m": 3.0 * row["storeys"], "height_source": "storeys"}
    return {**row, "height_source": None}


@cache
def buildings() -> pa.Table:
    rows = [
        {**with_height(row), "gid": i, "kind": "building", "dataset": "town"}
        for i, row in enumerate(read_features("buildings.geojson"))
    ]
    return table_of(rows, {f.name: f.type for f in building_schema()} | {"dataset": pa.string()})


@cache
def frontages() -> pa.Table:
    streets = table_of(
        read_features("streets.geojson"), {"id": pa.string(), "geometry": pa.binary(), "width_m": pa.float64()}
    )
    return derive_frontages(buildings(), streets)


@cache
def findings() -> list[dict]:
    zones = table_of(read_features("zones.geojson"), {"id": pa.string(), "geometry": pa.binary()})
    places = Places(
        plan_units=pa.Table.from_pylist(read_features("units.geojson")),
        view_corridors=pa.Table.from_pylist(read_features("corridors.geojson")),
    )
    streets = pa.Table.from_pylist(read_features("streets.geojson"))
    pack = read_rule_pack(TOWN / "rules.yaml")
    check_references(pack, zones=set(zones["id"].to_pylist()), streets=set(frontages()["street_id"].to_pylist()))
    return check_buildings(buildings(), zones, frontages(), [pack], ON, streets, places=places).to_pylist()


@cache
def answers() -> dict:
    return json.loads((TOWN / "answers.json").read_text(encoding="utf-8"))


def found(verdict: str) -> set[tuple[str, str]]:
    return {(f["building_id"], f["rule_id"]) for f in findings() if f["verdict"] == verdict}


def planted(name: str) -> set[tuple[str, str]]:
    return {(a["building_id"], a["rule_id"]) for a in answers()[name]}


@pytest.mark.parametrize(
    ("name", "verdict"), [("violations", "fail"), ("no_data", "no_data"), ("review", "review"), ("exempt", "exempt")]
)
def test_what_was_planted_is_found_and_nothing_else(name: str, verdict: str):
    assert planted(name) - found(verdict) == set()
    if answers()["complete"]:
        assert found(verdict) - planted(name) == set()


def test_planted_numbers_and_margins_agree():
    by_key = {(f["building_id"], f["rule_id"]): f for f in findings()}
    compared = 0
    for answer in answers()["violations"] + answers()["exempt"]:
        if answer["kind"] not in ("building-height", "storeys"):
            continue
        finding = by_key[answer["building_id"], answer["rule_id"]]
        assert finding["measured_value"] == pytest.approx(answer["measured"], abs=0.05)
        assert finding["margin"] == pytest.approx(answer["margin"], abs=0.05)
        compared += 1
    assert compared > 20


def test_planted_colors_are_read_as_the_notation_they_were_made_from():
    by_key = {(f["building_id"], f["rule_id"]): f for f in findings()}
    planted_colors = [a for name in ("violations", "review") for a in answers()[name] if a.get("munsell")]
    assert len(planted_colors) > 20
    for answer in planted_colors:
        found_hue, found_tone = by_key[answer["building_id"], answer["rule_id"]]["measured_text"].split(" ")
        hue, tone = answer["munsell"].split(" ")
        assert abs(float(hue_difference(parse_hue(found_hue), parse_hue(hue)))) < 1.0
        for ours, made in zip(found_tone.split("/"), tone.split("/"), strict=True):
            assert float(ours) == pytest.approx(float(made), abs=0.16)


def test_every_finding_says_what_was_measured_against_what():
    for finding in findings():
        assert finding["message_zh"]
        assert finding["message_en"]
        assert finding["limit_text"]
        assert finding["source"]
        assert (finding["verdict"] == "no_data") == (finding["measured_text"] is None)
        if finding["verdict"] == "fail" and finding["margin"] is not None:
            assert finding["margin"] < 0


def test_both_main_streets_have_frontages_on_both_sides():
    rows = frontages().to_pylist()
    for street, sides in (("xiushui-west", {"north", "south"}), ("jinlong-east", {"north", "south"})):
        on_street = [r for r in rows if r["street_id"] == street]
        assert {r["side"] for r in on_street} >= sides
        assert len(on_street) > 20
