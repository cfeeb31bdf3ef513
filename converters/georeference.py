"""Which CRS a source is in and why, and whether its numbers can be in that CRS at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from cim_core.crs.heights import HeightPolicy, datum_named
from cim_core.crs.local import is_local_system, is_map_crs, valid_area_of
from cim_core.crs.local_file import SUFFIXES, read_local_system
from cim_core.crs.shifted import TO_WGS84_BY_NAME, shifted_name
from cim_core.crs.transform import horizontal_part, is_in_area, to_lonlat
from cim_core.crs.zones import recognise_zone_code, suggest_code, zone_of
from cim_core.errors import GeoreferenceError
from cim_core.issues import IssueLog

#: Degrees that data may lie outside the area a CRS is made for before we speak of it.
_AREA_MARGIN_DEG = 3.0
#: The same for a Gauss-Krüger zone, which ends where its neighbour begins.
_ZONE_MARGIN_DEG = 0.5
#: No map coordinate is further out, zone prefixes (38 500 000 m) included.
_MAX_MAP_M = 1e8
_WGS84 = pyproj.CRS(4326)
#: Name used for heights above the ellipsoid, as a three-dimensional geographic CRS has them.
ELLIPSOIDAL = "the ellipsoid"
_GIVE_HEIGHTS = (
    "give --height-datum (china-1985 uses the bundled geoid model), with --geoid-undulation or --geoid for your own"
)
_GIVE_CRS = "give it with --crs, e.g. --crs EPSG:4547"


@dataclass(frozen=True, slots=True)
class DeclaredCrs:
    """The CRS a file states, or None with the reason why there is none; ``reason`` ends up in the report."""

    crs: pyproj.CRS | None
    reason: str


@dataclass(frozen=True, slots=True)
class ResolvedCrs:
    """The horizontal CRS a source is read in, why, and the name of the vertical CRS it came with (empty if none).

    ``unshift`` turns the source's (n, 2) longitudes and latitudes into those of ``crs``, where the source is in one
    of the shifted systems of Chinese web maps.
    """

    crs: pyproj.CRS
    reason: str
    vertical: str = ""
    unshift: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None


def parse_crs(text: str, where: str) -> pyproj.CRS:
    """A CRS from its name, code, URN or WKT. Raises GeoreferenceError, which GDAL does not."""
    try:
        return pyproj.CRS.from_user_input(text)
    except CRSError as error:
        raise GeoreferenceError(
            f"the coordinate system {text[:120]!r} is not known", where=where, hint=_GIVE_CRS, code="unknown-crs"
        ) from error


def parse_given_crs(text: str) -> tuple[pyproj.CRS, str]:
    """The CRS a user states with ``--crs`` and why we use it: a code, a name, WKT, or a file describing a local system.

    Raises GeoreferenceError; also for GCJ-02 and BD-09, which are no CRS but a shift of longitude and latitude.
    """
    name = shifted_name(text)
    if name is not None:
        raise GeoreferenceError(
            f"{name} shifts longitudes and latitudes of maps; this source is not read in it",
            where="--crs",
            hint="it is for footprints and layers; place a model with --at in WGS 84, or give the CRS it was drawn in",
            code="shifted-crs",
        )
    if text.lower().endswith(SUFFIXES) and "\n" not in text:
        system = read_local_system(Path(text))
        return system.to_crs(), f"{system.describe()}, as {Path(text).name} describes it"
    return parse_crs(text, "--crs"), "given with --crs"


def resolve_crs(
    given: str | None, declared: Callable[[], DeclaredCrs], where: str, *, may_be_shifted: bool = False
) -> ResolvedCrs:
    """The horizontal CRS of a source and why: the user's word first, then the file's. Raises GeoreferenceError.

    ``may_be_shifted`` says that the caller applies ``ResolvedCrs.unshift``, so that GCJ-02 and BD-09 are allowed.
    """
    name = shifted_name(given) if given else None
    if name is not None and may_be_shifted:
        reason = f"{name_crs(_WGS84)}, calculated from {name}, which was given with --crs"
        return ResolvedCrs(_WGS84, reason, unshift=TO_WGS84_BY_NAME[name])
    if given:
        crs, reason = parse_given_crs(given)
        reason += _overridden(crs, declared)
    else:
        found = declared()
        if found.crs is None:
            raise GeoreferenceError(
                f"the coordinate system is not known: {found.reason}", where=where, hint=_GIVE_CRS, code="no-crs"
            )
        crs, reason = found.crs, found.reason
    flat = normalise_crs(crs)
    if flat.is_geocentric or not (flat.is_geographic or is_map_crs(flat)):
        raise GeoreferenceError(
            f"{name_crs(crs)} is not a map or geographic coordinate system", where=where, hint=_GIVE_CRS, code="no-crs"
        )
    return ResolvedCrs(flat, f"{name_crs(flat)}, {reason}", _vertical_name(crs))


def settle_heights(
    given: HeightPolicy | None, vertical: str, where: str, log: IssueLog, *, what: str = "elevations"
) -> HeightPolicy:
    """The height policy of a source that has elevations; assuming is said aloud, contradicting is refused.

    A source that names the 1985 datum or EGM96 is placed by the bundled geoid model. Raises GeoreferenceError when it
    names another levelled vertical CRS and no geoid undulation is given.
    """
    if given is not None:
        log.note("height-datum", given.describe(), where=where)
        return given
    datum = datum_named(vertical)
    if datum is not None:
        policy = HeightPolicy.by_model(datum)
        log.note("height-datum", f"{policy.describe()}, because the source names {vertical}", where=where)
        return policy
    if vertical and vertical != ELLIPSOIDAL:
        raise GeoreferenceError(
            f"{what} are above {vertical}, which needs the geoid undulation to be placed on the globe",
            where=where,
            hint=_GIVE_HEIGHTS,
            code="no-height-datum",
        )
    if not vertical:
        log.warn(
            "height-datum-assumed",
            f"{what} are taken as heights above the ellipsoid, because no height datum is given",
            where=where,
            hint=_GIVE_HEIGHTS,
        )
    return HeightPolicy()


def _vertical_name(crs: pyproj.CRS) -> str:
    parts = [part.name for part in crs.sub_crs_list if part.is_vertical]
    if parts:
        return parts[0]
    return ELLIPSOIDAL if len(crs.axis_info) == 3 and crs.is_geographic else ""


def _overridden(given: pyproj.CRS, declared: Callable[[], DeclaredCrs]) -> str:
    """What the file said instead, if it said something else."""
    try:
        crs = declared().crs
    except GeoreferenceError as error:
        return f"; the file's own statement is not usable: {error.message}"
    if crs is None or normalise_crs(crs) == normalise_crs(given):
        return ""
    return f"; the file says {name_crs(crs)}"


def normalise_crs(crs: pyproj.CRS) -> pyproj.CRS:
    """The horizontal part, as the EPSG entry where PROJ is sure that it is one (``.prj`` files rarely say the code)."""
    flat = horizontal_part(crs)
    if is_local_system(flat):
        return flat
    if flat.equals(_WGS84, ignore_axis_order=True):
        return _WGS84  # also OGC:CRS84, which differs only in an axis order that no file format keeps to
    code = recognise_zone_code(flat) or flat.to_epsg(min_confidence=70)
    if code is None:
        return flat
    entry = pyproj.CRS.from_epsg(code)
    return entry if entry.is_projected == flat.is_projected else flat


def name_crs(crs: pyproj.CRS) -> str:
    """``EPSG:4547 (CGCS2000 / 3-degree Gauss-Kruger CM 114E)``, or the name alone."""
    code = crs.to_epsg()
    return f"EPSG:{code} ({crs.name})" if code else crs.name


def check_position(
    bounds: NDArray[np.float64], crs: pyproj.CRS, where: str, log: IssueLog | None = None
) -> NDArray[np.bool_]:
    """Whether each footprint (n,) lies where coordinates of ``crs`` can lie (missing ones count as fine).

    ``bounds``: (n, 4) west, south, east, north of each, NaN where missing.

    Raises GeoreferenceError when the data as a whole contradict the CRS: metres labelled as degrees, degrees
    labelled as metres, or the axes swapped. With ``log``, data far outside the area of use are noted.
    """
    has_shape = np.isfinite(bounds).all(axis=1)
    if not has_shape.any():
        return np.ones(len(bounds), dtype=bool)
    west, south, east, north = bounds[has_shape].T
    x, y = float(np.median((west + east) / 2)), float(np.median((south + north) / 2))
    is_possible = np.ones(len(bounds), dtype=bool)
    if crs.is_geographic:
        _refuse_impossible_degrees(x, y, crs, where)
        is_possible[has_shape] = (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90)
    else:
        _refuse_degrees_as_metres(bounds[has_shape], crs, where)
        is_possible[has_shape] = np.abs(bounds[has_shape]).max(axis=1) < _MAX_MAP_M
    if log is not None:
        _check_area_of_use(x, y, crs, where, log)
    return is_possible


def _refuse_impossible_degrees(x: float, y: float, crs: pyproj.CRS, where: str) -> None:
    if abs(x) <= 180 and abs(y) <= 90:
        return
    if abs(x) <= 90 and abs(y) <= 180:
        raise GeoreferenceError(
            f"longitude and latitude look swapped: a typical position is x = {x:.4f}, y = {y:.4f}",
            where=where,
            hint="export with x = longitude and y = latitude",
            code="axes-swapped",
        )
    raise GeoreferenceError(
        f"the coordinates are metres, not degrees (typically {x:.0f}, {y:.0f}), but the source is {name_crs(crs)}",
        where=where,
        hint=_propose(suggest_code(x, y)) or _GIVE_CRS,
        code="metres-as-degrees",
    )


def _refuse_degrees_as_metres(bounds: NDArray[np.float64], crs: pyproj.CRS, where: str) -> None:
    if np.abs(bounds).max() > 180:
        return
    raise GeoreferenceError(
        f"the coordinates look like degrees, but {name_crs(crs)} is in metres",
        where=where,
        hint="give --crs EPSG:4326 or EPSG:4490 if they are longitude and latitude",
        code="degrees-as-metres",
    )


def _refuse_other_zone(x: float, y: float, crs: pyproj.CRS, where: str) -> None:
    """Refuse eastings with a zone prefix that the CRS does not have, without one that it has, or with another."""
    meant = zone_of(crs)
    code = suggest_code(x, y, crs) if meant is not None else None
    if meant is None or code is None:
        return
    same_zone = {meant[0].epsg_with_prefix: "with a zone prefix", meant[0].epsg_without_prefix: "without a zone prefix"}
    looks = same_zone.get(code, "in another zone")
    raise GeoreferenceError(
        f"the eastings (typically {x:.0f}) are written {looks}, but the source is {name_crs(crs)}",
        where=where,
        hint=_propose(code),
        code="zone-prefix",
    )


def propose_crs(bounds: NDArray[np.float64]) -> str:
    """What CRS numbers look like, as a hint to a user who must say it; empty if they show none. ``bounds``: (n, 4)."""
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if len(bounds) == 0:
        return ""
    x, y = (float(np.median((bounds[:, k] + bounds[:, k + 2]) / 2)) for k in (0, 1))
    if abs(x) <= 180 and abs(y) <= 90:
        return (
            "the numbers look like longitude and latitude; give --crs EPSG:4490, or GCJ-02 if they come from a web map"
        )
    if suggest_code(x, y):
        return _propose(suggest_code(x, y))
    for east, north, swapped in ((x, y, ""), (y, x, " with x and y swapped")):
        if 1e5 < east < 9e5 and 2e6 < north < 6e6:
            return (
                f"the numbers look like a Gauss-Krüger zone without prefix{swapped}; they do not tell which: "
                "--crs EPSG:4547 is the one of 114 E"
            )
    return "the numbers look like a local grid; describe it in a file (--crs town-grid.yaml, see cim crs fit)"


def _propose(code: int | None) -> str:
    """What the numbers look like, for a hint; never taken without being asked."""
    return f"it looks like {name_crs(pyproj.CRS(code))}; if so, give --crs EPSG:{code}" if code else ""


def _check_area_of_use(x: float, y: float, crs: pyproj.CRS, where: str, log: IssueLog) -> None:
    """Refuse swapped axes and other zones, note data outside the area the CRS is made for."""
    _refuse_other_zone(x, y, crs, where)
    to_lonlat(x, y, crs)  # raises where the datum cannot be joined to WGS 84
    if valid_area_of(crs) is None or _is_in_area(x, y, crs):
        return
    if _is_in_area(y, x, crs):
        raise GeoreferenceError(
            f"the axes look swapped: x = {x:.2f}, y = {y:.2f} lies outside the area of {name_crs(crs)}, y, x inside",
            where=where,
            hint="export with x = east and y = north (Chinese survey files call the northing X)",
            code="axes-swapped",
        )
    if is_local_system(crs):
        raise GeoreferenceError(
            f"the data lie outside the area in which {crs.name} holds: typically x = {x:.2f}, y = {y:.2f}",
            where=where,
            hint="use the system only where it was determined; check x (east) and y (north), and the system itself",
            code="outside-local-system",
        )
    log.warn(
        "outside-area-of-use",
        f"the data lie outside the area {name_crs(crs)} is made for: typically x = {x:.2f}, y = {y:.2f}",
        where=where,
        hint="check the coordinate system",
    )


def _is_in_area(x: float, y: float, crs: pyproj.CRS) -> bool:
    lon, lat = (np.asarray(x), np.asarray(y)) if crs.is_geographic else to_lonlat(x, y, crs)
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return False
    margin_deg = _AREA_MARGIN_DEG if zone_of(crs) is None else _ZONE_MARGIN_DEG
    return is_in_area(float(lon), float(lat), valid_area_of(crs), 0.0 if is_local_system(crs) else margin_deg)
