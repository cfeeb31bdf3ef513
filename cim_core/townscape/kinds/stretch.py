"""Judging one figure of a street-side stretch, reported on every front that stands in it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim_core.townscape.kinds.base import Bools, Evidence, Floats, Ints, Judgement, Message
from cim_core.townscape.kinds.numbers import Measured, judge_measured, number_messages
from cim_core.townscape.places import shapes
from cim_core.townscape.sides import Stretches, find_gaps
from cim_core.townscape.texts import as_array
from cim_core.townscape.verdicts import MEDIUM


def judge_stretches(
    columns: pa.Table,
    stretches: Stretches,
    values: tuple[Floats, Floats, Floats],
    limits: tuple[float | None, float | None],
    tolerance: float,
    unit: str,
    source: str,
    show: Evidence | None = None,
) -> Judgement:
    """Compare a figure of every stretch with (least, greatest) and give each front the answer of its stretch.

    ``values``: the figure from what is known, and the least and greatest it could be with what is not. NaN: no figure.
    Confidence is medium: the figure rests on derived fronts. ``show`` gives the shape of stretches, by default all
    their fronts. A front in no stretch has no data.
    """
    # One stretch more than there are stands for the rows that are in none.
    known, least, greatest = (np.append(v, np.nan) for v in values)
    zh, en = stretches.names(columns)
    measured = Measured(
        known,
        source,
        least=least,
        greatest=greatest,
        confidence=np.full(len(known), MEDIUM, np.uint8),
        where_zh=pc.binary_join_element_wise("，", zh, ""),
        where_en=pc.binary_join_element_wise(" on the ", en, ""),
    )
    judged = judge_measured(measured, *limits, tolerance=tolerance, unit=unit, decimals=1 if unit == "%" else 2)
    judged = replace(judged, evidence=show or show_stretches(columns, stretches))
    of_row = np.where(stretches.of_row < 0, len(stretches.from_m), stretches.of_row)
    return judged.take(of_row)


def show_fronts(columns: pa.Table) -> Evidence:
    """The facade of a frontage."""
    facades = as_array(columns["facade"])
    return lambda rows: shapes(facades.take(pa.array(rows)))


def show_stretches(columns: pa.Table, stretches: Stretches, chosen: Bools | None = None) -> Evidence:
    """The facades of all fronts of a stretch, or of those that ``chosen`` marks, as one shape."""
    facades = as_array(columns["facade"])
    is_shown = stretches.of_row >= 0 if chosen is None else chosen & (stretches.of_row >= 0)
    rows = np.flatnonzero(is_shown)
    return _show_parts(stretches.of_row[rows], lambda parts: shapes(facades.take(pa.array(rows[parts]))))


def show_gaps(columns: pa.Table, stretches: Stretches) -> Evidence:
    """A line across every gap of a stretch, from one facade to the next; of a stretch without gaps its facades."""
    facades = as_array(columns["facade"])
    walls = show_stretches(columns, stretches)

    @cache
    def gaps() -> Evidence:
        ends = find_gaps(columns, stretches)

        def cross(parts: Ints) -> np.ndarray:
            before, after = (shapes(facades.take(pa.array(end[parts]))) for end in ends)
            return np.asarray(shapely.shortest_line(before, after), object)

        return _show_parts(stretches.of_row[ends[1]], cross)

    def show(wanted: Ints) -> np.ndarray:
        shown = gaps()(wanted)
        is_closed = shapely.is_missing(shown)
        shown[is_closed] = walls(wanted[is_closed])
        return shown

    return show


def _show_parts(of_part: Ints, read: Evidence) -> Evidence:
    """One shape a stretch of its parts; ``of_part``: the stretch of each, ``read``: the shapes of some."""

    def show(wanted: Ints) -> np.ndarray:
        distinct, back = np.unique(wanted, return_inverse=True)
        rows = np.flatnonzero(np.isin(of_part, distinct))
        rows = rows[np.argsort(of_part[rows], kind="stable")]
        parts = read(rows)
        rows, parts = rows[~shapely.is_missing(parts)], parts[~shapely.is_missing(parts)]
        whole = np.full(len(distinct), None, object)
        shapely.geometrycollections(parts, indices=np.searchsorted(distinct, of_part[rows]), out=whole)
        is_line = ~shapely.is_missing(whole)
        whole[is_line] = shapely.union_all(whole[is_line, None], axis=1)
        return whole[back]

    return show


def exact(values: Floats) -> tuple[Floats, Floats, Floats]:
    """A figure nothing is missing of."""
    return values, values, values


def stretch_messages(zh: str, en: str, excess: tuple[str, str] = ("", "")) -> dict[int, Message]:
    """The three sentences of a street-side kind; ``excess`` is the unit of the difference."""
    return number_messages(f"所在街段{zh}", f"{en} of the stretch", excess)
