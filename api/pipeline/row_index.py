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

from converters.footprints.trace import RowTrace
from tiles.manifest import MANIFEST_NAME
from tiles.patch import DrawnPlaces, leaf_from_json, leaf_to_json
from tiles.places import Places

INDEX_NAME = "rows.arrow"
_ABOUT = b"about"
_FORMAT = 3
#: Rows a record batch of the file: what writing it takes in memory.
_ROWS_A_BATCH = 1 << 16
_CORNER = ("west", "south")
_SIZE = ("width", "depth")


@dataclass(frozen=True, slots=True)
class RowIndex:
    """Every row of a source in file order, and the tileset made of it.

    ``digest``: (n,) of the row's content. ``is_kept``: (n,) it became a feature; these are numbered in order.
    ``is_noted``: (n,) something was said of it. ``given_ids``: by row, ids that are not those of the file.
    ``row``: (m,) position of every drawn building.
    """

    context: str
    opening_issues: int
    digest: NDArray[np.uint64]
    is_kept: NDArray[np.bool_]
    is_noted: NDArray[np.bool_]
    given_ids: dict[int, str]
    row: NDArray[np.int64]
    drawn: DrawnPlaces

    @classmethod
    def of(cls, trace: RowTrace, noted_rows: list[int], drawn: DrawnPlaces) -> RowIndex:
        """Of a source just converted; ``noted_rows`` (from 1) are those that an issue names."""
        is_kept, is_noted = trace.is_kept, trace.is_noted
        is_noted[np.array(noted_rows, np.int64) - 1] = True
        row = np.flatnonzero(is_kept)[drawn.places.gid]
        return cls(trace.context, trace.opening_issues, trace.digests, is_kept, is_noted, trace.given_ids, row, drawn)

    @property
    def gid(self) -> NDArray[np.int64]:
        """(n,) number of the feature that each row became; of no meaning for rows that became none."""
        return np.cumsum(self.is_kept) - 1

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
        schema = self._batch(0, 0).schema.with_metadata({_ABOUT: orjson.dumps(about)})
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with (folder / INDEX_NAME).open("wb") as file:
            with pa.ipc.new_file(file, schema, options=options) as writer:
                for start in range(0, len(self.digest), _ROWS_A_BATCH):
                    writer.write_batch(self._batch(start, min(start + _ROWS_A_BATCH, len(self.digest))))
            file.flush()
            os.fsync(file.fileno())

    def _batch(self, start: int, stop: int) -> pa.RecordBatch:
        """A run of rows. Corners are steps from the building drawn before, which pack well; int32 wraps both ways."""
        drawn = slice(*np.searchsorted(self.row, (start, stop)).tolist())
        at, places = self.row[drawn] - start, self.drawn.places
        low, high = places.extent_e7[drawn, :2], places.extent_e7[drawn, 2:]
        step, size = np.diff(low, axis=0, prepend=np.int32(0)), high - low

        def spread(values: NDArray[Any], missing: int = 0) -> NDArray[Any]:
            column = np.full(stop - start, missing, values.dtype)
            column[at] = values
            return column

        return pa.record_batch(
            {
                "digest": self.digest[start:stop],
                "kept": self.is_kept[start:stop],
                "noted": self.is_noted[start:stop],
                **{name: spread(step[:, k]) for k, name in enumerate(_CORNER)},
                **{name: spread(size[:, k]) for k, name in enumerate(_SIZE)},
                "height_m": spread(places.height_m[drawn]),
                "ring_vertices": spread(places.ring_vertices[drawn].astype(np.int32)),
                "tile": spread(self.drawn.leaf[drawn], missing=-1),
            }
        )

    @classmethod
    def load(cls, folder: Path) -> RowIndex | None:
        """The index of a tileset; None where there is none that belongs to it."""
        try:
            with pa.OSFile(str(folder / INDEX_NAME)) as file:
                reader = pa.ipc.open_file(file)
                about = orjson.loads(reader.schema.metadata[_ABOUT])
                if (about["format"], about["manifest"]) != (_FORMAT, _digest_of_manifest(folder)):
                    return None
                column = _join(reader.get_batch(number) for number in range(reader.num_record_batches))
            tiles = {path: leaf_from_json(leaf) for path, leaf in about["tiles"].items()}
            given_ids = {int(row): id_ for row, id_ in about["given_ids"].items()}
        except (OSError, pa.ArrowException, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return None
        row = np.flatnonzero(column["tile"] >= 0)
        is_kept = column["kept"]
        low = np.stack([column[name][row] for name in _CORNER], axis=1)
        size = np.stack([column[name][row] for name in _SIZE], axis=1)
        places = Places(
            (np.cumsum(is_kept) - 1)[row].astype(np.uint32),
            np.concatenate([low, low + size], axis=1),
            column["height_m"][row],
            column["ring_vertices"][row].astype(np.uint32),
        )
        drawn = DrawnPlaces(places, column["tile"][row], tiles)
        context, opening = about["context"], about["opening_issues"]
        return cls(context, opening, column["digest"], is_kept, column["noted"], given_ids, row, drawn)


def _join(batches: Iterator[pa.RecordBatch]) -> dict[str, NDArray[Any]]:
    """Columns of the whole file, corners summed up again."""
    parts: dict[str, list[NDArray[Any]]] = {}
    for batch in batches:
        for name, values in zip(batch.schema.names, batch.columns, strict=True):
            numbers = values.to_numpy(zero_copy_only=False)
            parts.setdefault(name, []).append(np.cumsum(numbers, dtype=np.int32) if name in _CORNER else numbers)
    return {name: np.concatenate(columns) for name, columns in parts.items()}


def _digest_of_manifest(folder: Path) -> str:
    return hashlib.sha256((folder / MANIFEST_NAME).read_bytes()).hexdigest()
