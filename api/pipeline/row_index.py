"""The rows of a source beside the tileset made of them, so that an update knows what changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.files import write_file
from converters.footprints.trace import RowTrace
from tiles.manifest import MANIFEST_NAME
from tiles.patch import DrawnPlaces, leaf_from_json, leaf_to_json
from tiles.places import Places

INDEX_NAME = "rows.arrow"
_ABOUT = b"about"
_FORMAT = 2


@dataclass(frozen=True, slots=True)
class RowIndex:
    """Every row of a source in file order, and the tileset made of it.

    ``digest``: (n,) of the row's content. ``id``: (n,) final ids. ``is_noted``: (n,) something was said of the row.
    ``gid``: (n,) int64 number of the feature it became, -1 for none. ``row``: (m,) position of every drawn building.
    """

    context: str
    opening_issues: int
    digest: NDArray[np.uint64]
    id: pa.Array
    is_noted: NDArray[np.bool_]
    gid: NDArray[np.int64]
    row: NDArray[np.int64]
    drawn: DrawnPlaces

    @classmethod
    def of(cls, trace: RowTrace, noted_ids: set[str], drawn: DrawnPlaces) -> RowIndex:
        """Of a source just converted; ``noted_ids`` are the ids of all features that an issue names."""
        digest, ids = trace.digests, trace.ids
        is_noted = np.zeros(len(digest), bool)
        is_noted[trace.noted] = True
        if noted_ids:
            is_noted |= pa.compute.is_in(ids, value_set=pa.array(sorted(noted_ids))).to_numpy(zero_copy_only=False)
        gid = np.full(len(digest), -1, np.int64)
        gid[trace.kept] = np.arange(len(trace.kept))
        row = trace.kept[drawn.places.gid]
        return cls(trace.context, trace.opening_issues, digest, ids, is_noted, gid, row, drawn)

    def write(self, folder: Path) -> None:
        """Write it beside the manifest it belongs to. Raises OSError."""
        places = self.drawn.places
        extent = [self._spread(column) for column in places.extent_e7.T]
        table = pa.table(
            {
                "digest": self.digest,
                "id": self.id,
                "noted": self.is_noted,
                "gid": self.gid.astype(np.int32),
                **dict(zip(("west", "south", "east", "north"), extent, strict=True)),
                "height_m": self._spread(places.height_m),
                "ring_vertices": self._spread(places.ring_vertices.astype(np.int32)),
                "tile": self._spread(self.drawn.leaf, missing=-1),
            }
        )
        about = {
            "format": _FORMAT,
            "manifest": _digest_of_manifest(folder),
            "context": self.context,
            "opening_issues": self.opening_issues,
            "tiles": {path: leaf_to_json(leaf) for path, leaf in self.drawn.tiles.items()},
        }
        table = table.replace_schema_metadata({_ABOUT: orjson.dumps(about)})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        write_file(folder / INDEX_NAME, sink.getvalue())

    def _spread(self, values: NDArray[np.generic], missing: float = 0) -> NDArray[np.generic]:
        """Values of drawn buildings at their rows."""
        spread = np.full(len(self.digest), missing, values.dtype)
        spread[self.row] = values
        return spread

    @classmethod
    def load(cls, folder: Path) -> RowIndex | None:
        """The index of a tileset; None where there is none that belongs to it."""
        try:
            with pa.OSFile(str(folder / INDEX_NAME)) as file:
                table = pa.ipc.open_file(file).read_all().combine_chunks()
            about = orjson.loads(table.schema.metadata[_ABOUT])
            if (about["format"], about["manifest"]) != (_FORMAT, _digest_of_manifest(folder)):
                return None
            tiles = {path: leaf_from_json(leaf) for path, leaf in about["tiles"].items()}
            column = {name: table.column(name).combine_chunks() for name in table.column_names}
        except (OSError, pa.ArrowException, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return None
        numbers = {name: values.to_numpy(zero_copy_only=False) for name, values in column.items() if name != "id"}
        row = np.flatnonzero(numbers["tile"] >= 0)
        extent_e7 = np.stack([numbers[name][row] for name in ("west", "south", "east", "north")], axis=1)
        gid = numbers["gid"].astype(np.int64)
        places = Places(
            gid[row].astype(np.uint32),
            extent_e7,
            numbers["height_m"][row],
            numbers["ring_vertices"][row].astype(np.uint32),
        )
        drawn = DrawnPlaces(places, numbers["tile"][row], tiles)
        context, opening = about["context"], about["opening_issues"]
        return cls(context, opening, numbers["digest"], column["id"], numbers["noted"], gid, row, drawn)


def _digest_of_manifest(folder: Path) -> str:
    return hashlib.sha256((folder / MANIFEST_NAME).read_bytes()).hexdigest()
