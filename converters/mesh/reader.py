"""Models without a position: read by trimesh, put where the user says, one row a named geometry."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyproj
import shapely
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.crs.heights import HeightPolicy
from cim_core.crs.placement import PointPlacement
from cim_core.errors import GeoreferenceError, MissingExtraError, UnreadableSourceError
from cim_core.features import FaceTextures, FeatureBatch, FeatureStream, MeshColumns, SourceMeta, building_schema
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from converters.base import FormatInfo, Produces, ReadOptions, Source
from converters.companions import Companions
from converters.detect import detect_kind, strip_bom, with_article
from converters.georeference import settle_heights
from converters.identity import UniqueIds
from converters.mesh.colors import face_colors
from converters.mesh.textures import Painter
from converters.standing import settle_elevation

INFO = FormatInfo(
    id="mesh",
    label="Model (OBJ, glTF, STL, PLY)",
    suffixes=(".glb", ".gltf", ".obj", ".stl", ".ply"),
    produces=Produces.MESH,
    media_type="model/gltf-binary",
    library="trimesh",
)
_MAGIC_BY_SUFFIX = {".glb": b"glTF", ".gltf": b"{", ".ply": b"ply", ".obj": b"", ".stl": b""}
#: Vertices stay as they are; an OBJ is split where its author split it.
_LOAD_OPTIONS: dict[str, dict[str, Any]] = {
    "obj": {"process": False, "maintain_order": True, "split_objects": True},
    "stl": {"process": False},
    "ply": {"process": False},
    "glb": {"process": False},
    "gltf": {"process": False},
}
_Y_UP = (".glb", ".gltf")
#: A model wider than this is not one building in metres.
MAX_PLAUSIBLE_M = 5_000.0
MIN_PLAUSIBLE_M = 0.05


@dataclass(frozen=True, slots=True)
class _Part:
    """One named geometry in metres, z up, still around the model's origin."""

    name: str
    positions: NDArray[np.float64]
    triangles: NDArray[np.uint32]
    colors: NDArray[np.uint8]
    textures: FaceTextures | None = None


@dataclass(frozen=True, slots=True)
class MeshFormat:
    """OBJ with its materials, glTF and GLB, STL and PLY."""

    info: FormatInfo = INFO

    def recognises(self, source: Source) -> bool:
        """By suffix, and by magic bytes where the format has them."""
        magic = _MAGIC_BY_SUFFIX.get(source.path.suffix.lower())
        if magic is None or not strip_bom(source.head).startswith(magic):
            return False
        return bool(magic) or detect_kind(source.head) in ("text file", "binary file")

    def read(self, source: Source, options: ReadOptions, log: IssueLog, progress: Progress) -> FeatureStream:
        """One batch with a row per named geometry. Raises GeoreferenceError without ``options.at``."""
        where = str(source.path)
        if options.at is None:
            raise GeoreferenceError(
                "a model carries no position of its own",
                where=where,
                hint="say where it stands with --at lon,lat[,height[,bearing]]",
                code="no-position",
            )
        at, heights = options.at, options.heights or HeightPolicy()
        elevation_m = settle_elevation(at.lon_deg, at.lat_deg, at.elevation_m, heights, options, log)
        placement = PointPlacement(at.lon_deg, at.lat_deg, elevation_m, math.radians(at.bearing_deg))
        _check_place(placement, where)
        progress.start("read")
        companions = Companions(source.path.parent)
        scene = _load(source, companions)
        for name in companions.refused:
            log.warn(
                "companion-not-read",
                f"refers to {name[:120]!r}, which is not a file beside the model; read without it",
                where=where,
                hint="embed textures and buffers, or put them beside the model",
            )
        if not scene.geometry:
            raise UnreadableSourceError(
                "has no shapes", where=where, hint="the file may be cut off; export it again", code="no-shapes"
            )
        parts = list(_parts(scene, source, log))
        _check_size(parts, where, log)
        meta = SourceMeta(
            name=options.name or source.path.stem,
            path=where,
            format_id=self.info.id,
            crs=pyproj.CRS(4326),
            crs_reason=f"placed at {options.at.lon_deg:.6f}, {options.at.lat_deg:.6f} with --at",
            heights=settle_heights(options.heights, "", where, log, what="the heights of the model"),
        )
        axis = "y" if source.path.suffix.lower() in _Y_UP else "z"
        log.note("crs", meta.crs_reason, where=where)
        log.note("units", f"lengths are taken as metres, the {axis} axis as up", where=where)
        batches = iter([_batch(parts, placement, meta)] if parts else [])
        return FeatureStream(meta, batches, len(parts))


FORMAT = MeshFormat()


def _check_place(placement: PointPlacement, where: str) -> None:
    if not (abs(placement.lon_deg) <= 180 and abs(placement.lat_deg) <= 90 and math.isfinite(placement.elevation_m)):
        raise GeoreferenceError(
            f"there is no place {placement.lon_deg}, {placement.lat_deg}",
            where=where,
            hint="--at takes longitude first, then latitude, in degrees",
            code="no-position",
        )


def _load(source: Source, companions: Companions) -> Any:  # noqa: ANN401  (a trimesh scene)
    """The scene, with only the files beside the model at hand. Raises UnreadableSourceError."""
    try:
        import trimesh
    except ImportError as error:  # pragma: no cover - installed with the package
        raise MissingExtraError("trimesh is needed to read models", hint="pip install trimesh") from error
    suffix = source.path.suffix.lower().removeprefix(".")
    try:
        with source.path.open("rb") as file:
            return trimesh.load_scene(file, file_type=suffix, resolver=companions, **_LOAD_OPTIONS.get(suffix, {}))
    except Exception as error:
        # trimesh raises whatever its parsers meet: ValueError, KeyError, struct.error, IndexError …
        kind = with_article(detect_kind(source.head))
        raise UnreadableSourceError(
            f"cannot be read as a model (it is {kind}): {type(error).__name__}: {error}",
            where=str(source.path),
            hint="the file may be damaged or cut off; export it again",
        ) from error


def _parts(scene: Any, source: Source, log: IssueLog) -> Iterator[_Part]:  # noqa: ANN401
    """Every placed geometry with triangles, in the order of the scene; the rest is rejected with its reason."""
    suffix = source.path.suffix.lower()
    ids, painter = UniqueIds(), Painter(log)
    nodes = sorted(scene.graph.nodes_geometry)
    for node in nodes:
        log.features_in += 1
        transform, geometry_name = scene.graph[node]
        mesh = scene.geometry[geometry_name]
        label = source.path.stem if len(nodes) == 1 else str(node)
        name = ids.claim([label])[0][0]
        if not hasattr(mesh, "faces"):
            log.reject("not-a-mesh", "has points or lines, but no triangles", feature_id=name)
            continue
        positions = np.asarray(mesh.vertices, dtype=np.float64) @ transform[:3, :3].T + transform[:3, 3]
        triangles = np.asarray(mesh.faces, dtype=np.uint32)
        if len(triangles) == 0:
            log.reject("empty-geometry", "has no triangles", feature_id=name)
            continue
        if triangles.max() >= len(positions) or not np.isfinite(positions).all():
            log.reject("not-finite", "has a vertex that is missing or no number", feature_id=name)
            continue
        if np.linalg.det(transform[:3, :3]) < 0:
            triangles = triangles[:, ::-1]
        if suffix in _Y_UP:
            positions = np.column_stack([positions[:, 0], -positions[:, 2], positions[:, 1]])
        used, corners = np.unique(triangles, return_inverse=True)
        yield _Part(
            name,
            positions[used],
            corners.reshape(-1, 3).astype(np.uint32),
            face_colors(mesh, is_linear=suffix in _Y_UP),
            painter.paint(mesh, triangles, name),
        )


def _check_size(parts: list[_Part], where: str, log: IssueLog) -> None:
    if not parts:
        return
    everything = np.concatenate([part.positions for part in parts])
    size = float(np.ptp(everything, axis=0).max())
    if size > MAX_PLAUSIBLE_M or size < MIN_PLAUSIBLE_M:
        log.warn(
            "implausible-size",
            f"the model is {size:,.3g} m across",
            where=where,
            hint="it may be in millimetres or another unit; export it in metres",
        )
    offset = float(np.abs(everything.mean(axis=0)[:2]).max())
    if offset > MAX_PLAUSIBLE_M:
        log.warn(
            "far-from-origin",
            f"the model lies {offset:,.0f} m from its own origin, which is what --at places",
            where=where,
            hint="move the model to its origin before exporting",
        )


def _batch(parts: list[_Part], placement: PointPlacement, meta: SourceMeta) -> FeatureBatch:
    sizes = np.array([len(part.positions) for part in parts])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.uint32)
    rows = np.repeat(np.arange(len(parts), dtype=np.uint32), [len(part.triangles) for part in parts])
    positions = np.concatenate([part.positions for part in parts])
    mesh = MeshColumns.of_triangles(
        positions=positions,
        triangles=np.concatenate([part.triangles + start for part, start in zip(parts, starts, strict=True)]),
        triangle_row=rows,
        triangle_color=np.concatenate([part.colors for part in parts]),
        placement=placement,
        ground_z=float(positions[:, 2].min()),
        textures=FaceTextures.join([part.textures for part in parts], [len(part.triangles) for part in parts]),
    )
    lowest = np.array([part.positions[:, 2].min() for part in parts])
    highest = np.array([part.positions[:, 2].max() for part in parts])
    return FeatureBatch(_records(parts, placement, meta.heights, lowest, highest), meta, mesh)


def _records(
    parts: list[_Part],
    placement: PointPlacement,
    heights: HeightPolicy,
    lowest: NDArray[np.float64],
    highest: NDArray[np.float64],
) -> pa.RecordBatch:
    names = [part.name for part in parts]
    columns = {
        "id": pa.array(names, pa.string()),
        "kind": pa.array(["mesh"] * len(parts), pa.string()),
        "name": pa.array(names, pa.string()),
        "geometry": pa.array([_outline(part, placement, heights) for part in parts], pa.binary()),
        "height_m": pa.array(highest - lowest),
        "height_source": pa.array(["model"] * len(parts), pa.string()),
        "base_m": pa.array(placement.elevation_m + lowest),
    }
    schema = building_schema()
    arrays = [columns.get(field.name, pa.nulls(len(parts), field.type)) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _outline(part: _Part, placement: PointPlacement, heights: HeightPolicy) -> bytes | None:
    """The convex outline in longitude and latitude, seen from above; None for an upright sheet."""
    lonlat_deg = ecef_to_lonlat(placement.to_ecef(part.positions, heights))[:, :2]
    hull = shapely.convex_hull(shapely.multipoints(lonlat_deg))
    return shapely.to_wkb(shapely.orient_polygons(hull)) if hull.geom_type == "Polygon" else None
