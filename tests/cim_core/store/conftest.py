"""An empty store, and one with the small town of the HTTP tests in it, on each kind of database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely

from cim_core.store import Store
from tests.api.http.builders import WORK_CRS, X0, Y0, fill, footprints, town_record
from tests.postgis_server import PostgisServer

Made = Callable[[str], str]


MANY = 5_000


def import_many(store: Store, storeys: int) -> None:
    """``MANY`` buildings in a row, all of the same number of storeys."""
    x = X0 + 10 * np.arange(MANY)
    shapes = shapely.to_wkb(shapely.box(x, Y0, x + 5, Y0 + 5))
    columns = {
        "id": [f"b{i}" for i in range(MANY)],
        "kind": ["building"] * MANY,
        "storeys": pa.array([storeys] * MANY, pa.int16()),
        "geometry": shapes,
    }
    store.import_features(town_record(), [replace(footprints(), records=pa.RecordBatch.from_pydict(columns))])


def grow(store: Store) -> None:
    """``MANY`` buildings with a finding, a frontage and a link each: enough for PostgreSQL to prefer an index."""
    import_many(store, 1)
    number, ids = MANY, [f"b{i}" for i in range(MANY)]
    own = {"building_id": ids, "dataset": ["town"] * number}
    verdicts = ["fail" if i % 100 == 0 else "pass" for i in range(number)]
    many = {**own, "rule_id": ["r"] * number, "verdict": verdicts, "margin": np.arange(number) * 0.1}
    store.save_findings(pa.table(many), date(2026, 1, 1))
    shapes = store.buildings(columns=("geometry",)).column("geometry").to_numpy()
    facades = shapely.to_wkb(shapely.boundary(shapely.from_wkb(shapes)))
    streets = [f"s{i % 50}" for i in range(number)]
    store.save_frontages(pa.table({**own, "street_id": streets, "facade": facades}))
    store.save_project_links(pa.table({**own, "project_id": streets}))


FILLS: dict[str, Callable[[Store], None]] = {"empty": lambda _store: None, "town": fill, "grown": grow}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the file with a store of a name in ``FILLS``, to be copied; made when first asked for."""
    folder = tmp_path_factory.mktemp("store")

    def make(what: str) -> Path:
        path = folder / f"{what}.gpkg"
        if not path.exists():
            with Store.create(path, WORK_CRS) as store:
                FILLS[what](store)
        return path

    return make


@pytest.fixture(scope="session")
def templates(server: PostgisServer) -> Callable[[str], str]:
    """Gives the database with a store of a name in ``FILLS``, to be copied; made when first asked for."""
    names: dict[str, str] = {}

    def make(what: str) -> str:
        if what not in names:
            names[what] = server.create()
            with Store.create(server.url(names[what]), WORK_CRS) as store:
                FILLS[what](store)
        return names[what]

    return make


@pytest.fixture
def filled(files: Callable[[str], Path]) -> Path:
    """The file with the town, not to be written."""
    return files("town")


@pytest.fixture(params=["geopackage", "postgis"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database; a test module about one of them has a fixture of this name that says which."""
    return str(request.param)


@pytest.fixture
def location(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Made]:
    """Gives the place of a new copy of a store in ``FILLS``."""
    databases: list[str] = []

    def make(what: str) -> str:
        if kind == "geopackage":
            return str(shutil.copy(request.getfixturevalue("files")(what), tmp_path / f"{what}.gpkg"))
        server: PostgisServer = request.getfixturevalue("server")
        databases.append(server.create(request.getfixturevalue("templates")(what)))
        return server.url(databases[-1])

    yield make
    for name in databases:
        request.getfixturevalue("server").drop(name)


@pytest.fixture
def store(location: Made) -> Iterator[Store]:
    with Store.open(location("empty")) as opened:
        yield opened


@pytest.fixture
def town(location: Made) -> Iterator[Store]:
    with Store.open(location("town")) as opened:
        yield opened


@pytest.fixture
def grown(location: Made) -> Iterator[Store]:
    with Store.open(location("grown")) as opened:
        yield opened
