"""cim backup, cim restore and cim history: on a file and on PostGIS, whole, damaged, and while others write."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from api.cli.main import main
from api.http.app import create_app
from api.pipeline.backup import back_up, read_manifest
from api.workspace import Workspace
from cim_core.progress import SilentProgress
from cim_core.store import Change, Store
from tests.api.http.builders import build_workspace, footprints, town_record
from tests.killing import run_and_kill
from tests.postgis_server import PostgisServer

#: What differs between a workspace and its backup on purpose.
NOT_COPIED = ("workspace.json", "backup.json", ".", "cim.gpkg")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_workspace(tmp_path_factory.mktemp("backup") / "town").folder


@pytest.fixture
def town(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "town"))


@pytest.fixture
def database(server: PostgisServer) -> Iterator[str]:
    name = server.create()
    yield server.url(name)
    server.drop(name)


def cim(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def answers(folder: Path) -> dict[str, bytes]:
    with TestClient(create_app(folder, folder)) as client:
        paths = [path for path in client.get("/openapi.json").json()["paths"] if "{" not in path]
        pages = {path: client.get(path) for path in paths if path != "/health"}
        return {path: found.content for path, found in pages.items() if found.status_code == 200}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(NOT_COPIED)
    }


def digest(folder: Path) -> dict[str, str]:
    with Workspace.load(folder).open_store() as store:
        return store.digest()


def test_what_is_restored_answers_byte_for_byte_the_same(town: Path, tmp_path: Path) -> None:
    made = cim("backup", town, tmp_path / "saved", "--json")
    assert made.exit_code == 0, made.output
    report = json.loads(made.output)
    assert (report["rows"]["buildings"], report["files"]) == (5, len(files(town)) + 2)  # settings and store
    assert cim("restore", tmp_path / "saved", tmp_path / "again").exit_code == 0
    assert digest(tmp_path / "again") == digest(town)
    assert files(tmp_path / "again") == files(town)
    before, after = answers(town), answers(tmp_path / "again")
    assert len(before) > 8
    assert after == before
    with Workspace.load(town).open_store() as store:
        assert list(store.chain_head()) == [report["changes"], report["chain_head"]]


def test_a_town_moves_into_postgis_and_back(town: Path, tmp_path: Path, database: str) -> None:
    assert cim("backup", town, tmp_path / "saved").exit_code == 0
    moved = cim("restore", tmp_path / "saved", tmp_path / "served", "--store", database)
    assert moved.exit_code == 0, moved.output
    assert not (tmp_path / "served" / "cim.gpkg").exists()
    assert digest(tmp_path / "served") == digest(town)
    assert answers(tmp_path / "served") == answers(town)
    with Workspace.load(tmp_path / "served").open_store() as store:
        store.import_features(town_record(), [footprints()])  # numbers go on after the copied rows
        store.edit("building", "town/b0", {"storeys": 7}, version=1)
    assert cim("backup", tmp_path / "served", tmp_path / "from-server").exit_code == 0
    assert cim("restore", tmp_path / "from-server", tmp_path / "home").exit_code == 0
    assert digest(tmp_path / "home") == digest(tmp_path / "served")


def test_a_database_in_use_is_not_overwritten(town: Path, tmp_path: Path, database: str) -> None:
    assert cim("backup", town, tmp_path / "saved").exit_code == 0
    assert cim("restore", tmp_path / "saved", tmp_path / "one", "--store", database).exit_code == 0
    refused = cim("restore", tmp_path / "saved", tmp_path / "two", "--store", database)
    assert (refused.exit_code, (tmp_path / "two").exists()) == (3, False)
    secret = database.replace("cim@", "cim:secret@")
    assert cim("restore", tmp_path / "saved", tmp_path / "three", "--store", secret).exit_code == 2


@pytest.mark.parametrize("damage", ["flip", "missing", "added", "manifest", "escape"])
def test_a_damaged_backup_is_refused_and_nothing_is_made(town: Path, tmp_path: Path, damage: str) -> None:
    saved = tmp_path / "saved"
    assert cim("backup", town, saved).exit_code == 0
    tile = saved / "tilesets/town/0123456789ab/tiles/0.glb"
    manifest = saved / "backup.json"
    match damage:
        case "flip":
            tile.write_bytes(b"\x01" + tile.read_bytes()[1:])
        case "missing":
            tile.unlink()
        case "added":
            (saved / "extra.txt").write_text("x")
        case "manifest":
            manifest.write_bytes(manifest.read_bytes()[:100])
        case "escape":
            manifest.write_text(manifest.read_text().replace('"workspace.json": {', '"../x": {}, "workspace.json": {'))
    refused = cim("restore", saved, tmp_path / "again", "--json")
    assert refused.exit_code == 3
    assert json.loads(refused.stdout)["error"]["code"] == "backup-damaged"
    assert not (tmp_path / "again").exists()
    assert not list(tmp_path.glob(".again*"))


def test_neither_command_overwrites(town: Path, tmp_path: Path) -> None:
    assert cim("backup", town, tmp_path / "saved").exit_code == 0
    assert cim("backup", town, tmp_path / "saved").exit_code == 2
    assert cim("backup", town, town / "inside").exit_code == 2
    before = digest(town)
    assert cim("restore", tmp_path / "saved", town).exit_code == 2
    assert digest(town) == before


def test_a_backup_made_while_others_write_holds_one_instant(town: Path, tmp_path: Path) -> None:
    """Two buildings get the same number in one write; a torn copy would show two numbers."""
    is_writing, is_over = threading.Event(), threading.Event()

    def write() -> None:
        with Store.open(town / "cim.gpkg") as store:
            number = 1
            while not is_over.is_set():
                number += 1
                batch = footprints()
                storeys = pa.array([number] * len(batch), pa.int16())
                store.import_features(
                    town_record(), [replace(batch, records=batch.with_column("storeys", storeys).records)]
                )
                is_writing.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert is_writing.wait(30)
    try:
        for turn in range(5):
            assert cim("backup", town, tmp_path / f"saved{turn}").exit_code == 0
    finally:
        is_over.set()
        writer.join(30)
    seen = []
    for turn in range(5):
        assert cim("restore", tmp_path / f"saved{turn}", tmp_path / f"again{turn}").exit_code == 0
        with Store.open(tmp_path / f"again{turn}" / "cim.gpkg") as store:
            storeys = set(store.buildings(dataset="town").column("storeys").to_pylist())
            assert len(storeys) == 1
            seen += storeys
    assert seen == sorted(seen)


def back_up_on(send: Callable[[Any], None], workspace: str, folder: str) -> None:
    for number in range(100):
        send(number)
        back_up(Path(workspace), Path(folder) / str(number), SilentProgress())


def test_a_killed_backup_is_whole_or_not_there(town: Path, tmp_path: Path) -> None:
    (town / "photos").mkdir()
    (town / "photos" / "large.jpg").write_bytes(bytes(3_000_000))
    for turn in range(25):
        folder = tmp_path / f"turn{turn}"
        folder.mkdir()
        last = run_and_kill(back_up_on, str(town), str(folder), seconds=0.2)[-1]
        for number in range(last + 1):
            if (folder / str(number)).exists():
                read_manifest(folder / str(number))  # whole; one is restored below
            else:
                assert number == last
    assert cim("backup", town, folder / "after").exit_code == 0
    assert cim("restore", folder / "after", tmp_path / "again").exit_code == 0
    assert files(tmp_path / "again") == files(town)


def test_history_tells_who_changed_what(town: Path) -> None:
    with Store.open(town / "cim.gpkg") as store:
        change = Change("Wang", "storey added", valid_from="2026-05-01")
        store.edit("building", "town/b0", {"storeys": 3}, version=1, change=change)
    told = cim("history", "building", "town/b0", "-w", town)
    assert told.exit_code == 0, told.output
    assert "Wang (storey added)" in told.output
    asked = cim("history", "building", "town/b0", "-w", town, "--valid-at", "2026-04-30", "--json")
    assert asked.exit_code == 0, (asked.output, asked.stderr, asked.exception)
    (row,) = json.loads(asked.output)["rows"]
    assert (row["values"]["storeys"], row["valid_to"]) == (2, "2026-05-01")
    assert cim("history", "finding", "x", "-w", town).exit_code == 2
    assert cim("history", "building", "town/none", "-w", town).exit_code == 3
