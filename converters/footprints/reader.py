"""Vector rows become building batches: the one engine behind every footprint format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cim_core.crs.heights import HeightPolicy
from cim_core.errors import GeoreferenceError
from cim_core.features import FeatureBatch, FeatureStream, SourceMeta
from cim_core.geometry import PreparedColumn, prepare_column
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from converters.base import FormatInfo, ReadOptions, Source
from converters.footprints.batches import BatchBuilder, column_of
from converters.footprints.fields import FieldPlan, plan_fields
from converters.footprints.source import VectorSource
from converters.footprints.trace import RowTrace
from converters.georeference import ResolvedCrs, check_position, propose_crs, resolve_crs, settle_heights
from converters.identity import has_different_values

Opener = Callable[[Source, ReadOptions], AbstractContextManager[VectorSource]]


@dataclass(frozen=True, slots=True)
class OpenedRows:
    """An opened file and how its rows are understood. ``first`` is its first batch, None if it has no rows."""

    vector: VectorSource
    plan: FieldPlan
    resolved: ResolvedCrs
    meta: SourceMeta
    id_field: str | None
    options: ReadOptions
    first: pa.RecordBatch | None
    first_shapes: PreparedColumn | None

    @property
    def context(self) -> str:
        """Everything outside a row that decides what becomes of it."""
        meta, options, heights = self.meta, self.options, self.meta.heights
        schema = None if self.first is None else str(self.first.schema.remove_metadata())
        geoid = heights.geoid.digest if heights.geoid is not None else ""
        decisions = (meta.crs.to_wkt(), meta.crs_reason, heights.describe(), geoid, self.plan, self.id_field)
        return repr((schema, *decisions, options.storey_height_m, options.keep_without_height, meta.notes))

    @property
    def unread_columns(self) -> frozenset[str]:
        """Columns that nothing depends on: GDAL's row numbers, unless they are the ids."""
        column = self.vector.row_id_column
        return frozenset() if column is None or column == self.id_field else frozenset({column})

    def records(self) -> Iterator[pa.RecordBatch]:
        """All batches as they are in the file; consumed once."""
        if self.first is not None:
            yield self.first
            yield from self.vector.batches

    def batches(self) -> Iterator[tuple[pa.RecordBatch, PreparedColumn]]:
        """All batches with their shapes; consumed once."""
        shapes = self.first_shapes
        for records in self.records():
            yield records, shapes or self.decode(records)
            shapes = None

    def decode(self, records: pa.RecordBatch) -> PreparedColumn:
        """The shapes of rows."""
        return _decode(records, self.vector, self.resolved)

    def builder(self, log: IssueLog, trace: RowTrace | None = None) -> BatchBuilder:
        """What turns rows into features."""
        return BatchBuilder(self.meta, self.plan, self.id_field, self.options, log, trace)


@dataclass(frozen=True, slots=True)
class FootprintFormat:
    """A vector format: its row in the list of formats, its test, and how a file of it is opened."""

    info: FormatInfo
    test: Callable[[Source], bool]
    open_source: Opener

    def recognises(self, source: Source) -> bool:
        """Whether this format should read the source. Never parses."""
        return self.test(source)

    def read(
        self, source: Source, options: ReadOptions, log: IssueLog, progress: Progress, trace: RowTrace | None = None
    ) -> FeatureStream:
        """Stream building footprints. Raises SourceError or UsageError before the first batch where it can.

        ``trace`` is told what became of every row.
        """
        with ExitStack() as stack:
            opened = stack.enter_context(self.open_rows(source, options, log))
            file_kept_open = stack.pop_all()
        if trace is not None:
            trace.begin(opened.context, opened.unread_columns, len(log))

        def batches() -> Iterator[FeatureBatch]:
            with file_kept_open:
                progress.start("read", opened.vector.total)
                builder = opened.builder(log, trace)
                for records, shapes in opened.batches():
                    yield builder.convert(records, shapes)
                    progress.advance(records.num_rows)
                builder.report.finish()

        return FeatureStream(opened.meta, batches(), opened.vector.total)

    @contextmanager
    def open_rows(self, source: Source, options: ReadOptions, log: IssueLog) -> Iterator[OpenedRows]:
        """Open a file and decide how its rows are understood; decisions are noted in ``log``. Raises as ``read``."""
        with self.open_source(source, options) as vector:
            plan = plan_fields(vector.fields, options, vector.read_columns, log)
            resolved = _resolve(vector, options, str(source.path))
            first = next(vector.batches, None)
            shapes = None if first is None else _decode(first, vector, resolved)
            if shapes is not None:
                check_position(shapes.bounds, resolved.crs, str(source.path), log)
            id_field = None if first is None else _settle_id(first, plan, vector, log, str(source.path))
            meta = self._describe(source, options, plan, id_field, resolved, vector, log)
            _note_decisions(meta, plan, vector, options, log)
            if shapes is not None and shapes.has_z.any():
                log.note("z-not-used", Z_NOT_USED, where=meta.path)
            yield OpenedRows(vector, plan, resolved, meta, id_field, options, first, shapes)

    def _describe(
        self,
        source: Source,
        options: ReadOptions,
        plan: FieldPlan,
        id_field: str | None,
        resolved: ResolvedCrs,
        vector: VectorSource,
        log: IssueLog,
    ) -> SourceMeta:
        where = str(source.path)
        heights = options.heights or HeightPolicy()
        if "base_m" in plan.attributes:
            heights = settle_heights(options.heights, resolved.vertical, where, log, what="base elevations")
        return SourceMeta(
            name=options.name or source.path.stem,
            path=where,
            format_id=self.info.id,
            crs=resolved.crs,
            crs_reason=resolved.reason,
            heights=heights,
            fields={**({"id": id_field} if id_field else {}), **plan.attributes},
            notes=tuple(text for _, text in vector.notes),
        )


Z_NOT_USED = "outlines have heights in their coordinates, which are not used: bases come from a field or the terrain"


def _resolve(vector: VectorSource, options: ReadOptions, where: str) -> ResolvedCrs:
    """The CRS of a source; where nobody says it, the refusal tells what the first numbers look like."""
    try:
        return resolve_crs(options.crs, vector.declared, where, may_be_shifted=True)
    except GeoreferenceError as error:
        first = next(vector.batches, None) if error.code == "no-crs" else None
        if first is not None:
            error.hint = propose_crs(_decode(first, vector, None).bounds) or error.hint
        raise


def _decode(records: pa.RecordBatch, vector: VectorSource, resolved: ResolvedCrs | None) -> PreparedColumn:
    unshift = None if resolved is None else resolved.unshift
    return prepare_column(column_of(records, vector.geometry_column), unshift)


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
        values = column_of(records, plan.id_field)
        if (
            pa.types.is_floating(values.type)
            and np.nanmax(np.abs(values.to_numpy(zero_copy_only=False)), initial=0) > 2**53
        ):
            text = f"ids in {plan.id_field!r} are too long for a number and have lost digits"
            log.warn("imprecise-id", text, where=where, hint="write long ids as text")
        if plan.is_id_named_by_user or records.num_rows == 1 or has_different_values(values):
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
