"""The tree of building models: site, building, storey, space and element, with all that the model says of each."""

from __future__ import annotations

from cim_core.store.schema.spec import IndexSpec, TableSpec, Topic, number, text, whole

TOPIC = Topic(
    "model_objects",
    (
        TableSpec(
            "model_objects",
            "Objects of building models 模型对象",
            (
                *text("dataset", "id", required=True),
                *whole("position", required=True),  # in the order of the file
                *text("parent_id", "building_id"),
                *text("kind", required=True),
                *text("predefined_type", "name", "long_name", "object_type", "tag", "description"),
                *number("elevation_m"),
                *text("type_name", "material", "classification"),
                *whole("cim_level"),
                *text("semantics"),  # JSON: property_sets, quantities, type, materials, classifications
            ),
            key=("dataset", "id"),
            indexes=(
                IndexSpec("model_objects_parent", ("dataset", "parent_id")),
                IndexSpec("model_objects_building", ("dataset", "building_id", "kind")),
            ),
        ),
    ),
)
