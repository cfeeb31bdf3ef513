"""Judging a recorded color against allowed and forbidden palettes in Munsell space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.color.notation import munsell_names
from cim_core.townscape.color.palette import ColorTolerance, MunsellColors, Palette, contains, signed_distance
from cim_core.townscape.kinds.base import ColorLookup, Judgement, Limit, Message, source_text
from cim_core.townscape.kinds.parameters import color_tolerance, palette_list, parameter
from cim_core.townscape.texts import as_array
from cim_core.townscape.verdicts import FAIL, HIGH, LOW, MEDIUM, NO_DATA, PASS, REVIEW

Bools = NDArray[np.bool_]
NO_TOLERANCE = ColorTolerance()


COLOR_FORMULA = Message(
    "d = ΔV + ΔC/2 + ΔH·C/15，到允许或禁止色谱界限的孟塞尔距离（以明度级计）",
    "d = ΔV + ΔC/2 + ΔH·C/15, the Munsell distance to the bound of the palettes in value steps",
)


@dataclass(frozen=True, slots=True)
class ColorParameters:
    """Palettes a color must be in, palettes it must not be in (these win), and the tolerance of measuring."""

    allowed: tuple[Palette, ...] = parameter(palette_list, "允许色谱", "Allowed palettes", default=())
    forbidden: tuple[Palette, ...] = parameter(palette_list, "禁止色谱", "Forbidden palettes", default=())
    tolerance: ColorTolerance = parameter(color_tolerance, "色差容许", "Tolerance", default=NO_TOLERANCE)  # noqa: RUF009

    def __post_init__(self) -> None:
        """Refuse a rule without any palette. Raises ValueError."""
        if not (self.allowed or self.forbidden):
            raise ValueError("a color rule needs allowed or forbidden palettes")


def judge_color(columns: pa.Table, column: str, parameters: ColorParameters, lookup: ColorLookup) -> Judgement:
    """Compare colors with the palettes.

    A color fails when it stays outside the allowed palettes grown by the tolerance, or inside the forbidden ones
    shrunk by it. A color read from a photo is only indicative: within the tolerance on either side of a limit it
    is for review. The margin is the signed Munsell distance to the limit (``palette.signed_distance``).
    """
    values, origin = as_array(columns[column]), as_array(columns["color_source"])
    colors = lookup(values)
    is_unknown = ~colors.is_known
    is_photo = np.asarray(pc.fill_null(pc.equal(origin, "photo"), False))
    breaks_surely, breaks_maybe, margin = _compare(colors, parameters)
    verdicts = np.where(breaks_surely, FAIL, np.where(is_photo & breaks_maybe, REVIEW, PASS)).astype(np.uint8)
    verdicts[is_unknown] = NO_DATA
    is_tolerated = (verdicts == PASS) & (margin < 0)
    margin = np.where(is_tolerated, 0.0, margin)
    confidence = pc.index_in(origin, pa.array(["card", "design", "photo"])).fill_null(3).to_numpy(zero_copy_only=False)
    confidence = np.array([HIGH, MEDIUM, MEDIUM, LOW], np.uint8)[confidence]
    confidence[is_unknown] = LOW
    text = munsell_names(colors)
    return Judgement(
        verdicts=verdicts,
        measured_value=np.full(len(values), np.nan),
        measured_text=text,
        measured_zh=text,
        measured_en=text,
        margin=margin,
        source=source_text("color_source", origin),
        confidence=confidence,
        limit=_limit(parameters),
        notes=(
            (is_tolerated, "在色差容许范围之内。", "Within the color tolerance."),
            (
                is_unknown & ~np.asarray(pc.is_null(values)),
                "记录的颜色不是 #rrggbb，无法识读。",
                "The recorded color is not #rrggbb and cannot be read.",
            ),
        ),
    )


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
        REVIEW: Message(
            f"{zh} {{measured}} 取自照片，接近控制界限，须以色卡复核（{{limit}}）。",
            f"{en} {{measured}} comes from a photo and is close to the limit; check with a color card ({{limit}}).",
        ),
        NO_DATA: Message(f"缺少{zh}，未能判定（{{limit}}）。", f"{en} is not recorded; not judged ({{limit}})."),
    }


def _compare(colors: MunsellColors, parameters: ColorParameters) -> tuple[Bools, Bools, NDArray[np.float64]]:
    """Whether a color breaks the rule beyond the tolerance, whether it might within it, and the margin."""
    surely = np.zeros(colors.value.shape, bool)
    maybe = np.zeros(colors.value.shape, bool)
    margin = np.full(colors.value.shape, np.inf)
    if parameters.allowed:
        surely |= ~contains(parameters.allowed, colors, parameters.tolerance, +1)
        maybe |= ~contains(parameters.allowed, colors, parameters.tolerance, -1)
        margin = np.fmin(margin, -signed_distance(parameters.allowed, colors))
    if parameters.forbidden:
        surely |= contains(parameters.forbidden, colors, parameters.tolerance, -1)
        maybe |= contains(parameters.forbidden, colors, parameters.tolerance, +1)
        margin = np.fmin(margin, signed_distance(parameters.forbidden, colors))
    return surely, maybe, np.where(colors.is_known & np.isfinite(margin), margin, np.nan)


def _limit(parameters: ColorParameters) -> Limit:
    lists = [("允许", "allowed", parameters.allowed), ("禁止", "forbidden", parameters.forbidden)]
    ranges = {p.id: ", ".join(r.describe() for r in p.ranges) for _, _, items in lists for p in items}
    zh = "；".join(f"{head}：{'、'.join(f'{p.zh} {ranges[p.id]}' for p in items)}" for head, _, items in lists if items)
    en = "; ".join(f"{head}: {', '.join(f'{p.en} {ranges[p.id]}' for p in items)}" for _, head, items in lists if items)
    text = "; ".join(f"{head}: {' | '.join(p.describe() for p in items)}" for _, head, items in lists if items)
    return Limit(zh, en, text)
