"""What building models cost: ``cim convert`` beside the bare iterator of the same kernel and py3dtiles' IFC tiler.

Usage: python -m bench.ifc [--runs N] [--large] [--json OUT]

Every figure is of a process started anew; the three are run in turn, so that all see the same weather, and the best
of N runs counts. Memory is the peak of the sum of proportional set sizes over all processes. The large models are made
of a real one (bench.ifc_copies), run once, and are not kept. ``nan`` stands for a run that failed, ``inf`` for one that
was ended at its limit.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.ifc_copies import write_copies
from bench.processes import pss_of_tree

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "ifc"
MODELS = ("Ifc2x3_Duplex_Architecture.ifc", "AC20-FZK-Haus.ifc", "Ifc4_SampleHouse.ifc")
#: A place, as these models have none of their own that is to be believed.
AT = "113.4054,38.0848,0"
#: Ours may take long on a machine that is busy with other work; the others are ended where they are no comparison.
LIMIT_S = 300.0
LIMIT_OF_OTHERS_S = 90.0
_ITERATOR = """
import sys, ifcopenshell, ifcopenshell.geom
model = ifcopenshell.open(sys.argv[1])
settings = ifcopenshell.geom.settings()
settings.set("use-world-coords", False)
left_out = [p for name in ("IfcFeatureElementSubtraction", "IfcSpace", "IfcAnnotation") for p in model.by_type(name)]
iterator = ifcopenshell.geom.iterator(
    settings, model, 1, exclude=left_out or None, geometry_library="hybrid-cgal-simple-opencascade")
going = iterator.initialize()
while going:
    iterator.get().geometry.verts_buffer
    going = iterator.next()
"""


def measure(command: list[str], out: Path | None, limit_s: float = LIMIT_S) -> dict[str, float]:
    """Wall and CPU seconds, peak memory in MB, bytes under ``out`` in MB."""
    before, start = os.times(), time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        if time.perf_counter() - start > limit_s:
            process.kill()
            process.wait()
            return {"wall_s": float("inf"), "peak_mb": peak / 1e6}
        peak = max(peak, pss_of_tree(process.pid))
        time.sleep(0.05)
    wall, after = time.perf_counter() - start, os.times()
    if process.returncode:
        return {"wall_s": float("nan")}
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) if out and out.exists() else 0
    return {"wall_s": wall, "cpu_s": cpu, "peak_mb": peak / 1e6, "out_mb": size / 1e6}


def compare(path: Path, folder: Path, runs: int) -> dict[str, dict[str, float]]:
    """The best run of each of the three on one file."""
    ours, theirs = folder / "ours", folder / "theirs"
    commands = {
        "cim convert": (
            [
                sys.executable,
                "-m",
                "api.cli.main",
                "convert",
                str(path),
                "-o",
                str(ours),
                "--overwrite",
                "-q",
                "--at",
                AT,
            ],
            ours,
        ),
        "bare iterator": ([sys.executable, "-c", _ITERATOR, str(path)], None),
        "py3dtiles": (
            [str(Path(sys.executable).parent / "py3dtiles"), "convert", str(path), "--out", str(theirs), "--overwrite"],
            theirs,
        ),
    }
    best: dict[str, dict[str, float]] = {}
    for _ in range(runs):
        for name, (command, out) in commands.items():
            found = measure(command, out, LIMIT_S if name == "cim convert" else LIMIT_OF_OTHERS_S)
            if name not in best or not found["wall_s"] > best[name]["wall_s"]:
                best[name] = found
    return best


def main() -> None:
    """Print a table, and with --json write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [DATA / model for model in MODELS]
        if options.large:
            paths += [folder / "house-29mb.ifc", folder / "house-122mb.ifc"]
            write_copies(DATA / "Ifc4_SampleHouse.ifc", paths[-2], 12, 1100)
            write_copies(paths[-2], paths[-1], 4)
        for path in paths:
            figures[path.name] = compare(path, folder, options.runs if path.parent == DATA else 1)
            for tool, run in figures[path.name].items():
                cells = "".join(f"{key} {value:8.2f}  " for key, value in run.items())
                sys.stdout.write(f"{path.name:34} {tool:14} {cells}\n")
                sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
