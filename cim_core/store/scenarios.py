"""Scenarios: rows of changes, what came of them, and adopting them into the town in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
import sqlalchemy as sa

from cim_core.errors import ScenarioConflictError
from cim_core.features import ATTRIBUTE_BY_NAME
from cim_core.scenarios.changes import NEW_DATASET, Change, ChangeKind, PlaceState, Ref, parse_ref
from cim_core.scenarios.compare import DIFFERENCE_SCHEMA
from cim_core.store import changes as log
from cim_core.store.base import StoreBase, not_found
from cim_core.store.geom import geometries_from_wkb
from cim_core.store.rows import Columns, column_values, insert_columns, read_table
from cim_core.store.schema import GEOMETRY, Tables, data_columns
from cim_core.store.writing import delete_rows, put_row

SCENARIO_STATES = ("draft", "adopted", "discarded")
_PLACE_COLUMNS = (
    "dataset", "building_id", "gid", "state", "changes", "attributes", "height_m", "base_m", "verdict_before",
    "verdict_after", "floor_m2", "floor_after_m2",
)  # fmt: skip


class ScenariosPart(StoreBase):
    """The store as seen by scenarios."""

    def scenarios(self) -> pa.Table:
        """All scenarios, the oldest first, with ``version`` and ``recorded_from``; ``summary`` is JSON."""
        table = self._tables.scenarios
        statement = sa.select(*data_columns(table), table.c.version, table.c.recorded_from).order_by(table.c.fid)
        with self._read() as connection:
            return read_table(connection, statement)

    def scenario(self, scenario_id: str) -> dict[str, Any]:
        """One scenario. Raises NotFoundError."""
        rows = self.scenarios()
        found = [row for row in rows.to_pylist() if row["id"] == scenario_id]
        if not found:
            raise not_found("scenario", scenario_id)
        return dict(found[0])

    def last_change(self, names: Sequence[str]) -> int:
        """Number of the last write that did something to one of these tables; 0 for none."""
        table = self._tables.changes
        statement = sa.select(table.c.id, table.c.summary).order_by(table.c.id.desc())
        with self._read() as connection:
            for row in connection.execute(statement):
                if any(name in json.loads(row.summary or "{}") for name in names):
                    return int(row.id)
        return 0

    def scenario_changes(self, scenario_id: str) -> list[Change]:
        """The changes of a scenario in their order."""
        with self._read() as connection:
            rows = read_table(connection, _of(self._tables, "scenario_changes", scenario_id, "position"))
        return [_change(row) for row in rows.to_pylist()]

    def put_scenario(
        self, scenario_id: str, values: Mapping[str, Any], changes: Sequence[Change] | None, change: log.Change
    ) -> None:
        """Insert or alter a draft; with ``changes`` they replace those it had, and what came of them is forgotten."""
        with self._write(change) as connection:
            if changes is not None:
                values = {**values, "base": None, "checked_at": None, "summary": None}
                self._forget_outcome(connection, scenario_id)
                table = self._tables.scenario_changes
                delete_rows(connection, table, table.c.scenario_id == scenario_id)
                columns, shapes = _change_columns(scenario_id, changes)
                insert_columns(connection, table, columns, shapes)
            put_row(connection, self._tables.scenarios, {"id": scenario_id}, values)
            self._touch(connection, "scenarios", "scenario_changes", "scenario_places", "scenario_differences")

    def save_scenario_outcome(
        self, scenario_id: str, values: Mapping[str, Any], places: pa.Table, differences: pa.Table, change: log.Change
    ) -> None:
        """What came of applying and checking a scenario, in place of what was known before."""
        with self._write(change) as connection:
            self._forget_outcome(connection, scenario_id)
            table = self._tables.scenario_places
            columns: Columns = {name: column_values(places, name, table.c[name]) for name in _PLACE_COLUMNS}
            columns["scenario_id"] = [scenario_id] * places.num_rows
            insert_columns(connection, table, columns, geometries_from_wkb(places["geometry"], places.num_rows))
            table = self._tables.scenario_differences
            columns = {name: column_values(differences, name, table.c[name]) for name in DIFFERENCE_SCHEMA.names}
            columns["scenario_id"] = [scenario_id] * differences.num_rows
            insert_columns(connection, table, columns)
            put_row(connection, self._tables.scenarios, {"id": scenario_id}, values)
            self._touch(connection, "scenarios", "scenario_places", "scenario_differences")

    def scenario_places(self, scenario_id: str) -> pa.Table:
        """What becomes of each place: ``PLACES_SCHEMA`` and verdicts and floor before and after."""
        with self._read() as connection:
            return read_table(connection, _of(self._tables, "scenario_places", scenario_id, "fid"))

    def scenario_differences(self, scenario_id: str, building: Ref | None = None) -> pa.Table:
        """``DIFFERENCE_SCHEMA`` of a scenario, worst first; of one building where it is given."""
        statement = _of(self._tables, "scenario_differences", scenario_id, "fid")
        table = self._tables.scenario_differences
        if building is not None:
            is_it = (table.c.dataset == building.dataset) & (table.c.building_id == building.building_id)
            statement = statement.where(is_it)
        with self._read() as connection:
            return read_table(connection, statement)

    def discard_scenario(self, scenario_id: str, values: Mapping[str, Any], change: log.Change) -> None:
        """Close a draft without doing anything."""
        with self._write(change) as connection:
            self._require_draft(connection, scenario_id)
            put_row(connection, self._tables.scenarios, {"id": scenario_id}, {**values, "state": "discarded"})
            self._touch(connection, "scenarios")

    def adopt_scenario(self, scenario_id: str, values: Mapping[str, Any], change: log.Change) -> None:
        """Make a scenario what stands: attributes, new buildings and states of places, in one transaction.

        Raises ScenarioConflictError when it is decided already or a building is no longer there.
        """
        tables = self._tables
        with self._write(change) as connection:
            self._require_draft(connection, scenario_id)
            rows = read_table(connection, _of(tables, "scenario_places", scenario_id, "fid")).to_pylist()
            for row in rows:
                _adopt_place(connection, tables, scenario_id, row)
            put_row(connection, tables.scenarios, {"id": scenario_id}, {**values, "state": "adopted"})
            self._touch(connection, "scenarios", "buildings", "place_states", "datasets")

    def _require_draft(self, connection: sa.Connection, scenario_id: str) -> None:
        table = self._tables.scenarios
        state = connection.execute(sa.select(table.c.state).where(table.c.id == scenario_id)).scalar()
        if state is None:
            raise not_found("scenario", scenario_id)
        if state != "draft":
            raise ScenarioConflictError(
                f"the scenario is {state} already", where=scenario_id, hint="make a new one", code="scenario-decided"
            )

    def _forget_outcome(self, connection: sa.Connection, scenario_id: str) -> None:
        for table in (self._tables.scenario_places, self._tables.scenario_differences):
            delete_rows(connection, table, table.c.scenario_id == scenario_id)


def _of(tables: Tables, name: str, scenario_id: str, order: str) -> sa.Select[Any]:
    table = tables[name]
    columns = [column for column in data_columns(table) if column.name != "scenario_id"]
    return sa.select(*columns).where(table.c.scenario_id == scenario_id).order_by(table.c[order])


def _change_columns(scenario_id: str, changes: Sequence[Change]) -> tuple[Columns, np.ndarray]:
    plain = [change.to_dict() for change in changes]
    columns: Columns = {name: [row[name] for row in plain] for name in ("kind", "new_id", "design", "note")}
    columns |= {
        name: [json.dumps(row[name], ensure_ascii=False) for row in plain] for name in ("buildings", "attributes")
    }
    columns |= {"scenario_id": [scenario_id] * len(plain), "position": list(range(len(plain)))}
    shapes = np.full(len(plain), None, dtype=object)
    for position, change in enumerate(changes):
        shapes[position] = None if change.footprint is None else shapely.from_wkb(change.footprint)
    return columns, shapes


def _change(row: Mapping[str, Any]) -> Change:
    refs = [parse_ref(text) for text in json.loads(row["buildings"])]
    design = None if row["design"] is None else parse_ref(row["design"]) or Ref(row["design"], "")
    return Change(
        ChangeKind(row["kind"]),
        tuple(ref for ref in refs if ref is not None),
        row["new_id"] or "",
        row["geometry"],
        json.loads(row["attributes"]),
        design,
        row["note"] or "",
        f"change {row['position'] + 1}",
    )


def _adopt_place(connection: sa.Connection, tables: Tables, scenario_id: str, row: Mapping[str, Any]) -> None:
    state, key = PlaceState(row["state"]), {"dataset": row["dataset"], "building_id": row["building_id"]}
    is_drawn = row["dataset"] == NEW_DATASET
    attributes = {n: v for n, v in json.loads(row["attributes"]).items() if n in ATTRIBUTE_BY_NAME}
    if state is PlaceState.REMOVED:
        if not is_drawn or _gid(connection, tables, row) is not None:
            put_row(connection, tables.place_states, key, {"state": "removed", "scenario_id": scenario_id})
        return
    if is_drawn and state is PlaceState.PROPOSED:
        _draw_building(connection, tables, row, attributes)
        return
    if attributes:
        if _gid(connection, tables, row) is None:
            raise ScenarioConflictError(f"{row['dataset']}/{row['building_id']} is gone", code="no-building")
        put_row(connection, tables.buildings, {"dataset": row["dataset"], "id": row["building_id"]}, attributes)
    if state is PlaceState.PROPOSED:
        put_row(connection, tables.place_states, key, {"state": "existing", "scenario_id": scenario_id})


def _gid(connection: sa.Connection, tables: Tables, row: Mapping[str, Any]) -> int | None:
    table = tables.buildings
    is_it = (table.c.dataset == row["dataset"]) & (table.c.id == row["building_id"])
    found = connection.execute(sa.select(table.c.gid).where(is_it)).scalar()
    return None if found is None else int(found)


def _draw_building(
    connection: sa.Connection, tables: Tables, row: Mapping[str, Any], attributes: Mapping[str, Any]
) -> None:
    """A building that a scenario drew becomes one of the dataset ``new``, with the next free gid."""
    table = tables.buildings
    highest = connection.execute(sa.select(sa.func.max(table.c.gid)).where(table.c.dataset == NEW_DATASET)).scalar()
    values = {
        **attributes,
        "gid": 0 if highest is None else int(highest) + 1,
        "kind": "building",
        "height_source": "field",
        GEOMETRY: row["geometry"],
    }
    put_row(connection, table, {"dataset": NEW_DATASET, "id": row["building_id"]}, values)
