"""Compares a source with something known to stand right, and warns if it lies beside it as web maps do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cim_core.crs.shift import BestShift, ShiftCause, find_best_shift
from cim_core.crs.transform import to_lonlat
from cim_core.features import FeatureBatch, FeatureStream
from cim_core.issues import IssueLog
from cim_core.store import Store
from converters.layers import read_layer

#: More outlines tell no more.
_MAX_GEOMETRIES = 50_000
#: With fewer vertices chance finds a place that fits.
LEAST_VERTICES = 100


@dataclass(frozen=True, slots=True)
class Reference:
    """Geometries in longitude and latitude that stand where they should, and what to call them."""

    name: str
    geometries: NDArray[np.object_]


def read_reference(path: Path) -> Reference:
    """A vector file with outlines of the same place. Raises SourceError, GeoreferenceError."""
    layer = read_layer(path)
    geometries = shapely.from_wkb(layer.table.column("geometry").to_numpy(), on_invalid="ignore")
    return Reference(path.name, _to_degrees(np.asarray(geometries, dtype=object), layer.crs))


def workspace_reference(store: Store, dataset: str) -> Reference | None:
    """The footprints of all other datasets of a workspace; None where there are too few to compare with."""
    table = store.buildings(columns=("dataset", "geometry"))
    is_other = np.asarray(table.column("dataset").to_pylist(), dtype=object) != dataset
    wkb = np.asarray(table.column("geometry").to_numpy(), dtype=object)[is_other]
    geometries = _to_degrees(np.asarray(shapely.from_wkb(wkb), dtype=object), store.work_crs)
    if int(shapely.get_num_coordinates(geometries).sum()) < LEAST_VERTICES:
        return None
    return Reference("the buildings of the workspace", geometries)


def with_shift_check(stream: FeatureStream, reference: Reference, log: IssueLog) -> FeatureStream:
    """The stream; its first batch is compared with the reference before it is handed on."""

    def batches() -> Iterator[FeatureBatch]:
        is_first = True
        for batch in stream.batches:
            if is_first:
                report_shift([batch], reference, log)
                is_first = False
            yield batch

    return replace(stream, batches=batches())


def report_shift(batches: Collection[FeatureBatch], reference: Reference, log: IssueLog) -> BestShift | None:
    """Compare and write into ``log`` what was found; None where nothing could be compared."""
    step = max(1, -(-sum(len(batch) for batch in batches) // _MAX_GEOMETRIES))
    wkb, meta = [np.zeros(0, dtype=object)], None
    for batch in batches:
        outlines = batch.column("geometry")
        if outlines is not None:
            wkb.append(np.asarray(outlines.to_numpy(zero_copy_only=False), object)[::step])
        meta = meta or batch.meta
    if meta is None or not sum(map(len, wkb)):
        return None
    shapes = _to_degrees(np.asarray(shapely.from_wkb(np.concatenate(wkb)), dtype=object), meta.crs)
    is_enough = int(shapely.get_num_coordinates(shapes).sum()) >= LEAST_VERTICES
    best = find_best_shift(shapes, reference.geometries) if is_enough else None
    if best is None:
        log.note("reference", f"nothing to compare with {reference.name}: too little, or another place")
    elif not best.is_decisive:
        fits = best.cause is ShiftCause.NONE and best.agreement_after >= 0.2
        verdict = "the data stand as it does" if fits else "no shift fits decisively better"
        log.note("reference", f"compared with {reference.name}, {verdict}: {best.describe()}")
    else:
        message, hint = _advice(best, reference.name)
        log.warn("looks-shifted", f"{message}: {best.describe()}", where=meta.path, hint=hint)
    return best


def _advice(best: BestShift, reference: str) -> tuple[str, str]:
    if best.cause in (ShiftCause.GCJ_02, ShiftCause.BD_09):
        name = best.cause.value
        return f"the data look like {name}, {best.distance_m:.0f} m from {reference}", f"give --crs {name}"
    if best.cause in (ShiftCause.REFERENCE_GCJ_02, ShiftCause.REFERENCE_BD_09):
        name = best.cause.value.removeprefix("reference in ")
        return (
            f"{reference} lies off the data as {name} does",
            f"either {reference} is in {name} (import it again with --crs {name}), or the data were turned back twice",
        )
    return (
        f"the data lie {best.distance_m:.0f} m beside {reference}",
        "check the CRS and the central meridian; a local grid needs control points (cim crs fit)",
    )


def _to_degrees(geometries: NDArray[np.object_], crs: pyproj.CRS) -> NDArray[np.object_]:
    """At most 50,000 of the geometries, evenly chosen, in longitude and latitude; empty ones left out."""
    usable = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    chosen = usable[:: max(1, -(-len(usable) // _MAX_GEOMETRIES))]
    moved = shapely.transform(chosen, lambda xy: np.stack(to_lonlat(xy[:, 0], xy[:, 1], crs), axis=-1))
    return np.asarray(moved, dtype=object)
