"""An explicit quadtree of whole features: cells are split until each is light enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Numbers = NDArray[np.integer[Any]]
MAX_DEPTH = 22
#: A feature is large in a cell if its size is at least this share of the cell's side.
BIG_SHARE = 1 / 8


@dataclass(frozen=True, slots=True)
class Cell:
    """A node of the tree: either ``items`` (a leaf) or ``children``. ``path`` is unique and names the file."""

    path: str
    items: Numbers
    children: tuple[Cell, ...] = field(default=())


def build_quadtree(centers: Floats, weights: Numbers, max_weight: int, sizes: Floats | None = None) -> Cell:
    """Split features at the middle of a square cell until no leaf outweighs ``max_weight`` or holds one feature.

    ``centers``: (n, 2) in any metric-like plane. Every feature is in exactly one leaf, in its original order. Leaves
    side by side in a cell are one where that is light enough: tiles are fewer and fuller.
    ``sizes`` (n,) in the same unit: features large beside a cell that is split stay there, in a leaf of their own
    right under it (path ending in ``b``), so that they appear before the details.
    """
    if sizes is None:
        sizes = np.zeros(len(centers))
    low, high = centers.min(axis=0), centers.max(axis=0)
    side = float((high - low).max()) or 1.0
    return _split(
        "r", np.arange(len(centers), dtype=np.int32), (low + high) / 2, side / 2, centers, weights, max_weight, sizes
    )


def leaves_of(cell: Cell) -> list[Cell]:
    """All leaves, depth first."""
    return [leaf for child in cell.children for leaf in leaves_of(child)] if cell.children else [cell]


def _split(
    path: str,
    items: Numbers,
    middle: Floats,
    half: float,
    centers: Floats,
    weights: Numbers,
    max_weight: int,
    sizes: Floats,
) -> Cell:
    if len(items) == 1 or int(weights[items].sum()) <= max_weight:
        return Cell(path, items)
    if len(path) > MAX_DEPTH:
        halves = np.array_split(items, 2)
        parts = [
            _split(f"{path}{n}", part, middle, half, centers, weights, max_weight, sizes)
            for n, part in enumerate(halves)
        ]
        return Cell(path, items[:0], tuple(parts))
    big, items = _set_apart(items, 2 * half * BIG_SHARE, weights, max_weight, sizes)
    east, north = (centers[items, k] >= middle[k] for k in (0, 1))
    quadrant = east.astype(np.uint8) + 2 * north.astype(np.uint8)
    step = half / 2
    children = _merge_leaves(
        path,
        max_weight,
        weights,
        [
            _split(
                f"{path}{q}",
                items[quadrant == q],
                middle + np.array([step if q & 1 else -step, step if q & 2 else -step]),
                step,
                centers,
                weights,
                max_weight,
                sizes,
            )
            for q in range(4)
            if (quadrant == q).any()
        ],
    )
    if len(big):
        children = (Cell(f"{path}b", big), *children)
    return Cell(path, items[:0], children)


def _merge_leaves(path: str, max_weight: int, weights: Numbers, children: list[Cell]) -> tuple[Cell, ...]:
    """Children with neighbouring leaves joined while they are light enough, the lightest pair first.

    A joined leaf bears the quadrants it covers after a dash, as in ``r2-01``.
    """
    kept = {cell.path.removeprefix(path): cell for cell in children}
    weight = {name: int(weights[cell.items].sum()) for name, cell in kept.items() if not cell.children}
    while True:
        pairs = [
            (weight[a] + weight[b], a, b)
            for a, b in combinations(sorted(weight), 2)
            if weight[a] + weight[b] <= max_weight and _touch(a, b)
        ]
        if not pairs:
            return tuple(kept[name] for name in sorted(kept, key=lambda name: name.removeprefix("-")))
        total, a, b = min(pairs)
        items = np.sort(np.concatenate([kept.pop(a).items, kept.pop(b).items]))
        name = "-" + "".join(sorted(a.removeprefix("-") + b.removeprefix("-")))
        kept[name] = Cell(path + name, items)
        del weight[a], weight[b]
        weight[name] = total


def _touch(a: str, b: str) -> bool:
    """Whether two sets of quadrants share a side: 0 and 3 do not, nor do 1 and 2."""
    return any(int(p) + int(q) != 3 for p in a.removeprefix("-") for q in b.removeprefix("-"))


def _set_apart(
    items: Numbers, at_least: float, weights: Numbers, max_weight: int, sizes: Floats
) -> tuple[Numbers, Numbers]:
    """The largest features from a size on, at most one tile full, and the rest; both in their original order."""
    large = np.flatnonzero(sizes[items] >= at_least)
    order = large[np.argsort(-sizes[items[large]], kind="stable")]
    order = order[np.cumsum(weights[items[order]]) <= max_weight]
    is_big = np.zeros(len(items), bool)
    is_big[order] = True
    return items[is_big], items[~is_big]
