"""What a source's heights mean, and how they become heights above the ellipsoid. Never a silent no-op."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cim_core.crs.geoid import GeoidModel, bundled_geoid, find_geoid
from cim_core.errors import GeoreferenceError

Floats = NDArray[np.float64]


class HeightDatum(StrEnum):
    """The zero that elevations count from."""

    ELLIPSOID = "ellipsoid"
    CHINA_1985 = "china-1985"
    EGM96 = "egm96"


#: Names of vertical datums in files, beside codes: what they mean for us. 1956 and EGM2008 are other zeros.
_NAMES = (
    (
        HeightDatum.CHINA_1985,
        re.compile(r"yellow sea 1985|1985国家高程|国家85|national.*1985|china.?1985|EPSG:+5737", re.IGNORECASE),
    ),
    (HeightDatum.EGM96, re.compile(r"egm ?_?(19)?96|EPSG:+5773", re.IGNORECASE)),
)


def datum_named(name: str) -> HeightDatum | None:
    """The levelled datum a vertical CRS or datum is, by its name; None for one we have no geoid model of.

    >>> datum_named("Yellow Sea 1985 height")
    <HeightDatum.CHINA_1985: 'china-1985'>
    """
    return next((datum for datum, pattern in _NAMES if pattern.search(name)), None)


#: No geoid model departs further from the ellipsoid.
_MOST_UNDULATION_M = 120.0


@dataclass(frozen=True, slots=True)
class HeightPolicy:
    """Datum of a source's elevations and, for levelled heights, where the geoid undulation N comes from (h = H + N).

    N is either one number for the whole source, ``undulation_m``, or found for each point in ``geoid``. At the county
    seat of Yu County it is −15.6 m (EGM96); it varies by 1.7 m across the county.
    """

    datum: HeightDatum = HeightDatum.ELLIPSOID
    undulation_m: float | None = None
    geoid: GeoidModel | None = None

    def __post_init__(self) -> None:
        """Refuse a levelled datum without an undulation, two of them, and one that is not needed.

        Raises GeoreferenceError.
        """
        if self.undulation_m is not None and not abs(self.undulation_m) <= _MOST_UNDULATION_M:
            raise GeoreferenceError(
                f"{self.undulation_m:g} m is no geoid undulation: it lies between -107 m and 86 m on the whole Earth",
                hint="give --geoid-undulation in metres, e.g. -15.6 at the seat of Yu County",
            )
        if self.datum is HeightDatum.ELLIPSOID:
            if self.undulation_m not in (None, 0.0) or self.geoid is not None:
                raise GeoreferenceError(
                    "ellipsoidal heights take no geoid undulation",
                    hint="drop --geoid-undulation and --geoid, or name the height datum",
                )
        elif self.undulation_m is None and self.geoid is None:
            raise GeoreferenceError(
                f"heights above {self.datum.value} need the geoid undulation to be placed on the globe",
                hint="give --geoid-undulation, e.g. -15.6 at the seat of Yu County, or a geoid model",
            )
        elif self.undulation_m is not None and self.geoid is not None:
            raise GeoreferenceError(
                "one undulation and a geoid model contradict each other", hint="give --geoid-undulation or --geoid"
            )

    @classmethod
    def by_model(cls, datum: HeightDatum, geoid: GeoidModel | None = None) -> HeightPolicy:
        """Levelled heights whose undulation comes from a model, the bundled one unless given."""
        return cls(datum, geoid=bundled_geoid() if geoid is None else geoid)

    @classmethod
    def from_record(cls, datum: str, undulation_m: float | None, workspace: Path) -> HeightPolicy:
        """The policy a workspace recorded; levelled heights without a number use the workspace's geoid model.

        Raises ValueError for a datum that is not known, UnreadableSourceError for a damaged grid.
        """
        known = HeightDatum(datum)
        if known is HeightDatum.ELLIPSOID or undulation_m is not None:
            return cls(known, undulation_m)
        return cls.by_model(known, find_geoid(workspace))

    @property
    def needs_positions(self) -> bool:
        """Whether the undulation differs from place to place."""
        return self.geoid is not None

    def undulation_at(self, lon_deg: ArrayLike | None = None, lat_deg: ArrayLike | None = None) -> Floats:
        """N in metres at each position (degrees); the positions may be left out only where N is one number.

        NaN where a position is no number. Raises GeoreferenceError outside the geoid model.
        """
        if self.geoid is None:
            return np.asarray(self.undulation_m or 0.0, dtype=np.float64)
        if lon_deg is None or lat_deg is None:
            raise ValueError("a geoid model needs positions")
        return self.geoid.undulation_at(lon_deg, lat_deg)

    def to_ellipsoidal(
        self, elevation_m: ArrayLike, lon_deg: ArrayLike | None = None, lat_deg: ArrayLike | None = None
    ) -> Floats:
        """Heights above the ellipsoid in metres; with a geoid model the positions (degrees) must be given.

        Raises GeoreferenceError outside the geoid model.
        """
        return np.asarray(elevation_m, dtype=np.float64) + self.undulation_at(lon_deg, lat_deg)

    def from_ellipsoidal(
        self, ellipsoidal_height_m: ArrayLike, lon_deg: ArrayLike | None = None, lat_deg: ArrayLike | None = None
    ) -> Floats:
        """Elevations above the datum in metres: the way back of ``to_ellipsoidal``."""
        return np.asarray(ellipsoidal_height_m, dtype=np.float64) - self.undulation_at(lon_deg, lat_deg)

    def describe(self) -> str:
        """One sentence for reports."""
        if self.datum is HeightDatum.ELLIPSOID:
            return "heights are above the ellipsoid and used as they are"
        if self.geoid is not None:
            return (
                f"heights are above {self.datum.value}; ellipsoidal height = H + N, N from the geoid model "
                f"{self.geoid.name} at each point"
            )
        return f"heights are above {self.datum.value}; ellipsoidal height = H + ({self.undulation_m} m)"
