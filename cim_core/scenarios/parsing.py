"""Scenario files: an ordered list of changes in YAML, every mistake named with its line and column."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyproj
import shapely

from cim_core.crs.transform import transform_xy
from cim_core.errors import RulePackError, ScenarioFileError
from cim_core.features import ATTRIBUTE_BY_NAME
from cim_core.features.schema import Attribute
from cim_core.scenarios.changes import NEW_DATASET, Change, ChangeKind, Ref, parse_ref
from cim_core.townscape.yaml_nodes import Node, parse_yaml

MAX_BYTES = 5_000_000
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_ID = re.compile(r"[\w.$:-]{1,100}")
_SHAPE_KEYS = ("id", "footprint")
_AT_LEAST_ZERO = ("_m", "_m2", "storeys", "_percent", "_share")


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """What a scenario file says. ``id``, names and ``project`` may be left to the command."""

    changes: tuple[Change, ...]
    id: str = ""
    name_zh: str = ""
    name_en: str = ""
    project: str = ""
    note: str = ""


def read_scenario(path: Path, work_crs: pyproj.CRS) -> ScenarioFile:
    """Read a scenario file. Raises ScenarioFileError with file, line and column."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except OSError as error:
        raise ScenarioFileError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise ScenarioFileError("is not UTF-8 text", where=str(path)) from error
    if len(raw) > MAX_BYTES:
        raise ScenarioFileError(f"is larger than {MAX_BYTES:,} bytes", where=str(path), hint="split the scenario")
    return parse_scenario(text, path.name, work_crs)


def parse_scenario(text: str, where: str, work_crs: pyproj.CRS) -> ScenarioFile:
    """Parse a scenario from YAML (or JSON, which is YAML). Raises ScenarioFileError as ``where:line:column``."""
    try:
        found = parse_yaml(text, where).fields(
            required=("changes",), optional=("id", "name", "project", "note", "crs", "synthetic")
        )
        names = found["name"].fields(required=("zh", "en")) if "name" in found else {}
        to_work = _transformer(found.get("crs"), work_crs)
        entries = found["changes"].sequence()
        if not entries:
            raise found["changes"].error("a scenario changes something", "list at least one change")
        return ScenarioFile(
            changes=tuple(_parse_change(entry, to_work) for entry in entries),
            id=_id(found["id"]) if "id" in found else "",
            name_zh=names["zh"].text() if names else "",
            name_en=names["en"].text() if names else "",
            project=found["project"].text() if "project" in found else "",
            note=found["note"].text() if "note" in found else "",
        )
    except RulePackError as error:
        raise ScenarioFileError(error.message, where=error.where, hint=error.hint) from error


Transform = Callable[[Any], Any]


def _transformer(node: Node | None, work_crs: pyproj.CRS) -> Transform:
    if node is None:
        return lambda xy: xy
    try:
        source = pyproj.CRS(node.text())
    except pyproj.exceptions.CRSError:
        raise node.error(f"unknown CRS {node.text()!r}", "e.g. EPSG:4547") from None

    def move(xy: Any) -> Any:  # noqa: ANN401 - coordinates as shapely hands them over
        return np.stack(transform_xy(xy[:, 0], xy[:, 1], source, work_crs), axis=-1)

    return move


def _parse_change(node: Node, to_work: Transform) -> Change:
    found = node.fields(optional=(*ChangeKind, "note"))
    kinds = [kind for kind in ChangeKind if kind.value in found]
    if len(kinds) != 1:
        raise node.error("a change is one of " + ", ".join(ChangeKind))
    body, note = found[kinds[0].value], found["note"].text() if "note" in found else ""
    place = node.error("").where
    if kinds[0] is ChangeKind.DEMOLISH:
        return Change(kinds[0], _refs(body), note=note, where=place)
    if kinds[0] is ChangeKind.ADD:
        new_id, footprint, attributes = _parse_new(body, to_work)
        return Change(kinds[0], new_id=new_id, footprint=footprint, attributes=attributes, note=note, where=place)
    if kinds[0] is ChangeKind.REPLACE:
        return _parse_replace(body, to_work, note, place)
    values = body.items()
    if "buildings" not in values:
        raise body.error("'buildings' is missing")
    attributes = _attributes({name: value for name, value in values.items() if name != "buildings"}, body)
    return Change(kinds[0], _refs(values["buildings"]), attributes=attributes, note=note, where=place)


def _parse_replace(body: Node, to_work: Transform, note: str, place: str) -> Change:
    found = body.fields(required=("buildings", "by"))
    by = found["by"].items()
    buildings = _refs(found["buildings"])
    if "design" not in by:
        new_id, footprint, attributes = _parse_new(found["by"], to_work)
        return Change(ChangeKind.REPLACE, buildings, new_id, footprint, attributes, note=note, where=place)
    named = found["by"].fields(required=("design",))["design"].text()
    design = parse_ref(named) or Ref(named, "")
    return Change(ChangeKind.REPLACE, buildings, design=design, note=note, where=place)


def _parse_new(node: Node, to_work: Transform) -> tuple[str, bytes, dict[str, Any]]:
    values = node.items()
    for name in (*_SHAPE_KEYS, "height_m"):
        if name not in values:
            raise node.error(f"{name!r} is missing", "a new building has an id, a footprint and height_m")
    attributes = _attributes({name: value for name, value in values.items() if name not in _SHAPE_KEYS}, node)
    if not attributes["height_m"]:
        raise values["height_m"].error("a new building is higher than 0 m")
    return _id(values["id"]), _footprint(values["footprint"], to_work), attributes


def _refs(node: Node) -> tuple[Ref, ...]:
    entries = node.sequence() if node.is_sequence else [node]
    if not entries:
        raise node.error("no building is named")
    refs: list[Ref] = []
    for entry in entries:
        ref = parse_ref(entry.text())
        if ref is None:
            raise entry.error(
                f"{entry.text()!r} names no building", f"write dataset/id (buildings/yx-000123) or {NEW_DATASET}/id"
            )
        if ref in refs:
            raise entry.error(f"{ref} is named twice")
        refs.append(ref)
    return tuple(refs)


def is_scenario_id(text: str) -> bool:
    """Whether a text can name a scenario or a new building: in a path of the API too."""
    return bool(_ID.fullmatch(text))


def _id(node: Node) -> str:
    text = node.text()
    if not is_scenario_id(text):
        raise node.error(f"{text!r} cannot be an id", "letters, digits and _ . $ : -, at most 100")
    return text


def _footprint(node: Node, to_work: Transform) -> bytes:
    """A ring of corners; the first need not be repeated at the end."""
    ring = [[number.number() for number in corner.sequence()] for corner in node.sequence()]
    if len(ring) < 3 or any(len(corner) != 2 for corner in ring):
        raise node.error("a footprint is a list of at least three corners [x, y]")
    shape = shapely.transform(shapely.Polygon(ring), to_work)
    if not shape.is_valid or not math.isfinite(shape.area) or shape.area <= 0:
        raise node.error(f"the footprint is no simple polygon ({shapely.is_valid_reason(shape)})")
    return bytes(shapely.to_wkb(shapely.orient_polygons(shape)))


def _attributes(values: dict[str, Node], node: Node) -> dict[str, Any]:
    if not values:
        raise node.error("nothing is set", "e.g. facade_main_color: '#c9b28f'")
    for name, value in values.items():
        if name not in ATTRIBUTE_BY_NAME:
            raise value.error(f"a building has no attribute {name!r}", "one of " + ", ".join(ATTRIBUTE_BY_NAME))
    return {name: _attribute(ATTRIBUTE_BY_NAME[name], value) for name, value in values.items()}


def _attribute(attribute: Attribute, node: Node) -> object:
    if node.is_null:
        return None
    if pa.types.is_integer(attribute.type) or pa.types.is_floating(attribute.type):
        value = node.integer() if pa.types.is_integer(attribute.type) else node.number()
        if value < 0 and attribute.name != "base_m" and attribute.name.endswith(_AT_LEAST_ZERO):
            raise node.error(f"{attribute.name} is at least 0, not {value:g}")
        return value
    if attribute.codes:
        return node.choice([code.value for code in attribute.codes])
    text = node.text()
    if attribute.name.endswith("_color") and not _COLOR.fullmatch(text):
        raise node.error(f"{text!r} is no color", "write it as '#c9b28f', with quotes")
    return text
