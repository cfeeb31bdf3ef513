"""``cim check DESIGN --workspace DIR``: judge a building model before it is submitted. Nothing is stored.

The model is placed, measured, and put into a copy of the town's columns in place of the buildings it covers; the
town's own rules judge it there, so that rules about streets and neighbours see what would be built.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from api.pipeline.checking import FindingRow, finding_rows
from api.pipeline.derive import count_verdicts, judge, judged_buildings
from api.pipeline.ground import find_ground
from api.pipeline.placing import check_in_town, model_footprints
from api.pipeline.reference import report_shift, workspace_reference
from api.pipeline.sources import open_source
from api.pipeline.systems import find_named_system
from api.workspace import Workspace
from cim_core.errors import GeoreferenceError, NotFoundError, StoreError, UsageError
from cim_core.features import BUILDING_ATTRIBUTES, FeatureBatch
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from cim_core.store import FindingFilter, Store
from cim_core.streets import derive_frontages
from converters.base import Produces, ReadOptions

#: Name of the dataset a design stands in while it is judged.
DESIGN = "design"
#: A building with at least this share of its footprint under the design, or over it, is replaced by it.
_COVERED_SHARE = 0.5
#: An overlap below this is a shared wall drawn with another precision.
_OVERLAP_M2 = 1.0
_MIN_SIZE_M, _MAX_SIZE_M = 1.0, 1000.0


@dataclass(frozen=True, slots=True)
class DesignBuilding:
    """One building of the design with what was measured of it; ``attributes`` without the empty ones.

    ``facades``: areas by side, colors with Munsell and share, materials by area.
    """

    id: str
    name: str
    attributes: dict[str, Any]
    facades: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OtherVerdict:
    """A verdict on another building that the design would change."""

    dataset: str
    building_id: str
    rule_id: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DesignReport:
    """What ``cim check DESIGN --json`` prints."""

    workspace: str
    file: str
    position: str
    buildings: list[DesignBuilding]
    replaces: list[str]
    overlaps: list[str]
    counts: dict[str, int]
    findings: list[FindingRow]
    others: list[OtherVerdict]
    issues: list[dict[str, str]]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return {**asdict(replace(self, findings=[])), "findings": [row.to_dict() for row in self.findings]}


def check_design(
    path: Path,
    folder: Path,
    options: ReadOptions,
    progress: Progress,
    *,
    replaces: Sequence[str] = (),
    on: date | None = None,
) -> DesignReport:
    """Judge a model by the rules of a workspace as if it stood there; the workspace stays as it is.

    ``replaces`` names buildings (``id`` or ``dataset/id``) that make way beside those the design covers.

    Raises:
        NotFoundError: no such workspace or building. StoreError: no rule pack to check against.
        UsageError: the file is no building model. SourceError, GeoreferenceError: as reading it does; also when it
            does not stand in the town or has no size of a building.
    """
    started = time.perf_counter()
    workspace = Workspace.load(folder)
    log = IssueLog()
    heights = options.heights or workspace.heights
    options = replace(options, crs=find_named_system(options.crs, folder), heights=heights)
    source = open_source(path, options, log, progress, find_ground(workspace, None, heights))
    if source.converter.info.produces is not Produces.ELEMENTS:
        raise UsageError(
            "is not a building model", where=path.name, hint="give an IFC file; import footprints with cim import"
        )
    batches = list(source.stream.batches)
    with workspace.open_store() as store:
        if not store.rule_packs():
            raise StoreError(
                "has no rule pack to check against",
                where=str(folder),
                hint="cim import rules.yaml --workspace … --as rules",
            )
        progress.start("check the design", 1)
        town = judged_buildings(store)
        design = _design_rows(batches, store)
        _check_place(design, town, path.name)
        reference = workspace_reference(store, DESIGN)
        if reference is not None:
            report_shift(batches, reference, log)
        given = find_buildings(town, replaces)
        covered, overlapping = find_covered(design, town)
        going = sorted({*given, *covered})
        staying = np.setdiff1d(np.arange(town.num_rows), going)
        after = pa.concat_tables([town.take(pa.array(staying)), design], promote_options="default")
        frontages = derive_frontages(after, store.streets())
        findings = judge(store, after, frontages, on or date.today())
        _, before = store.findings(FindingFilter())
        progress.advance()
    names = dict(zip(design["id"].to_pylist(), design["name"].to_pylist(), strict=True))
    is_design = pc.equal(findings["dataset"], DESIGN)
    own = findings.filter(is_design)
    own = own.append_column("building_name", pa.array([names[i] for i in own["building_id"].to_pylist()], pa.string()))
    return DesignReport(
        workspace=str(folder),
        file=path.name,
        position=source.stream.meta.crs_reason,
        buildings=[_building(row) for row in design.drop_columns(["geometry"]).to_pylist()],
        replaces=_names(town, going),
        overlaps=_names(town, sorted(set(overlapping) - set(going))),
        counts=count_verdicts(own),
        findings=finding_rows(own),
        others=_changed_others(findings.filter(pc.invert(is_design)), before),
        issues=log.to_dicts(),
        seconds=round(time.perf_counter() - started, 3),
    )


def find_buildings(town: pa.Table, names: Sequence[str]) -> list[int]:
    """Rows of buildings named by ``id`` or ``dataset/id``. Raises NotFoundError, UsageError for an id of several."""
    if not names:
        return []
    ids, datasets = (town[column].to_pylist() for column in ("id", "dataset"))
    rows: list[int] = []
    for name in names:
        found = [n for n, (i, d) in enumerate(zip(ids, datasets, strict=True)) if name in (i, f"{d}/{i}")]
        if not found:
            raise NotFoundError(f"there is no building '{name}'", hint="give its id, or dataset/id")
        if len(found) > 1:
            where = ", ".join(f"{datasets[n]}/{ids[n]}" for n in found)
            raise UsageError(f"'{name}' names {len(found)} buildings", hint=f"say which: {where}")
        rows += found
    return rows


def find_covered(design: pa.Table, town: pa.Table) -> tuple[list[int], list[int]]:
    """Rows of the town that a design replaces (half of one footprint lies under the other), and those it overlaps."""
    new = shapely.from_wkb(design["geometry"].to_numpy())
    old = shapely.from_wkb(town["geometry"].to_numpy())
    of_new, of_old = shapely.STRtree(old).query(new, predicate="intersects")
    common = shapely.area(shapely.intersection(new[of_new], old[of_old]))
    smaller = np.minimum(shapely.area(new)[of_new], shapely.area(old)[of_old])
    is_covered = common >= _COVERED_SHARE * np.maximum(smaller, 1e-9)
    is_overlap = ~is_covered & (common > _OVERLAP_M2)
    return np.unique(of_old[is_covered]).tolist(), np.unique(of_old[is_overlap]).tolist()


def _design_rows(batches: Sequence[FeatureBatch], store: Store) -> pa.Table:
    """The building rows of a model as rows of the town, footprints in the work CRS."""
    columns = ("id", "gid", "parent_id", "kind", "height_source", "facades", *(a.name for a in BUILDING_ATTRIBUTES))
    tables = []
    for batch in batches:
        rows = batch.records.filter(pc.equal(batch.column("kind"), "building"))
        present = [name for name in columns if name in rows.schema.names]
        tables.append(pa.Table.from_batches([rows.select(present)]))
    design = pa.concat_tables(tables)
    design = design.append_column("geometry", pa.array(shapely.to_wkb(model_footprints(batches, store)), pa.binary()))
    return design.append_column("dataset", pa.array([DESIGN] * design.num_rows))


def _check_place(design: pa.Table, town: pa.Table, where: str) -> None:
    """Refuse a model without an outline, one that is no building by its size, and one outside the town."""
    outlines = shapely.from_wkb(design["geometry"].to_numpy())
    if not len(outlines) or shapely.is_missing(outlines).all():
        raise GeoreferenceError(
            "has no building with a footprint", where=where, hint="export walls and slabs", code="no-footprint"
        )
    west, south, east, north = shapely.total_bounds(outlines)
    size_m = max(east - west, north - south)
    if not _MIN_SIZE_M <= size_m <= _MAX_SIZE_M:
        raise GeoreferenceError(
            f"is {size_m:,.2f} m long, which no building is",
            where=where,
            hint="check the length unit of the model",
            code="building-size",
        )
    hint = "check its position with cim ifc inspect, or give --at or --match-footprint"
    check_in_town(outlines, town, where=where, hint=hint)


def _building(row: dict[str, Any]) -> DesignBuilding:
    attributes = {a.name: row.get(a.name) for a in BUILDING_ATTRIBUTES if row.get(a.name) is not None}
    facades = json.loads(row["facades"]) if row.get("facades") else {}
    return DesignBuilding(row["id"], row.get("name") or "", attributes, facades)


def _names(town: pa.Table, rows: Sequence[int]) -> list[str]:
    chosen = town.select(["dataset", "id"]).take(pa.array(rows, pa.int64())).to_pylist()
    return [f"{row['dataset']}/{row['id']}" for row in chosen]


def _changed_others(after: pa.Table, before: pa.Table) -> list[OtherVerdict]:
    """Verdicts on other buildings that differ from the stored ones, by building, rule and street."""
    key = ("dataset", "building_id", "rule_id", "street_id")
    old = {tuple(row[k] for k in key): row["verdict"] for row in before.select([*key, "verdict"]).to_pylist()}
    changed = []
    for row in after.select([*key, "verdict"]).to_pylist():
        was = old.get(tuple(row[k] for k in key))
        if was is not None and was != row["verdict"]:
            changed.append(OtherVerdict(row["dataset"], row["building_id"], row["rule_id"], was, row["verdict"]))
    return changed
