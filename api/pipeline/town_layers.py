"""``cim import --as``: streets, zones, projects, frontage surveys, rules, terrain and map layers of a workspace."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from api.pipeline.derive import check_pack_names, derive
from api.pipeline.frontages import import_frontages
from api.pipeline.ground import import_terrain
from api.pipeline.layer_rows import read_town_layer
from api.pipeline.opening import keep_geoid, locked_workspace, open_or_create_workspace, with_geoid_of
from api.pipeline.sources import read_ground
from api.pipeline.systems import find_named_system
from api.workspace import Workspace, is_plain_name
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.errors import UsageError
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from cim_core.store import Change, DatasetKind, Store
from cim_core.townscape.rulepack import read_rule_pack

#: What ``--as`` accepts beside buildings and models.
TOWN_LAYERS = ("streets", "zones", "units", "corridors", "projects", "frontages", "rules", "terrain", "layer")


@dataclass(frozen=True, slots=True)
class LayerReport:
    """What came of ``cim import --as``: rows kept, what the user should do next, and what was wrong with features."""

    rows: int
    notes: tuple[str, ...] = ()
    log: IssueLog = field(default_factory=IssueLog)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; ``features_in == rows + rejected`` for a file of features."""
        counts = {"features_in": self.log.features_in, "rejected": self.log.rejected}
        return {"rows": self.rows, "notes": list(self.notes), **counts, "issues": self.log.to_dicts()}


def import_town_layer(
    path: Path,
    folder: Path,
    layer: str,
    name: str,
    crs: str | None,
    progress: Progress,
    *,
    heights: HeightPolicy | None = None,
    derive_after: bool = True,
    allow_far: bool = False,
    by: str = "",
    valid_from: str | None = None,
) -> LayerReport:
    """Import streets, zones, projects, a rule pack, terrain or a named map layer in place of the old, or surveys.

    ``heights`` says what the elevations of terrain count from; ``allow_far`` takes zones and plan units far outside the
    town; ``by``: who imports; ``valid_from``: the day (ISO 8601) from which the new rows are so. Frontages, project
    links and findings are derived anew. Raises SourceError, GeoreferenceError, RulePackError, UsageError.
    """
    if layer == "layer" and not is_plain_name(name):
        raise UsageError(
            f"'{name}' cannot be the name of a map layer",
            where="--dataset",
            hint="use letters, digits, '.', '_' and '-'",
        )
    log = IssueLog()
    with locked_workspace(folder, progress):
        workspace = open_or_create_workspace(folder)
        progress.start(f"import {layer}")
        with workspace.open_store() as store:
            if layer == "terrain":
                return LayerReport(1, _put_terrain(store, workspace, path, crs, heights, progress))
            if layer == "rules":
                rows = _put_rules(store, path)
            elif layer == "frontages":
                why = Change(by, f"{layer} taken over from {path.name}", valid_from)
                rows = import_frontages(store, path, log, why, progress)
            else:
                read = read_town_layer(store, path, layer, find_named_system(crs, workspace.folder), log, allow_far)
                rows = _put_layer(
                    store, layer, name, read, Change(by, f"{layer} taken over from {path.name}", valid_from)
                )
            if derive_after and layer != "layer":
                derive(store, progress, folder=folder)
    return LayerReport(rows, log=log)


def _put_rules(store: Store, path: Path) -> int:
    pack = read_rule_pack(path)
    check_pack_names(pack, store, may_lack_streets=True)
    store.save_rule_pack(yaml.safe_load(path.read_text(encoding="utf-8")))  # as written; just validated
    return len(pack.rules)


def _put_layer(store: Store, layer: str, name: str, rows: pa.Table, why: Change) -> int:
    if layer == "layer":
        return store.import_map_layer(name, rows, store.work_crs)
    put = {
        "streets": store.import_streets,
        "zones": store.import_zones,
        "units": store.import_plan_units,
        "corridors": store.import_view_corridors,
        "projects": store.import_projects,
    }
    if layer not in put:
        raise UsageError(f"'{layer}' is not a kind of layer", where="--as", hint="one of " + ", ".join(TOWN_LAYERS))
    return put[layer](rows, store.work_crs, why)


def _put_terrain(
    store: Store, workspace: Workspace, path: Path, crs: str | None, heights: HeightPolicy | None, progress: Progress
) -> tuple[str, ...]:
    """Build the terrain; a workspace without any heights yet takes the policy of its terrain."""
    if heights is not None and heights.geoid is not None:
        heights = with_geoid_of(workspace.folder, heights, workspace)
    is_open = workspace.terrain_version() is None and not store.datasets()
    is_stated = workspace.heights.datum is not HeightDatum.ELLIPSOID
    stated = heights or (workspace.heights if is_stated or not is_open else None)
    settled = read_ground(path, stated, crs).heights
    if settled != workspace.heights:
        if not is_open:
            raise UsageError(
                f"the workspace has other heights: {workspace.heights.describe()}",
                where="--height-datum",
                hint="leave it out, or begin a new workspace",
            )
        workspace = replace(workspace, heights=settled)
        workspace.save()
        keep_geoid(workspace, settled)
    is_same = workspace.dem_path.exists() and workspace.dem_path.read_bytes() == path.read_bytes()
    import_terrain(path, workspace, progress, crs)
    standing = [dataset.id for dataset in store.datasets() if dataset.kind is DatasetKind.BUILDINGS]
    if is_same or not standing:
        return ()
    return (f"{', '.join(standing)} stand as they were imported: import them again to stand on this terrain",)
