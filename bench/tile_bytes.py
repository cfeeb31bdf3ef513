"""Where the bytes of a tileset of buildings go: on disk, and decoded as a client holds them.

Usage: python -m bench.tile_bytes FOLDER [--json OUT]

On disk, every buffer view is charged with its stored (compressed) size to what uses it, the rest is JSON, padding and
the files beside the tiles. Decoded, an attribute is what the graphics card gets after quantisation and compression are
undone as CesiumJS does it: filtered views become floats, indices 16 or 32 bits; a property table stays what its buffer
views are.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tiles.readglb import Glb, meshopt_of, parse_glb


def measure_tileset(folder: Path) -> tuple[Counter[str], Counter[str], int]:
    """Bytes on disk by part, decoded bytes by part, and the number of buildings."""
    stored: Counter[str] = Counter()
    decoded: Counter[str] = Counter()
    features = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".glb":
            features += measure_glb(path.read_bytes(), stored, decoded)
        else:
            stored["tileset*.json" if path.name.startswith("tileset") else path.name] += path.stat().st_size
    return stored, decoded, features


def measure_glb(data: bytes, stored: Counter[str], decoded: Counter[str]) -> int:
    """Add one tile's bytes by part; the number of its features."""
    glb = parse_glb(data)
    used = 0
    for number, part in parts_of(glb.document).items():
        view = glb.document["bufferViews"][number]
        size = (meshopt_of(view) or view)["byteLength"]
        stored[part] += size
        decoded[part] += view["byteLength"]
        used += size
    stored["padding"] += len(glb.binary) - used
    stored["glb json and headers"] += len(data) - len(glb.binary)
    return sum(table["count"] for table in metadata_of(glb)["propertyTables"])


def metadata_of(glb: Glb) -> dict[str, Any]:
    """The EXT_structural_metadata object."""
    metadata: dict[str, Any] = glb.document["extensions"]["EXT_structural_metadata"]
    return metadata


def parts_of(document: dict[str, Any]) -> dict[int, str]:
    """What each buffer view is for."""
    accessors = document["accessors"]
    parts: dict[int, str] = {}
    for mesh in document["meshes"]:
        for primitive in mesh["primitives"]:
            for name, accessor in primitive["attributes"].items():
                parts[accessors[accessor]["bufferView"]] = name
            parts[accessors[primitive["indices"]]["bufferView"]] = "triangle indices"
            outline = primitive["extensions"].get("CESIUM_primitive_outline")
            if outline:
                parts[accessors[outline["indices"]]["bufferView"]] = "outline indices"
    for table in document["extensions"]["EXT_structural_metadata"]["propertyTables"]:
        for name, stored in table["properties"].items():
            for key in ("values", "stringOffsets"):
                if key in stored:
                    parts[stored[key]] = f"property {name}" + (" offsets" if key == "stringOffsets" else "")
    return parts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    stored, decoded, features = measure_tileset(options.folder)
    print(f"{features:,} buildings; bytes a building")
    print(f"{'':<26}{'on disk':>9}{'decoded':>9}")
    for part, size in sorted(stored.items(), key=lambda item: -item[1]):
        shown = f"{decoded[part] / features:9.2f}" if part in decoded else ""
        print(f"{part:<26}{size / features:9.2f}{shown}")
    print(f"{'sum':<26}{stored.total() / features:9.2f}{decoded.total() / features:9.2f}")
    if options.json:
        figures = {"features": features, "stored": dict(stored), "decoded": dict(decoded)}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
