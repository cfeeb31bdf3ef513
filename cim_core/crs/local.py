"""Local city grids as coordinate systems: a projection with a datum, and 4 or 7 parameters that tie it to CGCS2000."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pyproj
from pyproj.exceptions import CRSError

from cim_core.crs.similarity import Similarity
from cim_core.crs.transform import CGCS2000_GEOGRAPHIC, Area, is_cgcs2000_or_wgs84
from cim_core.errors import GeoreferenceError

#: Remark by which a CRS made here is known again; PROJ keeps remarks in WKT.
_REMARK = "cim local system"
_SCHEMA = "https://proj.org/schemas/v0.7/projjson.schema.json"
_ARC_SECOND = {"type": "AngularUnit", "name": "arc-second", "conversion_factor": 4.84813681109536e-06}
_PPM = {"type": "ScaleUnit", "name": "parts per million", "conversion_factor": 1e-06}
#: Geographic CRS of each datum a local grid may be drawn on.
DATUMS = {"cgcs2000": 4490, "xian-1980": 4610, "beijing-1954": 4214}
_EAST_NORTH = {
    "subtype": "Cartesian",
    "axis": [
        {"name": "Easting", "abbreviation": "E", "direction": "east", "unit": "metre"},
        {"name": "Northing", "abbreviation": "N", "direction": "north", "unit": "metre"},
    ],
}


class Convention(StrEnum):
    """Sign of the rotations of 7 parameters; the two differ in nothing else."""

    POSITION_VECTOR = "position_vector"
    COORDINATE_FRAME = "coordinate_frame"


@dataclass(frozen=True, slots=True)
class Helmert:
    """7 parameters from the datum of the base to CGCS2000; rotations in seconds of arc, scale in parts per million."""

    convention: Convention
    tx_m: float
    ty_m: float
    tz_m: float
    rx_arcsec: float = 0.0
    ry_arcsec: float = 0.0
    rz_arcsec: float = 0.0
    scale_ppm: float = 0.0

    @property
    def is_zero(self) -> bool:
        """Whether it would leave everything where it is, which for two datums is never true."""
        rotations = (self.rx_arcsec, self.ry_arcsec, self.rz_arcsec)
        return not any((self.tx_m, self.ty_m, self.tz_m, *rotations, self.scale_ppm))


@dataclass(frozen=True, slots=True)
class LocalSystem:
    """A named grid.

    ``base`` is the projected CRS (metres) in which the grid's numbers are, or, with ``similarity``, into which the
    similarity takes them. ``helmert`` ties a base on another datum to CGCS2000. ``valid_area_deg`` is west, south,
    east, north: where the parameters hold. ``fit`` keeps how they were found (points, rmse_m, max_m, source).
    """

    name_zh: str
    name_en: str
    base: pyproj.CRS
    similarity: Similarity | None = None
    helmert: Helmert | None = None
    valid_area_deg: tuple[float, float, float, float] | None = None
    fit: dict[str, Any] = field(default_factory=dict)
    provenance: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot place anything. Raises GeoreferenceError."""
        if not self.base.is_projected or self.base.is_bound or self.base.is_compound:
            raise _bad("the base must be a projected CRS in metres", "e.g. base: EPSG:4547")
        if self.similarity is not None and self.helmert is not None:
            raise _bad("has both 4 and 7 parameters", "keep the ones the survey office gave; never both")
        if is_cgcs2000_or_wgs84(self.base):
            if self.helmert is not None:
                raise _bad("has 7 parameters, but its base is CGCS2000 already", "name the base on the old datum")
        elif self.helmert is None:
            raise _bad(
                f"is drawn on {self.base.geodetic_crs.name if self.base.geodetic_crs else 'an unknown datum'} "
                "and nothing ties it to CGCS2000",
                "give 7 parameters (helmert), or 4 parameters (similarity) with a CGCS2000 base such as EPSG:4547",
            )
        if self.helmert is not None and self.helmert.is_zero:
            raise _bad("has 7 parameters that are all zero", "zeros leave the old datum where it is, some 100 m off")

    def to_crs(self) -> pyproj.CRS:
        """The system as a CRS, x east and y north in metres, that ``transform_xy`` and everything else can use."""
        identity = {"name": self.name_en or self.name_zh, "remarks": _REMARK, **self._usage()}
        base = _east_north(self.base)
        if self.similarity is not None:
            definition: dict[str, Any] = {
                "type": "DerivedProjectedCRS",
                "base_crs": base,
                "conversion": _similarity_conversion(self.similarity.inverse()),
                "coordinate_system": _EAST_NORTH,
                **identity,
            }
        elif self.helmert is not None:
            definition = {
                "type": "BoundCRS",
                "source_crs": base | identity,
                "target_crs": CGCS2000_GEOGRAPHIC.to_json_dict(),
                "transformation": _helmert_transformation(self.helmert),
            }
        else:
            definition = base | identity
        try:
            return pyproj.CRS.from_json_dict({"$schema": _SCHEMA} | definition)
        except CRSError as error:
            raise _bad(f"cannot be built: {error}", "check the projection") from error

    def describe(self) -> str:
        """How the system is tied to CGCS2000, for reports."""
        tie = "on CGCS2000"
        if self.similarity is not None:
            tie = f"by 4 parameters into {self.base.name}"
        elif self.helmert is not None:
            tie = f"by 7 parameters ({self.helmert.convention.value})"
        rmse_m = self.fit.get("rmse_m")
        found = f", fitted to {self.fit.get('points')} points with RMSE {rmse_m:.3f} m" if rmse_m is not None else ""
        return f"local system {self.name_zh or self.name_en}, {tie}{found}"

    def _usage(self) -> dict[str, Any]:
        if self.valid_area_deg is None:
            return {}
        west, south, east, north = self.valid_area_deg
        box = {"south_latitude": south, "west_longitude": west, "north_latitude": north, "east_longitude": east}
        return {"scope": "Local grid.", "area": self.name_en or self.name_zh, "bbox": box}


def base_from_projection(projection: str, datum: str) -> pyproj.CRS:
    """A projected CRS from a PROJ string and the name of its datum, x east and y north. Raises GeoreferenceError."""
    if datum not in DATUMS:
        raise _bad(f"the datum {datum!r} is not known", "one of: " + ", ".join(DATUMS))
    if "+datum" in projection or "+towgs84" in projection or "+ellps" in projection:
        raise _bad("the projection names a datum or ellipsoid", "leave it out: the datum is said by 'datum'")
    try:
        drawn = pyproj.CRS.from_string(f"{projection} +datum=WGS84 +type=crs").to_json_dict()
        return pyproj.CRS.from_json_dict(
            {
                "$schema": _SCHEMA,
                "type": "ProjectedCRS",
                "name": f"{datum} / {projection}",
                "base_crs": pyproj.CRS(DATUMS[datum]).to_json_dict(),
                "conversion": drawn["conversion"],
                "coordinate_system": _EAST_NORTH,
            }
        )
    except (CRSError, KeyError) as error:
        raise _bad(
            f"the projection {projection[:120]!r} is not understood", "e.g. +proj=tmerc +lon_0=113.4167 +x_0=500000"
        ) from error


def is_local_system(crs: pyproj.CRS) -> bool:
    """Whether a CRS was made from a description of a local system."""
    own = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    return bool(own.remarks == _REMARK)


def is_map_crs(crs: pyproj.CRS) -> bool:
    """Whether coordinates are plane metres (or feet); PROJ counts a grid with 4 parameters as a kind of its own."""
    return bool(crs.is_projected or crs.type_name == "Derived Projected CRS")


def valid_area_of(crs: pyproj.CRS) -> Area | None:
    """Where a CRS is meant to be used, also of a system tied by parameters."""
    return crs.area_of_use or (crs.source_crs.area_of_use if crs.is_bound and crs.source_crs is not None else None)


def _east_north(crs: pyproj.CRS) -> dict[str, Any]:
    definition: dict[str, Any] = crs.to_2d().to_json_dict()
    for key in ("id", "$schema", "scope", "area", "bbox", "usages", "remarks"):
        definition.pop(key, None)
    # WKT keeps no axes of a base; under a name of its own PROJ takes east first instead of the axes of the EPSG entry.
    return definition | {"name": f"{crs.name} (east, north)", "coordinate_system": _EAST_NORTH}


def _similarity_conversion(similarity: Similarity) -> dict[str, Any]:
    """EPSG method 9621, whose formula and signs are those of ``Similarity``."""
    parameters = (
        ("Ordinate 1 of evaluation point in target CRS", similarity.tx_m, "metre", 8621),
        ("Ordinate 2 of evaluation point in target CRS", similarity.ty_m, "metre", 8622),
        ("Scale factor for source CRS axes", similarity.scale, "unity", 1061),
        ("Rotation angle of source CRS axes", similarity.rotation_arcsec, _ARC_SECOND, 8614),
    )
    return _operation("4 parameters", "Similarity transformation", 9621, parameters)


def _helmert_transformation(helmert: Helmert) -> dict[str, Any]:
    """EPSG methods 9606 and 9607."""
    is_vector = helmert.convention is Convention.POSITION_VECTOR
    name = "Position Vector transformation" if is_vector else "Coordinate Frame rotation"
    parameters = (
        ("X-axis translation", helmert.tx_m, "metre", 8605),
        ("Y-axis translation", helmert.ty_m, "metre", 8606),
        ("Z-axis translation", helmert.tz_m, "metre", 8607),
        ("X-axis rotation", helmert.rx_arcsec, _ARC_SECOND, 8608),
        ("Y-axis rotation", helmert.ry_arcsec, _ARC_SECOND, 8609),
        ("Z-axis rotation", helmert.rz_arcsec, _ARC_SECOND, 8610),
        ("Scale difference", helmert.scale_ppm, _PPM, 8611),
    )
    return _operation("7 parameters", f"{name} (geog2D domain)", 9606 if is_vector else 9607, parameters)


def _operation(
    name: str, method: str, code: int, parameters: tuple[tuple[str, float, Any, int], ...]
) -> dict[str, Any]:
    return {
        "name": name,
        "method": {"name": method, "id": {"authority": "EPSG", "code": code}},
        "parameters": [
            {"name": label, "value": value, "unit": unit, "id": {"authority": "EPSG", "code": parameter}}
            for label, value, unit, parameter in parameters
        ],
    }


def _bad(message: str, hint: str) -> GeoreferenceError:
    return GeoreferenceError(f"a local system cannot be used: {message}", hint=hint, code="bad-local-system")
