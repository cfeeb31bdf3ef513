"""``setback`` 建筑退线: how far a front stands behind the edge of the right of way, by road class and height."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim_core.townscape.kinds.base import Evidence, Floats, Ints, Message
from cim_core.townscape.kinds.stepped import StepParameters, stepped_kind
from cim_core.townscape.kinds.stretch import show_fronts
from cim_core.townscape.places import shapes
from cim_core.townscape.texts import as_array, as_floats
from cim_core.townscape.verdicts import FAIL, NO_DATA, PASS


def show_setback(columns: pa.Table, limit_m: Floats) -> Evidence:
    """The part of the facade in front of the line it must stay behind; the whole facade where there is no such part."""
    lines, width_m = as_array(columns["street_line"]), as_floats(columns["street_width_m"])
    whole = show_fronts(columns)

    def show(rows: Ints) -> np.ndarray:
        facade = whole(rows)
        before = shapely.intersection(facade, _bands(lines.take(pa.array(rows)), width_m[rows] / 2.0 + limit_m[rows]))
        is_shown = ~shapely.is_missing(before) & ~shapely.is_empty(before)
        return np.where(is_shown, before, facade)

    return show


def _bands(lines: pa.Array, distance_m: Floats) -> np.ndarray:
    """Each line widened by its distance to both sides; a street is widened once for all its fronts."""
    streets = lines.dictionary_encode(null_encoding="encode")
    distances = pa.array(distance_m).dictionary_encode()
    count = max(len(distances.dictionary), 1)
    pairs = streets.indices.to_numpy().astype(np.int64) * count + distances.indices.to_numpy()
    each, row = np.unique(pairs, return_inverse=True)
    widths_m = distances.dictionary.to_numpy()
    return np.asarray(shapely.buffer(shapes(streets.dictionary)[each // count], widths_m[each % count])[row], object)


_KIND = stepped_kind(
    id="setback",
    zh="建筑退线",
    en="Setback",
    column="setback_m",
    is_minimum=True,
    formula=Message(
        "沿街立面到道路红线的最小距离 ≥ limit_m",
        "least distance from the facade to the edge of the right of way ≥ limit_m",
    ),
    show=show_setback,
)


def belt_m(parameters: StepParameters, classes: pa.Array) -> Floats:
    """The largest limit that may hold on streets of each class (null: of any class); NaN where none does."""
    limit_m = np.full(len(classes), np.nan)
    for step in parameters.limits:
        fits = pc.or_(pc.is_null(classes), pc.fill_null(pc.is_in(classes, pa.array(step.classes, pa.string())), False))
        holds = np.asarray(fits, bool) | (not step.classes)
        limit_m[holds] = np.fmax(limit_m[holds], step.limit_m)
    return limit_m


KIND = replace(
    _KIND,
    belt_m=belt_m,
    messages={
        PASS: Message(
            "沿街立面退道路红线 {measured}，符合控制要求（{limit}）。",
            "The front stands {measured} behind the right of way, as required ({limit}).",
        ),
        FAIL: Message(
            "沿街立面退道路红线 {measured}，不符合控制要求（{limit}），相差 {excess}。",
            "The front stands {measured} behind the right of way, {excess} short of {limit}.",
        ),
        NO_DATA: Message("退线未能判定（{limit}）。", "The setback is not judged against {limit}."),
    },
)
