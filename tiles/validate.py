"""Structural checks on a finished tileset: what the standard and our own promises say can be read off the bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import orjson
from numpy.typing import NDArray

from cim_core.crs.ecef import transform_points
from tiles.manifest import MANIFEST_NAME
from tiles.readglb import Glb, GlbError, parse_glb
from tiles.volumes import distance_outside_m

Floats = NDArray[np.float64]

INSTANCING = "EXT_mesh_gpu_instancing"
#: Slack for rounding in metres when a volume must contain a vertex.
TOLERANCE_M = 0.005
#: Files of a folder that are about it, and not listed in its manifest.
_BESIDE = {MANIFEST_NAME, "report.json", "rows.arrow"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken promise: a stable ``code``, the file (and tile) it is in, and what is wrong."""

    code: str
    where: str
    message: str


def check_tileset(folder: Path) -> list[Problem]:
    """Everything wrong with a tileset folder; empty when all promises hold. Never raises for bad data.

    Checks: tileset.json against the parts of the schema we use, geometric errors falling, children's boxes and all
    vertices inside their volumes, GLB structure, one property table with right counts, offsets and alignment,
    feature ids in range, every gid exactly once, digests of the manifest, files nobody refers to.
    """
    try:
        tileset = orjson.loads((folder / "tileset.json").read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        return [Problem("tileset-unreadable", "tileset.json", str(error))]
    walk = _Walk(folder)
    problems = [*_check_head(tileset)]
    if isinstance(tileset, dict) and isinstance(tileset.get("root"), dict):
        try:
            problems.extend(walk.visit(tileset["root"], _number_or_infinity(tileset), np.eye(4), "root"))
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            problems.append(Problem("schema", "tileset.json", f"{type(error).__name__}: {error}"))
    problems += walk.check_gids()
    problems += _check_files(folder, walk.uris, needs_manifest=not walk.has_external)
    return problems


def _check_head(tileset: Any) -> Iterator[Problem]:  # noqa: ANN401
    where = "tileset.json"
    if not isinstance(tileset, dict):
        yield Problem("schema", where, "is not an object")
        return
    if tileset.get("asset", {}).get("version") not in ("1.0", "1.1"):
        yield Problem("schema", where, "asset.version is neither 1.0 nor 1.1")
    if not _is_number(tileset.get("geometricError")) or tileset["geometricError"] < 0:
        yield Problem("schema", where, "geometricError is missing or negative")
    if not isinstance(tileset.get("root"), dict):
        yield Problem("schema", where, "has no root tile")
    elif tileset["root"].get("refine") not in ("ADD", "REPLACE"):
        yield Problem("schema", f"{where}#root", "the root must say ADD or REPLACE")


class _Walk:
    """One pass over the tree; remembers contents and gids."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uris: set[str] = set()
        self.gids: list[NDArray[np.uint32]] = []
        self.has_external = False

    def visit(self, tile: dict[str, Any], parent_error: float, parent: Floats, path: str) -> Iterator[Problem]:
        where = f"tileset.json#{path}"
        error = tile.get("geometricError")
        if not _is_number(error) or error < 0:
            yield Problem("schema", where, "geometricError is missing or negative")
            error = 0.0
        if error > parent_error:
            yield Problem("geometric-error", where, f"{error} m is larger than its parent's {parent_error} m")
        children = tile.get("children", [])
        if children == [] and "children" in tile:
            yield Problem("schema", where, "children is empty")
        if children and error <= 0:
            yield Problem("geometric-error", where, "a tile with children has error 0 and is never refined")
        matrix = parent
        if "transform" in tile:
            values = np.array(tile["transform"], float)
            if values.shape != (16,) or not np.isfinite(values).all():
                yield Problem("schema", where, "transform is not 16 numbers")
            else:
                matrix = parent @ values.reshape(4, 4).T
        volume = tile.get("boundingVolume", {})
        yield from _check_volume(volume, where)
        uri = tile.get("content", {}).get("uri")
        if uri is not None:
            yield from self._content(uri, volume, matrix, where, float(error))
        for number, child in enumerate(children):
            yield from _check_inside(child, volume, matrix, f"{where}/{number}")
            yield from self.visit(child, float(error), matrix, f"{path}/{number}")

    def check_gids(self) -> Iterator[Problem]:
        if not self.gids:
            return
        values, counts = np.unique(np.concatenate(self.gids), return_counts=True)
        repeated = values[counts > 1]
        if len(repeated):
            shown = ", ".join(map(str, repeated[:5]))
            yield Problem("gid-repeated", "tileset.json", f"{len(repeated)} gids are in more than one place: {shown}")

    def _content(self, uri: str, volume: dict[str, Any], matrix: Floats, where: str, error: float) -> Iterator[Problem]:
        if uri in self.uris:
            yield Problem("content-repeated", where, f"{uri} is the content of two tiles")
        self.uris.add(uri)
        path = self.folder / uri
        if not path.is_file() or not path.resolve().is_relative_to(self.folder.resolve()):
            yield Problem("content-missing", where, f"{uri} is not in the folder")
            return
        if path.name == "tileset.json":
            yield from self._external(path.parent)
            return
        if path.suffix == ".json":
            yield from self._part(path, uri, error, matrix)
            return
        if path.suffix != ".glb":
            return
        try:
            glb = parse_glb(path.read_bytes())
            if not _is_point_cloud(glb):
                yield from check_glb(glb, uri)
                self.gids.append(np.asarray(glb.property_column("gid"), np.uint32))
            yield from _check_contained(glb, volume, matrix, uri)
        except (GlbError, KeyError, IndexError, TypeError, ValueError) as error:
            yield Problem("glb", uri, f"{type(error).__name__}: {error}")

    def _part(self, path: Path, uri: str, error: float, matrix: Floats) -> Iterator[Problem]:
        """A subtree in a file of its own beside tileset.json: the walk goes on in it."""
        try:
            tileset = orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError) as unreadable:
            yield Problem("tileset-unreadable", uri, str(unreadable))
            return
        for problem in _check_head(tileset):
            yield Problem(problem.code, uri, problem.message)
        if isinstance(tileset, dict) and isinstance(tileset.get("root"), dict):
            yield from self.visit(tileset["root"], error, matrix, uri)

    def _external(self, folder: Path) -> Iterator[Problem]:
        """A tileset within the tileset: checked by itself, its gids are its own."""
        prefix = folder.relative_to(self.folder).as_posix()
        self.has_external = True
        self.uris |= {path.relative_to(self.folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        for problem in check_tileset(folder):
            yield Problem(problem.code, f"{prefix}/{problem.where}", problem.message)


def check_glb(glb: Glb, where: str) -> Iterator[Problem]:
    """Problems of one GLB by itself. Raises GlbError, KeyError, IndexError or TypeError where it cannot go on."""
    document = glb.document
    used, required = set(document.get("extensionsUsed", ())), set(document.get("extensionsRequired", ()))
    if not required <= used:
        yield Problem("extensions", where, f"required but not used: {sorted(required - used)}")
    found = _extensions_in(document)
    if found - used:
        yield Problem("extensions", where, f"present but not declared: {sorted(found - used)}")
    tables = document.get("extensions", {}).get("EXT_structural_metadata", {}).get("propertyTables", [])
    if len(tables) != 1:
        yield Problem("property-table", where, f"has {len(tables)} property tables instead of one")
        return
    yield from _check_table(glb, tables[0], where)
    count = int(tables[0]["count"])
    for mesh in document["meshes"]:
        for primitive in mesh["primitives"]:
            yield from _check_primitive(glb, primitive, where)
            yield from _check_feature_ids(glb, primitive, "EXT_mesh_features", count, where)
    for node in document["nodes"]:
        if INSTANCING in node.get("extensions", {}):
            yield from _check_feature_ids(glb, node, "EXT_instance_features", count, where)


def _is_point_cloud(glb: Glb) -> bool:
    return all(p.get("mode", 4) == 0 for mesh in glb.document["meshes"] for p in mesh["primitives"])


def _check_table(glb: Glb, table: dict[str, Any], where: str) -> Iterator[Problem]:
    document, count = glb.document, table["count"]
    properties = document["extensions"]["EXT_structural_metadata"]["schema"]["classes"][table["class"]]["properties"]
    missing = [n for n, p in properties.items() if p.get("required") and n not in table["properties"]]
    if missing:
        yield Problem("property-table", where, f"required properties are missing: {missing}")
    for name, stored in table["properties"].items():
        if name not in properties:
            yield Problem("property-table", where, f"{name} is not in the class")
            continue
        for key in ("values", "stringOffsets"):
            if key in stored and document["bufferViews"][stored[key]].get("byteOffset", 0) % 8:
                yield Problem("alignment", where, f"{key} of {name} does not start at a multiple of 8 bytes")
        try:
            column = glb.property_column(name)
        except (GlbError, UnicodeDecodeError) as error:
            yield Problem("property-table", where, str(error))
            continue
        size = document["bufferViews"][stored["values"]]["byteLength"]
        if isinstance(column, np.ndarray) and size != count * column.itemsize:
            yield Problem("property-table", where, f"{name} has {size} bytes for {count} values")


def _check_primitive(glb: Glb, primitive: dict[str, Any], where: str) -> Iterator[Problem]:
    document, attributes = glb.document, primitive["attributes"]
    vertices = document["accessors"][attributes["POSITION"]]["count"]
    for name, index in attributes.items():
        accessor = document["accessors"][index]
        if accessor["count"] != vertices:
            yield Problem("accessor", where, f"{name} has {accessor['count']} values for {vertices} vertices")
        stride = document["bufferViews"][accessor["bufferView"]].get("byteStride", 4)
        if stride % 4:
            yield Problem("alignment", where, f"{name} has a stride of {stride} bytes")
    position = document["accessors"][attributes["POSITION"]]
    stored = glb.accessor(attributes["POSITION"])
    if not np.isfinite(stored).all():
        yield Problem("position", where, "positions are not finite")
    for key, actual in (("min", stored.min(axis=0)), ("max", stored.max(axis=0))):
        if not np.allclose(position.get(key, np.nan), actual, atol=1e-6 * max(1.0, float(np.abs(actual).max()))):
            yield Problem("accessor-bounds", where, f"POSITION.{key} is {position.get(key)}, the data say {actual}")
    indices = glb.accessor(primitive["indices"]) if "indices" in primitive else np.arange(vertices)
    if len(indices) and int(indices.max()) >= vertices:
        yield Problem("indices", where, f"index {int(indices.max())} is beyond {vertices} vertices")
    if len(indices) % 3:
        yield Problem("indices", where, f"{len(indices)} indices are not triangles")
    outline = primitive.get("extensions", {}).get("CESIUM_primitive_outline")
    if outline is not None:
        edges = glb.accessor(outline["indices"])
        if len(edges) % 2 or (len(edges) and int(edges.max()) >= vertices):
            yield Problem("outline", where, "outline indices are not pairs of vertices")


def _check_feature_ids(glb: Glb, owner: dict[str, Any], extension: str, features: int, where: str) -> Iterator[Problem]:
    """Of a primitive's vertices, or of a node's instances."""
    extensions = owner.get("extensions", {})
    sets = extensions.get(extension, {}).get("featureIds", [])
    if len(sets) != 1 or sets[0].get("propertyTable") != 0:
        yield Problem("feature-ids", where, "needs one feature id set on property table 0")
        return
    attributes = extensions[INSTANCING]["attributes"] if INSTANCING in extensions else owner["attributes"]
    ids = glb.accessor(attributes[f"_FEATURE_ID_{sets[0]['attribute']}"])
    if sets[0]["featureCount"] > features or int(ids.max()) >= features:
        yield Problem("feature-ids", where, f"feature id {int(ids.max())} is beyond {features} rows")


def _check_contained(glb: Glb, volume: dict[str, Any], matrix: Floats, where: str) -> Iterator[Problem]:
    for mesh, node_matrix in glb.node_matrices():
        for primitive in glb.document["meshes"][mesh]["primitives"]:
            outside = distance_outside_m(glb.positions(primitive, node_matrix), volume, matrix)
            if outside > TOLERANCE_M:
                yield Problem("bounding-volume", where, f"a vertex is {outside:.3f} m outside the tile's volume")


def _check_volume(volume: dict[str, Any], where: str) -> Iterator[Problem]:
    sizes = {"region": 6, "box": 12, "sphere": 4}
    kinds = [kind for kind in sizes if kind in volume]
    if len(kinds) != 1:
        yield Problem("schema", where, f"boundingVolume has {kinds or 'nothing'}")
        return
    values = np.array(volume[kinds[0]], float)
    if values.shape != (sizes[kinds[0]],) or not np.isfinite(values).all():
        yield Problem("schema", where, f"{kinds[0]} is not {sizes[kinds[0]]} numbers")
    elif kinds[0] == "region" and (values[1] > values[3] or values[4] > values[5] or np.abs(values[:4]).max() > np.pi):
        yield Problem("schema", where, "region is not west, south, east, north in radians, low, high")


def _check_inside(child: dict[str, Any], volume: dict[str, Any], matrix: Floats, where: str) -> Iterator[Problem]:
    """The corners of a child's volume lie in its parent's; regions inside regions are compared as numbers."""
    inner = child.get("boundingVolume", {})
    if "region" in inner and "region" in volume:
        a, b = np.array(inner["region"]), np.array(volume["region"])
        if (a[[0, 1, 4]] < b[[0, 1, 4]] - 1e-12).any() or (a[[2, 3, 5]] > b[[2, 3, 5]] + 1e-12).any():
            yield Problem("bounding-volume", where, "region reaches beyond its parent's")
    elif "box" in inner and len(inner["box"]) == 12:
        local = np.array(child["transform"], float).reshape(4, 4).T if "transform" in child else np.eye(4)
        middle, axes = np.array(inner["box"][:3]), np.array(inner["box"][3:]).reshape(3, 3)
        signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
        outside = distance_outside_m(transform_points(local, middle + signs @ axes), volume, matrix)
        if outside > TOLERANCE_M:
            yield Problem("bounding-volume", where, f"box reaches {outside:.2f} m beyond its parent's volume")


def _check_files(folder: Path, uris: set[str], *, needs_manifest: bool) -> Iterator[Problem]:
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(present - uris - {"tileset.json", *_BESIDE}):
        yield Problem("file-unknown", name, "no tile refers to this file")
    if MANIFEST_NAME not in present:
        if needs_manifest:
            yield Problem("manifest", MANIFEST_NAME, "is missing")
        return
    try:
        files = orjson.loads((folder / MANIFEST_NAME).read_bytes())["files"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        yield Problem("manifest", MANIFEST_NAME, f"{type(error).__name__}: {error}")
        return
    for name in sorted(set(files) ^ (present - _BESIDE)):
        yield Problem("manifest", name, "is in the folder or in the manifest, not in both")
    for name in sorted(set(files) & present):
        data = (folder / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != files[name].get("sha256") or len(data) != files[name].get("bytes"):
            yield Problem("manifest", name, "differs from its digest")


def _extensions_in(value: Any) -> set[str]:  # noqa: ANN401
    if isinstance(value, dict):
        own = set(value.get("extensions", ())) if isinstance(value.get("extensions"), dict) else set()
        return own.union(*(_extensions_in(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_extensions_in(item) for item in value))
    return set()


def _number_or_infinity(tileset: dict[str, Any]) -> float:
    error = tileset.get("geometricError")
    return float(error) if _is_number(error) else float("inf")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
