"""Scenarios of a workspace: drafted from a file, applied in memory, judged by the town's rules, adopted or dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely

from api.pipeline.derive import derive, judge, judged_buildings
from api.pipeline.frontages import forget_surveys
from api.pipeline.redraw import redraw_datasets
from api.pipeline.reports import crs_label
from api.workspace import Workspace
from cim_core.errors import ScenarioConflictError, UsageError
from cim_core.progress import Progress
from cim_core.renewal import measure_floors
from cim_core.scenarios import (
    DIFFERENCES,
    NEW_DATASET,
    Change,
    PlaceState,
    ScenarioFile,
    apply_changes,
    compare_buildings,
    compare_findings,
    is_scenario_id,
    match_design,
    summarise_differences,
)
from cim_core.store import DatasetKind, DatasetRecord, Store
from cim_core.store.changes import Change as Why
from cim_core.streets import derive_frontages
from cim_core.terrain import HeightGrid
from cim_core.townscape import worst_verdict

#: What a scenario stands on; when one of these tables changes, its outcome is stale.
BASE_TABLES = (
    "buildings", "control_zones", "streets", "rule_packs", "exemptions", "plan_units", "view_corridors", "place_states",
    "frontage_surveys",
)  # fmt: skip


def standing_buildings(store: Store) -> pa.Table:
    """The buildings that stand: no proposals, nothing that is gone."""
    return store.buildings(state=PlaceState.EXISTING)


def proposed_buildings(store: Store) -> pa.Table:
    """The buildings of imported designs that nobody adopted yet."""
    states = store.place_states()
    whole = states.filter(pc.equal(states["building_id"], ""))["dataset"].to_pylist()
    settled = states.filter(pc.not_equal(states["building_id"], ""))
    buildings = store.buildings()
    is_design = pc.is_in(buildings["dataset"], pa.array(whole, pa.string()))
    is_settled = pc.is_in(
        _keys(buildings["dataset"], buildings["id"]), _keys(settled["dataset"], settled["building_id"])
    )
    return buildings.filter(pc.and_(is_design, pc.invert(is_settled)))


def draft_scenario(
    store: Store, file: ScenarioFile, *, by: str = "", ground: HeightGrid | None = None, synthetic: bool = False
) -> str:
    """Put a scenario's changes into the store as a draft, in place of those it had; returns its id.

    New buildings without a base stand on the lowest ground under them, where there is a ``ground``. The changes are
    applied first, in memory, so that what contradicts the town is refused. Raises ScenarioConflictError, NotFoundError
    for an unknown project.
    """
    scenario_id = file.id or _new_id(store)
    if not is_scenario_id(scenario_id):
        hint = "letters, digits and _ . $ : -, at most 100"
        raise UsageError(f"{scenario_id!r} cannot be the id of a scenario", where="id", hint=hint, code="bad-id")
    known = {row["id"]: row for row in store.scenarios().to_pylist()}
    if scenario_id in known and known[scenario_id]["state"] != "draft":
        raise ScenarioConflictError(
            f"the scenario {scenario_id!r} is {known[scenario_id]['state']} already",
            where=scenario_id,
            hint="give the file another id",
            code="scenario-decided",
        )
    if file.project:
        store.project(file.project)
    changes = [_on_ground(change, ground, store.work_crs) for change in file.changes]
    apply_changes(standing_buildings(store), changes, proposed_buildings(store))
    former = known.get(scenario_id, {})
    values = {
        "state": "draft",
        "name_zh": file.name_zh or former.get("name_zh") or scenario_id,
        "name_en": file.name_en or former.get("name_en") or scenario_id,
        "project_id": file.project or former.get("project_id"),
        "note": file.note or former.get("note") or "",
        "created_by": former.get("created_by") or by,
        "synthetic": int(synthetic or bool(former.get("synthetic"))),
    }
    store.put_scenario(scenario_id, values, changes, Why(by, f"scenario {scenario_id}: changes"))
    return scenario_id


def check_scenario(
    store: Store, scenario_id: str, progress: Progress, *, on: dt.date | None = None, by: str = ""
) -> dict[str, Any]:
    """Apply a scenario to the town as it is now, judge before and after, keep the difference; returns the summary.

    The town stays as it is. Raises ScenarioConflictError where the town has changed so that a change cannot be made.
    """
    store.scenario(scenario_id)
    day = on or dt.date.today()
    base_stamp, changes = store.last_change(BASE_TABLES), store.scenario_changes(scenario_id)
    progress.start("apply the scenario", 1)
    base = judged_buildings(store)
    applied = apply_changes(base, changes, proposed_buildings(store))
    progress.advance()
    progress.start("check before and after", 2)
    before = _judge(store, base, day)
    progress.advance()
    after = _judge(store, applied.buildings, day)
    progress.advance()
    differences = compare_findings(before, after)
    buildings = compare_buildings(before, after)
    places = _outcome_places(applied.places, buildings, base, applied.buildings, (before, after))
    summary = _summarise(changes, applied.places, differences, buildings, before, after)
    values = {
        "base": str(base_stamp),
        "checked_at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "summary": orjson.dumps(summary).decode(),
    }
    store.save_scenario_outcome(scenario_id, values, places, differences, Why(by, f"scenario {scenario_id}: checked"))
    return summary


def is_stale(store: Store, scenario: Mapping[str, Any]) -> bool:
    """Whether the town or its rules changed since a scenario was checked."""
    is_open = scenario["state"] == "draft" and scenario["base"] is not None
    return is_open and scenario["base"] != str(store.last_change(BASE_TABLES))


def adopt_scenario(
    store: Store,
    scenario_id: str,
    progress: Progress,
    *,
    by: str,
    reason: str,
    workspace: Workspace,
    valid_from: str | None = None,
) -> list[str]:
    """Make a checked scenario what stands, in one transaction; then tiles, frontages, links and findings anew.

    ``valid_from``: the day (ISO 8601) from which it stands so, today if not given. Returns the datasets that are drawn
    anew. The check that follows is kept in the workspace. Raises UsageError without a name and a reason or for no day,
    ScenarioConflictError for one that is empty, not checked, stale, or decided already.
    """
    _require_reason(by, reason)
    scenario = store.scenario(scenario_id)
    if scenario["state"] == "draft" and not store.scenario_changes(scenario_id):
        raise ScenarioConflictError(
            "the scenario changes nothing", where=scenario_id, hint="fill it: cim scenario apply", code="scenario-empty"
        )
    if scenario["state"] == "draft" and scenario["base"] is None:
        raise ScenarioConflictError(
            "the scenario is not checked yet", where=scenario_id, hint="cim scenario check", code="scenario-unchecked"
        )
    if is_stale(store, scenario):
        raise ScenarioConflictError(
            "the town has changed since the scenario was checked",
            where=scenario_id,
            hint="check it again (cim scenario check), look at the difference, then adopt it",
            code="stale-base",
        )
    why = Why(by, f"scenario {scenario_id} adopted: {reason}", valid_from or dt.date.today().isoformat())
    places = store.scenario_places(scenario_id)
    if NEW_DATASET in places["dataset"].to_pylist() and all(d.id != NEW_DATASET for d in store.datasets()):
        record = DatasetRecord(
            NEW_DATASET,
            "方案新建",
            "New by scenarios",
            DatasetKind.BUILDINGS,
            crs=crs_label(store.work_crs),
            heights=workspace.heights,
            synthetic=bool(scenario["synthetic"]),
        )
        store.import_features(record, [])
    store.adopt_scenario(scenario_id, _decision(by, reason), why)
    forget_surveys(store, places, why)
    touched = places.filter(pc.not_equal(places["state"], PlaceState.EXISTING.value))
    redrawn = redraw_datasets(store, workspace, touched["dataset"].to_pylist(), progress)
    derive(store, progress, folder=workspace.folder)
    return redrawn


def discard_scenario(store: Store, scenario_id: str, *, by: str, reason: str) -> None:
    """Close a draft. Raises UsageError without a name and a reason, ScenarioConflictError when it is decided."""
    _require_reason(by, reason)
    store.discard_scenario(scenario_id, _decision(by, reason), Why(by, f"scenario {scenario_id} discarded: {reason}"))


def match_dataset(store: Store, dataset: str) -> pa.Table:
    """Which standing buildings a dataset's outlines cover: ``MATCH_SCHEMA``. Raises NotFoundError."""
    store.dataset(dataset)
    standing = standing_buildings(store)
    others = standing.filter(pc.not_equal(standing["dataset"], dataset))
    return match_design(store.buildings(dataset=dataset), others)


def mark_design(store: Store, dataset: str, progress: Progress, *, by: str = "", folder: Path | None = None) -> None:
    """Say that an imported dataset is a proposal: it is no longer judged or counted as standing."""
    store.dataset(dataset)
    store.set_dataset_state(dataset, PlaceState.PROPOSED, Why(by, f"{dataset} is a design"))
    derive(store, progress, folder=folder)


def _on_ground(change: Change, ground: HeightGrid | None, crs: pyproj.CRS) -> Change:
    if change.footprint is None or ground is None or change.attributes.get("base_m") is not None:
        return change
    footprint = np.array([shapely.from_wkb(change.footprint)], dtype=object)
    base_m = float(ground.lowest_under(footprint, crs)[0])
    return replace(change, attributes=change.attributes | {"base_m": round(base_m, 3)}) if base_m == base_m else change


def _judge(store: Store, buildings: pa.Table, on: dt.date) -> pa.Table:
    return judge(store, buildings, derive_frontages(buildings, store.streets()), on)


def _outcome_places(
    places: pa.Table, changed: pa.Table, before: pa.Table, after: pa.Table, findings: tuple[pa.Table, pa.Table]
) -> pa.Table:
    """The touched places, then the neighbours whose worst verdict changed, all with verdicts and floor."""
    touched = _keys(places["dataset"], places["building_id"])
    is_other = pc.invert(pc.is_in(_keys(changed["dataset"], changed["building_id"]), touched))
    stands = _keys(before["dataset"], before["id"])
    others = changed.filter(pc.and_(is_other, pc.is_in(_keys(changed["dataset"], changed["building_id"]), stands)))
    count = others.num_rows
    rows = before.take(pc.index_in(_keys(others["dataset"], others["building_id"]), stands))
    neighbours = pa.table(
        {
            "dataset": others["dataset"],
            "building_id": others["building_id"],
            "gid": others["gid"],
            "state": pa.repeat(PlaceState.EXISTING.value, count),
            "changes": pa.repeat("[]", count),
            "attributes": pa.repeat("{}", count),
            "geometry": rows["geometry"],
            "height_m": rows["height_m"],
            "base_m": rows["base_m"],
        },
        schema=places.schema,
    )
    both = pa.concat_tables([places, neighbours])
    keys = _keys(both["dataset"], both["building_id"])
    for name, table in (("verdict_before", findings[0]), ("verdict_after", findings[1])):
        worst = worst_verdict(table)
        at = pc.index_in(keys, _keys(worst["dataset"], worst["building_id"]))
        both = both.append_column(name, worst["verdict"].combine_chunks().take(at))
    for name, table in (("floor_m2", before), ("floor_after_m2", after)):
        both = both.append_column(name, _floors(keys, table))
    return both


def _floors(keys: pa.Array, buildings: pa.Table) -> pa.Array:
    """Floor of each place in one of the two towns; 0 where it does not stand there, null where it is not known."""
    at = np.asarray(pc.fill_null(pc.index_in(keys, _keys(buildings["dataset"], buildings["id"])), -1), np.int64)
    floors = np.append(measure_floors(buildings), 0.0)[at]
    return pa.array(floors, mask=np.isnan(floors))


def _summarise(
    changes: Sequence[Change],
    places: pa.Table,
    differences: pa.Table,
    buildings: pa.Table,
    before: pa.Table,
    after: pa.Table,
) -> dict[str, Any]:
    counted = dict.fromkeys((term.value for term in DIFFERENCES), 0)
    counted |= {
        r["values"]: r["counts"] for r in pc.value_counts(differences["difference"].combine_chunks()).to_pylist()
    }
    states = {r["values"]: r["counts"] for r in pc.value_counts(places["state"].combine_chunks()).to_pylist()}
    return {
        "changes": len(changes),
        "places": states,
        "differences": counted,
        "buildings_with_another_verdict": buildings.num_rows,
        "clauses": summarise_differences(differences, before, after).to_pylist(),
    }


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    return {str(row["values"]): int(row["counts"]) for row in pc.value_counts(column.combine_chunks()).to_pylist()}


def _keys(dataset: pa.ChunkedArray, ident: pa.ChunkedArray) -> pa.Array:
    joined = pc.binary_join_element_wise(dataset, ident, "\x1f", null_handling="replace")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _decision(by: str, reason: str) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"decided_by": by.strip(), "decided_at": now, "reason": reason.strip()}


def _require_reason(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise UsageError("a decision needs a name and a reason", where="by", hint="say who decides, and why")


def _new_id(store: Store) -> str:
    taken = set(store.scenarios()["id"].to_pylist())
    return next(name for name in (f"scenario-{n}" for n in range(1, len(taken) + 2)) if name not in taken)
