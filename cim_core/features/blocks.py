"""The blocks a building is made of, one on another: what it looks like from afar where one prism would not do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: A building model of fewer triangles is drawn whole at all distances, and its blocks are not asked for.
MIN_DETAILED_TRIANGLES = 4_000


@dataclass(frozen=True, slots=True)
class Blocks:
    """Upright prisms of some rows of a batch, from below upwards for each row.

    ``row``: (B,) ascending rows of ``FeatureBatch.records``. ``outline``: (B,) Polygon or MultiPolygon in the CRS of
    the batch. ``from_m``, ``to_m``: (B,) metres above ``base_m`` of the row; the topmost ends at its ``height_m``.
    ``base_z``: (B,) z of that base in the frame of the batch's mesh.
    """

    row: NDArray[np.int64]
    outline: NDArray[np.object_]
    from_m: Floats
    to_m: Floats
    base_z: Floats

    def take_rows(self, start: int, stop: int) -> Blocks | None:
        """Those of the rows from ``start`` up to ``stop``, counted from ``start``; None where there are none."""
        chosen = (self.row >= start) & (self.row < stop)
        if not chosen.any():
            return None
        low, high, base = (values[chosen] for values in (self.from_m, self.to_m, self.base_z))
        return Blocks(self.row[chosen] - start, self.outline[chosen], low, high, base)
