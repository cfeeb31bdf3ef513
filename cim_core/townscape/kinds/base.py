"""What a kind of control is: an id, labels, the columns it reads, its parameters and one vectorised judgement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.townscape.color.palette import MunsellColors
from cim_core.townscape.texts import MOST_DECIMALS, format_numbers
from cim_core.townscape.verdicts import FAIL, HIGH, NO_DATA, PASS, REVIEW

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
#: Rows, and the sentence in Chinese and English they get.
Note = tuple[Bools, str, str]
#: Shapes in the work CRS (z, where there is one, in metres above the height datum) for row numbers.
Evidence = Callable[[Ints], NDArray[np.object_]]


class Scope(StrEnum):
    """What one finding of a kind is about.

    ``BUILDING``: a building. ``FRONTAGE``: one front of a building on one side of a street. ``STREET_SIDE``: a stretch
    of a street side, reported on every front that stands in it. ``AREA``: all buildings of a zone (or the town) the
    rule reaches, reported on each of them. ``VIEW_CORRIDOR``: a building in a view corridor, once for each corridor.
    ``VIEW_TARGET``: all buildings in a view corridor the rule reaches, reported on each of them.
    ``STREET``: a street as a whole. ``PLAN_UNIT``: a district, unit or parcel.
    """

    BUILDING = "building"
    FRONTAGE = "frontage"
    STREET_SIDE = "street_side"
    AREA = "area"
    VIEW_CORRIDOR = "view_corridor"
    VIEW_TARGET = "view_target"
    STREET = "street"
    PLAN_UNIT = "plan_unit"


#: Scopes whose rows are fronts.
FRONTAGE_SCOPES = frozenset({Scope.FRONTAGE, Scope.STREET_SIDE})
#: Scopes whose rows are pairs of a building and a view corridor.
CORRIDOR_SCOPES = frozenset({Scope.VIEW_CORRIDOR, Scope.VIEW_TARGET})
#: Scopes whose findings are about a place and not a building: they carry the place's id under its layer's name.
PLACE_LAYERS = {Scope.STREET: "streets", Scope.PLAN_UNIT: "plan_units"}


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
class Lacking:
    """What findings without data lack: the attribute for the source, and words for ``{lacking}``; all or one a row."""

    source: pa.Array | str
    zh: pa.Array | str
    en: pa.Array | str

    def take(self, rows: Ints) -> Lacking:
        """Of some rows."""
        chosen = pa.array(rows)
        return Lacking(*(t if isinstance(t, str) else t.take(chosen) for t in (self.source, self.zh, self.en)))


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule applied to n buildings, as columns.

    ``verdicts``: codes of ``verdicts.VERDICT_ORDER`` (never exempt here). ``measured_value``, ``margin``: NaN where
    there is none. ``measured_zh``, ``measured_en``: the measured thing for messages; ``measured_text`` for tables.
    ``notes``: further sentences as (rows, zh, en), added to the message where rows is True. ``applies``: the rows the
    rule has something to say about (None: all). ``evidence``: the shape to show for some rows, asked for only where
    there is something to show (None: the thing itself, a building's footprint, a front, a plan unit). ``lacking``: what
    rows without data lack (None: what the kind says). ``is_indicative``: the measure hints and proves nothing
    (None: nowhere). ``unit``, ``messages``: those of the measure where they are not the kind's (None: they are).
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
    notes: tuple[Note, ...] = ()
    applies: Bools | None = None
    evidence: Evidence | None = None
    lacking: Lacking | None = None
    is_indicative: Bools | None = None
    unit: str | None = None
    messages: Mapping[int, Message] | None = None

    def take(self, rows: Ints) -> Judgement:
        """The judgement of some rows."""
        chosen = pa.array(rows)
        evidence = self.evidence
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
            evidence=None if evidence is None else lambda wanted: evidence(rows[wanted]),
            lacking=None if self.lacking is None else self.lacking.take(rows),
            is_indicative=None if self.is_indicative is None else self.is_indicative[rows],
            unit=self.unit,
            messages=self.messages,
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
    with ``applicability.AREA_COLUMNS``, for a view corridor buildings with ``places.CORRIDOR_COLUMNS``; streets and
    plan units have ``places.STREET_COLUMNS`` and ``places.PLAN_UNIT_COLUMNS``. ``formula`` says what is computed.
    ``missing`` names what a finding without data lacks (by default the first attribute).
    ``belt_m(parameters, classes)``: a kind about frontages that is also about buildings without one, so many metres
    behind the right of way of streets of each class (NaN: none).
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
    belt_m: Callable[[Any, pa.Array], Floats] | None = None


Bound = float | Floats | None


def numeric_verdicts(value: Floats, low: Bound, high: Bound, tolerance: float) -> tuple[Codes, Floats]:
    """Verdicts and margins of numbers against a range, one for all or (NaN: open) one a row.

    The margin is the room to the nearer stated limit, negative by as much as it is broken; a value that breaks the
    limit by no more than the tolerance passes with margin 0. A NaN value, or no limit at all, gives no data.
    """
    room = np.fmin(
        np.nan if high is None else high - value,
        np.nan if low is None else value - low,
    )
    room = np.where(np.isnan(value), np.nan, room)
    holds = room >= -tolerance - 1e-9
    verdicts = np.where(np.isnan(room), NO_DATA, np.where(holds, PASS, FAIL)).astype(np.uint8)
    return verdicts, np.where(holds, np.maximum(room, 0.0), room)


def range_text(low: float | None, high: float | None, unit: str) -> str:
    """``≤ 12 m``, ``≥ 3 m`` or ``3–12 m``."""
    suffix = f" {unit}" if unit else ""
    if low is None:
        return f"≤ {high:g}{suffix}"
    return f"≥ {low:g}{suffix}" if high is None else f"{low:g}–{high:g}{suffix}"


def range_texts(low: Floats, high: Floats, unit: str) -> pa.Array:
    """``range_text`` of every row; NaN is an open end, and two of them give ``—``."""
    suffix = f" {unit}" if unit else ""
    least, most = format_numbers(low, MOST_DECIMALS), format_numbers(high, MOST_DECIMALS)
    has_low, has_high = pa.array(np.isfinite(low)), pa.array(np.isfinite(high))
    both = pc.binary_join_element_wise(least, most, "–")
    one = pc.if_else(has_low, pc.binary_join_element_wise("≥", least, " "), pc.binary_join_element_wise("≤", most, " "))
    text = pc.binary_join_element_wise(pc.if_else(pc.and_(has_low, has_high), both, one), suffix, "")
    return pc.fill_null(text, "—")


def source_text(column: str, origin: pa.Array | str) -> pa.Array:
    """``"height_m: field"`` from a column name and where its value came from (null: unknown)."""
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
    "Lacking",
    "Limit",
    "Message",
    "RowLimit",
    "Scope",
    "all_confident",
    "numeric_verdicts",
    "range_text",
    "range_texts",
    "source_text",
]
