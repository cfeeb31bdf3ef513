"""Descriptions of local systems as YAML or JSON text: read strictly, written the same way."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from pathlib import Path
from typing import Any

import pyproj
import yaml
from pyproj.exceptions import CRSError

from cim_core.crs.local import Convention, Helmert, LocalSystem, base_from_projection
from cim_core.crs.similarity import Similarity
from cim_core.errors import CimError, GeoreferenceError

#: Version of the form of these files.
FORMAT_VERSION = 1
SUFFIXES = (".yaml", ".yml", ".json")
_MAX_BYTES = 64 << 10
_HELMERT_NUMBERS = ("tx_m", "ty_m", "tz_m", "rx_arcsec", "ry_arcsec", "rz_arcsec", "scale_ppm")
_SIMILARITY_NUMBERS = ("tx_m", "ty_m", "scale", "rotation_arcsec")
_FIT_KEYS = ("points", "rmse_m", "max_m", "source", "forced")


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that appears twice, of which plain YAML silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {min(twice)!r} appears twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def read_local_system(path: Path) -> LocalSystem:
    """The system a file describes. Raises GeoreferenceError with the file's name."""
    where = str(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise GeoreferenceError("is too large to describe a coordinate system", where=where, code="bad-crs-file")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GeoreferenceError(
            "cannot be read as the description of a coordinate system",
            where=where,
            hint=getattr(error, "strerror", "") or "save it as UTF-8",
            code="bad-crs-file",
        ) from error
    return parse_local_system(text, where)


def parse_local_system(text: str, where: str) -> LocalSystem:
    """The system a YAML or JSON text describes. Raises GeoreferenceError for anything not understood."""
    try:
        data = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        problem = str(getattr(error, "problem", "") or error)
        raise GeoreferenceError(f"is not valid YAML: {problem}", where=where, code="bad-crs-file") from error
    try:
        return _system(_Fields(data, "", where))
    except CimError as error:
        error.where = error.where or where
        raise


def format_local_system(system: LocalSystem, base: str) -> str:
    """The description as YAML, in UTF-8 characters; ``base`` is the name of its base CRS, e.g. ``EPSG:4547``."""
    data: dict[str, Any] = {
        "cim_crs": FORMAT_VERSION,
        "name": {"zh": system.name_zh, "en": system.name_en},
        "base": base,
    }
    if system.similarity is not None:
        data["similarity"] = {name: getattr(system.similarity, name) for name in _SIMILARITY_NUMBERS}
    if system.helmert is not None:
        numbers = {name: getattr(system.helmert, name) for name in _HELMERT_NUMBERS}
        data["helmert"] = {"convention": system.helmert.convention.value, **numbers}
    if system.valid_area_deg is not None:
        data["valid_area_deg"] = list(system.valid_area_deg)
    if system.fit:
        data["fit"] = dict(system.fit)
    if system.provenance:
        data["provenance"] = system.provenance
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    return text


class _Fields:
    """A mapping that is taken apart key by key; what is missing, unknown or of another type is refused by name."""

    def __init__(self, data: object, path: str, where: str) -> None:
        self._path, self._where = path, where
        if not isinstance(data, Mapping):
            raise self.error("must be a mapping of keys to values", path.rstrip("."))
        self._data: Mapping[object, Any] = data

    def error(self, message: str, key: str, hint: str = "") -> GeoreferenceError:
        place = f"{self._where}: {self._path}{key}".rstrip(": ")
        return GeoreferenceError(message, where=place, hint=hint, code="bad-crs-file")

    def allow(self, known: Collection[str]) -> None:
        for key in self._data:
            if key not in known:
                raise self.error("is not a known key", str(key), f"known here: {', '.join(known)}")

    def has(self, key: str) -> bool:
        return self._data.get(key) is not None

    def value(self, key: str) -> Any:  # noqa: ANN401 - whatever YAML holds
        if not self.has(key):
            raise self.error("is missing", key)
        return self._data[key]

    def text(self, key: str) -> str:
        value = self.value(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error("must be text", key)
        return value.strip()

    def number(self, key: str, default: float | None = None) -> float:
        if default is not None and not self.has(key):
            return default
        value = self.value(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e9:
            raise self.error("must be a number", key)
        return float(value)

    def inner(self, key: str) -> _Fields:
        return _Fields(self.value(key), f"{self._path}{key}.", self._where)


def _system(fields: _Fields) -> LocalSystem:
    known = ("cim_crs", "name", "base", "projection", "datum", "similarity", "helmert")
    fields.allow((*known, "valid_area_deg", "fit", "provenance"))
    if fields.value("cim_crs") != FORMAT_VERSION:
        raise fields.error(f"must be {FORMAT_VERSION}", "cim_crs")
    name_zh, name_en = _names(fields)
    return LocalSystem(
        name_zh=name_zh,
        name_en=name_en,
        base=_base(fields),
        similarity=_similarity(fields.inner("similarity")) if fields.has("similarity") else None,
        helmert=_helmert(fields.inner("helmert")) if fields.has("helmert") else None,
        valid_area_deg=_area(fields),
        fit=_fit(fields.inner("fit")) if fields.has("fit") else {},
        provenance=fields.text("provenance") if fields.has("provenance") else "",
    )


def _names(fields: _Fields) -> tuple[str, str]:
    if isinstance(fields.value("name"), str):
        return (fields.text("name"),) * 2
    names = fields.inner("name")
    names.allow(("zh", "en"))
    return names.text("zh"), names.text("en")


def _base(fields: _Fields) -> pyproj.CRS:
    if fields.has("base") == fields.has("projection"):
        raise fields.error(
            "give either base or projection",
            "base",
            "base: EPSG:4547, or projection: +proj=tmerc … and datum: cgcs2000",
        )
    if fields.has("projection"):
        return base_from_projection(fields.text("projection"), fields.text("datum"))
    if fields.has("datum"):
        raise fields.error("stands beside base, which has a datum already", "datum", "leave it out")
    try:
        return pyproj.CRS.from_user_input(fields.text("base"))
    except CRSError as error:
        raise fields.error("is not a known coordinate system", "base", "e.g. EPSG:4547") from error


def _similarity(fields: _Fields) -> Similarity:
    fields.allow(_SIMILARITY_NUMBERS)
    scale = fields.number("scale", 1.0)
    if not 0.9 < scale < 1.1:
        raise fields.error(
            "must be close to 1", "scale", "write 1 + ppm × 10⁻⁶, e.g. 1.000116; a scale near 0 is probably in ppm"
        )
    return Similarity(fields.number("tx_m"), fields.number("ty_m"), scale, fields.number("rotation_arcsec", 0.0))


def _helmert(fields: _Fields) -> Helmert:
    fields.allow(("convention", *_HELMERT_NUMBERS))
    names = [convention.value for convention in Convention]
    if not fields.has("convention") or fields.text("convention") not in names:
        raise fields.error(
            f"must be {' or '.join(names)}",
            "convention",
            "the sign of the rotations depends on it and cannot be guessed: ask for a check point "
            "(Chinese Bursa formulas are mostly coordinate_frame)",
        )
    numbers = {name: fields.number(name, None if name.startswith("t") else 0.0) for name in _HELMERT_NUMBERS}
    return Helmert(Convention(fields.text("convention")), **numbers)


def _area(fields: _Fields) -> tuple[float, float, float, float] | None:
    if not fields.has("valid_area_deg"):
        return None
    values = fields.value("valid_area_deg")
    if not isinstance(values, list) or len(values) != 4 or not all(isinstance(v, int | float) for v in values):
        raise fields.error("must be [west, south, east, north] in degrees", "valid_area_deg")
    west, south, east, north = (float(value) for value in values)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise fields.error("must be [west, south, east, north] in degrees", "valid_area_deg")
    return west, south, east, north


def _fit(fields: _Fields) -> dict[str, Any]:
    fields.allow(_FIT_KEYS)
    return {key: fields.value(key) for key in _FIT_KEYS if fields.has(key)}
