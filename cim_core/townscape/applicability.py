"""Which buildings a rule reaches: by zone (footprint centroid), by street (frontage) and by use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.townscape.rulepack import AppliesTo
from cim_core.townscape.texts import as_array, as_floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reach:
    """The buildings under one rule: row numbers, zone row and frontage street each is reached through (-1: none)."""

    rows: Ints
    zone_row: Ints
    street_row: Ints
    is_crossing: Bools


@dataclass(frozen=True, slots=True)
class Site:
    """Where every building stands: its zones and streets, found once for all rules.

    ``zone_pairs``: (2, p) building row and zone row of every centroid in a zone, smallest zone first per building.
    ``crossing_pairs``: keys ``building · zones + zone`` of footprints that cross a zone's boundary.
    ``street_pairs``: (2, p) building row and street row of every frontage, longest first per building.
    """

    building_count: int
    uses: pa.Array
    zone_ids: pa.Array
    street_ids: pa.Array
    zone_pairs: Ints
    crossing_keys: Ints
    street_pairs: Ints

    def reach(self, applies_to: AppliesTo) -> Reach:
        """The buildings a rule reaches. A rule that names no zone or street still reports where each one stands."""
        zone_row = self._first(self.zone_pairs, self.zone_ids, applies_to.zones)
        street_row = self._first(self.street_pairs, self.street_ids, applies_to.streets)
        applies = np.ones(self.building_count, bool)
        if applies_to.zones:
            applies &= zone_row >= 0
        if applies_to.streets:
            applies &= street_row >= 0
        if applies_to.uses:
            applies &= np.asarray(pc.is_in(self.uses, pa.array(applies_to.uses, pa.string())))
        rows = np.flatnonzero(applies)
        zone_row = zone_row[rows]
        keys = rows * max(len(self.zone_ids), 1) + zone_row
        is_crossing = np.isin(keys, self.crossing_keys) & (zone_row >= 0) & bool(applies_to.zones)
        return Reach(rows, zone_row, street_row[rows], is_crossing)

    def _first(self, pairs: Ints, ids: pa.Array, wanted: tuple[str, ...]) -> Ints:
        if wanted:
            is_wanted = np.asarray(pc.is_in(ids, pa.array(wanted, pa.string())))
            pairs = pairs[:, is_wanted[pairs[1]]]
        first = np.full(self.building_count, -1, np.int64)
        first[pairs[0, ::-1]] = pairs[1, ::-1]
        return first


def build_site(buildings: pa.Table, zones: pa.Table, frontages: pa.Table) -> Site:
    """Locate every building in the zones and on the streets.

    ``buildings``: id, dataset, use, geometry (WKB). ``zones``: id, geometry (WKB, same CRS). ``frontages``:
    building_id, dataset, street_id, length_m. A building without geometry is in no zone.
    """
    footprints = shapely.from_wkb(as_array(buildings["geometry"]).to_numpy(zero_copy_only=False))
    zone_shapes = shapely.from_wkb(as_array(zones["geometry"]).to_numpy(zero_copy_only=False))
    zone_pairs, crossing_keys = _locate_in_zones(footprints, zone_shapes)
    street_ids, street_pairs = _locate_on_streets(buildings, frontages)
    return Site(
        building_count=buildings.num_rows,
        uses=as_array(buildings["use"]),
        zone_ids=_texts(zones["id"]),
        street_ids=street_ids,
        zone_pairs=zone_pairs,
        crossing_keys=crossing_keys,
        street_pairs=street_pairs,
    )


def _locate_in_zones(footprints: NDArray[np.object_], zones: NDArray[np.object_]) -> tuple[Ints, Ints]:
    if len(zones) == 0 or len(footprints) == 0:
        return np.empty((2, 0), np.int64), np.empty(0, np.int64)
    centroids = shapely.centroid(footprints)
    zone, building = shapely.STRtree(centroids).query(zones, predicate="intersects")
    order = np.lexsort((zone, shapely.area(zones)[zone], building))
    pairs = np.stack([building[order], zone[order]]).astype(np.int64)
    crossed_zone, crosser = shapely.STRtree(footprints).query(shapely.boundary(zones), predicate="crosses")
    return pairs, np.unique(crosser.astype(np.int64) * len(zones) + crossed_zone)


def _locate_on_streets(buildings: pa.Table, frontages: pa.Table) -> tuple[pa.Array, Ints]:
    streets = _texts(frontages["street_id"])
    street_ids = pc.unique(streets)
    if frontages.num_rows == 0:
        return street_ids, np.empty((2, 0), np.int64)
    building = pc.index_in(_join_key(frontages, "building_id"), _join_key(buildings, "id"))
    street = pc.index_in(streets, street_ids)
    building_row = building.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    street_row = street.to_numpy(zero_copy_only=False).astype(np.int64)
    length_m = as_floats(frontages["length_m"])
    order = np.lexsort((street_row, -length_m, building_row))
    pairs = np.stack([building_row[order], street_row[order]])
    return street_ids, pairs[:, pairs[0] >= 0]


def _join_key(table: pa.Table, id_column: str) -> pa.Array:
    return pc.binary_join_element_wise(
        _texts(table["dataset"]), _texts(table[id_column]), "\x1f", null_handling="replace"
    )


def _texts(column: pa.ChunkedArray) -> pa.Array:
    """Plain strings, whatever string type the table came with."""
    return pc.cast(as_array(column), pa.string())
