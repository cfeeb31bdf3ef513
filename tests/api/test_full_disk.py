"""A disk that is full in an import, while tiles are made, in a backup; and imports killed at any moment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.pipeline.importing import DatasetIdentity, import_source
from api.workspace import Workspace
from cim_core.progress import SilentProgress
from cim_core.store import Store
from converters.base import ReadOptions
from tests.api.boxes import BOXES, write_boxes
from tests.full_disk import run_on_small_disk
from tests.killing import run_and_kill

KILLS = 25
ROOM = 6_000_000


def test_a_full_disk_is_said_and_everything_from_before_is_there(tmp_path: Path) -> None:
    told = run_on_small_disk("tests.api.on_full_disk", tmp_path / "disk", ROOM)
    for work in ("import", "backup", "write"):
        code, _, hint = told[work]
        assert code in {"disk-full", "store-busy", "store-copy"}, (
            told
        )  # a limit on file sizes is an I/O error to SQLite
        assert "disk" in hint or "space" in hint, told
    assert (told["is_backup_there"], told["packs"]) == (False, [])
    assert (told["health"], told["answer"]) == ("degraded", 200)
    before = {"integrity": "ok", "rtree": "ok", "buildings": BOXES, "storeys": [4], "has_tiles": True, "left_over": []}
    assert told["whole"] == before
    assert told["again"][0] == "done", told
    assert told["after"] == {**before, "buildings": 40 * BOXES, "storeys": [2]}


def publish_on(send: Callable[[Any], None], folder: str, source: str, storeys: int) -> None:
    while True:
        send(storeys)
        storeys = 1 + storeys % 9
        path = Path(source) / f"{storeys}.geojson"
        import_source(
            [path], Path(folder), DatasetIdentity("town"), ReadOptions(), SilentProgress(), derive_after=False
        )


def check_published(workspace: Workspace) -> int:
    """Every tile of the version in use is what its manifest says; returns the storeys of all buildings."""
    with workspace.open_store() as store:
        (record,) = store.datasets()
        (storeys,) = set(store.buildings().column("storeys").to_pylist())
        assert store.count_buildings() == BOXES
        with store._read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert record.tileset is not None
    version = workspace.tileset_folder("town", record.tileset.version)
    manifest = json.loads((version / "manifest.json").read_text())
    assert any(name.endswith(".glb") for name in manifest["files"])
    for name, entry in manifest["files"].items():
        assert hashlib.sha256((version / name).read_bytes()).hexdigest() == entry["sha256"], name
    return int(storeys)


def test_tiles_killed_while_they_are_published_are_served_whole(tmp_path: Path) -> None:
    for storeys in range(1, 10):
        write_boxes(tmp_path / f"{storeys}.geojson", BOXES, storeys)
    folder = tmp_path / "town"
    identity = DatasetIdentity("town")
    import_source([tmp_path / "1.geojson"], folder, identity, ReadOptions(), SilentProgress(), derive_after=False)
    workspace = Workspace.load(folder)
    seen = set()
    for turn in range(KILLS):
        run_and_kill(publish_on, str(folder), str(tmp_path), turn % 9, seconds=0.5)
        seen.add(check_published(workspace))
    assert len(seen) > 2  # some imports came to their end
    import_source([tmp_path / "5.geojson"], folder, identity, ReadOptions(), SilentProgress(), derive_after=False)
    assert check_published(workspace) == 5
    names = sorted(path.name for path in (workspace.tilesets_folder / "town").iterdir())
    assert len(names) <= 2, names  # the one in use and the one before; what killed runs left is swept
    with Store.open(folder / "cim.gpkg") as store:
        assert store.notes == ()
