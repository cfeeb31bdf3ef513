"""The GTX grid format of NOAA's VDatum, which PROJ reads too: a header of 40 bytes and big-endian floats."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np

from cim_core.crs.geoid.model import GeoidModel
from cim_core.errors import UnreadableSourceError

#: Latitude and longitude of the south-western node, steps of latitude and longitude, rows, columns.
_HEADER = struct.Struct(">4d2i")
_NO_DATA = -88.8888
_MAX_NODES = 20_000_000
#: The geoid lies between −107 and +86 m everywhere on Earth.
_WIDEST_M = 120.0


def read_gtx(path: Path) -> GeoidModel:
    """A geoid model from a file. Raises UnreadableSourceError."""
    try:
        return parse_gtx(path.read_bytes(), path.stem)
    except OSError as error:
        raise UnreadableSourceError("cannot be read", where=str(path), hint=error.strerror or "") from error
    except UnreadableSourceError as error:
        error.where = str(path)
        raise


def parse_gtx(data: bytes, name: str) -> GeoidModel:
    """A geoid model from the bytes of a GTX file. Raises UnreadableSourceError."""
    if len(data) < _HEADER.size:
        raise _unreadable("is too short for a GTX grid")
    south, west, lat_step, lon_step, rows, columns = _HEADER.unpack_from(data)
    is_plausible = (
        -90 <= south <= 90 and -360 <= west <= 360 and 0 < lat_step < 30 and 0 < lon_step < 30
        and rows >= 2 and columns >= 2 and rows * columns <= _MAX_NODES
    )  # fmt: skip
    if not is_plausible:
        raise _unreadable("has no header of a GTX grid")
    if len(data) != _HEADER.size + 4 * rows * columns:
        raise _unreadable(f"is {len(data):,} bytes long, but its header announces {rows} × {columns} nodes")
    nodes = np.frombuffer(data, dtype=">f4", offset=_HEADER.size).reshape(rows, columns).astype(np.float32)
    nodes[np.isclose(nodes, _NO_DATA, atol=1e-3)] = np.nan
    if not (np.abs(nodes[~np.isnan(nodes)]) < _WIDEST_M).all() or np.isnan(nodes).all():
        raise _unreadable("has values that cannot be geoid undulations in metres")
    west = west - 360.0 if west > 180 else west
    digest = hashlib.sha256(data).hexdigest()[:12]
    return GeoidModel(name, west, south, lon_step, lat_step, nodes, digest)


def encode_gtx(model: GeoidModel) -> bytes:
    """The model as a GTX file."""
    rows, columns = model.undulation_m.shape
    header = _HEADER.pack(model.south_deg, model.west_deg, model.lat_step_deg, model.lon_step_deg, rows, columns)
    nodes = np.where(np.isnan(model.undulation_m), np.float32(_NO_DATA), model.undulation_m)
    return header + nodes.astype(">f4").tobytes()


def _unreadable(message: str) -> UnreadableSourceError:
    return UnreadableSourceError(message, hint="give a geoid grid in GTX format, in metres", code="bad-geoid-grid")
