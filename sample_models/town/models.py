"""The small mesh of the town: a hexagonal pavilion for Xianghe Park, as OBJ with colored materials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from sample_models.town.write import write_text

Point = tuple[float, float, float]

MATERIALS = {
    "stone": (0.72, 0.70, 0.66),
    "pillar": (0.48, 0.16, 0.13),
    "beam": (0.24, 0.36, 0.34),
    "tile": (0.36, 0.35, 0.33),
    "rail": (0.45, 0.28, 0.18),
    "finial": (0.62, 0.50, 0.25),
}


class Obj:
    """Vertices and faces by material; z is up, metres."""

    def __init__(self) -> None:
        self.vertices: list[Point] = []
        self.faces: dict[str, list[list[int]]] = {name: [] for name in MATERIALS}

    def face(self, material: str, points: Sequence[Point]) -> None:
        """Add one polygon, counter-clockwise from outside."""
        first = len(self.vertices) + 1
        self.vertices += list(points)
        self.faces[material].append(list(range(first, first + len(points))))

    def prism(self, material: str, foot: Sequence[tuple[float, float]], low: float, high: float) -> None:
        """Add an upright prism over a counter-clockwise outline."""
        self.face(material, [(x, y, high) for x, y in foot])
        self.face(material, [(x, y, low) for x, y in reversed(foot)])
        for (x0, y0), (x1, y1) in zip(foot, [*foot[1:], foot[0]], strict=True):
            self.face(material, [(x0, y0, low), (x1, y1, low), (x1, y1, high), (x0, y0, high)])


def _ring(
    radius: float, count: int = 6, turn: float = 0.0, at: tuple[float, float] = (0.0, 0.0)
) -> list[tuple[float, float]]:
    steps = [2 * math.pi * i / count + turn for i in range(count)]
    return [(at[0] + radius * math.cos(a), at[1] + radius * math.sin(a)) for a in steps]


def build_pavilion() -> Obj:
    """A hexagonal pavilion, 8 m across and 7.4 m high: plinth, steps, six columns, railings, curved roof, finial."""
    mesh = Obj()
    mesh.prism("stone", _ring(4.0), 0.0, 0.45)
    mesh.prism("stone", _ring(3.6), 0.45, 0.6)
    for i, corner in enumerate(_ring(2.9)):
        mesh.prism("pillar", _ring(0.16, 8, at=corner), 0.6, 3.5)
        mesh.prism("stone", _ring(0.26, 8, at=corner), 0.6, 0.75)
        after = _ring(2.9)[(i + 1) % 6]
        _bar(mesh, "beam", corner, after, 0.12, 3.1, 3.5)
        if i != 4:
            _bar(mesh, "rail", corner, after, 0.18, 1.0, 1.1)
            _bar(mesh, "rail", corner, after, 0.05, 0.7, 1.0)
    mesh.prism("stone", [(-0.9, -4.1), (0.9, -4.1), (0.9, -3.4), (-0.9, -3.4)], 0.0, 0.3)
    profile = ((4.1, 3.45), (3.1, 4.0), (2.1, 4.75), (1.2, 5.6), (0.45, 6.4))
    for (r0, z0), (r1, z1) in pairwise(profile):
        low, high = _ring(r0), _ring(r1)
        for i in range(6):
            j = (i + 1) % 6
            lift = 0.28 if r0 == profile[0][0] else 0.0
            a, b = (*low[i], z0 + lift), (*low[j], z0 + lift)
            if lift:
                mid = ((low[i][0] + low[j][0]) / 2 * 0.97, (low[i][1] + low[j][1]) / 2 * 0.97, z0)
                mesh.face("tile", [a, mid, (*high[i], z1)])
                mesh.face("tile", [mid, b, (*high[j], z1), (*high[i], z1)])
            else:
                mesh.face("tile", [a, b, (*high[j], z1), (*high[i], z1)])
    mesh.face("beam", [(x, y, 3.45) for x, y in reversed(_ring(3.3))])
    mesh.prism("finial", _ring(0.42, 8), 6.3, 6.6)
    mesh.prism("finial", _ring(0.24, 8), 6.6, 7.1)
    mesh.prism("finial", _ring(0.1, 6), 7.1, 7.4)
    return mesh


def _bar(
    mesh: Obj, material: str, a: tuple[float, float], b: tuple[float, float], width: float, low: float, high: float
) -> None:
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    nx, ny = -(b[1] - a[1]) / length * width / 2, (b[0] - a[0]) / length * width / 2
    mesh.prism(
        material,
        [(a[0] - nx, a[1] - ny), (b[0] - nx, b[1] - ny), (b[0] + nx, b[1] + ny), (a[0] + nx, a[1] + ny)],
        low,
        high,
    )


def write_obj(folder: Path, name: str, mesh: Obj) -> None:
    """Write ``name``.obj and .mtl with three decimals."""
    note = "# Synthetic sample model of Xiushui CIM. Metres, z up, origin at the middle of the plinth on the ground.\n"
    rows = [note, f"mtllib {name}.mtl\n", f"o {name}\n"]
    rows += [f"v {x:.3f} {y:.3f} {z:.3f}\n" for x, y, z in mesh.vertices]
    for material, faces in mesh.faces.items():
        rows.append(f"usemtl {material}\n")
        rows += ["f " + " ".join(map(str, face)) + "\n" for face in faces]
    write_text(folder / f"{name}.obj", "".join(rows))
    mtl = [note] + [
        f"newmtl {m}\nKd {r:.3f} {g:.3f} {b:.3f}\nKa 0 0 0\nKs 0 0 0\nd 1\nillum 1\n"
        for m, (r, g, b) in MATERIALS.items()
    ]
    write_text(folder / f"{name}.mtl", "".join(mtl))
