"""Several tilesets under one root: a tileset whose children are external tilesets (OGC 22-025r4, 7.9)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

from cim_core.files import write_atomically
from tiles.spec import Tile, Tileset
from tiles.tree import Region, diagonal_m, region_json, union_regions


def write_group(folder: Path, region_by_name: Mapping[str, Region]) -> None:
    """Write ``folder/tileset.json`` over every ``folder/<name>/tileset.json``; its region encloses all of theirs.

    A region is west, south, east, north in degrees, lowest and highest height in metres above the ellipsoid.
    """
    children: list[Tile] = [
        {
            "boundingVolume": {"region": region_json(region)},
            "geometricError": diagonal_m(region),
            "content": {"uri": f"{name}/tileset.json"},
        }
        for name, region in region_by_name.items()
    ]
    enclosing = union_regions(list(region_by_name.values()))
    error = max(2 * child["geometricError"] for child in children)
    root: Tile = {
        "boundingVolume": {"region": region_json(enclosing)},
        "geometricError": error,
        "refine": "ADD",
        "children": children,
    }
    tileset: Tileset = {"asset": {"version": "1.1"}, "geometricError": 2 * error, "root": root}
    write_atomically(folder / "tileset.json", orjson.dumps(tileset, option=orjson.OPT_INDENT_2))
