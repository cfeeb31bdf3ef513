"""The ``ST_*`` functions GeoPackage triggers and our queries need, given to a SQLite connection from Shapely."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from cim_core.store.geom import wkb_of

_ENVELOPE = struct.Struct("<4d")


def register_functions(connection: Any) -> None:  # noqa: ANN401 - a DB-API connection of either SQLite module
    """Register ``ST_IsEmpty, ST_MinX … ST_MaxY, ST_Intersects, ST_Contains, ST_Within, ST_Distance, ST_Area``."""
    for name, number in (("ST_MinX", 0), ("ST_MaxX", 1), ("ST_MinY", 2), ("ST_MaxY", 3)):
        connection.create_function(name, 1, _envelope_part(number), deterministic=True)
    connection.create_function("ST_IsEmpty", 1, _is_empty, deterministic=True)
    connection.create_function("ST_Area", 1, _measure(shapely.area), deterministic=True)
    connection.create_function("ST_Length", 1, _measure(shapely.length), deterministic=True)
    for name, predicate in (
        ("ST_Intersects", shapely.intersects),
        ("ST_Contains", shapely.contains),
        ("ST_Within", shapely.within),
    ):
        connection.create_function(name, 2, _relate(predicate), deterministic=True)
    connection.create_function("ST_Distance", 2, _relate(shapely.distance), deterministic=True)


def _geometry(blob: bytes) -> BaseGeometry:
    return shapely.from_wkb(wkb_of(blob))


def _is_empty(blob: bytes | None) -> int | None:
    return None if blob is None else int(bool(blob[3] & 0b0001_0000) or shapely.is_empty(_geometry(blob)))


def _envelope_part(number: int) -> Callable[[bytes | None], float | None]:
    def part(blob: bytes | None) -> float | None:
        if blob is None:
            return None
        if blob[3] & 0b0000_1111 == 0b0000_0011:  # little-endian with an x-y envelope, as we write it
            return float(_ENVELOPE.unpack_from(blob, 8)[number])
        min_x, min_y, max_x, max_y = shapely.bounds(_geometry(blob))
        return float((min_x, max_x, min_y, max_y)[number])

    return part


def _measure(function: Callable[[BaseGeometry], float]) -> Callable[[bytes | None], float | None]:
    return lambda blob: None if blob is None else float(function(_geometry(blob)))


def _relate(
    function: Callable[[BaseGeometry, BaseGeometry], float | bool],
) -> Callable[[bytes | None, bytes | None], float | None]:
    def relate(left: bytes | None, right: bytes | None) -> float | None:
        if left is None or right is None:
            return None
        return float(function(_geometry(left), _geometry(right)))

    return relate
