"""Finding where every building stands: in which zones, on which streets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim_core.townscape.applicability import FRONTAGE_COLUMNS, Floats, Ints, Shapes, Site
from cim_core.townscape.places import Places, area_shapes, shapes
from cim_core.townscape.texts import as_array, as_floats


@dataclass(frozen=True, slots=True)
class Located:
    """Footprints and zones with which stands in which, as ``Site`` names them."""

    footprints: Shapes
    footprint_m2: Floats
    zone_shapes: Shapes
    zone_pairs: Ints
    crossing_keys: Ints

    @classmethod
    def of(cls, buildings: pa.Table, zones: pa.Table) -> Located:
        """Looked up by geometry (WKB, same CRS)."""
        footprints, zone_shapes = shapes(buildings["geometry"]), area_shapes(zones["geometry"])
        pairs, crossing_keys = _locate_in_zones(footprints, zone_shapes)
        return cls(footprints, shapely.area(footprints), zone_shapes, pairs, crossing_keys)

    @classmethod
    def part_of(cls, site: Site, rows: Ints) -> Located:
        """Some buildings of a site, whose footprints are where they were; nothing is looked up by geometry."""
        zone_count = max(len(site.zone_ids), 1)
        pair, building = _runs(site.zone_pairs[0], rows, rows + 1)
        key, crosser = _runs(site.crossing_keys, rows * zone_count, (rows + 1) * zone_count)
        return cls(
            footprints=site.footprints[rows],
            footprint_m2=site.footprint_m2[rows],
            zone_shapes=site.zone_shapes,
            zone_pairs=np.stack([building, site.zone_pairs[1, pair]]),
            crossing_keys=np.sort(crosser * zone_count + site.crossing_keys[key] % zone_count),
        )


def build_site(
    buildings: pa.Table,
    zones: pa.Table,
    frontages: pa.Table,
    streets: pa.Table | None = None,
    places: Places | None = None,
    located: Located | None = None,
) -> Site:
    """Locate every building in the zones and on the streets; in plan units and view corridors when a rule asks.

    ``buildings``: id, dataset, use, geometry (WKB). ``zones``: id, geometry (WKB, same CRS). ``frontages``:
    building_id, dataset, street_id, length_m and what else ``FRONTAGE_COLUMNS`` names. ``streets``: id, class, width_m,
    geometry; without it classes and widths are unknown. ``places``: plan units and view corridors. A building
    without geometry is in no zone. ``located``: where the buildings stand in the zones, if that is known already.
    """
    located = located or Located.of(buildings, zones)
    street_ids, building_row, street_row = _locate_on_streets(buildings, frontages, streets)
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
        footprint_m2=located.footprint_m2,
        footprints=located.footprints,
        zone_shapes=located.zone_shapes,
        places=replace(places or Places(), streets=streets),
        zone_ids=_texts(zones["id"]),
        street_ids=street_ids,
        zone_pairs=located.zone_pairs,
        crossing_keys=located.crossing_keys,
        street_pairs=np.stack([building_row[longest], street_row[longest]]),
        frontages=_frontage_columns(frontages, streets).take(pa.array(by_building)),
        frontage_pairs=np.stack([building_row[by_building], street_row[by_building]]),
    )


def _locate_in_zones(footprints: Shapes, zones: Shapes) -> tuple[Ints, Ints]:
    if len(zones) == 0 or len(footprints) == 0:
        return np.empty((2, 0), np.int64), np.empty(0, np.int64)
    centroids = shapely.centroid(footprints)
    zone, building = shapely.STRtree(centroids).query(zones, predicate="intersects")
    order = np.lexsort((zone, shapely.area(zones)[zone], building))
    pairs = np.stack([building[order], zone[order]]).astype(np.int64)
    crossed_zone, crosser = shapely.STRtree(footprints).query(shapely.boundary(zones), predicate="crosses")
    return pairs, np.unique(crosser.astype(np.int64) * len(zones) + crossed_zone)


def _runs(ordered: Ints, low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Where ordered numbers lie in each range from ``low`` to below ``high``, and the number of that range."""
    first, last = np.searchsorted(ordered, low), np.searchsorted(ordered, high)
    count = last - first
    of_range = np.repeat(np.arange(len(low)), count)
    return first[of_range] + np.arange(len(of_range)) - np.repeat(np.cumsum(count) - count, count), of_range


def _locate_on_streets(buildings: pa.Table, frontages: pa.Table, table: pa.Table | None) -> tuple[pa.Array, Ints, Ints]:
    """The street ids, and of every frontage the building row (-1: unknown building) and street row."""
    streets = _texts(frontages["street_id"])
    known = pa.array([], pa.string()) if table is None else _texts(table["id"])
    street_ids = pc.unique(pa.concat_arrays([streets, known]))
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
        columns["street_line"] = _column_or_null(streets, "geometry", pa.binary()).take(row)
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
