"""An opened vector file: what it declares about itself, and its rows as Arrow record batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from converters.georeference import DeclaredCrs


@dataclass(frozen=True, slots=True)
class VectorSource:
    """A file ready to stream.

    ``fields`` are the attribute columns in file order; ``geometry_column`` holds WKB; ``row_id_column`` holds the
    file's own row identifiers where it has them. ``batches`` is consumed once; ``read_columns`` fetches single columns
    of the whole file in a pass of its own, for telling two candidate fields apart. ``declared`` raises
    GeoreferenceError for a CRS that is stated but not known.
    """

    fields: tuple[str, ...]
    geometry_column: str
    row_id_column: str | None
    declared: Callable[[], DeclaredCrs]
    total: int | None
    batches: Iterator[pa.RecordBatch]
    read_columns: Callable[[list[str]], pa.Table]
    notes: tuple[tuple[str, str], ...] = ()
