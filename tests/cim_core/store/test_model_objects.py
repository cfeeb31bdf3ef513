"""Objects of building models by what their JSON says of them, on both kinds of database."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from cim_core.errors import UsageError
from cim_core.store import Store
from cim_core.store.model_objects import ObjectFilter


def pset(**properties: object) -> dict[str, object]:
    return {"Pset_WallCommon": {name: {"value": value} for name, value in properties.items()}}


SEMANTICS: dict[str, dict[str, object]] = {
    "outer": {"property_sets": pset(IsExternal=True, ThermalTransmittance=1.6, FireRating="REI 60", Loads=1)},
    "inner": {"property_sets": pset(IsExternal=False, ThermalTransmittance=2.0, FireRating="1.6", Loads=None)},
    "typed": {"type": {"property_sets": pset(IsExternal=True, Loads=2.5e-05)}},
    "both": {"property_sets": pset(IsExternal=False), "type": {"property_sets": pset(IsExternal=True)}},
    "measured": {"quantities": {"Qto_Wall": {"Length": {"value": 12}, "\u9762\u79ef%": {"value": 3.5}}}},
    "silent": {},
}


@pytest.fixture
def model(store: Store) -> Store:
    names = ["Wall 50%", "wall_b", "\u5899 C", "D", "E", None]
    columns = {
        "id": list(SEMANTICS),
        "kind": ["IfcWall"] * len(SEMANTICS),
        "name": names,
        "semantics": [json.dumps(said, ensure_ascii=False) if said else None for said in SEMANTICS.values()],
    }
    store.save_model_objects("shop", pa.table(columns))
    return store


def found(store: Store, property_: str | None = None, value: str | None = None, name: str | None = None) -> list[str]:
    where = ObjectFilter("shop", property=property_, value=value, name=name)
    count, page = store.model_objects(where)
    assert count == page.num_rows
    return list(page.column("id").to_pylist())


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("IsExternal", None, ["outer", "inner", "typed", "both"]),
        ("IsExternal", "true", ["outer", "typed"]),  # what an object says itself comes before what its type says
        ("IsExternal", "FALSE", ["inner", "both"]),
        ("IsExternal", "1", []),  # a truth value is no number
        ("Loads", None, ["outer", "typed"]),  # null is no value
        ("Loads", "true", []),  # and a number no truth value
        ("Loads", "1.0", ["outer"]),
        ("Loads", "0.000025", ["typed"]),
        ("ThermalTransmittance", "2", ["inner"]),
        ("ThermalTransmittance", "1.60", ["outer"]),
        ("FireRating", "REI 60", ["outer"]),
        ("FireRating", "1.6", ["inner"]),
        ("FireRating", "1.60", []),  # a text is compared as it is written
        ("FireRating", "nan", []),
        ("Nothing", None, []),
    ],
)
def test_objects_are_found_by_the_value_of_a_property(
    model: Store, name: str, value: str | None, expected: list[str]
) -> None:
    assert found(model, f"Pset_WallCommon.{name}", value) == expected


def test_quantities_are_properties_too_and_names_may_hold_anything(model: Store) -> None:
    assert found(model, "Qto_Wall.Length", "12") == ["measured"]
    assert found(model, "Qto_Wall.\u9762\u79ef%", "3.5") == ["measured"]
    assert found(model, "Qto_Wall.x'); DROP TABLE model_objects; --", "1") == []
    with pytest.raises(UsageError):
        ObjectFilter("shop", value="1")


def test_a_part_of_a_name_is_enough_and_case_does_not_matter(model: Store) -> None:
    assert found(model, name="WALL") == ["outer", "inner"]
    assert found(model, name="0%") == ["outer"]
    assert found(model, name="l_b") == ["inner"]
    assert found(model, name="\u5899") == ["typed"]


def test_an_object_comes_with_its_way_down_from_the_top(store: Store) -> None:
    columns = {"id": ["site", "storey", "wall"], "kind": ["IfcSite", "IfcBuildingStorey", "IfcWall"]}
    rows = pa.table({**columns, "parent_id": pa.array([None, "site", "storey"]), "name": ["S", "1", "W"]})
    assert store.save_model_objects("shop", rows) == 3
    assert [step["id"] for step in store.model_object("shop", "wall")["path"]] == ["site", "storey"]
    assert store.model_objects(ObjectFilter("shop", parent="site"))[1].column("children").to_pylist() == [1]
