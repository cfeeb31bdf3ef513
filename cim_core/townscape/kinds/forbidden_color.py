"""``forbidden-color`` 禁用色: no recorded color of a building may lie in a forbidden palette."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.color.palette import ColorTolerance, Palette
from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement, Note
from cim_core.townscape.kinds.colored import (
    COLOR_FORMULA,
    NO_TOLERANCE,
    ColorParameters,
    SourceTolerances,
    color_messages,
    judge_color,
    source_tolerances,
)
from cim_core.townscape.kinds.parameters import Palettes, color_tolerance, palette_list, parameter
from cim_core.townscape.texts import as_array
from cim_core.townscape.verdicts import FAIL, NO_DATA, PASS, REVIEW
from cim_core.townscape.yaml_nodes import Node

PARTS = {
    "main": ("facade_main_color", "主色", "main"),
    "secondary": ("facade_secondary_color", "辅色", "secondary"),
    "accent": ("facade_accent_color", "点缀色", "accent"),
    "roof": ("roof_color", "屋面", "roof"),
}


def part_list(node: Node, _: Palettes) -> tuple[str, ...]:
    """A list of parts of the building: main, secondary, accent, roof."""
    return tuple(child.choice(PARTS) for child in node.sequence())


@dataclass(frozen=True, slots=True)
class ForbiddenColorParameters:
    """Palettes nothing may be in, the parts looked at, and those whose color must be recorded for a pass."""

    forbidden: tuple[Palette, ...] = parameter(palette_list, "禁止色谱", "Forbidden palettes")
    parts: tuple[str, ...] = parameter(part_list, "检查部位", "Parts", default=("main", "secondary", "accent"))
    required: tuple[str, ...] = parameter(part_list, "必须有记录的部位", "Must be recorded", default=("main",))
    tolerance: ColorTolerance = parameter(color_tolerance, "色差容许", "Tolerance", default=NO_TOLERANCE)  # noqa: RUF009
    tolerance_by_source: SourceTolerances | None = parameter(  # noqa: RUF009
        source_tolerances, "按来源的色差容许", "Tolerance by origin", default=None
    )

    def __post_init__(self) -> None:
        """Refuse a rule that looks at nothing. Raises ValueError."""
        if not self.forbidden or not self.parts:
            raise ValueError("a forbidden-color rule needs forbidden palettes and parts")
        if not set(self.required) <= set(self.parts):
            raise ValueError("required names a part that parts leaves out")


def judge_forbidden_color(columns: pa.Table, parameters: ForbiddenColorParameters, colors: ColorLookup) -> Judgement:
    """Report the worst part of each building.

    One forbidden part is enough to fail. Else a part that is for review, then a required part without a color or any
    part whose text cannot be read (no data). A part that is not required may be unrecorded: a building of one color
    has no accent.
    """
    inner = ColorParameters(
        forbidden=parameters.forbidden,
        tolerance=parameters.tolerance,
        tolerance_by_source=parameters.tolerance_by_source,
    )
    judged = [judge_color(columns, PARTS[part][0], inner, colors) for part in parameters.parts]
    rank = np.stack([_rank(j, columns, part, parameters) for j, part in zip(judged, parameters.parts, strict=True)])
    worst = np.argmax(rank, axis=0)
    rows = np.arange(columns.num_rows)
    verdicts = np.stack([j.verdicts for j in judged])[worst, rows]
    at = pa.array(worst * columns.num_rows + rows)
    zh = pa.concat_arrays([_named(j.measured_text, PARTS[p][1]) for j, p in zip(judged, parameters.parts, strict=True)])
    en = pa.concat_arrays([_named(j.measured_text, PARTS[p][2]) for j, p in zip(judged, parameters.parts, strict=True)])
    text = pa.concat_arrays([as_array(j.measured_text) for j in judged])
    names = pa.concat_arrays([as_array(j.source) for j in judged])
    return Judgement(
        verdicts=verdicts,
        measured_value=judged[0].measured_value,
        measured_text=text.take(at),
        measured_zh=zh.take(at),
        measured_en=en.take(at),
        margin=np.stack([j.margin for j in judged])[worst, rows],
        source=names.take(at),
        confidence=np.stack([j.confidence for j in judged])[worst, rows],
        limit=judged[0].limit,
        is_indicative=np.stack([np.asarray(j.is_indicative, bool) for j in judged])[worst, rows],
        notes=(*_indicative_notes(judged, worst), *_notes(columns, parameters, verdicts)),
    )


def _rank(judged: Judgement, columns: pa.Table, part: str, parameters: ForbiddenColorParameters) -> NDArray[np.float64]:
    """How much a part decides: forbidden, review, not known, permitted with little room … ; an absent part least."""
    is_recorded = np.asarray(pc.is_valid(as_array(columns[PARTS[part][0]])), bool)
    is_needed = is_recorded | (part in parameters.required)
    rank = np.select(
        [judged.verdicts == FAIL, judged.verdicts == REVIEW, (judged.verdicts == NO_DATA) & is_needed],
        [4e6, 3e6, 2e6],
        1e6,
    )
    rank -= np.where(judged.verdicts == NO_DATA, 0.0, np.nan_to_num(judged.margin))
    rank[(judged.verdicts == NO_DATA) & ~is_needed] = 0.0
    return rank


def _named(text: pa.Array, part: str) -> pa.Array:
    return pc.binary_join_element_wise(part, as_array(text), " ")


def _indicative_notes(judged: list[Judgement], worst: NDArray[np.int64]) -> tuple[Note, ...]:
    """What the part reported says of its origin; the first and the last note of a color are about other things."""
    return tuple(
        (holds & (worst == part), zh, en) for part, one in enumerate(judged) for holds, zh, en in one.notes[1:-1]
    )


def _notes(
    columns: pa.Table, parameters: ForbiddenColorParameters, verdicts: NDArray[np.uint8]
) -> tuple[tuple[NDArray[np.bool_], str, str], ...]:
    optional = [part for part in parameters.parts if part not in parameters.required]
    return tuple(
        (
            (verdicts == PASS) & np.asarray(pc.is_null(as_array(columns[PARTS[part][0]])), bool),
            f"{PARTS[part][1]}无记录。",
            f"No {PARTS[part][2]} color is recorded.",
        )
        for part in optional
    )


KIND = ControlKind(
    id="forbidden-color",
    zh="禁用色",
    en="Forbidden color",
    unit="steps",
    attributes=("facade_main_color", "facade_secondary_color", "facade_accent_color", "roof_color", "color_source"),
    parameters=ForbiddenColorParameters,
    judge=judge_forbidden_color,
    formula=COLOR_FORMULA,
    messages=color_messages("色彩", "Color"),
)
