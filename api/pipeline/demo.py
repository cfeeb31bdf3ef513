"""``cim demo``: the synthetic sample town as a workspace, built from its files by the imports a user calls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

import sample_models
from api.pipeline.demo_renewal import import_renewal, play_renewal
from api.pipeline.derive import Derived, derive
from api.pipeline.ground import import_terrain
from api.pipeline.importing import DatasetIdentity, import_source
from api.pipeline.opening import open_or_create_workspace
from api.pipeline.town_layers import TOWN_LAYERS, import_town_layer
from api.workspace import Workspace
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.errors import UsageError
from cim_core.files import staged_folder, write_atomically
from cim_core.progress import Progress
from converters.base import PointPosition, ReadOptions

SAMPLE = Path(sample_models.__file__).resolve().parent / "yuxian"
_STAMP = "demo.json"


def build_demo(folder: Path, progress: Progress, sample: Path = SAMPLE) -> Derived:
    """Build the demo workspace and put it in place of ``folder`` in one step.

    Raises UsageError when the folder holds anything but an earlier demo, other CimError as the imports do.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _STAMP).is_file():
        raise UsageError(
            "holds something else and is not replaced by the sample town",
            where=str(folder),
            hint="name another folder with --workspace",
        )
    town = orjson.loads((sample / "town.json").read_bytes())
    with staged_folder(folder, overwrite=True) as staging:
        derived = _build(staging, town, sample, progress)
        write_atomically(staging / _STAMP, orjson.dumps({"fingerprint": fingerprint(sample)}))
    return derived


def is_current(folder: Path, sample: Path = SAMPLE) -> bool:
    """Whether a demo workspace was built from these files by this code."""
    try:
        stamp = orjson.loads((folder / _STAMP).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return False
    return bool(stamp.get("fingerprint") == fingerprint(sample))


def fingerprint(sample: Path = SAMPLE) -> str:
    """SHA-256 over the sample's files and the code that turns them into a workspace."""
    digest = hashlib.sha256()
    house = Path(__file__).resolve().parents[2]
    code = [
        path for part in ("api/pipeline", "cim_core", "converters", "tiles") for path in (house / part).rglob("*.py")
    ]
    for path in sorted(code) + sorted(path for path in sample.rglob("*") if path.is_file()):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _build(folder: Path, town: dict[str, Any], sample: Path, progress: Progress) -> Derived:
    heights = HeightPolicy(HeightDatum(town["heights"]["datum"]), town["heights"]["undulation_m"])
    workspace = Workspace(
        folder,
        name=town["name"],
        synthetic=town["synthetic"],
        notice=town["notice"],
        crs=town["crs"],
        heights=heights,
        home=town["home"],
    )
    workspace.save()
    open_or_create_workspace(folder)
    files = town["files"]
    import_terrain(sample / files["dem"], workspace, progress)
    for kind in (kind for kind in TOWN_LAYERS if kind in files and kind != "terrain"):
        import_town_layer(sample / files[kind], folder, kind, "", None, progress, derive_after=False)
    for layer in town["layers"]:
        if layer["file"] not in {files[kind] for kind in TOWN_LAYERS if kind in files}:
            import_town_layer(sample / layer["file"], folder, "layer", layer["id"], None, progress, derive_after=False)
    for identity, path, options in _datasets(town, sample):
        import_source([path], folder, identity, options, progress, derive_after=False)
    import_renewal(workspace, sample, progress)
    with workspace.open_store() as store:
        derived = derive(store, progress, folder=folder)
        play_renewal(store, folder, sample, progress)
    return derived


def _datasets(town: dict[str, Any], sample: Path) -> Iterator[tuple[DatasetIdentity, Path, ReadOptions]]:
    placed = {model["file"]: PointPosition(*model["at"]) for model in town["models"] if "at" in model}
    for dataset in town["datasets"]:
        identity = DatasetIdentity(
            dataset["id"],
            dataset["name"]["zh"],
            dataset["name"]["en"],
            synthetic=True,
            cim_level=str(dataset.get("cim_level", "")),
        )
        yield identity, sample / dataset["file"], ReadOptions(at=placed.get(dataset["file"]))
