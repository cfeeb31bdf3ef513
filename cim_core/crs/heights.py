"""What a source's heights mean, and how they become heights above the ellipsoid. Never a silent no-op."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cim_core.errors import GeoreferenceError


class HeightDatum(StrEnum):
    """The zero that elevations count from."""

    ELLIPSOID = "ellipsoid"
    CHINA_1985 = "china-1985"
    EGM96 = "egm96"


@dataclass(frozen=True, slots=True)
class HeightPolicy:
    """Datum of a source's elevations and, for normal or orthometric heights, the geoid undulation N (h = H + N).

    At the county seat of Yu County N is −15.6 m (EGM96); it varies by 1.7 m across the county.
    """

    datum: HeightDatum = HeightDatum.ELLIPSOID
    undulation_m: float | None = None

    def __post_init__(self) -> None:
        """Refuse a levelled datum without an undulation, and the reverse. Raises GeoreferenceError."""
        if self.datum is HeightDatum.ELLIPSOID and self.undulation_m not in (None, 0.0):
            raise GeoreferenceError(
                "ellipsoidal heights take no geoid undulation", hint="drop --geoid-undulation or name the height datum"
            )
        if self.datum is not HeightDatum.ELLIPSOID and self.undulation_m is None:
            raise GeoreferenceError(
                f"heights above {self.datum.value} need the geoid undulation to be placed on the globe",
                hint="give --geoid-undulation, e.g. -15.6 at the seat of Yu County",
            )

    def to_ellipsoidal(self, elevation_m: ArrayLike) -> NDArray[np.float64]:
        """Heights above the ellipsoid in metres."""
        return np.asarray(elevation_m, dtype=np.float64) + (self.undulation_m or 0.0)

    def describe(self) -> str:
        """One sentence for reports."""
        if self.datum is HeightDatum.ELLIPSOID:
            return "heights are above the ellipsoid and used as they are"
        return f"heights are above {self.datum.value}; ellipsoidal height = H + ({self.undulation_m} m)"
