"""``cim crs``: what we believe of a coordinate system, fitting one to control points, naming one in a workspace."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

from api.workspace import Workspace, is_plain_name
from cim_core.crs.control_points import FittedSystem, fit_local_system
from cim_core.crs.local import is_local_system, is_map_crs, valid_area_of
from cim_core.crs.local_file import SUFFIXES, format_local_system, read_local_system
from cim_core.crs.shifted import shifted_name, wgs84_to_bd09, wgs84_to_gcj02
from cim_core.crs.transform import horizontal_part, is_cgcs2000_or_wgs84, to_lonlat, transform_xy
from cim_core.crs.zones import zone_of
from cim_core.errors import GeoreferenceError, UsageError
from cim_core.files import write_atomically
from converters.control_points import read_control_points
from converters.georeference import name_crs, normalise_crs, parse_crs, parse_given_crs

#: Folder of a workspace with the systems that have a name there.
SYSTEMS_FOLDER = "crs"
_EXAMPLE_DEG = (113.4054, 38.0848)


@dataclass(frozen=True, slots=True)
class CrsExplanation:
    """What ``cim crs show`` prints. ``is_usable`` says whether positions in it can be placed at all.

    ``example``: coordinates of the county seat (or of the middle of the system's area) in the system.
    """

    given: str
    name: str
    kind: str
    datum: str
    policy: str
    is_usable: bool
    axes: str
    area_deg: tuple[float, float, float, float] | None
    zone: str
    vertical: str
    example: str
    hint: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


def find_named_system(text: str | None, workspace: Path | None) -> str | None:
    """``text``, or the path of the system registered under that name in the workspace."""
    if text and workspace is not None and is_plain_name(text):
        path = workspace / SYSTEMS_FOLDER / f"{text}.yaml"
        if path.is_file():
            return str(path)
    return text


def explain_crs(text: str, workspace: Path | None = None) -> CrsExplanation:
    """What is believed of a coordinate system and why. Raises GeoreferenceError for one that is not known."""
    shifted = shifted_name(text)
    if shifted is not None:
        return _explain_shifted(text, shifted)
    crs, reason = parse_given_crs(find_named_system(text, workspace) or text)
    vertical = ", ".join(part.name for part in crs.sub_crs_list if part.is_vertical)
    try:
        flat = normalise_crs(crs)
        area = valid_area_of(flat)
        lon_deg, lat_deg = _example_position(area)
        x, y = _place(lon_deg, lat_deg, flat)
        policy, hint, is_usable = _policy(flat, reason), "", True
        unit = "degrees" if flat.is_geographic else "metres"
        example = f"{lon_deg:.4f} E, {lat_deg:.4f} N is x = {x:.3f}, y = {y:.3f}" if unit == "metres" else ""
    except GeoreferenceError as error:
        flat, area = crs, crs.area_of_use
        reason = error.message
        if error.code == "ballpark-refused":
            reason = f"no trustworthy transformation from {crs.name} to CGCS2000"
        policy, hint, is_usable, example = f"refused: {reason}", error.hint, False, ""
        unit = "degrees" if crs.is_geographic else "metres"
    geodetic = flat.geodetic_crs
    return CrsExplanation(
        given=text,
        name=name_crs(flat),
        kind=_kind(flat),
        datum=geodetic.datum.name if geodetic is not None and geodetic.datum is not None else "unknown",
        policy=policy,
        is_usable=is_usable,
        axes=f"x east, y north in {unit}, whatever the authority lists first",
        area_deg=None if area is None else (area.west, area.south, area.east, area.north),
        zone=_zone(flat),
        vertical=vertical,
        example=example,
        hint=hint,
    )


def fit_system(
    points: Path, target: str, out: Path | None, *, name_zh: str = "", name_en: str = "", force: bool = False
) -> FittedSystem:
    """Fit 4 parameters to the control points of a CSV file and write the system to ``out``. Raises CimError."""
    base = normalise_crs(parse_crs(target, "--to"))
    title = name_zh or name_en or points.stem
    fitted = fit_local_system(
        read_control_points(points),
        base,
        name_zh=name_zh or title,
        name_en=name_en or title,
        source=points.name,
        force=force,
    )
    if out is not None:
        if out.suffix.lower() not in SUFFIXES:
            raise UsageError("must end in .yaml", where=str(out), hint="e.g. -o town-grid.yaml")
        code = base.to_epsg()
        write_atomically(out, format_local_system(fitted.system, f"EPSG:{code}" if code else base.to_wkt()).encode())
    return fitted


def add_system(path: Path, workspace: Path, name: str | None = None) -> Path:
    """Register a described system in a workspace under a name, so that ``--crs NAME`` finds it. Raises CimError."""
    Workspace.load(workspace)
    system = read_local_system(path)
    system.to_crs()
    label = name or path.stem
    if not is_plain_name(label):
        raise UsageError(
            f"{label!r} cannot be the name of a system", where="--name", hint="use letters, digits, '.', '_' and '-'"
        )
    target = workspace / SYSTEMS_FOLDER / f"{label}.yaml"
    target.parent.mkdir(exist_ok=True)
    write_atomically(target, path.read_bytes())
    return target


def _explain_shifted(text: str, name: str) -> CrsExplanation:
    here = np.array([_EXAMPLE_DEG])
    lon_deg, lat_deg = (wgs84_to_gcj02 if name == "GCJ-02" else wgs84_to_bd09)(here)[0]
    distance_m = pyproj.Geod(ellps="WGS84").inv(*_EXAMPLE_DEG, lon_deg, lat_deg)[2]
    return CrsExplanation(
        given=text,
        name=name,
        kind="longitude and latitude of Chinese web maps, shifted",
        datum="WGS 84, shifted by a formula",
        policy="turned back into WGS 84 vertex by vertex when stated with --crs; exact inverse by iteration (1e-10°)",
        is_usable=True,
        axes="x longitude, y latitude in degrees",
        area_deg=(72.004, 0.8293, 137.8347, 55.8271),
        zone="",
        vertical="",
        example=f"{_EXAMPLE_DEG[0]} E, {_EXAMPLE_DEG[1]} N is {lon_deg:.6f}, {lat_deg:.6f}, {distance_m:.0f} m away",
    )


def _example_position(area: Any) -> tuple[float, float]:  # noqa: ANN401 - PROJ's area object
    is_seat_inside = area is None or (
        area.west <= _EXAMPLE_DEG[0] <= area.east and area.south <= _EXAMPLE_DEG[1] <= area.north
    )
    return _EXAMPLE_DEG if is_seat_inside else ((area.west + area.east) / 2, (area.south + area.north) / 2)


def _place(lon_deg: float, lat_deg: float, crs: pyproj.CRS) -> tuple[float, float]:
    """Coordinates of a position, proved by the way back. Raises GeoreferenceError."""
    x, y = transform_xy(lon_deg, lat_deg, pyproj.CRS(4490), crs)
    to_lonlat(x, y, crs)
    return float(x), float(y)


def _policy(crs: pyproj.CRS, reason: str) -> str:
    if is_local_system(crs):
        return reason
    if is_cgcs2000_or_wgs84(horizontal_part(crs)):
        return "CGCS2000 and WGS 84 are declared equal here (centimetres to decimetres)"
    if crs.is_bound:
        return "joined to CGCS2000 by the parameters it carries"
    return "joined to CGCS2000 by the most accurate operation PROJ publishes for the place"


def _kind(crs: pyproj.CRS) -> str:
    if is_local_system(crs):
        return "local system"
    return "map" if is_map_crs(crs) else "longitude and latitude" if crs.is_geographic else crs.type_name


def _zone(crs: pyproj.CRS) -> str:
    found = zone_of(crs)
    if found is None:
        return ""
    zone, is_prefixed = found
    other = zone.epsg_without_prefix if is_prefixed else zone.epsg_with_prefix
    written = "with" if is_prefixed else "without"
    return (
        f"{zone.width_deg}-degree zone {zone.number}, central meridian {zone.meridian_deg} E, eastings {written} the "
        f"zone prefix ({'without' if is_prefixed else 'with'} it: EPSG:{other})"
    )
