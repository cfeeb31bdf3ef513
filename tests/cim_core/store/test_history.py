"""What was, and what was known: on both kinds of database, and against a model of one thing's days."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cim_core.errors import NotFoundError, StaleVersionError, UsageError
from cim_core.store import Change, ManualLink, Store, changes
from cim_core.store.changes import as_instant, hash_change
from cim_core.store.writing import delete_rows, put_row
from tests.api.http.builders import RULE_PACK, footprints, town_record, zones


def altered(column: str, values: list[object]) -> object:
    """The footprints of the town with another column."""
    batch = footprints()
    return replace(batch, records=batch.with_column(column, pa.array(values)).records)


def history_rows(store: Store) -> int:
    with store._read() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM buildings_history")).scalar_one())


def log(store: Store) -> list[sa.RowMapping]:
    with store._read() as connection:
        return list(connection.execute(sa.select(store._tables.changes).order_by(sa.text("id"))).mappings())


def test_importing_the_same_again_touches_nothing(town: Store) -> None:
    before = town.building("town", "b1")
    town.import_features(town_record(), [footprints()])
    assert history_rows(town) == 0
    assert town.version("building", "town/b1") == 1
    assert town.building("town", "b1").drop_columns(["verdict"]).equals(before.drop_columns(["verdict"]))


def test_importing_archives_only_what_differs(town: Store) -> None:
    heights = [6.0, 99.0, 15.0, None]
    town.import_features(town_record(), [altered("height_m", heights)], change=Change("Li", "resurvey"))
    assert history_rows(town) == 1
    assert town.buildings(dataset="town").column("height_m").to_pylist() == heights
    former, present = town.history("building", "town/b1")
    assert (former.values["height_m"], present.values["height_m"]) == (12.0, 99.0)
    assert (former.version, present.version) == (1, 2)
    assert former.recorded_to == present.recorded_from
    assert (present.actor, present.reason) == (former.ended_by, former.ended_because) == ("Li", "resurvey")
    assert town.version("building", "town/b0") == 1


def test_rows_may_come_go_move_and_swap_their_numbers(town: Store) -> None:
    batch = footprints()
    rows = batch.records.to_pylist()
    rows[0]["gid"], rows[1]["gid"] = rows[1]["gid"], rows[0]["gid"]
    rows[2]["geometry"] = shapely.to_wkb(shapely.affinity.translate(shapely.from_wkb(rows[2]["geometry"]), 1000.0, 0.0))
    rows[3]["id"] = "new"
    moved = replace(batch, records=pa.RecordBatch.from_pylist(rows, schema=batch.records.schema))
    town.import_features(town_record(), [moved])
    found = {row["id"]: row for row in town.buildings(dataset="town").to_pylist()}
    assert sorted(found) == ["b0", "b1", "b2", "new"]
    assert (found["b0"]["gid"], found["b1"]["gid"]) == (1, 0)
    assert town.version("building", "town/b0") == 1  # another number is no change of the building
    assert found["b2"]["geometry"] == rows[2]["geometry"]
    x, y = shapely.from_wkb(rows[2]["geometry"]).bounds[:2]
    assert town.buildings(bbox=(x, y, x + 1, y + 1)).column("id").to_pylist() == ["b2"]
    assert town.as_of("building", "town/way/3") is None
    (gone,) = town.history("building", "town/way/3")
    assert gone.recorded_to is not None


def test_many_changed_rows_are_replaced_in_bulk(grown: Store) -> None:
    batch = grown.buildings(dataset="town")
    shapes = shapely.affinity.translate(shapely.MultiPolygon(shapely.from_wkb(batch.column("geometry"))), 0, 100.0)
    columns = {
        "id": [*batch.column("id").to_pylist()[:-1], "new"],
        "kind": ["building"] * batch.num_rows,
        "geometry": shapely.to_wkb(list(shapes.geoms)),
    }
    moved = replace(footprints(), records=pa.RecordBatch.from_pydict(columns))
    grown.import_features(town_record(), [moved])
    assert history_rows(grown) == batch.num_rows
    west, south, east, north = shapes.bounds
    assert grown.count_buildings(bbox=(west, south, east, north)) == batch.num_rows
    assert grown.count_buildings(bbox=(west, south - 100, east, south - 95)) == 0
    if grown.backend == "sqlite":
        with grown._read() as connection:
            assert connection.exec_driver_sql("SELECT rtreecheck('rtree_buildings_geom')").scalar_one() == "ok"


def test_a_day_separates_how_it_was_from_how_it_is(town: Store) -> None:
    known_before = log(town)[-1]["recorded_at"]
    change = Change("Wang", "storey added", valid_from="2026-05-01")
    assert town.edit("building", "town/b0", {"storeys": 3}, version=1, change=change) == 2
    storeys = {
        (day, instant): town.as_of("building", "town/b0", valid_at=day, known_at=instant).values["storeys"]
        for day in ("2026-04-30", "2026-05-01")
        for instant in (known_before, None)
    }
    assert storeys == {
        ("2026-04-30", known_before): 2, ("2026-05-01", known_before): 2,
        ("2026-04-30", None): 2, ("2026-05-01", None): 3,
    }  # fmt: skip


def test_every_kind_keeps_its_former_rows(town: Store) -> None:
    names = zones().column("name_en").to_pylist()
    renamed = zones().set_column(zones().schema.get_field_index("name_en"), "name_en", [["New"] * len(names)])
    town.import_zones(renamed, "EPSG:4547")
    assert [row.values["name_en"] for row in town.history("zone", "core")] == [names[0], "New"]
    town.save_rule_pack({**RULE_PACK, "version": "2"}, Change("planner"))
    assert [row.values["pack_version"] for row in town.history("rule-pack", "demo")][-1] == "2"
    link = ManualLink("prj-01", "town", "b2", included=True, decided_by="planner", reason="seen on site")
    town.set_project_link(link)
    town.set_project_link(replace(link, included=False, reason="mistaken"))
    rows = town.history("link", "prj-01/town/b2/manual")
    assert [(row.values["included"], row.actor, row.reason) for row in rows] == [
        (1, "planner", "seen on site"), (0, "planner", "mistaken"),
    ]  # fmt: skip
    town.delete_project_link("prj-01", "town", "b2")
    assert town.as_of("link", "prj-01/town/b2/manual") is None


def test_questions_that_make_no_sense_are_refused(town: Store) -> None:
    for kind, name in (("finding", "x"), ("building", "b0")):
        with pytest.raises(UsageError):
            town.history(kind, name)
    with pytest.raises(NotFoundError):
        town.history("building", "town/nothing")
    with pytest.raises(UsageError):
        town.as_of("building", "town/b0", valid_at="yesterday")
    with pytest.raises(UsageError):
        Change("x", valid_from="2026-13-01")
    assert as_instant("2026-11-22") == "2026-11-22T23:59:59.999Z"
    assert as_instant("2026-11-22T08:00:00+08:00") == "2026-11-22T00:00:00.000Z"


def test_the_log_is_a_chain_in_which_each_write_is_later(town: Store) -> None:
    town.edit("building", "town/b0", {"storeys": 9}, version=1, change=Change("Li", "counted"))
    rows = log(town)
    assert (rows[-1]["actor"], rows[-1]["summary"]) == ("Li", '{"buildings": {"changed": 1}}')
    instants = [row["recorded_at"] for row in rows]
    assert instants == sorted(set(instants))
    for earlier, later in zip([{"hash": ""}, *rows], rows, strict=False):
        assert later["previous_hash"] == earlier["hash"]
        assert later["hash"] == hash_change(dict(later))


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1)], ids=["set back", "set forward"])
def test_a_clock_that_jumps_an_hour_puts_nothing_out_of_order(
    town: Store, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    shift = timedelta()
    monkeypatch.setattr(changes, "now_utc", lambda: (datetime.now(UTC) + shift).isoformat()[:23] + "Z")
    for version in range(1, 7):
        shift = jump if version == 3 else timedelta()  # there, and back again
        town.edit("building", "town/b0", {"storeys": 10 + version}, version=version)
    rows = town.history("building", "town/b0")
    assert [row.values["storeys"] for row in rows] == [2, 11, 12, 13, 14, 15, 16]
    instants = [row.recorded_from or "" for row in rows]
    assert instants == sorted(set(instants))
    assert [row.recorded_to for row in rows[:-1]] == instants[1:]
    for row in rows[1:]:
        found = town.as_of("building", "town/b0", known_at=row.recorded_from)
        assert found is not None
        assert found.values["storeys"] == row.values["storeys"]


def test_an_edit_of_an_old_version_is_refused_and_changes_nothing(town: Store) -> None:
    assert town.edit("building", "town/b0", {"storeys": 3}, version=1) == 2
    assert town.edit("building", "town/b0", {"storeys": 3}, version=2) == 2  # says the same
    with pytest.raises(StaleVersionError, match="version 2"):
        town.edit("building", "town/b0", {"storeys": 4}, version=1)
    assert town.building("town", "b0").column("storeys").to_pylist() == [3]
    assert len(town.history("building", "town/b0")) == 2
    with pytest.raises(UsageError):
        town.edit("building", "town/b0", {"id": "other"}, version=2)
    with pytest.raises(NotFoundError):
        town.edit("building", "town/nothing", {"storeys": 4}, version=1)


def test_of_eight_editors_of_one_version_one_wins(town: Store) -> None:
    results: list[object] = []
    start = threading.Barrier(8)

    def edit(number: int) -> None:
        start.wait()
        try:
            town.edit("building", "town/b0", {"storeys": 10 + number}, version=1, change=Change(f"editor {number}"))
            results.append(number)
        except StaleVersionError:
            results.append(None)

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    (winner,) = [number for number in results if number is not None]
    assert len(results) == 8
    assert town.building("town", "b0").column("storeys").to_pylist() == [10 + winner]
    assert town.history("building", "town/b0")[-1].actor == f"editor {winner}"


def test_editors_who_read_again_lose_no_update(town: Store) -> None:
    def add_storeys() -> None:
        for _ in range(5):
            while True:
                version = town.version("building", "town/b0")
                storeys = town.building("town", "b0").column("storeys")[0].as_py()
                try:
                    town.edit("building", "town/b0", {"storeys": storeys + 1}, version=version)
                    break
                except StaleVersionError:
                    continue

    threads = [threading.Thread(target=add_storeys) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert town.building("town", "b0").column("storeys").to_pylist() == [2 + 20]
    assert town.version("building", "town/b0") == 1 + 20


DAYS = [f"2026-01-{day:02}" for day in range(1, 9)]
steps = st.lists(
    st.tuples(st.sampled_from(["put", "delete"]), st.one_of(st.none(), st.sampled_from(DAYS[1:-1]))),
    min_size=1, max_size=7,
)  # fmt: skip


@dataclass
class Model:
    """What is held true of each day, and whether the thing is there now: the algebra written out day by day."""

    days: dict[str, int | None] = field(default_factory=lambda: dict.fromkeys(DAYS))
    begins: str | None = None
    is_there: bool = False

    def put(self, value: int, day: str | None) -> None:
        if day is None and not self.is_there:
            known = [name for name in DAYS if self.days[name] is not None]
            day = DAYS[DAYS.index(known[-1]) + 1] if known else None
        elif day is None:
            day = self.begins
        for name in DAYS:
            if day is None or name >= day:
                self.days[name] = value
        self.begins, self.is_there = day, True

    def delete(self, day: str | None) -> None:
        for name in DAYS:
            if day is None or name >= day:
                self.days[name] = None
        self.is_there = False


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_history_is_what_the_model_says_of_every_day_and_every_instant(
    store: Store, steps: list[tuple[str, str | None]]
) -> None:
    name = f"z{len(log(store))}"  # a thing of its own for each example
    table, key = store._tables.control_zones, {"id": name}
    model, known = Model(), [(log(store)[-1]["recorded_at"] if log(store) else "2026-01-01T00:00:00.000Z", Model())]
    with store._write() as connection:
        put_row(connection, store._tables.rule_packs, {"id": name}, {"content": "{}"})  # makes the log longer
    for value, (what, day) in enumerate(steps):
        if what == "delete" and not model.is_there:
            continue
        with store._write(Change("x", valid_from=day)) as connection:
            if what == "put":
                put_row(connection, table, key, {"name_zh": str(value)})
                model.put(value, day)
            else:
                delete_rows(connection, table, table.c.id == name)
                model.delete(day)
        known.append((log(store)[-1]["recorded_at"], Model(dict(model.days))))
    if len(known) == 1:
        return
    rows = store.history("zone", name)
    for instant, held_true in known:
        for day in DAYS:
            found = [int(row.values["name_zh"]) for row in rows if row.is_in_force(day, instant)]
            assert found == ([] if held_true.days[day] is None else [held_true.days[day]]), (instant, day, rows)
