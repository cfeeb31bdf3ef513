"""Scenarios with their changes and what came of them, and the states of places."""

from __future__ import annotations

import pyarrow as pa

from cim_core.scenarios.compare import DIFFERENCE_SCHEMA
from cim_core.store.schema.spec import BUILDING_KEY, ColumnSpec, IndexSpec, Kind, TableSpec, Topic, number, text, whole


def _difference_columns() -> tuple[ColumnSpec, ...]:
    def kind(type_: pa.DataType) -> Kind:
        if pa.types.is_floating(type_):
            return "double"
        return "integer" if pa.types.is_integer(type_) else "text"

    return tuple(ColumnSpec(field.name, kind(field.type)) for field in DIFFERENCE_SCHEMA)


TOPIC = Topic(
    "scenarios",
    (
        TableSpec(
            "scenarios",
            "Scenarios 方案",
            (
                *text("id", "state", required=True),
                *text("name_zh", "name_en", "project_id", "note", "created_by", "decided_by", "decided_at", "reason"),
                *text("base", "checked_at", "summary"),
                *whole("synthetic"),
            ),
            key=("id",),
            history="scenario",
        ),
        TableSpec(
            "scenario_changes",
            "Scenario changes 方案变更",
            (
                *text("scenario_id", required=True),
                *whole("position", required=True),
                *text("kind", "buildings", "new_id", "attributes", "design", "note"),
            ),
            key=("scenario_id", "position"),
            geometry="GEOMETRY",
            is_indexed=False,
        ),
        TableSpec(
            "scenario_places",
            "Scenario places 方案地块状态",
            (
                *text("scenario_id", required=True),
                *BUILDING_KEY,
                *whole("gid"),
                *text("state", "changes", "attributes", "verdict_before", "verdict_after"),
                *number("height_m", "base_m", "floor_m2", "floor_after_m2"),
            ),
            key=("scenario_id", "dataset", "building_id"),
            geometry="GEOMETRY",
            is_indexed=False,
        ),
        TableSpec(
            "scenario_differences",
            "Scenario differences 方案核查对比",
            (*text("scenario_id", required=True), *_difference_columns()),
            indexes=(IndexSpec("scenario_differences_building", ("scenario_id", "dataset", "building_id")),),
        ),
        TableSpec(
            "place_states",  # of what does not simply stand; an empty building_id is the whole dataset
            "States of places 地块状态",
            (*BUILDING_KEY, *text("state", required=True), *text("scenario_id")),
            key=("dataset", "building_id"),
            history="place",
        ),
    ),
)
