"""Vector rows become building batches: the one engine behind every footprint format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import shapely

from cim_core.crs.heights import HeightPolicy
from cim_core.errors import GeoreferenceError
from cim_core.features import FeatureBatch, FeatureStream, SourceMeta
from cim_core.geometry import PreparedPolygons, decode_wkb, prepare_polygons
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from converters.base import FormatInfo, ReadOptions, Source
from converters.footprints.batches import BatchBuilder, column_of
from converters.footprints.fields import FieldPlan, plan_fields
from converters.footprints.source import VectorSource
from converters.georeference import ResolvedCrs, check_position, propose_crs, resolve_crs, settle_heights
from converters.identity import has_different_values

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
        with ExitStack() as stack:
            vector = stack.enter_context(self.open_source(source, options))
            plan = plan_fields(vector.fields, options, vector.read_columns, log)
            resolved = _resolve(vector, options, str(source.path))
            first = next(vector.batches, None)
            shapes = None if first is None else _decode(first, vector, resolved)
            if shapes is not None:
                check_position(shapes.polygons, resolved.crs, str(source.path), log)
            id_field = None if first is None else _settle_id(first, plan, vector, log, str(source.path))
            meta = self._describe(source, options, plan, id_field, resolved, vector, log)
            _note_decisions(meta, plan, vector, options, log)
            file_kept_open = stack.pop_all()

        def batches() -> Iterator[FeatureBatch]:
            with file_kept_open:
                progress.start("read", vector.total)
                builder = BatchBuilder(meta, plan, id_field, options, log)
                records, prepared = first, shapes
                while records is not None:
                    yield builder.convert(records, _decode(records, vector, resolved) if prepared is None else prepared)
                    progress.advance(records.num_rows)
                    records, prepared = next(vector.batches, None), None
                builder.report.finish()

        return FeatureStream(meta, batches(), vector.total)

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


def _resolve(vector: VectorSource, options: ReadOptions, where: str) -> ResolvedCrs:
    """The CRS of a source; where nobody says it, the refusal tells what the first numbers look like."""
    try:
        return resolve_crs(options.crs, vector.declared, where, may_be_shifted=True)
    except GeoreferenceError as error:
        first = next(vector.batches, None) if error.code == "no-crs" else None
        if first is not None:
            error.hint = propose_crs(_decode(first, vector, None).polygons) or error.hint
        raise


def _decode(records: pa.RecordBatch, vector: VectorSource, resolved: ResolvedCrs | None) -> PreparedPolygons:
    column = column_of(records, vector.geometry_column)
    prepared = prepare_polygons(*decode_wkb(column.to_numpy(zero_copy_only=False)))
    if resolved is None or resolved.unshift is None:
        return prepared
    return replace(prepared, polygons=shapely.transform(prepared.polygons, resolved.unshift))


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
