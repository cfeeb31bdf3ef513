"""Which buildings and places a rule reaches: by zone, by plan unit, by street (frontage) and by use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.analysis.corridors import Crossing, measure_crossings
from cim_core.geometry.overlaps import find_overlaps
from cim_core.townscape.beside import find_beside, measure_beside
from cim_core.townscape.kinds.base import CORRIDOR_SCOPES, FRONTAGE_SCOPES, PLACE_LAYERS, Scope
from cim_core.townscape.places import Places, area_shapes, locate_in_units, shapes
from cim_core.townscape.rules import AppliesTo
from cim_core.townscape.texts import as_array, as_floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
#: Metres behind the right of way a rule looks at, for streets of some classes (NaN: the rule is not about them).
Belt = Callable[[pa.Array], Floats]

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
        pa.field("facade", pa.binary()),
        pa.field("street_line", pa.binary()),
    ]
)


@dataclass(frozen=True, slots=True)
class Reach:
    """The buildings under one rule: row numbers, zone row and frontage street each is reached through (-1: none).

    ``frontage``: the frontage each row stands for, where a rule is about frontages (from the number of frontages on:
    ``building · streets + street`` above it, a building beside a street without one), or the pair of building and view
    corridor (else -1); a building may then come twice. For a rule about streets or plan units ``rows`` are theirs.
    ``is_doubtful``: the rule is for buildings from some year on and the year of this one is not known.
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


@dataclass(frozen=True)
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
    footprints: Shapes
    zone_ids: pa.Array
    zone_shapes: Shapes
    places: Places
    street_ids: pa.Array
    zone_pairs: Ints
    crossing_keys: Ints
    street_pairs: Ints
    frontages: pa.Table
    frontage_pairs: Ints

    def with_attributes(self, uses: pa.Array, years: Floats) -> Site:
        """The same places with other uses and years; where things stand is not looked up again."""
        site = replace(self, uses=uses, years=years)
        site.__dict__.update({n: self.__dict__[n] for n in ("unit_pairs", "crossing") if n in self.__dict__})
        return site

    def reach_of(self, scope: Scope, applies_to: AppliesTo) -> Reach:
        """The rows a rule of some scope is judged in; conditions of the rule are not looked at."""
        if scope in PLACE_LAYERS:
            return self.reach_places(scope, applies_to)
        if scope in FRONTAGE_SCOPES:
            return self.reach_frontages(applies_to)
        reach = self.reach(applies_to)
        return self.reach_corridors(reach) if scope in CORRIDOR_SCOPES else reach

    def reach(self, applies_to: AppliesTo) -> Reach:
        """The buildings a rule reaches. A rule that names no zone or street still reports where each one stands."""
        zone_row = self._first(self._zone_pairs(applies_to), self.zone_ids, applies_to.zones)
        street_row = self._first(self.street_pairs, self.street_ids, applies_to.streets)
        applies = np.ones(self.building_count, bool)
        if applies_to.zones:
            applies &= zone_row >= 0
        if applies_to.units:
            building, unit = self.unit_pairs
            is_in = np.isin(self.places.ancestry[unit], self._unit_rows(applies_to)).any(axis=1)
            applies &= np.bincount(building[is_in], minlength=self.building_count) > 0
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
        is_by_centroid = bool(applies_to.zones) and applies_to.relation == "centroid"
        is_crossing = np.isin(keys, self.crossing_keys) & (zone_row >= 0) & is_by_centroid
        nowhere = np.full(len(rows), -1, np.int64)
        return Reach(rows, zone_row, street_row[rows], is_crossing, nowhere, is_doubtful[rows])

    def reach_corridors(self, by_building: Reach) -> Reach:
        """The same buildings once for every view corridor they stand in."""
        crossing = self.crossing
        at = np.full(self.building_count, -1, np.int64)
        at[by_building.rows] = np.arange(len(by_building.rows))
        pair = np.flatnonzero(at[crossing.building] >= 0)
        found = by_building.take(at[crossing.building[pair]])
        return replace(found, frontage=pair)

    def reach_places(self, scope: Scope, applies_to: AppliesTo) -> Reach:
        """The streets or plan units a rule reaches."""
        table = self.places.street_columns if scope is Scope.STREET else self.places.units
        applies = np.ones(table.num_rows, bool)
        zone_row = np.full(table.num_rows, -1, np.int64)
        if applies_to.zones:
            pairs = find_overlaps(area_shapes(table["geometry"]), self.zone_shapes, applies_to.least_overlap)
            is_wanted = np.asarray(pc.is_in(self.zone_ids, pa.array(applies_to.zones, pa.string())), bool)
            pairs = pairs[:, is_wanted[pairs[1]]]
            zone_row[pairs[0, ::-1]] = pairs[1, ::-1]
            applies &= zone_row >= 0
        street_row = np.full(table.num_rows, -1, np.int64)
        if scope is Scope.STREET:
            row = pc.index_in(as_array(table["id"]), self.street_ids)
            street_row = row.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
            if applies_to.streets:
                applies &= np.asarray(pc.is_in(as_array(table["id"]), pa.array(applies_to.streets)), bool)
        else:
            applies &= self._unit_applies(table, applies_to)
        rows = np.flatnonzero(applies)
        nothing = np.zeros(len(rows), bool)
        return Reach(rows, zone_row[rows], street_row[rows], nothing, np.full(len(rows), -1, np.int64), nothing)

    def _unit_applies(self, units: pa.Table, applies_to: AppliesTo) -> Bools:
        """By land use, by a named unit above, and by a building with a front on a named street."""
        applies = np.ones(units.num_rows, bool)
        if applies_to.uses:
            applies &= np.asarray(pc.is_in(as_array(units["land_use"]), pa.array(applies_to.uses, pa.string())), bool)
        if applies_to.units:
            applies &= np.isin(self.places.ancestry, self._unit_rows(applies_to)).any(axis=1)
        if applies_to.streets:
            fronting = self._first(self.street_pairs, self.street_ids, applies_to.streets) >= 0
            building, unit = self.unit_pairs
            applies &= np.bincount(unit[fronting[building]], minlength=units.num_rows) > 0
        return applies

    def _unit_rows(self, applies_to: AppliesTo) -> Ints:
        """Rows of the named plan units; ``check_references`` has refused names that are not there."""
        row = pc.index_in(pa.array(applies_to.units, pa.string()), as_array(self.places.units["id"]))
        return np.asarray(row.drop_null(), np.int64)

    def _zone_pairs(self, applies_to: AppliesTo) -> Ints:
        if not applies_to.zones or applies_to.relation == "centroid":
            return self.zone_pairs
        return find_overlaps(self.footprints, self.zone_shapes, applies_to.least_overlap)

    @cached_property
    def unit_pairs(self) -> tuple[Ints, Ints]:
        """Building row and plan unit row of every building in a unit of any level."""
        return locate_in_units(self.footprints, self.places.units)

    @cached_property
    def crossing(self) -> Crossing:
        """Which buildings stand in which view corridors."""
        return measure_crossings(self.footprints, self.places.corridors)

    def area_columns(self, reach: Reach, applies_to: AppliesTo) -> pa.Table:
        """``AREA_COLUMNS`` of the reached buildings."""
        zones = self.zone_ids.take(pa.array(reach.zone_row, mask=reach.zone_row < 0))
        columns = {
            "area_id": pc.cast(zones, pa.string()) if applies_to.zones else pa.repeat("", len(reach.rows)),
            "footprint_m2": self.footprint_m2[reach.rows],
            "is_certain": ~reach.is_doubtful,
        }
        return pa.table(columns, schema=AREA_COLUMNS)

    @cached_property
    def streets(self) -> tuple[Shapes, Floats, pa.Array]:
        """Centreline (None: unknown), right of way in metres and class of every street of ``street_ids``."""
        table = self.places.street_columns
        table = table.take(pc.index_in(self.street_ids, as_array(table["id"]))).combine_chunks()
        return shapes(table["geometry"]), as_floats(table["width_m"]), as_array(table["class"])

    def take_fronts(self, frontage: Ints) -> pa.Table:
        """``FRONTAGE_COLUMNS`` of the frontages some rows stand for; of a building beside a street what can be told."""
        count = self.frontages.num_rows
        is_beside = frontage >= count
        fronts = self.frontages.take(pa.array(frontage, mask=is_beside))
        if not is_beside.any():
            return fronts
        lines, width_m, classes = self.streets
        pair = frontage[is_beside] - count
        found = measure_beside(
            self.footprints, lines, width_m, pair // len(self.street_ids), pair % len(self.street_ids)
        )
        chosen, mask = pa.array(found.street), pa.array(is_beside)
        told = {
            "street_id": self.street_ids.take(chosen),
            "street_class": classes.take(chosen),
            "street_width_m": pa.array(width_m[found.street], from_pandas=True),
            "street_line": pa.array(shapely.to_wkb(lines), pa.binary()).take(chosen),
            "setback_m": pa.array(np.round(found.setback_m, 3), from_pandas=True),
            "facade": pa.array(shapely.to_wkb(found.outline), pa.binary()),
            "is_reached": pa.repeat(pa.scalar(value=True), len(pair)),
        }
        columns = {
            name: pc.replace_with_mask(as_array(fronts[name]), mask, told[name]) if name in told else fronts[name]
            for name in fronts.column_names
        }
        return pa.table(columns, schema=FRONTAGE_COLUMNS)

    def _frontages_and_beside(self, belt_m: Belt | None) -> tuple[Ints, Ints, Ints]:
        """Building row, street row and frontage number of the frontages, and of the buildings in the belt without."""
        building, street = self.frontage_pairs
        frontage = np.arange(len(building))
        if belt_m is None or len(self.street_ids) == 0:
            return building, street, frontage
        lines, width_m, classes = self.streets
        near, along = find_beside(self.footprints, lines, width_m, belt_m(classes))
        key = near * len(self.street_ids) + along
        key = np.setdiff1d(key, building * len(self.street_ids) + street)
        building = np.concatenate([building, key // len(self.street_ids)])
        street = np.concatenate([street, key % len(self.street_ids)])
        order = np.argsort(building, kind="stable")
        return building[order], street[order], np.concatenate([frontage, len(frontage) + key])[order]

    def reach_frontages(self, applies_to: AppliesTo, belt_m: Belt | None = None) -> Reach:
        """The frontages a rule reaches: on its streets, of the buildings its zones and uses reach.

        ``belt_m``: also the buildings without a frontage so near the right of way of streets of each class, in metres.
        """
        by_building = self.reach(replace(applies_to, streets=()))
        at = np.full(self.building_count, -1, np.int64)
        at[by_building.rows] = np.arange(len(by_building.rows))
        building, street, number = self._frontages_and_beside(belt_m)
        is_reached = at[building] >= 0
        if applies_to.streets:
            wanted = np.asarray(pc.is_in(self.street_ids, pa.array(applies_to.streets, pa.string())), bool)
            is_reached &= wanted[street]
        chosen = np.flatnonzero(is_reached)
        row = at[building[chosen]]
        return Reach(
            rows=building[chosen],
            zone_row=by_building.zone_row[row],
            street_row=street[chosen],
            is_crossing=by_building.is_crossing[row],
            frontage=number[chosen],
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
