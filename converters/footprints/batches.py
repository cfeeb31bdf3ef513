"""One record batch of a vector file becomes one batch of buildings; what cannot be used is rejected with its reason."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.features import FeatureBatch, SourceMeta, building_schema
from cim_core.features.plausible import find_contradictions
from cim_core.geometry import Defect, PreparedColumn
from cim_core.geometry.polygons import MAX_VERTICES
from cim_core.issues import IssueLog
from converters.base import ReadOptions
from converters.footprints.attributes import as_extra, as_text, normalise_attribute, read_heights
from converters.footprints.fields import FieldPlan
from converters.footprints.report import RowReporter
from converters.footprints.trace import RowTrace
from converters.georeference import check_position
from converters.identity import UniqueIds, id_texts, row_ids

#: A repair that changes the area by more than this share is flagged for a look.
AREA_CHANGE_TO_FLAG = 0.01
#: A footprint in degrees that is wider than this crosses the antimeridian rather than spanning the globe.
_MAX_WIDTH_DEG = 180.0
#: Whole numbers up to here are exact as doubles.
_EXACT_UP_TO = 2**53

_DEFECTS = {
    Defect.NO_GEOMETRY: ("no-geometry", "has no geometry"),
    Defect.EMPTY: ("empty-geometry", "has an empty geometry"),
    Defect.NOT_A_POLYGON: ("not-a-polygon", "is not a polygon"),
    Defect.CURVED: ("not-a-polygon", "has arcs; only straight edges are read"),
    Defect.NOT_FINITE: ("not-finite", "has a coordinate that is no number"),
    Defect.DEGENERATE: ("degenerate", "encloses no area"),
    Defect.TOO_MANY_VERTICES: ("too-many-vertices", f"has more than {MAX_VERTICES} vertices"),
    Defect.UNREADABLE: ("unreadable-geometry", "has a geometry that cannot be decoded"),
}


class BatchBuilder:
    """Turns the record batches of one source into feature batches; keeps the ids and row numbers between them."""

    def __init__(
        self,
        meta: SourceMeta,
        plan: FieldPlan,
        id_column: str | None,
        options: ReadOptions,
        log: IssueLog,
        trace: RowTrace | None = None,
    ) -> None:
        self.report = RowReporter(log)
        self._meta, self._plan, self._options, self._log = meta, plan, options, log
        self._trace = trace
        self._ids = UniqueIds()
        self._next_row = 1
        self._id_column = id_column
        self._imprecise: set[str] = set()

    def convert(self, records: pa.RecordBatch, shapes: PreparedColumn) -> FeatureBatch:
        """The next batch; what is rejected is in the log. Raises GeoreferenceError for impossible positions."""
        count, first_row = records.num_rows, self._next_row
        self._log.features_in += count
        self.report.noted.clear()
        ids, given_ids = self.identify(records)
        row_numbers = np.arange(first_row, first_row + count, dtype=np.int64)
        batch, kept = self.convert_rows(records, shapes, ids, row_numbers)
        if self._trace is not None:
            is_kept, is_noted = np.zeros((2, count), bool)
            is_kept[kept - first_row] = True
            is_noted[np.concatenate(self.report.noted) - first_row] = True
            self._trace.add(records, is_kept, is_noted, given_ids)
        return batch

    def convert_rows(
        self, records: pa.RecordBatch, shapes: PreparedColumn, ids: list[str], row_numbers: NDArray[np.int64]
    ) -> tuple[FeatureBatch, NDArray[np.int64]]:
        """Rows whose ids are settled, and the numbers of those that are kept."""
        self.report.about(ids, row_numbers)
        keep = self._check_shapes(shapes)
        if not keep.all():
            records, ids, row_numbers = records.filter(pa.array(keep)), _pick(ids, keep), row_numbers[keep]
            self.report.about(ids, row_numbers)
        columns = self._columns(records)
        is_kept = columns.pop("is_kept")
        columns |= {
            "id": pa.array(ids, pa.string()),
            "kind": pa.array(["building"] * len(ids), pa.string()),
            "geometry": _binary(shapes.wkb if keep.all() else shapes.wkb.filter(pa.array(keep))),
        }
        batch = self._assemble(columns, len(ids))
        if not pc.all(is_kept).as_py():
            batch, row_numbers = batch.filter(is_kept), row_numbers[is_kept.to_numpy(zero_copy_only=False)]
        return FeatureBatch(batch, self._meta, source_rows=row_numbers), row_numbers

    def plain_ids(self, records: pa.RecordBatch, row_numbers: NDArray[np.int64]) -> list[str]:
        """The ids of single rows as the file has them, however often; row numbers where it has none."""
        if self._id_column is None:
            return [f"row-{row}" for row in row_numbers.tolist()]
        ids, is_missing = id_texts(column_of(records, self._id_column), 0)
        for place in np.flatnonzero(is_missing).tolist():
            ids[place] = f"row-{row_numbers[place]}"
        return ids

    def identify(self, records: pa.RecordBatch) -> tuple[list[str], dict[int, str]]:
        """The ids of the next batch, unique, and by row (from 0) those that had to be changed for it."""
        count, first_row = records.num_rows, self._next_row
        self._next_row += count
        if self._id_column is None:
            return row_ids(count, first_row), {}
        row_numbers = np.arange(first_row, first_row + count, dtype=np.int64)
        ids, is_missing = id_texts(column_of(records, self._id_column), first_row)
        self.report.about(ids, row_numbers)
        self.report.warn(is_missing, "missing-id", "has no id; its row number stands in")
        unique, is_changed = self._ids.claim(ids)
        self.report.about(unique, row_numbers)
        self.report.warn(
            is_changed, "repeated-id", lambda row: f"the id {ids[row]!r} is used before; now {unique[row]!r}"
        )
        return unique, {first_row - 1 + place: unique[place] for place in np.flatnonzero(is_changed).tolist()}

    def _check_shapes(self, shapes: PreparedColumn) -> NDArray[np.bool_]:
        """Reject and warn; (n,) True for rows whose shape is kept."""
        report = self.report
        for defect, (code, message) in _DEFECTS.items():
            report.reject(shapes.defect == defect, code, message)
        is_possible = check_position(shapes.bounds, self._meta.crs, self._meta.path)
        report.reject(~is_possible, "position-impossible", "lies outside ±180°, ±90°")
        keep = shapes.is_usable & is_possible
        if self._meta.crs.is_geographic:
            is_wide = keep & (shapes.bounds[:, 2] - shapes.bounds[:, 0] > _MAX_WIDTH_DEG)
            report.reject(is_wide, "antimeridian", "crosses the 180th meridian", "split it there")
            keep &= ~is_wide
        report.warn(keep & shapes.is_closed, "ring-closed", "had an open ring, which has been closed")
        report.warn(keep & shapes.is_partial, "parts-dropped", "had points or lines beside its polygons; left out")
        is_changed = keep & (shapes.area_change > AREA_CHANGE_TO_FLAG)
        report.warn(
            is_changed,
            "repaired-changed",
            lambda row: f"was invalid; the repair changed its area by {shapes.area_change[row]:.0%}",
            hint="look at the shape in the source",
        )
        report.warn(keep & shapes.is_repaired & ~is_changed, "repaired", "was invalid and has been repaired")
        return keep

    def _columns(self, records: pa.RecordBatch) -> dict[str, pa.Array]:
        """Attribute and further columns by name, and ``is_kept`` (boolean)."""

        def source_column(field: str | None) -> pa.Array | None:
            return None if field is None else column_of(records, field)

        fields = self._plan.attributes
        height_m, source, storeys, is_kept = read_heights(
            source_column(fields.get("height_m")),
            source_column(fields.get("storeys")),
            self._options.storey_height_m,
            records.num_rows,
            self.report,
            keep_without_height=self._options.keep_without_height,
        )
        columns = {
            name: normalise_attribute(name, column_of(records, field), self.report)
            for name, field in fields.items()
            if name not in ("height_m", "storeys")
        }
        parent_id = source_column(self._plan.parent_id_field)
        if parent_id is not None:
            columns["parent_id"] = as_text(parent_id)
        for field, name in self._plan.extras.items():
            self._warn_of_lost_digits(field, column_of(records, field))
            columns[name] = as_extra(column_of(records, field))
        columns |= {"height_m": height_m, "height_source": source, "storeys": storeys, "is_kept": pa.array(is_kept)}
        self._warn_of_contradictions(columns, is_kept)
        return columns

    def _warn_of_contradictions(self, columns: dict[str, pa.Array], is_kept: NDArray[np.bool_]) -> None:
        names = [name for name in ("height_m", "eave_height_m", "ridge_height_m", "storeys") if name in columns]
        for found in find_contradictions(pa.table({name: columns[name] for name in names})):
            hint = "correct the figures; a check that would pass on them is for review"
            self.report.warn(found.holds & is_kept, "contradicting-figures", found.en, hint)

    def _warn_of_lost_digits(self, field: str, values: pa.Array) -> None:
        """Tell once of a field whose whole numbers are too long for a double, as readers make of 2⁷⁰."""
        if field in self._imprecise or not pa.types.is_floating(values.type):
            return
        numbers = np.abs(values.to_numpy(zero_copy_only=False))
        if np.max(numbers, initial=0, where=np.isfinite(numbers)) > _EXACT_UP_TO:
            self._imprecise.add(field)
            text = f"numbers in {field!r} are too long for a number and have lost digits"
            self._log.warn("imprecise-number", text, where=self._meta.path, hint="write long numbers as text")

    def _assemble(self, columns: dict[str, pa.Array], count: int) -> pa.RecordBatch:
        """All agreed columns in their order (null where the source has none), then the further ones."""
        schema = building_schema()
        agreed = {field.name: columns.pop(field.name, None) for field in schema}
        arrays = [
            pa.nulls(count, schema.field(name).type) if column is None else column for name, column in agreed.items()
        ]
        further = [pa.field(name, column.type) for name, column in columns.items()]
        return pa.RecordBatch.from_arrays([*arrays, *columns.values()], schema=pa.schema([*schema, *further]))


def column_of(records: pa.RecordBatch, field: str) -> pa.Array:
    """The named column as plain values: no categories, no extension types."""
    column = records.column(records.schema.get_field_index(field))
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column


def _pick(values: list[str], keep: NDArray[np.bool_]) -> list[str]:
    return values if keep.all() else [value for value, is_kept in zip(values, keep.tolist(), strict=True) if is_kept]


def _binary(wkb: pa.Array) -> pa.Array:
    return wkb if pa.types.is_binary(wkb.type) else pc.cast(wkb, pa.binary())
