"""``view-corridor`` 视线通廊: how far a building rises above the line of sight from a viewpoint to its target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim_core.analysis.corridors import limit_at
from cim_core.townscape.kinds.base import Bools, Floats, Ints, Message, Scope
from cim_core.townscape.kinds.numbers import Bound, Measured, height_confidence, number_kind
from cim_core.townscape.kinds.parameters import names, number, parameter
from cim_core.townscape.places import shapes
from cim_core.townscape.texts import as_array, as_floats, fill_template, format_numbers

#: Which corridors a rule judges; none named: all.
CORRIDORS = ("corridors", tuple[str, ...], parameter(names, "视廊", "Corridors", default=()))
EYE_HEIGHT = ("eye_height_m", float, parameter(number(0.0), "视点眼高", "Eye above the viewpoint", "m"))


def measure_intrusion(columns: pa.Table, parameters: Any) -> Measured:  # noqa: ANN401
    """Top of the building − line of sight, metres, at the end of its part inside where that line is lower."""
    eye_m = as_floats(columns["viewpoint_ground_m"]) + parameters.eye_height_m
    low_m, length_m = as_floats(columns["target_low_m"]), as_floats(columns["length_m"])
    near_m, far_m = (np.clip(as_floats(columns[end]), 0.0, length_m) for end in ("near_m", "far_m"))
    at_m = np.where(low_m >= eye_m, near_m, far_m)
    limit_m = limit_at(at_m, length_m, eye_m, low_m)
    top_m = as_floats(columns["base_m"]) + as_floats(columns["height_m"])
    in_zh, in_en = corridor_names(columns)
    words = {
        "zh": in_zh,
        "en": in_en,
        "at": format_numbers(at_m, 0),
        "limit": format_numbers(limit_m, 1),
    }
    count = columns.num_rows
    return Measured(
        top_m - limit_m,
        "base_m + height_m − line of sight",
        confidence=height_confidence(columns),
        where_zh=fill_template("（{zh}，距视点 {at} m 处视线标高 {limit} m）", words, count),
        where_en=fill_template(" ({en}: line of sight at {limit} m, {at} m from the viewpoint)", words, count),
        applies=in_corridors(columns, parameters),
        evidence=lambda rows: _show(columns, rows, limit_m, eye_m),
    )


def corridor_names(columns: pa.Table) -> tuple[pa.Array, pa.Array]:
    """The names of the corridors in both languages, their ids where they have none."""
    zh, en = (pc.coalesce(as_array(columns[n]), as_array(columns["corridor_id"])) for n in ("name_zh", "name_en"))
    return zh, en


def in_corridors(columns: pa.Table, parameters: Any) -> Bools:  # noqa: ANN401
    """Whether a row is of a corridor the rule names."""
    named = pc.is_in(as_array(columns["corridor_id"]), pa.array(parameters.corridors, pa.string()))
    return np.asarray(named, bool) | (not parameters.corridors)


def _show(columns: pa.Table, rows: Ints, limit_m: Floats, eye_m: Floats) -> np.ndarray:
    """The part of the footprint at the height of the line of sight, and that line from eye to target."""
    chosen = pa.array(rows)
    inside = shapes(as_array(columns["inside"]).take(chosen))
    line = shapes(as_array(columns["corridor_line"]).take(chosen))
    low_m = as_floats(as_array(columns["target_low_m"]).take(chosen))
    ends = [shapely.get_coordinates(shapely.get_point(line, end)) for end in (0, -1)]
    heights = (eye_m[rows], low_m)
    sight = shapely.linestrings(
        np.stack([np.column_stack([xy, z]) for xy, z in zip(ends, heights, strict=True)], axis=1)
    )
    lid = shapely.force_3d(inside, limit_m[rows])
    both = np.stack([lid, sight], axis=1).reshape(-1)
    return np.asarray(shapely.geometrycollections(both, indices=np.repeat(np.arange(len(rows)), 2)), object)


KIND = number_kind(
    id="view-corridor",
    zh="视线通廊侵入",
    en="Intrusion into a view corridor",
    unit="m",
    attributes=("base_m", "height_m", "height_source"),
    measure=measure_intrusion,
    formula=Message(
        "建筑顶标高 − 视线标高 z(d)；z(d) = z₀ + (z₁ − z₀)·d/D，z₀ 视点眼高标高，z₁ 目标可见下沿标高",
        "top of the building − z(d); z(d) = z₀ + (z₁ − z₀)·d/D from the eye z₀ to the lowest part of the target z₁",
    ),
    high=Bound("max_intrusion_m", "最大侵入", "Greatest intrusion", is_required=True, least=None),
    more=(EYE_HEIGHT, CORRIDORS),
    scope=Scope.VIEW_CORRIDOR,
    missing="base_m or height_m",
)
