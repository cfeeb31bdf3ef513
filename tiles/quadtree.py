"""An explicit quadtree of whole features: cells are split until each is light enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cim_core.spill import Spill

Floats = NDArray[np.floating[Any]]
Numbers = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]
MAX_DEPTH = 22
#: A feature is large in a cell if its size is at least this share of the cell's side.
BIG_SHARE = 1 / 8
#: A cell with more features than this is split from disk.
POINTS_IN_MEMORY = 1 << 16


@dataclass(frozen=True, slots=True)
class StoredItems:
    """A run of numbers in a file of them; ``np.asarray`` reads it."""

    spill: Spill
    start: int
    count: int

    def __len__(self) -> int:
        return self.count

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Numbers:  # noqa: ANN401
        del copy  # what is read is always new
        return self.spill.slice(self.start, self.start + self.count).astype(dtype or self.spill.dtype, copy=False)


Items: TypeAlias = Numbers | StoredItems


@dataclass(frozen=True, slots=True)
class Cell:
    """A node of the tree: either ``items`` (a leaf, and what they weigh) or ``children``.

    ``path`` is unique and names the file.
    """

    path: str
    items: Items
    children: tuple[Cell, ...] = field(default=())
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Points:
    """Features as columns: their number, their middle in any metric-like plane, weight, size in the same unit."""

    item: Numbers
    x: Floats
    y: Floats
    weight: Numbers
    size: Floats

    def __len__(self) -> int:
        return len(self.item)

    def columns(self) -> tuple[NDArray[Any], ...]:
        """All columns, in their order."""
        return self.item, self.x, self.y, self.weight, self.size

    def pick(self, which: Mask) -> Points:
        """Some of them, in the same order."""
        return Points(*(column[which] for column in self.columns()))


def build_quadtree(centers: Floats, weights: Numbers, max_weight: int, sizes: Floats | None = None) -> Cell:
    """Split features at the middle of a square cell until no leaf outweighs ``max_weight`` or holds one feature.

    ``centers``: (n, 2). Every feature is in exactly one leaf, in its original order. Leaves side by side in a cell are
    one where that is light enough: tiles are fewer and fuller.
    ``sizes`` (n,): features large beside a cell that is split stay there, in a leaf of their own right under it (path
    ending in ``b``), so that they appear before the details.
    """
    size = np.zeros(len(centers)) if sizes is None else sizes
    points = Points(np.arange(len(centers), dtype=np.uint32), centers[:, 0], centers[:, 1], weights, size)
    return _Splitter(max_weight).root(points, centers.min(axis=0), centers.max(axis=0))


def build_quadtree_from_disk(
    stored: Spill, decode: Callable[[NDArray[Any]], Points], low: Floats, high: Floats, max_weight: int
) -> Cell:
    """``build_quadtree`` of records that wait on disk, with the same result; its items wait there too.

    ``decode`` makes points of records. ``low``, ``high``: corners of the box around all middles. Memory does not grow
    with the number of records.
    """
    return _Splitter(max_weight, decode, Spill(np.uint32)).root(stored, low, high)


def leaves_of(cell: Cell) -> list[Cell]:
    """All leaves, depth first."""
    return [leaf for child in cell.children for leaf in leaves_of(child)] if cell.children else [cell]


@dataclass(frozen=True, slots=True)
class _Splitter:
    """How cells are split; ``decode`` and ``kept`` are there where features wait on disk."""

    max_weight: int
    decode: Callable[[NDArray[Any]], Points] | None = None
    kept: Spill | None = None

    def root(self, found: Points | Spill, low: Floats, high: Floats) -> Cell:
        side = float((high - low).max()) or 1.0
        return self.split("r", found, (low + high) / 2, side / 2)

    def split(self, path: str, found: Points | Spill, middle: Floats, half: float) -> Cell:
        if isinstance(found, Spill):
            if len(found) > POINTS_IN_MEMORY and len(path) <= MAX_DEPTH:
                return self.split_stored(path, found, middle, half)
            found = self.decoded(found.all())
        if len(found) == 1 or int(found.weight.sum()) <= self.max_weight:
            return self.leaf(path, found.item, int(found.weight.sum()))
        if len(path) > MAX_DEPTH:
            half_way = np.arange(len(found)) < (len(found) + 1) // 2
            parts = [found.pick(half_way), found.pick(~half_way)]
            return Cell(path, _NONE, tuple(self.split(f"{path}{n}", p, middle, half) for n, p in enumerate(parts)))
        big = self.largest(found, 2 * half * BIG_SHARE)
        is_big = np.isin(found.item, big.item)
        quadrant = _quadrant(found, middle)
        parts = [found.pick((quadrant == q) & ~is_big) for q in range(4)]
        return self.node(path, big, parts, middle, half)

    def split_stored(self, path: str, found: Spill, middle: Floats, half: float) -> Cell:
        """The same, a run at a time: first what is large, then the rest into four files."""
        big, total = self.decoded(found.slice(0, 0)), 0
        for run in found.runs():
            points = self.decoded(run)
            total += int(points.weight.sum())
            big = self.largest(_join(big, points.pick(points.size >= 2 * half * BIG_SHARE)), 0.0)
        if total <= self.max_weight:
            return self.leaf(path, self.decoded(found.all()).item, total)
        parts = [Spill(found.dtype) for _ in range(4)]
        for run in found.runs():
            points = self.decoded(run)
            quadrant, is_big = _quadrant(points, middle), np.isin(points.item, big.item)
            for q, part in enumerate(parts):
                part.append(run[(quadrant == q) & ~is_big])
        return self.node(path, big, parts, middle, half)

    def node(self, path: str, big: Points, parts: list[Points] | list[Spill], middle: Floats, half: float) -> Cell:
        """A cell of what is large and of four quadrants, of which one after another is let go of."""
        step, children = half / 2, []
        for q in range(4):
            part = parts.pop(0)
            if len(part):
                there = middle + np.array([step if q & 1 else -step, step if q & 2 else -step])
                children.append(self.split(f"{path}{q}", part, there, step))
        merged = self.merge_leaves(path, children)
        if len(big):
            merged = (self.leaf(f"{path}b", big.item, int(big.weight.sum())), *merged)
        return Cell(path, _NONE, merged)

    def leaf(self, path: str, items: Numbers, weight: int) -> Cell:
        if self.kept is None:
            return Cell(path, items, (), weight)
        self.kept.append(items)
        return Cell(path, StoredItems(self.kept, len(self.kept) - len(items), len(items)), (), weight)

    def decoded(self, records: NDArray[Any]) -> Points:
        if self.decode is None:
            raise TypeError("records without a way to read them")
        return self.decode(records)

    def largest(self, points: Points, at_least: float) -> Points:
        """The largest features from a size on, at most one tile full, in their original order."""
        large = np.flatnonzero(points.size >= at_least)
        order = large[np.argsort(-points.size[large], kind="stable")]
        chosen = np.zeros(len(points), bool)
        chosen[order[np.cumsum(points.weight[order]) <= self.max_weight]] = True
        return points.pick(chosen)

    def merge_leaves(self, path: str, children: list[Cell]) -> tuple[Cell, ...]:
        """Children with neighbouring leaves joined while they are light enough, the lightest pair first.

        A joined leaf bears the quadrants it covers after a dash, as in ``r2-01``.
        """
        kept = {cell.path.removeprefix(path): cell for cell in children}
        weight = {name: cell.weight for name, cell in kept.items() if not cell.children}
        while True:
            pairs = [
                (weight[a] + weight[b], a, b)
                for a, b in combinations(sorted(weight), 2)
                if weight[a] + weight[b] <= self.max_weight and _touch(a, b)
            ]
            if not pairs:
                return tuple(kept[name] for name in sorted(kept, key=lambda name: name.removeprefix("-")))
            total, a, b = min(pairs)
            items = np.sort(np.concatenate([np.asarray(kept.pop(a).items), np.asarray(kept.pop(b).items)]))
            name = "-" + "".join(sorted(a.removeprefix("-") + b.removeprefix("-")))
            kept[name] = self.leaf(path + name, items, total)
            del weight[a], weight[b]
            weight[name] = total


_NONE = np.zeros(0, np.uint32)


def _quadrant(points: Points, middle: Floats) -> NDArray[np.uint8]:
    east, north = points.x >= middle[0], points.y >= middle[1]
    return np.asarray(east.astype(np.uint8) + 2 * north.astype(np.uint8), np.uint8)


def _join(a: Points, b: Points) -> Points:
    columns = (np.concatenate(pair) for pair in zip(a.columns(), b.columns(), strict=True))
    return Points(*columns)


def _touch(a: str, b: str) -> bool:
    """Whether two sets of quadrants share a side: 0 and 3 do not, nor do 1 and 2."""
    return any(int(p) + int(q) != 3 for p in a.removeprefix("-") for q in b.removeprefix("-"))
