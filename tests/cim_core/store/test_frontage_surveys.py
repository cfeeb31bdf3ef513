"""What was surveyed of frontages, on both kinds of database."""

from __future__ import annotations

import pyarrow as pa
import pytest
import shapely

from cim_core.errors import NotFoundError, StaleVersionError
from cim_core.store import Change, Store
from tests.api.http.builders import WORK_CRS, frontages

KEY = "town/b1@west:north"
PLACE = {"id": KEY, "dataset": "town", "building_id": "b1", "street_id": "west", "side": "north"}


def told(store: Store, key: str = KEY) -> tuple[object, ...]:
    row = store.frontage(key).to_pylist()[0]
    return tuple(row[name] for name in ("color", "material", "style", "surveyed"))


def test_a_survey_outlives_frontages_that_are_derived_again(town: Store) -> None:
    assert told(town) == ("#aabbcc", None, "modern", None)
    town.put_frontage_surveys([{**PLACE, "color": "#102030", "material": "stone"}], Change("Li", "walk"))
    assert told(town) == ("#102030", "stone", "modern", "color,material")
    town.save_frontages(pa.table({**{n: frontages()[n] for n in frontages().column_names}}))
    assert told(town) == ("#102030", "stone", "modern", "color,material")
    assert told(town, "town/b0@west:north") == (None, "grey_brick", None, None)
    by_street = {row["key"]: row["color"] for row in town.frontages(street="west").to_pylist()}
    assert by_street == {"town/b0@west:north": None, KEY: "#102030"}
    assert town.frontages(building=("town", "b1"))["color"].to_pylist() == ["#102030"]


def test_a_survey_has_versions_days_and_a_history(town: Store) -> None:
    put = town.put_frontage_surveys
    assert put([{**PLACE, "color": "#102030"}], Change("Li", "walk"), version=0) == [1]
    assert put([{**PLACE, "color": "#102030"}], Change("Li", "again"), version=1) == [1]  # says the same
    assert put([{**PLACE, "color": "#405060"}], Change("Wu", "painted", "2026-03-01"), version=1) == [2]
    former, _, present = town.history("frontage", KEY)
    assert (former.values["color"], former.actor, former.version) == ("#102030", "Li", 1)
    assert (present.values["color"], present.actor, present.valid_from) == ("#405060", "Wu", "2026-03-01")
    in_force = town.as_of("frontage", KEY, valid_at="2026-02-01")
    assert in_force is not None
    assert in_force.values["color"] == "#102030"
    with pytest.raises(StaleVersionError):
        put([{**PLACE, "color": "#000000"}], Change("Li"), version=1)
    with pytest.raises(StaleVersionError):
        put([{**PLACE, "color": "#000000"}], Change("Li"), version=0)
    assert town.frontage_surveys(key=KEY).to_pylist()[0]["version"] == 2


def test_a_frontage_nobody_has_is_not_found(town: Store) -> None:
    with pytest.raises(NotFoundError):
        town.frontage("town/b1@west:south")


def test_surveys_move_house_with_their_history(town: Store, tmp_path: object) -> None:
    town.put_frontage_surveys([{**PLACE, "sign_count": 2}], Change("Li"))
    town.put_frontage_surveys([{**PLACE, "sign_count": 3}], Change("Li"))
    with Store.create(f"{tmp_path}/copy.gpkg", WORK_CRS) as copy:
        town.copy_into(copy)
        assert copy.digest() == town.digest()
        assert [row.values["sign_count"] for row in copy.history("frontage", KEY)] == [2, 3]
        assert shapely.from_wkb(copy.frontage(KEY)["facade"][0].as_py()).length == 10.0
