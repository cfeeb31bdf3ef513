"""``cim check``: judge a workspace and list what was found, worst first."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from api.pipeline.derive import check_store, count_verdicts
from api.pipeline.finding_facts import finding_facts
from api.pipeline.opening import locked_workspace
from api.workspace import Workspace
from cim_core.errors import NotFoundError, StoreError
from cim_core.progress import Progress
from cim_core.store import VERDICTS_BY_SEVERITY, FindingFilter, Store
from cim_core.townscape.builtin import measured_words
from cim_core.townscape.findings import FINDINGS_SCHEMA


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One verdict on one building, as the command line prints it. ``margin`` ≥ 0 holds, < 0 is broken by that much.

    ``facts``: everything that is told of it, see ``finding_facts``, and ``evidence`` as WKT in the work CRS.
    """

    dataset: str
    building_id: str
    building_name: str
    rule_id: str
    kind: str
    clause: str
    nature: str
    verdict: str
    measured_value: float | None
    measured_text: str
    limit_text: str
    margin: float | None
    unit: str
    source: str
    message_zh: str
    message_en: str
    facts: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """All facts, and the columns of the table beside them."""
        columns = {name: getattr(self, name) for name in _COLUMNS}
        return {**columns, **self.facts}


_COLUMNS = tuple(name for name in FindingRow.__slots__ if name != "facts")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What ``cim check --json`` prints. ``run``: the id it is kept under; ``dormant_rules``: not in force today."""

    workspace: str
    street: str | None
    run: str
    counts: dict[str, int]
    dormant_rules: list[str]
    findings: list[FindingRow]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**told, "findings": [row.to_dict() for row in self.findings]}


def check_workspace(folder: Path, street: str | None, progress: Progress) -> CheckReport:
    """Check a workspace, save the findings, and report those of one street or of all.

    ``street`` is an id or a name in either language. Raises NotFoundError for an unknown street or workspace,
    StoreError when there is no rule pack.
    """
    started = time.perf_counter()
    workspace = Workspace.load(folder)
    with workspace.open_store() as store:
        if not store.rule_packs():
            raise StoreError(
                "has no rule pack to check against",
                where=str(folder),
                hint="cim import rules.yaml --workspace … --as rules",
            )
        street_id = find_street(store, street) if street else None
        with locked_workspace(folder, progress):
            checked = check_store(store, progress, folder=folder)
        _, table = store.findings(FindingFilter(street=street_id))
    rows = finding_rows(table)
    seconds = round(time.perf_counter() - started, 3)
    dormant = [rule.id for rule in checked.rules.dormant]
    run = "" if checked.run is None else checked.run.id
    return CheckReport(str(folder), street_id, run, count_verdicts(table), dormant, rows, seconds)


def finding_rows(table: pa.Table) -> list[FindingRow]:
    """Findings, with ``building_name``, as rows, worst first."""
    severity = {verdict: -rank for rank, verdict in enumerate(VERDICTS_BY_SEVERITY)}
    known = [name for name in (*FINDINGS_SCHEMA.names, "building_name", "name_en") if name in table.column_names]
    rows = [_finding_row(row) for row in table.select(known).to_pylist()]
    rows.sort(key=lambda row: (severity[row.verdict], 0.0 if row.margin is None else row.margin, row.building_id))
    return rows


def _finding_row(row: dict[str, Any]) -> FindingRow:
    evidence = row.get("evidence")
    shown = evidence
    if isinstance(evidence, bytes):  # a store gives text
        shown = shapely.to_wkt(shapely.from_wkb(evidence), rounding_precision=3)
    columns = _without_nulls({name: row[name] for name in _COLUMNS})
    return FindingRow(**columns, facts={**finding_facts(row), "evidence": shown})


_NUMBERS = frozenset({"margin", "measured_value"})


def _without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    """Texts that are missing become empty; numbers that are missing stay None."""
    return {name: "" if value is None and name not in _NUMBERS else value for name, value in row.items()}


def find_street(store: Store, name: str) -> str:
    """The id of a street given its id or its name in either language. Raises NotFoundError listing the streets."""
    streets = store.streets().select(["id", "name_zh", "name_en"]).to_pylist()
    for street in streets:
        if name.casefold() in {str(value).casefold() for value in street.values() if value}:
            return str(street["id"])
    known = ", ".join(f"{street['id']} ({street['name_zh']})" for street in streets) or "none is imported"
    raise NotFoundError(f"there is no street '{name}'", where="--street", hint=f"known streets: {known}")


def both_words(kind_id: str, measured: str | None) -> str:
    """What was measured as one cell of a table: a code by both its labels, anything else as it is."""
    words = measured_words(kind_id, measured)
    return "" if words is None else " ".join(dict.fromkeys(words.values()))
