"""The ``bbox`` parameter."""

from __future__ import annotations

import math

from cim_core.errors import UsageError
from cim_core.store import Box


def parse_bbox(text: str) -> Box:
    """West, south, east, north in degrees from ``w,s,e,n``. Raises UsageError saying what is wrong.

    >>> parse_bbox("113.4,38.0,113.5,38.1")
    (113.4, 38.0, 113.5, 38.1)
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(math.isfinite(number) for number in numbers):
        raise _bad("bbox needs four finite numbers: west,south,east,north")
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= 90 and -90 <= north <= 90):
        raise _bad("bbox is in degrees: longitudes within ±180, latitudes within ±90")
    if west >= east or south >= north:
        raise _bad("bbox must have west < east and south < north")
    return west, south, east, north


def _bad(message: str) -> UsageError:
    return UsageError(message, where="query#/bbox", hint="for example bbox=113.40,38.07,113.42,38.09", code="bad-bbox")
