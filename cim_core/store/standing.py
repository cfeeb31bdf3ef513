"""What stands: buildings that are neither a proposal nor gone."""

from __future__ import annotations

import pyarrow as pa
import sqlalchemy as sa

from cim_core.scenarios.changes import PlaceState
from cim_core.store.base import StoreBase
from cim_core.store.changes import Change
from cim_core.store.rows import read_table
from cim_core.store.schema import Tables
from cim_core.store.writing import delete_rows, put_row

#: In ``place_states``: the state is that of every building of the dataset that has none of its own.
WHOLE_DATASET = ""


def is_standing(tables: Tables) -> sa.ColumnElement[bool]:
    """Whether a row of ``buildings`` stands: nothing says otherwise of it, nor of its dataset as a whole."""
    own, whole = tables.place_states.alias("own_state"), tables.place_states.alias("dataset_state")
    buildings = tables.buildings
    is_own = (own.c.dataset == buildings.c.dataset, own.c.building_id == buildings.c.id)
    is_whole = (whole.c.dataset == buildings.c.dataset, whole.c.building_id == WHOLE_DATASET)
    existing = PlaceState.EXISTING.value
    return ~sa.exists().where(*is_own, own.c.state != existing) & (
        ~sa.exists().where(*is_whole) | sa.exists().where(*is_own, own.c.state == existing)
    )


def has_state(tables: Tables, state: PlaceState) -> sa.ColumnElement[bool]:
    """Whether a row of ``buildings`` is in a state: said of it, or said of its dataset and nothing of it."""
    if state is PlaceState.EXISTING:
        return is_standing(tables)
    own, whole = tables.place_states.alias("own_state"), tables.place_states.alias("dataset_state")
    buildings = tables.buildings
    is_own = (own.c.dataset == buildings.c.dataset, own.c.building_id == buildings.c.id)
    is_whole = (whole.c.dataset == buildings.c.dataset, whole.c.building_id == WHOLE_DATASET)
    return sa.exists().where(*is_own, own.c.state == state.value) | (
        sa.exists().where(*is_whole, whole.c.state == state.value) & ~sa.exists().where(*is_own)
    )


class StandingPart(StoreBase):
    """The store as seen by the states of places."""

    def place_states(self) -> pa.Table:
        """dataset, building_id (empty: the whole dataset), state, scenario_id of what does not simply stand."""
        table = self._tables.place_states
        statement = sa.select(table.c.dataset, table.c.building_id, table.c.state, table.c.scenario_id)
        with self._read() as connection:
            return read_table(connection, statement.order_by(table.c.dataset, table.c.building_id))

    def set_dataset_state(self, dataset: str, state: PlaceState, change: Change | None = None) -> None:
        """Say of a whole dataset that it is a proposal, or (``existing``) that it stands."""
        table = self._tables.place_states
        with self._write(change) as connection:
            if state is PlaceState.EXISTING:
                is_whole = (table.c.dataset == dataset) & (table.c.building_id == WHOLE_DATASET)
                delete_rows(connection, table, is_whole)
            else:
                put_row(connection, table, {"dataset": dataset, "building_id": WHOLE_DATASET}, {"state": state.value})
            self._touch(connection, "place_states")
