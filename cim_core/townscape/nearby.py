"""Frontages kept by street and by building, and derived anew for the streets whose walls change."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.streets import FrontageOptions, derive_frontages
from cim_core.townscape.texts import as_array, as_floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Fronts:
    """The frontages of a town with two ways in. ``rederived``: numbers of streets made anew since the last."""

    def __init__(self, frontages: pa.Table, streets: pa.Table | None, names: pa.Array | None = None) -> None:
        self.table = frontages.combine_chunks()
        self._streets = streets
        ids = pc.unique(pc.cast(as_array(self.table["street_id"]), pa.string()))
        if streets is not None:
            ids = pc.unique(pa.concat_arrays([ids, pc.cast(as_array(streets["id"]), pa.string())]))
        if names is not None:
            ids = pa.concat_arrays([names, ids.filter(pc.invert(pc.is_in(ids, names)))])
        self.names = ids
        self.rederived = _NONE
        self._street = self.street_numbers(self.table["street_id"])

    def street_numbers(self, street_ids: pa.Array | pa.ChunkedArray) -> Ints:
        """The number of each street id, -1 for an unknown or missing one."""
        found = pc.index_in(pc.cast(as_array(street_ids), pa.string()), self.names).fill_null(-1)
        return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)

    def street_names(self, numbers: Ints) -> pa.Array:
        """The ids of streets by number, null for -1."""
        return self.names.take(pa.array(numbers, mask=numbers < 0))

    def marker(self, numbers: Ints) -> Bools:
        """Whether each street is among some, by number; the last entry, which -1 finds, is False."""
        marked = np.zeros(len(self.names) + 1, bool)
        marked[numbers] = True
        marked[-1] = False
        return marked

    def of(self, buildings: pa.Table) -> pa.Table:
        """The frontages of some buildings (``dataset``, ``id``)."""
        return self.table.take(pa.array(self._rows_of(buildings)))

    def on(self, streets: Ints) -> pa.Table:
        """The frontages on some streets."""
        return self.table.take(pa.array(self._rows_on(streets)))

    def streets_of(self, buildings: pa.Table) -> Ints:
        """Numbers of the streets some buildings face."""
        return np.unique(self._street[self._rows_of(buildings)])

    def keys_on(self, streets: Ints) -> set[tuple[str, str]]:
        """(dataset, id) of the buildings on some streets."""
        part = self.table.select(["dataset", "building_id"]).take(pa.array(self._rows_on(streets)))
        return set(zip(part["dataset"].to_pylist(), part["building_id"].to_pylist(), strict=True))

    def after(self, buildings: pa.Table, rows: Ints, changed: pa.Table, is_removed: Bools) -> Fronts:
        """The frontages after some buildings (``changed``, rows of ``buildings`` or new) were moved, added or removed.

        Streets within reach of the old and new footprints are derived anew with all buildings near them. Without
        street centrelines only the frontages of removed buildings go.
        """
        if self._streets is None or "geometry" not in self._streets.column_names:
            gone = np.isin(np.arange(self.table.num_rows), self._rows_of(changed.filter(pa.array(is_removed))))
            return Fronts(self.table.filter(pa.array(~gone)), self._streets, self.names)
        options = FrontageOptions()
        lines = _shapes(self._streets["geometry"])
        reach_m = np.nan_to_num(as_floats(self._streets["width_m"])) / 2.0 + options.reach_m
        old = rows[rows < buildings.num_rows]
        walls = np.concatenate(
            [_shapes(buildings["geometry"].take(pa.array(old))), _shapes(changed["geometry"])[~is_removed]]
        )
        known = pc.is_in(as_array(self._streets["id"]), self.names.take(pa.array(self.streets_of(changed))))
        is_touched = (shapely.distance(lines[:, None], walls[None, :]) <= reach_m[:, None]).any(axis=1)
        is_touched |= np.asarray(known, bool)
        streets = self._streets.filter(pa.array(is_touched))
        near = np.unique(
            np.concatenate(
                [
                    self._tree(buildings).query(line, predicate="dwithin", distance=distance)
                    for line, distance in zip(lines[is_touched], reach_m[is_touched], strict=True)
                ]
                or [_NONE]
            )
        )
        standing = buildings.take(pa.array(near[~np.isin(near, rows)]))
        part = pa.concat_tables([standing, changed.filter(pa.array(~is_removed)).select(standing.column_names)])
        derived = derive_frontages(part, streets)
        kept = self.table.filter(pc.invert(pc.is_in(self.table["street_id"], as_array(streets["id"]))))
        derived = derived.select([n for n in derived.column_names if n in kept.column_names])
        table = pa.concat_tables([kept, derived], promote_options="permissive")
        made = Fronts(table, self._streets, pc.unique(pa.concat_arrays([self.names, as_array(streets["id"])])))
        made.rederived = made.street_numbers(streets["id"])
        return made

    def _tree(self, buildings: pa.Table) -> shapely.STRtree:
        if self._tree_of is None or self._tree_of[0] is not buildings:
            self._tree_of = (buildings, shapely.STRtree(_shapes(buildings["geometry"])))
        return self._tree_of[1]

    _tree_of: tuple[pa.Table, shapely.STRtree] | None = None

    def _rows_on(self, streets: Ints) -> Ints:
        return np.concatenate([self._by_street[0][self._range(self._by_street, s)] for s in streets] or [_NONE])

    def _rows_of(self, buildings: pa.Table) -> Ints:
        """Rows of this table that belong to the buildings, building by building in the given order."""
        pairs = zip(buildings["dataset"].to_pylist(), buildings["id"].to_pylist(), strict=True)
        numbers = [self._number_of[pair] for pair in pairs if pair in self._number_of]
        parts = [self._by_building[0][self._range(self._by_building, number)] for number in numbers]
        return np.concatenate(parts) if parts else _NONE

    @cached_property
    def _number_of(self) -> dict[tuple[str, str], int]:
        numbers: dict[tuple[str, str], int] = {}
        columns = (self.table["dataset"].to_pylist(), self.table["building_id"].to_pylist())
        for pair in zip(*columns, strict=True):
            numbers.setdefault(pair, len(numbers))
        return numbers

    @cached_property
    def _by_building(self) -> tuple[Ints, Ints]:
        columns = (self.table["dataset"].to_pylist(), self.table["building_id"].to_pylist())
        return _grouped(np.array([self._number_of[pair] for pair in zip(*columns, strict=True)], np.int64))

    @cached_property
    def _by_street(self) -> tuple[Ints, Ints]:
        return _grouped(self._street)

    @staticmethod
    def _range(groups: tuple[Ints, Ints], number: int | np.int64) -> slice:
        _, sorted_numbers = groups
        low, high = np.searchsorted(sorted_numbers, np.array([number, number + 1]))
        return slice(int(low), int(high))


_NONE = np.empty(0, np.int64)


def _grouped(numbers: Ints) -> tuple[Ints, Ints]:
    """Row numbers ordered by group, and the groups in that order."""
    order = np.argsort(numbers, kind="stable").astype(np.int64)
    return order, numbers[order]


def _shapes(column: pa.ChunkedArray | pa.Array) -> NDArray[np.object_]:
    return np.asarray(shapely.from_wkb(as_array(column).to_numpy(zero_copy_only=False)))
