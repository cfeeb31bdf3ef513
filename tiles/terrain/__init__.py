"""Terrain: a height grid becomes a pyramid of quantized-mesh tiles."""

from tiles.terrain.build import TerrainSummary, build_terrain

__all__ = ["TerrainSummary", "build_terrain"]
