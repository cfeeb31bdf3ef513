"""Reads an elevation model (GeoTIFF and the like) into a height grid; its height datum must be known."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyproj
from numpy.typing import NDArray

from cim_core.crs.heights import HeightPolicy, datum_named
from cim_core.errors import GeoreferenceError, UnreadableSourceError, UnsupportedFeatureError
from cim_core.issues import IssueLog
from cim_core.terrain import HeightGrid
from converters.base import Source
from converters.detect import detect_kind, with_article
from converters.georeference import ELLIPSOIDAL, DeclaredCrs, parse_crs, resolve_crs, settle_heights

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

#: Cells held in memory at most (400 MB of float32).
MAX_CELLS = 100_000_000
_TIFF_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_LOWEST_M, _HIGHEST_M = -500.0, 9000.0


def is_raster(source: Source) -> bool:
    """Whether the first bytes are those of a TIFF, as elevation models are. Never parses."""
    return source.head.startswith(_TIFF_MAGIC)


def read_height_grid(
    path: Path, heights: HeightPolicy | None = None, crs: str | None = None, log: IssueLog | None = None
) -> HeightGrid:
    """The first and only band as elevations in metres, NaN where there is no data, row 0 in the north.

    ``heights`` says what the elevations count from; it may be left out only if the file's vertical CRS is the
    ellipsoid. ``crs`` overrides the file's own. Raises UnreadableSourceError, UnsupportedFeatureError,
    GeoreferenceError.
    """
    import rasterio
    from rasterio.errors import RasterioError

    where = str(path)
    source = Source.open(path)
    if not is_raster(source):
        kind = with_article(detect_kind(source.head))
        raise UnreadableSourceError(
            f"is {kind}, not a GeoTIFF elevation model", where=where, hint="export it as GeoTIFF", code="not-a-raster"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with rasterio.open(path, driver="GTiff") as dataset:
                _check(dataset, where)
                declared = _declared(dataset, where)
                elevation_m = _read_band(dataset)
                transform = dataset.transform
    except RasterioError as error:
        raise UnreadableSourceError(
            f"cannot be read: {error}", where=where, hint="the file may be damaged or cut off; export it again"
        ) from error
    resolved = resolve_crs(crs, lambda: declared, where)
    if heights is None and resolved.vertical != ELLIPSOIDAL and datum_named(resolved.vertical) is None:
        raise GeoreferenceError(
            f"the elevations are above {resolved.vertical or 'a datum that the file does not name'}",
            where=where,
            hint="give --height-datum (china-1985 uses the bundled geoid model), or --geoid-undulation for your own",
            code="no-height-datum",
        )
    policy = settle_heights(heights, resolved.vertical, where, log if log is not None else IssueLog())
    if transform.e > 0:
        elevation_m = elevation_m[::-1]
    top = transform.f + max(transform.e, 0.0) * len(elevation_m)
    _check_values(elevation_m, where)
    return HeightGrid(
        elevation_m=np.ascontiguousarray(elevation_m),
        x_origin=float(transform.c),
        y_origin=float(top),
        x_step=float(transform.a),
        y_step=float(abs(transform.e)),
        crs=resolved.crs,
        heights=policy,
    )


def _check(dataset: DatasetReader, where: str) -> None:
    transform = dataset.transform
    if dataset.count != 1:
        raise UnsupportedFeatureError(
            f"has {dataset.count} bands; an elevation model has one", where=where, hint="extract the elevation band"
        )
    if dataset.width * dataset.height > MAX_CELLS:
        raise UnsupportedFeatureError(
            f"has {dataset.width} × {dataset.height} cells; {MAX_CELLS:,} are held at most",
            where=where,
            hint="clip it to the town or resample it, e.g. with gdalwarp -te … -tr …",
            code="too-large",
        )
    if dataset.width < 2 or dataset.height < 2:
        raise UnsupportedFeatureError("is smaller than 2 × 2 cells", where=where, hint="export a larger area")
    if transform.is_identity:
        raise GeoreferenceError("has no position", where=where, hint="export it as GeoTIFF with a geotransform")
    if transform.b or transform.d or transform.a <= 0:
        raise UnsupportedFeatureError("is rotated", where=where, hint="make it north-up, e.g. with gdalwarp")
    unit = (dataset.units[0] or "m").lower()
    if unit not in ("m", "metre", "meter", "metres", "meters"):
        raise UnsupportedFeatureError(f"has elevations in {unit!r}", where=where, hint="convert them to metres")


def _declared(dataset: DatasetReader, where: str) -> DeclaredCrs:
    if dataset.crs is None:
        return DeclaredCrs(None, "the raster declares none")
    crs: pyproj.CRS = parse_crs(dataset.crs.to_wkt(), where)
    return DeclaredCrs(crs, "declared in the raster")


def _read_band(dataset: DatasetReader) -> NDArray[np.float32]:
    band = dataset.read(1, masked=True, out_dtype="float32")
    values = np.ma.filled(band, np.nan) * np.float32(dataset.scales[0]) + np.float32(dataset.offsets[0])
    result: NDArray[np.float32] = np.asarray(values, dtype=np.float32)
    result[~np.isfinite(result)] = np.nan
    return result


def _check_values(elevation_m: NDArray[np.float32], where: str) -> None:
    if np.isnan(elevation_m).all():
        raise UnreadableSourceError("has no elevation at all", where=where, hint="check the no-data value")
    low, high = float(np.nanmin(elevation_m)), float(np.nanmax(elevation_m))
    if low < _LOWEST_M or high > _HIGHEST_M:
        raise UnreadableSourceError(
            f"has elevations from {low:g} to {high:g} m",
            where=where,
            hint="set the no-data value, e.g. with gdal_edit.py -a_nodata, or convert the unit to metres",
            code="implausible-elevation",
        )
