from __future__ import annotations

import threading
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from cim_core.errors import NotFoundError, StoreError, UsageError
from cim_core.store import FindingFilter, Store, state_columns
from tests.api.http.builders import RULE_PACK, X0, Y0, findings, footprints, town_record

STAGES = ("unit_planning", "checkup", "urban_design", "character_area", "programme", "scheme_design")


def ids(table: pa.Table) -> list[str]:
    return table.column("id").to_pylist()


def test_bbox_finds_the_buildings_whose_envelope_meets_it(town: Store) -> None:
    assert ids(town.buildings(bbox=(X0 + 15, Y0 - 5, X0 + 45, Y0 + 3))) == ["b1", "b2"]
    assert town.count_buildings(bbox=(X0 + 15, Y0 - 5, X0 + 45, Y0 + 3)) == 2
    assert town.buildings(bbox=(X0 - 50, Y0, X0 - 20, Y0 + 5)).num_rows == 0


def test_buildings_by_street_dataset_ids_and_page(town: Store) -> None:
    assert ids(town.buildings(street="west")) == ["b0", "b1"]
    assert ids(town.buildings(dataset="school")) == ["school-1"]
    assert ids(town.buildings(ids=("b2", "b0"))) == ["b0", "b2"]
    assert ids(town.buildings(dataset="town", limit=2, offset=1)) == ["b1", "b2"]


def test_the_worst_verdict_comes_with_the_building(town: Store) -> None:
    verdicts = town.buildings(dataset="town", with_verdict=True).column("verdict").to_pylist()
    assert verdicts == ["pass", "pass", "fail", "no_data"]
    assert town.building("school", "school-1").column("verdict").to_pylist() == [None]


def test_unknown_ids_are_not_found(town: Store) -> None:
    for call in (town.building, town.element):
        with pytest.raises(NotFoundError):
            call("town", "nothing")


def test_findings_are_sorted_worst_first_then_by_margin(town: Store) -> None:
    total, page = town.findings()
    assert (total, page.column("verdict").to_pylist()) == (4, ["fail", "no_data", "pass", "pass"])
    assert page.column("margin").to_pylist() == [-3.0, None, 0.0, 18.0]
    assert page.column("id")[0].as_py() == "town:b2:height-core:core"
    _, by_room = town.findings(sort="-margin")
    assert by_room.column("margin").to_pylist() == [18.0, 0.0, -3.0, None]


def test_findings_are_filtered_and_paged(town: Store) -> None:
    assert town.findings(FindingFilter(zone="core", verdict="pass"))[0] == 1
    total, page = town.findings(FindingFilter(zone="core"), limit=1, offset=1)
    assert (total, page.num_rows) == (3, 1)
    with pytest.raises(UsageError):
        town.findings(sort="height; DROP TABLE findings")


def test_saving_findings_again_replaces_them_and_numbers_repetitions(town: Store) -> None:
    rows = findings().slice(0, 1)
    town.save_findings(pa.concat_tables([rows, rows]), date(2026, 6, 1))
    assert ids(town.findings()[1]) == ["town:b1:height-core:core", "town:b1:height-core:core#2"]
    town.save_findings(rows.slice(0, 0), date(2026, 6, 2))
    assert town.findings()[0] == 0


def test_summary_counts_verdicts_in_each_group(town: Store) -> None:
    assert town.findings_summary("zone") == {None: {"pass": 1}, "core": {"fail": 1, "no_data": 1, "pass": 1}}
    assert town.findings_summary() == {None: {"fail": 1, "no_data": 1, "pass": 2}}
    with pytest.raises(UsageError):
        town.findings_summary("building_id")


def test_frontages_run_along_the_street_with_names_and_verdicts(town: Store) -> None:
    rows = town.frontages(street="west").to_pylist()
    assert [(row["building_id"], row["building_name"], row["verdict"]) for row in rows] == [
        ("b0", "甲", "pass"),
        ("b1", "乙", "pass"),
    ]
    assert rows[0]["street_name_en"] == "West Street"
    assert town.street_verdicts().to_pylist() == [{"street_id": "west", "verdict": "pass", "buildings": 2}]


def test_state_columns_are_indexed_by_gid(town: Store) -> None:
    def values(name: str) -> np.ndarray:
        return town.state_column("town", name, STAGES)[0]

    assert values("verdict").tolist() == [0, 0, 4, 2]
    assert values("use").tolist() == [0, 1, 255, 10]  # an unknown use is other
    assert values("storeys").tolist() == [2, 4, 5, 0]
    assert values("height_m")[:3].tolist() == [6.0, 12.0, 15.0]
    assert np.isnan(values("height_m")[3])
    assert values("facade_main_color").tolist() == [[170, 187, 204, 255], [0] * 4, [0] * 4, [0, 1, 2, 255]]
    assert values("project_stage").tolist() == [5, 5, 255, 255]
    for column in state_columns(STAGES):
        found, described = town.state_column("town", column.name, STAGES)
        assert (len(found), str(found.dtype), described) == (4, column.dtype, column)


def test_elements_carry_the_value_of_their_building(town: Store) -> None:
    heights, _ = town.state_column("school", "height_m")
    assert heights[:2].tolist() == [9.0, 9.0]
    assert np.isnan(heights[2])  # belongs to no building


def test_unknown_state_columns_and_datasets_are_not_found(town: Store) -> None:
    with pytest.raises(NotFoundError):
        town.state_column("town", "owner")
    with pytest.raises(NotFoundError):
        town.state_column("nothing", "verdict")


def test_a_rule_pack_comes_back_as_it_was_with_dates_as_text(town: Store) -> None:
    (pack,) = town.rule_packs()
    assert pack["rules"] == RULE_PACK["rules"]
    assert pack["document"]["issued"] == "2026-01-01"
    town.save_rule_pack({**RULE_PACK, "rules": []})
    assert [found["rules"] for found in town.rule_packs()] == [[]]


def test_readers_go_on_while_a_long_import_writes(town: Store) -> None:
    is_writing, may_finish = threading.Event(), threading.Event()

    def batches() -> object:
        yield footprints()
        is_writing.set()
        may_finish.wait(10)

    writer = threading.Thread(target=lambda: town.import_features(town_record(), batches()))
    writer.start()
    assert is_writing.wait(10)
    assert town.count_buildings(dataset="town") == 4  # the old rows, not half of the new
    assert town.frontages().num_rows == 2
    may_finish.set()
    writer.join(10)
    assert town.frontages().num_rows == 0


def test_many_threads_read_and_write_one_store(town: Store) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(5):
                town.save_findings(findings(), date(2026, 1, 1 + number))
                assert town.findings()[0] == 4
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_reading_connections_cannot_write(town: Store) -> None:
    with pytest.raises((sa.exc.DatabaseError, StoreError)), town._read() as connection:
        connection.exec_driver_sql("DELETE FROM buildings")


def test_several_questions_are_answered_as_of_one_instant(town: Store) -> None:
    def ask() -> tuple[int, int, list[object]]:
        before = town.count_buildings()
        writer = threading.Thread(target=town.delete_dataset, args=("town",))
        writer.start()
        writer.join(30)
        return before, town.count_buildings(), town.datasets()

    before, after, datasets = town.at_one_instant(ask)
    assert (before, after, len(datasets)) == (5, 5, 2)
    assert town.count_buildings() == 1


def test_rows_say_the_same_as_columns(town: Store) -> None:
    names = ("dataset", "id", "gid", "geometry", "storeys", "height_m", "use")
    box = (X0 - 5, Y0 - 5, X0 + 30, Y0 + 30)
    rows = town.building_rows(bbox=box, columns=names, limit=3)
    assert rows == town.buildings(bbox=box, columns=names, limit=3, with_verdict=True).to_pylist()
    assert len(rows) > 1
