"""The sample town imported, derived and checked in both kinds of database: every row and every count the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely

from api.pipeline.derive import derive
from api.workspace import Workspace
from cim_core.features import BUILDING_ATTRIBUTES, FeatureBatch
from cim_core.progress import SilentProgress
from cim_core.store import Store
from tests.api.http.builders import footprints
from tests.postgis_server import PostgisServer

DAY = date(2026, 11, 22)
#: What depends on when it was written.
CLOCKED = {"recorded_from", "recorded_at"}


@pytest.fixture
def database(server: PostgisServer) -> Iterator[str]:
    name = server.create()
    yield server.url(name)
    server.drop(name)


def import_town(source: Store, target: Store) -> dict[str, object]:
    """All of the sample town once more through the front door; returns what was counted."""
    crs = source.work_crs
    names = ["id", "gid", "parent_id", "kind", "geometry", "height_source", *(a.name for a in BUILDING_ATTRIBUTES)]
    counts: dict[str, object] = {}
    for record in source.datasets():
        rows = source.buildings(dataset=record.id, columns=names)
        batches = [
            FeatureBatch(batch, replace(footprints().meta, crs=crs)) for batch in rows.combine_chunks().to_batches()
        ]
        counts[record.id] = target.import_features(record, batches)
    target.import_streets(source.streets(), crs)
    target.import_zones(source.zones(), crs)
    target.import_plan_units(source.plan_units(), crs)
    target.import_view_corridors(source.view_corridors(), crs)
    target.import_projects(source.projects(), crs)
    for pack in source.rule_packs():
        target.save_rule_pack(pack)
    counts["derived"] = derive(target, SilentProgress(), DAY)
    counts["projects"] = target.project_counts()
    for by in (None, "zone", "street", "clause", "kind"):
        counts[f"findings by {by}"] = target.findings_summary(by)
    return counts


def without_clock(table: pa.Table) -> pa.Table:
    return table.drop_columns([name for name in table.column_names if name in CLOCKED])


def test_both_stores_hold_and_answer_the_same(demo_workspace: Path, tmp_path: Path, database: str) -> None:
    with (
        Workspace.load(demo_workspace).open_store() as source,
        Store.create(tmp_path / "cim.gpkg", source.work_crs, demo_workspace) as in_file,
        Store.create(database, source.work_crs, demo_workspace) as on_server,
    ):
        counts = import_town(source, in_file)
        assert import_town(source, on_server) == counts
        assert on_server.count_rows() == in_file.count_rows()
        for ask in (
            lambda store: store.buildings(with_verdict=True),
            lambda store: store.frontages(),
            lambda store: store.project_links(with_excluded=True),
            lambda store: store.street_verdicts().sort_by([("street_id", "ascending"), ("verdict", "ascending")]),
            lambda store: store.findings()[1],
            lambda store: store.zones(),
        ):
            assert without_clock(ask(on_server)).equals(without_clock(ask(in_file)))
        dataset = max(source.datasets(), key=lambda record: record.buildings).id
        west, south, east, north = in_file.to_work_box(in_file.dataset(dataset).extent_deg)
        shapes = shapely.from_wkb(in_file.buildings().column("geometry").to_numpy())
        low_x, low_y, high_x, high_y = shapely.bounds(shapes).T
        for share in np.linspace(0.1, 0.9, 9):  # boxes from the corner on, each larger
            box = (west, south, west + (east - west) * share, south + (north - south) * share)

            def meet(margin: float, box: tuple[float, ...] = box) -> int:
                is_in_x = (high_x >= box[0] - margin) & (low_x <= box[2] + margin)
                return int((is_in_x & (high_y >= box[1] - margin) & (low_y <= box[3] + margin)).sum())

            for store in (in_file, on_server):  # spatial indexes hold 32-bit bounds, rounded outwards
                assert meet(0.0) <= store.count_buildings(bbox=box) <= meet(1.0)
        for column in ("verdict", "height_m", "use", "facade_main_color"):
            here, there = (store.state_column(dataset, column)[0] for store in (in_file, on_server))
            assert np.array_equal(here, there, equal_nan=here.dtype.kind == "f")
