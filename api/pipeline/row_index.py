"""The rows of a source beside the tileset made of them, so that an update knows what changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.spill import Spill
from cim_core.terrain import HeightGrid
from converters.footprints.trace import ROW, RowTrace
from tiles.manifest import MANIFEST_NAME
from tiles.patch import DrawnPlaces, leaf_from_json, leaf_to_json
from tiles.places import PLACE, Places

INDEX_NAME = "rows.arrow"
_ABOUT = b"about"
_FORMAT = 4
#: Rows a record batch of the file: what writing it takes in memory.
_ROWS_A_BATCH = 1 << 16
#: A digest is cut to so many bytes: a changed row is missed once in 2.8 × 10¹⁴ times.
_DIGEST_BYTES = 6
_DIGEST_MASK = np.uint64((1 << 8 * _DIGEST_BYTES) - 1)
_MIDDLE = ("lon", "lat")


@dataclass(frozen=True, slots=True)
class RowIndex:
    """Every row of a source in file order, and the tileset made of it.

    ``rows``: a ``ROW`` each, with digests of 48 bits. ``given_ids``: by row, ids that are not those of the file.
    """

    context: str
    opening_issues: int
    given_ids: dict[int, str]
    rows: Spill
    drawn: DrawnPlaces

    @classmethod
    def of(cls, trace: RowTrace, noted_rows: list[int], drawn: DrawnPlaces, ground: HeightGrid | None) -> RowIndex:
        """Of a source just converted, on a ground; ``noted_rows`` (from 1) are those that an issue names."""
        if noted_rows:
            positions = np.unique(noted_rows) - 1
            noted = trace.rows.take(positions)
            noted["noted"] = True
            trace.rows.put(positions, noted)
        return cls(on_ground(trace.context, ground), trace.opening_issues, trace.given_ids, trace.rows, drawn)

    def write(self, folder: Path) -> None:
        """Write it beside the manifest it belongs to, a run of rows at a time. Raises OSError."""
        about = {
            "format": _FORMAT,
            "manifest": _digest_of_manifest(folder),
            "context": self.context,
            "opening_issues": self.opening_issues,
            "given_ids": {str(row): id_ for row, id_ in self.given_ids.items()},
            "tiles": {path: leaf_to_json(leaf) for path, leaf in self.drawn.tiles.items()},
        }
        none = _batch(np.zeros(0, ROW), np.zeros(0, np.int64), np.zeros(0, PLACE), np.zeros(0, np.int32))
        schema = none.schema.with_metadata({_ABOUT: _pack(orjson.dumps(about))})
        options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=3))
        with (folder / INDEX_NAME).open("wb") as file:
            with pa.ipc.new_file(file, schema, options=options) as writer:
                for batch in self._batches():
                    writer.write_batch(batch)
            file.flush()
            os.fsync(file.fileno())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """Runs of rows with what was drawn of them; features are numbered in row order, and drawn in that order."""
        first_feature = first_drawn = 0
        places, leaf = self.drawn.places.records, self.drawn.leaf
        for rows in self.rows.runs(_ROWS_A_BATCH):
            kept = np.flatnonzero(rows["kept"])
            drawn = places.slice(first_drawn, first_drawn + len(kept))
            drawn = drawn[: np.searchsorted(drawn["gid"], first_feature + len(kept))]
            at = kept[drawn["gid"].astype(np.int64) - first_feature]
            yield _batch(rows, at, drawn, leaf.slice(first_drawn, first_drawn + len(drawn)))
            first_feature += len(kept)
            first_drawn += len(drawn)

    @classmethod
    def load(cls, folder: Path) -> RowIndex | None:
        """The index of a tileset, in memory; None where there is none that belongs to it."""
        try:
            with pa.OSFile(str(folder / INDEX_NAME)) as file:
                reader = pa.ipc.open_file(file)
                about = orjson.loads(_unpack(reader.schema.metadata[_ABOUT]))
                if (about["format"], about["manifest"]) != (_FORMAT, _digest_of_manifest(folder)):
                    return None
                column = _join(reader.get_batch(number) for number in range(reader.num_record_batches))
            tiles = {path: leaf_from_json(leaf) for path, leaf in about["tiles"].items()}
            given_ids = {int(row): id_ for row, id_ in about["given_ids"].items()}
        except (OSError, pa.ArrowException, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return None
        rows = np.zeros(len(column["tile"]), ROW)
        for name in ROW.names or ():
            rows[name] = column[name]
        is_drawn = column["tile"] >= 0
        places = np.zeros(np.count_nonzero(is_drawn), PLACE)
        places["item"] = np.arange(len(places))
        places["gid"] = (np.cumsum(column["kept"]) - 1)[is_drawn]
        for name in (*_MIDDLE, "vertices", "size"):
            places[name] = column[name][is_drawn]
        drawn = DrawnPlaces(Places(Spill.of(places)), Spill.of(column["tile"][is_drawn]), tiles)
        return cls(about["context"], about["opening_issues"], given_ids, Spill.of(rows), drawn)


def on_ground(context: str, ground: HeightGrid | None) -> str:
    """What decides about rows, outside of them, where they stand on a ground."""
    return context if ground is None else f"{context} on {ground.digest}"


def shorten(digests: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Digests as an index keeps them."""
    return digests & _DIGEST_MASK


def _batch(rows: NDArray[Any], at: NDArray[np.int64], drawn: NDArray[Any], leaf: NDArray[np.int32]) -> pa.RecordBatch:
    """A run of rows, and the places and tiles of those (``at``) that are drawn.

    Middles are steps from the building drawn before, which pack well; int32 wraps both ways.
    """

    def spread(values: NDArray[Any], missing: int = 0) -> NDArray[Any]:
        column = np.full(len(rows), missing, values.dtype)
        column[at] = values
        return column

    digest = np.ascontiguousarray(rows["digest"]).view(np.uint8).reshape(-1, 8)[:, :_DIGEST_BYTES].tobytes()
    return pa.record_batch(
        {
            "digest": pa.Array.from_buffers(pa.binary(_DIGEST_BYTES), len(rows), [None, pa.py_buffer(digest)]),
            "kept": rows["kept"],
            "noted": rows["noted"],
            **{name: spread(np.diff(drawn[name], prepend=np.int32(0))) for name in _MIDDLE},
            "vertices": spread(drawn["vertices"]),
            "size": spread(drawn["size"]),
            "tile": spread(leaf, missing=-1),
        }
    )


def _join(batches: Iterator[pa.RecordBatch]) -> dict[str, NDArray[Any]]:
    """Columns of the whole file, middles summed up again."""
    parts: dict[str, list[NDArray[Any]]] = {}
    for batch in batches:
        for name, values in zip(batch.schema.names, batch.columns, strict=True):
            parts.setdefault(name, []).append(_numbers(name, values))
    return {name: np.concatenate(columns) for name, columns in parts.items()}


def _numbers(name: str, values: pa.Array) -> NDArray[Any]:
    if name == "digest":
        words = np.zeros((len(values), 8), np.uint8)
        data = np.frombuffer(values.buffers()[1], np.uint8)
        words[:, :_DIGEST_BYTES] = data[_DIGEST_BYTES * values.offset :][: _DIGEST_BYTES * len(values)].reshape(
            -1, _DIGEST_BYTES
        )
        return words.view("<u8").reshape(-1)
    numbers = values.to_numpy(zero_copy_only=False)
    return np.asarray(np.cumsum(numbers, dtype=np.int32) if name in _MIDDLE else numbers)


def _pack(data: bytes) -> bytes:
    """Compressed, after its length in eight bytes."""
    packed: bytes = pa.compress(data, "zstd", asbytes=True)
    return len(data).to_bytes(8, "little") + packed


def _unpack(data: bytes) -> bytes:
    """The way back of ``_pack``. Raises ValueError, OSError."""
    size = int.from_bytes(data[:8], "little")
    if size > 1 << 32:
        raise ValueError("not what was packed")
    return bytes(pa.decompress(data[8:], size, "zstd", asbytes=True))


def _digest_of_manifest(folder: Path) -> str:
    return hashlib.sha256((folder / MANIFEST_NAME).read_bytes()).hexdigest()
