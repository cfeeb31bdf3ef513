"""What a kind of control is: an id, labels, the columns it reads, its parameters and one vectorised judgement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.townscape.color.palette import MunsellColors
from cim_core.townscape.verdicts import FAIL, HIGH, NO_DATA, PASS, REVIEW

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Scope(StrEnum):
    """What one finding of a kind is about.

    ``BUILDING``: a building. ``FRONTAGE``: one front of a building on one side of a street. ``STREET_SIDE``: a stretch
    of a street side, reported on every front that stands in it. ``AREA``: all buildings of a zone (or the town) the
    rule reaches, reported on each of them.
    """

    BUILDING = "building"
    FRONTAGE = "frontage"
    STREET_SIDE = "street_side"
    AREA = "area"


class ColorLookup(Protocol):
    """Gives the Munsell color of ``#rrggbb`` texts; unreadable or missing ones are unknown."""

    def __call__(self, hex_colors: pa.Array) -> MunsellColors:
        """Munsell colors, one a row."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What the rule asks, as numbers where it is a number and as text always. ``zh``/``en`` go into messages."""

    zh: str
    en: str
    text: str
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class RowLimit:
    """A limit that differs from row to row. ``min``, ``max``: NaN where there is none."""

    zh: pa.Array
    en: pa.Array
    text: pa.Array
    min: Floats
    max: Floats

    def take(self, rows: Ints) -> RowLimit:
        """The limits of some rows."""
        chosen = pa.array(rows)
        return RowLimit(
            self.zh.take(chosen), self.en.take(chosen), self.text.take(chosen), self.min[rows], self.max[rows]
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule applied to n buildings, as columns.

    ``verdicts``: codes of ``verdicts.VERDICT_ORDER`` (never exempt here). ``measured_value``, ``margin``: NaN where
    there is none. ``measured_zh``, ``measured_en``: the measured thing for messages; ``measured_text`` for tables.
    ``notes``: further sentences as (rows, zh, en), added to the message where rows is True. ``applies``: the rows the
    rule has something to say about (None: all).
    """

    verdicts: Codes
    measured_value: Floats
    measured_text: pa.Array
    measured_zh: pa.Array
    measured_en: pa.Array
    margin: Floats
    source: pa.Array
    confidence: Codes
    limit: Limit | RowLimit
    notes: tuple[tuple[NDArray[np.bool_], str, str], ...] = ()
    applies: Bools | None = None

    def take(self, rows: Ints) -> Judgement:
        """The judgement of some rows."""
        chosen = pa.array(rows)
        return Judgement(
            verdicts=self.verdicts[rows],
            measured_value=self.measured_value[rows],
            measured_text=self.measured_text.take(chosen),
            measured_zh=self.measured_zh.take(chosen),
            measured_en=self.measured_en.take(chosen),
            margin=self.margin[rows],
            source=self.source.take(chosen),
            confidence=self.confidence[rows],
            limit=self.limit.take(rows) if isinstance(self.limit, RowLimit) else self.limit,
            notes=tuple((holds[rows], zh, en) for holds, zh, en in self.notes),
            applies=None if self.applies is None else self.applies[rows],
        )


@dataclass(frozen=True, slots=True)
class Message:
    """The sentence for one verdict, with ``{measured}``, ``{limit}`` and ``{excess}`` to fill in."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ControlKind:
    """One kind of townscape control.

    ``attributes`` are the building columns it reads; ``parameters`` the dataclass a rule of this kind carries;
    ``judge(columns, parameters, colors)`` answers for every row of a table with those columns. The rows of the two
    street scopes are frontages and have ``applicability.FRONTAGE_COLUMNS`` too; for a street side they are all
    frontages of the town, those the rule is about marked by ``is_reached``. For an area they are the reached buildings
    with ``applicability.AREA_COLUMNS``. ``formula`` says what is
    computed. ``missing`` names what a finding without data lacks (by default the first attribute).
    """

    id: str
    zh: str
    en: str
    unit: str
    attributes: tuple[str, ...]
    parameters: type[Any]
    judge: Callable[[pa.Table, Any, ColorLookup], Judgement]
    messages: Mapping[int, Message]
    formula: Message
    scope: Scope = Scope.BUILDING
    missing: str = ""


def numeric_verdicts(value: Floats, low: float | None, high: float | None, tolerance: float) -> tuple[Codes, Floats]:
    """Verdicts and margins of numbers against a range.

    The margin is the room to the nearer stated limit, negative by as much as it is broken; a value that breaks the
    limit by no more than the tolerance passes with margin 0. NaN gives no data.
    """
    room = np.fmin(
        np.inf if high is None else high - value,
        np.inf if low is None else value - low,
    )
    room = np.where(np.isnan(value), np.nan, room)
    holds = room >= -tolerance - 1e-9
    verdicts = np.where(np.isnan(value), NO_DATA, np.where(holds, PASS, FAIL)).astype(np.uint8)
    return verdicts, np.where(holds, np.maximum(room, 0.0), room)


def range_text(low: float | None, high: float | None, unit: str) -> str:
    """``≤ 12 m``, ``≥ 3 m`` or ``3–12 m``."""
    suffix = f" {unit}" if unit else ""
    if low is None:
        return f"≤ {high:g}{suffix}"
    return f"≥ {low:g}{suffix}" if high is None else f"{low:g}–{high:g}{suffix}"


def source_text(column: str, origin: pa.Array | str) -> pa.Array:
    """``"height_m: field"`` from a column name and where its value came from (null: unknown)."""
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(column, origin, ": ", null_handling="replace", null_replacement="unknown")


def all_confident(length: int) -> Codes:
    """High confidence on every row."""
    return np.full(length, HIGH, np.uint8)


__all__ = [
    "FAIL",
    "NO_DATA",
    "PASS",
    "REVIEW",
    "ColorLookup",
    "ControlKind",
    "Judgement",
    "Limit",
    "Message",
    "RowLimit",
    "Scope",
    "all_confident",
    "numeric_verdicts",
    "range_text",
    "source_text",
]
