"""What a town does when its disk is full, told as JSON; run by ``test_full_disk``, see ``tests.full_disk``."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from starlette.testclient import TestClient

from api.http.app import create_app
from api.pipeline.backup import back_up
from api.pipeline.importing import DatasetIdentity, import_source
from api.workspace import Workspace
from cim_core.errors import CimError
from cim_core.progress import SilentProgress
from cim_core.store import Change, Store
from converters.base import ReadOptions
from tests.api.boxes import BOXES, write_boxes
from tests.full_disk import fill_disk, free_disk, is_on_small_disk

LEFT = 150_000


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


def outcome(work: Callable[[], object]) -> list[str]:
    try:
        work()
    except CimError as error:
        return [error.code, error.message, error.hint]
    return ["done", "", ""]


def check_whole(folder: Path) -> dict[str, Any]:
    workspace = Workspace.load(folder)
    with Store.open(folder / "cim.gpkg") as store, store._read() as connection:
        (record,) = store.datasets()
        assert record.tileset is not None
        version = workspace.tileset_folder(record.id, record.tileset.version)
        return {
            "integrity": connection.exec_driver_sql("PRAGMA integrity_check").scalar_one(),
            "rtree": connection.exec_driver_sql("SELECT rtreecheck('rtree_buildings_geom')").scalar_one(),
            "buildings": store.count_buildings(),
            "storeys": store.buildings(ids=("b0",)).column("storeys").to_pylist(),
            "has_tiles": (version / "tileset.json").is_file(),
            "left_over": [p.name for p in (workspace.tilesets_folder / "town").iterdir() if p.name.startswith(".")],
        }


def main(disk: Path) -> dict[str, Any]:
    folder, few, many = disk / "town", disk / "few.geojson", disk / "many.geojson"
    write_boxes(few, BOXES, 1)
    write_boxes(many, 40 * BOXES, 2)

    def bring(source: Path) -> None:
        import_source([source], folder, DatasetIdentity("town"), ReadOptions(), SilentProgress(), derive_after=False)

    bring(few)
    with Store.open(folder / "cim.gpkg") as store:
        store.edit("building", "town/b0", {"storeys": 4}, version=1, change=Change("Li"))
    fill_disk(disk, LEFT)
    told: dict[str, Any] = {"import": outcome(lambda: bring(many))}
    told["backup"] = outcome(lambda: back_up(folder, disk / "saved", SilentProgress()))
    with Store.open(folder / "cim.gpkg") as store:
        pack = {"id": "big", "name": {"zh": "大", "en": "big"}, "note": "x" * 3_000_000}
        told["write"] = outcome(lambda: store.save_rule_pack(pack))
        told["packs"] = [pack["id"] for pack in store.rule_packs()]
    told["is_backup_there"] = (disk / "saved").exists()
    if not is_on_small_disk():  # a limit on file sizes is not seen by who asks for free space
        shutil.disk_usage = lambda _path: _Usage(1_000_000, 990_000, 10_000)  # type: ignore[assignment, return-value]
    with TestClient(create_app(folder, folder)) as client:
        told["health"] = client.get("/health").json()["status"]
        told["answer"] = client.get("/api/v1/buildings?limit=1").status_code
    told["whole"] = check_whole(folder)
    free_disk(disk)
    told["again"] = outcome(lambda: bring(many))
    told["after"] = check_whole(folder)
    return told


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
