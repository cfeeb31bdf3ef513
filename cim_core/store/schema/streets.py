"""Streets the stretches of them that buildings face, and what was surveyed of those."""

from __future__ import annotations

from cim_core.features.places import STREET_ATTRIBUTES
from cim_core.store.schema.planning import attribute_columns
from cim_core.store.schema.spec import BUILDING_KEY, IndexSpec, TableSpec, Topic, number, text, whole

TOPIC = Topic(
    "streets",
    (
        TableSpec(
            "streets",
            "Streets 街道",
            (*text("id", required=True), *attribute_columns(STREET_ATTRIBUTES), *text("properties")),
            key=("id",),
            geometry="GEOMETRY",
            history="street",
        ),
        TableSpec(
            "frontages",
            "Street frontages 临街面",
            (
                *text("key"),
                *BUILDING_KEY,
                *text("street_id", required=True),
                *text("side", "line_side"),
                *number("chainage_from_m", "chainage_to_m", "length_m", "setback_m", "height_m", "eave_height_m"),
                *text("color", "color_source", "material", "style"),
                *whole("sign_count"),
                *text("photo"),
            ),
            indexes=(
                IndexSpec("frontages_building", ("dataset", "building_id")),
                IndexSpec("frontages_street", ("street_id",)),
            ),
            geometry="GEOMETRY",
        ),
        TableSpec(
            "frontage_surveys",  # stays when frontages are derived anew, and is laid over what they take from buildings
            "Surveyed frontages 临街面调查",
            (
                *text("id", required=True),
                *BUILDING_KEY,
                *text("street_id", "side", required=True),
                *text("color", "color_source", "material", "style"),
                *whole("sign_count"),
                *text("photo", "surveyed_on", "source"),
            ),
            key=("id",),
            history="frontage",
        ),
    ),
)
