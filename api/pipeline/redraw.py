"""Tiles from the rows of the store, where buildings changed and no source says so: an adopted scenario."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from api.pipeline.ground import find_ground
from api.pipeline.versions import newest_version, publish_tileset, sweep_versions, tileset_info
from api.workspace import Workspace
from cim_core.errors import TilingError
from cim_core.features import FeatureBatch, FeatureStream, SourceMeta
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from cim_core.scenarios import PlaceState
from cim_core.store import DatasetKind, DatasetRecord, Store
from tiles.build import build_tileset
from tiles.options import TileOptions


def redraw_datasets(store: Store, workspace: Workspace, datasets: Iterable[str], progress: Progress) -> list[str]:
    """Make the tilesets of footprint datasets anew from their rows, without what is gone; returns those that changed.

    Tiles whose rows are the same are taken over from the version before, as an import again does. Building models keep
    their tiles: their shapes are in the model, not in the store. Raises CimError; then the old tiles stay.
    """
    records = {record.id: record for record in store.datasets()}
    changed = []
    for name in sorted(set(datasets)):
        record = records.get(name)
        if record is not None and record.kind is DatasetKind.BUILDINGS and _redraw(store, workspace, record, progress):
            changed.append(name)
    return changed


def _redraw(store: Store, workspace: Workspace, record: DatasetRecord, progress: Progress) -> bool:
    rows = _rows_to_draw(store, record.id)
    meta = SourceMeta(record.id, record.source_file, record.format_id, store.work_crs, "the town's own", record.heights)
    batches = [FeatureBatch(batch, meta) for batch in rows.combine_chunks().to_batches()]
    options = TileOptions(
        ground=find_ground(workspace, None, record.heights),
        overwrite=True,
        reuse_from=newest_version(workspace, record.id),
    )
    staging = workspace.tilesets_folder / record.id / ".new"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        stream = FeatureStream(meta, iter(batches), rows.num_rows)
        summary = build_tileset(stream, staging, options, IssueLog(), progress)
        version = publish_tileset(workspace, record.id, staging)
    except TilingError as error:
        if error.code != "nothing-to-draw":
            raise
        return False  # all of it is gone: the viewer hides what stands no more
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if record.tileset is not None and version == record.tileset.version:
        return False
    store.set_dataset_tileset(record.id, tileset_info(version, summary))
    sweep_versions(workspace, record.id, version)
    return True


def _rows_to_draw(store: Store, dataset: str) -> pa.Table:
    """The buildings of a dataset in the order of their gids, proposals too, without what is gone."""
    states = store.place_states()
    is_gone = pc.and_(pc.equal(states["dataset"], dataset), pc.equal(states["state"], PlaceState.REMOVED.value))
    gone = states.filter(is_gone)["building_id"]
    rows = store.buildings(dataset=dataset).drop_columns(["dataset", "extra"])
    rows = rows.filter(pc.invert(pc.is_in(rows["id"], gone.combine_chunks())))
    return rows.take(pa.array(np.argsort(rows["gid"].to_numpy(), kind="stable")))
