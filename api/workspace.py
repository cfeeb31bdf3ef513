"""A workspace: one folder with the store, the tilesets, the terrain and what the town is called."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.errors import NotFoundError, StoreError, UsageError
from cim_core.store import Store

SETTINGS_FILE = "workspace.json"
STORE_FILE = "cim.gpkg"
DEFAULT_CRS = "EPSG:4547"
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Workspace:
    """What ``workspace.json`` says, and where everything else of the workspace lies.

    ``name`` and ``notice`` have the keys ``zh`` and ``en``; ``crs`` is the work CRS; ``heights`` says what the
    elevations of the store count from; ``home`` names what the viewer opens on, e.g. ``{"street_id": …}``;
    ``store_url`` is the database of a store that is no file in the folder.
    """

    folder: Path
    name: dict[str, str] = field(default_factory=lambda: {"zh": "", "en": ""})
    synthetic: bool = False
    notice: dict[str, str] = field(default_factory=lambda: {"zh": "", "en": ""})
    crs: str = DEFAULT_CRS
    heights: HeightPolicy = field(default_factory=HeightPolicy)
    home: dict[str, str] = field(default_factory=dict)
    store_url: str = ""

    @classmethod
    def load(cls, folder: Path) -> Workspace:
        """Read a workspace folder. Raises NotFoundError without settings, StoreError when they are not readable."""
        path = folder / SETTINGS_FILE
        try:
            settings = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise NotFoundError(
                "is not a workspace", where=str(folder), hint="make one: cim demo, or cim import", code="no-workspace"
            ) from error
        except (OSError, ValueError) as error:
            raise StoreError("cannot be read", where=str(path), hint=str(error), code="workspace-settings") from error
        if not isinstance(settings, dict):
            raise StoreError("must hold one JSON object", where=str(path), code="workspace-settings")
        return cls._from_settings(folder, settings)

    @classmethod
    def _from_settings(cls, folder: Path, settings: dict[str, Any]) -> Workspace:
        heights = settings.get("heights") or {}
        try:
            datum, undulation_m = heights.get("datum", "ellipsoid"), heights.get("undulation_m")
            by_model = undulation_m is None and heights.get("geoid")  # levelled heights with neither are refused
            policy = (
                HeightPolicy.from_record(datum, None, folder)
                if by_model
                else HeightPolicy(HeightDatum(datum), undulation_m)
            )
        except ValueError as error:
            raise StoreError(
                f"unknown height datum {heights.get('datum')!r}",
                where=f"{folder / SETTINGS_FILE}#/heights/datum",
                hint="use one of: " + ", ".join(datum.value for datum in HeightDatum),
                code="workspace-settings",
            ) from error
        return cls(
            folder=folder,
            name=_bilingual(settings.get("name")),
            synthetic=bool(settings.get("synthetic", False)),
            notice=_bilingual(settings.get("notice")),
            crs=str(settings.get("crs", DEFAULT_CRS)),
            heights=policy,
            home={str(key): str(value) for key, value in (settings.get("home") or {}).items()},
            store_url=str(settings.get("store") or ""),
        )

    def save(self) -> None:
        """Write ``workspace.json``, making the folder; an existing file is replaced in one step."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / SETTINGS_FILE
        staging = path.with_suffix(".json.part")
        staging.write_text(json.dumps(self.to_settings(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        os.replace(staging, path)  # noqa: PTH105 - Path.replace hides that this is the atomic step

    def to_settings(self) -> dict[str, Any]:
        """The content of ``workspace.json``."""
        return {
            "name": self.name,
            "synthetic": self.synthetic,
            "notice": self.notice,
            "crs": self.crs,
            "heights": {
                "datum": self.heights.datum.value,
                "undulation_m": self.heights.undulation_m,
                **({"geoid": self.heights.geoid.name} if self.heights.geoid is not None else {}),
            },
            "home": self.home,
            **({"store": self.store_url} if self.store_url else {}),
        }

    @property
    def store_location(self) -> Path | str:
        """Where everything is that is not a tile: the GeoPackage in the folder, or the URL of a database."""
        return self.store_url or self.store_path

    @property
    def store_path(self) -> Path:
        """The GeoPackage of a workspace that has its store in the folder."""
        return self.folder / STORE_FILE

    def has_store(self) -> bool:
        """Whether the store was made already. Raises StoreError when the database cannot be reached."""
        return Store.exists(self.store_location, self.folder)

    def open_store(self) -> Store:
        """The store of this workspace. Raises StoreError."""
        return Store.open(self.store_location, self.folder)

    def create_store(self) -> None:
        """Make the store, empty. Raises StoreError."""
        Store.create(self.store_location, self.crs, self.folder).close()

    @property
    def tilesets_folder(self) -> Path:
        """Parent of all tileset folders; what ``/tiles/`` serves."""
        return self.folder / "tilesets"

    @property
    def terrain_folder(self) -> Path:
        """Parent of all terrain versions; what ``/terrain/`` serves."""
        return self.folder / "terrain"

    @property
    def dem_path(self) -> Path:
        """The copied elevation model; may not exist."""
        return self.folder / "dem" / "dem.tif"

    def tileset_folder(self, dataset: str, version: str) -> Path:
        """Where one version of a dataset's tileset lies. Raises UsageError for names that are not plain."""
        return self.tilesets_folder / _plain(dataset, "dataset id") / _plain(version, "tileset version")

    def terrain_version_folder(self, version: str) -> Path:
        """Where one version of the terrain lies. Raises UsageError for a name that is not plain."""
        return self.terrain_folder / _plain(version, "terrain version")

    def terrain_version(self) -> str | None:
        """The terrain version in use: the newest folder with a ``layer.json``, or None."""
        layers = [path for path in self.terrain_folder.glob("*/layer.json") if _SAFE_NAME.fullmatch(path.parent.name)]
        newest = max(layers, key=lambda path: (path.stat().st_mtime_ns, path.parent.name), default=None)
        return None if newest is None else newest.parent.name


def checked_store_url(url: str) -> str:
    """A database URL as ``workspace.json`` may hold it. Raises UsageError for one with a password."""
    if re.search(r"://[^/@]*:[^/@]*@", url):
        raise UsageError(
            "a password does not belong into workspace.json",
            where="--store",
            hint="leave it out; PostgreSQL takes it from PGPASSWORD or ~/.pgpass",
            code="store-password",
        )
    return url


def is_plain_name(name: str) -> bool:
    """Whether a name may be a folder and a part of a URL: ASCII letters, digits, ``.``, ``_``, ``-``; at most 100."""
    return _SAFE_NAME.fullmatch(name) is not None and ".." not in name


def _plain(name: str, what: str) -> str:
    if not is_plain_name(name):
        raise UsageError(
            f"{name!r} cannot be a {what}", hint="use letters, digits, '.', '_' and '-', at most 100", code="bad-name"
        )
    return name


def _bilingual(value: object) -> dict[str, str]:
    if isinstance(value, dict):
        return {"zh": str(value.get("zh") or ""), "en": str(value.get("en") or "")}
    text = "" if value is None else str(value)
    return {"zh": text, "en": text}
