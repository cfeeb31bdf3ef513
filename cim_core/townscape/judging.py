"""One rule on a town: which rows it reaches and what its kind says of them, before exemptions and words."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.features.schema import building_schema
from cim_core.townscape.applicability import AREA_COLUMNS, FRONTAGE_COLUMNS, Reach, Site
from cim_core.townscape.color.lookup import ColorTable
from cim_core.townscape.color.palette import MunsellColors
from cim_core.townscape.kinds.base import CORRIDOR_SCOPES, FRONTAGE_SCOPES, PLACE_LAYERS, Judgement, Scope
from cim_core.townscape.places import CORRIDOR_COLUMNS, Places, corridor_columns, with_sums
from cim_core.townscape.rules import AppliesTo, Rule
from cim_core.townscape.siting import Located, build_site
from cim_core.townscape.texts import as_array, as_floats
from cim_core.townscape.verdicts import FAIL, REVIEW

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_COLOR_COLUMNS = tuple(name for name in building_schema().names if name.endswith("_color"))
_ALL_COLUMNS = ["dataset", *building_schema().names]
#: Rows judged at once: enough to make columns worth while, few enough that texts are not thrown out of the caches.
BLOCK_ROWS = 1 << 16
_ROW_BY_ROW = frozenset({Scope.BUILDING, Scope.FRONTAGE})
_UNKNOWN_YEAR = (
    "建成年份缺失，是否适用须复核。",
    "The year built is not known; whether the rule is about this building needs a review.",
)
_UNKNOWN_CONDITION = (
    "适用条件所需的属性缺失，是否适用须复核。",
    "What decides whether the rule is about this building is not recorded; that needs a review.",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """The answers of one rule: the rows it reaches, their judgement, and the rules merged into each (None: none)."""

    rule: Rule
    reach: Reach
    judgement: Judgement
    related: pa.Array | None = None

    def take(self, rows: NDArray[np.int64]) -> Judged:
        """Some of the rows."""
        related = None if self.related is None else self.related.take(pa.array(rows))
        return Judged(self.rule, self.reach.take(rows), self.judgement.take(rows), related)


class Town:
    """The tables a check reads, with what all rules share computed once and only if a rule needs it.

    ``buildings``: columns of ``building_schema`` (missing ones count as all null) and ``dataset``.
    """

    def __init__(
        self,
        buildings: pa.Table,
        zones: pa.Table,
        frontages: pa.Table,
        streets: pa.Table | None,
        colors: ColorTable | None = None,
        places: Places | None = None,
        located: Located | None = None,
    ) -> None:
        self.buildings = with_all_columns(buildings)
        self.site: Site = build_site(self.buildings, zones, frontages, streets, places, located)
        self._zones, self._streets = zones, streets
        self._given_colors = colors

    def part(self, buildings: pa.Table, frontages: pa.Table, rows: Ints | None = None) -> Town:
        """Other buildings with their frontages in the same zones and streets.

        ``rows``: which buildings of this town they are, if their footprints are where they were.
        """
        located = None if rows is None else Located.part_of(self.site, rows)
        return Town(buildings, self._zones, frontages, self._streets, self.colors, self.site.places, located)

    def with_buildings(self, rows: Ints, buildings: pa.Table) -> Town:
        """The same town with other attributes of the buildings at some rows; footprints stay."""
        order = np.argsort(rows)
        mask = np.zeros(self.buildings.num_rows, bool)
        mask[rows] = True
        columns = {
            name: pc.replace_with_mask(
                as_array(self.buildings[name]), pa.array(mask), as_array(buildings[name]).take(pa.array(order))
            )
            for name in self.buildings.column_names
            if name not in {"geometry", "id", "dataset"}
            and not as_array(self.buildings[name]).take(pa.array(rows)).equals(as_array(buildings[name]))
        }
        town = copy.copy(self)
        town.__dict__.pop("colors", None)
        town._given_colors = self.colors  # noqa: SLF001 - a copy of this class
        town.buildings = self.buildings
        for name, column in columns.items():
            town.buildings = town.buildings.set_column(town.buildings.column_names.index(name), name, column)
        years = as_floats(town.buildings["year_built"])
        town.__dict__.pop("_unit_columns", None)
        town.site = self.site.with_attributes(as_array(town.buildings["use"]), years)
        return town

    @cached_property
    def colors(self) -> ColorTable:
        """Munsell colors of every color text of the buildings; texts a warm table knows are not converted again."""
        columns = [as_array(self.buildings[name]) for name in _COLOR_COLUMNS]
        return ColorTable.of(columns) if self._given_colors is None else self._given_colors.extended(columns)

    def reach(self, rule: Rule) -> Reach:
        """The rows a rule gives findings for: buildings, fronts, buildings in view corridors, streets or plan units."""
        scope = rule.kind.scope
        if scope in PLACE_LAYERS:
            return self.site.reach_places(scope, rule.applies_to)
        if scope in FRONTAGE_SCOPES:
            belt_m = rule.kind.belt_m and partial(rule.kind.belt_m, rule.parameters)
            return self._meeting(self.site.reach_frontages(rule.applies_to, belt_m), rule)
        reach = self._meeting(self.site.reach(rule.applies_to), rule)
        return self.site.reach_corridors(reach) if scope in CORRIDOR_SCOPES else reach

    def identify(self, judged: Judged) -> pa.Table:
        """``id``, ``dataset`` and ``gid`` of what every row is about; of a place its id, its layer and no gid."""
        scope, rows = judged.rule.kind.scope, pa.array(judged.reach.rows)
        if scope not in PLACE_LAYERS:
            return self.buildings.select(["id", "dataset", "gid"]).take(rows)
        ids = self._place_columns(scope)["id"].take(rows)
        layer = pa.repeat(PLACE_LAYERS[scope], len(rows))
        return pa.table({"id": ids, "dataset": layer, "gid": pa.nulls(len(rows), pa.uint32())})

    @cached_property
    def _unit_columns(self) -> pa.Table:
        site = self.site
        return with_sums(site.places.units, self.buildings, site.footprint_m2, site.unit_pairs)

    def _place_columns(self, scope: Scope) -> pa.Table:
        return self.site.places.street_columns if scope is Scope.STREET else self._unit_columns

    def judge(self, rule: Rule) -> Judged:
        """The answers of one rule, rows it has nothing to say about left out."""
        return self._speaking(rule, *self._judge(rule))

    def judge_blocks(self, rule: Rule) -> Iterator[Judged]:
        """The same in blocks of rows that fit the caches; rows that are not judged by themselves are cut afterwards."""
        if rule.kind.scope not in _ROW_BY_ROW:
            judged = self.judge(rule)
            yield from (judged.take(rows) for rows in _blocks(len(judged.reach.rows)))
            return
        reach = self.reach(rule)
        for rows in _blocks(len(reach.rows)):
            block = reach.take(rows)
            yield self._speaking(rule, block, self._judge_rows(rule, block))

    def _speaking(self, rule: Rule, reach: Reach, judgement: Judgement) -> Judged:
        if judgement.applies is not None and not judgement.applies.all():
            kept = np.flatnonzero(judgement.applies)
            reach, judgement = reach.take(kept), judgement.take(kept)
        return Judged(rule, reach, _without_doubtful_failures(rule, judgement, reach))

    def _judge(self, rule: Rule) -> tuple[Reach, Judgement]:
        """The rows of a rule and their judgement; a street side is judged as a whole before rows are left out."""
        reach = self.reach(rule)
        if rule.kind.scope is not Scope.STREET_SIDE:
            return reach, self._judge_rows(rule, reach)
        whole = self.site.reach_frontages(AppliesTo())
        judged = self.site.reach_frontages(replace(rule.applies_to, uses=()))
        is_reached = np.isin(whole.frontage, judged.frontage)
        kept = np.flatnonzero(np.isin(whole.frontage, reach.frontage))
        return reach, self._judge_rows(rule, whole, is_reached).take(kept)

    def _meeting(self, reach: Reach, rule: Rule) -> Reach:
        """The rows whose building meets the condition of the rule, or may meet it."""
        condition = rule.applies_to.when
        if condition is None:
            return reach
        truth = condition.evaluate(self.buildings.select(list(condition.attributes)).take(pa.array(reach.rows)))
        doubtful = replace(reach, is_doubtful=reach.is_doubtful | truth.is_unknown)
        return doubtful.take(np.flatnonzero(truth.holds | truth.is_unknown))

    def _judge_rows(self, rule: Rule, reach: Reach, is_reached: Bools | None = None) -> Judgement:
        rows, scope = pa.array(reach.rows), rule.kind.scope
        if scope in PLACE_LAYERS:
            return rule.kind.judge(self._place_columns(scope).take(rows), rule.parameters, self._lookup_colors)
        columns = {name: self.buildings[name].take(rows) for name in rule.kind.attributes}
        if scope is Scope.AREA:
            area = self.site.area_columns(reach, rule.applies_to)
            columns |= {name: area[name] for name in AREA_COLUMNS.names}
        elif scope is Scope.BUILDING:
            columns["footprint_m2"] = pa.array(self.site.footprint_m2[reach.rows])
        elif scope in CORRIDOR_SCOPES:
            corridor = self._corridor_columns.take(pa.array(reach.frontage))
            columns |= {name: corridor[name] for name in CORRIDOR_COLUMNS.names}
        else:
            frontages = self.site.take_fronts(reach.frontage)
            columns |= {name: frontages[name] for name in FRONTAGE_COLUMNS.names}
            if is_reached is not None:
                columns["is_reached"] = pa.array(is_reached)
        return rule.kind.judge(pa.table(columns), rule.parameters, self._lookup_colors)

    @cached_property
    def _corridor_columns(self) -> pa.Table:
        return corridor_columns(self.site.crossing, self.site.places)

    def _lookup_colors(self, hex_colors: pa.Array) -> MunsellColors:
        return self.colors.lookup(hex_colors)


def _blocks(count: int) -> Iterator[Ints]:
    return (np.arange(start, min(start + BLOCK_ROWS, count)) for start in range(0, count, BLOCK_ROWS))


def _without_doubtful_failures(rule: Rule, judgement: Judgement, reach: Reach) -> Judgement:
    """What breaks a rule that may not be about it, for want of what decides that, is for review."""
    is_open = reach.is_doubtful & (judgement.verdicts == FAIL)
    if not is_open.any():
        return judgement
    verdicts = np.where(is_open, REVIEW, judgement.verdicts).astype(np.uint8)
    words = _UNKNOWN_YEAR if rule.applies_to.when is None else _UNKNOWN_CONDITION
    return replace(judgement, verdicts=verdicts, notes=(*judgement.notes, (is_open, *words)))


def with_all_columns(buildings: pa.Table) -> pa.Table:
    """The table with every agreed column in its agreed type, so that a kind may rely on it."""
    if buildings.schema.names == _ALL_COLUMNS:
        return buildings
    columns = {"dataset": _column(buildings, "dataset", pa.string())}
    columns |= {field.name: _column(buildings, field.name, field.type) for field in building_schema()}
    return pa.table(columns)


def _column(table: pa.Table, name: str, type_: pa.DataType) -> pa.Array:
    if name not in table.column_names:
        return pa.nulls(table.num_rows, type_)
    column = as_array(table[name])
    return column if column.type == type_ else pc.cast(column, type_)
