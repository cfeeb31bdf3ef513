"""How much of a client's memory 300,000 buildings in view take: three shifted copies, one tileset, a real browser.

Usage: python -m bench.tile_cache [FILE] [--copies N] [--outlined] [--json OUT]

CesiumJS frames the whole tileset at its usual screen-space error of 16 pixels and at 2, with a cache of 512 MiB, and
tells what it holds (``Cesium3DTileset.totalMemoryUsageInBytes``): without outlines, as the viewer draws so many, or
with them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from bench.footprints import DEFAULT, write_copy
from bench.processes import ROOT, run_cim

ERRORS = ("16", "2")


def measure(path: Path, copies: int, folder: Path, *, outlined: bool) -> dict[str, object]:
    """The browser's figures for each screen-space error."""
    source, out = folder / "copies.gpkg", folder / "tiles"
    for copy in range(copies):
        write_copy(path, source, shift_deg=0.14 * copy, copy=copy)
    run_cim("convert", source, "-o", out, "-q")
    manifest = json.loads((out / "manifest.json").read_bytes())
    command = ["node", "scripts/tile-cache.mjs", *(["--outlined"] if outlined else []), str(out), *ERRORS]
    done = subprocess.run(command, cwd=ROOT / "viewer", capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return {
        "buildings": manifest["counts"]["features"],
        "tiles": manifest["counts"]["tiles"],
        **json.loads(done.stdout),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--outlined", action="store_true", help="with outlines")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = measure(options.file, options.copies, Path(name), outlined=options.outlined)
    text = json.dumps(figures, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
