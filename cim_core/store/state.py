"""State columns: one value a feature, indexed by gid, small enough to recolor a city with one download."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from numpy.typing import NDArray

from cim_core.errors import NotFoundError
from cim_core.features import ATTRIBUTE_BY_NAME
from cim_core.scenarios.changes import PLACE_STATES, STATE_CODES, PlaceState
from cim_core.store.base import StoreBase
from cim_core.store.datasets import get_dataset
from cim_core.store.links import links_in_force
from cim_core.store.records import VERDICTS_BY_SEVERITY, StateColumn
from cim_core.store.rows import read_table
from cim_core.store.schema import Tables
from cim_core.store.standing import WHOLE_DATASET

Values = NDArray[Any]
_NONE_U8 = 255
PLACE_CODES = tuple(term.value for term in PLACE_STATES)


@dataclass(frozen=True, slots=True)
class _Source:
    """A state column, how its values are selected (gid, value) and how they are encoded (n, components)."""

    column: StateColumn
    select: Callable[[Tables, str], sa.Select[Any]]
    encode: Callable[[pa.ChunkedArray], Values]


def state_columns(stages: Sequence[str]) -> tuple[StateColumn, ...]:
    """Every state column there is; ``stages`` are the project stages in order."""
    return tuple(source.column for source in _sources(stages).values())


def read_state(
    connection: sa.Connection, tables: Tables, dataset: str, name: str, stages: Sequence[str]
) -> tuple[Values, StateColumn]:
    """Values of one column for every gid of a dataset, (n,) or (n, components), and how to read them.

    Elements carry the value of their building. Raises NotFoundError for an unknown column.
    """
    sources = _sources(stages)
    if name not in sources:
        raise NotFoundError(
            f"no state column has the name {name!r}", hint="one of: " + ", ".join(sources), code="no-state-column"
        )
    source = sources[name]
    rows = read_table(connection, source.select(tables, dataset))
    values = _empty(source.column, count_gids(connection, tables, dataset))
    if name == "place":
        values[:] = _dataset_place(connection, tables, dataset)
    gids = rows.column("gid").to_numpy()
    values[gids] = source.encode(rows.column("value"))
    elements = _element_parents(connection, tables, dataset)
    values[elements[:, 0]] = values[elements[:, 1]]
    return values, source.column


def count_gids(connection: sa.Connection, tables: Tables, dataset: str) -> int:
    """One more than the highest gid of a dataset; 0 when it has no rows."""
    highest = [
        connection.execute(sa.select(sa.func.max(table.c.gid)).where(table.c.dataset == dataset)).scalar_one()
        for table in (tables.buildings, tables.elements)
    ]
    return max((int(value) + 1 for value in highest if value is not None), default=0)


def _empty(column: StateColumn, rows: int) -> Values:
    shape = (rows,) if column.components == 1 else (rows, column.components)
    if column.dtype == "float32":
        return np.full(shape, np.nan, dtype=np.float32)
    return np.full(shape, column.no_data or 0, dtype=column.dtype)


def _element_parents(connection: sa.Connection, tables: Tables, dataset: str) -> NDArray[np.int64]:
    elements, buildings = tables.elements, tables.buildings
    is_parent = sa.and_(buildings.c.dataset == elements.c.dataset, buildings.c.id == elements.c.parent_id)
    statement = sa.select(elements.c.gid, buildings.c.gid).join_from(elements, buildings, is_parent)
    rows = connection.execute(statement.where(elements.c.dataset == dataset)).all()
    return np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, 2)


def _sources(stages: Sequence[str]) -> dict[str, _Source]:
    uses = tuple(code.value for code in ATTRIBUTE_BY_NAME["use"].codes)
    all_sources = (
        _Source(
            StateColumn("verdict", "uint8", 1, VERDICTS_BY_SEVERITY, _NONE_U8), _select_verdict, _encode_number("u1")
        ),
        _Source(StateColumn("use", "uint8", 1, uses, _NONE_U8), _select_attribute("use"), _encode_code(uses)),
        _Source(StateColumn("year_built", "uint16", 1, (), 0), _select_attribute("year_built"), _encode_number("u2")),
        _Source(StateColumn("height_m", "float32", 1, (), None, "m"), _select_attribute("height_m"), _encode_float),
        _Source(StateColumn("storeys", "uint16", 1, (), 0), _select_attribute("storeys"), _encode_number("u2")),
        _Source(
            StateColumn("facade_main_color", "uint8", 4, (), None, "sRGB"),
            _select_attribute("facade_main_color"),
            _encode_color,
        ),
        _Source(
            StateColumn("roof_color", "uint8", 4, (), None, "sRGB"), _select_attribute("roof_color"), _encode_color
        ),
        _Source(
            StateColumn("project_stage", "uint8", 1, tuple(stages), _NONE_U8),
            _select_stage(stages),
            _encode_number("u1"),
        ),
        _Source(StateColumn("place", "uint8", 1, PLACE_CODES, _NONE_U8), _select_place, _encode_number("u1")),
    )
    return {source.column.name: source for source in all_sources}


def _select_attribute(name: str) -> Callable[[Tables, str], sa.Select[Any]]:
    def select(tables: Tables, dataset: str) -> sa.Select[Any]:
        table = tables.buildings
        value = table.c[name]
        return sa.select(table.c.gid, value.label("value")).where(table.c.dataset == dataset, value.is_not(None))

    return select


def _select_verdict(tables: Tables, dataset: str) -> sa.Select[Any]:
    findings, buildings = tables.findings, tables.buildings
    is_same = sa.and_(buildings.c.dataset == findings.c.dataset, buildings.c.id == findings.c.building_id)
    worst = sa.func.max(findings.c.severity)
    return (
        sa.select(buildings.c.gid, sa.type_coerce(worst, sa.Integer).label("value"))
        .join_from(findings, buildings, is_same)
        .where(findings.c.dataset == dataset)
        .group_by(buildings.c.gid)
    )


def _select_place(tables: Tables, dataset: str) -> sa.Select[Any]:
    """What stands, is proposed or is gone: what is said of the building, else of its dataset, else it stands."""
    buildings, own, whole = tables.buildings, tables.place_states.alias("own"), tables.place_states.alias("whole")
    joined = buildings.outerjoin(
        own, sa.and_(own.c.dataset == buildings.c.dataset, own.c.building_id == buildings.c.id)
    ).outerjoin(whole, sa.and_(whole.c.dataset == buildings.c.dataset, whole.c.building_id == WHOLE_DATASET))
    state = sa.func.coalesce(own.c.state, whole.c.state, PlaceState.EXISTING.value)
    code = sa.case(STATE_CODES, value=state)
    return (
        sa.select(buildings.c.gid, sa.type_coerce(code, sa.Integer).label("value"))
        .select_from(joined)
        .where(buildings.c.dataset == dataset)
    )


def _dataset_place(connection: sa.Connection, tables: Tables, dataset: str) -> int:
    """The state of a dataset as a whole, which what belongs to no building has."""
    table = tables.place_states
    whole = (table.c.dataset == dataset) & (table.c.building_id == WHOLE_DATASET)
    found = connection.execute(sa.select(table.c.state).where(whole)).scalar()
    return STATE_CODES[found or PlaceState.EXISTING.value]


def _building_gids(connection: sa.Connection, tables: Tables, dataset: str) -> list[int]:
    table = tables.buildings
    return list(connection.scalars(sa.select(table.c.gid).where(table.c.dataset == dataset)))


def read_scenario_state(
    connection: sa.Connection, tables: Tables, dataset: str, scenario_id: str, column: str
) -> tuple[Values, StateColumn]:
    """One value for every gid of a dataset in a scenario: ``place`` or ``verdict``, as it would be afterwards.

    In ``place`` the no-data value is what is in neither town (another design, a building gone before): do not draw it.
    Raises NotFoundError for another column.
    """
    values, description = read_state(connection, tables, dataset, column, ())
    table = tables.scenario_places
    rows = sa.select(table.c.gid, table.c.state, table.c.verdict_after).where(
        table.c.scenario_id == scenario_id, table.c.dataset == dataset, table.c.gid.is_not(None)
    )
    touched = read_table(connection, rows)
    if column == "place":
        values[values != STATE_CODES[PlaceState.EXISTING]] = _NONE_U8
        known, words = pa.array(PLACE_CODES), touched["state"]
    elif column == "verdict":
        known, words = pa.array(VERDICTS_BY_SEVERITY), touched["verdict_after"]
    else:
        raise NotFoundError(
            f"a scenario has no state column {column!r}", hint="one of: place, verdict", code="no-state-column"
        )
    if column == "place" and PlaceState.PROPOSED.value in words.to_pylist():
        values[values == _NONE_U8] = STATE_CODES[PlaceState.PROPOSED]  # what a design has beside its buildings
        values[_building_gids(connection, tables, dataset)] = _NONE_U8
    codes = pc.fill_null(pc.index_in(words, value_set=known), _NONE_U8)
    values[touched["gid"].to_numpy()] = np.asarray(codes, np.uint8)
    elements = _element_parents(connection, tables, dataset)
    values[elements[:, 0]] = values[elements[:, 1]]
    return values, description


def _select_stage(stages: Sequence[str]) -> Callable[[Tables, str], sa.Select[Any]]:
    """The furthest stage among the projects a building belongs to."""

    def select(tables: Tables, dataset: str) -> sa.Select[Any]:
        links, projects, buildings = links_in_force(tables), tables.projects, tables.buildings
        orders = {stage: number for number, stage in enumerate(stages)} or {"": 0}
        furthest = sa.func.max(sa.case(orders, value=projects.c.stage))
        is_same = sa.and_(buildings.c.dataset == links.c.dataset, buildings.c.id == links.c.building_id)
        return (
            sa.select(buildings.c.gid, sa.type_coerce(furthest, sa.Integer).label("value"))
            .select_from(
                links.join(buildings, is_same).join(
                    projects, sa.and_(projects.c.id == links.c.project_id, projects.c.stage.in_(list(orders)))
                )
            )
            .where(links.c.dataset == dataset, links.c.included == 1)
            .group_by(buildings.c.gid)
        )

    return select


def _encode_number(kind: str) -> Callable[[pa.ChunkedArray], Values]:
    limit = np.iinfo(kind).max

    def encode(values: pa.ChunkedArray) -> Values:
        return np.asarray(np.clip(values.to_numpy().astype(np.int64), 0, limit), dtype=kind)

    return encode


def _encode_float(values: pa.ChunkedArray) -> Values:
    return np.asarray(values.to_numpy(), dtype=np.float32)


def _encode_code(codes: tuple[str, ...]) -> Callable[[pa.ChunkedArray], Values]:
    other = codes.index("other")

    def encode(values: pa.ChunkedArray) -> Values:
        return np.asarray(pc.fill_null(pc.index_in(values, value_set=pa.array(codes)), other), dtype=np.uint8)

    return encode


def _encode_color(values: pa.ChunkedArray) -> Values:
    rgba = np.zeros((len(values), 4), dtype=np.uint8)
    is_hex = pc.match_substring_regex(values, r"^#[0-9a-fA-F]{6}$").to_numpy(zero_copy_only=False).astype(bool)
    digits = "".join(text[1:] for text in values.filter(pa.array(is_hex)).to_pylist())
    rgba[is_hex, :3] = np.frombuffer(bytes.fromhex(digits), dtype=np.uint8).reshape(-1, 3)
    rgba[is_hex, 3] = 255
    return rgba


class StatePart(StoreBase):
    """The store as seen by the viewer's data textures."""

    def state_column(self, dataset: str, column: str, stages: Sequence[str] = ()) -> tuple[NDArray[Any], StateColumn]:
        """One value a feature, indexed by gid; ``stages`` are the project stages in order. Raises NotFoundError."""
        with self._read() as connection:
            get_dataset(connection, self._tables, dataset)
            return read_state(connection, self._tables, dataset, column, stages)

    def scenario_state(self, dataset: str, scenario_id: str, column: str) -> tuple[NDArray[Any], StateColumn]:
        """One value a feature as a scenario would have it; see ``read_scenario_state``. Raises NotFoundError."""
        with self._read() as connection:
            get_dataset(connection, self._tables, dataset)
            return read_scenario_state(connection, self._tables, dataset, scenario_id, column)

    def count_gids(self, dataset: str) -> int:
        """Length of the state columns of a dataset. Raises NotFoundError."""
        with self._read() as connection:
            get_dataset(connection, self._tables, dataset)
            return count_gids(connection, self._tables, dataset)
