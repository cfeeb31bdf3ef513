"""The two engines side by side, element by element: time, missing elements, boxes, colors.

Usage: python -m bench.ifc_engines FILE...
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import ifclite_geom
import ifcopenshell
import numpy as np

from converters.ifc.engines import ATTEMPTS, Job, lite_body
from converters.ifc.mesh import ModelShapes
from converters.ifc.selection import select_products
from converters.ifc.shapes import ShapeBook
from converters.ifc.spool import SpoolWriter, read_spool

SAME_M = 0.01


def compare(path: Path) -> dict[str, object]:
    """Seconds of each engine in one process, and what the second does differently from the first."""
    start = time.perf_counter()
    model = ifcopenshell.open(str(path))
    selection = select_products(model)
    steps = tuple(sorted(selection.representation_by_product))
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "a.spool"
        with SpoolWriter(spool) as writer:
            ATTEMPTS[0].run(Job(path, model, selection, 1e-3), steps, ShapeBook(writer))
        shapes = ModelShapes.of_spools([read_spool(spool)])
        reference_s = time.perf_counter() - start
        start = time.perf_counter()
        found = ifclite_geom.geometry_data_buffers(path.read_bytes(), ids=set(steps))["elements"]
        lite_s = time.perf_counter() - start
        lower, upper = shapes.boxes()
        outcome: Counter[str] = Counter()
        for n, step in enumerate(shapes.step.tolist()):
            outcome[_judge(shapes, n, lower[n], upper[n], found.get(step))] += 1
        outcome["only the second has it"] = len(set(found) & set(steps) - set(shapes.step.tolist()))
        triangles = np.array([len(s.triangles) for s in shapes.shapes])
        return {
            "file": path.name,
            "reference_s": round(reference_s, 2),
            "second_s": round(lite_s, 2),
            "elements": len(steps),
            "distinct_shapes": len(shapes.shapes),
            "triangles": int(triangles[shapes.shape].sum()),
            "second_triangles": sum(len(e["faces"]) // 12 for e in found.values()),
            **dict(outcome),
        }


def _judge(shapes: ModelShapes, number: int, lower: np.ndarray, upper: np.ndarray, found: dict | None) -> str:
    if found is None or not len(found["faces"]):
        return "missing in the second"
    body = lite_body(found)
    off = max(np.abs(body.positions.min(axis=0) - lower).max(), np.abs(body.positions.max(axis=0) - upper).max())
    if off > SAME_M:
        return "box off by more than 1 cm"
    colors = np.unique(shapes.shapes[int(shapes.shape[number])].colors, axis=0)
    if len(colors) > 1:
        return "same box, several colors in the first"
    if colors[0, 3] and np.abs(colors[0].astype(int) - body.colors[0]).max() > 2:
        return "same box, another color"
    return "equal"


def main() -> None:
    """Print one line a file."""
    for name in sys.argv[1:]:
        print(compare(Path(name)))


if __name__ == "__main__":
    main()
