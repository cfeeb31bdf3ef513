"""Judging a recorded color against allowed and forbidden palettes in Munsell space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.color.notation import munsell_names
from cim_core.townscape.color.palette import ColorTolerance, MunsellColors, Palette, contains, signed_distance
from cim_core.townscape.kinds.base import ColorLookup, Judgement, Limit, Message, Note, source_text
from cim_core.townscape.kinds.parameters import Palettes, color_tolerance, palette_list, parameter
from cim_core.townscape.texts import as_array
from cim_core.townscape.verdicts import FAIL, HIGH, LOW, MEDIUM, NO_DATA, PASS, REVIEW
from cim_core.townscape.yaml_nodes import Node

Bools = NDArray[np.bool_]
NO_TOLERANCE = ColorTolerance()


COLOR_FORMULA = Message(
    "d = ΔV + ΔC/2 + ΔH·C/15，到允许或禁止色谱界限的孟塞尔距离（以明度级计）",
    "d = ΔV + ΔC/2 + ΔH·C/15, the Munsell distance to the bound of the palettes in value steps",
)


#: Where a color may come from; the last stands for no recorded origin.
SOURCES = ("card", "design", "photo", "unknown")
#: Origins that hint and prove nothing.
INDICATIVE = frozenset({"photo", "unknown"})
#: How far each of them is trusted.
SOURCE_CONFIDENCE = np.array([HIGH, MEDIUM, MEDIUM, LOW], np.uint8)
#: What a photo without a color card is taken to err by where a rule does not say: about 5 CIEDE2000.
PHOTO_ERROR = ColorTolerance(hue_steps=2.5, value=0.5, chroma=1.0)
_WHY = {
    "photo": ("颜色取自照片", "The color comes from a photo"),
    "unknown": ("颜色来源不明", "The origin of the color is not known"),
}


@dataclass(frozen=True, slots=True)
class SourceTolerances:
    """The tolerance of colors of each origin; None: not stated. ``unknown`` not stated is that of ``photo``."""

    card: ColorTolerance | None = None
    design: ColorTolerance | None = None
    photo: ColorTolerance | None = None
    unknown: ColorTolerance | None = None

    def of(self, source: str, general: ColorTolerance) -> tuple[ColorTolerance, ColorTolerance]:
        """By how much a color must break a limit to fail, and how near it within the limit it is in doubt."""
        stated: ColorTolerance | None = getattr(self, source)
        if stated is None and source == "unknown":
            stated = self.photo
        if stated is not None:
            return stated, stated
        return (general.at_least(PHOTO_ERROR) if source in INDICATIVE else general), general


NO_SOURCE_TOLERANCES = SourceTolerances()


def source_tolerances(node: Node, palettes: Palettes) -> SourceTolerances:
    """A mapping of origins to tolerances."""
    found = node.fields(optional=SOURCES)
    return SourceTolerances(**{name: color_tolerance(child, palettes) for name, child in found.items()})


@dataclass(frozen=True, slots=True)
class ColorParameters:
    """Palettes a color must be in, palettes it must not be in (these win), and the tolerances of measuring."""

    allowed: tuple[Palette, ...] = parameter(palette_list, "允许色谱", "Allowed palettes", default=())
    forbidden: tuple[Palette, ...] = parameter(palette_list, "禁止色谱", "Forbidden palettes", default=())
    tolerance: ColorTolerance = parameter(color_tolerance, "色差容许", "Tolerance", default=NO_TOLERANCE)  # noqa: RUF009
    tolerance_by_source: SourceTolerances | None = parameter(  # noqa: RUF009
        source_tolerances, "按来源的色差容许", "Tolerance by origin", default=None
    )

    def __post_init__(self) -> None:
        """Refuse a rule without any palette. Raises ValueError."""
        if not (self.allowed or self.forbidden):
            raise ValueError("a color rule needs allowed or forbidden palettes")


def color_sources(columns: pa.Table) -> NDArray[np.int64]:
    """Where the colors of each row come from, as indexes of ``SOURCES``."""
    found = pc.index_in(as_array(columns["color_source"]), pa.array(SOURCES)).fill_null(len(SOURCES) - 1)
    return np.asarray(found, np.int64)


def is_hint(source: NDArray[np.int64]) -> Bools:
    """Which of the ``color_sources`` hint and prove nothing."""
    return np.isin(source, [SOURCES.index(name) for name in INDICATIVE])


def judge_color(columns: pa.Table, column: str, parameters: ColorParameters, lookup: ColorLookup) -> Judgement:
    """Compare colors with the palettes.

    A color fails when it stays outside the allowed palettes grown by the tolerance of its origin, or inside the
    forbidden ones shrunk by it. A color from a photo or of unknown origin is only indicative: it is for review where it
    breaks a limit by no more than that, and within the stated tolerance on the other side. The margin is the signed
    Munsell distance to the limit (``palette.signed_distance``).
    """
    values = as_array(columns[column])
    source = color_sources(columns)
    colors = lookup(values)
    is_unknown = ~colors.is_known
    is_indicative = is_hint(source) & ~is_unknown
    breaks_surely, breaks_maybe = _compare(colors, parameters, source)
    margin = _margin(colors, parameters)
    verdicts = np.where(breaks_surely, FAIL, np.where(is_indicative & breaks_maybe, REVIEW, PASS)).astype(np.uint8)
    verdicts[is_unknown] = NO_DATA
    is_tolerated = (verdicts == PASS) & (margin < 0)
    margin = np.where(is_tolerated, 0.0, margin)
    confidence = SOURCE_CONFIDENCE[source]
    confidence[is_unknown] = LOW
    text = munsell_names(colors)
    return Judgement(
        verdicts=verdicts,
        measured_value=np.full(len(values), np.nan),
        measured_text=text,
        measured_zh=text,
        measured_en=text,
        margin=margin,
        source=source_text("color_source", as_array(columns["color_source"])),
        confidence=confidence,
        limit=_limit(parameters),
        is_indicative=is_indicative,
        notes=(
            (is_tolerated, "在色差容许范围之内。", "Within the color tolerance."),
            *indicative_notes(source, verdicts),
            (
                is_unknown & ~np.asarray(pc.is_null(values)),
                "记录的颜色不是 #rrggbb，无法识读。",
                "The recorded color is not #rrggbb and cannot be read.",
            ),
        ),
    )


def indicative_notes(source: NDArray[np.int64], verdicts: NDArray[np.uint8]) -> tuple[Note, ...]:
    """Why a finding from a photo or of unknown origin is no proof."""
    notes: list[Note] = []
    for name, (zh, en) in _WHY.items():
        is_it = source == SOURCES.index(name)
        is_open = is_it & (verdicts == REVIEW)
        notes.append(
            (is_open, f"{zh}，接近控制界限，须以色卡复核。", f"{en} and is close to the limit; use a color card.")
        )
        is_judged = is_it & ((verdicts == PASS) | (verdicts == FAIL))
        notes.append((is_judged, f"{zh}，结果仅供参考。", f"{en}; the result is indicative."))
    return tuple(notes)


def color_messages(zh: str, en: str) -> dict[int, Message]:
    """The four sentences of a color kind; ``zh`` and ``en`` name the attribute."""
    return {
        PASS: Message(
            f"{zh} {{measured}}，符合色彩控制（{{limit}}）。", f"{en} {{measured}} is permitted ({{limit}})."
        ),
        FAIL: Message(
            f"{zh} {{measured}}，不符合色彩控制（{{limit}}），相差 {{excess}} 级。",
            f"{en} {{measured}} is {{excess}} steps out of what is permitted ({{limit}}).",
        ),
        REVIEW: Message(f"{zh} {{measured}}，须复核（{{limit}}）。", f"{en} {{measured}} needs a review ({{limit}})."),
        NO_DATA: Message(f"缺少{zh}，未能判定（{{limit}}）。", f"{en} is not recorded; not judged ({{limit}})."),
    }


def _compare(colors: MunsellColors, parameters: ColorParameters, source: NDArray[np.int64]) -> tuple[Bools, Bools]:
    """Whether a color breaks the rule by more than its origin may err, and whether it might break it at all."""
    surely = np.zeros(colors.value.shape, bool)
    maybe = np.zeros(colors.value.shape, bool)
    pairs = [
        (parameters.tolerance_by_source or NO_SOURCE_TOLERANCES).of(name, parameters.tolerance) for name in SOURCES
    ]
    for outer, inner in dict.fromkeys(pairs):
        rows = np.flatnonzero(np.isin(source, [i for i, pair in enumerate(pairs) if pair == (outer, inner)]))
        if len(rows) == 0:
            continue
        some = colors if len(rows) == len(source) else colors.take(rows)
        if parameters.allowed:
            surely[rows] |= ~contains(parameters.allowed, some, outer, +1)
            maybe[rows] |= ~contains(parameters.allowed, some, inner, -1)
        if parameters.forbidden:
            surely[rows] |= contains(parameters.forbidden, some, outer, -1)
            maybe[rows] |= contains(parameters.forbidden, some, inner, +1)
    return surely, maybe


def _margin(colors: MunsellColors, parameters: ColorParameters) -> NDArray[np.float64]:
    margin = np.full(colors.value.shape, np.inf)
    if parameters.allowed:
        margin = np.fmin(margin, -signed_distance(parameters.allowed, colors))
    if parameters.forbidden:
        margin = np.fmin(margin, signed_distance(parameters.forbidden, colors))
    return np.where(colors.is_known & np.isfinite(margin), margin, np.nan)


def _limit(parameters: ColorParameters) -> Limit:
    lists = [("允许", "allowed", parameters.allowed), ("禁止", "forbidden", parameters.forbidden)]
    ranges = {p.id: ", ".join(r.describe() for r in p.ranges) for _, _, items in lists for p in items}
    zh = "；".join(f"{head}：{'、'.join(f'{p.zh} {ranges[p.id]}' for p in items)}" for head, _, items in lists if items)
    en = "; ".join(f"{head}: {', '.join(f'{p.en} {ranges[p.id]}' for p in items)}" for _, head, items in lists if items)
    text = "; ".join(f"{head}: {' | '.join(p.describe() for p in items)}" for _, head, items in lists if items)
    return Limit(zh, en, text)
