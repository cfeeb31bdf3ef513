"""How the databases go about the queries that a town of 100,000 buildings asks all day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from cim_core.store import FindingFilter, Store
from tests.api.http.builders import X0, Y0

Ask = Callable[[Store], object]


def plan_of(store: Store, ask: Ask) -> str:
    """The plans of all statements of a question but its total number, a step a line."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT") and not statement.startswith("SELECT count("):
            seen.append((statement, parameters))

    sa.event.listen(store._engines.reader, "before_cursor_execute", note)
    ask(store)
    sa.event.remove(store._engines.reader, "before_cursor_execute", note)
    steps: list[str] = []
    with store._read() as connection:
        for statement, parameters in seen:
            explain = "EXPLAIN QUERY PLAN " if store.backend == "sqlite" else "EXPLAIN "
            steps += [str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters)]
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
