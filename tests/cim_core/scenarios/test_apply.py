from __future__ import annotations

import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.errors import ScenarioConflictError
from cim_core.features import building_schema
from cim_core.scenarios import Change, ChangeKind, Ref, apply_changes, match_design

SCHEMA = pa.schema([pa.field("dataset", pa.string()), *building_schema()])


def town(count: int = 3, dataset: str = "town") -> pa.Table:
    """b0, b1 … each 10 × 10 m every 20 m, 6 m high with an eave at 5 m."""
    rows = [
        {
            "dataset": dataset, "id": f"b{i}", "gid": i, "kind": "building", "height_m": 6.0, "eave_height_m": 5.0,
            "geometry": shapely.to_wkb(shapely.box(20 * i, 0, 20 * i + 10, 10)), "facade_main_color": "#aaaaaa",
        }
        for i in range(count)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def ref(name: str) -> Ref:
    return Ref("town", name)


def demolish(*names: str) -> Change:
    return Change(ChangeKind.DEMOLISH, tuple(ref(name) for name in names), where="s.yaml:3:1")


def set_(name: str, **values: object) -> Change:
    return Change(ChangeKind.SET, (ref(name) if "/" not in name else Ref(*name.split("/")),), attributes=values)


def draw(name: str, *replaced: str, **values: object) -> Change:
    kind = ChangeKind.REPLACE if replaced else ChangeKind.ADD
    footprint = shapely.to_wkb(shapely.box(100, 30, 110, 50))
    return Change(kind, tuple(ref(r) for r in replaced), name, footprint, {"height_m": 9.0, **values})


def design(*replaced: str, building: str = "") -> Change:
    return Change(ChangeKind.REPLACE, tuple(ref(r) for r in replaced), design=Ref("ifc", building))


def rows(table: pa.Table) -> dict[str, dict]:
    return {f"{r['dataset']}/{r.get('id', r.get('building_id'))}": r for r in table.to_pylist()}


def test_changes_apply_in_their_order_and_leave_the_base():
    base = town()
    before = base.to_pylist()
    applied = apply_changes(
        base,
        [demolish("b0"), draw("n1", storeys=3), set_("b1", facade_main_color="#112233"), set_("new/n1", height_m=12.0)],
    )
    assert base.to_pylist() == before
    after = rows(applied.buildings)
    assert list(after) == ["town/b1", "town/b2", "new/n1"]
    assert (after["town/b1"]["facade_main_color"], after["town/b2"]["facade_main_color"]) == ("#112233", "#aaaaaa")
    assert (after["new/n1"]["height_m"], after["new/n1"]["storeys"], after["new/n1"]["gid"]) == (12.0, 3, None)
    assert applied.buildings.schema.equals(SCHEMA)
    places = rows(applied.places)
    assert {name: row["state"] for name, row in places.items()} == {
        "town/b0": "removed", "new/n1": "proposed", "town/b1": "changed",
    }  # fmt: skip
    assert (places["new/n1"]["changes"], places["new/n1"]["height_m"]) == ("[1, 3]", 12.0)
    assert (places["town/b0"]["gid"], places["town/b0"]["geometry"]) == (0, before[0]["geometry"])


def test_a_height_without_an_eave_forgets_the_eave_and_reshapes():
    applied = apply_changes(town(), [set_("b0", height_m=9.0), set_("b1", height_m=9.0, eave_height_m=8.0)])
    after = rows(applied.buildings)
    assert [after[f"town/b{i}"]["eave_height_m"] for i in range(3)] == [None, 8.0, 5.0]
    assert set(applied.places["state"].to_pylist()) == {"reshaped"}
    again = apply_changes(town(), [set_("b0", height_m=9.0), set_("b0", facade_main_color="#000000")])
    assert again.places["state"].to_pylist() == ["reshaped"]


def test_a_design_takes_the_place_of_a_building():
    applied = apply_changes(town(), [design("b1"), set_("ifc/b0", style="modern")], town(2, "ifc"))
    assert list(rows(applied.buildings)) == ["town/b0", "town/b2", "ifc/b0", "ifc/b1"]
    assert rows(applied.buildings)["ifc/b0"]["style"] == "modern"
    assert {n: r["state"] for n, r in rows(applied.places).items()} == {
        "town/b1": "removed", "ifc/b0": "proposed", "ifc/b1": "proposed",
    }  # fmt: skip
    one = apply_changes(town(), [design("b1", building="b1")], town(2, "ifc"))
    assert list(rows(one.buildings)) == ["town/b0", "town/b2", "ifc/b1"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([demolish("b9")], "no-building"),
        ([demolish("b0"), demolish("b0")], "already-removed"),
        ([demolish("b0"), set_("b0", storeys=1)], "already-removed"),
        ([draw("n1", "b0"), demolish("b0")], "already-removed"),
        ([draw("n1"), draw("n1")], "id-taken"),
        ([set_("new/n1", storeys=1), draw("n1")], "no-building"),
        ([set_("ifc/b0", storeys=1)], "no-building"),
        ([design("b0", building="b7")], "no-design"),
        ([design("b0"), design("b1")], "design-placed-twice"),
    ],
)
def test_conflicts_are_refused(changes, code):
    with pytest.raises(ScenarioConflictError) as caught:
        apply_changes(town(), changes, town(2, "ifc"))
    assert caught.value.code == code
    if changes[-1].where:
        assert caught.value.where == "s.yaml:3:1"


@settings(deadline=None)
@given(st.sets(st.integers(0, 19)), st.sets(st.integers(0, 19)))
def test_books_balance(gone: set[int], colored: set[int]):
    colored -= gone
    changes = [demolish(f"b{i}") for i in sorted(gone)] + [set_(f"b{i}", storeys=i) for i in sorted(colored)]
    applied = apply_changes(town(20), [*changes, draw("n")])
    assert applied.buildings.num_rows == 20 - len(gone) + 1
    after = rows(applied.buildings)
    assert {i for i in range(20) if f"town/b{i}" in after} == set(range(20)) - gone
    assert {i for i in range(20) if after.get(f"town/b{i}", {}).get("storeys") == i} == colored
    assert applied.places.num_rows == len(gone | colored) + 1


def drawn_at(*box: float) -> Change:
    return Change(ChangeKind.ADD, new_id="n", footprint=shapely.to_wkb(shapely.box(*box)), where="s.yaml:2:1")


@pytest.mark.parametrize(
    ("box", "code", "message"),
    [
        ((5, 0, 15, 10), "stands-on-another", "stands on town/b0 by 50.0 m2"),
        ((2, 2, 4, 4), "stands-on-another", "by 4.0 m2"),
        ((9_050, 0, 9_060, 10), "outside-town", "9.0 km outside"),
        ((0, 0, 0.01, 10), "footprint-too-small", "1 cm wide"),
        ((113.41, 38.08, 113.4101, 38.0801), "footprint-too-small", "1e-08 m2"),  # degrees taken for metres
    ],
)
def test_a_building_is_drawn_only_where_it_can_stand(box: tuple[float, ...], code: str, message: str) -> None:
    with pytest.raises(ScenarioConflictError, match=message) as caught:
        apply_changes(town(), [drawn_at(*box)])
    assert (caught.value.code, caught.value.where) == (code, "s.yaml:2:1")


def test_a_building_stands_beside_another_or_where_one_was_before() -> None:
    """10 m × 10 m; a drawn one shares a wall with b0, one lies 5 cm over it, one comes where b1 was."""
    for box in ((10, 0, 20, 10), (9.95, 0, 19.95, 10)):
        assert apply_changes(town(), [drawn_at(*box)]).buildings.num_rows == 4
    assert apply_changes(town(), [demolish("b1"), drawn_at(20, 0, 30, 10)]).buildings.num_rows == 3
    twice = [draw("n1"), draw("n2")]
    with pytest.raises(ScenarioConflictError, match="another new building"):
        apply_changes(town(), twice)


def test_a_new_height_forgets_eave_and_ridge_as_a_trial_does() -> None:
    base = town()
    ridged = base.set_column(base.schema.get_field_index("ridge_height_m"), "ridge_height_m", pa.array([5.5] * 3))
    cases = (
        ({"height_m": 4.0}, (4.0, None, None)),
        ({"height_m": 4.0, "eave_height_m": 3.0}, (4.0, 3.0, None)),
        ({"storeys": 2}, (6.0, 5.0, 5.5)),
    )
    for values, expected in cases:
        after = rows(apply_changes(ridged, [set_("b0", **values)]).buildings)["town/b0"]
        assert (after["height_m"], after["eave_height_m"], after["ridge_height_m"]) == expected


def test_a_design_matches_what_it_covers():
    outline = shapely.box(0, 0, 25, 10)  # all of b0, half of b1
    designs = pa.table({"dataset": ["ifc", "ifc"], "id": ["d", "nowhere"], "geometry": [shapely.to_wkb(outline), None]})
    found = match_design(designs, town()).to_pylist()
    assert [(f["building_id"], f["covered_share"], f["overlap_m2"]) for f in found] == [
        ("b0", 1.0, 100),
        ("b1", 0.5, 50),
    ]
