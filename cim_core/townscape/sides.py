"""Stretches of street sides: runs of fronts along one side of a street, broken where a wide gap opens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.texts import as_array, as_floats, format_numbers

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Fronts no further apart than this along the street touch.
_TOUCHING_M = 1e-6
_SIDES_ZH = {"north": "北侧", "south": "南侧", "east": "东侧", "west": "西侧"}


@dataclass(frozen=True, slots=True)
class Stretches:
    """Runs of fronts; ``of_row`` is the stretch of every frontage row (-1: none).

    ``from_m``, ``to_m``: first and last chainage; ``wall_m``: the chainage its fronts cover; ``fronts``: their number.
    """

    of_row: Ints
    from_m: Floats
    to_m: Floats
    wall_m: Floats
    fronts: Ints

    @property
    def length_m(self) -> Floats:
        """The front length of each stretch, gaps included."""
        return self.to_m - self.from_m

    def spread(self, values: Floats) -> Floats:
        """A value of each stretch on every row; NaN for rows in none."""
        return np.append(values, np.nan)[self.of_row]

    def names(self, columns: pa.Table) -> tuple[pa.Array, pa.Array]:
        """``北侧 120–340 m 段（7 个界面）`` and ``north side 120–340 m, 7 fronts`` a stretch, null at last."""
        start, end, count = (
            format_numbers(np.append(v.astype(np.float64), np.nan), 0) for v in (self.from_m, self.to_m, self.fronts)
        )
        first = np.full(len(self.from_m) + 1, -1, np.int64)
        rows = np.flatnonzero(self.of_row >= 0)[::-1]
        first[self.of_row[rows]] = rows
        side = as_array(columns["side"]).take(pa.array(first, mask=first < 0))
        side_zh = pa.array(_SIDES_ZH.values()).take(pc.index_in(side, pa.array(_SIDES_ZH)))
        options = {"null_handling": "replace", "null_replacement": ""}
        zh = pc.binary_join_element_wise(side_zh, " ", start, "–", end, " m 段（", count, " 个界面）", "", **options)
        word = pa.array(np.where(np.append(self.fronts, 0) == 1, " front", " fronts"))
        en = pc.binary_join_element_wise(side, " side ", start, "–", end, " m, ", count, word, "", **options)
        return zh, en


def find_stretches(columns: pa.Table, break_m: float) -> Stretches:
    """Group the reached frontages by street and side, and break them where no front stands for more than ``break_m``.

    ``columns``: ``applicability.FRONTAGE_COLUMNS``. A row without chainage is in no stretch.
    """
    start_m, end_m = as_floats(columns["chainage_from_m"]), as_floats(columns["chainage_to_m"])
    is_in = np.asarray(pc.fill_null(as_array(columns["is_reached"]), False), bool) & np.isfinite(start_m + end_m)
    side = street_side_keys(columns)
    rows = np.flatnonzero(is_in)
    rows = rows[np.lexsort((start_m[rows], side[rows]))]
    start_m, end_m, side = start_m[rows], end_m[rows], side[rows]
    reach_m = running_end(side, start_m, end_m)
    is_first = np.ones(len(rows), bool)
    is_first[1:] = (side[1:] != side[:-1]) | (start_m[1:] - reach_m[:-1] > break_m + 1e-9)
    stretch = np.cumsum(is_first) - 1
    first = np.flatnonzero(is_first)
    of_row = np.full(columns.num_rows, -1, np.int64)
    of_row[rows] = stretch
    if len(first) == 0:
        return Stretches(of_row, np.empty(0), np.empty(0), np.empty(0), np.empty(0, np.int64))
    return Stretches(
        of_row=of_row,
        from_m=start_m[first],
        to_m=np.maximum.reduceat(end_m, first),
        wall_m=covered_m(stretch, start_m, end_m, len(first)),
        fronts=np.bincount(stretch, minlength=len(first)).astype(np.int64),
    )


def find_gaps(columns: pa.Table, stretches: Stretches) -> tuple[Ints, Ints]:
    """The rows of the fronts before and after every gap within a stretch, in order of chainage."""
    start_m, end_m = as_floats(columns["chainage_from_m"]), as_floats(columns["chainage_to_m"])
    rows = np.flatnonzero(stretches.of_row >= 0)
    rows = rows[np.lexsort((start_m[rows], stretches.of_row[rows]))]
    group, start_m, end_m = stretches.of_row[rows], start_m[rows], end_m[rows]
    reach_m = running_end(group, start_m, end_m)
    is_furthest = np.ones(len(rows), bool)
    is_furthest[1:] = (group[1:] != group[:-1]) | (end_m[1:] > reach_m[:-1] + _TOUCHING_M)
    furthest = np.maximum.accumulate(np.where(is_furthest, np.arange(len(rows)), 0))
    after = np.flatnonzero((group[1:] == group[:-1]) & (start_m[1:] > reach_m[:-1] + _TOUCHING_M)) + 1
    return rows[furthest[after - 1]], rows[after]


def street_side_keys(columns: pa.Table) -> Ints:
    """A whole number for every street and side of it, one a row."""
    street = as_array(columns["street_id"]).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    side = pc.index_in(as_array(columns["line_side"]), pa.array(["left", "right"]))
    keys: Ints = street.astype(np.int64) * 3 + side.fill_null(2).to_numpy(zero_copy_only=False).astype(np.int64)
    return keys


def running_end(group: Ints, start_m: Floats, end_m: Floats) -> Floats:
    """How far the intervals up to each row reach within its group; rows sorted by group and start."""
    if len(group) == 0:
        return np.empty(0)
    low_m = start_m.min()
    lift_m = (group - group[0]) * (end_m.max() - low_m + 1.0)
    return np.asarray(np.maximum.accumulate(end_m - low_m + lift_m) - lift_m + low_m)


def covered_m(group: Ints, start_m: Floats, end_m: Floats, count: int) -> Floats:
    """Length of the union of intervals in each group; overlaps count once.

    >>> covered_m(np.array([0, 0, 1]), np.array([0.0, 5.0, 2.0]), np.array([10.0, 12.0, 3.0]), 2).tolist()
    [12.0, 1.0]
    """
    order = np.lexsort((start_m, group))
    group, start_m, end_m = group[order], start_m[order], end_m[order]
    before_m = np.full(len(group), -np.inf)
    if len(group):
        is_next = group[1:] == group[:-1]
        before_m[1:] = np.where(is_next, running_end(group, start_m, end_m)[:-1], -np.inf)
    added_m = np.maximum(end_m - np.maximum(start_m, before_m), 0.0)
    return np.bincount(group, added_m, count).astype(np.float64)
