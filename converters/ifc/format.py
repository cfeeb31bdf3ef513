"""IFC as a format: checks, parsing in a child process, position, and feature batches of elements and buildings."""

from __future__ import annotations

from pathlib import Path

from cim_core.features import FeatureStream
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from converters.base import FormatInfo, ModelOptions, Produces, ReadOptions, Source
from converters.ifc.container import is_ifc_name, model_file
from converters.ifc.limits import ELEMENT_LIMIT_S, STALL_LIMIT_S, default_memory_bytes
from converters.ifc.order import FORMAT_ID, Order
from converters.ifc.precheck import check_body, check_ends, is_step
from converters.ifc.raw_text import parseable
from converters.ifc.run import parsed, usable_parts


class IfcFormat:
    """IFC2X3, IFC4 and IFC4X3 as STEP physical files, through IfcOpenShell.

    One row per element with a body (``parent_id`` names its building), one row per building. An object without any
    representation is not a feature; holes, rooms, axes and drawings are left out and counted in a note.
    """

    info = FormatInfo(
        id=FORMAT_ID,
        label="IFC building model",
        suffixes=(".ifc", ".ifczip"),
        produces=Produces.ELEMENTS,
        media_type="application/x-step",
        library="ifcopenshell",
    )

    def recognises(self, source: Source) -> bool:
        """Whether the suffix is one of IFC's, or the file opens as STEP and mentions an IFC schema."""
        return is_ifc_name(source.path) or (is_step(source.head) and b"'IFC" in source.head.upper())

    def read(self, source: Source, options: ReadOptions, log: IssueLog, progress: Progress) -> FeatureStream:
        """Parse, place and measure the model.

        Raises:
            UnreadableSourceError: empty, truncated, not IFC, cyclic placements, no project, or the parser dies on it.
            UnsupportedFeatureError: a schema without a near relative among the supported ones, ifcXML, Deflate64.
            GeoreferenceError: the position is missing, a preset of the authoring tool, or contradictory.
        """
        with model_file(source.path, source.head) as path:
            return self._read(source, path, options, log, progress)

    def _read(
        self, source: Source, file: Path, options: ReadOptions, log: IssueLog, progress: Progress
    ) -> FeatureStream:
        where = source.path.name
        content = file.read_bytes()
        declared, schema = check_ends(where, content)
        if schema != declared:
            log.warn("schema-mapped", f"the schema {declared} is read as {schema}, its nearest relative")

        def meanwhile() -> None:
            nonlocal content
            _report_duplicates(check_body(where, content), log)
            content = b""  # a large file need not stay in memory
            _prepare()

        with (
            parseable(file, content, declared, schema) as (path, raw),
            parsed(path, _order(options.model, source.path, file), progress, meanwhile, where=where) as model,
        ):
            from converters.ifc.stream import build_stream

            if raw is not None:
                text = f"texts are not escaped as ISO 10303-21 asks; they are read as {raw.encoding}: {raw.sample}"
                log.warn("raw-text", text, where=where, hint="look whether the names are right; else export again")
            return build_stream(source, model, declared, options, log)


def _prepare() -> None:
    """Load what comes after parsing: what takes long to import, and the table for the colors of facades."""
    import converters.ifc.stream  # noqa: F401
    from cim_core.townscape.color.renotation import load_renotation

    load_renotation()


def _report_duplicates(steps: tuple[int, ...], log: IssueLog) -> None:
    if steps:
        shown = ", ".join(f"#{i}" for i in steps[:10])
        log.warn("duplicate-step-ids", f"{len(steps)} STEP ids occur more than once ({shown}); the last one counts")


def _order(options: ModelOptions, given: Path, file: Path) -> Order:
    memory = options.max_memory_mb * 1_000_000 if options.max_memory_mb else default_memory_bytes()
    return Order(
        usable_parts(),
        options.include,
        options.deflection_m,
        memory,
        element_s=options.element_s,
        stall_s=options.element_s * STALL_LIMIT_S / ELEMENT_LIMIT_S,
        max_triangles=options.max_triangles,
        companions=str(file.resolve().parent),
        is_unpacked=file != given,
    )


FORMAT = IfcFormat()
