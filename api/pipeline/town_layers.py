"""``cim import --as``: streets, zones, projects, rules, terrain and map layers of a workspace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
import yaml

from api.pipeline.derive import check_pack_names, derive
from api.pipeline.ground import import_terrain
from api.pipeline.opening import keep_geoid, locked_workspace, open_or_create_workspace, with_geoid_of
from api.pipeline.projects import check_project_rows
from api.pipeline.sources import read_ground
from api.pipeline.systems import find_named_system
from api.workspace import Workspace, is_plain_name
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.errors import SourceError, UsageError
from cim_core.progress import Progress
from cim_core.store import DatasetKind, Store
from cim_core.townscape.rulepack import read_rule_pack
from converters.layers import read_layer

#: What ``--as`` accepts beside buildings and models.
TOWN_LAYERS = ("streets", "zones", "units", "corridors", "projects", "rules", "terrain", "layer")
_LINES = frozenset({shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING})
_POLYGONS = frozenset({shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON})
#: Layer → what its geometries must be, in words and as types. Projects may be anything, or have none.
_GEOMETRIES = {
    "streets": ("centrelines", _LINES),
    "zones": ("polygons", _POLYGONS),
    "units": ("polygons", _POLYGONS),
    "corridors": ("lines from viewpoint to target", _LINES),
}


@dataclass(frozen=True, slots=True)
class LayerReport:
    """What came of ``cim import --as``: rows, and what the user should do next."""

    rows: int
    notes: tuple[str, ...] = ()


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
) -> LayerReport:
    """Import streets, zones, projects, a rule pack, terrain or a named map layer in place of the old.

    ``heights`` says what the elevations of terrain count from. Frontages, project links and findings are derived anew.
    Raises SourceError, GeoreferenceError, RulePackError, UsageError.
    """
    if layer == "layer" and not is_plain_name(name):
        raise UsageError(
            f"'{name}' cannot be the name of a map layer",
            where="--dataset",
            hint="use letters, digits, '.', '_' and '-'",
        )
    with locked_workspace(folder, progress):
        workspace = open_or_create_workspace(folder)
        progress.start(f"import {layer}")
        with workspace.open_store() as store:
            if layer == "terrain":
                return LayerReport(1, _put_terrain(store, workspace, path, crs, heights, progress))
            rows = _put_layer(store, workspace, path, layer, name, crs)
            if derive_after and layer != "layer":
                derive(store, progress, folder=folder)
    return LayerReport(rows)


def _put_layer(store: Store, workspace: Workspace, path: Path, layer: str, name: str, crs: str | None) -> int:
    if layer == "rules":
        pack = read_rule_pack(path)
        check_pack_names(pack, store, may_lack_streets=True)
        store.save_rule_pack(yaml.safe_load(path.read_text(encoding="utf-8")))  # as written; just validated
        return len(pack.rules)
    rows = read_layer(path, find_named_system(crs, workspace.folder))
    if layer == "layer":
        return store.import_map_layer(name, rows.table, rows.crs)
    put = {
        "streets": store.import_streets,
        "zones": store.import_zones,
        "units": store.import_plan_units,
        "corridors": store.import_view_corridors,
        "projects": store.import_projects,
    }
    if layer not in put:
        raise UsageError(f"'{layer}' is not a kind of layer", where="--as", hint="one of " + ", ".join(TOWN_LAYERS))
    _check_geometries(rows.table, layer, path)
    table = check_project_rows(rows.table, path) if layer == "projects" else rows.table
    return put[layer](table, rows.crs)


def _check_geometries(rows: pa.Table, layer: str, path: Path) -> None:
    """Refuse a layer of the wrong kind of geometry as a whole: most likely it is the wrong file."""
    if layer not in _GEOMETRIES:
        return
    words, wanted = _GEOMETRIES[layer]
    types = shapely.get_type_id(shapely.from_wkb(np.asarray(rows.column("geometry").to_numpy(), dtype=object)))
    wrong = np.flatnonzero(~np.isin(types, [int(kind) for kind in wanted]))
    if len(wrong):
        first = rows.column("id")[int(wrong[0])].as_py() if "id" in rows.column_names else f"row {wrong[0] + 1}"
        raise SourceError(
            f"{layer} are {words}, but {len(wrong):,} of {rows.num_rows:,} geometries are not (e.g. {first})",
            where=str(path),
            hint="check that this is the file you mean, and --as",
            code="wrong-geometry",
        )


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
