"""Measures of the town that more than one part asks for: what is seen from where."""

from cim_core.analysis.corridors import (
    Corridors,
    Crossing,
    Sight,
    limit_at,
    measure_crossings,
    measure_visible_share,
    read_corridors,
)

__all__ = [
    "Corridors",
    "Crossing",
    "Sight",
    "limit_at",
    "measure_crossings",
    "measure_visible_share",
    "read_corridors",
]
