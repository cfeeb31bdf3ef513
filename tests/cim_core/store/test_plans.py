"""How the databases go about the queries that a town of 100,000 buildings asks all day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from cim_core.store import Change, FindingFilter, Store
from cim_core.store.model_objects import ObjectFilter
from cim_core.store.schema import GEOMETRY, has_spatial_index
from tests.api.http.builders import X0, Y0
from tests.cim_core.store.conftest import import_many

Ask = Callable[[Store], object]
Seen = list[tuple[str, Any]]


_EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE")


@contextmanager
def seen_by_the_driver(engine: sa.Engine, seen: Seen) -> Iterator[None]:
    """Note what the database is asked, below everything that asks."""

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            seen.append((str(query), params))
            return super().execute(query, params, **options)

    def note(connection: Any, *_: object) -> None:
        if engine.dialect.name == "sqlite":
            connection.set_trace_callback(lambda statement: seen.append((statement, ())))
        else:
            connection.cursor_factory = Noting

    def forget(connection: Any, *_: object) -> None:
        if engine.dialect.name == "sqlite":
            connection.set_trace_callback(None)
        else:
            connection.cursor_factory = psycopg.Cursor

    sa.event.listen(engine, "checkout", note)
    sa.event.listen(engine, "checkin", forget)
    yield
    sa.event.remove(engine, "checkout", note)
    sa.event.remove(engine, "checkin", forget)


def plan_of(store: Store, ask: Ask, *, even_if_small: bool = False) -> str:
    """The plans of all statements of a question but the total number of rows of a table, a step a line.

    ``even_if_small`` tells PostgreSQL not to read a table as a whole only because it has a few rows.
    """
    seen: Seen = []
    with seen_by_the_driver(store._engines.reader, seen), seen_by_the_driver(store._engines.writer, seen):
        ask(store)
    explain = "EXPLAIN QUERY PLAN " if store.backend == "sqlite" else "EXPLAIN "
    steps: list[str] = []
    with store._engines.writer.begin() as connection:
        raw: Any = connection.connection.dbapi_connection
        if store.backend == "postgresql" and even_if_small:
            raw.execute("SET LOCAL enable_seqscan = off")
        for statement, parameters in seen:
            is_total = statement.startswith("SELECT count(") and " WHERE " not in statement.replace("\n", " ")
            if statement.startswith(_EXPLAINED) and "advisory" not in statement and not is_total:
                rows = raw.execute(explain + statement, parameters).fetchall()
                steps += [statement.split("(")[0], *(str(row[-1]) for row in rows)]
    return "\n".join(steps)


BBOX = (X0, Y0, X0 + 5, Y0 + 5)
QUESTIONS: dict[str, tuple[Ask, str, str]] = {
    "bbox": (lambda store: store.buildings(bbox=BBOX), "rtree_buildings_geom VIRTUAL TABLE INDEX", "buildings_geom"),
    "bbox, first page": (
        lambda store: store.buildings(bbox=BBOX, limit=10, with_verdict=True), "INTEGER PRIMARY KEY", "buildings_geom",
    ),
    "by id": (
        lambda store: store.building("town", "b0"), "SEARCH buildings USING INDEX sqlite_autoindex",
        "buildings_dataset_id",
    ),
    "as of": (
        lambda store: store.as_of("building", "town/b0", known_at="2026-01-01"),
        "USING INDEX buildings_history_key (dataset=? AND id=?)",
        "buildings_history_key",
    ),
    "findings, worst first": (lambda store: store.findings(limit=10), "USING INDEX findings_worst", "findings_worst"),
    "findings of a verdict": (
        lambda store: store.findings(FindingFilter(verdict="fail"), sort="margin", limit=10),
        "USING INDEX findings_verdict (verdict=?)", "findings_verdict",
    ),
    "findings of a building": (
        lambda store: store.findings(FindingFilter(dataset="town", building="b0")),
        "USING INDEX findings_building (dataset=? AND building_id=?)", "findings_building",
    ),
    "links of a building": (
        lambda store: store.project_links(building=("town", "b0")),
        "USING INDEX project_buildings_building (dataset=? AND building_id=?)", "project_buildings_building",
    ),
    "frontages of a building": (
        lambda store: store.frontages(building=("town", "b0")),
        "USING INDEX frontages_building (dataset=? AND building_id=?)", "frontages_building",
    ),
}  # fmt: skip


#: The same of tables the grown store has few rows of, and of writes.
MORE_QUESTIONS: dict[str, tuple[Ask, str, str]] = {
    "how many in a bbox": (
        lambda store: store.count_buildings(bbox=BBOX), "rtree_buildings_geom VIRTUAL TABLE INDEX", "buildings_geom",
    ),
    "buildings of a street": (
        lambda store: store.buildings(street="s1"),
        "SEARCH frontages USING INDEX frontages_street (street_id=?)", "frontages_street",
    ),
    "version, for an ETag": (
        lambda store: store.version("building", "town/b0"), "SEARCH buildings USING INDEX sqlite_autoindex",
        "buildings_dataset_id",
    ),
    "one edit": (
        lambda store: store.edit("building", "town/b0", {"storeys": 4}, version=1),
        "SEARCH buildings USING INTEGER PRIMARY KEY (rowid=?)", "buildings_pkey",
    ),
    "one edit from a day on": (
        lambda store: store.edit(
            "building", "town/b0", {"height_m": 4.0}, version=1, change=Change("Li", "", "2026-05-01")
        ),
        "USING INDEX buildings_history_open (dataset=? AND id=?)", "buildings_history_open",
    ),
    "elements of a building": (
        lambda store: (store.elements("town", "b0"), store.count_elements("town", "b0")),
        "INDEX elements_parent (dataset=? AND parent_id=?)", "elements_parent",
    ),
    "one element": (
        lambda store: store.elements("town", "none"), "SEARCH elements USING INDEX elements_parent", "elements_parent",
    ),
    "objects of a model": (
        lambda store: store.model_objects(ObjectFilter("town", parent="site")),
        "INDEX model_objects_parent (dataset=? AND parent_id=?)", "model_objects_",
    ),
    "moves of a project": (
        lambda store: store.project_acts("p1"), "INDEX project_acts_project (project_id=?)", "project_acts_project",
    ),
    "links of a project": (
        lambda store: store.project_links(project="s1"),
        "USING INDEX sqlite_autoindex_project_buildings_1 (project_id=?)",
        "project_buildings_project_id",
    ),
    "the last change": (lambda store: store.chain_head(), "SCAN changes USING INDEX", "changes_id_key"),
    "one dataset": (
        lambda store: store.dataset("town"), "SEARCH datasets USING INDEX sqlite_autoindex_datasets_1", "datasets_id",
    ),
}  # fmt: skip


@pytest.mark.parametrize("question", sorted(MORE_QUESTIONS))
def test_there_is_an_index_for_every_question(grown: Store, question: str) -> None:
    ask, in_sqlite, in_postgis = MORE_QUESTIONS[question]
    plan = plan_of(grown, ask, even_if_small=True)
    assert (in_sqlite if grown.backend == "sqlite" else in_postgis) in plan, plan
    for line in plan.splitlines():
        assert not line.startswith("SCAN ") or any(word in line for word in ("INDEX", "CONSTANT ROW")), plan
        assert "Seq Scan on" not in line, plan


def test_every_layer_on_the_map_has_its_spatial_index(grown: Store) -> None:
    for name in grown._tables.specs:
        table = grown._tables[name]
        if not has_spatial_index(table):
            continue
        with grown._read() as connection:
            if grown.backend == "sqlite":
                made = connection.exec_driver_sql(
                    "SELECT count(*) FROM sqlite_master WHERE name = ?", (f"rtree_{name}_{GEOMETRY}",)
                ).scalar_one()
            else:
                made = connection.exec_driver_sql(
                    "SELECT count(*) FROM pg_indexes WHERE schemaname = current_schema()"
                    " AND tablename = %s AND indexdef LIKE '%%USING gist (geom)'", (name,),
                ).scalar_one()  # fmt: skip
        assert made == 1, name


def test_an_import_asks_no_statement_a_row(grown: Store) -> None:
    """5,000 buildings differ; of the statements only those of an executemany are a row each."""
    seen: Seen = []
    with seen_by_the_driver(grown._engines.writer, seen):
        import_many(grown, storeys=3)
    # SQLite tells a statement again for each row its triggers run on
    told = {text for text, _ in seen if not text.startswith(("--", 'INSERT INTO "', "INSERT INTO rtree_"))}
    assert len(told) < 60, sorted(told)
    assert sum(text.startswith("UPDATE buildings ") for text in told) == 1  # PostgreSQL writes a row anew each time
    assert len(grown.history("building", "town/b4999")) == 2


@pytest.mark.parametrize("question", sorted(QUESTIONS))
def test_no_question_reads_a_whole_table(grown: Store, question: str) -> None:
    ask, in_sqlite, in_postgis = QUESTIONS[question]
    plan = plan_of(grown, ask)
    assert (in_sqlite if grown.backend == "sqlite" else in_postgis) in plan, plan
    for table in ("buildings", "findings", "project_buildings", "frontages"):
        assert f"SCAN {table}\n" not in plan + "\n", plan
        assert f"Seq Scan on {table}" not in plan, plan


@pytest.mark.parametrize("question", ["findings, worst first", "findings of a verdict"])
def test_a_page_of_findings_is_not_sorted_anew(grown: Store, question: str) -> None:
    plan = plan_of(grown, QUESTIONS[question][0])
    assert "TEMP B-TREE" not in plan, plan
    assert "->  Sort " not in plan, plan  # an incremental sort of equal margins is none
