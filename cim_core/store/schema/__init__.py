"""The schema of the store, a module a topic.

``TOPICS`` is the one list: tables, GeoPackage layers, spatial indexes, history and migration follow from it.
To add a topic:

1. Write ``cim_core/store/schema/<topic>.py`` with a ``TOPIC`` (copy ``projects.py``): a ``TableSpec`` a table, columns
   by ``text()``, ``number()`` and ``whole()``; ``required=True`` only for columns of a new table, because a column
   added to an old table must accept the rows that are there.
2. ``key`` is what people know a row by; it is unique. ``fid``, ``geom``, ``version``, ``recorded_from`` come by
   themselves. ``geometry="POLYGON"`` makes a GIS layer with a spatial index.
3. ``history="project"`` keeps former rows under that word; leave it out for what is derived and comes anew.
   ``is_append_only=True`` lets nobody alter or remove a row.
4. Add the module to ``TOPICS`` below. Older stores get new tables and new columns when they are opened; renaming or
   converting one needs a step of its own in ``cim_core/store/migration.py``.
5. Queries go to ``cim_core/store/<topic>.py``: functions on ``(connection, tables, …)``, and a
   ``<Topic>Part(StoreBase)`` with one short method a promise, on ``self._read()`` and
   ``self._write(Change(actor, reason))``; write by ``put_row``, ``delete_rows`` and ``replace_rows`` of ``writing.py``,
   which keep history, versions and the log of changes. Add the part to the bases of ``Store``.
"""

from functools import cache

from cim_core.store.schema import (
    attachments,
    bookkeeping,
    buildings,
    catalogue,
    datasets,
    exemptions,
    map_layers,
    model_objects,
    planning,
    projects,
    runs,
    scenarios,
    streets,
    townscape,
)
from cim_core.store.schema.spec import ColumnSpec, IndexSpec, TableSpec, Topic
from cim_core.store.schema.tables import GEOMETRY, Tables, data_columns, has_spatial_index, history_of, spec_of
from cim_core.store.schema.tables import build_tables as _build_tables

#: Counts up when a release changes what the tables are; see ``cim_core.store.migration``.
SCHEMA_VERSION = 2

TOPICS = (
    bookkeeping.TOPIC,
    datasets.TOPIC,
    buildings.TOPIC,
    streets.TOPIC,
    townscape.TOPIC,
    exemptions.TOPIC,
    runs.TOPIC,
    catalogue.TOPIC,
    planning.TOPIC,
    projects.TOPIC,
    scenarios.TOPIC,
    map_layers.TOPIC,
    model_objects.TOPIC,
    attachments.TOPIC,
)


@cache
def build_tables(srs_id: int) -> Tables:
    """The tables of all topics for a work CRS with that EPSG code; always the same, as queries are kept by them."""
    return _build_tables(TOPICS, srs_id)


__all__ = [
    "GEOMETRY",
    "SCHEMA_VERSION",
    "TOPICS",
    "ColumnSpec",
    "IndexSpec",
    "TableSpec",
    "Tables",
    "Topic",
    "build_tables",
    "data_columns",
    "has_spatial_index",
    "history_of",
    "spec_of",
]
