"""IFC as a format: checks, parsing in a child process, position, and feature batches of elements and buildings."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cim_core.crs.heights import HeightPolicy
from cim_core.crs.transform import WGS84_GEOGRAPHIC
from cim_core.errors import UnreadableSourceError
from cim_core.features import FeatureStream, SourceMeta
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from cim_core.townscape.color.renotation import load_renotation
from converters.base import FormatInfo, ModelOptions, Produces, ReadOptions, Source
from converters.ifc.batches import build_batches
from converters.ifc.buildings import model_outline
from converters.ifc.container import is_ifc_name, model_file
from converters.ifc.georeference import decide_georeference
from converters.ifc.limits import default_memory_bytes
from converters.ifc.mesh import ModelShapes
from converters.ifc.order import ENGINES, Order
from converters.ifc.precheck import check_body, check_ends, is_step, with_schema
from converters.ifc.run import ModelContent, parsed, usable_parts
from converters.ifc.semantics import objects_table


class IfcFormat:
    """IFC2X3, IFC4 and IFC4X3 as STEP physical files, through IfcOpenShell.

    One row per element with a body (``parent_id`` names its building), one row per building. An object without any
    representation is not a feature; holes, rooms, axes and drawings are left out and counted in a note.
    """

    info = FormatInfo(
        id="ifc",
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
            load_renotation()  # facade colors will need it; it takes a third of a second

        with (
            _parseable(file, content, declared, schema) as path,
            parsed(path, _order(options.model), progress, meanwhile, where=where) as model,
        ):
            return self._place(source, model, declared, options, log)

    def _place(
        self, source: Source, model: ModelContent, declared: str, options: ReadOptions, log: IssueLog
    ) -> FeatureStream:
        facts, elements, where = model.facts, model.facts["elements"], source.path.name
        if facts["project"] is None and facts["entities"]:
            raise UnreadableSourceError(
                "has no IfcProject", where=where, hint="the file is incomplete; export it again", code="no-project"
            )
        for complaint in facts["complaints"]:
            log.warn("parser", complaint, where=where)
        _report_left_out(facts, log)
        shapes = ModelShapes.of_spools(model.spools)
        _settle_elements(model, shapes, log)
        if not len(shapes):
            log.warn("no-elements", "no building elements with a body", where=where)
            meta = _meta(source, options, facts, "nothing to place")
            return FeatureStream(meta, iter(()), 0)
        kept = set(shapes.step.tolist())
        index = [i for i, step in enumerate(elements["step"]) if step in kept]
        columns = {name: [values[i] for i in index] for name, values in elements.items()}
        georeference = decide_georeference(
            facts, shapes.bounds(), options, log, where=where, outline=lambda: model_outline(shapes, columns)
        )
        meta = SourceMeta(
            name=options.name or facts["project"]["name"] or source.path.stem,
            path=str(source.path),
            format_id=self.info.id,
            crs=georeference.crs,
            crs_reason=georeference.reason,
            heights=georeference.heights,
            notes=(f"schema {declared}",),
        )
        rows, batches = build_batches(
            shapes.moved(georeference.to_frame), columns, facts, georeference, meta, log, options.batch_size
        )
        return FeatureStream(meta, batches, rows, objects_table(facts["objects"]))


def _meta(source: Source, options: ReadOptions, facts: dict[str, Any], reason: str) -> SourceMeta:
    name = options.name or (facts["project"] or {}).get("name") or source.path.stem
    heights = options.heights or HeightPolicy()
    return SourceMeta(name, str(source.path), IfcFormat.info.id, WGS84_GEOGRAPHIC, reason, heights)


def _report_duplicates(steps: tuple[int, ...], log: IssueLog) -> None:
    if steps:
        shown = ", ".join(f"#{i}" for i in steps[:10])
        log.warn("duplicate-step-ids", f"{len(steps)} STEP ids occur more than once ({shown}); the last one counts")


def _report_left_out(facts: dict[str, Any], log: IssueLog) -> None:
    for code, key, text in (
        ("left-out", "left_out", "holes, rooms, axes and drawings are not meshed"),
        ("without-body", "without_body", "objects with axes, boxes or drawings but no body"),
    ):
        if facts[key]:
            counts = ", ".join(f"{n} {kind}" for kind, n in sorted(facts[key].items()))
            log.note(code, f"{text}: {counts}")


def _order(options: ModelOptions) -> Order:
    memory = options.max_memory_mb * 1_000_000 if options.max_memory_mb else default_memory_bytes()
    return Order(usable_parts(), options.include, options.deflection_m, memory)


def _settle_elements(model: ModelContent, shapes: ModelShapes, log: IssueLog) -> None:
    """Count every element with a body in; reject those without a shape; say what was made by other means."""
    elements = model.facts["elements"]
    failures = {step: text for spool in model.spools for step, text in spool.failures.items()}
    uncut = set(shapes.step[shapes.uncut].tolist())
    made = set(shapes.step.tolist())
    log.features_in += len(elements["step"])
    for step, guid, kind in zip(elements["step"], elements["id"], elements["kind"], strict=True):
        if step not in made:
            reason = failures.get(step, "no shape could be made")
            log.reject("no-shape", f"{kind}: {reason}", feature_id=guid, where=f"#{step}")
        elif step in uncut:
            log.warn("openings-not-cut", f"{kind}: openings could not be cut out", feature_id=guid, where=f"#{step}")
    kinds = Counter(elements["kind"])
    drawn = Counter(kind for step, kind in zip(elements["step"], elements["kind"], strict=True) if step in made)
    counts = ", ".join(f"{kind} {drawn[kind]} of {n}" for kind, n in sorted(kinds.items()))
    if counts:
        log.note("classes", f"elements with a shape: {counts}")
    engines = Counter(shapes.engine.tolist())
    others = ", ".join(f"{ENGINES[engine]} {n}" for engine, n in sorted(engines.items()) if engine)
    if others:
        log.note("other-engine", f"elements made by other means than the first: {others}")


@contextmanager
def _parseable(path: Path, content: bytes, declared: str, schema: str) -> Iterator[Path]:
    """The file itself, or a temporary copy that declares a schema the parser knows."""
    if schema == declared:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="cim-ifc-schema-") as folder:
        copy = Path(folder) / "model.ifc"
        copy.write_bytes(with_schema(content, schema))
        yield copy


FORMAT = IfcFormat()
