"""Coordinate systems, heights and placements: where things are, and how we know."""
