"""Reads control points from CSV: local and known coordinates, whose columns must say which is east and which north."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from cim_core.crs.control_points import ControlPoints
from cim_core.errors import UnreadableSourceError

COLUMNS = ("local_east", "local_north", "east", "north")
_NAME_COLUMNS = ("name", "id", "point", "点名", "点号")
_AMBIGUOUS = ("x", "y", "local_x", "local_y")
_MAX_BYTES = 1 << 20


def read_control_points(path: Path) -> ControlPoints:
    """Points of a CSV file with a header. Raises UnreadableSourceError with the line that cannot be used.

    Needs the columns ``local_east``, ``local_north``, ``east`` and ``north`` in metres, and may have ``name``.
    """
    where = str(path)
    rows = list(csv.reader(io.StringIO(_text(path)), skipinitialspace=True))
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        is_ambiguous = any(cell in _AMBIGUOUS for cell in header)
        x_and_y = "; x and y say too little, because Chinese survey files call the northing X" if is_ambiguous else ""
        raise UnreadableSourceError(
            f"lacks the columns {', '.join(missing)}{x_and_y}",
            where=where,
            hint="the first line must be: name,local_east,local_north,east,north",
            code="control-point-columns",
        )
    name_at = next((header.index(column) for column in _NAME_COLUMNS if column in header), None)
    names, numbers = [], []
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            numbers.append([float(row[header.index(column)]) for column in COLUMNS])
        except (ValueError, IndexError) as error:
            raise UnreadableSourceError(
                "has a coordinate that is missing or no number", where=f"{where}:{line}", code="control-point-number"
            ) from error
        names.append(row[name_at].strip() if name_at is not None and name_at < len(row) else f"line {line}")
    values = np.array(numbers, dtype=np.float64).reshape(-1, 4)
    return ControlPoints(tuple(names), values[:, :2], values[:, 2:])


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableSourceError("cannot be read", where=str(path), hint=error.strerror or "") from error
    if len(data) > _MAX_BYTES:
        raise UnreadableSourceError("is too large for a list of control points", where=str(path), code="too-large")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableSourceError(
        "is neither UTF-8 nor GB18030 text", where=str(path), hint="save it as UTF-8", code="encoding"
    )
