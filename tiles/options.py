"""What a caller may ask of the tiler, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cim_core.terrain import HeightGrid


@dataclass(frozen=True, slots=True)
class TileOptions:
    """How a tileset is made. The defaults suit a town on an office computer.

    ``plain``: uncompressed float GLB without KHR_mesh_quantization and EXT_meshopt_compression.
    ``overwrite``: replace an existing tileset folder.
    ``ground``: elevation model for buildings without a base elevation of their own.
    ``skirt_m``: how far walls reach below the lowest ground, so that nothing floats.
    ``outline``: draw edges (CESIUM_primitive_outline).
    ``max_vertices``: a tile is split above this many vertices; buildings stay whole.
    ``reuse_from``: an earlier tileset; its tiles are taken over where their rows are the same, with the same result.
    ``jobs``: processes to use, all cores unless given; the result is the same.
    """

    plain: bool = False
    overwrite: bool = False
    ground: HeightGrid | None = None
    skirt_m: float = 1.0
    outline: bool = True
    max_vertices: int = 65_000
    jobs: int | None = None
    reuse_from: Path | None = None

    def to_dict(self) -> dict[str, Any]:
        """The choices that shape the output, for the manifest."""
        return {
            "plain": self.plain,
            "ground": self.ground is not None,
            "skirt_m": self.skirt_m,
            "outline": self.outline,
            "max_vertices": self.max_vertices,
        }


@dataclass(frozen=True, slots=True)
class TilesetSummary:
    """What was written: tiles with content, bytes on disk, features, extent in degrees and ellipsoidal metres."""

    tiles: int
    bytes: int
    features: int
    bounds_deg: tuple[float, float, float, float]
    height_range_m: tuple[float, float]
