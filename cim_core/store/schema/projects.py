"""Renewal projects, how they moved, and which buildings belong to them."""

from __future__ import annotations

from cim_core.renewal.fields import PROJECT_FIELDS, FieldType
from cim_core.store.schema.spec import BUILDING_KEY, ColumnSpec, IndexSpec, Kind, TableSpec, Topic, number, text, whole

_KINDS: dict[FieldType, Kind] = {
    FieldType.NUMBER: "double",
    FieldType.WHOLE: "integer",
    FieldType.FLAG: "integer",
}


def _project_columns() -> tuple[ColumnSpec, ...]:
    """A column a field of the record; lists are JSON text, dates ISO text."""
    return tuple(ColumnSpec(f.name, _KINDS.get(f.type, "text"), required=f.name == "id") for f in PROJECT_FIELDS)


TOPIC = Topic(
    "projects",
    (
        TableSpec(
            "projects",
            "Renewal projects 更新项目",
            (*_project_columns(), *text("properties")),
            key=("id",),
            geometry="GEOMETRY",
            history="project",
        ),
        TableSpec(
            "project_acts",  # only ever added to: what happened to a move is one more row
            "Project moves 项目流转",
            (
                *text("move_id", "project_id", "act", "origin", "target", "actor", "at", required=True),
                *text("evidence", "note"),
            ),
            key=("move_id", "act"),
            indexes=(IndexSpec("project_acts_project", ("project_id",)),),
            is_append_only=True,
        ),
        TableSpec(
            "project_buildings",
            "Project buildings 项目建筑",
            (
                *text("project_id", required=True),
                *BUILDING_KEY,
                *text("origin", required=True),
                *number("area_share"),
                *text("relation"),
                *number("buffer_m"),
                *whole("included"),
                *text("action", "reason", "decided_by"),
            ),
            key=("project_id", "dataset", "building_id", "origin"),
            indexes=(IndexSpec("project_buildings_building", ("dataset", "building_id")),),
            history="link",
        ),
    ),
)
