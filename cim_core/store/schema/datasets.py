"""Imported sources and the tilesets that draw them."""

from __future__ import annotations

from cim_core.store.schema.spec import TableSpec, Topic, number, text, whole

TOPIC = Topic(
    "datasets",
    (
        TableSpec(
            "datasets",
            "Datasets 数据集",
            (
                *text("id", required=True),
                *text("name_zh", "name_en", "kind", "crs", "crs_reason", "height_datum"),
                *number("undulation_m"),
                *text("source_file", "format_id"),
                *whole("synthetic"),
                *text("cim_level"),
                *whole("features", "buildings"),
                *number("west_deg", "south_deg", "east_deg", "north_deg"),
                *text("tileset_version"),
                *whole("tileset_tiles", "tileset_bytes", "tileset_features"),
                *number("height_min_m", "height_max_m"),
            ),
            key=("id",),
        ),
    ),
)
