"""Tiles: feature batches become OGC 3D Tiles 1.1."""
