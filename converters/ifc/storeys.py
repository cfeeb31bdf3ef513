"""Storeys of a model: whether their order is believable, and how many there would be where a model has none."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from cim_core.issues import IssueLog
from converters.ifc.untyped import Entity, Model

#: Usual height of a storey, by which storeys are estimated.
STOREY_HEIGHT_M = 3.0
_MAX_ESTIMATED = 200
#: Storeys nearer to each other than this are at one height.
_SAME_M = 0.05
#: 3F, F3, 3层, Level 3, OG 3, B1, -1: a number that counts storeys, and no elevation such as +3.00.
_NUMBER = re.compile(
    r"(?:^|\b)(?:level|floor|storey|story|etage|og|f|l)?\s*(-?\d{1,3})\s*(?:f|层|楼|\.?\s*(?:og|floor|storey|etage))?(?:\b|$)",
    re.IGNORECASE,
)


def storey_facts(model: Model, unit_m: float) -> list[dict[str, Any]]:
    """Of every storey its id, name, building, stated elevation and the one of its placement, in metres."""
    return [
        {
            "id": storey.GlobalId,
            "step": storey.id(),
            "name": storey.Name or storey.LongName or "",
            "building": _whole(storey),
            "stated_m": None if storey.Elevation is None else float(storey.Elevation) * unit_m,
            "placed_m": _placed(storey) * unit_m,
        }
        for storey in model.by_type("IfcBuildingStorey")
    ]


def _whole(storey: Entity) -> int:
    return next((relation.RelatingObject.id() for relation in storey.Decomposes or ()), 0)


def _placed(storey: Entity) -> float:
    placement = storey.ObjectPlacement
    if placement is None:
        return 0.0
    from ifcopenshell.util.placement import get_local_placement  # the process that reports storeys needs no parser

    return float(get_local_placement(placement)[2, 3])


def report_storeys(storeys: list[dict[str, Any]], log: IssueLog) -> None:
    """Warn of storeys that stand in another order than their elevations or their numbers say, once a building."""
    for building in dict.fromkeys(storey["building"] for storey in storeys):
        own = sorted((s for s in storeys if s["building"] == building), key=lambda s: s["placed_m"])
        for what, key in (("stated elevation", _stated), ("number", _number_in_name)):
            ranked = [(value, storey) for storey in own if (value := key(storey)) is not None]
            wrong = next((pair for pair in pairwise(ranked) if _is_swapped(*pair)), None)
            if wrong is not None:
                (first, lower), (second, upper) = wrong
                log.warn(
                    "storeys-out-of-order",
                    f"storey {upper['name']!r} stands at {upper['placed_m']:.2f} m above {lower['name']!r} at "
                    f"{lower['placed_m']:.2f} m, but its {what} is the smaller one ({second:g} after {first:g})",
                    feature_id=upper["id"],
                    where=f"#{upper['step']}",
                    hint="check the placements of the storeys; what they contain stands where these put it",
                )
                break


def _stated(storey: dict[str, Any]) -> float | None:
    value: float | None = storey["stated_m"]
    return value


def _number_in_name(storey: dict[str, Any]) -> float | None:
    found = _NUMBER.fullmatch(storey["name"].strip())
    return float(found[1]) if found else None


def _is_swapped(lower: tuple[float, dict[str, Any]], upper: tuple[float, dict[str, Any]]) -> bool:
    return upper[1]["placed_m"] - lower[1]["placed_m"] > _SAME_M and lower[0] - upper[0] > _SAME_M


def estimate_storeys(height_m: float | None) -> int | None:
    """How many storeys of the usual height a building has up to its eaves; None where nobody would believe it."""
    if height_m is None or not 0 < height_m / STOREY_HEIGHT_M < _MAX_ESTIMATED:
        return None
    return max(round(height_m / STOREY_HEIGHT_M), 1)
