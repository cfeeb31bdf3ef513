"""Vector files through GDAL, as Arrow record batches."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.errors import UnreadableSourceError, UsageError
from converters.footprints.ahead import read_ahead
from converters.footprints.source import VectorSource
from converters.georeference import DeclaredCrs, parse_crs

#: GDAL's row number comes first and the geometry last, under names that a field may bear too; these are no field's.
_ROW_ID, _GEOMETRY = "(row id)", "(geometry)"


@contextmanager
def open_ogr(
    path: Path,
    batch_size: int,
    *,
    declared: Callable[[str | None], DeclaredCrs] | None = None,
    driver: str = "",
    layer: str | None = None,
    has_layers: bool = False,
    has_count: bool = True,
    encoding: str | None = None,
    where: str = "",
    notes: tuple[tuple[str, str], ...] = (),
) -> Iterator[VectorSource]:
    """Open a file of a known driver and keep it open.

    ``declared`` overrides what GDAL says of the CRS; ``where`` is the name to report if ``path`` is a working copy;
    ``has_layers`` and ``has_count`` say whether the format can have several layers and knows its number of features
    (asking a text format costs a pass over the file). Raises UnreadableSourceError, UsageError for an ambiguous layer.
    """
    import pyogrio
    from pyogrio.errors import DataSourceError
    from pyogrio.raw import open_arrow

    where = where or str(path)
    target = f"{driver}:{path}" if driver else str(path)
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        # Of unclosed rings and the like, which are mended, counted and reported by us.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=rf"pyogrio\b|{__name__}|threading")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                if has_layers or layer is not None:
                    layer, layer_notes = _choose_layer(pyogrio.list_layers(target), layer, where)
                    notes += layer_notes
                total = pyogrio.read_info(target, layer=layer, encoding=encoding)["features"] if has_count else -1
                meta, reader = stack.enter_context(
                    open_arrow(
                        target,
                        layer=layer,
                        encoding=encoding,
                        batch_size=batch_size,
                        use_pyarrow=True,
                        return_fids=True,
                    )
                )
        except (DataSourceError, IndexError, UnicodeDecodeError) as error:  # IndexError: a file without any layer
            raise _unreadable(error, where) from error

        def read_columns(columns: list[str]) -> pa.Table:
            return pyogrio.read_arrow(target, layer=layer, encoding=encoding, columns=columns, read_geometry=False)[1]

        fields = tuple(str(field) for field in meta["fields"])
        batches = stack.enter_context(read_ahead(lambda: _next_batch(reader, (_ROW_ID, *fields, _GEOMETRY), where)))
        yield VectorSource(
            fields=fields,
            geometry_column=_GEOMETRY,
            row_id_column=_ROW_ID,
            declared=lambda: declared(meta["crs"]) if declared else declared_by_gdal(meta["crs"], where),
            total=int(total) if total >= 0 else None,
            batches=batches,
            read_columns=read_columns,
            notes=notes,
        )


def declared_by_gdal(text: str | None, where: str) -> DeclaredCrs:
    """What GDAL read from the file. Raises GeoreferenceError if PROJ does not know it."""
    if not text:
        return DeclaredCrs(None, "the file declares none")
    crs = parse_crs(text, where)
    if crs.name.lower().startswith(("undefined", "unknown", "unnamed")):
        return DeclaredCrs(None, f"the file declares it as {crs.name!r}")
    return DeclaredCrs(crs, "declared in the file")


def _next_batch(reader: pa.RecordBatchReader, names: tuple[str, ...], where: str) -> pa.RecordBatch | None:
    try:
        batch = next(reader, None)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _unreadable(error, where) from error
    return None if batch is None else batch.rename_columns(names)


def _choose_layer(
    layers: NDArray[np.object_], wanted: str | None, where: str
) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """The layer to read: the one asked for, the only one with shapes, or the only one with polygons."""
    rows = [(str(name), str(kind or "")) for name, kind in layers.tolist()]
    names = ", ".join(name for name, _ in rows)
    if wanted is not None:
        if wanted not in [name for name, _ in rows]:
            raise UsageError(
                f"there is no layer {wanted!r}; the layers are: {names}", where=where, code="no-such-layer"
            )
        return wanted, ()
    spatial = [row for row in rows if row[1]]
    if not spatial:
        raise UnreadableSourceError("has no layer with geometry", where=where, hint="export the footprints as polygons")
    polygons = [row for row in spatial if "Polygon" in row[1]]
    chosen = spatial if len(spatial) == 1 else polygons
    if len(chosen) != 1:
        raise UsageError(
            f"has several layers: {names}", where=where, hint="choose one with --layer", code="ambiguous-layer"
        )
    name = chosen[0][0]
    others = [other for other, _ in rows if other != name]
    note = (("layer", f"layer {name!r} is read; left aside: {', '.join(others)}"),) if others else ()
    return name, note


def _unreadable(error: Exception, where: str) -> UnreadableSourceError:
    message = str(error).split("; It might help")[0]
    return UnreadableSourceError(
        f"cannot be read: {message}", where=where, hint="the file may be damaged or cut off; export it again"
    )
