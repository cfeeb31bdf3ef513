"""Which buildings a rule reaches: by zone (footprint centroid), by street (frontage) and by use."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.townscape.rulepack import AppliesTo
from cim_core.townscape.texts import as_array, as_floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

#: What a kind that judges frontages reads beside building attributes; ``street_class`` and ``street_width_m`` come from
#: the street, ``is_reached`` says whether the rule is about the row. A column the town does not have is all null.
FRONTAGE_COLUMNS = pa.schema(
    [
        pa.field("street_id", pa.string()),
        pa.field("street_class", pa.string()),
        pa.field("street_width_m", pa.float64(), metadata={"unit": "m"}),
        pa.field("side", pa.string()),
        pa.field("line_side", pa.string()),
        pa.field("chainage_from_m", pa.float64(), metadata={"unit": "m"}),
        pa.field("chainage_to_m", pa.float64(), metadata={"unit": "m"}),
        pa.field("length_m", pa.float64(), metadata={"unit": "m"}),
        pa.field("setback_m", pa.float64(), metadata={"unit": "m"}),
        pa.field("is_reached", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class Reach:
    """The buildings under one rule: row numbers, zone row and frontage street each is reached through (-1: none).

    ``frontage``: the frontage each row stands for, where a rule is about frontages (else -1); a building may then come
    twice. ``is_doubtful``: the rule is for buildings from some year on and the year of this one is not known.
    """

    rows: Ints
    zone_row: Ints
    street_row: Ints
    is_crossing: Bools
    frontage: Ints
    is_doubtful: Bools

    def take(self, rows: Ints) -> Reach:
        """Some of the rows."""
        return Reach(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Site:
    """Where every building stands: its zones and streets, found once for all rules.

    ``years``: year built (NaN: unknown); ``footprint_m2``: area of the footprint.
    ``zone_pairs``: (2, p) building row and zone row of every centroid in a zone, smallest zone first per building.
    ``crossing_pairs``: keys ``building · zones + zone`` of footprints that cross a zone's boundary.
    ``street_pairs``: (2, p) building row and street row of every frontage, longest first per building.
    ``frontages``: ``FRONTAGE_COLUMNS`` of every frontage of a known building, ordered by building;
    ``frontage_pairs``: (2, f) its building row and street row.
    """

    building_count: int
    uses: pa.Array
    years: Floats
    footprint_m2: Floats
    zone_ids: pa.Array
    street_ids: pa.Array
    zone_pairs: Ints
    crossing_keys: Ints
    street_pairs: Ints
    frontages: pa.Table
    frontage_pairs: Ints

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
        is_doubtful = np.zeros(self.building_count, bool)
        if applies_to.built_from is not None:
            is_doubtful = np.isnan(self.years)
            applies &= is_doubtful | (self.years >= applies_to.built_from)
        rows = np.flatnonzero(applies)
        zone_row = zone_row[rows]
        keys = rows * max(len(self.zone_ids), 1) + zone_row
        is_crossing = np.isin(keys, self.crossing_keys) & (zone_row >= 0) & bool(applies_to.zones)
        nowhere = np.full(len(rows), -1, np.int64)
        return Reach(rows, zone_row, street_row[rows], is_crossing, nowhere, is_doubtful[rows])

    def area_columns(self, reach: Reach, applies_to: AppliesTo) -> pa.Table:
        """``AREA_COLUMNS`` of the reached buildings."""
        zones = self.zone_ids.take(pa.array(reach.zone_row, mask=reach.zone_row < 0))
        columns = {
            "area_id": pc.cast(zones, pa.string()) if applies_to.zones else pa.repeat("", len(reach.rows)),
            "footprint_m2": self.footprint_m2[reach.rows],
            "is_certain": ~reach.is_doubtful,
        }
        return pa.table(columns, schema=AREA_COLUMNS)

    def reach_frontages(self, applies_to: AppliesTo) -> Reach:
        """The frontages a rule reaches: on its streets, of the buildings its zones and uses reach."""
        by_building = self.reach(replace(applies_to, streets=()))
        at = np.full(self.building_count, -1, np.int64)
        at[by_building.rows] = np.arange(len(by_building.rows))
        building, street = self.frontage_pairs
        is_reached = at[building] >= 0
        if applies_to.streets:
            wanted = np.asarray(pc.is_in(self.street_ids, pa.array(applies_to.streets, pa.string())), bool)
            is_reached &= wanted[street]
        frontage = np.flatnonzero(is_reached)
        row = at[building[frontage]]
        return Reach(
            rows=building[frontage],
            zone_row=by_building.zone_row[row],
            street_row=street[frontage],
            is_crossing=by_building.is_crossing[row],
            frontage=frontage,
            is_doubtful=by_building.is_doubtful[row],
        )

    def _first(self, pairs: Ints, ids: pa.Array, wanted: tuple[str, ...]) -> Ints:
        if wanted:
            is_wanted = np.asarray(pc.is_in(ids, pa.array(wanted, pa.string())))
            pairs = pairs[:, is_wanted[pairs[1]]]
        first = np.full(self.building_count, -1, np.int64)
        first[pairs[0, ::-1]] = pairs[1, ::-1]
        return first


#: What a kind that judges an area reads beside building attributes. ``area_id``: the zone the rule reaches the building
#: through, empty for the whole town; ``is_certain``: whether the rule surely reaches it (its year is known).
AREA_COLUMNS = pa.schema(
    [
        pa.field("area_id", pa.string()),
        pa.field("footprint_m2", pa.float64(), metadata={"unit": "m²"}),
        pa.field("is_certain", pa.bool_()),
    ]
)


def build_site(buildings: pa.Table, zones: pa.Table, frontages: pa.Table, streets: pa.Table | None = None) -> Site:
    """Locate every building in the zones and on the streets.

    ``buildings``: id, dataset, use, geometry (WKB). ``zones``: id, geometry (WKB, same CRS). ``frontages``:
    building_id, dataset, street_id, length_m and what else ``FRONTAGE_COLUMNS`` names. ``streets``: id, class, width_m;
    without it classes and widths are unknown. A building without geometry is in no zone.
    """
    footprints = shapely.from_wkb(as_array(buildings["geometry"]).to_numpy(zero_copy_only=False))
    zone_shapes = shapely.from_wkb(as_array(zones["geometry"]).to_numpy(zero_copy_only=False))
    zone_pairs, crossing_keys = _locate_in_zones(footprints, zone_shapes)
    street_ids, building_row, street_row = _locate_on_streets(buildings, frontages)
    length_m = as_floats(frontages["length_m"])
    is_known = building_row >= 0
    longest = np.lexsort((street_row, -length_m, building_row))
    longest = longest[is_known[longest]]
    by_building = np.argsort(building_row, kind="stable")
    by_building = by_building[is_known[by_building]]
    return Site(
        building_count=buildings.num_rows,
        uses=as_array(buildings["use"]),
        years=as_floats(_column_or_null(buildings, "year_built", pa.int32())),
        footprint_m2=shapely.area(footprints),
        zone_ids=_texts(zones["id"]),
        street_ids=street_ids,
        zone_pairs=zone_pairs,
        crossing_keys=crossing_keys,
        street_pairs=np.stack([building_row[longest], street_row[longest]]),
        frontages=_frontage_columns(frontages, streets).take(pa.array(by_building)),
        frontage_pairs=np.stack([building_row[by_building], street_row[by_building]]),
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


def _locate_on_streets(buildings: pa.Table, frontages: pa.Table) -> tuple[pa.Array, Ints, Ints]:
    """The street ids, and of every frontage the building row (-1: unknown building) and street row."""
    streets = _texts(frontages["street_id"])
    street_ids = pc.unique(streets)
    if frontages.num_rows == 0:
        return street_ids, np.empty(0, np.int64), np.empty(0, np.int64)
    building = pc.index_in(_join_key(frontages, "building_id"), _join_key(buildings, "id"))
    street = pc.index_in(streets, street_ids)
    building_row = building.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return street_ids, building_row, street.to_numpy(zero_copy_only=False).astype(np.int64)


def _frontage_columns(frontages: pa.Table, streets: pa.Table | None) -> pa.Table:
    columns = {f.name: _column_or_null(frontages, f.name, f.type) for f in FRONTAGE_COLUMNS}
    if streets is not None:
        row = pc.index_in(columns["street_id"], _texts(streets["id"]))
        columns["street_class"] = _column_or_null(streets, "class", pa.string()).take(row)
        columns["street_width_m"] = _column_or_null(streets, "width_m", pa.float64()).take(row)
    columns["is_reached"] = pa.repeat(pa.scalar(value=True), frontages.num_rows)
    return pa.table(columns, schema=FRONTAGE_COLUMNS)


def _column_or_null(table: pa.Table, name: str, type_: pa.DataType) -> pa.Array:
    if name not in table.column_names:
        return pa.nulls(table.num_rows, type_)
    return pc.cast(as_array(table[name]), type_)


def _join_key(table: pa.Table, id_column: str) -> pa.Array:
    return pc.binary_join_element_wise(
        _texts(table["dataset"]), _texts(table[id_column]), "\x1f", null_handling="replace"
    )


def _texts(column: pa.ChunkedArray) -> pa.Array:
    """Plain strings, whatever string type the table came with."""
    return pc.cast(as_array(column), pa.string())
