"""Layers that are only drawn: water, green, roads."""

from __future__ import annotations

from cim_core.store.schema.spec import TableSpec, Topic, number, text

TOPIC = Topic(
    "map_layers",
    (
        TableSpec(
            "layer_features",
            "Map layers 底图要素",
            (
                *text("layer", "id", required=True),
                *text("name_zh", "name_en", "kind"),
                *number("width_m"),
                *text("properties"),
            ),
            key=("layer", "id"),
            geometry="GEOMETRY",
        ),
    ),
)
