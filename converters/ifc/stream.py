"""From the facts and shapes of a parsed model to rows, placed and measured."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa

from cim_core.crs.heights import HeightPolicy
from cim_core.crs.transform import WGS84_GEOGRAPHIC
from cim_core.errors import UnreadableSourceError
from cim_core.features import FeatureStream, SourceMeta
from cim_core.issues import IssueLog
from converters.base import ReadOptions, Source
from converters.ifc.batches import build_batches
from converters.ifc.buildings import model_outline
from converters.ifc.georeference import decide_georeference
from converters.ifc.mesh import ModelShapes
from converters.ifc.order import ENGINES, FORMAT_ID
from converters.ifc.run import ModelContent
from converters.ifc.storeys import report_storeys
from converters.ifc.texture_report import carried_images, report_textures


def build_stream(
    source: Source, model: ModelContent, declared: str, options: ReadOptions, log: IssueLog
) -> FeatureStream:
    """Settle every element, place the model and measure its buildings.

    Raises:
        UnreadableSourceError: the model has no project.
        GeoreferenceError: the position is missing, a preset of the authoring tool, or contradictory.
    """
    facts, elements, where = model.facts, model.facts["elements"], source.path.name
    if facts["project"] is None and facts["entities"]:
        raise UnreadableSourceError(
            "has no IfcProject", where=where, hint="the file is incomplete; export it again", code="no-project"
        )
    for complaint in facts["complaints"]:
        log.warn("parser", complaint, where=where)
    if not facts["has_length_unit"]:
        log.warn(
            "no-length-unit",
            "the project states no unit of length; metres are taken",
            where=where,
            hint="export again with IfcUnitAssignment, and compare the size of the building",
        )
    _report_left_out(facts, log)
    _report_names(facts, log)
    shapes = ModelShapes.of_spools(model.spools)
    _settle_elements(model, shapes, log)
    report_textures(facts, shapes, log)
    report_storeys(facts["storeys"], log)
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
        format_id=FORMAT_ID,
        crs=georeference.crs,
        crs_reason=georeference.reason,
        heights=georeference.heights,
        notes=(f"schema {declared}",),
    )
    rows, batches = build_batches(
        shapes.moved(georeference.to_frame),
        columns,
        facts,
        georeference,
        meta,
        log,
        options.batch_size,
        carried_images(facts),
    )
    return FeatureStream(meta, batches, rows, objects_table(facts["objects"]))


def objects_table(objects: dict[str, list[Any]]) -> pa.Table:
    """The columns that ``collect_objects`` made, typed, with ``cim_level``."""
    types = {"elevation_m": pa.float64(), "cim_level": pa.int32()}
    return pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in objects.items()})


def _meta(source: Source, options: ReadOptions, facts: dict[str, Any], reason: str) -> SourceMeta:
    name = options.name or (facts["project"] or {}).get("name") or source.path.stem
    heights = options.heights or HeightPolicy()
    return SourceMeta(name, str(source.path), FORMAT_ID, WGS84_GEOGRAPHIC, reason, heights)


def _report_left_out(facts: dict[str, Any], log: IssueLog) -> None:
    if facts["left_out"]:
        counts = ", ".join(f"{n} {kind}" for kind, n in sorted(facts["left_out"].items()))
        log.note("left-out", f"holes, rooms, axes and drawings are not meshed: {counts}")
    for kind, guid, step in facts["without_body"]:
        log.warn(
            "without-body",
            f"{kind}: has no body, at most an axis, a box or a drawing",
            feature_id=guid or "",
            where=f"#{step}",
            hint="export its 3D body, or leave it",
        )


def _report_names(facts: dict[str, Any], log: IssueLog) -> None:
    for named in facts["renamed"]:
        where, name = f"#{named['step']}", named["name"]
        if named["guid"] is None:
            log.warn("missing-id", f"has no GlobalId; it is called {name}", feature_id=name, where=where)
        else:
            text = f"GlobalId {named['guid']} occurs again; this one is called {name}"
            log.warn("duplicate-id", text, feature_id=name, where=where)
    for relation in facts["cut"]:
        (kind, guid, step), (above, _, above_step) = relation["child"], relation["parent"]
        log.warn(
            "cyclic-structure",
            f"{kind} #{step} stands in {above} #{above_step}, which it contains or which ranks below it; this is cut",
            feature_id=guid or "",
            where=f"#{step}",
            hint="correct IfcRelAggregates in the authoring tool",
        )


def _settle_elements(model: ModelContent, shapes: ModelShapes, log: IssueLog) -> None:
    """Count every element with a body in; reject those without a shape; say what was made by other means."""
    elements = model.facts["elements"]
    failures = {step: text for spool in model.spools for step, text in spool.failures.items()}
    uncut = set(shapes.step[shapes.uncut].tolist())
    made = set(shapes.step.tolist())
    thinned = {
        step: (shapes.shapes[n].triangles_before, len(shapes.shapes[n].triangles))
        for step, n in zip(shapes.step.tolist(), shapes.shape.tolist(), strict=True)
        if shapes.shapes[n].triangles_before
    }
    log.features_in += len(elements["step"])
    for step, guid, kind in zip(elements["step"], elements["id"], elements["kind"], strict=True):
        if step not in made:
            reason = failures.get(step, "no shape could be made")
            log.reject("no-shape", f"{kind}: {reason}", feature_id=guid, where=f"#{step}")
        elif step in thinned:
            before, after = thinned[step]
            log.warn(
                "triangles-thinned-out",
                f"{kind}: {before:,} triangles were thinned out to {after:,}",
                feature_id=guid,
                where=f"#{step}",
                hint="give --max-triangles to keep more, or model the element with fewer",
            )
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
