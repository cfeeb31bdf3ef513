"""Renewal projects of a workspace: the library, moves and gates, checks, totals."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import sample_models
from cim_core.errors import ModelError, NotFoundError, SourceError
from cim_core.renewal import (
    BATCHES,
    LIBRARIES,
    PARTS_SCHEMA,
    PROJECT_TYPES,
    STAGES,
    RenewalLimits,
    Stage,
    build_parts,
    check_projects,
    from_cells,
    measure_figures,
    measure_maturity,
    merge_scenario_parts,
    parse_project,
    project_exemptions,
    read_renewal_limits,
    total_projects,
)
from cim_core.renewal.gates import Gate
from cim_core.renewal.stages import allowed_transitions
from cim_core.scenarios import PlaceState
from cim_core.store import Store

LIMITS_FILE = "renewal-limits.yaml"
#: The map layer with red lines, farmland and other lines a project may not cross.
CONTROL_LINES = "control-lines"
_PACKAGED_LIMITS = Path(sample_models.__file__).resolve().parent / "packs" / LIMITS_FILE
_GROUP_TERMS = {"stage": STAGES, "batch": BATCHES, "type": PROJECT_TYPES}
_ACTION_OF_STATE = {PlaceState.REMOVED.value: "demolish", PlaceState.PROPOSED.value: "new"}


def load_limits(folder: Path) -> RenewalLimits:
    """Limits and gates of a workspace: its own ``renewal-limits.yaml``, else those that come with the program."""
    own = folder / LIMITS_FILE
    return read_renewal_limits(own if own.is_file() else _PACKAGED_LIMITS)


def check_project_rows(rows: pa.Table, path: Path) -> pa.Table:
    """Rows of a project file with every value held against the fields; unknown columns stay for the store to keep.

    Raises SourceError naming the file, the project and the field.
    """
    records = rows.drop_columns(["geometry"]).to_pylist()
    try:
        parsed = [parse_project(record, is_strict=False) for record in records]
    except ModelError as error:
        raise SourceError(
            error.message, where=f"{path}: {error.where}", hint=error.hint, code="project-field"
        ) from error
    columns = {name: rows[name] for name in rows.column_names if not parsed or name not in parsed[0]}
    for name in parsed[0] if parsed else ():
        values = [record[name] for record in parsed]
        is_list = any(isinstance(value, list) for value in values)
        columns[name] = pa.array(
            [json.dumps(v, ensure_ascii=False) if v else None for v in values] if is_list else values
        )
    return pa.table(columns)


def select_library(projects: pa.Table, library: str) -> pa.Table:
    """The projects of one of the three libraries. Raises NotFoundError for another name."""
    found = next((entry for entry in LIBRARIES if entry.value == library), None)
    if found is None:
        known = ", ".join(entry.value for entry in LIBRARIES)
        raise NotFoundError(f"there is no library {library!r}", hint=f"one of {known}", code="no-library")
    for name, wanted in (("batch", found.batches), ("stage", found.stages)):
        if wanted:
            projects = projects.filter(pc.is_in(projects[name], pa.array([word.value for word in wanted])))
    return projects


def read_record(store: Store, project_id: str) -> tuple[dict[str, Any], int, bytes | None]:
    """A project's record, its version and its place (WKB, work CRS). Raises NotFoundError."""
    row = store.project(project_id).to_pylist()[0]
    return from_cells(row), row["version"], row["geometry"]


def project_parts(store: Store) -> pa.Table:
    """``PARTS_SCHEMA`` of all projects, with the newest checked draft scenario of each on top."""
    buildings = store.buildings(columns=("dataset", "id", "geometry", "storeys"), with_verdict=True)
    parts = build_parts(store.project_links(), buildings)
    for scenario in _scenarios_by_project(store).values():
        parts = merge_scenario_parts(parts, _scenario_parts(store, scenario, parts))
    return parts


def check_library(store: Store, limits: RenewalLimits, on: dt.date) -> pa.Table:
    """``PROJECT_FINDINGS_SCHEMA`` of every project of a store."""
    projects = store.projects()
    lines = store.map_layer(CONTROL_LINES)
    figures = measure_figures(projects, project_parts(store), lines if lines.num_rows else None)
    return check_projects(figures, limits, on, project_exemptions(projects))


def total_library(store: Store, by: str | None, library: str | None = None) -> tuple[pa.Table, pa.Table]:
    """Totals by group, stages, batches and types in their own order, and all together. Raises UsageError."""
    projects = store.projects()
    if library:
        projects = select_library(projects, library)
    parts = project_parts(store)
    units = store.plan_units() if by == "area" else None
    groups = total_projects(projects, parts, by, units)
    if by in _GROUP_TERMS:
        order = pa.array([term.value for term in _GROUP_TERMS[by]])
        groups = groups.take(pc.sort_indices(pc.index_in(groups["key"], order)))
    return groups, total_projects(projects, parts)


def total_names(store: Store, by: str) -> dict[str, dict[str, str]]:
    """Key → zh and en name of the groups of a total; a key without a name is not in it."""
    if by in _GROUP_TERMS:
        return {term.value: {"zh": term.zh, "en": term.en} for term in _GROUP_TERMS[by]}
    if by == "year":
        return {}
    named = store.projects() if by == "project" else store.plan_units()
    rows = named.select(["id", "name_zh", "name_en"]).to_pylist()
    return {id_: {"zh": zh or en or id_, "en": en or zh or id_} for id_, zh, en in (row.values() for row in rows)}


def describe_progress(record: Mapping[str, Any], limits: RenewalLimits) -> dict[str, Any]:
    """Where a project may go, what its gate asks, and how far it is with its papers."""
    stage = Stage(record["stage"])
    gate, maturity = limits.gates.get(stage, Gate()), measure_maturity(record)
    return {
        "maturity_percent": maturity.percent,
        "missing_procedures": list(maturity.missing),
        "allowed_transitions": [target.value for target in allowed_transitions(stage)],
        "gate": {"evidence": [kind.value for kind in gate.evidence], "checks": list(gate.checks)},
    }


def _scenarios_by_project(store: Store) -> dict[str, dict[str, Any]]:
    rows = store.scenarios().to_pylist()
    checked = [row for row in rows if row["project_id"] and row["state"] == "draft" and row["checked_at"]]
    return {row["project_id"]: row for row in sorted(checked, key=lambda row: str(row["checked_at"]))}


def _scenario_parts(store: Store, scenario: Mapping[str, Any], parts: pa.Table) -> pa.Table:
    """What a scenario does, as parts of its project; a neighbour it only judges anew counts if it is linked."""
    places = store.scenario_places(scenario["id"])
    own = parts.filter(pc.equal(parts["project_id"], scenario["project_id"]))
    linked = set(zip(own["dataset"].to_pylist(), own["building_id"].to_pylist(), strict=True))
    rows = [
        {
            "project_id": scenario["project_id"],
            "action": _ACTION_OF_STATE.get(row["state"]),
            "verdict": row["verdict_before"],
            "verdict_after": row["verdict_after"],
            **{name: row[name] for name in ("dataset", "building_id", "floor_m2", "floor_after_m2")},
        }
        for row in places.to_pylist()
        if row["state"] != PlaceState.EXISTING.value or (row["dataset"], row["building_id"]) in linked
    ]
    return pa.Table.from_pylist(rows, schema=PARTS_SCHEMA)
