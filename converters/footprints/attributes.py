"""Attribute columns in the agreed form: coded values as codes, colors as ``#rrggbb``, numbers in SI units."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.features import ATTRIBUTE_BY_NAME, Attribute
from cim_core.features.schema import MAX_HEIGHT_M
from converters.footprints.numbers import Unit, parse_numbers
from converters.footprints.report import RowReporter

MAX_STOREYS = 250


def normalise_attribute(name: str, column: pa.Array, report: RowReporter) -> pa.Array:
    """One source column as the agreed type of attribute ``name``; what cannot be read becomes null with a warning."""
    attribute = ATTRIBUTE_BY_NAME[name]
    if attribute.codes:
        return _codes(attribute, as_text(column), report)
    if pa.types.is_string(attribute.type):
        text = as_text(column)
        return _colors(attribute, text, report) if name.endswith("_color") else text
    values, is_unreadable = parse_numbers(column, Unit.LENGTH if attribute.unit == "m" else Unit.PLAIN)
    is_outside = ~np.isnan(values) & ~((values >= attribute.lowest) & (values <= attribute.highest))
    _warn_values(report, is_unreadable | is_outside, f"unusable-{name.replace('_', '-')}", attribute, column)
    is_null = np.isnan(values) | is_outside
    return number_column(values, is_null, attribute.type)


def number_column(values: NDArray[np.float64], is_null: NDArray[np.bool_], kind: pa.DataType) -> pa.Array:
    """An Arrow column of ``kind``; whole-number kinds take the nearest whole number."""
    filled = np.where(is_null, 0.0, values)
    if pa.types.is_integer(kind):
        return pa.array(np.rint(filled).astype(np.int64), mask=is_null).cast(kind)
    return pa.array(filled, mask=is_null, type=kind)


def read_heights(
    height: pa.Array | None,
    storeys: pa.Array | None,
    storey_height_m: float,
    count: int,
    report: RowReporter,
    *,
    keep_without_height: bool = False,
) -> tuple[pa.Array, pa.Array, pa.Array, NDArray[np.bool_]]:
    """Columns ``height_m``, ``height_source`` and ``storeys``, and (n,) True for the rows that stay.

    The ladder: the height field if 0 < h ≤ 1000 m, else storeys × ``storey_height_m``, else the row is rejected
    or, with ``keep_without_height``, stays with nulls.
    """
    nothing = np.full(count, np.nan), np.zeros(count, dtype=bool)
    height_m, is_bad_height = nothing if height is None else parse_numbers(height, Unit.LENGTH)
    floors, is_bad_storeys = nothing if storeys is None else parse_numbers(storeys, Unit.STOREYS)
    is_bad_height |= ~np.isnan(height_m) & ~((height_m > 0) & (height_m <= MAX_HEIGHT_M))
    is_bad_storeys = is_bad_storeys | (~np.isnan(floors) & ~((floors >= 0.5) & (floors <= MAX_STOREYS)))
    floors = np.where(is_bad_storeys, np.nan, floors)
    has_height = ~np.isnan(height_m) & ~is_bad_height
    has_storeys = ~np.isnan(floors)
    is_derived = ~has_height & has_storeys & (floors * storey_height_m <= MAX_HEIGHT_M)
    result = np.where(has_height, height_m, floors * storey_height_m)
    is_known = has_height | is_derived

    if height is not None:
        _warn_values(report, is_bad_height & is_derived, "height-not-used", ATTRIBUTE_BY_NAME["height_m"], height)
        tell = report.warn if keep_without_height else report.reject
        tell(
            is_bad_height & ~is_known,
            "unusable-height",
            lambda row: f"height {height[row].as_py()!r} is not between 0 and {MAX_HEIGHT_M:g} m, and no storeys help",
            hint="correct the height, or give storeys",
        )
    if storeys is not None:
        is_told = is_bad_storeys & (is_known | keep_without_height)
        _warn_values(report, is_told, "unusable-storeys", ATTRIBUTE_BY_NAME["storeys"], storeys)
    if not keep_without_height:
        report.reject(
            ~is_known & ~is_bad_height,
            "no-height",
            lambda row: (
                f"has no height, and storeys {storeys[row].as_py()!r} cannot be used"
                if storeys is not None and is_bad_storeys[row]
                else "has neither a height nor storeys"
            ),
            hint="name the field with --height-field or --storeys-field, or add heights to the data",
        )
    source = pa.array(np.where(has_height, "field", "storeys"), type=pa.string(), mask=~is_known)
    return (
        number_column(result, ~is_known, pa.float64()),
        source,
        number_column(floors, ~has_storeys, pa.int32()),
        is_known | keep_without_height,
    )


def as_text(column: pa.Array) -> pa.Array:
    """The column as trimmed text, empty text as null."""
    text = pc.utf8_trim_whitespace(as_plain_text(column))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def as_plain_text(column: pa.Array) -> pa.Array:
    """Any simple column as text; nested values as JSON-like text."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    return pc.cast(column, pa.string())


def as_extra(column: pa.Array) -> pa.Array:
    """A source column that travels along: numbers and booleans as they are, everything else as text.

    NaN and infinity are no values.
    """
    kind = column.type
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(column), column, pa.scalar(None, kind))
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return column
    return as_plain_text(column)


@cache
def _code_by_spelling(name: str) -> dict[str, str]:
    spellings = {}
    for code in ATTRIBUTE_BY_NAME[name].codes:
        for spelling in (*code.aliases, code.zh, code.en, code.value):
            spellings[spelling.lower()] = code.value
    return spellings


def _codes(attribute: Attribute, text: pa.Array, report: RowReporter) -> pa.Array:
    """Every distinct spelling looked up once; unknown ones become null."""
    by_spelling = _code_by_spelling(attribute.name)
    encoded = text.dictionary_encode()
    codes = [by_spelling.get(value.lower()) for value in encoded.dictionary.to_pylist()]
    result = pa.array(codes, pa.string()).take(encoded.indices)
    is_unknown = pc.and_(pc.is_valid(text), pc.is_null(result)).to_numpy(zero_copy_only=False)
    allowed = ", ".join(code.value for code in attribute.codes)
    report.warn(
        is_unknown,
        f"unknown-{attribute.name.replace('_', '-')}",
        lambda row: f"{attribute.en.lower()} {text[row].as_py()!r} is not in the list; left empty",
        hint=f"one of: {allowed}",
    )
    return result


def _colors(attribute: Attribute, text: pa.Array, report: RowReporter) -> pa.Array:
    """``#rrggbb`` in lower case; a missing ``#`` is added."""
    digits = pc.utf8_ltrim(pc.utf8_lower(text), characters="#")
    is_color = pc.fill_null(pc.match_substring_regex(digits, "^[0-9a-f]{6}$"), False)
    is_unreadable = pc.and_(pc.is_valid(text), pc.invert(is_color)).to_numpy(zero_copy_only=False)
    _warn_values(report, is_unreadable, "unreadable-color", attribute, text)
    return pc.if_else(is_color, pc.binary_join_element_wise("#", digits, ""), pa.scalar(None, pa.string()))


def _warn_values(
    report: RowReporter, mask: NDArray[np.bool_], code: str, attribute: Attribute, column: pa.Array
) -> None:
    report.warn(mask, code, lambda row: f"{attribute.en.lower()} {column[row].as_py()!r} cannot be used; left out")
