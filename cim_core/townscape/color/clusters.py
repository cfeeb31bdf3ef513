"""Dominant colors of many pixels: k-means in CIELAB with a fixed seed, clusters that look alike merged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_core.townscape.color.difference import measure_ciede2000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLUSTERS = 6
PIXELS_MAX = 20_000
MERGE_BELOW = 5.0
SEED = 15608
_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Clusters:
    """Colors by share, largest first. ``lab``: (k, 3) CIELAB D65; ``share``: (k,) of the pixels, 0 to 1."""

    lab: Floats
    share: Floats


def find_clusters(
    lab: Floats, *, count: int = CLUSTERS, merge_below: float = MERGE_BELOW, pixels_max: int = PIXELS_MAX
) -> Clusters:
    """The dominant colors of CIELAB pixels (n, 3), the same every time.

    At most ``pixels_max`` pixels are looked at, drawn with a fixed seed. Clusters closer than ``merge_below`` in
    CIEDE2000 become one, the nearest pair first. Without pixels there are no clusters.
    """
    if len(lab) == 0:
        return Clusters(np.empty((0, 3)), np.empty(0))
    random = np.random.default_rng(SEED)
    if len(lab) > pixels_max:
        lab = lab[np.sort(random.choice(len(lab), pixels_max, replace=False))]
    centres = _spread_centres(lab, count, random)
    nearest = _nearest(lab, centres)
    for _ in range(_ROUNDS):
        count_of = np.bincount(nearest, minlength=len(centres))
        sums = np.stack([np.bincount(nearest, lab[:, i], len(centres)) for i in range(3)], axis=1)
        centres = np.where(count_of[:, None] > 0, sums / np.maximum(count_of, 1)[:, None], centres)
        moved = _nearest(lab, centres)
        if (moved == nearest).all():
            break
        nearest = moved
    size = np.bincount(nearest, minlength=len(centres)).astype(np.float64)
    centres, size = _merge(centres[size > 0], size[size > 0], merge_below)
    order = np.argsort(-size, kind="stable")
    return Clusters(centres[order], size[order] / size.sum())


def _spread_centres(lab: Floats, count: int, random: np.random.Generator) -> Floats:
    """First centres, each drawn with a chance that grows with the distance to those before (k-means++)."""
    chosen = [lab[int(random.integers(len(lab)))]]
    distance = ((lab - chosen[0]) ** 2).sum(axis=1)
    while len(chosen) < count and distance.sum() > 0:
        chosen.append(lab[int(random.choice(len(lab), p=distance / distance.sum()))])
        distance = np.minimum(distance, ((lab - chosen[-1]) ** 2).sum(axis=1))
    return np.array(chosen)


def _nearest(lab: Floats, centres: Floats) -> Ints:
    squares = (lab**2).sum(axis=1)[:, None] - 2.0 * lab @ centres.T + (centres**2).sum(axis=1)
    return np.asarray(squares.argmin(axis=1), np.int64)


def _merge(centres: Floats, size: Floats, merge_below: float) -> tuple[Floats, Floats]:
    while len(centres) > 1:
        apart = measure_ciede2000(centres[:, None], centres[None, :])
        np.fill_diagonal(apart, np.inf)
        i, k = np.unravel_index(int(apart.argmin()), apart.shape)
        if apart[i, k] >= merge_below:
            break
        centres[i] = (centres[i] * size[i] + centres[k] * size[k]) / (size[i] + size[k])
        size[i] += size[k]
        centres, size = np.delete(centres, k, axis=0), np.delete(size, k)
    return centres, size
