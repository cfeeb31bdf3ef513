"""Renewal projects and which buildings belong to them."""

from __future__ import annotations

from cim_core.store.schema.spec import BUILDING_KEY, IndexSpec, TableSpec, Topic, number, text, whole

TOPIC = Topic(
    "projects",
    (
        TableSpec(
            "projects",
            "Renewal projects 更新项目",
            (
                *text("id", required=True),
                *text("name_zh", "name_en", "type", "batch", "stage", "geometry_note"),
                *whole("synthetic_geometry"),
                *text("properties"),
            ),
            key=("id",),
            geometry="GEOMETRY",
            history="project",
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
