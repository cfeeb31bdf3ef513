"""Vector rows become building batches: the one engine behind every footprint format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from cim_core.crs.heights import HeightPolicy
from cim_core.features import FeatureBatch, FeatureStream, SourceMeta, building_schema
from cim_core.geometry import Defect, PreparedPolygons, decode_wkb, prepare_polygons
from cim_core.geometry.polygons import MAX_VERTICES
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from converters.base import FormatInfo, ReadOptions, Source
from converters.footprints.attributes import as_extra, as_text, normalise_attribute, read_heights
from converters.footprints.fields import FieldPlan, plan_fields
from converters.footprints.report import RowReporter
from converters.footprints.source import VectorSource
from converters.georeference import check_position, resolve_crs, settle_heights
from converters.identity import UniqueIds, id_texts, row_ids

#: A repair that changes the area by more than this share is flagged for a look.
AREA_CHANGE_TO_FLAG = 0.01
#: A footprint in degrees that is wider than this crosses the antimeridian rather than spanning the globe.
_MAX_WIDTH_DEG = 180.0

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

Opener = Callable[[Source, ReadOptions], AbstractContextManager[VectorSource]]


@dataclass(frozen=True, slots=True)
class FootprintFormat:
    """A vector format: its row in the list of formats, its test, and how a file of it is opened."""

    info: FormatInfo
    test: Callable[[Source], bool]
    open_source: Opener

    def recognises(self, source: Source) -> bool:
        """Whether this format should read the source. Never parses."""
        return self.test(source)

    def read(self, source: Source, options: ReadOptions, log: IssueLog, progress: Progress) -> FeatureStream:
        """Stream building footprints. Raises SourceError or UsageError before the first batch where it can."""
        steps = _read(self, source, options, log, progress)
        opened = next(steps)
        assert isinstance(opened, _Opened)  # noqa: S101  (the generator's own protocol)

        def batches() -> Iterator[FeatureBatch]:
            for step in steps:
                assert isinstance(step, FeatureBatch)  # noqa: S101
                yield step

        return FeatureStream(opened.meta, batches(), opened.total)


@dataclass(frozen=True, slots=True)
class _Opened:
    meta: SourceMeta
    total: int | None


def _read(
    converter: FootprintFormat, source: Source, options: ReadOptions, log: IssueLog, progress: Progress
) -> Iterator[_Opened | FeatureBatch]:
    """First what is known of the source, then its batches; the file stays open in between."""
    where = str(source.path)
    with converter.open_source(source, options) as vector:
        plan = plan_fields(vector.fields, options, vector.read_columns, log)
        resolved = resolve_crs(options.crs, vector.declared, where)
        rows = vector.batches
        first = next(rows, None)
        geometries = None if first is None else _decode(first, vector)
        if geometries is not None:
            check_position(geometries.polygons, resolved.crs, where, log)
        heights = options.heights or HeightPolicy()
        if "base_m" in plan.attributes:
            heights = settle_heights(options.heights, resolved.vertical, where, log, what="base elevations")
        id_column = None if first is None else _settle_id(first, plan, vector, log, where)
        meta = SourceMeta(
            name=options.name or source.path.stem,
            path=where,
            format_id=converter.info.id,
            crs=resolved.crs,
            crs_reason=resolved.reason,
            heights=heights,
            fields={**({"id": id_column} if id_column else {}), **plan.attributes},
            notes=tuple(text for _, text in vector.notes),
        )
        _note_decisions(meta, plan, vector, options, log)
        yield _Opened(meta, vector.total)
        progress.start("read", vector.total)
        work = _Batches(meta, plan, id_column, options, log)
        while first is not None:
            count = first.num_rows
            if geometries is None:
                geometries = _decode(first, vector)
            yield work.convert(first, geometries)
            progress.advance(count)
            first, geometries = next(rows, None), None
        work.report.finish()


def _decode(records: pa.RecordBatch, vector: VectorSource) -> PreparedPolygons:
    column = records.column(records.schema.get_field_index(vector.geometry_column))
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    return prepare_polygons(*decode_wkb(column.to_numpy(zero_copy_only=False)))


def _note_decisions(
    meta: SourceMeta, plan: FieldPlan, vector: VectorSource, options: ReadOptions, log: IssueLog
) -> None:
    log.note("crs", meta.crs_reason, where=meta.path)
    for code, text in vector.notes:
        log.note(code, text, where=meta.path)
    matched = ", ".join(f"{name} ← {field}" for name, field in meta.fields.items())
    log.note("fields", matched or "no field is known by name", where=meta.path)
    renamed = ", ".join(f"{field} → {name}" for field, name in plan.extras.items() if field != name)
    if renamed:
        log.note("renamed-fields", f"fields that bear the name of an agreed column are renamed: {renamed}")
    if "storeys" in plan.attributes:
        log.note("storey-height", f"where there is no height: storeys × {options.storey_height_m:g} m")


def _settle_id(records: pa.RecordBatch, plan: FieldPlan, vector: VectorSource, log: IssueLog, where: str) -> str | None:
    """The column that holds ids, judged by the first rows; None if row numbers must do.

    A field with one value for all is no id; the file's own row ids are, unless they merely count.
    """
    if plan.id_field is not None:
        values = records.column(records.schema.get_field_index(plan.id_field))
        if plan.is_id_named_by_user or records.num_rows == 1 or len(values.unique()) > 1:
            return plan.id_field
        text = f"the field {plan.id_field!r} has one value for all; row numbers are the ids"
        log.warn("constant-id", text, where=where, hint="name the id field with --id-field")
        return None
    own = vector.row_id_column
    if own is not None and (index := records.schema.get_field_index(own)) >= 0:
        numbers = records.column(index).to_numpy(zero_copy_only=False)
        if not any(np.array_equal(numbers, np.arange(start, start + len(numbers))) for start in (0, 1)):
            log.note("ids", "the file's own feature ids are used", where=where)
            return own
    log.note("ids", "no field holds ids; row numbers are the ids (row-1, row-2 …)", where=where)
    return None


class _Batches:
    """Turns the record batches of one source into feature batches; keeps the ids and row numbers between them."""

    def __init__(
        self, meta: SourceMeta, plan: FieldPlan, id_column: str | None, options: ReadOptions, log: IssueLog
    ) -> None:
        self.report = RowReporter(log)
        self._meta, self._plan, self._options, self._log = meta, plan, options, log
        self._ids = UniqueIds()
        self._next_row = 1
        self._id_column = id_column

    def convert(self, records: pa.RecordBatch, shapes: PreparedPolygons) -> FeatureBatch:
        """One batch; what is rejected is in the log. Raises GeoreferenceError for impossible positions."""
        count = records.num_rows
        self._log.features_in += count
        row_numbers = np.arange(self._next_row, self._next_row + count, dtype=np.int64)
        ids = self._identify(records, row_numbers)
        self.report.about(ids, row_numbers)
        keep = self._check_shapes(shapes)
        records, ids, row_numbers = records.filter(pa.array(keep)), _pick(ids, keep), row_numbers[keep]
        polygons = shapes.polygons[keep]
        self._next_row += count

        self.report.about(ids, row_numbers)
        columns = self._columns(records)
        is_kept = columns.pop("is_kept")
        columns |= {
            "id": pa.array(ids, pa.string()),
            "kind": pa.array(["building"] * len(ids), pa.string()),
            "geometry": pa.array(shapely.to_wkb(polygons), pa.binary()),
        }
        return FeatureBatch(self._assemble(columns, len(ids)).filter(is_kept), self._meta)

    def _identify(self, records: pa.RecordBatch, row_numbers: NDArray[np.int64]) -> list[str]:
        first_row = self._next_row
        if self._id_column is None:
            ids = row_ids(records.num_rows, first_row)
        else:
            column = records.column(records.schema.get_field_index(self._id_column))
            ids, is_missing = id_texts(column, first_row)
            self.report.about(ids, row_numbers)
            self.report.warn(is_missing, "missing-id", "has no id; its row number stands in")
        unique, is_changed = self._ids.claim(ids)
        self.report.about(unique, row_numbers)
        self.report.warn(
            is_changed, "repeated-id", lambda row: f"the id {ids[row]!r} is used before; now {unique[row]!r}"
        )
        return unique

    def _check_shapes(self, shapes: PreparedPolygons) -> NDArray[np.bool_]:
        """Reject and warn; (n,) True for rows whose shape is kept."""
        report = self.report
        for defect, (code, message) in _DEFECTS.items():
            report.reject(shapes.defect == defect, code, message)
        is_possible = check_position(shapes.polygons, self._meta.crs, self._meta.path)
        report.reject(~is_possible, "position-impossible", "lies outside ±180°, ±90°")
        keep = shapes.is_usable & is_possible
        if self._meta.crs.is_geographic:
            bounds = shapely.bounds(shapes.polygons)
            is_wide = keep & (bounds[:, 2] - bounds[:, 0] > _MAX_WIDTH_DEG)
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
            return None if field is None else _column(records, field)

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
            name: normalise_attribute(name, _column(records, field), self.report)
            for name, field in fields.items()
            if name not in ("height_m", "storeys")
        }
        parent_id = source_column(self._plan.parent_id_field)
        if parent_id is not None:
            columns["parent_id"] = as_text(parent_id)
        for field, name in self._plan.extras.items():
            columns[name] = as_extra(_column(records, field))
        return columns | {
            "height_m": height_m,
            "height_source": source,
            "storeys": storeys,
            "is_kept": pa.array(is_kept),
        }

    def _assemble(self, columns: dict[str, pa.Array], count: int) -> pa.RecordBatch:
        """All agreed columns in their order (null where the source has none), then the further ones."""
        schema = building_schema()
        agreed = {field.name: columns.pop(field.name, None) for field in schema}
        arrays = [
            pa.nulls(count, schema.field(name).type) if column is None else column for name, column in agreed.items()
        ]
        further = [pa.field(name, column.type) for name, column in columns.items()]
        return pa.RecordBatch.from_arrays([*arrays, *columns.values()], schema=pa.schema([*schema, *further]))


def _column(records: pa.RecordBatch, field: str) -> pa.Array:
    """The named column, categories as their values."""
    column = records.column(records.schema.get_field_index(field))
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column


def _pick(values: list[str], keep: NDArray[np.bool_]) -> list[str]:
    return values if keep.all() else [value for value, is_kept in zip(values, keep.tolist(), strict=True) if is_kept]
